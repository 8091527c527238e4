"""What clocks say while a case lives: once each, at their moment, and never a change of status."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from gateway.flow import Refusal, case_document, case_events, extend, note_pause
from gateway.flow.standing import Cause, NotTheirsError, advance
from gateway.flow.worker import HANDLERS
from gateway.model import CHINA, PauseKind, Status
from gateway.store import CalendarDay, CaseRecord, JobKind, Tx

from .harness import START, Desk, came_to, draft, matter, report
from .harness import TAKEN as RECEIVED

LIMITS = {"promised_limit": {"value": 5, "unit": "working-days"}, "statutory_limit": {"value": 20, "unit": "working-days"}}


def at(text: str) -> datetime:
    """A moment in China; START is Friday 20 November 2026, ten o'clock."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


async def filed(desk: Desk, **about: Any) -> CaseRecord:
    """A case under a matter with limits, at the partner."""
    await desk.store.write(lambda tx: tx.catalogue.put_matter(matter(version=2, **LIMITS)))
    number = (await desk.submit(draft(**about))).number
    await desk.work()
    return await desk.case(number)


async def told(desk: Desk, case: CaseRecord, status: Status, when: datetime) -> None:
    """The handling place says so."""
    desk.clock.at = when

    def unit(tx: Tx) -> None:
        advance(tx, tx.cases.lock(case.id), status, Cause("handling", when, when, case.destination), report_time=when)

    await desk.store.write(unit)


async def looked(desk: Desk, when: datetime) -> None:
    """The time passes, and what is due is done; the partner has nothing new."""
    desk.clock.at = when
    desk.partner.script["query"] = [came_to(RECEIVED.verdict)]
    await desk.work()


async def said(desk: Desk, case: CaseRecord) -> list[tuple[str, object]]:
    """The events of clocks: (type, clock)."""
    events = (await case_events(desk.ctx, desk.hall, case.number, after=0))["events"]
    return [(e["type"], e["detail"]["clock"]) for e in events if e["type"].startswith(("case.clock", "case.deemed"))]


async def clock(desk: Desk, case: CaseRecord, name: str) -> dict[str, Any]:
    """One clock as the hall reads it."""
    document = await case_document(desk.ctx, desk.hall, case.number)
    return next(reading for reading in reversed(document["clocks"]) if reading["clock"] == name)


async def test_a_warning_then_an_overdue_each_once_with_a_ticket_for_the_second(desk: Desk) -> None:
    """Five promised days from Monday: warned on Friday, overdue on Tuesday after; the hall hears both, the status stays."""
    case = await filed(desk)
    await told(desk, case, Status.ACCEPTED, at("2026-11-23T09:00"))
    await looked(desk, at("2026-11-26T23:59"))
    assert await said(desk, case) == []
    await looked(desk, at("2026-11-27T00:01"))
    assert (await said(desk, case), await desk.tickets()) == ([("case.clock-warned", "handling")], [])
    for day in ("2026-12-01T00:01", "2026-12-01T08:00", "2026-12-02T08:00"):
        await looked(desk, at(day))
    assert await said(desk, case) == [("case.clock-warned", "handling"), ("case.clock-overdue", "handling")]
    assert ("overdue:handling", "time-limit") in await desk.tickets()
    assert (await desk.case(case.number)).status is Status.ACCEPTED
    assert [e["type"] for e in desk.listener.heard if "clock" in e["type"]] == ["case.clock-warned", "case.clock-overdue"]
    exposed, _ = await desk.ctx.metrics.render("process")
    assert b'tongban_clock_alarms_total{alarm="overdue",clock="handling"} 1.0' in exposed


async def test_the_statute_is_told_apart_from_the_promise(desk: Desk) -> None:
    """Twenty working days later the law is broken, too: a second ticket."""
    case = await filed(desk)
    await told(desk, case, Status.ACCEPTED, at("2026-11-23T09:00"))
    await looked(desk, at("2026-12-01T00:01"))
    await looked(desk, at("2026-12-22T00:01"))
    kinds = {kind for kind, _ in await desk.tickets()}
    assert {"overdue:handling", "overdue-by-law:handling"} <= kinds


