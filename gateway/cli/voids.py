"""`tongban case void`: a case that should not be, declared void."""

from typing import Annotated

import typer

from gateway.cli.desk import Action, By, Desk, at_desk
from gateway.cli.limits import Number, locked_case, short_text
from gateway.cli.speech import tell
from gateway.model import VoidReason
from gateway.store import Tx

app = typer.Typer()


@app.command("void")
def void_command(
    number: Number,
    reason: Annotated[
        VoidReason, typer.Option("--reason", help="duplicate 重复 · mistaken 误收 · test 测试，不计入任何统计 / a test leaves every count")
    ],
    agreed: Annotated[
        str | None,
        typer.Option(
            "--agreed",
            metavar="DOCUMENT",
            help="办理地同意作废的文号，办件可能已转出时必填 / the document by which the handling place agreed, once it may have the case",
        ),
    ] = None,
    by: By = None,
) -> None:
    """作废一个办件；已作出决定的不能作废 / declare a case void; one that is decided cannot be"""
    at_desk(lambda desk: void(desk, number, reason, agreed), by=by)
    tell("已作废。", "The case is void.")


async def void(desk: Desk, number: str, reason: VoidReason, agreed: str | None) -> None:
    """Declare a case void. CommandError: an unknown case; Refusal: it is decided, or the partner's agreement is missing."""
    from gateway.flow import void_case  # with all that it brings, too slow for the other commands

    document = short_text(agreed) if agreed is not None else None

    def unit(tx: Tx) -> None:
        case = locked_case(tx, number)
        void_case(tx, case, reason, document, desk.now())
        desk.record(tx, Action.CASE_VOIDED, case.number, {"reason": reason.value, "agreed": document})

    await desk.store.write(unit)
