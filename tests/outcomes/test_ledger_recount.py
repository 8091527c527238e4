"""The ledger against an independent recount, and what must not change what was counted."""

import asyncio
import json
import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flow.harness import START, dump

from gateway.cli.outcomes import print_explanation
from gateway.flow import Correction, Cut, correct_outcome, explain_case
from gateway.model import BaselineMethod
from gateway.store import BaselineRow, Tx

from .conftest import Counter


@dataclass
class Thing:
    """A case as the recount sees it, from the event log, the raw bodies as submitted, and the baselines' rows."""

    number: str
    destination: str
    applicant: str
    filed: str
    ended: str | None
    decision: str | None
    test: bool
    query: bool
    trips: int | None
    visits: list[tuple[str, str, str, str]]


def read_things(counter: Counter) -> Any:
    """A unit that reads them with SQL of its own."""
    sealer = counter.desk.ctx.sealer

    def unit(tx: Tx) -> list[Thing]:
        ask = tx.cases._connection.execute
        things = []
        baselines = {row[0]: row[1] for row in ask(sa.text("SELECT matter, trips FROM baseline WHERE approved_by IS NOT NULL"))}
        for id_, number, matter, kind in ask(sa.text("SELECT id, number, matter, kind FROM cases")).all():
            statuses = [
                row[0]
                for row in ask(
                    sa.text('SELECT "after" FROM case_event WHERE case_id = :c AND "after" IS NOT NULL ORDER BY seq'), {"c": id_}
                )
            ]
            body = json.loads(
                sealer.open(
                    bytes(ask(sa.text("SELECT body_sealed FROM case_body WHERE case_id = :c"), {"c": id_}).scalar_one()),
                    f"case:{number}:body",
                )
            )
            decision = "approved" if "70" in statuses else "denied" if "71" in statuses else None
            visits = [
                (visit.get("place", "230100"), visit["at"][:10], visit["evidence"]["kind"], visit["evidence"]["reference"])
                for visit in body["visits"]
                if visit["purpose"] != "consult"
            ]
            things.append(
                Thing(
                    number, body["destination"], body["applicant"]["certificate"]["number"], f"{number[14:22]}",
                    statuses[-1] if statuses[-1] in ("19", "51", "90", "91", "92", "93", "95") else None,
                    decision, body["test"], kind == "query", baselines.get(matter), visits,
                )
            )  # fmt: skip
        return things

    return unit


def recount(things: list[Thing]) -> dict[tuple[str, str], tuple[int, int, int]]:
    """(scope, account) → (cases, ΣB, ΣA), by pairwise comparison of visits."""
    apart: dict[tuple[str, str], list[Thing]] = defaultdict(list)
    for thing in things:
        if thing.ended is None or thing.test:
            continue
        scope = "intra" if thing.destination.startswith("23") else "inter"
        if thing.query:
            account = "query"
        elif thing.ended != "90":
            account = "without-result"
        elif thing.trips is None:
            account = "no-baseline"
        elif thing.trips == 0:
            account = "no-trip-needed"
        else:
            account = str(thing.decision)
        apart[scope, account].append(thing)
    found = {}
    for (scope, account), members in apart.items():
        baseline = actual = 0
        waiting = list(members)
        while waiting:
            group, rest = [waiting.pop()], waiting
            grown = True
            while grown:
                joining = [one for one in rest if any(shares(one, other) for other in group)]
                rest = [one for one in rest if one not in joining]
                group += joining
                grown = bool(joining)
            waiting = rest
            baseline += max(one.trips or 0 for one in group)
            actual += len({(place, day) for one in group for place, day, _, _ in one.visits})
        computed = account in ("approved", "denied")
        found[scope, account] = (len(members), baseline if computed else 0, actual)
    return found


