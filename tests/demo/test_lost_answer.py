"""A partner that processes a submit and then drops the socket holds exactly one case, whatever protocol it speaks."""

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from gateway.cli import world
from gateway.cli.demo.driver import Driver, submission
from gateway.cli.demo.orchestrate import raise_curtain
from gateway.cli.demo.play import Play, outbound_to
from gateway.cli.demo.processes import Family
from gateway.cli.demo.recount import recount
from gateway.cli.demo.stage import Options, set_stage

from .conftest import ROOT

OPTIONS = Options(
    cases=1,
    seed=1,
    keep=False,
    as_json=True,
    kill_gateway=False,
    transient=0.0,
    lost_answer=0.0,
    supplement=0.0,
    elsewhere=0.0,
    withdraw=0.0,
)


@pytest.mark.parametrize("folder", [actor["folder"] for actor in json.loads(world.file("partners.json").read_bytes())])
async def test_a_submit_whose_answer_is_lost_makes_exactly_one_case(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The effect happened, no byte came back: the gateway asks by its own number instead of submitting again, and the case ends as told."""
    for name in list(os.environ):
        if name.startswith("TONGBAN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    stage = set_stage(tmp_path)
    actor = next(actor for actor in stage.actors if actor.folder == folder)
    made = (submission(hall, draft) for hall, draft in world.cases(1, 40, datetime.now(UTC)))
    chosen = next(one for one in made if any(one.draft["destination"].startswith(area.rstrip("0")) for area in actor.areas))
    async with Family() as family, outbound_to(stage) as outbound:
        halls = await raise_curtain(family, stage, OPTIONS)
        async with httpx.AsyncClient(trust_env=False) as door:
            await door.post(f"{stage.url(folder)}/_mock/fault", json={"next": "drop-after-processing", "path": "submit"})
            play = Play(OPTIONS, stage, family, outbound, Driver(outbound, stage.url("gateway"), halls.keys))
            await asyncio.gather(play.driver.submit_all([chosen]), play.until_told())
            stats = (await door.get(f"{stage.url(folder)}/_mock/stats")).json()
        held, told = await play.look()
        assert stats["faults"]["forced"] == 1
        assert [row.partner for row in held] == [folder]
        found = recount(play.driver.acknowledged, held, told)
        assert (found.lost, found.duplicated, found.relayed) == ({}, {}, 1)
        report = await play.report(0.0)
        verdicts = {(step, verdict): count for (_, step, verdict), count in report.tally.attempts.items()}
        assert verdicts["submit", "unsure"] == 1
        assert ("submit", "received") not in verdicts
        assert report.tally.unsure_resolved == 1
