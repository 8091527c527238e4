"""Retry schedules are data; the arithmetic is pure. tenacity's wait strategies compute, the store keeps what they computed."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenacity import RetryCallState, wait_chain, wait_fixed

from .calendar import add_working_days

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_WORKING_DAYS = re.compile(r"(\d+) working days?")
LEAST_GIVE_UP = timedelta(hours=72)
RETRY_AFTER_CAP = timedelta(hours=6)


def duration(text: str) -> timedelta:
    """A duration with its unit: 200ms, 10s, 5m, 2h, 3d. Raises ValueError otherwise."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError("a duration is a number with its unit: 200ms, 10s, 5m, 2h, 3d")
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


@dataclass(frozen=True, slots=True)
class Schedule:
    """Intervals between tries; the last one repeats. jitter is a share of the interval, both ways."""

    intervals: tuple[timedelta, ...]
    jitter: float
    give_up_working_days: int

    def delay(self, tries: int, luck: float, asked: timedelta | None = None) -> timedelta:
        """The wait after the tries-th try (from 1).

        luck in [0, 1) spreads the jitter; asked is the partner's Retry-After, obeyed up to a cap.
        """
        state = RetryCallState(retry_object=None, fn=None, args=(), kwargs={})  # type: ignore[arg-type]
        state.attempt_number = max(1, tries)
        seconds = wait_chain(*(wait_fixed(interval) for interval in self.intervals))(state)
        spread = timedelta(seconds=seconds * (1 + self.jitter * (2 * luck - 1)))
        return max(spread, min(asked, RETRY_AFTER_CAP)) if asked else spread

    def gives_up_at(self, first_try: datetime) -> datetime:
        """When to stop and call a person: the working days given, and never under 72 hours."""
        return max(add_working_days(first_try, self.give_up_working_days), first_try + LEAST_GIVE_UP)


def working_days(text: str) -> int:
    """The number in '3 working days'. Raises ValueError otherwise."""
    match = _WORKING_DAYS.fullmatch(text.strip())
    if match is None:
        raise ValueError("give_up_after is written '3 working days'")
    return int(match[1])


RELAY_SCHEDULE = Schedule(
    tuple(duration(text) for text in ("5s", "30s", "2m", "10m", "30m", "2h", "5h", "10h")), jitter=0.2, give_up_working_days=4
)
"""How often a hall that does not answer is told again: Standard Webhooks' example span, in our working days."""
