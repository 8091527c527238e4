"""What the simulator's tests share: the two folders simulated, a broken copy of one, and requests made by hand."""

import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiohttp import web
from mock_requests import MAPPINGS, TIF, USER, Json

from mock_partners.simulator import Options, Paper, Scenario, SimulatedPartner, read_paper, read_scenario

REST, SOAP = "harbin-changchun", "guizhou-province"
OUTER = "KS370171220100202611200000001A"
SOAP_OUTER = "KS370171520200202611200000001A"
SECRETS = {
    REST: TIF,
    SOAP: {"user": USER["username"], "password": USER["password"], f"{SOAP}/push-key-id": "key-1", "push-secret": "push-secret"},
}
STANDING: Json = {"pace": "1h"}
"""A scenario in which cases move by hand."""


@lru_cache
def paper_of(folder: Path) -> Paper:
    """A folder, read once."""
    return read_paper(folder)


def simulated(name: str, scenario: Scenario | None = None, *, root: Path = MAPPINGS, **options: Any) -> web.Application:
    """A folder's simulation; its secrets are those that the requests are signed with."""
    chosen: dict[str, Any] = {"secrets": SECRETS[name], "scenario": scenario or Scenario(pace=3600.0), "first_interval": 0.01, **options}
    return SimulatedPartner(paper_of(root / name), Options(**chosen)).app()


def scenario_of(folder: Path, text: str) -> Scenario:
    """A scenario from its text."""
    file = folder / "scenario.yaml"
    file.write_text(text, "utf-8")
    return read_scenario(file)


def copied(folder: Path, name: str, change: Callable[[Path], object]) -> Path:
    """A copy of a shipped folder, changed; gives the folder that it lies in."""
    shutil.copytree(MAPPINGS / name, folder / name)
    change(folder / name)
    return folder


def replaced(file: str, old: str, new: str) -> Callable[[Path], object]:
    """A change: a text in one of the folder's files."""

    def change(folder: Path) -> object:
        text = (folder / file).read_text("utf-8")
        assert old in text
        return (folder / file).write_text(text.replace(old, new), "utf-8")

    return change
