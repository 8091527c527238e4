"""Moments in the texts of an example: found in the usual formats, moved, and written in the format they had."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from mock_partners.cases import BEIJING

_NEAR: Final = timedelta(days=400)
"""A moment further from the example's own is not one of this case: a birthday, the end of a certificate."""
_MOMENT: Final = re.compile(
    r"(?P<year>[0-9]{4})(?P<cut>[-/.年]?)(?P<month>[0-9]{2})(?:(?P=cut)|月)(?P<day>[0-9]{2})日?"
    r"(?:[T ]?(?P<hour>[0-9]{2}):?(?P<minute>[0-9]{2})(?::?(?P<second>[0-9]{2})(?:[.,]?(?P<fraction>[0-9]{1,9}))?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_EPOCH: Final = re.compile(r"[0-9]{10}(?:[0-9]{3})?")


def moved(text: str, before: datetime, after: datetime) -> str:
    """The text, its moment moved by as much as lies between the two; as it is when it is no moment near the first.

    Without a zone it is Beijing's time. A day moves by whole days.
    """
    if _EPOCH.fullmatch(text) and (at := _near(_of_epoch(text), before)):
        seconds = (at + (after - before)).timestamp()
        return str(int(seconds * 1000) if len(text) == 13 else int(seconds))
    found = _MOMENT.fullmatch(text)
    at = _near(_of_match(found), before) if found else None
    if found is None or at is None:
        return text
    if found["hour"] is None:
        new = at + timedelta(days=(after.astimezone(BEIJING).date() - before.astimezone(BEIJING).date()).days)
    else:
        new = (at + (after - before)).astimezone(at.tzinfo)
    return _rewritten(found, new)


def _rewritten(found: re.Match[str], new: datetime) -> str:
    parts = {
        name: f"{getattr(new, name):0{len(found[name])}d}" for name in ("year", "month", "day", "hour", "minute", "second") if found[name]
    }
    if found["fraction"]:
        parts["fraction"] = f"{new.microsecond:06d}000"[: len(found["fraction"])]
    text = found[0]
    for name in sorted(parts, key=found.start, reverse=True):
        text = text[: found.start(name)] + parts[name] + text[found.end(name) :]
    return text


def _of_match(found: re.Match[str]) -> datetime | None:
    year, month, day, hour, minute, second = (int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second"))
    microsecond = int((found["fraction"] or "").ljust(6, "0")[:6])
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, _zone(found["zone"]))
    except ValueError:
        return None


def _zone(text: str | None) -> timezone:
    if text is None:
        return BEIJING
    if text == "Z":
        return UTC
    ahead = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-ahead if text[0] == "-" else ahead)


def _of_epoch(text: str) -> datetime:
    return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), BEIJING)


def _near(at: datetime | None, reference: datetime) -> datetime | None:
    return at if at is not None and abs(at - reference) <= _NEAR else None
