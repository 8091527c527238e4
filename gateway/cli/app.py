"""The `tongban` command: its groups, and how every error ends: two lines, an exit code, never a traceback.

Exit codes: 0 done · 1 could not be done · 2 the command line is wrong · 3 a partner's folder is broken.
"""

import sys
from pathlib import Path

import typer

from gateway.cli import (
    agreements,
    audit,
    baselines,
    calendars,
    cases,
    catalogue,
    database,
    demo,
    halls,
    keys,
    limits,
    outcomes,
    partners,
    reasons,
    route,
    serve,
    tickets,
    traces,
)
from gateway.cli.speech import complain
from gateway.cli.trouble import InputError
from gateway.errors import TongbanError
from gateway.mapping import MappingError
from gateway.security import redact_event
from gateway.telemetry import configure_logs

FAILED, BROKEN_MAPPING = 1, 3

app = typer.Typer(
    name="tongban",
    help="通办：政务服务跨省通办网关 / Tongban: the gateway for cross-region handling of government matters",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _single in (serve, demo, database, reasons, route):
    app.registered_commands += _single.app.registered_commands
for _more in (traces, limits):
    cases.app.registered_commands += _more.app.registered_commands
for _name, _group in (
    ("hall", halls),
    ("catalogue", catalogue),
    ("agreement", agreements),
    ("baseline", baselines),
    ("calendar", calendars),
    ("case", cases),
    ("outcomes", outcomes),
    ("ticket", tickets),
    ("partner", partners),
    ("audit", audit),
    ("keys", keys),
):
    app.add_typer(_group.app, name=_name)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and end the process."""
    configure_logs(redact_event, level="warning", form="text")
    try:
        app(arguments)
    except MappingError as error:
        complain(error, error.findings)
        sys.exit(BROKEN_MAPPING)
    except InputError as error:
        complain(error, error.places)
        sys.exit(FAILED)
    except TongbanError as error:
        complain(error)
        sys.exit(FAILED)
    except Exception as error:  # the last door: what nobody foresaw is told in words, with its place for whoever mends it
        complain(TongbanError("cli.unexpected", f"程序内部错误（{_place(error)}）。", f"An internal error ({_place(error)})."))
        sys.exit(FAILED)


def _place(error: Exception) -> str:
    """The kind of an error and the line it was raised at; its text could hold what was being read."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else ""
    return type(error).__name__ + where
