"""Synthetic cases: every hall × destination × matter in turn, each a valid draft with real small files."""

import base64
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.model import CHINA, Evidence, MaterialRequirement, Matter, Mode, Necessity, Purpose, iso

from .files import MAKERS
from .people import People

_UPLOAD_EVERY = 4
_AGENT_EVERY = 10
_LAST_HOUR_SECONDS = 3600


def cases(
    seed: int, count: int, now: datetime, halls: Mapping[str, str], matters: Sequence[Matter], samples: Mapping[str, Any]
) -> list[tuple[str, Mapping[str, Any]]]:
    """(hall id, draft) of `count` cases: the body of POST /api/v1/cases, except that an upload still has to be done.

    In every fourth case the first material has, in place of `content`, the key `upload` with its bytes: upload them to /api/v1/materials
    and put the id given under `material` instead. halls: region by id. Proxy and joint cases carry one visit to apply at the hall, today
    and within the last hour; full-online ones none.
    """
    chance = random.Random(seed)  # noqa: S311 - a demo that can be repeated, no secret
    people = People(chance, samples)
    ways = [(hall, region, matter) for hall, region in halls.items() for matter in matters if matter.destination != region]
    chance.shuffle(ways)
    return [_case(index, *ways[index % len(ways)], chance, people, samples["form"], now) for index in range(count)]


def _case(
    index: int,
    hall: str,
    region: str,
    matter: Matter,
    chance: random.Random,
    people: People,
    forms: Mapping[str, Sequence[str]],
    now: datetime,
) -> tuple[str, Mapping[str, Any]]:
    draft: dict[str, Any] = {
        "matter": matter.code,
        "destination": matter.destination,
        "applicant": people.applicant(chance.choice(matter.applicants)),
        "reception": {"window": f"A{chance.randrange(1, 13):02d}", "clerk": f"C{chance.randrange(1000, 1100)}"},
        "form": {field.code: chance.choice(field.values or forms[field.code]) for field in matter.form},
        "materials": [
            _material(requirement, f"tongban demo case {index} {requirement.code}", chance)
            for requirement in matter.materials
            if requirement.necessity is Necessity.REQUIRED or chance.random() < 0.5
        ],
        "visits": [] if matter.mode is Mode.FULL_ONLINE else [_visit(region, chance, now)],
    }
    if chance.randrange(_AGENT_EVERY) == 0:
        draft["agent"] = people.person()
    for position, material in enumerate(draft["materials"]):
        if index % _UPLOAD_EVERY or position:
            material["content"] = base64.b64encode(material.pop("upload")).decode("ascii")
    return hall, draft


def _material(requirement: MaterialRequirement, label: str, chance: random.Random) -> dict[str, Any]:
    extension = chance.choice([extension for extension in requirement.formats if extension in MAKERS])
    return {"code": requirement.code, "name": f"{requirement.name}.{extension}", "upload": MAKERS[extension](label)}


def _visit(region: str, chance: random.Random, now: datetime) -> dict[str, Any]:
    local = now.astimezone(CHINA)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    at = max(midnight, local - timedelta(seconds=chance.randrange(_LAST_HOUR_SECONDS)))
    kind = chance.choice((Evidence.QUEUE_TICKET, Evidence.ID_READ, Evidence.SIGN))
    return {
        "purpose": Purpose.APPLY.value,
        "at": iso(at),
        "place": region,
        "evidence": {"kind": kind.value, "reference": f"{chance.choice('ABC')}{chance.randrange(1, 1000):03d}"},
    }
