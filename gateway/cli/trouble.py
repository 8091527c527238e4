"""What a command says when it cannot be carried out: two lines, Chinese first, and the places where input is at fault."""

from dataclasses import dataclass

from gateway.errors import TongbanError


@dataclass(frozen=True, slots=True)
class Place:
    """One fault of a file. where: a line and column of a table, or a JSON pointer; zh, en: what is wrong and what to do."""

    file: str
    where: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.file}:{self.where}: {self.zh} / {self.en}"


class CommandError(TongbanError):
    """A command that cannot be carried out; nothing was changed."""


class InputError(CommandError):
    """A file that cannot be taken in, with all its faults; nothing of it was taken in."""

    def __init__(self, places: tuple[Place, ...]) -> None:
        super().__init__(
            "cli.input",
            f"文件有 {len(places)} 处错误，未导入任何内容。请改正后重新导入。",
            f"The file has {len(places)} fault(s); nothing was imported. Mend them and import it again.",
        )
        self.places = places
