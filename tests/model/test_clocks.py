"""The four clocks of a case, read from its events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise

import pytest

from gateway.model import (
    CHINA,
    EXTENDED,
    PAUSE_NOTED,
    Calendar,
    ClockName,
    ClockReading,
    ClockState,
    CountsFrom,
    Limits,
    PauseKind,
    Status,
    TimeLimit,
    TimeUnit,
    extensions_in,
    pauses_in,
    read_clocks,
    stays,
)

S = Status


@dataclass(frozen=True)
class Told:
    """An event as the store keeps it, as far as clocks look."""

    type: str
    after: str | None
    occurred_at: datetime
    recorded_at: datetime
    actor: str = "handling"
    inferred: bool = False
    detail: Mapping[str, str | int | bool | None] = field(default_factory=dict)


def at(text: str) -> datetime:
    """A moment of November or December 2026 in China: "20 10:00", "12-01 10:00"."""
    day, hour = text.split()
    return datetime.fromisoformat(f"2026-{day if '-' in day else '11-' + day}T{hour}").replace(tzinfo=CHINA)


def went(*steps: tuple[Status, str]) -> list[Told]:
    """A case's way through the statuses."""
    return [Told("case.status-changed", status.value, at(when), at(when)) for status, when in steps]


def limit(value: int, unit: TimeUnit = TimeUnit.WORKING_DAYS) -> TimeLimit:
    """A limit."""
    return TimeLimit(value=value, unit=unit)


STATE = Calendar()


def read(events: list[Told], now: str, limits: Limits | None = None, calendar: Calendar = STATE) -> dict[str, ClockReading]:
    """The readings by clock; later pre-checks under precheck-2 and so on."""
    readings = read_clocks(events, pauses_in(events), extensions_in(events), limits or Limits(promised=limit(5)), calendar, at(now))
    return {r.clock.value + (f"-{r.round}" if r.round > 1 else ""): r for r in readings}


def due(reading: ClockReading) -> str | None:
    """The day it is due."""
    return None if reading.due is None else reading.due.astimezone(CHINA).strftime("%m-%d")


# Friday 20 November 2026; 21 and 22 are a weekend.
FILED = [(S.RECEIVED, "20 10:00"), (S.DISPATCHING, "20 10:00")]
ARRIVED = [*FILED, (S.DISPATCHED, "20 10:05")]
ACCEPTED = [*ARRIVED, (S.ACCEPTED, "23 09:00")]


def test_each_clock_runs_in_its_own_time() -> None:
    """Reception until the partner has it, pre-check until the notice, handling until the decision, delivery until handed over."""
    events = went(*ACCEPTED, (S.APPROVED, "26 15:00"), (S.DELIVERING, "27 09:00"), (S.COMPLETED, "12-01 09:00"))
    clocks = read(events, "12-02 09:00")
    assert [(r.clock, r.state, r.started, r.stopped) for r in clocks.values()] == [
        (ClockName.RECEPTION, ClockState.STOPPED, at("20 10:00"), at("20 10:05")),
        (ClockName.PRECHECK, ClockState.STOPPED, at("20 10:05"), at("23 09:00")),
        (ClockName.HANDLING, ClockState.STOPPED, at("23 09:00"), at("26 15:00")),
        (ClockName.DELIVERY, ClockState.STOPPED, at("26 15:00"), at("12-01 09:00")),
    ]
    assert [r.elapsed for r in clocks.values()] == [0, 1, 3, 3]
    assert not any(r.overdue or r.alarm or r.warn for r in clocks.values())


def test_the_start_day_is_not_counted_and_the_last_day_counts_to_its_end() -> None:
    """Accepted on Monday with five working days: due on the next Monday, overdue on Tuesday and not on Monday night."""
    events = went(*ACCEPTED)
    assert due(read(events, "23 10:00")["handling"]) == "11-30"
    assert not read(events, "30 23:59")["handling"].overdue
    assert read(events, "12-01 00:00")["handling"].overdue


