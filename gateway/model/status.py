"""The status machine: where a case stands, who may say so, and how a partner's report changes it (domain page §4.2, §4.3)."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """Canonical statuses; the value is the code that is stored and sent."""

    DRAFT = "00"
    RECEIVED = "10"
    RECEPTION_SUPPLEMENT = "11"
    RECEPTION_RETURNED = "19"
    DISPATCHING = "20"
    DISPATCHED = "21"
    DISPATCH_FAILED = "22"
    PRECHECK = "30"
    SUPPLEMENT_REQUIRED = "40"
    SUPPLEMENT_SENT = "41"
    ACCEPTED = "50"
    NOT_ACCEPTED = "51"
    IN_REVIEW = "60"
    SUSPENDED = "61"
    APPROVED = "70"
    DENIED = "71"
    FORWARDED = "75"
    DELIVERING = "80"
    DELIVERY_FAILED = "81"
    COMPLETED = "90"
    WITHDRAWN = "91"
    TERMINATED = "92"
    VOIDED = "93"
    REVOKED = "95"

    @property
    def zh(self) -> str:
        """What a clerk reads."""
        return _ZH[self]

    @property
    def terminal(self) -> bool:
        """Whether the case is handled."""
        return self in _TERMINAL

    @property
    def withdrawable(self) -> bool:
        """Whether nothing is decided yet, so that the applicant may still withdraw."""
        return self in _WITHDRAWABLE


class Owner(StrEnum):
    """Who may cause a status."""

    RECEPTION = "reception"
    GATEWAY = "gateway"
    HANDLING = "handling"
    APPLICANT = "applicant"


class VoidReason(StrEnum):
    """Why a case is void (作废)."""

    DUPLICATE = "duplicate"
    MISTAKEN = "mistaken"
    TEST = "test"


class Decision(StrEnum):
    """What the authority decided."""

    APPROVED = "approved"
    DENIED = "denied"


S = Status
_ZH = {
    S.DRAFT: "暂存", S.RECEIVED: "已收件", S.RECEPTION_SUPPLEMENT: "收件待补", S.RECEPTION_RETURNED: "收件退回", S.DISPATCHING: "转办中",
    S.DISPATCHED: "已转办", S.DISPATCH_FAILED: "转办失败", S.PRECHECK: "办理地复核", S.SUPPLEMENT_REQUIRED: "待补正",
    S.SUPPLEMENT_SENT: "补正已报送", S.ACCEPTED: "已受理", S.NOT_ACCEPTED: "不予受理", S.IN_REVIEW: "审批中", S.SUSPENDED: "特别程序",
    S.APPROVED: "办结(准予)", S.DENIED: "办结(不予许可)", S.FORWARDED: "转报", S.DELIVERING: "送达中", S.DELIVERY_FAILED: "送达失败",
    S.COMPLETED: "已送达办结", S.WITHDRAWN: "已撤件", S.TERMINATED: "终止办理", S.VOIDED: "作废", S.REVOKED: "撤销",
}  # fmt: skip
_TERMINAL = frozenset({S.RECEPTION_RETURNED, S.NOT_ACCEPTED, S.COMPLETED, S.WITHDRAWN, S.TERMINATED, S.VOIDED, S.REVOKED})
_WITHDRAWABLE = frozenset(
    {S.RECEIVED, S.RECEPTION_SUPPLEMENT, S.DISPATCHING, S.DISPATCHED, S.DISPATCH_FAILED, S.PRECHECK, S.SUPPLEMENT_REQUIRED,
     S.SUPPLEMENT_SENT, S.ACCEPTED, S.IN_REVIEW, S.SUSPENDED}
)  # fmt: skip
TRANSITIONS: dict[Status, frozenset[Status]] = {
    S.DRAFT: frozenset({S.RECEIVED, S.VOIDED}),
    S.RECEIVED: frozenset({S.RECEPTION_SUPPLEMENT, S.RECEPTION_RETURNED, S.DISPATCHING, S.VOIDED}),
    S.RECEPTION_SUPPLEMENT: frozenset({S.RECEIVED, S.RECEPTION_RETURNED, S.VOIDED}),
    S.DISPATCHING: frozenset({S.DISPATCHED, S.DISPATCH_FAILED, S.VOIDED}),
    S.DISPATCHED: frozenset({S.PRECHECK, S.SUPPLEMENT_REQUIRED, S.ACCEPTED, S.NOT_ACCEPTED, S.TERMINATED}),
    S.DISPATCH_FAILED: frozenset({S.DISPATCHING, S.DISPATCHED, S.RECEPTION_RETURNED, S.VOIDED}),
    S.PRECHECK: frozenset({S.SUPPLEMENT_REQUIRED, S.ACCEPTED, S.NOT_ACCEPTED, S.TERMINATED}),
    S.SUPPLEMENT_REQUIRED: frozenset({S.SUPPLEMENT_SENT, S.TERMINATED}),
    S.SUPPLEMENT_SENT: frozenset({S.PRECHECK, S.ACCEPTED, S.IN_REVIEW, S.SUPPLEMENT_REQUIRED, S.NOT_ACCEPTED, S.TERMINATED}),
    S.ACCEPTED: frozenset({S.IN_REVIEW, S.APPROVED, S.DENIED}),
    S.IN_REVIEW: frozenset({S.SUSPENDED, S.SUPPLEMENT_REQUIRED, S.APPROVED, S.DENIED, S.FORWARDED}),
    S.SUSPENDED: frozenset({S.IN_REVIEW}),
    S.FORWARDED: frozenset({S.IN_REVIEW, S.APPROVED, S.DENIED}),
    S.APPROVED: frozenset({S.DELIVERING, S.COMPLETED}),
    S.DENIED: frozenset({S.DELIVERING, S.COMPLETED}),
    S.DELIVERING: frozenset({S.COMPLETED, S.DELIVERY_FAILED}),
    S.DELIVERY_FAILED: frozenset({S.DELIVERING, S.COMPLETED}),
    S.COMPLETED: frozenset({S.REVOKED}),
} | {status: frozenset() for status in _TERMINAL - {S.COMPLETED}}
for _from in _WITHDRAWABLE:
    # After dispatch both only with the partner's word: flow asks for it.
    TRANSITIONS[_from] |= {S.WITHDRAWN, S.VOIDED}
for _from in (S.DISPATCHED, S.PRECHECK):
    # Not theirs, they say before accepting: the case goes on to the competent place.
    TRANSITIONS[_from] |= {S.DISPATCHING}
RECEPTION_MAY = frozenset({S.RECEIVED, S.RECEPTION_SUPPLEMENT, S.RECEPTION_RETURNED, S.DISPATCHING, S.SUPPLEMENT_SENT, S.DELIVERING})
"""What a reception place may cause; it can never accept, refuse or decide (收受分离)."""
_APPLICANT_MAY = frozenset({S.RECEIVED, S.SUPPLEMENT_SENT, S.WITHDRAWN})
_INFERABLE = frozenset({S.DISPATCHED, S.SUPPLEMENT_SENT, S.ACCEPTED, S.IN_REVIEW})
"""Stages a partner may have skipped telling; a decision or a terminal status is never inferred.

