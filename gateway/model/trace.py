"""Who held a case from when to when: the trace of responsibility, read from its stays (domain page §7 no. 7)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .calendar import Calendar
from .status import Status
from .stays import Stay

S = Status


class Holder(StrEnum):
    """With whom a case lies: whose act it waits for."""

    RECEPTION = "reception"
    GATEWAY = "gateway"
    HANDLING = "handling"
    APPLICANT = "applicant"

    @property
    def zh(self) -> str:
        """What a clerk reads."""
        return _ZH[self]


_ZH = {Holder.RECEPTION: "收件地", Holder.GATEWAY: "通办网关", Holder.HANDLING: "办理地", Holder.APPLICANT: "申请人"}
_HELD = (
    dict.fromkeys((S.DRAFT, S.RECEIVED), Holder.RECEPTION)
    | dict.fromkeys((S.DISPATCHING, S.DISPATCH_FAILED), Holder.GATEWAY)
    | dict.fromkeys((S.RECEPTION_SUPPLEMENT, S.SUPPLEMENT_REQUIRED), Holder.APPLICANT)
)


def holder(status: Status) -> Holder | None:
    """Who holds a case that stands there; nobody once it is handled. What is not somebody else's is the handling place's."""
    return None if status.terminal else _HELD.get(status, Holder.HANDLING)


@dataclass(frozen=True, slots=True)
class Holding:
    """A stretch of time in one hand. stays: what happened in it; until None: it lies there still.

    calendar_time: by the clock on the wall; working_time: the part of it that fell on working days of the holder's place.
    """

    holder: Holder
    since: datetime
    until: datetime | None
    stays: tuple[Stay, ...]
    calendar_time: timedelta
    working_time: timedelta


def holdings(walked: Iterable[Stay], calendar_of: Callable[[Stay], Calendar], now: datetime) -> tuple[Holding, ...]:
    """The hands a case went through, in order; a change of status within one hand is no boundary.

    calendar_of: of the place that holds the case at a stay.
    """
    found: list[list[Stay]] = []
    for stay in walked:
        held = holder(stay.status)
        if held is None:
            continue
        if found and holder(found[-1][-1].status) is held and found[-1][-1].until == stay.since:
            found[-1].append(stay)
        else:
            found.append([stay])
    return tuple(_holding(tuple(group), calendar_of, now) for group in found)


def _holding(group: tuple[Stay, ...], calendar_of: Callable[[Stay], Calendar], now: datetime) -> Holding:
    held = holder(group[0].status)
    assert held is not None
    since, until = group[0].since, group[-1].until
    end = until or max(now, since)
    return Holding(held, since, until, group, end - since, calendar_of(group[0]).time_between(since, end))