async def test_a_risk_of_deemed_acceptance_is_an_alarm_and_changes_nothing(desk: Desk) -> None:
    """No notice within five working days: an event, a ticket, a metric; the case stands where it stood."""
    case = await filed(desk)
    await looked(desk, at("2026-11-28T00:01"))
    assert (await said(desk, case))[-1] == ("case.deemed-accepted-risk", "precheck")
    assert ("deemed-accepted-risk", "time-limit") in await desk.tickets()
    assert (await desk.case(case.number)).status is Status.DISPATCHED


async def test_t25_a_test_case_has_events_and_neither_ticket_nor_metric(desk: Desk) -> None:
    """Test cases enter no count."""
    case = await filed(desk, test=True)
    await looked(desk, at("2026-11-28T00:01"))
    assert (await said(desk, case))[-1] == ("case.deemed-accepted-risk", "precheck")
    assert "deemed-accepted-risk" not in {kind for kind, _ in await desk.tickets()}
    exposed, _ = await desk.ctx.metrics.render("process")
    assert b"tongban_clock_alarms_total{" not in exposed


async def test_the_watch_ends_with_the_case(desk: Desk) -> None:
    """A handled case has no clock job, and what is late stays unsaid."""
    case = await filed(desk)
    await told(desk, case, Status.ACCEPTED, at("2026-11-23T09:00"))
    await told(desk, case, Status.WITHDRAWN, at("2026-11-24T09:00"))
    assert JobKind.CLOCK not in {kind for kind, _ in await desk.store.read(lambda tx: tx.jobs.depth())}
    await looked(desk, at("2026-12-28T00:01"))
    assert await said(desk, case) == []


async def test_a_suspended_case_is_not_watched_and_goes_on_with_its_days(desk: Desk) -> None:
    """Nothing is said while a special procedure lasts; its kind and notice are entered, and the due date has moved."""
    case = await filed(desk)
    await told(desk, case, Status.ACCEPTED, at("2026-11-23T09:00"))
    await told(desk, case, Status.IN_REVIEW, at("2026-11-23T10:00"))
    assert not await desk.store.write(lambda tx: note_pause(tx, tx.cases.lock(case.id), PauseKind.HEARING, "听告3号", desk.clock.now()))
    await told(desk, case, Status.SUSPENDED, at("2026-11-24T09:00"))
    assert await desk.store.write(lambda tx: note_pause(tx, tx.cases.lock(case.id), PauseKind.HEARING, "听告3号", desk.clock.now()))
    await looked(desk, at("2026-12-10T00:01"))
    assert ((await clock(desk, case, "handling"))["state"], await said(desk, case)) == ("paused", [])
    await told(desk, case, Status.IN_REVIEW, at("2026-12-10T09:00"))
    handling = await clock(desk, case, "handling")
    assert (handling["state"], handling["due"][:10], handling["elapsed"], handling["paused"]) == ("running", "2026-12-16", 1, 12)


async def test_an_extension_moves_the_due_date_and_a_new_warning_comes(desk: Desk) -> None:
    """Ten more days: the old due date passes in silence, the new one is warned of."""
    case = await filed(desk)
    await told(desk, case, Status.ACCEPTED, at("2026-11-23T09:00"))
    await looked(desk, at("2026-11-27T00:01"))
    assert await desk.store.write(lambda tx: extend(tx, tx.cases.lock(case.id), 10, "分管局长", "情况复杂", desk.clock.now()))
    await looked(desk, at("2026-12-01T00:01"))
    assert await said(desk, case) == [("case.clock-warned", "handling")]
    await looked(desk, at("2026-12-09T00:01"))
    assert await said(desk, case) == [("case.clock-warned", "handling")] * 2
    decided = at("2026-12-10T09:00")
    await told(desk, case, Status.APPROVED, decided)
    assert not await desk.store.write(lambda tx: extend(tx, tx.cases.lock(case.id), 10, "分管局长", "情况复杂", decided))


