"""Tables for these tests: three columns, and a catalogue of one matter."""

from pathlib import Path
from typing import Any

from openpyxl import Workbook

from gateway.sheets import CatalogueFile, Entry, Faults, Field, Row, Table, fields

FIELDS = (
    Field("place", fields.region, zh="地点"),
    Field("day", fields.day, zh="日期"),
    Field("note", fields.text, may_be_empty=True, empty="—"),
)
SOUND = "place,day,note\n2201,2026-01-31,长春\n"


def written(folder: Path, raw: bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(raw)
    return path


def workbook(folder: Path, rows: list[list[Any]], *merged: str, name: str = "t.xlsx") -> Path:
    """A workbook as a person's spreadsheet writes it."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for one in merged:
        book.active.merge_cells(one)
    path = folder / name
    book.save(path)
    return path


def read(path: Path) -> tuple[list[Row], Faults]:
    faults = Faults(path.name)
    return list(Table(path, FIELDS, faults).rows()), faults


def read_catalogue(path: Path) -> tuple[list[Entry], Faults]:
    faults = Faults(path.name)
    return list(CatalogueFile(path, faults)), faults


def places(faults: Faults) -> list[str]:
    return [place.where for place in faults.kept]
