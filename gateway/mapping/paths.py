"""Plain paths: most of what messages are made of, compiled to the shortest closures."""

from collections.abc import Callable, Mapping
from typing import Any

from .values import ABSENT

Run = Callable[[Any], Any]
"""Value from the current value."""
Path = tuple[str | int, ...]
Ast = Mapping[str, Any]
"""A node as the jmespath library parses it."""


def plain_path(ast: Ast) -> Path | None:
    """The names and indexes of a plain path, or None for anything else."""
    match ast["type"]:
        case "field":
            return (ast["value"],)
        case "subexpression" | "index_expression":
            first = plain_path(ast["children"][0])
            if first is None:
                return None
            for child in ast["children"][1:]:
                rest = (child["value"],) if child["type"] == "index" else plain_path(child)
                if rest is None:
                    return None
                first += rest
            return first
    return None


def walker(path: Path) -> Run:
    """What follows a path; only dicts and lists are ever entered, never objects."""
    if all(isinstance(part, str) for part in path) and len(path) <= 3:
        return _short_walker(path)

    def run(value: Any) -> Any:
        for part in path:
            if isinstance(part, str):
                value = value.get(part, ABSENT) if isinstance(value, dict) else ABSENT
            else:
                value = value[part] if isinstance(value, list) and -len(value) <= part < len(value) else ABSENT
        return value

    return run


def _short_walker(path: Path) -> Run:
    """Names only: a text, number or moment refuses to be entered by name, which the loop above would ask first."""
    first, second, third = (*path, None, None)[:3]

    def one(value: Any) -> Any:
        try:
            return value[first]
        except (KeyError, TypeError):
            return ABSENT

    def two(value: Any) -> Any:
        try:
            return value[first][second]
        except (KeyError, TypeError):
            return ABSENT

    def three(value: Any) -> Any:
        try:
            return value[first][second][third]
        except (KeyError, TypeError):
            return ABSENT

    return (one, two, three)[len(path) - 1]
