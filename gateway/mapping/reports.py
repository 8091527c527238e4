"""The report that a reading's values make: a status, a result, a notice, and whose the case is."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from gateway.model import REASONS, Blob, Notice, NoticeItem, Report, ResultDocument, Status, normalize_region

from .reading import ReadError

MAX_ITEMS: Final = 100
MAX_TEXT: Final = 2_000
"""Items of one notice and characters of each of its texts: what a person can be asked to answer."""
_REGION_WIDTHS: Final = (6, 9, 12)


def read_report(values: Mapping[str, Any]) -> Report:
    """The report that a reading's values make; status None when the code table does not know the code. Raises ReadError."""
    our_number, partner_number = _text(values, "our_number"), _text(values, "partner_number")
    code = _text(values, "code")
    if code is None or (our_number is None and partner_number is None):
        raise ReadError("reading.missing", "code" if code is None else "our_number")
    status = _text(values, "status")
    reason = _text(values, "reason")
    if status is not None and status not in frozenset(Status):
        raise ReadError("reading.value", "status")
    return Report(
        our_number,
        partner_number,
        code,
        None if status is None else Status(status),
        _moment(values, "at"),
        _text(values, "opinion"),
        _result(values.get("result")),
        reason if reason in REASONS else None,
        _notice(values.get("notice")),
        read_competent(values.get("competent")),
    )


def read_competent(value: Any) -> str | None:
    """The region whose office a partner names, six digits of 6, 9 or 12; None for anything else: who is competent is never guessed."""
    if not isinstance(value, str) or len(value) not in _REGION_WIDTHS:
        return None
    try:
        return normalize_region(value)
    except ValueError:
        return None


def _result(values: Mapping[str, Any] | None) -> ResultDocument | None:
    if values is None:
        return None
    name, media_type, content = _needed(values, "name"), _needed(values, "media_type"), values.get("content")
    if not isinstance(content, bytes):
        raise ReadError("reading.missing" if content is None else "reading.value", "result.content")
    file_name = _text(values, "file_name", "result") or name
    sha256 = hashlib.sha256(content).hexdigest()
    return ResultDocument(
        name, _text(values, "number", "result"), Blob(file_name, len(content), sha256, media_type, lambda: iter((content,)))
    )


def _needed(values: Mapping[str, Any], name: str) -> str:
    """What a result cannot be without."""
    value = _text(values, name, "result")
    if value is None:
        raise ReadError("reading.missing", f"result.{name}")
    return value


def _notice(values: Mapping[str, Any] | None) -> Notice | None:
    if values is None:
        return None
    items = values.get("items", [])
    if len(items) > MAX_ITEMS:
        raise ReadError("reading.value", "notice.items", "too many items")
    read = tuple(_item(item, place) for place, item in enumerate(items, start=1))
    return Notice(read, _bounded(values, "number", "notice"), _moment(values, "due", "notice"))


def _item(values: Mapping[str, Any], place: int) -> NoticeItem:
    under = f"notice.items[{place - 1}]"
    text = _bounded(values, "text", under)
    if text is None:
        raise ReadError("reading.missing", f"{under}.text")
    return NoticeItem(_bounded(values, "code", under) or str(place), text, _bounded(values, "material", under))


def _bounded(values: Mapping[str, Any], name: str, under: str) -> str | None:
    value = _text(values, name, under)
    if value is not None and len(value) > MAX_TEXT:
        raise ReadError("reading.value", f"{under}.{name}", "too long")
    return value


def _text(values: Mapping[str, Any], name: str, under: str = "") -> str | None:
    """A text, or None when absent, null or empty: an empty element says nothing."""
    value = values.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ReadError("reading.value", f"{under}.{name}".removeprefix("."))
    # A JSON number that came as its digits is a text like any other from here on.
    return str(value)


def _moment(values: Mapping[str, Any], name: str, under: str = "") -> datetime | None:
    value = values.get(name)
    if value is not None and not isinstance(value, datetime):
        raise ReadError("reading.value", f"{under}.{name}".removeprefix("."))
    return value
