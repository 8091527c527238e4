"""China's civil time. The standards state no zone and mean this one (GB/T 39046-2020 and practice, domain page §2.7)."""

from datetime import UTC, date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


def china_day(moment: datetime) -> date:
    """The civil day in China on which an aware moment falls."""
    return moment.astimezone(CHINA).date()


def iso(moment: datetime) -> str:
    """RFC 3339 in China's offset, milliseconds: the one form in which moments leave us."""
    return moment.astimezone(CHINA).isoformat(timespec="milliseconds")


def utc(moment: datetime) -> datetime:
    """The same moment in UTC; a naive one is a programming error."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)
