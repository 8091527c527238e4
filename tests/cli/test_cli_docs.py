"""The page for beginners names what there is."""

import re
from pathlib import Path

import pytest
import typer

from gateway.cli.app import COMMANDS, app
from gateway.cli.desk import Action
from gateway.flow import tickets

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "getting-started.md").read_text("utf-8")


def commands() -> list[str]:
    """Every command line of ours without its arguments."""
    root = typer.main.get_command(app)
    found = []
    for name in COMMANDS:
        command = root.get_command(None, name)  # type: ignore[attr-defined]
        below = getattr(command, "commands", None)
        found += [name] if below is None else [f"{name} {each}" for each in below]
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_is_on_the_page(command: str) -> None:
    """A command that the page does not name would not be found."""
    assert f"tongban {command}" in PAGE or f"make {command}" in PAGE


@pytest.mark.parametrize("action", list(Action))
def test_every_audited_action_is_on_the_page(action: Action) -> None:
    """The list of audited actions is closed and documented."""
    assert f"`{action.value}`" in PAGE


def ticket_kinds() -> list[str]:
    """Every kind of ticket that the flow opens under a name of its own, up to what varies in it."""
    sources = [file.read_text("utf-8") for file in (ROOT / "gateway" / "flow").glob("*.py")]
    named = [kind for source in sources for kind in re.findall(r"""(?:Ticket\(|ticket=)f?"([a-z][a-z:-]+)""", source)]
    chosen = [kind for source in sources for kind in re.findall(r"""kind = f?"([a-z:-]+)[^"]*" if""", source)]
    constant = [getattr(tickets, name) for source in sources for name in re.findall(r"[ (]Ticket\(([A-Z_]+)", source)]
    return sorted({*named, *chosen, *constant})


def test_every_kind_of_ticket_is_on_the_page() -> None:
    """Who finds a ticket must find what it asks of him."""
    kinds = ticket_kinds()
    assert {"unsure", "second-notice", "forward-no-route", "withdraw-by-hand", "overdue:", "partner-lost-case"} <= set(kinds)
    table = PAGE.partition("## Tickets")[2].partition("\n## ")[0]
    assert [kind for kind in kinds if f"`{kind}" not in table] == []
