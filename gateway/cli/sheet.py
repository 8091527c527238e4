"""Reading a table that a person made: UTF-8 or GB18030, its header checked, every fault with its line and column."""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from gateway.cli.trouble import CommandError, InputError, Place
from gateway.model import normalize_region
from gateway.wire import WireError, decode

MAX_BYTES = 20 * 2**20
_MATTER = re.compile(r"[0-9]{12}")
_YES = frozenset({"true", "yes", "1", "是"})
_NO = frozenset({"false", "no", "0", "否"})


class UnfitError(Exception):
    """A cell that does not fit its column."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Field:
    """One column: how a cell is read. empty: the value of an empty cell; without it a cell must be filled."""

    name: str
    read: Callable[[str], Any]
    may_be_empty: bool = False
    empty: Any = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row. line: where it ends in the file, from 1; values: by column name."""

    line: int
    values: dict[str, Any]


@dataclass(slots=True)
class Sheet:
    """A table as read: its sound rows, and the faults found so far."""

    file: str
    columns: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)
    faults: list[Place] = field(default_factory=list)

    def blame(self, line: int, column: str, zh: str, en: str) -> None:
        """Note a fault; the column is named and counted as a spreadsheet counts, from 1."""
        self.faults.append(Place(self.file, f"{line}:{self.columns.index(column) + 1}({column})", zh, en))

    def settle(self) -> None:
        """Raise InputError when there is any fault, or nothing to import."""
        if not self.rows and not self.faults:
            self.faults.append(Place(self.file, "1", "表中没有数据行", "the table has no rows"))
        if self.faults:
            raise InputError(tuple(self.faults))


def read_bytes(path: Path) -> bytes:
    """A file a person named; CommandError when it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise CommandError("cli.unreadable", f"无法读取文件 {path.name}：{why}。", f"Cannot read the file {path.name}: {why}.") from None
    if len(raw) > MAX_BYTES:
        limit = MAX_BYTES // 2**20
        raise CommandError("cli.too-large", f"文件 {path.name} 超过 {limit} MiB。", f"The file {path.name} is over {limit} MiB.")
    return raw


def read_sheet(file: str, raw: bytes, fields: Sequence[Field]) -> Sheet:
    """The table in these bytes; faults are collected in the sheet. Raises InputError when there is no such table at all."""
    columns = tuple(field.name for field in fields)
    sheet = Sheet(file, columns)
    try:
        text = decode(raw)
    except WireError as error:
        raise InputError((Place(file, "1", error.zh, error.en),)) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = tuple(cell.strip() for cell in next(reader, []))
        if header != columns:
            expected = ",".join(columns)
            raise InputError((Place(file, "1", f"表头应为：{expected}", f"the header must be: {expected}"),))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _read_row(sheet, reader.line_num, cells, fields)
    except csv.Error as error:
        sheet.faults.append(Place(file, str(reader.line_num), "CSV 格式有误，之后的行未读", f"malformed CSV ({error}); not read beyond"))
    return sheet


def _read_row(sheet: Sheet, line: int, cells: list[str], fields: Sequence[Field]) -> None:
    if len(cells) != len(fields):
        zh, en = f"应有 {len(fields)} 列，实有 {len(cells)} 列", f"{len(fields)} columns expected, {len(cells)} found"
        sheet.faults.append(Place(sheet.file, str(line), zh, en))
        return
    values: dict[str, Any] = {}
    for field_, cell in zip(fields, map(str.strip, cells), strict=True):
        try:
            if cell:
                values[field_.name] = field_.read(cell)
            elif field_.may_be_empty:
                values[field_.name] = field_.empty
            else:
                raise UnfitError("不能为空", "must not be empty")
        except UnfitError as unfit:
            sheet.blame(line, field_.name, unfit.zh, unfit.en)
    if len(values) == len(fields):
        sheet.rows.append(Row(line, values))


def text(cell: str) -> str:
    """A short text, printable."""
    if len(cell) > 200 or not cell.isprintable():
        raise UnfitError("应为不超过 200 个可见字符", "at most 200 printable characters")
    return cell


def region(cell: str) -> str:
    """A region code in its canonical six digits."""
    try:
        return normalize_region(cell)
    except ValueError:
        raise UnfitError("不是地区代码（2、4、6、9 或 12 位数字）", "not a region code (2, 4, 6, 9 or 12 digits)") from None


def matter(cell: str) -> str:
    """A matter's code."""
    if not _MATTER.fullmatch(cell):
        raise UnfitError(
            "事项编码应为 12 位数字；表格软件可能去掉了前导零", "a matter code has 12 digits; a spreadsheet may have dropped leading zeros"
        )
    return cell


def day(cell: str) -> date:
    """A day, yyyy-mm-dd."""
    try:
        if len(cell) != len("yyyy-mm-dd"):
            raise ValueError(cell)
        return date.fromisoformat(cell)
    except ValueError:
        raise UnfitError("日期应写作 2026-01-31", "a day is written 2026-01-31") from None


def flag(cell: str) -> bool:
    """A yes or no."""
    if cell.lower() in _YES:
        return True
    if cell.lower() in _NO:
        return False
    raise UnfitError("应为 true 或 false（是/否）", "must be true or false")


def count(cell: str) -> int:
    """A number of visits."""
    if not (cell.isascii() and cell.isdigit()) or int(cell[:9]) > 99 or len(cell) > 9:
        raise UnfitError("次数应为 0 至 99 的整数", "a count is a whole number from 0 to 99")
    return int(cell)


def one_of(*allowed: str) -> Callable[[str], str]:
    """A reader of a closed list."""

    def read(cell: str) -> str:
        if cell not in allowed:
            listed = ", ".join(allowed)
            raise UnfitError(f"可取：{listed}", f"one of: {listed}")
        return cell

    return read
