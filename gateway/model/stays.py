"""Where a case stood from when to when, from its events: what clocks and the trace of responsibility are read from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from .status import Status

FORWARDED = "case.forwarded"
"""The event by which a case goes on to another place; its detail says from where and to where."""


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
    """One stay at a status. until None: it stands there still; actor: who brought it there; inferred: the partner never said so.

    forwarded_to: the place that the case had gone on to by then; None: it was still the one's that it was filed for.
    """

    status: Status
    since: datetime
    until: datetime | None
    actor: str
    inferred: bool
    forwarded_to: str | None = None


def stays(events: Iterable[CaseEvent]) -> tuple[Stay, ...]:
    """The stays of a case in order, without gaps.

    Moments are the events' own, kept in order: a partner's clock that runs ahead counts as the moment we heard of it, and one that
    lags, or that tells only days, cannot put a stay before the one it followed.
    """
    found: list[Stay] = []
    place: str | None = None
    for event in events:
        if event.type == FORWARDED:
            place = str(event.detail["to"])
        if event.after is None:
            continue
        at = moment(event)
        if found:
            at = max(at, found[-1].since)
            found[-1] = replace(found[-1], until=at)
        found.append(Stay(Status(event.after), at, None, event.actor, event.inferred, place))
    return tuple(found)


def moment(event: CaseEvent) -> datetime:
    """When it happened: never later than when we heard of it."""
    return min(event.occurred_at, event.recorded_at)
