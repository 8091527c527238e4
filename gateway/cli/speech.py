"""How commands speak: results on standard output, everything else on standard error, Chinese first with English beside."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from gateway.errors import TongbanError

FILE_WIDTH = 400
"""Columns when the output is a file or a pipe: nothing is wrapped or cut there."""
_UNBOUNDED = 10_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a printed table."""

    zh: str
    en: str
    number: bool = False


def console(*, stderr: bool = False) -> Console:
    """A console on the stream as it is now."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, width=None if stream.isatty() else FILE_WIDTH)


def tell(zh: str, en: str, *, stderr: bool = False) -> None:
    """One sentence."""
    print(f"{zh} / {en}", file=sys.stderr if stderr else sys.stdout)


def print_json(value: Any) -> None:
    """One value as indented JSON."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def table(title: tuple[str, str], columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Table:
    """A table of data; None is shown as a dash, and nothing in the data is taken for markup."""
    drawn = Table(title=Text(" / ".join(title), style="bold"), title_justify="left")
    for column in columns:
        drawn.add_column(Text(f"{column.zh}\n{column.en}"), justify="right" if column.number else "left")
    for row in rows:
        drawn.add_row(*(Text("—" if cell is None else str(cell)) for cell in row))
    return drawn


def fits(screen: Console, drawn: Table) -> bool:
    """Whether a table has room on the screen without folding anything."""
    return Measurement.get(screen, screen.options.update_width(_UNBOUNDED), drawn).maximum <= screen.width


def in_two_lines(columns: Sequence[Column], rows: Sequence[tuple[str, Sequence[object]]]) -> Iterator[tuple[str, str]]:
    """(what a row is about, its cells right-aligned under the columns): the form of a table that has no room for both side by side.

    The columns' own names come first, Chinese and English.
    """
    heads = [("", [column.zh for column in columns]), ("", [column.en for column in columns])]
    lines = [*heads, *((about, [str(cell) for cell in cells]) for about, cells in rows)]
    widths = [max(map(cell_len, cells)) for cells in zip(*(cells for _, cells in lines), strict=True)]
    for about, cells in lines:
        yield about, " ".join(" " * (width - cell_len(cell)) + cell for cell, width in zip(cells, widths, strict=True))


def show(title: tuple[str, str], columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Rows whose keys stand in the order of the columns: as a table, or as a JSON list."""
    if as_json:
        print_json(list(rows))
    else:
        console().print(table(title, columns, (tuple(row.values()) for row in rows)))


def complain(error: TongbanError) -> None:
    """The two lines of an error, and the places it was found at."""
    print(error.zh, file=sys.stderr)
    print(error.en, file=sys.stderr)
    for place in error.places:
        print(place, file=sys.stderr)
