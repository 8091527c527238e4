"""A case's standing: how reports and the gateway's own acts change it, under the row's lock, and how it is settled when it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.model import (
    Decision,
    Effect,
    Report,
    Standing,
    Status,
    Transition,
    fold,
    may_cause,
    steps_to,
    whole_of,
)
from gateway.store import CaseRecord, JobKind, NewEvent, Tx

from .clocks import arm
from .settlement import settle_case
from .tickets import close_of_ended

UNSENT = frozenset({Status.RECEIVED, Status.DISPATCHING, Status.DISPATCH_FAILED})
"""Where a case stands while nothing says that the partner has it."""
_DECISIONS = {Status.APPROVED: Decision.APPROVED, Status.DENIED: Decision.DENIED}


@dataclass(frozen=True, slots=True)
class Cause:
    """Who or what changes a case. opinion_sealed: the authority's words."""

    actor: str
    occurred_at: datetime
    recorded_at: datetime
    place: str | None = None
    partner_code: str | None = None
    report_id: int | None = None
    opinion_sealed: bytes | None = None
    detail: Mapping[str, str | int | bool | None] | None = None


class NotTheirsError(ValueError):
    """Somebody tried to bring a case to a status that is another's to cause: an error of ours, never an answer to a caller."""


def advance(tx: Tx, case: CaseRecord, reported: Status, cause: Cause, *, report_time: datetime | None) -> tuple[Effect, CaseRecord]:
    """Fold a status into a locked case: its events, its new standing, the hall's news, its clocks, and the ledger when it ends.

    The whole of a joint case follows its part.
    Raises NotTheirsError when the status is not the actor's to cause (收受分离); then nothing has changed.
    """
    folding = fold(Status(case.status), _spoken_since(tx, case), reported, report_time)
    if not all(may_cause(cause.actor, transition.after) for transition in folding.transitions):
        raise NotTheirsError(f"{cause.actor} may not bring a case to {reported.value}")
    if folding.transitions:
        # The caller may have entered events since it locked the case.
        case = tx.cases.lock(case.id)
    for transition in folding.transitions:
        case = _step(tx, case, transition, cause, _DECISIONS.get(transition.after))
    if folding.effect is Effect.ADVANCE:
        _moved(tx, case, cause.recorded_at)
        if case.parent_id is not None:
            _bring_along(tx, tx.cases.lock(case.parent_id), case, cause)
    return folding.effect, case


def _step(tx: Tx, case: CaseRecord, transition: Transition, cause: Cause, decision: Decision | None) -> CaseRecord:
    """Enter one step of a case as it was just locked; the case as it is then. decision: what it brings, if any."""
    event = NewEvent(
        type="case.status-changed",
        before=transition.before.value,
        after=transition.after.value,
        actor=cause.actor,
        place=cause.place,
        inferred=transition.inferred,
        occurred_at=cause.occurred_at,
        recorded_at=cause.recorded_at,
        partner_code=cause.partner_code,
        report_id=cause.report_id,
        detail=cause.detail or {},
        opinion_sealed=None if transition.inferred else cause.opinion_sealed,
    )
    handled_at = cause.occurred_at if transition.after.terminal else None
    return tx.cases.move(case, event, decision=decision.value if decision else None, handled_at=handled_at)


def _moved(tx: Tx, case: CaseRecord, now: datetime) -> None:
    """What every change of a status entails."""
    tell_hall(tx, case, now)
    arm(tx, case, now)
    if Status(case.status).terminal:
        settle_case(tx, case, now)
        tx.rounds.close(case.id, now)
        close_of_ended(tx, case, now)


def _bring_along(tx: Tx, whole: CaseRecord, part: CaseRecord, cause: Cause) -> None:
    """Bring the whole of a joint case to where its parts stand now. It is locked after the part, so that no other part moves meanwhile."""
    told = whole_of([Standing(other.status, other.decision) for other in tx.cases.parts(whole.id)])
    # A report of one part may be older than the latest of another: the whole's own time never runs back.
    at = max(cause.occurred_at, whole.status_since)
    following = Cause("gateway", at, cause.recorded_at, detail={"part": part.number})
    steps = steps_to(whole.status, told.status)
    for transition in steps:
        whole = _step(tx, whole, transition, following, told.decision)
    if steps:
        _moved(tx, whole, cause.recorded_at)


def _spoken_since(tx: Tx, case: CaseRecord) -> datetime:
    """The moment that a report must not be older than; an answered notice counts from the notice, for the answer came by our clock."""
    rounds = tx.rounds.of_case(case.id) if case.status is Status.SUPPLEMENT_SENT else []
    return rounds[-1].issued_at if rounds else case.status_since


def append_and_tell(
    tx: Tx, case: CaseRecord, type: str, now: datetime, detail: Mapping[str, str | int | bool | None], opinion_sealed: bytes | None = None
) -> None:
    """Enter an event of the gateway's own that changes no status, and put it on its way to the hall."""
    event = NewEvent(
        type=type, before=None, after=None, actor="gateway", place=None, occurred_at=now, recorded_at=now, detail=detail,
        opinion_sealed=opinion_sealed,
    )  # fmt: skip
    tx.cases.append_event(case.id, event)
    tell_hall(tx, case, now)


def tell_hall(tx: Tx, case: CaseRecord, now: datetime) -> None:
    """Put the hall's news on the way; one job a case keeps them in order."""
    tx.jobs.enqueue(JobKind.RELAY, case.id, f"hall:{case.hall_id}", now)
    tx.wake()


def completes(report: Report) -> bool:
    """Whether a report hands over the decision too: the electronic result in it is the delivery (domain page §4.3, 70/71 → 90)."""
    return report.status in _DECISIONS and report.result is not None
