"""What expressions deal in: absence as a value of its own, numbers and texts told apart, and how an evaluation fails."""

from decimal import Decimal
from typing import Any, Final, TypeVar

Value = TypeVar("Value", str, bytes, str | bytes)
MAX_TEXT: Final = 1_000_000
"""Characters of one text that an expression may make."""
MAX_LIST: Final = 20_000
"""Entries of one list that an expression may make."""
MAX_LIST_TEXT: Final = 64_000_000
"""Characters of all texts in such a list; more than any answer that is taken by default."""


class _Absent:
    """There is nothing: no key, no entry. Differs from null, which a partner may send."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


class EvaluationError(Exception):
    """An expression met a value it cannot use. why: never the value itself, which may be personal."""

    def __init__(self, why_zh: str, why_en: str, *, table: str | None = None, value: str | None = None) -> None:
        super().__init__(why_en)
        self.why_zh = why_zh
        self.why_en = why_en
        self.table = table
        self.value = value


def is_number(value: Any) -> bool:
    """Whole or decimal; yes/no is none."""
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def holds(value: Any) -> bool:
    """JMESPath's truth: absent, null, false, empty text, list and level do not hold; everything else does, 0 included."""
    if value is ABSENT or value is None or value is False:
        return False
    return not (isinstance(value, (str, list, dict)) and len(value) == 0)


def bounded(text: Value) -> Value:
    """The text, or bytes, unless it is longer than one value may be."""
    if len(text) > MAX_TEXT:
        raise EvaluationError("内容过长", "the text is too long")
    return text
