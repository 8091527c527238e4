"""What a new description changes, one change at a time, and whether it breaks what a folder does."""

from dataclasses import dataclass, field

from gateway.kit.uses import Names


@dataclass(frozen=True, slots=True)
class Change:
    """One change. side: request, response or call; path: dotted, empty for a call or a whole message.

    breaks: of a step in use, by whatever the steps are; mended: putting the new description into schemas/ is all that is needed then.
    """

    operation: str
    side: str
    path: str
    zh: str
    en: str
    breaks: bool = False
    mended: bool = False
    steps: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """Collects what is told of one message, or of a call itself."""

    operation: str
    side: str
    changes: list[Change] = field(default_factory=list)

    def add(self, path: Names, what: tuple[str, str], breaks: bool = False, *, mended: bool = False) -> None:
        """what: in Chinese and in English."""
        self.changes.append(Change(self.operation, self.side, ".".join(path), *what, breaks, breaks and mended))

    def turned(self, path: Names, name: tuple[str, str], was: str, now: str, breaks: bool = False, *, mended: bool = False) -> None:
        """A fact of that name, empty where it was or is none."""
        zh, en = name
        self.add(path, (f"{zh}由 {was or '无'} 变为 {now or '无'}", f"{en} was {was or 'none'}, is {now or 'none'}"), breaks, mended=mended)

    def side_of(self, side: str) -> "Told":
        """The collector of another side of the same call; the changes are kept together."""
        return Told(self.operation, side, self.changes)
