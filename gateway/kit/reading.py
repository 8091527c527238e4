"""What a folder reads, held against what the partner's description says of its answers. Advice: partners answer more than they describe."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gateway.mapping import Expression, Findings, Outline, Place, TextOf, nearest
from partners import Target, TargetKind

from .uses import opens_a_text

Path = tuple[str | int, ...]
_FAULT: Final = "Fault"
"""What a SOAP fault is read as; no response describes it."""


def check_reading(outline: Outline, answer: Target, findings: Findings) -> None:
    """Every plain path of a reading must lead somewhere in the answer it reads."""
    for place, path in _paths(outline, ()):
        _told(place, path, [answer], findings)


def check_rules(rules: Iterable[Expression | TextOf], answers: Sequence[Target], findings: Findings) -> None:
    """The success rule and the verdict rows are asked of every answer: their paths must lead somewhere in one of them."""
    for rule in rules:
        for path in rule.paths:
            _told(rule.place, path, answers, findings)


def reaches(rule: Expression, answer: Target) -> bool:
    """Whether a rule looks at anything that this answer has."""
    named = [tuple(part for part in path if isinstance(part, str)) for path in rule.paths]
    return not named or any(_lost(names, answer) is None for names in named)


def _paths(outline: Outline, base: Path | None) -> Iterator[tuple[Place, Path]]:
    """(where it is written, path from the answer's root). base: of the list whose entries are read; None when it is not a plain path."""
    here = base
    for source in (outline.condition, outline.each):
        if source is not None:
            yield from _rooted(source, base)
    if outline.each is not None:
        plain = len(outline.each.paths) == 1 and not opens_a_text(outline.each)
        here = next((path for _, path in _rooted(outline.each, base)), None) if plain else None
    if outline.value is not None and not isinstance(outline.value, str):
        yield from _rooted(outline.value, here)
    for below in outline.below:
        yield from _paths(below, here)


def _rooted(source: Expression | TextOf, base: Path | None) -> Iterator[tuple[Place, Path]]:
    for path in source.paths:
        if path[0] == "item":
            if base is not None:
                yield source.place, (*base, 0, *path[1:])
        elif path[0] not in ("index", "outer"):
            yield source.place, path


def _told(place: Place, path: Path, answers: Sequence[Target], findings: Findings) -> None:
    names = tuple(part for part in path if isinstance(part, str))
    if not names or names[0] == _FAULT:
        return
    if len(answers) == 1 and (listed := _passed_over(path, answers[0])):
        findings.add(place, "check.listed", path=".".join(listed))
        return
    lost = [_lost(names, answer) for answer in answers]
    if lost and all(one is not None for one in lost):
        known = next(one for one in lost if one is not None)
        findings.add(place, "check.answer", hint=nearest(known[0], known[1]), path=".".join(names))


def _passed_over(path: Path, target: Target) -> tuple[str, ...]:
    """The names up to a list of which no entry is taken before the path goes on; empty when every list is entered."""
    above: tuple[str, ...] = ()
    for place, part in enumerate(path):
        if not isinstance(part, str):
            continue
        child = next((child for child in target.children if child.name == part), None)
        if child is None:
            return ()
        above, target = (*above, part), child
        if child.repeats and place + 1 < len(path) and isinstance(path[place + 1], str):
            return above
    return ()


def _lost(names: tuple[str, ...], target: Target) -> tuple[str, list[str]] | None:
    """The name at which a path leaves what is described, and what stands there instead; None when it stays within it."""
    for name in names:
        if target.kind is TargetKind.ANY:
            return None
        child = next((child for child in target.children if child.name == name), None)
        if child is None:
            return name, [child.name for child in target.children]
        target = child
    return None
