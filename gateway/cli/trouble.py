"""What a command says when it cannot be carried out: two lines, Chinese first, and the places where input is at fault."""

from typing import TYPE_CHECKING

from gateway.errors import TongbanError

if TYPE_CHECKING:
    from gateway.sheets import Faults


class CommandError(TongbanError):
    """A command that cannot be carried out; nothing was changed."""


class InputError(CommandError):
    """A file that cannot be taken in, with its faults; nothing of it was taken in."""

    def __init__(self, faults: "Faults") -> None:
        super().__init__(
            "cli.input",
            f"文件有 {faults.count} 处错误，未导入任何内容。请改正后重新导入。",
            f"The file has {faults.count} fault(s); nothing was imported. Mend them and import it again.",
        )
        self.places = tuple(faults.kept)
        if more := faults.count - len(faults.kept):
            self.places += (f"… 另有 {more} 处错误未列出 / and {more} more fault(s)",)
