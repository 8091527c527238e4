"""`tongban proposal`: the offices that partners name when a case is not theirs; the operator mends agreements and folders by them."""

from typing import Annotated

import typer

from gateway.cli import places
from gateway.cli.desk import LARGEST_ID, Action, AsJson, By, Desk, at_desk
from gateway.cli.limits import short_text
from gateway.cli.speech import Column, console, print_json, table, tell
from gateway.cli.trouble import CommandError
from gateway.model import iso
from gateway.store import Tx

app = typer.Typer(help="路由建议 / proposals of routes, from cases that were forwarded", no_args_is_help=True)

COLUMNS = (
    Column("编号", "id", number=True),
    Column("收件地", "origin"),
    Column("原办理地", "destination"),
    Column("事项", "matter"),
    Column("有权办理地", "competent"),
    Column("件数", "cases", number=True),
    Column("最近办件", "last case"),
    Column("最近时间", "last at"),
)
_PLACES = ("origin", "destination", "competent")
ProposalId = Annotated[int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="建议编号 / id of the proposal")]


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """列出待处理的路由建议，件数多的在前 / list the open proposals, those of most cases first"""

    def unit(tx: Tx) -> tuple[list[dict[str, object]], dict[str, str]]:
        rows: list[dict[str, object]] = [
            {
                "id": proposal.id,
                "origin": proposal.origin,
                "destination": proposal.destination,
                "matter": proposal.matter,
                "competent": proposal.competent,
                "cases": proposal.cases,
                "last_case": proposal.last_case,
                "last_at": iso(proposal.last_at),
            }
            for proposal in tx.proposals.list()
        ]
        return rows, places.names(tx, (str(row[end]) for row in rows for end in _PLACES))

    rows, names = at_desk(lambda desk: desk.store.read(unit))
    if as_json:
        print_json(rows)
        return
    shown = (tuple((row | {end: names[str(row[end])] for end in _PLACES}).values()) for row in rows)
    console().print(table(("路由建议", "proposals of routes"), COLUMNS, shown))


@app.command("close")
def close_command(
    proposal_id: ProposalId,
    note: Annotated[str, typer.Option("--note", help="处理结果，勿写个人信息 / how it was settled; no personal data")],
    by: By = None,
) -> None:
    """关闭建议并写明如何处理 / close a proposal and say how it was settled"""
    at_desk(lambda desk: close(desk, proposal_id, note), by=by)
    tell("建议已关闭。", "The proposal is closed.")


async def close(desk: Desk, proposal_id: int, note: str) -> None:
    """Close a proposal; numbers of persons in the note are masked. CommandError without a note or an open proposal."""
    settled = short_text(note)

    def unit(tx: Tx) -> None:
        if not tx.proposals.close(proposal_id, desk.by, desk.now(), settled):
            raise CommandError("cli.proposal-unknown", f"没有待处理的路由建议 {proposal_id}。", f"There is no open proposal {proposal_id}.")
        desk.record(tx, Action.PROPOSAL_CLOSED, str(proposal_id), {"note": settled})

    await desk.store.write(unit)
