"""`tongban agreement`: which regions handle which matters for each other."""

from pathlib import Path

import typer

from gateway.cli.desk import Action, By, Desk, at_desk
from gateway.cli.speech import tell
from gateway.cli.tables import FileOfTable, check_places, check_validity, read_rows, settle
from gateway.model import Agreement, CountsFrom, Delegations, Terms
from gateway.sheets import Faults, Field, Row, fields
from gateway.store import Tx

app = typer.Typer(help="通办协议 / agreements between regions", no_args_is_help=True)

DAYS = ("forward_days", "post_days", "recheck_days", "return_days")
FIELDS = (
    Field("document_number", fields.text),
    Field("origin", fields.region),
    Field("destination", fields.region),
    Field("matter", fields.matter),
    Field("valid_from", fields.day),
    Field("valid_to", fields.day, may_be_empty=True),
    Field("receive", fields.flag, may_be_empty=True, empty=True),
    Field("notify_once", fields.flag, may_be_empty=True, empty=False),
    Field("verify_original", fields.flag, may_be_empty=True, empty=False),
    Field("deliver", fields.flag, may_be_empty=True, empty=False),
    *(Field(name, fields.count, may_be_empty=True) for name in DAYS),
    Field("counts_from", fields.one_of(*CountsFrom), may_be_empty=True),
)


@app.command("import")
def import_command(file: FileOfTable, by: By = None) -> None:
    """导入协议，重复导入不产生变化 / import agreements; importing again changes nothing"""
    rows, new = at_desk(lambda desk: import_agreements(desk, file), by=by)
    tell(f"文件有 {rows} 行协议，新增 {new} 行。", f"The file has {rows} agreement rows; {new} were new.")


async def import_agreements(desk: Desk, path: Path) -> tuple[int, int]:
    """Take in a table of agreements; its number of rows and how many were new. Raises SheetError, InputError with every fault."""
    faults = Faults(path.name)
    rows = read_rows(path, FIELDS, faults)
    await desk.store.read(lambda tx: check_places(tx, rows, faults, ("origin", "destination")))
    check_validity(rows, faults)
    _refuse_repeats(rows, faults)
    settle(rows, faults)
    agreements = [_agreement(row) for row in rows]

    def unit(tx: Tx) -> int:
        new = tx.agreements.import_(agreements, desk.by, desk.now())
        desk.record(tx, Action.AGREEMENTS_IMPORTED, path.name, {"rows": len(agreements), "new": new})
        return new

    return len(agreements), await desk.store.write(unit)


def _refuse_repeats(rows: list[Row], faults: Faults) -> None:
    lines: dict[tuple[str, ...], int] = {}
    for row in rows:
        identity = tuple(row.values[name] for name in ("document_number", "origin", "destination", "matter"))
        first = lines.setdefault(identity, row.line)
        if first != row.line:
            faults.blame(row.line, "document_number", f"与第 {first} 行重复", f"repeats line {first}")


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
        Terms(**{name: values[name] for name in DAYS}, counts_from=CountsFrom(values["counts_from"]) if values["counts_from"] else None),
    )
