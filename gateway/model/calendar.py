"""Working days: the State Council's holidays and make-up days, from chinesecalendar; a year it does not know yet falls back to weekends."""

import functools
from datetime import date, datetime, timedelta

import chinese_calendar

from .moments import CHINA


@functools.lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """True for a day on which halls work. A year not yet published counts Saturdays and Sundays as the only holidays."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def is_published(year: int) -> bool:
    """Whether the holidays of that year are known; deadlines in a year that is not are provisional."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def add_working_days(start: datetime, days: int) -> datetime:
    """The same hour on the days-th working day after start; the start day itself is not counted."""
    local = start.astimezone(CHINA)
    day = local.date()
    while days > 0:
        day += timedelta(days=1)
        if is_working_day(day):
            days -= 1
    return datetime.combine(day, local.timetz())
