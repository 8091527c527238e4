"""Where a value came from: from an expression's paths back to the field of the hall's draft that the clerk can mend."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from gateway.model import pointer

from .paths import Path, walker

_SAME: Final = frozenset({"applicant", "agent", "reception", "form"})
"""Levels that stand in the draft under the same name."""
_OF_MATERIAL: Final = {"code": "code", "name": "name", "extension": "name"}
_INNOCENT: Final = re.compile(r"[0-9A-Za-z_.-]{1,6}|[a-z][a-z-]{0,31}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list that is being gone through. paths: of the list's expression, in scope."""

    position: int
    entry: Any
    paths: tuple[Path, ...]
    scope: Any


Trail = list[Entry]


def located(paths: Iterable[Path], scope: Any, trail: Trail, wanted: Callable[[Any], bool]) -> Path:
    """The path, from the facts' root, of the first source whose value is the wanted one; else of the first source; empty without any."""
    every = tuple(paths)
    chosen = next((path for path in every if wanted(walker(path)(scope))), every[0] if every else ())
    return _from_root(chosen, trail)


def _from_root(path: Path, trail: Trail) -> Path:
    around = list(trail)
    while path and path[0] == "outer" and around:
        around.pop()
        path = path[1:]
    if not around or not path or path[0] not in ("item", "index"):
        return path
    here = around.pop()
    listed = here.paths[0] if here.paths else ()
    entries = walker(listed)(here.scope) if listed else None
    root = _from_root(listed, around)
    if not isinstance(entries, list):
        return root
    position = next((i for i, entry in enumerate(entries) if entry is here.entry), None)
    return root if position is None else (*root, position, *path[1:])


def draft_pointer(path: Path) -> str:
    """The JSON pointer into the hall's draft; the whole draft for what the hall does not write (case, hall, now, partner)."""
    if not path or path[0] not in _SAME | {"materials"}:
        return ""
    if path[0] == "materials" and len(path) > 2:
        return pointer((*path[:2], _OF_MATERIAL.get(str(path[2]), "content")))
    return pointer(path)


def shown(path: Path) -> str:
    """The path as people read it: materials[2].name."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def innocent(value: str | None) -> str:
    """A code that may stand in a fault: short, or a plain word; anything else may be somebody's number or name."""
    return value if value is not None and _INNOCENT.fullmatch(value) else "…"
