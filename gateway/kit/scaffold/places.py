"""The places of a partner's answer, and how they are found by name and by comment."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from partners import Target

from .messages import GUESSED
from .words import brief, compact, head

_NAME: Final = re.compile(r"[A-Za-z_][0-9A-Za-z_]*")


@dataclass(frozen=True, slots=True)
class Place:
    """A place of an answer. levels: what it stands in, outermost first; the root is not among them."""

    target: Target
    levels: tuple[Target, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Its names from the root."""
        return tuple(one.name for one in (*self.levels, self.target))

    @property
    def path(self) -> str:
        """Its path as an expression writes it."""
        return ".".join(map(quoted, self.names))

    @property
    def certain(self) -> bool:
        """Whether it is always there."""
        return all(one.required for one in (*self.levels, self.target))

    @property
    def list(self) -> int | None:
        """How many levels down the one list is that it stands in; None outside of lists."""
        return next((depth for depth, one in enumerate(self.levels) if one.repeats), None)

    def below(self, depth: int) -> str:
        """Its path from an entry of the list at that depth."""
        return ".".join(("item", *(quoted(one.name) for one in (*self.levels[depth + 1 :], self.target))))


def places(root: Target | None) -> list[Place]:
    """Every place of an answer, those nearer to its root first; of a list in a list nothing."""
    found: list[Place] = []
    row = [Place(child, ()) for child in (root.children if root else ())]
    while row and len(found) < 2000:
        found += row
        row = [
            Place(child, (*place.levels, place.target))
            for place in row
            if sum(one.repeats for one in (*place.levels, place.target)) <= 1 and len(place.levels) < 8
            for child in place.target.children
        ]
    return found


def first(found: Sequence[Place], names: Sequence[str]) -> Place | None:
    """The first leaf by the order of the names, then by its depth."""
    leaves = [place for place in found if not place.target.children]
    return next((place for name in names for place in leaves if compact(place.target.name) == name), None)


def spoken(found: Sequence[Place], phrases: Sequence[str]) -> Place | None:
    """The first leaf by the order of the phrases of its comment."""
    leaves = [place for place in found if not place.target.children]
    return next((place for phrase in phrases for place in leaves if phrase in head(place.target.about)), None)


def ending(found: Sequence[Place], *endings: str) -> Place | None:
    """The first leaf by the order of the endings of its name."""
    leaves = [place for place in found if not place.target.children]
    return next((place for ending in endings for place in leaves if compact(place.target.name).endswith(ending)), None)


def why(place: Place) -> str:
    """The comment of a guess: what the description says of the place."""
    return GUESSED + (f"：{brief(place.target.about)}" if place.target.about else "")


def literal(text: str) -> str:
    """A text as an expression writes it; one with a backslash, which it cannot always write, is left open."""
    return "'TODO'" if "\\" in text else "'" + text.replace("'", "\\'") + "'"


def quoted(name: str) -> str:
    """A name as an expression writes it."""
    return name if _NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)
