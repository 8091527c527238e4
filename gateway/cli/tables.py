"""Small tables that are imported whole: read, held against the catalogue, and refused with every fault."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.trouble import InputError
from gateway.sheets import Faults, Field, Row, Table
from gateway.store import Tx

MAX_BYTES = 20 << 20
FileOfTable = Annotated[
    Path, typer.Argument(metavar="FILE", help="CSV（UTF-8 或 GB18030）或 XLSX 文件 / a CSV file (UTF-8 or GB18030) or an XLSX file")
]


def read_rows(path: Path, fields: tuple[Field, ...], faults: Faults) -> list[Row]:
    """The sound rows of a file; what is wrong goes to `faults`. SheetError when it cannot be read."""
    return list(Table(path, fields, faults, max_bytes=MAX_BYTES).rows())


def check_places(tx: Tx, rows: list[Row], faults: Faults, columns: tuple[str, ...]) -> None:
    """Blame every region and matter that the catalogue does not have."""
    regions = {region.code for region in tx.catalogue.regions()}
    matters = {code: tx.catalogue.matter_known(code) for code in {row.values["matter"] for row in rows}}
    for row in rows:
        for column in columns:
            if row.values[column] not in regions:
                zh, en = "目录中没有这个地区，请先导入目录", "the catalogue has no such region; import the catalogue first"
                faults.blame(row.line, column, zh, en)
        if not matters[row.values["matter"]]:
            zh, en = "目录中没有这个事项，请先导入目录", "the catalogue has no such matter; import the catalogue first"
            faults.blame(row.line, "matter", zh, en)


def check_validity(rows: list[Row], faults: Faults) -> None:
    """Blame every row that ends before it begins."""
    for row in rows:
        if row.values["valid_to"] is not None and row.values["valid_to"] < row.values["valid_from"]:
            faults.blame(row.line, "valid_to", "早于 valid_from", "is before valid_from")


def settle(rows: list[Row], faults: Faults) -> None:
    """Raise InputError when there is any fault, or nothing to import."""
    if not rows and not faults:
        faults.blame(1, None, "表中没有数据行", "the table has no rows")
    if faults:
        raise InputError(faults)
