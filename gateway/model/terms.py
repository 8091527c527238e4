"""Limits of time, and what lengthens them: pauses and extensions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .matter import TimeLimit, TimeUnit


class CountsFrom(StrEnum):
    """From when the pre-check's five days run: a legal point that is open, so each agreement may say."""

    RECEPTION = "reception"
    ARRIVAL = "arrival"


class PauseKind(StrEnum):
    """Why time does not count (Administrative Licence Law, art. 45, and the supplement)."""

    SUPPLEMENT = "supplement"
    HEARING = "hearing"
    TENDER = "tender"
    AUCTION = "auction"
    INSPECTION = "inspection"
    TESTING = "testing"
    QUARANTINE = "quarantine"
    APPRAISAL = "appraisal"
    EXPERT_REVIEW = "expert-review"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Pause:
    """Time of the handling clock that does not count. end None: it lasts; notice: number of the written notice, None when none is known."""

    kind: PauseKind
    start: datetime
    end: datetime | None
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """The handling limit made longer, with the head's approval and reasons told (art. 42), by days of the limit's own unit."""

    days: int
    at: datetime


_FIVE, _TEN = (TimeLimit(value=days, unit=TimeUnit.WORKING_DAYS) for days in (5, 10))


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each clock may run; None: nobody has said. promised, statutory: of the matter's version the case was filed under."""

    promised: TimeLimit | None = None
    statutory: TimeLimit | None = None
    reception: TimeLimit | None = None
    precheck: TimeLimit = _FIVE
    delivery: TimeLimit = _TEN
    counts_from: CountsFrom = CountsFrom.ARRIVAL


def longer(limit: TimeLimit | None, extensions: Iterable[Extension]) -> TimeLimit | None:
    """The limit with its extensions."""
    days = sum(extension.days for extension in extensions)
    if limit is None or days == 0:
        return limit
    return TimeLimit(value=limit.value + (days * 24 if limit.unit is TimeUnit.HOURS else days), unit=limit.unit)
