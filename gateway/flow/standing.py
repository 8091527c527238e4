"""A case's standing: how reports and the gateway's own acts change it, under the row's lock, and how it is settled when it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.model import (
    CaseResult,
    Decision,
    Effect,
    Kind,
    Report,
    Status,
    case_result,
    china_day,
    fold,
    settle,
)
from gateway.store import CaseRecord, JobKind, LedgerEntry, NewEvent, Tx

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


def advance(tx: Tx, case: CaseRecord, reported: Status, cause: Cause, *, report_time: datetime | None) -> tuple[Effect, CaseRecord]:
    """Fold a status into a locked case: its events, its new standing, the hall's news, and the ledger when it ends."""
    folding = fold(Status(case.status), case.status_since, reported, report_time)
    for transition in folding.transitions:
        decision = _DECISIONS.get(transition.after, Decision(case.decision) if case.decision else None)
        handled_at = cause.occurred_at if transition.after.terminal else None
        tx.cases.append_event(
            case.id,
            NewEvent(
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
            ),
        )
        tx.cases.advance(
            case.id, transition.after.value, cause.occurred_at, decision=decision.value if decision else None, handled_at=handled_at
        )
        case = tx.cases.lock(case.id)
    if folding.effect is Effect.ADVANCE:
        tell_hall(tx, case, cause.recorded_at)
        if Status(case.status).terminal:
            settle_case(tx, case, cause.recorded_at)
    return folding.effect, case


def tell_hall(tx: Tx, case: CaseRecord, now: datetime) -> None:
    """Put the hall's news on the way; one job a case keeps them in order."""
    tx.jobs.enqueue(JobKind.RELAY, case.id, f"hall:{case.hall_id}", now)
    tx.wake()


def settle_case(tx: Tx, case: CaseRecord, now: datetime) -> None:
    """Write a handled case's line into the ledger, once: the baseline is the one that was valid when the case was filed."""
    result: CaseResult = case_result(Status(case.status), Decision(case.decision) if case.decision else None)
    baseline = tx.agreements.baseline(case.destination, case.matter, case.applicant_class, china_day(case.received_at))
    line = settle(
        result,
        tx.cases.visits(case.id),
        baseline,
        origin=case.origin,
        destination=case.destination,
        query=case.kind == Kind.QUERY,
        test=case.is_test,
    )
    tx.ledger.append(
        LedgerEntry(
            case_id=case.id,
            kind="settlement",
            origin=case.origin,
            destination=case.destination,
            matter=case.matter,
            mode=case.mode,
            applicant_class=case.applicant_class,
            result=line.result.value,
            baseline_id=baseline.id if baseline else None,
            baseline=baseline.trips if baseline else None,
            baseline_long=baseline.long_trips if baseline else None,
            actual=line.actual,
            actual_long=line.actual_long,
            eligible=line.eligible,
            why_not=line.why_not,
            settled_at=now,
        )
    )


def completes(report: Report) -> bool:
    """Whether a report hands over the decision too: the electronic result in it is the delivery (domain page §4.3, 70/71 → 90)."""
    return report.status in _DECISIONS and report.result is not None
