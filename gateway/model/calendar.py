"""Working days: a region's own days, laid over the State Council's holidays and make-up days (chinesecalendar).

A year that is not yet published counts Saturdays and Sundays as its only holidays; a date reckoned through it is provisional.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import chinese_calendar

from .moments import CHINA, china_day

_DAY = timedelta(days=1)


@functools.lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """True for a day on which halls work, by the State Council's calendar alone."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


@functools.lru_cache(maxsize=256)
def is_published(year: int) -> bool:
    """Whether the holidays of that year are known; deadlines in a year that is not are provisional."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Calendar:
    """One region's calendar. days: True for a day it works, False for one it rests; any other day is as the State Council says."""

    days: Mapping[date, bool] = field(default_factory=dict)

    def works(self, day: date) -> bool:
        """Whether the region's halls work on that day."""
        own = self.days.get(day)
        return is_working_day(day) if own is None else own

    def after(self, day: date, count: int) -> date:
        """The count-th working day after `day`, which is not counted itself; for 0 the day itself, or the next that works."""
        if count == 0:
            return day if self.works(day) else self.after(day, 1)
        while count > 0:
            day += _DAY
            count -= self.works(day)
        return day

    def before(self, day: date) -> date:
        """The last working day before `day`."""
        day -= _DAY
        while not self.works(day):
            day -= _DAY
        return day

    def between(self, start: date, end: date) -> int:
        """How many working days lie after `start` and up to `end`, both in one order or 0."""
        return sum(self.works(day) for day in _days(start + _DAY, end))

    def time_between(self, start: datetime, end: datetime) -> timedelta:
        """How much of a span fell on working days, in whole days of 24 hours where it covers them."""
        total = timedelta()
        for day in _days(china_day(start), china_day(end)):
            if self.works(day):
                midnight = datetime.combine(day, time(), CHINA)
                total += max(timedelta(), min(end, midnight + _DAY) - max(start, midnight))
        return total

    def is_provisional(self, start: date, end: date) -> bool:
        """Whether a span reaches into a year of which nobody knows the holidays yet.

        A year is known when the State Council's calendar has it, or when the region's own days name its 1 January: who enters a year by
        hand enters New Year's Day.
        """
        return any(not is_published(year) and date(year, 1, 1) not in self.days for year in range(start.year, end.year + 1))


def add_working_days(start: datetime, days: int) -> datetime:
    """The same hour on the days-th working day after start, by the State Council's calendar; the start day itself is not counted."""
    local = start.astimezone(CHINA)
    day = Calendar().after(local.date(), days) if days > 0 else local.date()
    return datetime.combine(day, local.timetz())


def end_of_day(day: date) -> datetime:
    """The last moment of a civil day in China: a limit in days ends with its last day (Civil Code, art. 203)."""
    return datetime.combine(day, time.max, CHINA)


def start_of_day(day: date) -> datetime:
    """The first moment of a civil day in China."""
    return datetime.combine(day, time(), CHINA)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY
