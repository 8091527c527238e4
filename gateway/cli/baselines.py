"""`tongban baseline`: how many visits a matter takes without us; who imports a figure does not approve it."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import sheet
from gateway.cli.agreements import check_places, check_validity
from gateway.cli.desk import Action, AsJson, By, Desk, at_desk
from gateway.cli.sheet import Field, Row
from gateway.cli.speech import Column, show, tell
from gateway.cli.trouble import CommandError
from gateway.model import ApplicantClass, BaselineMethod
from gateway.store import BaselineRow, Tx

app = typer.Typer(help="跑动基准 / baselines of visits", no_args_is_help=True)

FIELDS = (
    Field("destination", sheet.region),
    Field("matter", sheet.matter),
    Field("applicant_class", sheet.one_of(*ApplicantClass), may_be_empty=True),
    Field("trips", sheet.count),
    Field("long_trips", sheet.count),
    Field("method", sheet.one_of(*BaselineMethod)),
    Field("source", sheet.text),
    Field("valid_from", sheet.day),
    Field("valid_to", sheet.day, may_be_empty=True),
)
COLUMNS = (
    Column("编号", "id", number=True),
    Column("办理地", "destination"),
    Column("事项", "matter"),
    Column("申请人类型", "applicant class"),
    Column("版本", "version", number=True),
    Column("跑动次数", "trips", number=True),
    Column("其中跨省", "long trips", number=True),
    Column("来源", "source"),
    Column("导入人", "imported by"),
)
_REFUSED = {
    "unknown": ("没有这条基准", "there is no such baseline"),
    "same-person": ("导入人不能审批自己导入的基准", "who imported a baseline cannot approve it"),
    "already": ("这条基准已经审批过", "this baseline was approved before"),
}


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="CSV 文件，UTF-8 或 GB18030 / a CSV file, UTF-8 or GB18030")], by: By = None
) -> None:
    """导入待审批的基准 / import baselines, to be approved by somebody else"""
    raw = sheet.read_bytes(file)
    ids = at_desk(lambda desk: import_baselines(desk, file.name, raw), by=by)
    tell(
        f"已导入 {len(ids)} 条基准，待另一人审批：tongban baseline approve {ids[0]} …",
        f"Imported {len(ids)} baselines; somebody else approves them: tongban baseline approve {ids[0]} …",
    )


async def import_baselines(desk: Desk, file: str, raw: bytes) -> list[int]:
    """Take in a table of baselines, not yet approved; their ids. Raises InputError with every fault."""
    table = sheet.read_sheet(file, raw, FIELDS)
    await desk.store.read(lambda tx: check_places(tx, table, ("destination",)))
    check_validity(table)
    for row in table.rows:
        if row.values["long_trips"] > row.values["trips"]:
            table.blame(row.line, "long_trips", "多于 trips", "is more than trips")
    table.settle()
    baselines = [_baseline(row) for row in table.rows]

    def unit(tx: Tx) -> list[int]:
        ids = tx.agreements.import_baselines(baselines, desk.by, desk.now())
        desk.record(tx, Action.BASELINES_IMPORTED, file, {"rows": len(ids), "first": ids[0], "last": ids[-1]})
        return ids

    return await desk.store.write(unit)


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """列出待审批的基准 / list the baselines that wait for approval"""
    pending = at_desk(lambda desk: desk.store.read(lambda tx: tx.agreements.pending_baselines()))
    rows = [
        {
            "id": record.id,
            "destination": record.destination,
            "matter": record.matter,
            "applicant_class": record.applicant_class,
            "version": record.version,
            "trips": record.trips,
            "long_trips": record.long_trips,
            "source": record.source,
            "imported_by": record.imported_by,
        }
        for record in pending
    ]
    show(("待审批的基准", "baselines that wait for approval"), COLUMNS, rows, as_json=as_json)


@app.command("approve")
def approve_command(ids: Annotated[list[int], typer.Argument(metavar="ID…", help="基准编号 / ids of baselines")], by: By = None) -> None:
    """审批基准；审批人不得是导入人，有一条不成则全部不批 / approve baselines; not by who imported them; all or none"""
    at_desk(lambda desk: approve_baselines(desk, ids), by=by)
    tell(f"已审批 {len(ids)} 条基准。", f"Approved {len(ids)} baselines.")


async def approve_baselines(desk: Desk, ids: list[int]) -> None:
    """Approve them all. CommandError names those that cannot be; then none is approved."""

    def unit(tx: Tx) -> None:
        answers = {id_: tx.agreements.approve_baseline(id_, desk.by, desk.now()) for id_ in dict.fromkeys(ids)}
        refused = {id_: _REFUSED[answer] for id_, answer in answers.items() if answer != "approved"}
        if refused:
            raise CommandError(
                "cli.baseline",
                "未审批任何基准。" + "".join(f"{id_}：{zh}。" for id_, (zh, _) in refused.items()),
                "No baseline was approved." + "".join(f" {id_}: {en}." for id_, (_, en) in refused.items()),
            )
        for id_ in answers:
            desk.record(tx, Action.BASELINE_APPROVED, str(id_), {})

    await desk.store.write(unit)


def _baseline(row: Row) -> BaselineRow:
    return BaselineRow(**{**row.values, "method": BaselineMethod(row.values["method"])})
