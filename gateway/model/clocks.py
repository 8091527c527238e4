"""The four clocks of a case: reception, pre-check, handling, delivery (domain page §1.3, §4.3 rule 6). Read from events, never stored.

Limits in days end with their last day, the start day not counted; working days are those of the destination's calendar. A supplement
notice before acceptance stops the pre-check clock, which begins anew when the supplement is sent; after acceptance it is a pause of the
handling clock, as a special procedure (61) is. An expired limit is only said, it changes no status.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .calendar import Calendar, end_of_day, start_of_day
from .matter import TimeLimit, TimeUnit
from .moments import china_day
from .status import Status
from .stays import CaseEvent, Stay, moment, stays
from .terms import CountsFrom, Extension, Limits, Pause, PauseKind, longer

S = Status


class ClockName(StrEnum):
    """Whose time it is that a clock counts."""

    RECEPTION = "reception"
    PRECHECK = "precheck"
    HANDLING = "handling"
    DELIVERY = "delivery"

    @property
    def zh(self) -> str:
        """What a clerk reads."""
        return _ZH[self]


_ZH = {
    ClockName.RECEPTION: "收件转办", ClockName.PRECHECK: "受理审查", ClockName.HANDLING: "办理", ClockName.DELIVERY: "送达",
}  # fmt: skip


class ClockState(StrEnum):
    """How a clock stands."""

    NOT_STARTED = "not-started"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One clock, read at a moment.

    round: counts the pre-checks of one case. due: of the promise, or of the statute when nothing is promised; while paused, as it would
    be if the clock went on now. elapsed, paused: in `unit`, whole. provisional: the due date lies in a year whose holidays are not yet
    published. alarm_due: when to raise the alarm: due, but for a pre-check the earlier of both ways to count, even before the case has
    arrived. warn, alarm: that moment is near, is past, while the clock could still be stopped in time or late.
    """

    clock: ClockName
    state: ClockState
    round: int = 1
    started: datetime | None = None
    stopped: datetime | None = None
    limit: TimeLimit | None = None
    due: datetime | None = None
    statutory_due: datetime | None = None
    alarm_due: datetime | None = None
    warn_at: datetime | None = None
    elapsed: int = 0
    paused: int = 0
    unit: TimeUnit = TimeUnit.WORKING_DAYS
    overdue: bool = False
    statutory_overdue: bool = False
    warn: bool = False
    alarm: bool = False
    provisional: bool = False


_Span = tuple[datetime, datetime | None]
_BEYOND_RECEPTION = frozenset(S) - {S.DRAFT, S.RECEIVED, S.RECEPTION_SUPPLEMENT, S.DISPATCHING, S.DISPATCH_FAILED}
_BEFORE_NOTICE = frozenset({S.DISPATCHED, S.PRECHECK, S.SUPPLEMENT_SENT})
_ACCEPTED = frozenset({S.ACCEPTED, S.IN_REVIEW, S.SUSPENDED, S.FORWARDED})
_HANDLING = _ACCEPTED | {S.SUPPLEMENT_REQUIRED, S.SUPPLEMENT_SENT}
_DELIVERY = frozenset({S.APPROVED, S.DENIED, S.DELIVERING, S.DELIVERY_FAILED})
_SHARE = 0.8
PAUSE_NOTED, EXTENDED = "case.pause-noted", "case.extended"
"""Events in which an operator writes down what the handling place told on paper: a pause's kind and notice; an extension."""


def read_clocks(
    events: Iterable[CaseEvent],
    pauses: Sequence[Pause],
    extensions: Sequence[Extension],
    limits: Limits,
    calendar: Calendar,
    now: datetime,
) -> tuple[ClockReading, ...]:
    """Every clock of a case at `now`, in the order of the case's life; a pre-check that began anew is a reading of its own."""
    walked = stays(events)
    received = next((stay.since for stay in walked if stay.status is S.RECEIVED), None)
    hand = _Reader(calendar, now)
    readings = [hand.read(ClockName.RECEPTION, _reception(walked), limits.reception)]
    rounds: list[_Span | None] = [*_prechecks(walked)]
    if not rounds:
        rounds.append(None)
    waits = received is not None and not walked[-1].status.terminal
    if received is not None and limits.counts_from is CountsFrom.RECEPTION and (rounds[0] is not None or waits):
        rounds[0] = (received, rounds[0][1] if rounds[0] else None)
    for number, span in enumerate(rounds, start=1):
        alarm_from = received if number == 1 and (span is not None or waits) else span and span[0]
        readings.append(hand.read(ClockName.PRECHECK, span, limits.precheck, round=number, alarm_from=alarm_from))
    promised, statutory = longer(limits.promised, extensions), longer(limits.statutory, extensions)
    readings.append(hand.read(ClockName.HANDLING, _handling(walked), promised, statutory=statutory, pauses=pauses))
    readings.append(hand.read(ClockName.DELIVERY, _stretch(walked, _DELIVERY), limits.delivery))
    return tuple(readings)


