"""Messages shaped like the partner's: a tree of dicts, lists and leaves is rendered from the facts of a case, all faults at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from gateway.model import Blob, Fault

from .expressions import Around, Expression, TextOf, compile_expression, compile_value
from .nodes import Items, Level, Node, Text
from .outline import Outline
from .rendering import EACH, MAX_MESSAGE_TEXT, Faults, Held, Rendering, Source, Target, TooLarge, too_large
from .shapes import ANY, NUMBER, plain
from .sources import Entry
from .travelling import AS_TEXT, Write, writer
from .values import ABSENT, EvaluationError, holds

MAX_ITEMS: Final = 1_000
IF: Final = "$if"
CONTROLS: Final = AS_TEXT | {IF, EACH}
"""Keys of a level that say something about it and are not part of it."""
_OWN: Final = ("item", "index", "outer")
"""What `$each` adds to the names of the facts."""
_LEAF: Final = (str, int, Decimal, datetime, Blob)
_LEAF_READ: Final = (*_LEAF, bytes)


class _LeftOut:
    """A level whose `$if` does not hold."""

    __slots__ = ()


_OMIT: Final = _LeftOut()
Run = Callable[[Any, Rendering], Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """A compiled part: run gives its value, ABSENT (source tells of what) or _OMIT. drawn: something in it comes from a source."""

    run: Run
    outline: Outline
    source: Source | None = None
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message, or what keeps it from being one. tree is complete only when there are no faults."""

    tree: Any
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A message to be rendered from facts."""

    piece: Piece = field(repr=False)

    @property
    def outline(self) -> Outline:
        """What is written where, and from which sources."""
        return self.piece.outline

    def render(self, facts: Mapping[str, Any]) -> Rendered:
        """The message of one case. facts: CaseFacts.tree; leaves are text, numbers, yes/no, null, moments and Blobs."""
        sink = Faults()
        try:
            tree = self.piece.run(facts, Rendering(sink))
        except TooLarge:
            tree = None
            sink.faults.append(too_large())
        return Rendered(tree, tuple(sink.faults))


def build(node: Node, around: Around, target: Target = ()) -> Piece:
    """Compile one part of a message; what is wrong with it goes to the findings."""
    if isinstance(node, Text):
        return _leaf(node, around, target)
    if isinstance(node, Items):
        return _items(node, around, target)
    return _level(node, around, target)


def _leaf(node: Text, around: Around, target: Target) -> Piece:
    value = compile_value(node, around)
    outline = Outline(target, node.place, node.place, value)
    if isinstance(value, str):
        return Piece(lambda _scope, _rendering: value, outline, drawn=False)
    evaluate, source = value.evaluate, value

    def run(scope: Any, rendering: Rendering) -> Any:
        try:
            found = evaluate(scope)
            if found is ABSENT:
                return ABSENT
            rendering.present += 1
            if type(found) is str:
                rendering.text += len(found)  # written out: most of a message goes this way
                if rendering.text > MAX_MESSAGE_TEXT:
                    raise TooLarge
                return found
            return found if found is None or isinstance(found, _LEAF_READ) else _structure(found, rendering)
        except EvaluationError as error:
            rendering.present += 1
            rendering.invalid(target, source, scope, error)
            return None

    return Piece(run, outline, value)


def _structure(value: Any, rendering: Rendering) -> Any:
    """A list or level taken over whole: its own copy, of plain values only."""
    if isinstance(value, dict):
        rendering.count(len(value))
        return {name: _structure(below, rendering) for name, below in value.items()}
    if isinstance(value, list):
        rendering.count(len(value))
        return [_structure(below, rendering) for below in value]
    if value is not None and (not isinstance(value, _LEAF) or isinstance(value, Blob)):
        raise EvaluationError("不是普通的值", "not a plain value")
    if isinstance(value, str):
        rendering.write(len(value))
    return value


def _items(node: Items, around: Around, target: Target) -> Piece:
    places = [(*target, f"[{i}]") for i in range(len(node.items))]
    pieces = [build(item, around, place) for item, place in zip(node.items, places, strict=True)]
    parts = [(piece.run, piece.source, place) for piece, place in zip(pieces, places, strict=True)]

    def run(scope: Any, rendering: Rendering) -> Any:
        rendering.count(len(parts))
        values = []
        for evaluate, source, place in parts:
            value = evaluate(scope, rendering)
            if value is ABSENT and source is not None:
                rendering.missing(place, source, scope)
            elif value is not _OMIT:
                values.append(value)
        return values

    outline = Outline(target, node.place, node.place, items=True, below=tuple(piece.outline for piece in pieces))
    return Piece(run, outline, drawn=any(piece.drawn for piece in pieces))


def _level(node: Level, around: Around, target: Target) -> Piece:
    condition = _control(node, IF, around)
    each = _control(node, EACH, around)
    write = writer(node, EACH in node.entries, around.findings)
    outline = Outline(target, node.place, node.place, condition=condition, each=each, travels_as_text=write is not None)
    if write is not None:
        around = replace(around, refuses=((lambda shape: not plain(shape), "message.plain"),))
    if each is None:
        run, drawn, below = _entries(node, around, target)
        outline = replace(outline, below=below)
        run = run if write is None else _as_text(write, run, outline)
        return Piece(run if condition is None else _when(condition, run, target), outline, drawn=drawn or condition is not None)
    if each.shape != ANY and not isinstance(each.shape, list):
        around.findings.add(node.entries[EACH][1].place, "message.each")
    run, _, below = _entries(node, _inside(around, each), (*target, EACH))
    listed = _each(each, run, target)
    listed = listed if write is None else _as_text(write, listed, outline)
    return Piece(listed if condition is None else _when(condition, listed, target), replace(outline, below=below), each)


def _control(node: Level, name: str, around: Around) -> Expression | None:
    """The expression of `$if` or `$each`, where there is one."""
    written = node.get(name)
    if written is None:
        return None
    if isinstance(written, Text):
        return compile_expression(written, replace(around, refuses=()))
    around.findings.add(written.place, "expression.wanted")
    return None


def _inside(around: Around, source: Expression) -> Around:
    """The names that the entries of an `$each` see."""
    if not isinstance(around.shape, dict):
        return around
    outer = {name: around.shape[name] for name in _OWN if name in around.shape}
    entry = source.shape[0] if isinstance(source.shape, list) else ANY
    shape = {**around.shape, "item": entry, "index": NUMBER} | ({"outer": outer} if outer else {})
    return replace(around, shape=shape)


def _entries(node: Level, around: Around, target: Target) -> tuple[Run, bool, tuple[Outline, ...]]:
    """What fills one level, its keys in order, optional ones marked by `?`; whether anything in it comes from a source; the outlines."""
    entries, drawn, outlines = [], False, []
    for name, (key, below) in node.entries.items():
        if name in CONTROLS:
            continue
        plain = name.removesuffix("?")
        optional = plain != name
        if not plain or plain.startswith("$") or (optional and plain in node.entries):
            around.findings.add(key.place, "message.key", key=name)
            continue
        place = (*target, plain)
        piece = build(below, around, place)
        if optional and not piece.drawn:
            around.findings.add(key.place, "message.optional", key=name)
        drawn |= piece.drawn
        run = _optional(piece.run) if optional and not isinstance(below, Text) else piece.run
        entries.append((plain, run, None if optional else piece.source, place))
        outlines.append(replace(piece.outline, key=key.place, optional=optional))

    def run_entries(scope: Any, rendering: Rendering) -> Any:
        tree: dict[str, Any] = {}
        rendering.level(target, scope, tree, len(entries))
        for name, evaluate, source, place in entries:
            value = evaluate(scope, rendering)
            if value is ABSENT:
                if source is not None:
                    rendering.missing(place, source, scope)
            elif value is not _OMIT:
                tree[name] = value
        return tree

    return run_entries, drawn, tuple(outlines)


def _optional(run: Run) -> Run:
    """A level or list with `?`: left out, with what it complained of, when every source in it was absent."""

    def trial(scope: Any, rendering: Rendering) -> Any:
        sink, present = rendering.sink, rendering.present
        rendering.sink = held = Held()
        try:
            value = run(scope, rendering)
        finally:
            rendering.sink = sink
        if rendering.present == present:
            return ABSENT
        for complaint in held.complaints:
            complaint(sink)
        return value

    return trial


def _when(condition: Expression, run: Run, target: Target) -> Run:
    def conditional(scope: Any, rendering: Rendering) -> Any:
        try:
            stands = holds(condition.evaluate(scope))
        except EvaluationError as error:
            rendering.invalid(target, condition, scope, error)
            return _OMIT
        return run(scope, rendering) if stands else _OMIT

    return conditional


def _as_text(write: Write, run: Run, outline: Outline) -> Run:
    """A level, or the list that `$each` makes, as one text."""
    nowhere = TextOf("", lambda _scope: ABSENT, (), outline.place)

    def written(scope: Any, rendering: Rendering) -> Any:
        complaints = rendering.complaints
        value = run(scope, rendering)
        if value is ABSENT or rendering.complaints > complaints:
            return value
        try:
            text = write(value)
        except EvaluationError as error:
            rendering.invalid(outline.target, nowhere, scope, error)
            return None
        rendering.write(len(text))
        return text

    return written


def _each(source: Expression, run: Run, target: Target) -> Run:
    def listed(scope: Any, rendering: Rendering) -> Any:
        trail = rendering.trail
        try:
            entries = source.evaluate(scope)
            if entries is ABSENT:
                return ABSENT
            if not isinstance(entries, list):
                raise EvaluationError("$each 需要列表", "$each needs a list")
            if len(entries) > MAX_ITEMS:
                raise EvaluationError(f"条目超过 {MAX_ITEMS} 条", f"over {MAX_ITEMS} entries")
        except EvaluationError as error:
            rendering.invalid(target, source, scope, error)
            return None
        rendering.present += 1
        inner = {**scope, "outer": {name: scope[name] for name in _OWN if name in scope}} if trail else scope
        values = []
        for position, entry in enumerate(entries):
            here = {**inner, "item": entry, "index": position}
            trail.append(Entry(position, entry, source.paths, scope))
            value = run(here, rendering)
            trail.pop()
            if value is not _OMIT:
                values.append(value)
        return values

    return listed