A supplement counts among them: the applicant may hand it to the authority directly, and then only what follows is told."""


def may_cause(actor: str, status: Status) -> bool:
    """Whether that actor may bring a case to that status; the handling place, the gateway on its word, and the administrator may all."""
    if actor == Owner.RECEPTION:
        return status in RECEPTION_MAY
    return status in _APPLICANT_MAY if actor == Owner.APPLICANT else True


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of the machine. inferred: the partner never said it, a later report implies it."""

    before: Status
    after: Status
    inferred: bool = False


class Effect(StrEnum):
    """What a report does to a case."""

    ADVANCE = "advance"
    DUPLICATE = "duplicate"
    LATE = "late"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Folding:
    """A report folded into a case: what it does and the transitions it causes, in order."""

    effect: Effect
    transitions: tuple[Transition, ...] = ()


def fold(current: Status, since: datetime, reported: Status, at: datetime | None) -> Folding:
    """Fold a handling place's report into a case that stands at `current` since `since`.

    A report of the same status is a duplicate. One that can be reached, through skipped stages if need be, advances; of a reversal pair
    (supplement, suspension) only a report that is not older than the current status does, whichever of the two was heard first.
    Everything else came late and changes nothing.
    """
    if reported == current:
        return Folding(Effect.DUPLICATE)
    path = _path(current, reported)
    if path is None:
        return Folding(Effect.LATE)
    paired = current in _REVERSED and reported in _STAGES and (current in _BREAKS or reported in _BREAKS)
    if (paired or _RANK[reported] < _RANK[current]) and at is not None and at < since:
        return Folding(Effect.LATE)
    return Folding(Effect.ADVANCE, path)


def follows(current: Status, reported: Status) -> bool:
    """Whether a status can come after another at all, through skipped stages if need be."""
    return _path(current, reported) is not None


def _path(start: Status, goal: Status) -> tuple[Transition, ...] | None:
    """The shortest way from start to goal through inferable stages only."""
    queue = deque([(start, ())])  # type: deque[tuple[Status, tuple[Transition, ...]]]
    seen = {start}
    while queue:
        here, path = queue.popleft()
        if goal in TRANSITIONS[here]:
            return (*path, Transition(here, goal))
        for step in sorted(TRANSITIONS[here] & _INFERABLE - seen):
            if _RANK[step] > _RANK[here]:
                seen.add(step)
                queue.append((step, (*path, Transition(here, step, inferred=True))))
    return None


_BREAKS = frozenset({S.SUPPLEMENT_REQUIRED, S.SUPPLEMENT_SENT, S.SUSPENDED})
"""Where the authority's work rests; what ends such a rest and what it began from may be the same stage."""
_STAGES = _BREAKS | {S.PRECHECK, S.ACCEPTED, S.IN_REVIEW, S.FORWARDED}
_REVERSED = frozenset({S.PRECHECK, S.IN_REVIEW}) | _BREAKS
"""Stages that only their moments can put in order; a decision or an end counts whenever it is heard, and so does all after arrival."""
_RANK = {status: int(status) for status in Status} | {S.DISPATCH_FAILED: int(S.DISPATCHING)}
"""How far a case has come; one we failed to dispatch has come no further than one we are still dispatching."""
