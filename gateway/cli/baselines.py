"""`tongban baseline`: how many visits a matter takes without us; who imports a figure does not approve it."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.desk import LARGEST_ID, Action, AsJson, By, Desk, at_desk
from gateway.cli.speech import Column, show, tell
from gateway.cli.tables import FileOfTable, check_places, check_validity, read_rows, settle
from gateway.cli.trouble import CommandError
from gateway.model import ApplicantClass, BaselineMethod, china_day
from gateway.sheets import Faults, Field, Row, fields
from gateway.store import BaselineRow, Tx

app = typer.Typer(help="跑动基准 / baselines of visits", no_args_is_help=True)

FIELDS = (
    Field("destination", fields.region),
    Field("matter", fields.matter),
    Field("applicant_class", fields.one_of(*ApplicantClass), may_be_empty=True),
    Field("trips", fields.count),
    Field("long_trips", fields.count),
    Field("method", fields.one_of(*BaselineMethod)),
    Field("source", fields.text),
    Field("valid_from", fields.day),
    Field("valid_to", fields.day, may_be_empty=True),
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
_NOT_ENDED = {
    "unknown": ("没有这条基准", "there is no such baseline"),
    "not-approved": ("这条基准尚未审批，不生效也无须终止", "this baseline is not approved, so it has no effect"),
    "not-begun": ("这条基准在该日尚未生效", "this baseline does not begin until after that day"),
    "already": ("这条基准已在该日或更早终止", "this baseline ends on that day or earlier already"),
}


@app.command("import")
def import_command(file: FileOfTable, by: By = None) -> None:
    """导入待审批的基准 / import baselines, to be approved by somebody else"""
    ids = at_desk(lambda desk: import_baselines(desk, file), by=by)
    tell(
        f"已导入 {len(ids)} 条基准，待另一人审批：tongban baseline approve {ids[0]} …",
        f"Imported {len(ids)} baselines; somebody else approves them: tongban baseline approve {ids[0]} …",
    )


async def import_baselines(desk: Desk, path: Path) -> list[int]:
    """Take in a table of baselines, not yet approved; their ids. Raises SheetError, InputError with every fault."""
    faults = Faults(path.name)
    rows = read_rows(path, FIELDS, faults)
    await desk.store.read(lambda tx: check_places(tx, rows, faults, ("destination",)))
    check_validity(rows, faults)
    for row in rows:
        if row.values["long_trips"] > row.values["trips"]:
            faults.blame(row.line, "long_trips", "多于 trips", "is more than trips")
    _refuse_overlaps(rows, faults)
    settle(rows, faults)
    baselines = [_baseline(row) for row in rows]

    def unit(tx: Tx) -> list[int]:
        ids = tx.agreements.import_baselines(baselines, desk.by, desk.now())
        desk.record(tx, Action.BASELINES_IMPORTED, path.name, {"rows": len(ids), "first": ids[0], "last": ids[-1]})
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
def approve_command(
    ids: Annotated[list[int], typer.Argument(metavar="ID…", min=1, max=LARGEST_ID, help="基准编号 / ids of baselines")], by: By = None
) -> None:
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


@app.command("end")
def end_command(
    id_: Annotated[int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="基准编号 / a baseline's id")],
    on: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="最后有效日，缺省为今天 / last day; today")] = None,
    by: By = None,
) -> None:
    """终止一条已审批的基准；数字从不修改，已收件的不受影响 / end an approved baseline; cases already filed keep it"""
    day = at_desk(lambda desk: end_baseline(desk, id_, on.date() if on else china_day(desk.now())), by=by)
    tell(f"基准 {id_} 有效至 {day}。", f"Baseline {id_} is valid until {day}.")


async def end_baseline(desk: Desk, id_: int, on: date) -> date:
    """Let it end on that day, today or later. CommandError when it cannot; cases filed until then keep it."""
    if on < china_day(desk.now()):
        raise CommandError("cli.baseline", "终止日不能早于今天。", "A baseline cannot end before today.")

    def unit(tx: Tx) -> None:
        answer = tx.agreements.end_baseline(id_, on)
        if answer != "ended":
            zh, en = _NOT_ENDED[answer]
            raise CommandError("cli.baseline", f"{zh}。", f"{en.capitalize()}.")
        desk.record(tx, Action.BASELINE_ENDED, str(id_), {"on": on.isoformat()})

    await desk.store.write(unit)
    return on


def _refuse_overlaps(rows: list[Row], faults: Faults) -> None:
    """Blame every row that is valid on a day of an earlier row for the same cases: which of the two figures would count?"""
    earlier: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        same = earlier.setdefault(tuple(row.values[name] or "" for name in ("destination", "matter", "applicant_class")), [])
        begins, ends = row.values["valid_from"], row.values["valid_to"] or date.max
        for other in same:
            if begins <= (other.values["valid_to"] or date.max) and other.values["valid_from"] <= ends:
                zh = f"与第 {other.line} 行针对同一类办件，有效期重叠"
                faults.blame(row.line, "valid_from", zh, f"is for the same cases as line {other.line}, and both are valid on some day")
                break
        same.append(row)


def _baseline(row: Row) -> BaselineRow:
    return BaselineRow(**{**row.values, "method": BaselineMethod(row.values["method"])})
