"""What clocks make us say: a limit comes near or is past, an acceptance may be deemed given. It is said once, and changes no status."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.model import ClockName, ClockReading, iso
from gateway.store import CaseRecord, EventRecord, JobRecord, NewEvent, Tx

from .clocks import clocks_of, next_moment
from .context import Context
from .standing import tell_hall
from .tickets import Ticket, open_ticket

WARNED, OVERDUE, DEEMED = "case.clock-warned", "case.clock-overdue", "case.deemed-accepted-risk"
_Detail = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class _Alarm:
    """type: of the event; since: when it began to be true; ticket: for what a person must see to."""

    type: str
    since: datetime
    detail: _Detail
    ticket: str | None

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it the same as one that was raised before: a due date that moved is news."""
        return (self.type, *(self.detail[name] for name in ("clock", "round", "limit", "due")))


async def look_at_clocks(ctx: Context, job: JobRecord) -> None:
    """Say what has become due to say of a case's clocks, and look again when the next thing will be."""
    now = ctx.clock.now()

    def unit(tx: Tx) -> list[_Alarm]:
        case = tx.cases.lock(job.case_id)
        if not tx.jobs.holds(job):
            return []
        if case.status.terminal:
            tx.jobs.finish(job)
            return []
        events = tx.cases.events(case.id)
        readings = clocks_of(tx, case, now, events)
        said = set(_said(events))
        news = [alarm for alarm in _alarms(readings) if alarm.key not in said]
        for alarm in news:
            _say(tx, case, alarm, now)
        if news:
            tell_hall(tx, case, now)
        due = next_moment(readings, now)
        if due is None:
            tx.jobs.finish(job)
        else:
            tx.jobs.reschedule(job, due, "waiting", tries=0)
        return [] if case.is_test else news

    for alarm in await ctx.store.write(unit):
        ctx.metrics.clock_alarm(str(alarm.detail["clock"]), alarm.type.removeprefix("case.").removeprefix("clock-"))


def _alarms(readings: Iterable[ClockReading]) -> Iterator[_Alarm]:
    for reading in readings:
        if reading.warn and reading.warn_at is not None:
            yield _alarm(WARNED, reading, reading.warn_at, reading.alarm_due)
        if reading.clock is ClockName.PRECHECK:
            # No notice in time: whether it runs from reception or from arrival is an open point of law, so the earlier one is heard.
            if reading.alarm and reading.alarm_due is not None:
                yield _alarm(DEEMED, reading, reading.alarm_due, reading.alarm_due, ticket="deemed-accepted-risk")
            continue
        if reading.alarm and reading.due is not None:
            yield _alarm(OVERDUE, reading, reading.due, reading.due, ticket=f"overdue:{reading.clock.value}")
        if reading.stopped is None and reading.statutory_overdue and reading.statutory_due not in (None, reading.due):
            assert reading.statutory_due is not None
            ticket = f"overdue-by-law:{reading.clock.value}"
            yield _alarm(OVERDUE, reading, reading.statutory_due, reading.statutory_due, limit="statutory", ticket=ticket)


def _alarm(
    type: str, reading: ClockReading, since: datetime, due: datetime | None, *, limit: str = "due", ticket: str | None = None
) -> _Alarm:
    detail: _Detail = {
        "clock": reading.clock.value,
        "round": reading.round,
        "limit": limit,
        "due": iso(due) if due else None,
        "elapsed": reading.elapsed,
        "unit": reading.unit.value,
        "provisional": reading.provisional,
    }
    return _Alarm(type, since, detail, ticket)


def _said(events: Iterable[EventRecord]) -> Iterator[tuple[object, ...]]:
    for event in events:
        if event.type in (WARNED, OVERDUE, DEEMED):
            yield _Alarm(event.type, event.occurred_at, event.detail, None).key


def _say(tx: Tx, case: CaseRecord, alarm: _Alarm, now: datetime) -> None:
    event = NewEvent(
        type=alarm.type,
        before=None,
        after=None,
        actor="gateway",
        place=None,
        occurred_at=alarm.since,
        recorded_at=now,
        detail=alarm.detail,
    )
    tx.cases.append_event(case.id, event)
    if alarm.ticket is not None and not case.is_test:
        open_ticket(tx, case.id, Ticket(alarm.ticket, "time-limit", {"due": alarm.detail["due"]}), now)
