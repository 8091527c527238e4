"""A partner that processes a submit and then drops the socket holds exactly one case, whatever protocol it speaks."""

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from gateway.cli import world
from gateway.cli.demo.driver import Driver, Submission, submission
from gateway.cli.demo.orchestrate import raise_curtain
from gateway.cli.demo.play import Play, outbound_to
from gateway.cli.demo.processes import Family
from gateway.cli.demo.recount import recount
from gateway.cli.demo.stage import Actor, Options, set_stage

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


@pytest.mark.long
async def test_a_submit_whose_answer_is_lost_makes_exactly_one_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every partner, the effect happened and no byte came back: the gateway asks by its own number instead of submitting again.

    Each case ends as told.
    """
    for name in list(os.environ):
        if name.startswith("TONGBAN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    stage = set_stage(tmp_path)
    made = [submission(hall, draft) for hall, draft in world.cases(1, 40, datetime.now(UTC))]
    chosen = [next(one for one in made if handled_by(actor, one)) for actor in stage.actors]
    options = replace(OPTIONS, cases=len(chosen))
    folders = {actor.folder for actor in stage.actors}
    async with Family() as family, outbound_to(stage) as outbound:
        halls = await raise_curtain(family, stage, options)
        async with httpx.AsyncClient(trust_env=False) as door:
            for folder in folders:
                await door.post(f"{stage.url(folder)}/_mock/fault", json={"next": "drop-after-processing", "path": "submit"})
            play = Play(options, stage, family, outbound, Driver(outbound, stage.url("gateway"), halls.keys))
            await asyncio.gather(play.driver.submit_all(chosen), play.until_told())
            stats = [(await door.get(f"{stage.url(folder)}/_mock/stats")).json() for folder in folders]
        held, told = await play.look()
        assert [each["faults"]["forced"] for each in stats] == [1] * len(folders)
        assert sorted(row.partner for row in held) == sorted(folders)
        found = recount(play.driver.acknowledged, held, told)
        assert (found.lost, found.duplicated, found.relayed) == ({}, {}, len(folders))
        report = await play.report(0.0)
        for folder in folders:
            verdicts = {(step, verdict): count for (partner, step, verdict), count in report.tally.attempts.items() if partner == folder}
            assert verdicts["submit", "unsure"] == 1
            assert ("submit", "received") not in verdicts
        assert report.tally.unsure_resolved == len(folders)


def handled_by(actor: Actor, one: Submission) -> bool:
    """Whether the case lies within the partner's areas."""
    return any(one.draft["destination"].startswith(area.rstrip("0")) for area in actor.areas)
