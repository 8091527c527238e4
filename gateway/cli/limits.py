"""`tongban case pause`, `tongban case extend`: what the handling place told on paper about a case's time."""

from typing import Annotated

import typer

from gateway.cli.desk import Action, By, Desk, at_desk
from gateway.cli.speech import tell
from gateway.cli.trouble import CommandError
from gateway.model import PauseKind
from gateway.security import redact
from gateway.store import CaseRecord, Tx

app = typer.Typer()

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="办件编号 / case number")]
MAX_TEXT = 100
LONGEST = 250


@app.command("pause")
def pause_command(
    number: Number,
    kind: Annotated[PauseKind, typer.Option("--kind", help="特别程序的种类 / what the special procedure is")],
    notice: Annotated[str, typer.Option("--notice", metavar="NO", help="书面通知文号 / number of the written notice")],
    by: By = None,
) -> None:
    """登记特别程序（61）的种类和书面通知文号 / enter the kind and written notice of a special procedure"""
    at_desk(lambda desk: pause(desk, number, kind, notice), by=by)
    tell("已登记。", "Entered.")


@app.command("extend")
def extend_command(
    number: Number,
    days: Annotated[int, typer.Option("--days", min=1, max=LONGEST, help="延长的天数，单位同承诺时限 / days, of the limit's own unit")],
    approver: Annotated[str, typer.Option("--approver", help="批准人的职务或工号，勿写姓名 / the approver's office or number; no name")],
    why: Annotated[str, typer.Option("--why", help="理由，勿写个人信息 / the reason; no personal data")],
    by: By = None,
) -> None:
    """登记经批准的办理期限延长 / enter an approved extension of the handling limit"""
    at_desk(lambda desk: lengthen(desk, number, days, approver, why), by=by)
    tell(f"已延长 {days} 天。", f"Extended by {days} days.")


async def pause(desk: Desk, number: str, kind: PauseKind, notice: str) -> None:
    """Enter a pause's kind and notice. CommandError when the case is not suspended."""
    from gateway.flow import note_pause  # with all that it brings, too slow for the other commands

    told = short_text(notice)

    def unit(tx: Tx) -> None:
        case = locked_case(tx, number)
        if not note_pause(tx, case, kind, told, desk.now()):
            raise CommandError("cli.not-suspended", f"办件 {number} 不在特别程序中。", f"The case {number} is in no special procedure.")
        desk.record(tx, Action.PAUSE_NOTED, case.number, {"kind": kind.value, "notice": told})

    await desk.store.write(unit)


async def lengthen(desk: Desk, number: str, days: int, approver: str, why: str) -> None:
    """Enter an extension. CommandError when the case is not being handled or has no limit."""
    from gateway.flow import extend

    told, reason = short_text(approver), short_text(why)

    def unit(tx: Tx) -> None:
        case = locked_case(tx, number)
        if not extend(tx, case, days, told, reason, desk.now()):
            zh, en = f"办件 {number} 不在办理期间，或没有时限。", f"The case {number} is not being handled, or has no limit."
            raise CommandError("cli.no-limit", zh, en)
        desk.record(tx, Action.CASE_EXTENDED, case.number, {"days": days, "approver": told, "why": reason})

    await desk.store.write(unit)


def locked_case(tx: Tx, number: str) -> CaseRecord:
    """The case of that number, locked with its parts. CommandError when there is none."""
    case = tx.cases.by_number(number.strip().upper())
    if case is None:
        raise CommandError("cli.case-unknown", f"没有办件 {number}。", f"There is no case {number}.")
    return tx.cases.lock_with_parts(case.id)


def short_text(given: str) -> str:
    """A short text without numbers of persons. CommandError when it is empty, too long or not printable."""
    said = redact(given.strip())
    if not said or len(said) > MAX_TEXT or not said.isprintable():
        raise CommandError("cli.case-text", f"请填写 1 至 {MAX_TEXT} 个可见字符。", f"Give 1 to {MAX_TEXT} printable characters.")
    return said
