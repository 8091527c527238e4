"""Where each value of a message or a reading came from: the same compiled template is rendered, and what each level saw is noted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any, Final

from gateway.model import Fault

from .expressions import Expression, TextOf
from .findings import Place
from .outline import Outline
from .paths import Path, walker
from .reading import ReadError, Reading
from .rendering import EACH, Faults, Rendering, Source, Target, TooLarge, dotted, too_large
from .sources import Trail, draft_pointer, located, shown
from .template import Piece, Template
from .values import ABSENT, EvaluationError

_OWN_TEXT: Final = ".#text"


class State(StrEnum):
    """What became of one place."""

    FIXED = "fixed"
    """A literal of the folder's."""
    DRAWN = "drawn"
    """From the sources."""
    TEXT = "text"
    """By `$json` or `$xml`: what follows is in it."""
    LIST = "list"
    """One entry for each of the source's."""
    LEFT_OUT = "left-out"
    """`?`, and there is no source."""
    NOT_ASKED = "not-asked"
    """A `$if` that does not hold."""
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class DrawnFrom:
    """One value that a rule read. origin: from the root of the facts, or of the answer; value: ABSENT when there is nothing."""

    origin: Path
    value: Any = field(repr=False)

    @property
    def path(self) -> str:
        """The origin as people read it."""
        return shown(self.origin)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One place of a message, or one value of a reading, in the order written. target: with positions in lists, from 0.

    rule: as the folder's author wrote it; value: what came of it, ABSENT where nothing did; fault: only in State.FAULT.
    """

    target: str
    place: Place
    state: State
    rule: str
    sources: tuple[DrawnFrom, ...] = ()
    value: Any = field(default=ABSENT, repr=False)
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """tree: what was made; faults: all of them, those included that belong to no single place."""

    drawn: tuple[Drawn, ...]
    tree: Any = field(repr=False)
    faults: tuple[Fault, ...] = ()


def explain_message(template: Template, facts: Mapping[str, Any]) -> Explanation:
    """How a message comes out of these facts. As Template.render, and with every place's origin."""
    return _explained(template.piece, facts, _Placed())


def explain_reading(reading: Reading, tree: Any) -> Explanation:
    """How a reading's values come out of an answer. As Reading.records; all that cannot be read is found at once."""
    return _explained(reading.piece, tree, _Unread())


def fields_behind(template: Template, facts: Mapping[str, Any]) -> Mapping[str, str]:
    """Each place of the message that the hall's draft fills → the JSON pointer of the first field it is made of.

    An element's own text counts as the element.
    """
    found: dict[str, str] = {}
    for drawn in explain_message(template, facts).drawn:
        if pointer := next(filter(None, (draft_pointer(source.origin) for source in drawn.sources)), None):
            found.setdefault(drawn.target.removesuffix(_OWN_TEXT), pointer)
    return found


def sources_of(rule: Expression, tree: Any) -> tuple[DrawnFrom, ...]:
    """What a rule (success, verdict row) looked at in an answer."""
    return tuple(DrawnFrom(path, walker(path)(tree)) for path in dict.fromkeys(rule.paths))


@dataclass(frozen=True, slots=True)
class _Seen:
    """One level as it was rendered: the names it saw, the entries of the `$each` around it, and what filled it."""

    scope: Any
    trail: Trail
    tree: Mapping[str, Any]


class _Noting(Rendering):
    """Remembers each level by its place."""

    def __init__(self, sink: Faults) -> None:
        super().__init__(sink)
        self.seen: dict[str, _Seen] = {}

    def level(self, target: Target, scope: Any, tree: dict[str, Any], leaves: int) -> None:
        """Keeps the level, besides counting it."""
        self.seen[self.at(target)] = _Seen(scope, list(self.trail), tree)
        super().level(target, scope, tree, leaves)


class _Placed(Faults):
    """The faults of a message, and where in it each one is."""

    def __init__(self) -> None:
        super().__init__()
        self.placed: dict[str, Fault] = {}

    def missing(self, target: str, source: Source, scope: Any, trail: Trail) -> None:
        super().missing(target, source, scope, trail)
        self.placed[target] = self.faults[-1]

    def invalid(self, target: str, source: Source, scope: Any, trail: Trail, error: EvaluationError) -> None:
        super().invalid(target, source, scope, trail, error)
        self.placed[target] = self.faults[-1]


class _Unread(_Placed):
    """The same of a reading: what keeps the answer from being read, in the words of ReadError."""

    def missing(self, target: str, source: Source, scope: Any, trail: Trail) -> None:
        self._add(ReadError("reading.missing", target), target, "")

    def invalid(self, target: str, source: Source, scope: Any, trail: Trail, error: EvaluationError) -> None:
        self._add(ReadError("reading.value", target), target, f"({error.why_zh} / {error.why_en})")

    def _add(self, error: ReadError, target: str, why: str) -> None:
        self.placed[target] = Fault("", error.code, error.zh + why, error.en)
        self.faults.append(self.placed[target])


