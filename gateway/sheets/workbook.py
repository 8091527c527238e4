"""Workbooks (.xlsx), read row by row. What a spreadsheet computed, merged or could not compute is told, never taken for what was typed."""

import functools
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from .errors import SheetError
from .fields import Cell

MAX_UNPACKED = 2 << 30
MAX_STRINGS = 128 << 20
"""Shared strings stand in memory, so a workbook cannot be read in flat memory beyond this; CSV can."""
MAX_ROWS = 1_048_576
_MAX_MERGED = 10_000
_CHUNK = 1 << 20
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_PARTS = (".xml", ".rels")


@dataclass(frozen=True, slots=True)
class Bad:
    """A cell that holds no value a person typed."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class _Range:
    first_row: int
    last_row: int
    first: int
    last: int

    def begins_empty(self, number: int, cells: Sequence[Cell | Bad | None]) -> bool:
        """Whether this is its first row and nothing stands in it: then it hides nothing, as merged cells beside a table do."""
        return number == self.first_row and (len(cells) < self.first or cells[self.first - 1] is None)


_FORMULA = Bad("是公式；请改为值（复制后选择性粘贴为数值）", "is a formula; replace it by its value (copy, paste as values)")
_ERROR = Bad("是表格软件的错误值，请改正", "is an error of the spreadsheet; mend it")
_JOINED = Bad("是合并单元格；请取消合并，并在每一行填写", "is a merged cell; unmerge it and fill in every row")


class WorkbookLines:
    """The rows of a workbook's first sheet. Iterating gives (row, cells); a cell is None when empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.done = 0

    def __iter__(self) -> Iterator[tuple[int, Sequence[Cell | Bad | None]]]:
        """Raises SheetError for what is no workbook, is too large unpacked, or holds a DTD."""
        _check_package(self._path)
        try:
            yield from self._rows()
        except SheetError:
            raise
        except Exception as error:  # openpyxl raises whatever its parts raise: KeyError, ValueError, zlib.error, ParseError …
            raise SheetError("sheet.workbook", type(error).__name__, type(error).__name__) from error

    def _rows(self) -> Iterator[tuple[int, Sequence[Cell | Bad | None]]]:
        import openpyxl  # here, for it is slow to load, and most commands read no workbook

        with _quiet():
            book = openpyxl.load_workbook(self._path, read_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            merged = _merged_ranges(self._path, sheet._worksheet_path)
            sheet.reset_dimensions()
            rows = iter(sheet.iter_rows(max_row=MAX_ROWS))
            number = 0
            while True:
                with _quiet():
                    row = next(rows, None)
                if row is None:
                    return
                number += 1
                cells = [_value(cell) for cell in row]
                if merged:
                    merged = [one for one in merged if not one.begins_empty(number, cells)]
                    cells = _with_merged(number, cells, merged)
                yield number, cells
        finally:
            book.close()


def _value(cell: Any) -> Cell | Bad | None:
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "f":
        return _FORMULA
    if cell.data_type == "e" or not isinstance(value, str | int | float | date):
        return _ERROR
    return value


def _with_merged(number: int, cells: list[Cell | Bad | None], merged: Sequence[_Range]) -> list[Cell | Bad | None]:
    for one in merged:
        if one.first_row <= number <= one.last_row:
            cells += [None] * (one.last - len(cells))
            for index in range(one.first - 1, min(one.last, len(cells))):
                cells[index] = _JOINED
    return cells


def _check_package(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            if sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise SheetError("sheet.too-large", f"展开后超过 {MAX_UNPACKED >> 20} MiB", f"over {MAX_UNPACKED >> 20} MiB unpacked")
            for part in parts:
                if part.filename.lower().endswith("sharedstrings.xml") and part.file_size > MAX_STRINGS:
                    raise SheetError("sheet.too-large", f"文字超过 {MAX_STRINGS >> 20} MiB", f"over {MAX_STRINGS >> 20} MiB of text")
                if part.filename.lower().endswith(_PARTS):
                    with package.open(part) as file:
                        if b"<!DOCTYPE" in file.read(4096):
                            raise SheetError("sheet.workbook", "DTD", "DTD")
    except SheetError:
        raise
    except OSError as error:
        raise SheetError("sheet.unreadable", error.strerror or "", error.strerror or "") from None
    except Exception as error:  # a broken package: BadZipFile, NotImplementedError, RuntimeError, zlib.error
        raise SheetError("sheet.workbook", type(error).__name__, type(error).__name__) from error


def _merged_ranges(path: Path, part: str) -> list[_Range]:
    """The merged cells of one sheet. They stand behind its rows, where a reader that streams cannot see them in time."""
    found: list[_Range] = []
    with zipfile.ZipFile(path) as package, package.open(part) as file:
        tail = b""
        while chunk := file.read(_CHUNK):
            block = tail + chunk
            end = 0
            for match in _MERGED.finditer(block):
                end = match.end()
                first, first_row, last, last_row = (group.decode() for group in match.groups())
                found.append(_Range(int(first_row), int(last_row), _number(first), _number(last)))
                if len(found) > _MAX_MERGED:
                    raise SheetError("sheet.workbook", f"合并单元格多于 {_MAX_MERGED} 处", f"over {_MAX_MERGED} merged cells")
            tail = block[max(end, len(block) - 256) :]
    return found


def _number(letters: str) -> int:
    """The column's number, from 1."""
    return functools.reduce(lambda number, each: number * 26 + ord(each) - ord("A") + 1, letters, 0)


class _quiet(warnings.catch_warnings):  # noqa: N801 - used as a statement
    """openpyxl warns of styles it does not know and of impossible dates; the latter are told as faults."""

    def __init__(self) -> None:
        super().__init__(record=False, action="ignore")