def test_t20_a_make_up_saturday_counts_in_a_deadline() -> None:
    """Two working days from Thursday 8 October 2026 end on Saturday the 10th, which makes up for the holidays."""
    events = went((S.RECEIVED, "10-08 09:00"), (S.DISPATCHED, "10-08 09:00"), (S.ACCEPTED, "10-08 10:00"))
    assert due(read(events, "10-08 11:00", Limits(promised=limit(2)))["handling"]) == "10-10"


def test_the_destinations_own_holiday_moves_the_due_date() -> None:
    """The calendar given is the one that counts."""
    own = Calendar({date(2026, 11, 25): False})
    assert due(read(went(*ACCEPTED), "24 10:00", calendar=own)["handling"]) == "12-01"


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [
        (TimeUnit.WORKING_DAYS, 3, "2026-11-26T23:59:59.999999+08:00"),
        (TimeUnit.CALENDAR_DAYS, 5, "2026-11-28T23:59:59.999999+08:00"),
        (TimeUnit.HOURS, 48, "2026-11-25T09:00:00+08:00"),
        (TimeUnit.WORKING_DAYS, 0, "2026-11-23T23:59:59.999999+08:00"),
    ],
)
def test_limits_come_in_three_units(unit: TimeUnit, value: int, expected: str) -> None:
    """Working days, calendar days (which end on a Saturday, too), hours; 0 is the same day."""
    reading = read(went(*ACCEPTED), "23 10:00", Limits(promised=limit(value, unit)))["handling"]
    assert reading.due is not None
    assert (reading.due.isoformat(), reading.unit) == (expected, unit)


def test_the_promise_counts_and_the_statute_is_told_beside_it() -> None:
    """Overdue by the promise is not yet overdue by the law; without a promise the statute is the limit."""
    both = read(went(*ACCEPTED), "12-02 09:00", Limits(promised=limit(5), statutory=limit(20)))["handling"]
    assert (due(both), both.overdue, both.statutory_overdue) == ("11-30", True, False)
    assert both.statutory_due is not None
    assert both.statutory_due.date() == date(2026, 12, 21)
    assert due(read(went(*ACCEPTED), "23 10:00", Limits(statutory=limit(20)))["handling"]) == "12-21"


def test_without_a_limit_time_is_told_and_nothing_is_due() -> None:
    """Nobody published one: no due date, no alarm, and the days still count."""
    reading = read(went(*ACCEPTED), "30 10:00", Limits())["handling"]
    assert (reading.due, reading.warn_at, reading.overdue, reading.elapsed) == (None, None, False, 5)


def test_a_special_procedure_stops_the_time_and_moves_the_due_date() -> None:
    """Suspended from Tuesday to Friday: three working days do not count, due three working days later."""
    events = went(*ACCEPTED, (S.IN_REVIEW, "23 09:00"), (S.SUSPENDED, "24 11:00"))
    resting = read(events, "26 10:00")["handling"]
    assert (resting.state, resting.elapsed, resting.paused, resting.warn_at) == (ClockState.PAUSED, 1, 2, None)
    events += went((S.IN_REVIEW, "27 16:00"))
    running = read(events, "27 17:00")["handling"]
    assert (running.state, running.elapsed, running.paused, due(running)) == (ClockState.RUNNING, 1, 3, "12-03")


def test_a_pause_makes_nobody_late_and_excuses_nobody_who_was() -> None:
    """A case suspended in time is not overdue however long it rests; one suspended after its due date is."""
    events = went(*ACCEPTED, (S.IN_REVIEW, "23 09:00"))
    in_time, late = events + went((S.SUSPENDED, "30 12:00")), events + went((S.SUSPENDED, "12-01 12:00"))
    assert not read(in_time, "12-20 09:00")["handling"].overdue
    assert read(late, "12-20 09:00")["handling"].overdue
    assert due(read(late + went((S.IN_REVIEW, "12-20 10:00")), "12-20 11:00")["handling"]) == "11-30"