def shares(one: Thing, other: Thing) -> bool:
    """One applicant, one destination, one day of filing, one visit."""
    same = (one.applicant, one.destination, one.filed) == (other.applicant, other.destination, other.filed)
    return same and bool(set(one.visits) & set(other.visits))


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
async def test_the_ledger_equals_a_recount_from_the_event_log(counter: Counter, seed: int) -> None:
    """Random applicants, tickets, matters, endings in random order, some left open, some revoked: every account's sums are the same."""
    luck = random.Random(seed)
    numbers = []
    for _ in range(100):
        tickets = luck.sample(
            [counter.visit("T-1"), counter.visit("T-2", kind="sign"), counter.visit("T-3", place="220100")], luck.choice((1, 1, 2))
        )
        visits = [*tickets, *([counter.visit("Q", "consult")] if luck.random() < 0.2 else [])]
        about = {"kind": "query"} if luck.random() < 0.1 else {}
        destination = luck.choice(("220100", "220100", "231000"))
        trips = luck.choice((None, 0, 1, 2, 3, 3))
        numbers.append(
            await counter.file(trips, destination=destination, about=about, visits=visits, who=luck.randrange(6), test=luck.random() < 0.1)
        )
    luck.shuffle(numbers)
    for number in numbers[:90]:
        how = luck.choice(("approved", "approved", "approved", "denied", "withdrawn", "not-accepted"))
        await counter.end(number, how)
        if how == "approved" and luck.random() < 0.2:
            await counter.report(number, "15", "95")
    things = await counter.desk.store.read(read_things(counter))
    cells = await counter.desk.store.read(lambda tx: tx.ledger.cells())
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for cell in cells:
        key = ("intra" if cell.destination.startswith("23") else "inter", cell.account.value)
        for index, value in enumerate((cell.cases, cell.baseline, cell.actual)):
            found[key][index] += value
    assert {key: tuple(values) for key, values in found.items() if any(values)} == recount(things)


async def test_a_bundle_whose_greatest_case_is_revoked_falls_back_to_the_rest(counter: Counter) -> None:
    """B 3 and 2 with one visit; the first is revoked: B 2, A 1, S 1. The lines of before stand, the reversal is of its own month."""
    ticket = counter.visit("T-77")
    first, second = [await counter.file(trips, who=7, visits=[ticket]) for trips in (3, 2)]
    for number in (first, second):
        await counter.end(number)
    counter.desk.clock.pass_(days=40)
    await counter.report(first, "15", "95")
    assert await counter.trips() == (2, 1, 1, 50.0)
    november = (await counter.outcomes(until="2026-11")).total
    assert (november.baseline, november.actual, november.handled) == (3, 1, 2), "a published month is not rewritten"
    sums = await counter.sums()
    assert (sums["handled"], sums["without_result"], sums["trips_spent_without_result"]) == (2, 1, 1)
    explained = await explain_case(counter.desk.store, first)
    assert explained is not None
    assert [(line["kind"], line["account"], line["counted"]) for line in explained["lines"]] == [
        ("settlement", "approved", 1), ("reversal", "approved", -1), ("reversal", "without-result", 1),
    ]  # fmt: skip
    corrections = await counter.desk.store.read(lambda tx: tx.ledger.corrections())
    metrics = (await counter.partner.get("/metrics?scope=ledger")).text
    assert f"tongban_ledger_corrections_total {float(corrections)}" in metrics
    assert corrections == 2


async def test_cases_of_one_bundle_that_end_at_once_count_once(counter: Counter) -> None:
    """Six cases share a ticket and end in six concurrent calls: the bundle's lock keeps the sums true."""
    ticket = counter.visit("T-1")
    numbers = [await counter.file(trips, who=7, visits=[ticket]) for trips in (1, 2, 3, 3, 2, 1)]
    await asyncio.gather(*(counter.end(number) for number in numbers))
    assert await counter.trips() == (3, 1, 2, 66.7)


async def test_a_baseline_made_after_the_filing_does_not_touch_the_case(counter: Counter) -> None:
    """Imported or approved after it, even with an earlier validity: the case keeps the version it was filed under, or none."""
    code = await counter.matter(2)
    without = await counter.matter(None)
    numbers = [await counter.submit(counter.draft(code)), await counter.submit(counter.draft(without))]
    counter.desk.clock.pass_(hours=1)

    def later(tx: Tx) -> None:
        for matter in (code, without):
            row = BaselineRow("220100", matter, None, 9, 9, BaselineMethod.AGREEMENT, "补", date(2026, 1, 1), None)
            (baseline,) = tx.agreements.import_baselines([row], "甲", counter.desk.clock.now())
            tx.agreements.approve_baseline(baseline, "乙", counter.desk.clock.now())

    await counter.desk.store.write(later)
    for number in numbers:
        await counter.end(number)
    assert await counter.trips() == (2, 1, 1, 50.0)
    assert (await counter.sums())["coverage_percent"] == 50.0
    await counter.end(await counter.submit(counter.draft(code)))
    assert (await counter.trips())[0] == 11, "a case filed afterwards has the new version"


