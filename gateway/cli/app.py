"""The `tongban` command: its groups, and how every error ends: two lines, an exit code, never a traceback.

Exit codes: 0 done · 1 could not be done · 2 the command line is wrong · 3 a partner's folder is broken.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from gateway.cli.speech import complain
from gateway.errors import TongbanError
from gateway.security import redact_event
from gateway.telemetry import configure_logs

FAILED = 1
EXIT_CODES: Mapping[str, int] = {"mapping.unusable": 3}
"""Of errors that end a command otherwise than with 1."""
COMMANDS: Mapping[str, str] = {
    "serve": "serve",
    "demo": "demo",
    "migrate": "database",
    "hall": "halls",
    "catalogue": "catalogue",
    "agreement": "agreements",
    "route": "route",
    "baseline": "baselines",
    "calendar": "calendars",
    "case": "cases",
    "outcomes": "outcomes",
    "reasons": "reasons",
    "ticket": "tickets",
    "replay": "replay",
    "proposal": "proposals",
    "partner": "partners",
    "simulate": "simulate",
    "audit": "audit",
    "keys": "keys",
}
"""Command or group → the module of this folder that has it. A module is imported when its command is named: a demo that waited for the
imports of every other command would begin a second later."""


class Commands(TyperGroup):
    """The commands of the table, each from its module. Typer keeps the types of contexts and commands to itself; hence Any."""

    def list_commands(self, ctx: Any) -> list[str]:
        """In the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        found: typer.Typer = import_module(f"gateway.cli.{COMMANDS[cmd_name]}").app
        alone = cmd_name in (command.name for command in found.registered_commands)
        command = get_command(found) if alone else get_group(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="tongban",
    cls=Commands,
    help="通办：政务服务跨省通办网关 / Tongban: the gateway for cross-region handling of government matters",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _tongban() -> None:
    pass


def main(arguments: list[str] | None = None) -> None:
    """Run one command and end the process."""
    configure_logs(redact_event, level="warning", form="text")
    try:
        app(arguments)
    except TongbanError as error:
        complain(error)
        sys.exit(EXIT_CODES.get(error.code, FAILED))
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
