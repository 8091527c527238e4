"""The demo with everything that may become of a case, and its outcome table against a recount that shares no code with it."""

import json
import os
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.demo.driver import Driver
from gateway.cli.demo.orchestrate import raise_curtain
from gateway.cli.demo.play import Play, outbound_to
from gateway.cli.demo.processes import Family
from gateway.cli.demo.report import Report
from gateway.cli.demo.stage import Options, Stage, set_stage

from .conftest import ROOT

OPTIONS = Options(
    cases=40, seed=11, keep=False, as_json=True, kill_gateway=False, transient=0.05, lost_answer=0.03,
    refuse=0.35, supplement=0.5, second_notice=0.2, elsewhere=0.35, withdraw=0.4,
)  # fmt: skip
BEIJING = timezone(timedelta(hours=8))
APPROVED, DENIED, COMPLETED = "70", "71", "90"
ENDINGS = {"19", "51", "90", "91", "92", "93", "95"}
HEADLINE = ("baseline", "actual", "saved", "reduction_percent", "long_baseline", "long_actual", "long_saved")
APART = ("denied_baseline", "denied_actual", "denied_saved")


@dataclass
class Thing:
    """A case as its event log, its visits and the approved baselines tell of it; the two regions of filing stand in its number."""

    origin: str
    destination: str
    matter: str
    statuses: list[str]
    types: set[str]
    trips: int | None
    long_trips: int
    attended: set[tuple[str, str]]

    @property
    def intra(self) -> bool:
        return self.origin[:2] == self.destination[:2]

    @property
    def decision(self) -> str | None:
        """What was decided, if the case ended by being completed."""
        decided = [status for status in self.statuses if status in (APPROVED, DENIED)]
        return decided[-1] if self.statuses[-1] == COMPLETED else None


async def play(stage: Stage) -> Report:
    """The demo, without its printing."""
    async with Family() as family, outbound_to(stage) as outbound:
        halls = await raise_curtain(family, stage, OPTIONS)
        demo = Play(OPTIONS, stage, family, outbound, Driver(outbound, stage.url("gateway"), halls.keys))
        await demo.act()
        return await demo.report(0.0)


def things(database: Path) -> Iterator[Thing]:
    """All cases, read with SQL of our own from the file that the gateway left."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as file:
        about = "SELECT id, number, matter, applicant_class, applicant_hash FROM cases"
        cases = file.execute(about).fetchall()
        assert len({(applicant, number[8:14]) for _, number, _, _, applicant in cases}) == len(cases), "no two cases share a bundle"
        for id_, number, matter, kind, _ in cases:
            events = file.execute('SELECT type, "after", detail FROM case_event WHERE case_id = ? ORDER BY seq', (id_,)).fetchall()
            moves = [json.loads(detail)["to"] for type_, _, detail in events if type_ == "case.forwarded"]
            destination = moves[-1] if moves else number[8:14]
            baselines = file.execute(
                "SELECT trips, long_trips FROM baseline "
                "WHERE destination = ? AND matter = ? AND applicant_class IN ('', ?) AND approved_by IS NOT NULL",
                (destination, matter, kind),
            ).fetchall()
            visits = file.execute("SELECT place, at FROM case_visit WHERE case_id = ? AND purpose <> 'consult'", (id_,))
            trips, far = baselines[0] if baselines else (None, 0)
            yield Thing(
                number[2:8], destination, matter,
                [after for _, after, _ in events if after is not None], {type_ for type_, _, _ in events}, trips, far,
                {(place, datetime.fromtimestamp(at / 1e6, BEIJING).date().isoformat()) for place, at in visits},
            )  # fmt: skip


def figures(cases: Sequence[Thing]) -> dict[str, Any]:
    """The columns of the table for these cases; None where there is nothing to compute from."""
    approved = [case for case in cases if case.decision == APPROVED]
    counted = [case for case in approved if case.trips]
    denied = [case for case in cases if case.decision == DENIED]
    denied_counted = [case for case in denied if case.trips]
    fruitless = [case for case in cases if case.statuses[-1] in ENDINGS and case.decision is None]
    row: dict[str, Any] = dict.fromkeys((*HEADLINE, *APART, "coverage_percent"))
    if counted:
        b, a, far_b, far_a = sums(counted)
        row |= {"baseline": b, "actual": a, "saved": b - a, "reduction_percent": percent(b - a, b)}
        row |= {"long_baseline": far_b, "long_actual": far_a, "long_saved": far_b - far_a}
    if denied_counted:
        b, a, _, _ = sums(denied_counted)
        row |= {"denied_baseline": b, "denied_actual": a, "denied_saved": b - a}
    if approved:
        row["coverage_percent"] = percent(sum(case.trips is not None for case in approved), len(approved))
    return row | {
        "handled": len(approved) + len(denied) + len(fruitless),
        "counted": len(counted),
        "denied": len(denied),
        "without_result": len(fruitless),
        "trips_spent_without_result": sum(len(case.attended) for case in fruitless),
        "queries": 0,
    }


def sums(cases: Sequence[Thing]) -> tuple[int, int, int, int]:
    """ΣB, ΣA, and of both the trips to another province than the hall's."""
    return (
        sum(case.trips or 0 for case in cases),
        sum(len(case.attended) for case in cases),
        sum(0 if case.intra else case.long_trips for case in cases),
        sum(place[:2] != case.origin[:2] for case in cases for place, _ in case.attended),
    )


