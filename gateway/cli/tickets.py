"""`tongban ticket`: 办不成事, what needs a person: let it run again, say that the partner has it after all, or close it with a reason."""

from collections.abc import Iterable, Mapping
from typing import Annotated

import typer

from gateway.cli import places
from gateway.cli.desk import LARGEST_ID, Action, AsJson, By, Desk, at_desk
from gateway.cli.speech import Column, console, print_json, table, tell
from gateway.cli.trouble import CommandError
from gateway.model import iso
from gateway.security import redact
from gateway.store import TicketRecord, Tx

app = typer.Typer(help="工单 / tickets: what needs a person", no_args_is_help=True)

COLUMNS = (
    Column("编号", "id", number=True),
    Column("类型", "kind"),
    Column("原因", "reason"),
    Column("说明", "about"),
    Column("办件", "case"),
    Column("对接方", "partner"),
    Column("开立时间", "opened at"),
)
_ABOUT = {
    "competent": ("指明的有权办理地", "the office that was named"),
    "round": ("补正轮次", "supplement round"),
    "code": ("对方代码", "the partner's code"),
    "due": ("期限", "due"),
}
"""What the entries of a ticket's detail are called."""
TicketId = Annotated[int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="工单编号 / id of the ticket")]


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """列出待处理的工单 / list the open tickets"""

    def unit(tx: Tx) -> tuple[list[dict[str, object]], list[str | None]]:
        tickets = tx.tickets.list()
        rows: list[dict[str, object]] = []
        for ticket in tickets:
            case = tx.cases.get(ticket.case_id) if ticket.case_id is not None else None
            rows.append(
                {
                    "id": ticket.id,
                    "kind": ticket.kind,
                    "reason": ticket.reason,
                    "detail": dict(ticket.detail),
                    "case": case.number if case else None,
                    "partner": case.partner if case else None,
                    "opened_at": iso(ticket.opened_at),
                }
            )
        return rows, abouts(tx, tickets)

    rows, said = at_desk(lambda desk: desk.store.read(unit))
    if as_json:
        print_json(rows)
        return
    shown = (tuple((row | {"detail": about}).values()) for row, about in zip(rows, said, strict=True))
    console().print(table(("待处理的工单", "open tickets"), COLUMNS, shown))


def abouts(tx: Tx, tickets: Iterable[TicketRecord]) -> list[str | None]:
    """What each ticket says beside its kind and reason, in plain words; None where it says no more."""
    return [_about(tx, ticket.detail) for ticket in tickets]


def _about(tx: Tx, detail: Mapping[str, str | int | bool | None]) -> str | None:
    said = []
    for name, value in detail.items():
        if value is not None:
            zh, en = _ABOUT.get(name, (name, name))
            said.append(f"{zh if zh == en else f'{zh} / {en}'}: {_entry(tx, name, str(value))}")
    return "; ".join(said) or None


def _entry(tx: Tx, name: str, value: str) -> str:
    if name == "due":
        return value[:16].replace("T", " ")
    return places.named(tx, value) if name == "competent" else value


@app.command("retry")
def retry_command(ticket_id: TicketId, by: By = None) -> None:
    """让搁置的任务重新执行 / let the parked job run again

    对“不确定”的工单，请先向对接方核实其确未收到 / for an unsure one, first make sure with the partner that it has nothing.
    """
    at_desk(lambda desk: retry(desk, ticket_id), by=by)
    tell("任务已重新排队，工单已关闭。", "The job is queued again and the ticket closed.")


async def retry(desk: Desk, ticket_id: int) -> None:
    """Let the ticket's parked job run again, and close the ticket. CommandError when it has none."""

    from gateway.flow import run_again  # with all that it brings, too slow for commands that only look

    def unit(tx: Tx) -> None:
        ticket = _open_ticket(tx, ticket_id)
        if not run_again(tx, ticket, desk.now()):
            raise CommandError(
                "cli.ticket-nothing", f"工单 {ticket_id} 没有可重试的任务。", f"The ticket {ticket_id} has no job to run again."
            )
        _close(tx, desk, ticket, Action.TICKET_RETRIED, "retried")

    await desk.store.write(unit)


@app.command("received")
def received_command(
    ticket_id: TicketId,
    number: Annotated[str, typer.Option("--number", metavar="NO", help="对方编号 / the partner number")],
    by: By = None,
) -> None:
    """核实对接方已收件：登记对方编号并继续跟踪 / the partner has it after all: enter its number and go on tracking"""
    at_desk(lambda desk: received(desk, ticket_id, number), by=by)
    tell("已登记对方编号，工单已关闭。", "The partner number is entered and the ticket closed.")


async def received(desk: Desk, ticket_id: int, number: str) -> None:
    """What a person learned from the partner, entered as the answer that was lost. CommandError when no answer is missing."""
    number = number.strip()
    if not number or len(number) > 64 or not number.isprintable():
        raise CommandError("cli.partner-number", "对方编号应为 1 至 64 个可见字符。", "A partner number has 1 to 64 printable characters.")

    from gateway.flow import enter_received

    def unit(tx: Tx) -> None:
        ticket = _open_ticket(tx, ticket_id)
        if not enter_received(tx, ticket, number, desk.now()):
            raise CommandError(
                "cli.ticket-nothing",
                f"工单 {ticket_id} 不是等待对方收件答复的工单。",
                f"The ticket {ticket_id} does not wait for a partner's answer.",
            )
        _close(tx, desk, ticket, Action.TICKET_RECEIVED, "received")

    await desk.store.write(unit)


@app.command("close")
def close_command(
    ticket_id: TicketId,
    why: Annotated[str, typer.Option("--why", help="处理结果，勿写个人信息 / how it was settled; no personal data")],
    by: By = None,
) -> None:
    """关闭工单并写明原因 / close a ticket with a reason"""
    at_desk(lambda desk: close(desk, ticket_id, why), by=by)
    tell("工单已关闭。", "The ticket is closed.")


async def close(desk: Desk, ticket_id: int, why: str) -> None:
    """Close a ticket; numbers of persons in the reason are masked. CommandError without a reason or an open ticket."""
    reason = redact(why.strip())
    if not reason or len(reason) > 200 or not reason.isprintable():
        raise CommandError("cli.ticket-why", "请用 1 至 200 个可见字符写明原因。", "Give a reason of 1 to 200 printable characters.")

    def unit(tx: Tx) -> None:
        ticket = _open_ticket(tx, ticket_id)
        _close(tx, desk, ticket, Action.TICKET_CLOSED, reason)

    await desk.store.write(unit)


def _open_ticket(tx: Tx, ticket_id: int) -> TicketRecord:
    ticket = tx.tickets.get(ticket_id)
    if ticket is None or ticket.closed_at is not None:
        raise CommandError("cli.ticket-unknown", f"没有待处理的工单 {ticket_id}。", f"There is no open ticket {ticket_id}.")
    return ticket


def _close(tx: Tx, desk: Desk, ticket: TicketRecord, action: Action, resolution: str) -> None:
    case = tx.cases.get(ticket.case_id) if ticket.case_id is not None else None
    tx.tickets.close(ticket.id, desk.by, desk.now(), resolution)
    desk.record(tx, action, str(ticket.id), {"kind": ticket.kind, "case": case.number if case else None, "resolution": resolution})