def due_after(calendar: Calendar, start: datetime, limit: TimeLimit) -> datetime:
    """When a limit that runs from `start` without a pause is used up."""
    return _Reader(calendar, start).reach(limit.unit, start, limit.value)


def pauses_in(events: Sequence[CaseEvent]) -> tuple[Pause, ...]:
    """The pauses of the handling clock that a case's events tell of: special procedures, and supplements after acceptance.

    A note written while a special procedure lasts gives its kind and the number of its written notice.
    """
    walked = stays(events)
    notes = [event for event in events if event.type == PAUSE_NOTED]
    found = []
    for stay in walked[_acceptance(walked) :]:
        if stay.status is S.SUPPLEMENT_REQUIRED:
            found.append(Pause(PauseKind.SUPPLEMENT, stay.since, stay.until))
        elif stay.status is S.SUSPENDED:
            said = [n for n in notes if stay.since <= n.recorded_at and (stay.until is None or n.recorded_at <= stay.until)]
            kind = PauseKind(str(said[-1].detail["kind"])) if said else PauseKind.OTHER
            found.append(Pause(kind, stay.since, stay.until, str(said[-1].detail["notice"]) if said else None))
    return tuple(found)


def extensions_in(events: Iterable[CaseEvent]) -> tuple[Extension, ...]:
    """The extensions that a case's events tell of."""
    return tuple(Extension(int(event.detail["days"] or 0), moment(event)) for event in events if event.type == EXTENDED)


def _reception(walked: Sequence[Stay]) -> _Span | None:
    """From the first window until the partner has it, or until the case ended before."""
    start = next((stay.since for stay in walked if stay.status is S.RECEIVED), None)
    return None if start is None else (start, next((stay.since for stay in walked if stay.status in _BEYOND_RECEPTION), None))


def _prechecks(walked: Sequence[Stay]) -> list[_Span]:
    """Each wait for the handling place's word: from arrival, and from each supplement that was sent before acceptance."""
    found: list[_Span] = []
    waiting = False
    for stay in walked:
        if stay.status in _ACCEPTED:
            return [*found[:-1], (found[-1][0], stay.since)] if waiting else found
        waits = stay.status in _BEFORE_NOTICE
        if waits and not waiting:
            found.append((stay.since, None))
        elif waiting and not waits:
            found[-1] = (found[-1][0], stay.since)
        waiting = waits
    return found


def _handling(walked: Sequence[Stay]) -> _Span | None:
    return _stretch(walked[_acceptance(walked) :], _HANDLING)


def _acceptance(walked: Sequence[Stay]) -> int:
    """Which stay began the handling; a partner may go from a supplement to the review without saying that it accepted."""
    return next((number for number, stay in enumerate(walked) if stay.status in _ACCEPTED), len(walked))


