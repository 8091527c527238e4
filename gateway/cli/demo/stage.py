"""The demo's stage: a folder with everything a gateway needs, made anew each time, and how each process on it is started."""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gateway.cli import world
from gateway.cli.demo.processes import HOST, Command, free_ports
from gateway.security import Keyring
from gateway.settings import PREFIX, Settings

PACE_SECONDS = 0.6
"""Mean time a simulated authority takes from one stage to the next."""
SMALLEST = 20
"""The least number of cases of a demo that is to show everything that may become of a case."""
TURNS_EXPECTED = 6.0
_RELAY = """\
relay:
  schedule: [200ms, 500ms, 1s, 2s]
partner:
"""
_PARTNER = """\
  {folder}:
    endpoint: {endpoint}
    retry:
      schedule: [200ms, 500ms, 1s, 2s]
    track:
      poll: [700ms, 1s, 2s]
    limits:
      timeout_seconds: 2
      per_second: 200
"""
"""Short schedules, for the demo only: nobody wants to wait half an hour for the third try."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A simulated partner of the world. secrets: its name of each secret → the gateway's; path: of its service below its address.

    competent: the places it names when a case is not its own.
    """

    folder: str
    role: str
    areas: tuple[str, ...]
    competent: tuple[str, ...]
    path: str
    secrets: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything is. ports: by process; environment: of the gateway, and of commands that look at its database."""

    folder: Path
    actors: tuple[Actor, ...]
    ports: Mapping[str, int]
    environment: Mapping[str, str]
    settings: Settings

    def url(self, process: str) -> str:
        """The address of a process."""
        return f"http://{HOST}:{self.ports[process]}"


@dataclass(frozen=True, slots=True)
class Options:
    """cases: how many; kill_gateway: kill -9 it half-way; transient, lost_answer: shares of calls that fail so.

    Shares of cases: refuse (not accepted or denied), supplement (something is asked for; of those second_notice twice), elsewhere
    (passed on to another place), withdraw (by the applicant).
    """

    cases: int
    seed: int
    keep: bool
    as_json: bool
    kill_gateway: bool
    transient: float
    lost_answer: float
    refuse: float = 0.1
    supplement: float = 0.12
    second_notice: float = 0.2
    elsewhere: float = 0.06
    withdraw: float = 0.05

    @property
    def deadline_seconds(self) -> float:
        """After which a case that is not done counts as hanging."""
        return 90.0 + 0.5 * self.cases

    def with_every_turn(self) -> "Options":
        """From SMALLEST cases on, shares that let one expect TURNS_EXPECTED refusals, supplements and forwardings: a small demo shows all.

        What each authority does is drawn case by case, so none of them is missing but once in hundreds of demos; who withdraws is dealt
        by the clerk, and is never missing.
        """
        if self.cases < SMALLEST:
            return self
        least = TURNS_EXPECTED / self.cases
        return replace(self, refuse=max(self.refuse, least), supplement=max(self.supplement, least), elsewhere=max(self.elsewhere, least))


def set_stage(folder: Path) -> Stage:
    """Write secrets, overlay and settings into the folder, which is ours alone."""
    listed = json.loads(world.file("partners.json").read_bytes())
    actors = tuple(Actor(**{**actor, "areas": tuple(actor["areas"]), "competent": tuple(actor["competent"])}) for actor in listed)
    names = ("gateway", "halls", *(actor.folder for actor in actors))
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    for actor in actors:
        made_up = {theirs: secrets.token_hex(16) for theirs in actor.secrets}
        private(folder / f"{actor.folder}.json", json.dumps(made_up))
        for theirs, ours in actor.secrets.items():
            private(folder / "secrets" / actor.folder / ours, made_up[theirs])
    laid_over = (_PARTNER.format(folder=actor.folder, endpoint=f"http://{HOST}:{ports[actor.folder]}{actor.path}") for actor in actors)
    # Before any process looks: the first to open a new database would make them, and here several do at once.
    Keyring.create(folder / "tongban.keys")
    private(folder / "overlay.yaml", _RELAY + "".join(laid_over))
    given: dict[str, Any] = {
        "database_url": f"sqlite:///{folder / 'tongban.db'}",
        "attachments": folder / "materials",
        "key_file": folder / "tongban.keys",
        "secrets": folder / "secrets",
        "overlay": folder / "overlay.yaml",
        "outbound_networks": "127.0.0.0/8",
        "poll_idle_seconds": 0.2,
        "shutdown_seconds": 3,
        "host": HOST,
        "port": ports["gateway"],
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {PREFIX + name.upper(): str(value) for name, value in given.items()}
    return Stage(folder, actors, ports, environment, Settings.load(**given))


def gateway_command(stage: Stage) -> Command:
    """`tongban serve` on this stage."""
    arguments = (sys.executable, "-m", "gateway.cli", "serve", "--until-stdin-closes")
    return Command("gateway", arguments, stage.environment, stage.folder / "gateway.log")


def partner_command(stage: Stage, actor: Actor, wanted: Options) -> Command:
    """A simulated partner."""
    options = {
        "port": stage.ports[actor.folder],
        "secrets": stage.folder / f"{actor.folder}.json",
        "seed": wanted.seed,
        "pace": PACE_SECONDS,
        "transient": wanted.transient,
        "lost-answer": wanted.lost_answer,
        "refuse": wanted.refuse,
        "supplement": wanted.supplement,
        "second-notice": wanted.second_notice,
        "elsewhere": wanted.elsewhere,
        "competent": ",".join(actor.competent),
        "areas": ",".join(actor.areas),
        "journal": stage.folder / f"{actor.folder}.journal",
    }
    if actor.role == "soap":
        options["schemas"] = stage.settings.mappings_folder / actor.folder / "schemas"
        options["callback"] = f"{stage.url('gateway')}/push/v1/{actor.folder}"
    return _mock(stage, actor.folder, actor.role, options)


def halls_command(stage: Stage, *, seed: int) -> Command:
    """The simulated halls, which hear what becomes of their cases."""
    return _mock(stage, "halls", "hall", {"port": stage.ports["halls"], "secrets": stage.folder / "halls.json", "seed": seed})


def private(path: Path, text: str) -> None:
    """A file that only its owner can read, in folders that only the owner can enter."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)


def _mock(stage: Stage, name: str, role: str, options: Mapping[str, object]) -> Command:
    arguments = [sys.executable, "-m", "mock_partners", role, "--until-stdin-closes"]
    for option, value in options.items():
        arguments += [f"--{option}", str(value)]
    environment = {name: value for name, value in stage.environment.items() if not name.startswith(PREFIX)}
    return Command(name, arguments, environment, stage.folder / f"{name}.log")