def test_who_has_no_day_left_at_a_pause_has_the_day_it_ends() -> None:
    """Suspended on the due day, gone on with on a Saturday: due on Monday."""
    events = went(*ACCEPTED, (S.IN_REVIEW, "23 09:00"), (S.SUSPENDED, "30 12:00"), (S.IN_REVIEW, "12-05 10:00"))
    assert due(read(events, "12-05 11:00")["handling"]) == "12-07"


def test_a_pause_has_a_kind_and_the_number_of_its_notice() -> None:
    """Art. 45: told in writing. Without a note it is of no known kind, and that no notice is known shows."""
    events = went(*ACCEPTED, (S.IN_REVIEW, "23 09:00"), (S.SUSPENDED, "24 11:00"))
    (unknown,) = pauses_in(events)
    assert (unknown.kind, unknown.notice, unknown.end) == (PauseKind.OTHER, None, None)
    note = Told(PAUSE_NOTED, None, at("25 09:00"), at("25 09:00"), "admin", detail={"kind": "hearing", "notice": "听告〔2026〕3号"})
    (noted,) = pauses_in([*events, note, *went((S.IN_REVIEW, "27 16:00"))])
    assert (noted.kind, noted.notice, noted.end) == (PauseKind.HEARING, "听告〔2026〕3号", at("27 16:00"))


def test_a_supplement_before_acceptance_stops_the_precheck_which_begins_anew() -> None:
    """It costs the handling clock nothing: notice on Tuesday, sent on Thursday, accepted on Friday."""
    events = went(*ARRIVED, (S.SUPPLEMENT_REQUIRED, "24 10:00"))
    assert read(events, "25 10:00")["precheck"].state is ClockState.STOPPED
    events += went((S.SUPPLEMENT_SENT, "26 10:00"))
    again = read(events, "26 11:00")["precheck-2"]
    assert (again.state, again.started, due(again)) == (ClockState.RUNNING, at("26 10:00"), "12-03")
    events += went((S.ACCEPTED, "27 10:00"))
    clocks = read(events, "27 11:00")
    assert clocks["precheck-2"].stopped == at("27 10:00")
    assert (clocks["handling"].started, clocks["handling"].paused, pauses_in(events)) == (at("27 10:00"), 0, ())


def test_a_supplement_after_acceptance_is_a_pause_of_the_handling() -> None:
    """From the notice until the supplement is sent."""
    events = went(*ACCEPTED, (S.IN_REVIEW, "23 09:00"), (S.SUPPLEMENT_REQUIRED, "24 10:00"), (S.SUPPLEMENT_SENT, "26 10:00"))
    (pause,) = pauses_in(events)
    assert (pause.kind, pause.start, pause.end) == (PauseKind.SUPPLEMENT, at("24 10:00"), at("26 10:00"))
    clocks = read(events, "26 11:00")
    assert (clocks["handling"].state, clocks["handling"].paused, due(clocks["handling"])) == (ClockState.RUNNING, 2, "12-02")
    assert "precheck-2" not in clocks


def test_an_extension_lengthens_promise_and_statute() -> None:
    """Art. 42: ten more working days, with the head's approval."""
    extended = Told(EXTENDED, None, at("25 09:00"), at("25 09:00"), "admin", detail={"days": 10})
    reading = read([*went(*ACCEPTED), extended], "25 10:00", Limits(promised=limit(5), statutory=limit(20)))["handling"]
    assert reading.statutory_due is not None
    assert (due(reading), reading.statutory_due.date()) == ("12-14", date(2027, 1, 4))
    assert reading.provisional