async def test_the_destinations_calendar_counts(desk: Desk) -> None:
    """A day that the destination's city takes off moves the due date; the origin's does not."""
    days = [CalendarDay("220100", date(2026, 11, 25), False, "冰雪节"), CalendarDay("230100", date(2026, 11, 26), False)]
    await desk.store.write(lambda tx: tx.calendars.put(days, "甲", START))
    case = await filed(desk)
    await told(desk, case, Status.ACCEPTED, at("2026-11-23T09:00"))
    assert (await clock(desk, case, "handling"))["due"][:10] == "2026-12-01"


async def test_a_case_keeps_the_limits_it_was_filed_under(desk: Desk) -> None:
    """A later version of the matter with another promise changes no case in hand."""
    case = await filed(desk)
    await told(desk, case, Status.ACCEPTED, at("2026-11-23T09:00"))
    shorter = matter(version=3, promised_limit={"value": 1, "unit": "working-days"})
    await desk.store.write(lambda tx: tx.catalogue.put_matter(shorter))
    assert (await clock(desk, case, "handling"))["limit"] == {"value": 5, "unit": "working-days"}


async def test_due_dates_stand_on_the_receipt_and_a_replay_has_the_same(desk: Desk) -> None:
    """Computed once, when the case is taken: a week later the same bytes."""
    await desk.store.write(lambda tx: tx.catalogue.put_matter(matter(version=2, **LIMITS)))
    first = await desk.submit()
    assert json.loads(first.body)["due"] == {
        "notice_by": "2026-11-27",
        "handled_by": "2026-12-04",
        "limit": {"value": 5, "unit": "working-days"},
        "provisional": False,
    }
    desk.clock.pass_(days=7)
    assert (again := await desk.submit()).replayed
    assert again.body == first.body


async def test_a_job_that_was_out_while_a_report_came_looks_again(desk: Desk) -> None:
    """A look under an old lease says nothing; the case is looked at by who holds the job."""
    case = await filed(desk)
    desk.clock.at = at("2026-11-28T00:01")
    (stale,) = [job for job in await desk.claim() if job.kind is JobKind.CLOCK]
    desk.clock.pass_(minutes=5)
    await looked(desk, desk.clock.at)
    count = len(await said(desk, case))
    await HANDLERS[JobKind.CLOCK](desk.ctx, stale)
    assert len(await said(desk, case)) == count == 1


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.NOT_ACCEPTED, Status.APPROVED, Status.IN_REVIEW, Status.PRECHECK])
async def test_t19_a_reception_place_cannot_bring_a_case_to_the_authoritys_stages(desk: Desk, status: Status) -> None:
    """收受分离 is kept where statuses are written: the attempt raises, and no event stands."""
    case = await filed(desk)
    when = desk.clock.now() + timedelta(minutes=1)

    def unit(tx: Tx) -> None:
        advance(tx, tx.cases.lock(case.id), status, Cause("reception", when, when, "230100"), report_time=when)

    with pytest.raises(NotTheirsError):
        await desk.store.write(unit)
    assert (await desk.case(case.number)).event_seq == case.event_seq


async def test_t26_a_partner_that_skips_acceptance_has_a_handling_clock_of_no_length(desk: Desk) -> None:
    """21 → 70: the inferred acceptance starts the clock, the decision stops it."""
    case = await filed(desk)
    desk.partner.script["query"] = [came_to(RECEIVED.verdict, report(Status.APPROVED, "11", minutes=4))]
    desk.clock.pass_(minutes=10)
    await desk.work()
    handling = await clock(desk, case, "handling")
    assert (handling["state"], handling["elapsed"], handling["overdue"]) == ("stopped", 0, False)


async def test_strangers_see_no_clock(desk: Desk) -> None:
    """Another hall's case is no case at all."""
    with pytest.raises(Refusal):
        await case_document(desk.ctx, desk.hall, "KS" + "0" * 28)
