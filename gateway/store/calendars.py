"""Calendars: the days on which a region's halls work or rest otherwise than the State Council says."""

from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa

from gateway.model import Calendar, significant

from .catalogue import covering
from .group import Group, columns_of
from .records import CalendarDay
from .tables import calendar_day as days_table

_DAY = columns_of(days_table, CalendarDay)
_LAID = sa.select(days_table.c.region, days_table.c.day, days_table.c.working).where(
    days_table.c.region.in_(sa.bindparam("regions", expanding=True))
)
EVERYWHERE = ""
"""The region of a day that holds for every region."""


class Calendars(Group):
    """The editable table over the published holidays."""

    __slots__ = ()

    def put(self, days: Iterable[CalendarDay], by: str, at: datetime) -> int:
        """Keep these days; one that is there already is replaced. How many were new or changed."""
        return sum(self._put(day, by, at) for day in days)

    def of(self, region: str) -> Calendar:
        """The region's calendar: its own days before its city's, its province's, and those of every region."""
        laid = self._connection.execute(_LAID, {"regions": (EVERYWHERE, *covering(region))})
        rows = sorted(laid, key=lambda row: len(significant(row.region)) if row.region else 0)
        return Calendar({row.day: row.working for row in rows})

    def days(self, region: str | None = None, year: int | None = None) -> list[CalendarDay]:
        """All days kept, of one region and year if given, by region and day."""
        table = days_table.c
        chosen = sa.select(*_DAY).order_by(table.region, table.day)
        if region is not None:
            chosen = chosen.where(table.region == region)
        if year is not None:
            chosen = chosen.where(table.day.between(date(year, 1, 1), date(year, 12, 31)))
        return self._all(CalendarDay, chosen)

    def _put(self, day: CalendarDay, by: str, at: datetime) -> bool:
        table = days_table.c
        key = (table.region == day.region) & (table.day == day.day)
        kept = self._one(CalendarDay, sa.select(*_DAY).where(key))
        if kept == day:
            return False
        said = {"working": day.working, "note": day.note, "imported_by": by, "imported_at": at}
        if kept is None:
            self._insert(days_table, {"region": day.region, "day": day.day} | said)
        else:
            self._connection.execute(sa.update(days_table).where(key).values(said))
        return True