@pytest.mark.parametrize(("days", "warned"), [(20, "12-15 00:00"), (10, "12-03 00:00"), (5, "27 00:00"), (2, "24 00:00"), (1, "24 00:00")])
def test_the_warning_comes_with_four_fifths_gone_or_one_working_day_left(days: int, warned: str) -> None:
    """Whichever is earlier, but on no day before the first that counts; the due day itself is the last."""
    reading = read(went(*ACCEPTED), "23 10:00", Limits(promised=limit(days)))["handling"]
    assert (reading.warn_at, reading.warn) == (at(warned), False)
    assert read(went(*ACCEPTED), warned, Limits(promised=limit(days)))["handling"].warn


def test_hours_warn_at_four_fifths() -> None:
    """Four hours from nine: at twelve minutes past twelve."""
    assert read(went(*ACCEPTED), "23 10:00", Limits(promised=limit(4, TimeUnit.HOURS)))["handling"].warn_at == at("23 12:12")


def test_the_precheck_is_due_by_arrival_and_alarmed_by_the_earlier_clock() -> None:
    """Handed in on Friday, arrived on Monday: due by the default on Monday after, the alarm is on Friday."""
    events = went(*FILED, (S.DISPATCHED, "23 10:00"))
    reading = read(events, "28 09:00")["precheck"]
    assert reading.alarm_due is not None
    assert (due(reading), reading.alarm_due.date(), reading.alarm, reading.overdue) == ("11-30", date(2026, 11, 27), True, False)
    by_reception = read(events, "28 09:00", Limits(counts_from=CountsFrom.RECEPTION))["precheck"]
    assert (by_reception.started, due(by_reception), by_reception.overdue) == (at("20 10:00"), "11-27", True)


def test_the_alarm_of_a_precheck_does_not_wait_for_the_arrival() -> None:
    """A case we could not dispatch for a week may be deemed accepted, too."""
    reading = read(went(*FILED), "28 09:00")["precheck"]
    assert (reading.state, reading.due, reading.alarm) == (ClockState.NOT_STARTED, None, True)
    returned = read(went(*FILED, (S.DISPATCH_FAILED, "24 10:00"), (S.RECEPTION_RETURNED, "24 10:00")), "28 09:00")
    assert not returned["precheck"].alarm
    assert returned["reception"].stopped == at("24 10:00")


def test_a_decision_at_once_costs_no_day() -> None:
    """T26: 21 → 70 with an inferred acceptance of the same moment."""
    events = went(*ARRIVED, (S.ACCEPTED, "20 15:00"), (S.APPROVED, "20 15:00"))
    reading = read(events, "27 10:00", Limits(promised=limit(0)))["handling"]
    assert (reading.elapsed, reading.overdue, reading.state) == (0, False, ClockState.STOPPED)


def test_a_withdrawn_case_has_no_running_clock() -> None:
    """Every clock that ran stops with the case."""
    clocks = read(went(*ACCEPTED, (S.WITHDRAWN, "24 10:00")), "12-30 10:00")
    assert {r.state for r in clocks.values()} <= {ClockState.STOPPED, ClockState.NOT_STARTED}
    assert not any(r.alarm or r.warn or r.overdue for r in clocks.values())


def test_partners_clocks_that_lag_or_run_ahead_never_turn_time_round() -> None:
    """A partner that tells only days, or tomorrow: moments stay in order and no later than we heard of them."""
    lagging = Told("case.status-changed", "50", at("20 00:00"), at("20 11:00"))
    ahead = Told("case.status-changed", "60", at("30 00:00"), at("23 09:00"))
    walked = stays([*went(*ARRIVED), lagging, ahead])
    assert [stay.since for stay in walked[2:]] == [at("20 10:05"), at("20 10:05"), at("23 09:00")]
    assert all(one.until == other.since for one, other in pairwise(walked))


def test_reading_twice_gives_the_same_and_later_never_less() -> None:
    """Elapsed time of a running clock only grows, day by day."""
    seen = [read(went(*ACCEPTED), f"{day} 12:00")["handling"].elapsed for day in range(23, 31)]
    assert seen == [0, 1, 2, 3, 4, 4, 4, 5]
    assert {r.state for r in read([], "20 10:00").values()} == {ClockState.NOT_STARTED}