def percent(part: int, whole: int) -> float:
    """One decimal, half away from zero, in whole numbers."""
    tenths, rest = divmod(abs(part) * 1000, whole)
    return (tenths + (2 * rest >= whole)) / 10 * (1 if part >= 0 else -1)


def table(cases: Sequence[Thing]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """(origin, destination, matter) → figures."""
    cells: dict[tuple[str, str, str], list[Thing]] = defaultdict(list)
    for case in cases:
        cells[case.origin, case.destination, case.matter].append(case)
    return {key: figures(members) for key, members in sorted(cells.items())}


def enabled(database: Path, *, intra: bool) -> int:
    """How many matters of a destination some hall may take in, within a province or between two."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as file:
        agreed = file.execute("SELECT origin, destination, matter FROM agreement").fetchall()
    return len({(destination, matter) for origin, destination, matter in agreed if (origin[:2] == destination[:2]) == intra})


def printed(stage: Stage) -> Mapping[str, Any]:
    """What `tongban outcomes --format json` says of the same database."""
    command = [sys.executable, "-m", "gateway.cli", "outcomes", "--format", "json"]
    done = subprocess.run(command, env={**stage.environment, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    document: Mapping[str, Any] = json.loads(done.stdout)
    return document


@pytest.mark.long
async def test_the_demos_outcome_table_equals_a_recount_from_the_event_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases supplemented, refused, withdrawn early and late, and forwarded: each row and sum of the table is what the logs say."""
    for name in list(os.environ):
        if name.startswith("TONGBAN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    stage = set_stage(tmp_path)
    report = await play(stage)
    assert report.sound, (report.recount, report.tally)
    cases = list(things(tmp_path / "tongban.db"))
    turns = {
        "supplemented": sum("case.supplement-received" in case.types for case in cases),
        "refused": sum(case.decision == DENIED or case.statuses[-1] == "51" for case in cases),
        "withdrawn": sum(case.statuses[-1] == "91" for case in cases),
        "forwarded": sum("case.forwarded" in case.types for case in cases),
    }
    assert report.tally.turns == turns
    assert min(turns.values()) > 0, turns
    outcomes = printed(stage)
    rows = {(row.pop("origin"), row.pop("destination"), row.pop("matter")): (row.pop("scope"), row) for row in map(dict, outcomes["rows"])}
    expected = table(cases)
    assert {key: row for key, (_, row) in rows.items()} == expected
    for scope, intra in (("intra-provincial", True), ("inter-provincial", False)):
        assert {key for key, (told, _) in rows.items() if told == scope} == {key for key in expected if (key[0][:2] == key[1][:2]) == intra}
        found = dict(outcomes["sums"][scope])
        assert found.pop("matters_enabled") == enabled(tmp_path / "tongban.db", intra=intra)
        assert found == figures([case for case in cases if case.intra == intra])
