"""The administration that people would do before a first case, done on the demo's stage."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.cli import world
from gateway.cli.agreements import import_agreements
from gateway.cli.baselines import approve_baselines, import_baselines
from gateway.cli.catalogue_import import import_catalogue
from gateway.cli.demo.stage import Stage, private
from gateway.cli.desk import open_desk
from gateway.cli.halls import add_hall, make_key, set_webhook

CLERK, CHIEF = "demo-clerk", "demo-chief"
"""Who imports and who approves: two people, as the rule wants."""


@dataclass(frozen=True, slots=True)
class Halls:
    """keys: API keys by hall; hooks: webhook secrets by hall."""

    keys: Mapping[str, str]
    hooks: Mapping[str, str]


async def administer(stage: Stage) -> Halls:
    """What administrators do before a first case: catalogue, agreements, baselines approved by another, halls with keys and webhooks."""
    keys, hooks = {}, {}
    async with open_desk(stage.settings, CLERK) as desk:
        await import_catalogue(desk, world.file("catalogue.json"))
        await import_agreements(desk, world.file("agreements.csv"))
        baselines = await import_baselines(desk, world.file("baselines.csv"))
        for hall in world.halls():
            await add_hall(desk, hall.id, hall.name, hall.region)
            keys[hall.id] = await make_key(desk, hall.id)
            hooks[hall.id] = await set_webhook(desk, hall.id, f"{stage.url('halls')}/hooks/{hall.id}")
    async with open_desk(stage.settings, CHIEF) as desk:
        await approve_baselines(desk, baselines)
    private(stage.folder / "halls.json", json.dumps(hooks))
    private(stage.folder / "keys.json", json.dumps(keys))
    return Halls(keys, hooks)
