"""How a cell is read: each reader takes a cell as it stands and gives a value, or says what to do. Nothing is repaired by guess."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from gateway.model import normalize_region

Cell: TypeAlias = str | int | float | bool | date
"""A filled cell: text (all that CSV has), or what a workbook makes of it."""

_MATTER = re.compile(r"[0-9]{12}")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_PART = re.compile(r"(?:\\.|[^;；\\])+", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SPECIAL = re.compile(r"[;；\\]")
_EPOCH = re.compile(r"[0-9]{10}|[0-9]{13}")
_YES = frozenset({"true", "yes", "1", "是"})
_NO = frozenset({"false", "no", "0", "否"})
# The day as yyyy-mm-dd or yyyymmdd, alone or with the time in one of the forms of GB/T 39046-2020 and of practice (all China time).
_DAY = re.compile(
    r"(?P<y>[0-9]{4})(?P<dash>-?)(?P<m>[0-9]{2})(?P=dash)(?P<d>[0-9]{2})"
    r"(?P<time>T[0-9]{6}|[0-9]{6}|[0-9]{2}:[0-9]{2}:[0-9]{2}|[ T][0-9]{2}:[0-9]{2}:[0-9]{2})?"
)


class UnfitError(Exception):
    """A cell that does not fit its column."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Field:
    """One column. empty: the value of an empty cell that may be empty; zh: the column's other name in a header."""

    name: str
    read: Callable[[Cell], Any]
    may_be_empty: bool = False
    empty: Any = None
    zh: str = ""


def words(cell: Cell) -> str:
    """What a person typed as text. A number is refused: leading zeros and digits beyond the 15th may be gone already."""
    if isinstance(cell, str):
        if _SCIENTIFIC.fullmatch(cell):
            raise UnfitError(
                "表格软件把编码变成了科学计数，原值已丢失；请把该列设为文本后重新录入",
                "a spreadsheet turned a code into a number in scientific notation and lost it; make the column text and type it again",
            )
        return cell
    if isinstance(cell, date):
        raise UnfitError(
            "应为文本，这里是日期；请把该列设为文本后重新录入", "must be text, this is a date; make the column text and type it again"
        )
    raise UnfitError(
        "应为文本，这里是数字，前导零可能已丢失；请把该列设为文本后重新录入",
        "must be text, this is a number that may have lost its leading zeros; make the column text and type it again",
    )


def text(cell: Cell) -> str:
    """A short text, printable."""
    typed = words(cell)
    if len(typed) > 200 or not typed.isprintable():
        raise UnfitError("应为不超过 200 个可见字符", "at most 200 printable characters")
    return typed


def prose(cell: Cell) -> str:
    """A text of several lines."""
    typed = words(cell).replace("\r\n", "\n").replace("\r", "\n")
    if len(typed) > 8000 or _CONTROL.search(typed):
        raise UnfitError("应为不超过 8000 个字符，且不含控制字符", "at most 8000 characters, none of them a control character")
    return typed


def region(cell: Cell) -> str:
    """A region code in its canonical six digits."""
    try:
        return normalize_region(words(cell))
    except ValueError:
        raise UnfitError("不是地区代码（2、4、6、9 或 12 位数字）", "not a region code (2, 4, 6, 9 or 12 digits)") from None


def matter(cell: Cell) -> str:
    """A matter's code."""
    typed = words(cell)
    if not _MATTER.fullmatch(typed):
        raise UnfitError(
            "事项编码应为 12 位数字；表格软件可能去掉了前导零", "a matter code has 12 digits; a spreadsheet may have dropped leading zeros"
        )
    return typed


def day(cell: Cell) -> date:
    """A day, with or without a time of day, in China's time."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, str) and (found := _DAY.fullmatch(cell)):
        try:
            parts = [int(found[name]) for name in ("y", "m", "d")]
            hours = [int(digits) for digits in re.findall("[0-9]{2}", found["time"] or "")]
            return datetime(*parts, *hours).date()  # type: ignore[arg-type]  # noqa: DTZ001 - only checks that it exists
        except ValueError:
            pass
    elif not isinstance(cell, str):
        raise UnfitError(
            "日期被存成了数字；请把该列设为日期或文本后重新录入",
            "a date was stored as a number; make the column a date or text and type it again",
        )
    if isinstance(cell, str) and _EPOCH.fullmatch(cell):
        raise UnfitError(
            "是时间戳（秒或毫秒）；请改为日期，写作 2026-01-31", "is a timestamp (seconds or milliseconds); replace it by a day, 2026-01-31"
        )
    raise UnfitError("日期应写作 2026-01-31 或 20260131", "a day is written 2026-01-31 or 20260131")


def flag(cell: Cell) -> bool:
    """A yes or no."""
    if isinstance(cell, bool):
        return cell
    typed = str(cell).lower()
    if typed in _YES:
        return True
    if typed in _NO:
        return False
    raise UnfitError("应为 true 或 false（是/否）", "must be true or false")


def whole(least: int, most: int) -> Callable[[Cell], int]:
    """A reader of whole numbers."""

    def read(cell: Cell) -> int:
        if isinstance(cell, float) and cell.is_integer():
            cell = int(cell)
        digits = str(cell)
        fits = not isinstance(cell, bool) and digits.isascii() and digits.isdigit() and len(digits) <= len(str(most))
        if not fits or not least <= int(digits) <= most:
            raise UnfitError(f"应为 {least} 至 {most} 的整数", f"a whole number from {least} to {most}")
        return int(digits)

    return read


count = whole(0, 99)
"""A number of visits or of sheets."""


def one_of(*allowed: str) -> Callable[[Cell], str]:
    """A reader of a closed list."""
    return named({value: value for value in allowed})


def named(values: Mapping[str, str]) -> Callable[[Cell], str]:
    """A reader of a closed list by names: the value itself, or another name of it."""

    def read(cell: Cell) -> str:
        if not isinstance(cell, str) or cell not in values:
            listed = ", ".join(values)
            raise UnfitError(f"可取：{listed}", f"one of: {listed}")
        return values[cell]

    return read


def several(read_one: Callable[[Cell], str]) -> Callable[[Cell], tuple[str, ...]]:
    """A reader of a list in one cell, parted by `;` or `；`; `\\` before such a sign makes it part of the entry."""

    def read(cell: Cell) -> tuple[str, ...]:
        parts = (_ESCAPED.sub(r"\1", part).strip() for part in _PART.findall(words(cell)))
        return tuple(read_one(part) for part in parts if part)

    return read


def joined(values: Iterable[str]) -> str:
    """The cell that `several` reads as these values."""
    return "; ".join(_SPECIAL.sub(r"\\\g<0>", value) for value in values)
