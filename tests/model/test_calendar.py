"""Working days, and a region's own days on top of them."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import CHINA, Calendar, add_working_days

STATE = Calendar()
DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))


def at(text: str) -> datetime:
    """A moment in China."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def test_t20_a_make_up_saturday_is_a_working_day_and_a_holiday_friday_is_none() -> None:
    """Saturday 10 October 2026 makes up for the National Day week; Thursday 1 October is off."""
    assert STATE.works(date(2026, 10, 10))
    assert not STATE.works(date(2026, 10, 1))
    assert STATE.after(date(2026, 10, 9), 1) == date(2026, 10, 10)
    assert STATE.after(date(2026, 9, 30), 1) == date(2026, 10, 8)


def test_a_regions_own_day_wins_over_the_state_council() -> None:
    """A local holiday on a Friday, and a Sunday on which the halls open."""
    own = Calendar({date(2026, 11, 20): False, date(2026, 11, 22): True})
    assert own.after(date(2026, 11, 19), 1) == date(2026, 11, 22)
    assert STATE.after(date(2026, 11, 19), 1) == date(2026, 11, 20)


@pytest.mark.parametrize("year", [2099, 1990])
def test_a_year_nobody_has_published_is_provisional_and_counts_weekends(year: int) -> None:
    """No crash: Monday to Friday, and a warning."""
    monday = date(2099, 3, 2) if year == 2099 else date(1990, 3, 5)
    assert STATE.after(monday, 5) == monday + timedelta(days=7)
    assert STATE.is_provisional(monday, monday)


def test_a_year_entered_by_hand_is_known() -> None:
    """Who enters a year's days enters New Year's Day; any other day alone does not make the year known."""
    span = (date(2098, 12, 30), date(2099, 1, 5))
    assert not Calendar({date(2098, 1, 1): False, date(2099, 1, 1): False}).is_provisional(*span)
    assert Calendar({date(2098, 1, 1): False, date(2099, 5, 8): False}).is_provisional(*span)


def test_zero_days_end_on_the_day_or_the_next_that_works() -> None:
    """即办 on a Saturday is due on Monday."""
    assert STATE.after(date(2026, 11, 20), 0) == date(2026, 11, 20)
    assert STATE.after(date(2026, 11, 21), 0) == date(2026, 11, 23)


@given(DAYS, st.integers(1, 60))
def test_adding_days_and_counting_them_agree(start: date, days: int) -> None:
    """Between a day and its n-th working day there are n, the last works, and the day before it has one less."""
    end = STATE.after(start, days)
    assert (STATE.between(start, end), STATE.works(end)) == (days, True)
    assert STATE.between(start, end - timedelta(days=1)) == days - 1


def test_time_on_working_days_leaves_the_weekend_out() -> None:
    """Friday noon to Monday noon is a day of working time and three of the calendar."""
    assert STATE.time_between(at("2026-11-20T12:00"), at("2026-11-23T12:00")) == timedelta(days=1)
    assert STATE.time_between(at("2026-11-21T12:00"), at("2026-11-22T12:00")) == timedelta()


def test_adding_working_days_keeps_the_hour() -> None:
    """As retry schedules need it."""
    assert add_working_days(at("2026-11-20T15:30"), 2) == at("2026-11-24T15:30")
    assert add_working_days(at("2026-11-21T15:30"), 0) == at("2026-11-21T15:30")
