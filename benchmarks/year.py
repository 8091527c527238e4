"""A year at the scale of one pair of cities: 265 matters, 92,319 cases, states only; every report folded, every case settled.

    python benchmarks/year.py [--cases 92319] [--matters 265] [--without-baselines] [--folder DIR]

No partner is called: the reports are folded as tracking folds them, several cases a transaction. Prints the seconds, the outcomes by month,
and whether the ledger's sums equal the expectation, which is worked out from the pattern of the cases alone. Without baselines the trips
are n/a. Ends with 1 when the sums differ.
"""

import argparse
import asyncio
import hashlib
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from gateway.cli.outcomes import print_outcomes
from gateway.flow import Cut, Outcomes, read_outcomes
from gateway.flow.standing import Cause, advance
from gateway.model import (
    Agreement,
    ApplicantClass,
    BaselineMethod,
    Evidence,
    Kind,
    Matter,
    Mode,
    Purpose,
    Region,
    Status,
    case_number,
    china_day,
)
from gateway.store import BaselineRow, HallRecord, NewCase, NewVisit, Store, Tx

ORIGIN, DESTINATION = "990100", "980100"
BEGIN = datetime(2026, 1, 1, 1, tzinfo=UTC)
CASES, MATTERS, CHUNK = 92_319, 265, 200
HALL = HallRecord("window", "示范大厅", ORIGIN, BEGIN)
DENIED, WITHDRAWN, COLLECTED, FIRST, SECOND = 0, 1, 2, 98, 99
"""Of every twenty cases one is denied and one withdrawn; of ten one is collected at the hall; of a hundred, two are of one visit."""


@dataclass(frozen=True)
class Sums:
    """What a year comes to."""

    handled: int
    counted: int
    baseline: int
    actual: int
    denied: int
    without_result: int
    spent: int


@dataclass(frozen=True)
class Year:
    """A year as it was replayed. seconds: of folding and settling."""

    cases: int
    seconds: float
    outcomes: Outcomes

    def sums(self) -> Sums:
        """As the ledger has them."""
        total = self.outcomes.total
        return Sums(
            total.handled, total.counted, total.baseline, total.actual, total.denied, total.without_result, total.spent
        )  # fmt: skip


def trips_of(matter: int) -> int:
    """The baseline of a matter: 1, 2 or 3."""
    return 1 + matter % 3


