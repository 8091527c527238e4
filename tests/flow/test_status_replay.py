"""The status machine over a real store: what the stored events tell is where the case stands."""

import random
from datetime import datetime, timedelta
from itertools import pairwise

from gateway.flow.standing import Cause, advance
from gateway.flow.worker import HANDLERS
from gateway.model import TRANSITIONS, Status, stays
from gateway.store import JobKind, Tx, verify_chain

from .harness import START, Desk

CASES, REPORTS = 25, 15


async def test_replaying_the_stored_events_gives_the_standing_of_every_case(desk: Desk) -> None:
    """Late, repeated, shuffled, senseless reports: the chain is whole, each step is a published one, and the last one is the status."""
    chance = random.Random(20)
    for number in range(CASES):
        case_number = (await desk.submit(key=f"k-{number}")).number
        case = await desk.case(case_number)
        reports = [(chance.choice(list(Status)), START + timedelta(minutes=chance.randint(-100, 5000))) for _ in range(REPORTS)]
        reports += chance.sample(reports, 5)

        def unit(tx: Tx, case_id: int = case.id, told: list[tuple[Status, datetime]] = reports) -> None:
            for status, when in told:
                cause = Cause("handling", when, START + timedelta(days=9))
                advance(tx, tx.cases.lock(case_id), status, cause, report_time=when)

        await desk.store.write(unit)
        case = await desk.case(case_number)
        events = await desk.store.read(lambda tx, case_id=case.id: tx.cases.events(case_id))  # type: ignore[misc]
        walked = [stay.status for stay in stays(events)]
        assert verify_chain(events)
        assert walked[-1] is case.status
        assert all(after in TRANSITIONS[before] for before, after in pairwise(walked))
        assert [event.before for event in events if event.after][1:] == [event.after for event in events if event.after][:-1]


def test_every_kind_of_job_has_its_handler() -> None:
    """A kind without one would crash the worker's task when it falls due."""
    assert set(HANDLERS) == set(JobKind)