async def test_t25_tests_and_queries_are_in_no_figure_of_cases(counter: Counter) -> None:
    """A walk-through counts nowhere, a query only among the queries."""
    await counter.end(await counter.file(3, test=True))
    await counter.end(await counter.file(3, walkthrough=True))
    await counter.end(await counter.file(3, about={"kind": "query"}))
    sums = await counter.sums()
    assert (sums["handled"], sums["counted"], sums["queries"], sums["saved"]) == (0, 0, 1, None)


async def test_a_visit_before_the_case_is_refused_and_nothing_is_written(counter: Counter) -> None:
    """By the hall and by a correction alike; the ledger stays as it was."""
    number = await counter.end(await counter.file(3))
    early = counter.visit("S1", "collect") | {"at": "2026-11-19T09:00:00+08:00"}
    open_case = await counter.file(3)
    answer = await counter.hall.post(f"/api/v1/cases/{open_case}/visits", content=dump(early), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "visit.before-case")
    before = await counter.desk.store.read(lambda tx: tx.ledger.cells())
    with pytest.raises(Exception, match="before the day"):
        await correct(counter, number, Correction(visit=dump(early)), counter.desk.clock.now())
    assert await counter.desk.store.read(lambda tx: tx.ledger.cells()) == before


async def test_a_visit_told_too_late_is_a_correction_of_the_month_in_which_it_is_made(counter: Counter) -> None:
    """The hall cannot add it any more; a correction can: A rises in the later month, and the same correction again is another trip's no."""
    number = await counter.end(await counter.file(3))
    assert await counter.come(number, "C1", "collect") == 422
    visit = dump(counter.visit("C1", "collect"))
    counter.desk.clock.pass_(days=30)
    (line,) = await correct(counter, number, Correction(visit=visit), counter.desk.clock.now())
    assert (line.kind, line.month, line.actual, line.baseline, line.counted) == ("correction", "2026-12", 1, 0, 0)
    assert await correct(counter, number, Correction(visit=visit), counter.desk.clock.now()) == [], "the same attendance"
    assert (await counter.trips())[:3] == (3, 2, 1)
    by_month = {values: figures.actual for values, _, figures in (await counter.outcomes(Cut.MONTH)).lines}
    assert by_month == {("2026-11",): 1, ("2026-12",): 1}


async def test_a_case_counts_in_the_month_of_its_completion_in_china(counter: Counter) -> None:
    """Completed at 16:30 UTC on the last of November is 00:30 of December at the counter."""
    number = await counter.file(3)
    counter.desk.clock.at = datetime(2026, 11, 30, 16, 30, tzinfo=START.tzinfo)
    await counter.end(number)
    assert [values for values, _, _ in (await counter.outcomes(Cut.MONTH)).lines] == [("2026-12",)]


async def test_matters_enabled_and_cases_handled_are_two_figures(counter: Counter) -> None:
    """Matters by agreements in force, whether or not anybody came; cases by endings."""
    for trips in (1, 2, 3):
        await counter.matter(trips)
    await counter.matter(1, destination="231000")
    await counter.end(await counter.file(1))
    inter, intra = await counter.sums(), await counter.sums("intra-provincial")
    assert (inter["matters_enabled"], inter["handled"]) == (4, 1), "three, and the furnished one"
    assert (intra["matters_enabled"], intra["handled"]) == (1, 0)


async def test_the_explanation_names_the_bundle_and_no_person(counter: Counter, capsys: pytest.CaptureFixture[str]) -> None:
    """Who shares the visit, with which share; no name and no number of a person."""
    ticket = counter.visit("T-77")
    first, second = [await counter.end(await counter.file(trips, who=7, visits=[ticket])) for trips in (3, 2)]
    explained = await explain_case(counter.desk.store, second)
    assert explained is not None
    assert (explained["bundle"]["shared_with"], explained["bundle"]["share"]) == ([first], "1/2")
    assert [(line["baseline"], line["actual"], line["saved"]) for line in explained["lines"]] == [(0, 0, 0)]
    assert "990101" not in json.dumps(explained)
    assert "T-77" not in json.dumps(explained)
    print_explanation(explained, {code: code for code in ("220100", "230100")}, as_json=False)
    assert f"shares a visit with {first}；各占 / each counts 1/2" in capsys.readouterr().out


async def correct(counter: Counter, number: str, correction: Correction, now: datetime) -> Any:
    """A correction, as the command makes it."""
    sealer = counter.desk.ctx.sealer
    return await counter.desk.store.write(lambda tx: correct_outcome(tx, sealer, number, correction, now))
