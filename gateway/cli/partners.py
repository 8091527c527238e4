"""`tongban partner`: the connected systems; whether their folders are sound, whether they are paused."""

from collections.abc import Mapping
from typing import Annotated

import typer

from gateway.cli import (
    partner_check,
    partner_conform,
    partner_diff,
    partner_drift,
    partner_examples,
    partner_explain,
    partner_new,
    partner_schemas,
)
from gateway.cli.desk import Action, AsJson, By, Desk, at_desk
from gateway.cli.speech import Column, show, tell
from gateway.cli.trouble import CommandError
from gateway.mapping import Folder
from gateway.model import iso
from gateway.settings import Settings
from gateway.store import Tx

app = typer.Typer(help="对接方 / partners", no_args_is_help=True)
app.registered_commands += partner_check.app.registered_commands
app.registered_commands += partner_conform.app.registered_commands
app.registered_commands += partner_diff.app.registered_commands
app.registered_commands += partner_drift.app.registered_commands
app.registered_commands += partner_new.app.registered_commands
app.registered_commands += partner_schemas.app.registered_commands
app.registered_commands += partner_examples.app.registered_commands
app.registered_commands += partner_explain.app.registered_commands

COLUMNS = (
    Column("对接方", "partner"),
    Column("地区", "regions"),
    Column("方式", "transport"),
    Column("事项数", "matters", number=True),
    Column("暂停至", "paused until"),
    Column("原因", "reason"),
)


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """列出对接方及其是否暂停 / list the partners and whether they are paused"""
    folders = load_folders()
    states = {state.partner: state for state in at_desk(lambda desk: desk.store.read(lambda tx: tx.partners.all()))}
    rows = []
    for name, folder in sorted(folders.items()):
        state = states.get(name)
        until = state.paused_until if state else None
        rows.append(
            {
                "partner": name,
                "regions": " ".join(folder.regions),
                "transport": folder.transport,
                "matters": len(folder.matters),
                "paused_until": iso(until) if until else None,
                "reason": state.reason if state and until else None,
            }
        )
    show(("对接方", "partners"), COLUMNS, rows, as_json=as_json)


@app.command("resume")
def resume_command(name: Annotated[str, typer.Argument(metavar="NAME", help="对接方 / partner")], by: By = None) -> None:
    """恢复已暂停的对接方 / resume a paused partner"""
    at_desk(lambda desk: resume(desk, name), by=by)
    tell(f"对接方 {name} 已恢复。", f"The partner {name} is resumed.")


def load_folders() -> Mapping[str, Folder]:
    """All folders, with the overlay that the gateway would lay over them. Raises MappingError."""
    # Wiring imports the web and everything below it, which only these commands should wait for.
    from gateway.wiring import check_partners

    return check_partners(Settings.load())


async def resume(desk: Desk, name: str) -> None:
    """End a partner's pause. CommandError when it is not paused."""

    def unit(tx: Tx) -> None:
        if not tx.partners.resume(name):
            raise CommandError("cli.not-paused", f"对接方 {name} 没有暂停。", f"The partner {name} is not paused.")
        for ticket in tx.tickets.list():
            if ticket.kind == f"partner-held:{name}":
                tx.tickets.close(ticket.id, desk.by, desk.now(), "resumed")
        tx.jobs.release_held(name, desk.now())
        desk.record(tx, Action.PARTNER_RESUMED, name, {})
        tx.wake()

    await desk.store.write(unit)