def _explained(piece: Piece, scope: Any, sink: _Placed) -> Explanation:
    noting = _Noting(sink)
    try:
        tree = piece.run(scope, noting)
    except TooLarge:
        return Explanation((), None, (*sink.faults, too_large()))
    return Explanation(tuple(_Teller(noting.seen, sink.placed).told(piece.outline, tree, _Seen(scope, [], {}))), tree, tuple(sink.faults))


class _Teller:
    """Walks the outline beside what was rendered."""

    def __init__(self, seen: Mapping[str, _Seen], faults: Mapping[str, Fault]) -> None:
        self._seen = seen
        self._faults = faults

    def told(self, outline: Outline, value: Any, around: _Seen, at: tuple[int, ...] = ()) -> Iterator[Drawn]:
        """One place and what is in it. around: the level it stands in; at: positions in the lists around it."""
        target = dotted(outline.target, at)
        fault = self._faults.get(target)
        if fault is not None or value is ABSENT:
            yield self._without(outline, target, fault, around)
            return
        if outline.value is not None:
            state = State.FIXED if isinstance(outline.value, str) else State.DRAWN
            yield _drawn(outline, target, state, outline.value, around, value)
            return
        if outline.travels_as_text:
            yield Drawn(target, outline.place, State.TEXT, "", value=value)
        if outline.each is not None:
            yield from self._listed(outline, target, value, around, at)
        elif outline.items:
            yield from self._items(outline, value, around, at)
        else:
            yield from self._level(outline, dotted(outline.target, at), at)

    def _level(self, outline: Outline, place: str, at: tuple[int, ...]) -> Iterator[Drawn]:
        seen = self._seen[place]
        for below in outline.below:
            yield from self.told(below, seen.tree.get(below.name, ABSENT), seen, at)

    def _listed(self, outline: Outline, target: str, value: Any, around: _Seen, at: tuple[int, ...]) -> Iterator[Drawn]:
        assert outline.each is not None
        yield _drawn(outline, target, State.LIST, outline.each, around, value)
        entries = (*outline.target, EACH)
        for position in count():
            place = dotted(entries, (*at, position))
            if place not in self._seen:
                return
            yield from self._level(outline, place, (*at, position))

    def _items(self, outline: Outline, value: Any, around: _Seen, at: tuple[int, ...]) -> Iterator[Drawn]:
        """A list written out: an entry that its `$if` leaves out leaves no gap."""
        entries = iter(value)
        for below in outline.below:
            fault = self._faults.get(dotted(below.target, at))
            missing = fault is not None and fault.code.endswith(".missing")
            left_out = below.condition is not None and (fault is not None or not below.condition.holds(around.scope))
            yield from self.told(below, ABSENT if missing or left_out else next(entries, ABSENT), around, at)

    def _without(self, outline: Outline, target: str, fault: Fault | None, around: _Seen) -> Drawn:
        """A place that nothing came of, and the rule that decided it."""
        if fault is not None:
            return _drawn(outline, target, State.FAULT, outline.value or outline.each or outline.condition, around, ABSENT, fault)
        if outline.condition is not None and not outline.condition.holds(around.scope):
            return _drawn(outline, target, State.NOT_ASKED, outline.condition, around, ABSENT)
        return _drawn(outline, target, State.LEFT_OUT, outline.value or outline.each, around, ABSENT)


def _drawn(
    outline: Outline, target: str, state: State, rule: Source | str | None, around: _Seen, value: Any, fault: Fault | None = None
) -> Drawn:
    """rule None: a level, whose sources are those of everything in it."""
    if isinstance(rule, str):
        return Drawn(target, outline.place, state, rule, (), value, fault)
    paths = _paths_in(outline) if rule is None else rule.paths
    origins = {path: located((path,), around.scope, around.trail, lambda _value: True) for path in paths}
    sources = tuple(DrawnFrom(origin, walker(path)(around.scope)) for path, origin in origins.items())
    written = "" if rule is None else rule.source if isinstance(rule, TextOf) else f"${{{rule.source}}}"
    return Drawn(target, outline.place, state, written, sources, value, fault)


def _paths_in(outline: Outline) -> list[Path]:
    """What the leaves of a level read, those below an `$each` excepted: their names are there only while the list is gone through."""
    if outline.each is not None:
        return list(outline.each.paths)
    own = list(outline.value.paths) if isinstance(outline.value, Expression | TextOf) else []
    return own + [path for below in outline.below for path in _paths_in(below)]
