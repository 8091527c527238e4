"""`tongban audit`: the chain of administrative acts, and whether it is whole."""

from typing import Annotated

import typer

from gateway.cli.desk import AsJson, at_desk
from gateway.cli.speech import Column, show, tell
from gateway.cli.trouble import CommandError
from gateway.model import iso

app = typer.Typer(help="审计记录 / the audit chain", no_args_is_help=True)

COLUMNS = (
    Column("时间", "at"),
    Column("操作人", "actor"),
    Column("操作", "action"),
    Column("对象", "subject"),
    Column("内容", "detail"),
)


@app.command("list")
def list_command(
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="最多条数 / how many at most")] = 100,
    as_json: AsJson = False,
) -> None:
    """列出最近的审计记录 / list the latest audit records"""
    records = at_desk(lambda desk: desk.store.read(lambda tx: tx.audit.list(limit)))
    rows = [
        {
            "at": iso(record.at),
            "actor": record.actor,
            "action": record.action,
            "subject": record.subject,
            "detail": dict(record.detail) if as_json else " ".join(f"{name}={value}" for name, value in record.detail.items()),
        }
        for record in records
    ]
    show(("审计记录", "audit records"), COLUMNS, rows, as_json=as_json)


@app.command("verify")
def verify_command() -> None:
    """核对审计链是否完整 / verify that the audit chain is whole"""
    whole, count = at_desk(lambda desk: desk.store.read(lambda tx: tx.audit.verify()))
    if not whole:
        raise CommandError(
            "cli.audit-broken",
            f"审计链不完整：核对到第 {count} 条时不符。请保护现场并立即报告。",
            f"The audit chain is broken: record {count} does not fit. Preserve the database as it is and report this at once.",
        )
    tell(f"审计链完整，共 {count} 条。", f"The audit chain is whole: {count} records.")
