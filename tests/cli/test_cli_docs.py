"""The page for beginners names what there is."""

from pathlib import Path

import pytest
import typer

from gateway.cli.app import COMMANDS, app
from gateway.cli.desk import Action

PAGE = (Path(__file__).parent.parent.parent / "docs" / "getting-started.md").read_text("utf-8")


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
