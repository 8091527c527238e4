"""A table that a person made: its header found, its rows read one by one, every fault with row, column and letter."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .csv_lines import CsvLines, unguard
from .errors import BrokenError, SheetError
from .fields import Cell, Field, UnfitError
from .places import Faults, letter
from .workbook import Bad, WorkbookLines

MAX_WORKBOOK = 100 << 20
MAX_TEXT = 4 << 30
_PACKAGE = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0"
_CSV_FORMULA = Bad("以 = 开头，是公式；请改为值", "begins with = and is a formula; replace it by its value")


@dataclass(frozen=True, slots=True)
class Cells:
    """One row as it stands. line: in the file, from 1; cells: the filled ones by column; broken: whether a cell was blamed already."""

    line: int
    cells: Mapping[str, Cell]
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One sound row. values: by column name."""

    line: int
    values: dict[str, Any]


class Table:
    """A file's table. Iterating gives its filled rows once; what is wrong goes to `faults`; size, done: for a progress bar."""

    def __init__(self, path: Path, columns: Sequence[Field], faults: Faults, *, max_bytes: int | None = None) -> None:
        """Raises SheetError when the file cannot be read, is too large, or is a workbook of the old kind."""
        self.faults = faults
        self.size = size_of(path)
        self._columns = columns
        with path.open("rb") as file:
            head = file.read(8)
        if head.startswith(_COMPOUND):
            raise SheetError("sheet.old-workbook")
        workbook = head.startswith(_PACKAGE)
        limit = min(MAX_WORKBOOK if workbook else MAX_TEXT, max_bytes or MAX_TEXT)
        if self.size > limit:
            raise SheetError("sheet.too-large", f"上限 {limit >> 20} MiB", f"at most {limit >> 20} MiB")
        self._lines: CsvLines | WorkbookLines = WorkbookLines(path) if workbook else CsvLines(path)
        self._plain = not workbook

    @property
    def done(self) -> int:
        """How far the file has been read, of `size`; 0 where that cannot be told."""
        return self._lines.done

    def __iter__(self) -> Iterator[Cells]:
        header: list[str | None] | None = None
        try:
            for line, raw in self._lines:
                if header is None:
                    header = self._header(line, [self._stripped(cell) for cell in raw])
                    if header is None:
                        return
                elif any(cell is not None and cell != "" for cell in raw) and (cells := self._cells(line, raw, header)):
                    yield cells
        except BrokenError as broken:
            self.faults.add(broken.where, broken.zh, broken.en)
            return
        if header is None:
            self.faults.blame(1, None, "文件是空的", "the file is empty")

    def rows(self) -> Iterator[Row]:
        """The sound rows, each read by its columns' readers."""
        for cells in self:
            values = self.read(cells, self._columns)
            if values is not None:
                yield Row(cells.line, values)

    def read(self, cells: Cells, columns: Sequence[Field]) -> dict[str, Any] | None:
        """The values of these columns, or None when any is at fault."""
        values: dict[str, Any] = {}
        for column in columns:
            cell = cells.cells.get(column.name)
            try:
                if cell is not None:
                    values[column.name] = column.read(cell)
                elif column.may_be_empty:
                    values[column.name] = column.empty
                elif not cells.broken:
                    raise UnfitError("不能为空", "must not be empty")
            except UnfitError as unfit:
                self.faults.blame(cells.line, column.name, unfit.zh, unfit.en)
        return values if len(values) == len(columns) and not cells.broken else None

    def _header(self, line: int, cells: list[Cell | Bad | None]) -> list[str | None] | None:
        """The column of each place, or None when it is no header of ours. Columns stand in any order, by either name."""
        names = {column.name: column.name for column in self._columns} | {column.zh: column.name for column in self._columns if column.zh}
        while cells and cells[-1] is None:
            cells.pop()
        header = [names.get(str(cell)) if cell is not None else None for cell in cells]
        before = self.faults.count
        for index, (cell, name) in enumerate(zip(cells, header, strict=True)):
            shown_above = letter(index)
            if cell is None:
                continue
            if name is None:
                shown = cell if isinstance(cell, str) and len(cell) <= 60 and cell.isprintable() else "…"
                self.faults.add(f"{line}:{shown_above}", f"不认识的列“{shown}”", f"unknown column “{shown}”")
            elif name in self.faults.letters:
                self.faults.add(f"{line}:{shown_above}", f"列“{name}”重复", f"the column “{name}” repeats")
            else:
                self.faults.letters[name] = shown_above
        missing = [column.name for column in self._columns if not column.may_be_empty and column.name not in header]
        if missing:
            listed = ", ".join(missing)
            self.faults.blame(line, None, f"表头缺少列：{listed}", f"the header lacks the columns: {listed}")
        return None if self.faults.count > before else header

    def _cells(self, line: int, raw: Sequence[Cell | Bad | None], header: list[str | None]) -> Cells | None:
        """The filled cells of a row; None for a row of blanks."""
        found: dict[str, Cell] = {}
        broken = False
        for index, each in enumerate(raw):
            if each is None or each == "" or (cell := self._stripped(each)) is None:
                continue
            name = header[index] if index < len(header) else None
            if name is None:
                shown_above = letter(index)
                self.faults.add(f"{line}:{shown_above}", "表头没有这一列", "the header has no such column")
                broken = True
            elif isinstance(cell, Bad):
                self.faults.blame(line, name, cell.zh, cell.en)
                broken = True
            else:
                found[name] = cell
        return Cells(line, found, broken) if found or broken else None

    def _stripped(self, cell: Cell | Bad | None) -> Cell | Bad | None:
        if not isinstance(cell, str):
            return cell
        cell = cell.strip()
        if self._plain and cell.startswith(("=", "'")):
            return _CSV_FORMULA if cell[0] == "=" else unguard(cell)
        return cell or None


def size_of(path: Path) -> int:
    """The file's size. SheetError when it cannot be read."""
    try:
        with path.open("rb"):
            return path.stat().st_size
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SheetError("sheet.unreadable", f"{path.name}：{why}", f"{path.name}: {why}") from None
