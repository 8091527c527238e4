"""Shapes: what is known of a value before there is one, so that every path and every argument is checked without a case.

A shape is one of the words below, a dict (a level with these names), or a one-element list (a list of that), as in model.FACTS_SCHEMA.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.model import BLOB, INSTANT, INTEGER, OPEN, TEXT

Shape = Any
NUMBER: Final = "number"
YESNO: Final = "yes-no"
CONTENT: Final = "content"
"""Content made ready by base64()."""
BYTES: Final = "bytes"
LIST: Final = "list"
LEVEL: Final = "level"
ANY: Final = "any"
"""Unknown: an answer's values, and what depends on them."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The shape of a name that is there in one step only, and this is another. step: which."""

    step: str


def placed(shape: Mapping[str, Shape], own: Mapping[str, str], step: str) -> dict[str, Shape]:
    """The names of a level as one step sees them. own: names that are there in one step only → that step."""
    return {name: below if own.get(name, step) == step else Elsewhere(own[name]) for name, below in shape.items()}


_WORDS: Final = {
    TEXT: ("文本", "text"), NUMBER: ("数字", "a number"), INTEGER: ("数字", "a number"), INSTANT: ("时间", "a moment"),
    BLOB: ("材料内容", "content"), CONTENT: ("材料内容", "content"), BYTES: ("字节", "bytes"), YESNO: ("是/否", "yes/no"),
    LIST: ("列表", "a list"), LEVEL: ("层级", "a level"), OPEN: ("层级", "a level"), ANY: ("任意值", "any value"),
}  # fmt: skip


def kind(shape: Shape) -> str:
    """The shape's word: a list or a level whatever is in it."""
    if isinstance(shape, list):
        return LIST
    if isinstance(shape, dict) or shape == OPEN:
        return LEVEL
    return NUMBER if shape == INTEGER else str(shape)


def words(shape: Shape) -> tuple[str, str]:
    """Chinese and English for people."""
    return _WORDS[kind(shape)]


def fits(shape: Shape, wanted: frozenset[str]) -> bool:
    """Whether a value of this shape may stand where one of the wanted kinds is expected."""
    return shape == ANY or ANY in wanted or kind(shape) in wanted


def joined(one: Shape, other: Shape) -> Shape:
    """The shape of a value that is either."""
    return one if one == other else ANY


def contains(shape: Shape, word: str) -> bool:
    """Whether a value of that kind is in it somewhere."""
    if isinstance(shape, dict):
        return any(contains(below, word) for below in shape.values())
    return contains(shape[0], word) if isinstance(shape, list) else bool(shape == word)


def plain(shape: Shape) -> bool:
    """Whether a value of this shape can be written into a text: no moment, no content, no bytes in it."""
    return not any(contains(shape, word) for word in (INSTANT, BLOB, CONTENT, BYTES))