def expected(cases: int, matters: int, *, baselines: bool) -> Sums:
    """The sums of the pattern below. It repeats after `period` cases, so each residue is met a known number of times."""
    period = matters * 100
    sums = [0] * 7
    for residue in range(period):
        times = cases // period + (residue < cases % period)
        of_twenty = residue % 20
        visits = 2 if residue % 10 == COLLECTED else 1
        shared = residue % 100 == SECOND
        counts = baselines and of_twenty not in (DENIED, WITHDRAWN)
        one = (
            1,
            counts,
            trips_of(residue // 2 % matters) if counts and not shared else 0,
            visits if counts and not shared else 0,
            of_twenty == DENIED,
            of_twenty == WITHDRAWN,
            visits if of_twenty == WITHDRAWN else 0,
        )
        sums = [total + times * int(figure) for total, figure in zip(sums, one, strict=True)]
    return Sums(*sums)


async def replay(path: Path, cases: int, matters: int, *, baselines: bool) -> Year:
    """Take in, fold and settle a year's cases in an empty SQLite file."""
    store = Store.open(f"sqlite:///{path}")
    try:
        await store.write(lambda tx: _furnish(tx, matters, baselines=baselines))
        began = time.perf_counter()
        for start in range(0, cases, CHUNK):
            await store.write(lambda tx, start=start: _live(tx, range(start, min(start + CHUNK, cases)), matters))
        seconds = time.perf_counter() - began
        return Year(cases, seconds, await read_outcomes(store, date(2026, 12, 31), (Cut.MONTH,)))
    finally:
        await store.close()


def _furnish(tx: Tx, matters: int, *, baselines: bool) -> None:
    for code, name in ((ORIGIN, "示范收件市"), (DESTINATION, "示范办理市")):
        tx.catalogue.put_region(Region(code, name))
    tx.halls.add(HALL)
    for index in range(matters):
        tx.catalogue.put_matter(
            Matter(
                code=_code(index),
                destination=DESTINATION,
                name=f"示范事项{index}",
                mode=Mode.PROXY,
                applicants=(ApplicantClass.NATURAL,),
                valid_from=date(2026, 1, 1),
            )
        )
    agreements = [Agreement("示范〔2026〕1号", ORIGIN, DESTINATION, _code(index), date(2026, 1, 1), None) for index in range(matters)]
    tx.agreements.import_(agreements, "an", BEGIN)
    if baselines:
        rows = [
            BaselineRow(
                DESTINATION, _code(index), None, trips_of(index), trips_of(index), BaselineMethod.OFFICIAL_ONSITE_COUNT, "办事指南",
                date(2026, 1, 1), None,
            )
            for index in range(matters)
        ]  # fmt: skip
        for id_ in tx.agreements.import_baselines(rows, "an", BEGIN):
            tx.agreements.approve_baseline(id_, "bo", BEGIN)


def _code(matter: int) -> str:
    return f"000119{matter:06d}"


def _live(tx: Tx, indexes: range, matters: int) -> None:
    """The whole lives of these cases."""
    for index in indexes:
        received = BEGIN + timedelta(days=index // 100 % 360, minutes=index % 100)
        case_id = tx.cases.insert(_case(index, matters, received))
        place, own = ORIGIN, index - 1 if index % 100 == SECOND else index
        for purpose, day in ((Purpose.APPLY, 0), (Purpose.COLLECT, 4))[: 2 if index % 10 == COLLECTED else 1]:
            at = received.replace(minute=0) + timedelta(days=day)
            tx.cases.add_visit(case_id, NewVisit(place, at, purpose, Evidence.QUEUE_TICKET, b"", at, _hash(f"ticket {own}")))
        for status, day in _reports(index % 20):
            at = received + timedelta(days=day)
            advance(tx, tx.cases.lock(case_id), status, Cause("handling", at, at, DESTINATION), report_time=at)


def _reports(of_twenty: int) -> tuple[tuple[Status, int], ...]:
    """What the destination says, and how many days after the filing; the stages that it skips are inferred."""
    if of_twenty == WITHDRAWN:
        return ((Status.WITHDRAWN, 1),)
    decision = Status.DENIED if of_twenty == DENIED else Status.APPROVED
    return ((decision, 3), (Status.COMPLETED, 4))


def _case(index: int, matters: int, received: datetime) -> NewCase:
    return NewCase(
        number=case_number(ORIGIN, DESTINATION, china_day(received), index),
        hall_id=HALL.id,
        origin=ORIGIN,
        destination=DESTINATION,
        partner="somewhere",
        matter=_code(index // 2 % matters),
        matter_version=1,
        mode=Mode.PROXY,
        kind=Kind.HANDLE,
        applicant_class=ApplicantClass.NATURAL,
        status=Status.DISPATCHING,
        status_since=received,
        agreement_document="示范〔2026〕1号",
        is_test=False,
        mapping_hash="",
        received_at=received,
        document_sealed=b"",
        document_sha256=b"",
        body_sealed=b"",
        body_sha256=b"",
        applicant_hash=_hash(f"applicant {index - 1 if index % 100 == SECOND else index}"),
    )


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def main() -> int:
    """Replay a year and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--matters", type=int, default=MATTERS)
    parser.add_argument("--without-baselines", action="store_true")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    baselines = not given.without_baselines
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        year = asyncio.run(replay(Path(folder) / "year.db", given.cases, given.matters, baselines=baselines))
    print_outcomes(year.outcomes)
    awaited, found = expected(given.cases, given.matters, baselines=baselines), year.sums()
    sys.stdout.write(
        f"{year.cases:,} cases folded and settled in {year.seconds:.1f} s: {year.cases / year.seconds:.0f} a second\n"
        f"ledger   {found}\nexpected {awaited}\n{'equal' if found == awaited else 'DIFFERENT'}\n"
    )
    return 0 if found == awaited else 1


if __name__ == "__main__":
    sys.exit(main())
