"""Date patterns of partners: text of a moment and moment of a text, both in China's time unless the text says otherwise."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from gateway.model import CHINA, iso

from .values import EvaluationError

ISO: Final = "iso"
_TOKEN: Final = re.compile(r"yyyy|MM|dd|HH|mm|ss|SSS|XXX|'(?:[^']|'')*'|[^A-Za-z']")
_WRITTEN: Final = {
    "yyyy": "{0.year:04d}", "MM": "{0.month:02d}", "dd": "{0.day:02d}", "HH": "{0.hour:02d}", "mm": "{0.minute:02d}",
    "ss": "{0.second:02d}", "SSS": "{1:03d}", "XXX": "+08:00",
}  # fmt: skip
_READ: Final = {
    "yyyy": "(?P<year>[0-9]{4})", "MM": "(?P<month>[0-9]{2})", "dd": "(?P<day>[0-9]{2})", "HH": "(?P<hour>[0-9]{2})",
    "mm": "(?P<minute>[0-9]{2})", "ss": "(?P<second>[0-9]{2})", "SSS": "(?P<milli>[0-9]{3})", "XXX": "(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})",
}  # fmt: skip
_EPOCHS: Final = {"epoch-seconds": timedelta(seconds=1), "epoch-milliseconds": timedelta(milliseconds=1)}
_ISO_TEXT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
RFC_1123: Final = "rfc-1123"
"""The date of HTTP headers: `Fri, 20 Nov 2026 16:05:09 GMT`, always in GMT whatever its writer thinks."""
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RFC_1123_TEXT: Final = re.compile(
    rf"(?:{'|'.join(_DAYS)}), ([0-9]{{2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}}) ([0-9]{{2}}):([0-9]{{2}}):([0-9]{{2}}) GMT"
)
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)


def formatter(pattern: str) -> Callable[[datetime], str]:
    """What writes a moment by the pattern. Raises ValueError for a pattern outside the language."""
    if pattern == ISO:
        return iso
    if pattern == RFC_1123:
        return _write_rfc_1123
    if pattern in _EPOCHS:
        unit = _EPOCHS[pattern]
        return lambda moment: str((moment - _START) // unit)
    form = "".join(_WRITTEN.get(token) or _literal(token).replace("{", "{{").replace("}", "}}") for token in _tokens(pattern))

    def write(moment: datetime) -> str:
        local = moment.astimezone(CHINA)
        return form.format(local, local.microsecond // 1000)

    return write


def reader(pattern: str) -> Callable[[str], datetime]:
    """What reads a moment, in UTC, from a text of the pattern. Raises ValueError for a pattern outside the language or without a date."""
    if pattern == ISO:
        return _read_iso
    if pattern == RFC_1123:
        return _read_rfc_1123
    if pattern in _EPOCHS:
        return lambda text: _read_epoch(text, _EPOCHS[pattern])
    tokens = _tokens(pattern)
    used = [token for token in tokens if token in _READ]
    if not {"yyyy", "MM", "dd"} <= set(used) or len(used) != len(set(used)):
        raise ValueError("a moment needs its year, month and day, each part once")
    form = re.compile("".join(_READ.get(token) or re.escape(_literal(token)) for token in tokens))

    def read(text: str) -> datetime:
        match = form.fullmatch(text)
        if match is None:
            raise _unreadable()
        parts = match.groupdict(default="0")
        try:
            return datetime(
                int(parts["year"]), int(parts["month"]), int(parts["day"]), int(parts.get("hour", "0")), int(parts.get("minute", "0")),
                int(parts.get("second", "0")), int(parts.get("milli", "0")) * 1000, tzinfo=_zone(parts.get("zone")),
            ).astimezone(UTC)  # fmt: skip
        except (ValueError, OverflowError):
            raise _unreadable() from None

    return read


def _tokens(pattern: str) -> list[str]:
    tokens = _TOKEN.findall(pattern)
    if not pattern or "".join(tokens) != pattern:
        raise ValueError("not a pattern of the language")
    return tokens


def _literal(token: str) -> str:
    return token[1:-1].replace("''", "'") or "'" if token.startswith("'") else token


def _zone(text: str | None) -> timezone:
    if text is None:
        return CHINA
    if text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-offset if text[0] == "-" else offset)


def _read_iso(text: str) -> datetime:
    if not _ISO_TEXT.fullmatch(text):
        raise _unreadable()
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=CHINA)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _unreadable() from None


def _write_rfc_1123(moment: datetime) -> str:
    gmt = moment.astimezone(UTC)
    return f"{_DAYS[gmt.weekday()]}, {gmt:%d} {_MONTHS[gmt.month - 1]} {gmt.year:04d} {gmt:%H:%M:%S} GMT"


def _read_rfc_1123(text: str) -> datetime:
    match = _RFC_1123_TEXT.fullmatch(text)
    if match is None:
        raise _unreadable()
    day, month, year, hour, minute, second = match.groups()
    try:
        moment = datetime(int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        raise _unreadable() from None
    if not text.startswith(_DAYS[moment.weekday()]):
        raise _unreadable()
    return moment


def _read_epoch(text: str, unit: timedelta) -> datetime:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise _unreadable()
    try:
        return _START + unit * int(text)
    except OverflowError:
        raise _unreadable() from None


def _unreadable() -> EvaluationError:
    return EvaluationError("时间格式不符", "not a moment in the expected form")