def _stretch(walked: Sequence[Stay], within: frozenset[Status]) -> _Span | None:
    """From the first stay within those statuses to the first one after it outside of them."""
    start = next((number for number, stay in enumerate(walked) if stay.status in within), None)
    if start is None:
        return None
    return walked[start].since, next((stay.since for stay in walked[start:] if stay.status not in within), None)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads clocks by one calendar at one moment."""

    calendar: Calendar
    now: datetime

    def read(
        self,
        clock: ClockName,
        span: _Span | None,
        term: TimeLimit | None,
        *,
        statutory: TimeLimit | None = None,
        pauses: Sequence[Pause] = (),
        round: int = 1,
        alarm_from: datetime | None = None,
    ) -> ClockReading:
        limit = term or statutory
        unit = limit.unit if limit else TimeUnit.WORKING_DAYS
        start, stopped = span or (alarm_from, None)
        if start is None:
            return ClockReading(clock, ClockState.NOT_STARTED, round, limit=limit, unit=unit)
        running = _without(start, stopped or self.now, pauses)
        resting = stopped is None and any(p.start <= self.now and (p.end is None or p.end > self.now) for p in pauses)
        # What is late is judged by the last moment at which time counted: a pause makes nobody late.
        at = running[-1][1] if resting else stopped or self.now
        ahead = [*running, (self.now, self.now)] if resting else running
        counted = ahead if alarm_from is None else [(alarm_from, at)]
        alarm_due = self._due(counted, limit)
        warn_at = None if resting or stopped else self._warn_at(counted, limit, alarm_due)
        alarm = alarm_due is not None and stopped is None and at > alarm_due
        reading = ClockReading(
            clock=clock,
            state=_state(span, resting=resting),
            round=round,
            limit=limit,
            unit=unit,
            alarm_due=alarm_due,
            warn_at=warn_at,
            warn=warn_at is not None and not alarm and warn_at <= self.now,
            alarm=alarm,
        )
        if span is None:
            return reading
        due, statutory_due = self._due(ahead, limit), self._due(ahead, statutory)
        elapsed = sum(self._spent(unit, *piece) for piece in running)
        farthest = max((moment for moment in (due, statutory_due) if moment is not None), default=start)
        return replace(
            reading,
            started=start,
            stopped=stopped,
            due=due,
            statutory_due=statutory_due,
            elapsed=int(elapsed),
            paused=int(self._spent(unit, start, stopped or self.now) - elapsed),
            overdue=due is not None and at > due,
            statutory_overdue=statutory_due is not None and at > statutory_due,
            provisional=unit is TimeUnit.WORKING_DAYS and self.calendar.is_provisional(china_day(start), china_day(farthest)),
        )

    def _due(self, running: Sequence[tuple[datetime, datetime]], term: TimeLimit | None, share: float = 1) -> datetime | None:
        """When a limit, or a share of it, is used up, walking through the time that counts; the last piece goes on for ever."""
        if term is None:
            return None
        left = term.value * share if term.unit is TimeUnit.HOURS else math.ceil(term.value * share)
        for start, end in running[:-1]:
            reached = self.reach(term.unit, start, left)
            if reached <= end:
                return reached
            left -= self._spent(term.unit, start, end)
        return self.reach(term.unit, running[-1][0], left)

    def _warn_at(self, running: Sequence[tuple[datetime, datetime]], term: TimeLimit | None, due: datetime | None) -> datetime | None:
        """When four fifths are used up or one working day is left, whichever is earlier, but not before there was a day to use."""
        used = self._due(running, term, _SHARE)
        if term is None or due is None or used is None or term.value == 0:
            return None
        if term.unit is TimeUnit.HOURS:
            return used
        soon = min(china_day(used), self.calendar.before(china_day(due)))
        first = china_day(running[0][0]) + timedelta(days=1)
        return start_of_day(max(soon, min(first, china_day(due))))

    def _spent(self, unit: TimeUnit, start: datetime, end: datetime) -> float:
        if unit is TimeUnit.HOURS:
            return (end - start) / timedelta(hours=1)
        first, last = china_day(start), china_day(end)
        return self.calendar.between(first, last) if unit is TimeUnit.WORKING_DAYS else (last - first).days

    def reach(self, unit: TimeUnit, start: datetime, amount: float) -> datetime:
        """The end of so much time from `start` on."""
        if unit is TimeUnit.HOURS:
            return start + timedelta(hours=amount)
        first, days = china_day(start), int(amount)
        return end_of_day(self.calendar.after(first, days) if unit is TimeUnit.WORKING_DAYS else first + timedelta(days=days))


def _state(span: _Span | None, *, resting: bool) -> ClockState:
    if span is None:
        return ClockState.NOT_STARTED
    if span[1] is not None:
        return ClockState.STOPPED
    return ClockState.PAUSED if resting else ClockState.RUNNING


def _without(start: datetime, end: datetime, pauses: Iterable[Pause]) -> list[tuple[datetime, datetime]]:
    """The pieces of a span that no pause covers, at least an empty one; pauses may overlap. A pause beyond the end leaves none after it."""
    pieces: list[tuple[datetime, datetime]] = []
    for pause in sorted(pauses, key=lambda pause: pause.start):
        if pause.start >= end:
            break
        if pause.start >= start:
            pieces.append((start, pause.start))
        if pause.end is None or pause.end > end:
            return pieces or [(start, start)]
        start = max(start, pause.end)
    return [*pieces, (start, end)]
