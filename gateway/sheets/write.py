"""Tables for people: CSV that opens in a spreadsheet as it is, and workbooks. No text of ours is ever taken for a formula."""

import csv
import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from .csv_lines import guard
from .errors import SheetError
from .places import letter
from .workbook import MAX_ROWS

_TEXT_FORMAT = "@"
_WIDTH = 18


def write_csv(file: TextIO, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The rows as CSV. Texts that a spreadsheet would compute get an apostrophe; numbers stay numbers. Open the file with newline=""."""
    append = csv_appender(file, header)
    for row in rows:
        append(row)


def csv_appender(file: TextIO, header: Sequence[str]) -> Callable[[Sequence[Any]], None]:
    """Write the header; what is given writes one row more, as `write_csv` does."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(header)
    return lambda row: writer.writerow([guard(cell) if isinstance(cell, str) else cell for cell in row])


def write_csv_file(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The same, in UTF-8 with the mark by which spreadsheets know it. SheetError when it cannot be written."""
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            write_csv(file, header, rows)
    except OSError as error:
        raise _unwritable(error) from None


def write_workbook(path: Path, sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[Any]]]]) -> None:
    """Sheets by name, each a header and rows. Texts are text cells in text format, so that codes keep their zeros when edited.

    Raises SheetError when it cannot be written, or has more rows than a workbook can.
    """
    from openpyxl import Workbook  # here, for it is slow to load, and most commands write no workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    for name, (header, rows) in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for index in range(len(header)):
            sheet.column_dimensions[letter(index)].width = _WIDTH
        for number, row in enumerate(itertools.chain((header,), rows), start=1):
            if number > MAX_ROWS:
                book.close()
                raise SheetError("sheet.too-large", f"工作表最多 {MAX_ROWS} 行，请用 CSV", f"a sheet has at most {MAX_ROWS} rows; use CSV")
            sheet.append([_cell(WriteOnlyCell(sheet, value=value), value) for value in row])
    try:
        book.save(path)
    except OSError as error:
        raise _unwritable(error) from None


def write_json_lists(path: Path, lists: Mapping[str, Iterable[str]]) -> None:
    """`{"name": [entry, …], …}` of entries that are JSON already, one a line. SheetError when it cannot be written."""
    try:
        with path.open("w", encoding="utf-8") as file:
            file.write("{")
            for position, (name, entries) in enumerate(lists.items()):
                file.write(f"{',' if position else ''}\n{json.dumps(name)}: [")
                for index, entry in enumerate(entries):
                    file.write(f"{',' if index else ''}\n{entry}")
                file.write("\n]")
            file.write("\n}\n")
    except OSError as error:
        raise _unwritable(error) from None


def _cell(cell: Any, value: Any) -> Any:
    if value is None or isinstance(value, str):
        cell.number_format = _TEXT_FORMAT
    if isinstance(value, str):
        cell.data_type = "s"  # or the library takes what begins with = for a formula
    return cell


def _unwritable(error: OSError) -> SheetError:
    why = error.strerror or type(error).__name__
    return SheetError("sheet.unwritable", why, why)
