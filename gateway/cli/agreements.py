"""`tongban agreement`: which regions handle which matters for each other."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import sheet
from gateway.cli.desk import Action, By, Desk, at_desk
from gateway.cli.sheet import Field, Row, Sheet
from gateway.cli.speech import tell
from gateway.model import Agreement, Delegations
from gateway.store import Tx

app = typer.Typer(help="通办协议 / agreements between regions", no_args_is_help=True)

FIELDS = (
    Field("document_number", sheet.text),
    Field("origin", sheet.region),
    Field("destination", sheet.region),
    Field("matter", sheet.matter),
    Field("valid_from", sheet.day),
    Field("valid_to", sheet.day, may_be_empty=True),
    Field("receive", sheet.flag, may_be_empty=True, empty=True),
    Field("notify_once", sheet.flag, may_be_empty=True, empty=False),
    Field("verify_original", sheet.flag, may_be_empty=True, empty=False),
    Field("deliver", sheet.flag, may_be_empty=True, empty=False),
)


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="CSV 文件，UTF-8 或 GB18030 / a CSV file, UTF-8 or GB18030")], by: By = None
) -> None:
    """导入协议，重复导入不产生变化 / import agreements; importing again changes nothing"""
    raw = sheet.read_bytes(file)
    rows, new = at_desk(lambda desk: import_agreements(desk, file.name, raw), by=by)
    tell(f"文件有 {rows} 行协议，新增 {new} 行。", f"The file has {rows} agreement rows; {new} were new.")


async def import_agreements(desk: Desk, file: str, raw: bytes) -> tuple[int, int]:
    """Take in a table of agreements; its number of rows and how many were new. Raises InputError with every fault."""
    table = sheet.read_sheet(file, raw, FIELDS)
    await desk.store.read(lambda tx: check_places(tx, table, ("origin", "destination")))
    check_validity(table)
    _refuse_repeats(table)
    table.settle()
    agreements = [_agreement(row) for row in table.rows]

    def unit(tx: Tx) -> int:
        new = tx.agreements.import_(agreements, desk.by, desk.now())
        desk.record(tx, Action.AGREEMENTS_IMPORTED, file, {"rows": len(agreements), "new": new})
        return new

    return len(agreements), await desk.store.write(unit)


def check_places(tx: Tx, table: Sheet, columns: tuple[str, ...]) -> None:
    """Blame every region and matter that the catalogue does not have."""
    regions = {region.code for region in tx.catalogue.regions()}
    matters = {code: tx.catalogue.matter_known(code) for code in {row.values["matter"] for row in table.rows}}
    for row in table.rows:
        for column in columns:
            if row.values[column] not in regions:
                zh, en = "目录中没有这个地区，请先导入目录", "the catalogue has no such region; import the catalogue first"
                table.blame(row.line, column, zh, en)
        if not matters[row.values["matter"]]:
            zh, en = "目录中没有这个事项，请先导入目录", "the catalogue has no such matter; import the catalogue first"
            table.blame(row.line, "matter", zh, en)


def check_validity(table: Sheet) -> None:
    """Blame every row that ends before it begins."""
    for row in table.rows:
        if row.values["valid_to"] is not None and row.values["valid_to"] < row.values["valid_from"]:
            table.blame(row.line, "valid_to", "早于 valid_from", "is before valid_from")


def _refuse_repeats(table: Sheet) -> None:
    lines: dict[tuple[str, ...], int] = {}
    for row in table.rows:
        identity = tuple(row.values[name] for name in ("document_number", "origin", "destination", "matter"))
        first = lines.setdefault(identity, row.line)
        if first != row.line:
            table.blame(row.line, "document_number", f"与第 {first} 行重复", f"repeats line {first}")


def _agreement(row: Row) -> Agreement:
    values = row.values
    delegations = Delegations(values["receive"], values["notify_once"], values["verify_original"], values["deliver"])
    return Agreement(
        values["document_number"],
        values["origin"],
        values["destination"],
        values["matter"],
        values["valid_from"],
        values["valid_to"],
        delegations,
    )
