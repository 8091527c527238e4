"""One message while it is rendered: how much of it there is, and what to do about values that are missing or unusable."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from gateway.model import Fault, fault

from .expressions import Expression, TextOf
from .sources import Trail, draft_pointer, innocent, located, shown
from .values import ABSENT, EvaluationError

MAX_LEAVES: Final = 20_000
MAX_MESSAGE_TEXT: Final = 16_000_000
EACH: Final = "$each"

Source = Expression | TextOf
Target = tuple[str, ...]


class TooLarge(Exception):  # noqa: N818 - not an error: the message is larger than any message may be
    """Rendering stopped: too much."""


class Sink(Protocol):
    """What to do about a required value that is absent, and about one that cannot be used."""

    def missing(self, target: str, source: Source, scope: Any, trail: Trail) -> None: ...

    def invalid(self, target: str, source: Source, scope: Any, trail: Trail, error: EvaluationError) -> None: ...


@dataclass(slots=True)
class Rendering:
    """One message being rendered.

    present: values that came from a source so far; complaints: of those that were missing or unusable; trail: the entries of the `$each`
    around.
    """

    sink: Sink
    leaves: int = 0
    text: int = 0
    present: int = 0
    complaints: int = 0
    trail: Trail = field(default_factory=list)

    def count(self, leaves: int) -> None:
        """Note that so many more values are coming; too many end the rendering."""
        self.leaves += leaves
        if self.leaves > MAX_LEAVES:
            raise TooLarge

    def level(self, _target: Target, _scope: Any, _tree: dict[str, Any], leaves: int) -> None:
        """As `count`, for a level that begins: its place, the names it sees, and the tree that it is about to fill."""
        self.count(leaves)

    def write(self, characters: int) -> None:
        """Note that so much more text is there; too much ends the rendering."""
        self.text += characters
        if self.text > MAX_MESSAGE_TEXT:
            raise TooLarge

    def missing(self, target: Target, source: Source, scope: Any) -> None:
        """Tell that a required value has no source."""
        self.complaints += 1
        self.sink.missing(self.at(target), source, scope, self.trail)

    def invalid(self, target: Target, source: Source, scope: Any, error: EvaluationError) -> None:
        """Tell that a value cannot be used."""
        self.complaints += 1
        self.sink.invalid(self.at(target), source, scope, self.trail, error)

    def at(self, target: Target) -> str:
        """The dotted path of a message's place, with the positions of the entries it is in."""
        return dotted(target, (entry.position for entry in self.trail))


def dotted(target: Target, positions: Iterable[int]) -> str:
    """The path of a message's place as people read it. positions: in the lists around it, from the outermost."""
    at = iter(positions)
    parts = [f"[{next(at)}]" if part == EACH else part for part in target]
    return "".join(part if part.startswith("[") else f".{part}" for part in parts).removeprefix(".")


def too_large() -> Fault:
    """The fault of a message that no partner would take."""
    return fault("mapping.value", "", target="", why_zh="报文过大", why_en="the message is too large")


class Faults:
    """Collects faults for the clerk, each with the draft's field."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def missing(self, target: str, source: Source, scope: Any, trail: Trail) -> None:
        path = located(source.paths, scope, trail, lambda value: value is ABSENT)
        self.faults.append(fault("mapping.missing", draft_pointer(path), target=target, source=shown(path)))

    def invalid(self, target: str, source: Source, scope: Any, trail: Trail, error: EvaluationError) -> None:
        path = located(source.paths, scope, trail, lambda value: error.value is not None and value == error.value)
        pointer = draft_pointer(path)
        if error.table is not None:
            self.faults.append(fault("mapping.code", pointer, value=innocent(error.value), table=error.table))
        else:
            self.faults.append(fault("mapping.value", pointer, target=target, why_zh=error.why_zh, why_en=error.why_en))


class Held:
    """Keeps complaints until it is known whether their level stands."""

    def __init__(self) -> None:
        self.complaints: list[Callable[[Sink], None]] = []

    def missing(self, target: str, source: Source, scope: Any, trail: Trail) -> None:
        held = list(trail)
        self.complaints.append(lambda sink: sink.missing(target, source, scope, held))

    def invalid(self, target: str, source: Source, scope: Any, trail: Trail, error: EvaluationError) -> None:
        held = list(trail)
        self.complaints.append(lambda sink: sink.invalid(target, source, scope, held, error))
