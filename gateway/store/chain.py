"""Hash chains: each record's hash covers the one before it, so that a changed or missing record shows."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from .columns import canonical_json, microseconds
from .records import EventRecord

START = b""
"""What stands before the first record of a chain."""


def chain_hash(previous: bytes, record: Mapping[str, Any]) -> bytes:
    """SHA-256 over the previous hash and the record's canonical JSON; moments count as microseconds, bytes as their SHA-256."""
    return hashlib.sha256(previous + canonical_json({name: _plain(value) for name, value in record.items()}).encode("ascii")).digest()


def event_hash(previous: bytes, event: EventRecord) -> bytes:
    """The hash of one event of a case: over everything it says, the sealed opinion included, but its own hash."""
    return chain_hash(previous, {name: getattr(event, name) for name in _EVENT_FIELDS})


def verify_chain(events: Iterable[EventRecord]) -> bool:
    """Whether a case's events, from the first on and in order, are complete and unchanged."""
    head = START
    for number, event in enumerate(events, start=1):
        if event.seq != number or event_hash(head, event) != event.hash:
            return False
        head = event.hash
    return True


_EVENT_FIELDS = tuple(name for name in EventRecord.__slots__ if name != "hash")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, Mapping):
        return dict(value)
    return value
