"""The demo's world: regions, matters, halls, agreements and baselines as data, and synthetic cases made over them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.model import Matter

__all__ = ["Hall", "cases", "file", "halls", "matters", "passed_on"]


@dataclass(frozen=True, slots=True)
class Hall:
    """A hall of the demo. region: where it stands."""

    id: str
    name: str
    region: str


def file(name: str) -> Path:
    """A data file of this folder: catalogue.json, halls.json, agreements.csv, baselines.csv, samples.json."""
    return Path(str(resources.files(__name__))) / name


def halls() -> tuple[Hall, ...]:
    """The halls that take in the demo's cases."""
    return tuple(Hall(**entry) for entry in json.loads(file("halls.json").read_bytes()))


def matters() -> "tuple[Matter, ...]":
    """The matters of the catalogue, one for each destination that offers it."""
    from gateway.model import Matter  # a quarter of a second, which a demo has not while it only looks for a file

    return tuple(Matter.model_validate(entry) for entry in json.loads(file("catalogue.json").read_bytes())["matters"])


def cases(seed: int, count: int, now: datetime) -> list[tuple[str, Mapping[str, Any]]]:
    """(hall id, draft) of so many valid cases; the same seed and moment give the same. See `drafts.cases`.

    None is for a place that only has what others pass on.
    """
    from . import drafts

    samples = json.loads(file("samples.json").read_bytes())
    offered = [matter for matter in matters() if matter.destination not in passed_on()]
    return drafts.cases(seed, count, now, {hall.id: hall.region for hall in halls()}, offered, samples)


def passed_on() -> frozenset[str]:
    """The places that partners name when a case is not theirs."""
    return frozenset(code for actor in json.loads(file("partners.json").read_bytes()) for code in actor["competent"])
