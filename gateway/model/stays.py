"""Where a case stood from when to when, from its events: what clocks and the trace of responsibility are read from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .status import Status


class CaseEvent(Protocol):
    """An event of a case's chain, as far as it matters here. after: the code of the status it led to, or None."""

    @property
    def type(self) -> str: ...
    @property
    def after(self) -> str | None: ...
    @property
    def actor(self) -> str: ...
    @property
    def inferred(self) -> bool: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def detail(self) -> Mapping[str, str | int | bool | None]: ...


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay at a status. until None: it stands there still; actor: who brought it there; inferred: the partner never said so."""

    status: Status
    since: datetime
    until: datetime | None
    actor: str
    inferred: bool


def stays(events: Iterable[CaseEvent]) -> tuple[Stay, ...]:
    """The stays of a case in order, without gaps.

    Moments are the events' own, kept in order: a partner's clock that runs ahead counts as the moment we heard of it, and one that
    lags, or that tells only days, cannot put a stay before the one it followed.
    """
    found: list[Stay] = []
    for event in events:
        if event.after is None:
            continue
        at = moment(event)
        if found:
            at = max(at, found[-1].since)
            found[-1] = _left(found[-1], at)
        found.append(Stay(Status(event.after), at, None, event.actor, event.inferred))
    return tuple(found)


def moment(event: CaseEvent) -> datetime:
    """When it happened: never later than when we heard of it."""
    return min(event.occurred_at, event.recorded_at)


def _left(stay: Stay, at: datetime) -> Stay:
    return Stay(stay.status, stay.since, at, stay.actor, stay.inferred)
