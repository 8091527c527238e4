"""What a folder does with a partner's messages, place by place: what each step sends, and what it reads of the answer."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.mapping import Expression, Folder, Outline, StepMapping, TextOf, kind, possible_texts

Names = tuple[str, ...]
"""Names from the root of a message; lists are passed through."""
_DOCUMENT: Final = re.compile(r"\bfrom_(?:json|xml)\(")
_WHOLE: Final = frozenset({"level", "list"})


@dataclass(frozen=True, slots=True)
class Sent:
    """One place that is sent. certain: whatever the case; whole: a level or list taken over as it is; values: all it can be, None: any."""

    path: Names
    certain: bool
    whole: bool
    values: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Read:
    """One place of an answer that is read. certain: without it the answer is unreadable; how: the expression."""

    path: Names
    certain: bool
    how: str


def sent(outline: Outline, folder: Folder) -> dict[Names, Sent]:
    """Every place of a message, levels included."""
    return {one.path: one for one in _sent(outline, folder, certain=True)}


def read(step: StepMapping, folder: Folder) -> tuple[Read, ...]:
    """What a step reads: its own reading, then the success rule, then the verdict rows."""
    found = [*reading(step.read.outline), *_of(folder.success, (), certain=True)]
    for row in folder.verdicts:
        for source in (row.when, row.message, row.competent):
            found += _of(source, (), certain=False) if source is not None else ()
    return tuple(dict.fromkeys(found))


def reading(outline: Outline) -> Iterator[Read]:
    """What a reading reads."""
    yield from _reading(outline, None, certain=True)


def steps(folder: Folder) -> Iterator[tuple[StepMapping, tuple[str, ...]]]:
    """Each step once, with the matters that use it as it is."""
    found: dict[int, tuple[StepMapping, list[str]]] = {}
    for matter in folder.matters.values():
        for step in matter.steps.values():
            found.setdefault(id(step), (step, []))[1].append(matter.code)
    for step, matters in found.values():
        yield step, tuple(sorted(matters))


def opens_a_text(source: Expression | TextOf) -> bool:
    """Whether it reads a document that travels as a text: what stands in it, no description says."""
    return _DOCUMENT.search(source.source) is not None


def covered(path: Names, places: Mapping[Names, Sent]) -> bool:
    """Whether a level above the place is taken over whole, so that nothing says what is in it."""
    return any(above in places and places[above].whole for above in (path[:length] for length in range(1, len(path))))


def _sent(outline: Outline, folder: Folder, *, certain: bool) -> Iterator[Sent]:
    always = certain and not outline.optional and outline.condition is None
    path = tuple(name for name in outline.target if not name.startswith(("$", "[")))
    if path and not outline.name.startswith("["):
        value = outline.value
        whole = isinstance(value, Expression) and kind(value.shape) in _WHOLE
        values = possible_texts(value, folder.codes) if value is not None else None
        yield Sent(path, always, whole or outline.travels_as_text, values)
    if not outline.travels_as_text:
        for below in outline.below:
            yield from _sent(below, folder, certain=always)


def _reading(outline: Outline, item: Names | None, *, certain: bool) -> Iterator[Read]:
    always = certain and not outline.optional and outline.condition is None
    if outline.condition is not None:
        yield from _of(outline.condition, item, certain=False)
    if outline.each is not None:
        listed = list(_of(outline.each, item, certain=False))
        yield from listed
        item = listed[0].path if len(listed) == 1 and not opens_a_text(outline.each) else None
    if isinstance(outline.value, Expression | TextOf):
        yield from _of(outline.value, item, certain=always and len(outline.value.paths) == 1)
    for below in outline.below:
        yield from _reading(below, item, certain=always)


def _of(source: Expression | TextOf, item: Names | None, *, certain: bool) -> Iterable[Read]:
    for parts in source.paths:
        names = tuple(part for part in parts if isinstance(part, str))
        if names[:1] == ("item",) and item is not None:
            yield Read((*item, *names[1:]), certain, source.source)
        elif names and names[0] not in ("item", "index", "outer"):
            yield Read(names, certain, source.source)
