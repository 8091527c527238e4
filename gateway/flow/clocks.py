"""A case's clocks as they stand: by the limits it was filed under and the destination's calendar; and the job that watches them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from gateway.model import (
    CHINA,
    Agreement,
    Calendar,
    ClockName,
    ClockReading,
    ClockState,
    Limits,
    Matter,
    Terms,
    TimeLimit,
    TimeUnit,
    china_day,
    choose,
    due_after,
    extensions_in,
    iso,
    pauses_in,
    read_clocks,
)
from gateway.store import CaseRecord, EventRecord, JobKind, Tx

LANE = "clocks"
"""The queue of the clocks: they call nobody, so no partner's or hall's trouble holds them up."""


def limits_of(matter: Matter | None, agreement: Agreement | None) -> Limits:
    """The limits that a version of a matter and an agreement set; what neither says is as the law has it."""
    terms = agreement.terms if agreement is not None else Terms()
    usual = Limits()
    return Limits(
        promised=matter.promised_limit if matter is not None else None,
        statutory=matter.statutory_limit if matter is not None else None,
        reception=_working_days(terms.forward_days),
        delivery=_working_days(terms.return_days) or usual.delivery,
        counts_from=terms.counts_from or usual.counts_from,
    )


def clocks_of(tx: Tx, case: CaseRecord, now: datetime, events: Sequence[EventRecord] | None = None) -> tuple[ClockReading, ...]:
    """Every clock of the case at `now`, by what it was filed under. The whole of a joint case has none: its parts have."""
    if case.parts:
        return ()
    told = tx.cases.events(case.id) if events is None else events
    day = china_day(case.received_at)
    lines = tx.agreements.between(case.origin, case.destination, case.matter)
    named = [line for line in lines if line.document_number == case.agreement_document]
    agreement = choose(named, case.origin, case.destination, case.matter, day)
    limits = limits_of(tx.catalogue.matter_version(case.matter, case.destination, case.matter_version), agreement)
    return read_clocks(told, pauses_in(told), extensions_in(told), limits, tx.calendars.of(case.destination), now)


def arm(tx: Tx, case: CaseRecord, now: datetime) -> None:
    """Have the case's clocks looked at when something must be said next; of a handled case there is nothing to say any more."""
    if case.status.terminal:
        tx.jobs.drop(JobKind.CLOCK, case.id)
        return
    due = next_moment(clocks_of(tx, case, now), now)
    if due is not None:
        tx.jobs.enqueue(JobKind.CLOCK, case.id, LANE, due)


def next_moment(readings: Iterable[ClockReading], now: datetime) -> datetime | None:
    """When a clock that runs comes to the next moment of which somebody must hear; None when none does."""
    waits = (ClockName.PRECHECK, ClockState.NOT_STARTED)
    running = [r for r in readings if r.state is ClockState.RUNNING or (r.clock, r.state) == waits]
    moments = [moment for r in running for moment in (r.warn_at, r.alarm_due, r.statutory_due) if moment is not None]
    return min((moment for moment in moments if moment > now), default=None)


def due_on_filing(matter: Matter, calendar: Calendar, now: datetime) -> dict[str, Any]:
    """The due dates for the applicant's receipt: by when there must be an answer, and by when a decision if accepted on that last day."""
    notice = due_after(calendar, now, Limits().precheck)
    limit = matter.promised_limit or matter.statutory_limit
    handled = due_after(calendar, notice, limit) if limit is not None else None
    return {
        "notice_by": _day(notice),
        "handled_by": _day(handled),
        "limit": limit_document(limit),
        "provisional": calendar.is_provisional(china_day(now), china_day(handled or notice)),
    }


def clock_document(reading: ClockReading) -> dict[str, Any]:
    """One clock, as halls and operators see it. elapsed, paused: in `unit`."""
    return {
        "clock": reading.clock.value,
        "zh": reading.clock.zh,
        "state": reading.state.value,
        "round": reading.round,
        "started": _iso(reading.started),
        "stopped": _iso(reading.stopped),
        "limit": limit_document(reading.limit),
        "due": _iso(reading.due),
        "statutory_due": _iso(reading.statutory_due),
        "alarm_due": _iso(reading.alarm_due),
        "unit": reading.unit.value,
        "elapsed": reading.elapsed,
        "paused": reading.paused,
        "warn": reading.warn,
        "overdue": reading.overdue,
        "statutory_overdue": reading.statutory_overdue,
        "alarm": reading.alarm,
        "provisional": reading.provisional,
    }


def limit_document(limit: TimeLimit | None) -> dict[str, Any] | None:
    """{"value", "unit"}."""
    return None if limit is None else {"value": limit.value, "unit": limit.unit.value}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(CHINA).date().isoformat()


def _working_days(days: int | None) -> TimeLimit | None:
    return None if days is None else TimeLimit(value=days, unit=TimeUnit.WORKING_DAYS)
