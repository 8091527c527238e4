"""What a person decides about a case that waits for one: send it again, or enter what the partner said when asked by other means."""

from datetime import datetime

from gateway.model import Status
from gateway.store import AttemptRecord, CaseRecord, JobKind, TicketRecord, Tx

from .attempting import PERSON, QUERY
from .errands import Errand, carried, unsent_answer
from .standing import UNSENT, Cause, advance

_DELIVERY = frozenset({"no-partner", "unsure", "refused", "exhausted", "crashed:deliver"})


def run_again(tx: Tx, ticket: TicketRecord, now: datetime, *, asked: bool = True) -> bool:
    """Let the ticket's parked job run again; False when it has none.

    asked: of an unsure case, somebody asked the partner, and says by this that it has nothing: that is entered, since nobody may send
    again what perhaps arrived. Without it the delivery finds the answer lost, as it was.
    """
    kind = _job_of(ticket)
    case = tx.cases.lock(ticket.case_id) if kind is not None and ticket.case_id is not None else None
    if kind is None or case is None or not tx.jobs.unpark(kind, case.id, now):
        return False
    last = _last_change(tx, case)
    if asked and ticket.kind == "unsure" and last is not None:
        _enter(tx, case, last, "retry", "not-arrived", now)
    if case.status is Status.DISPATCH_FAILED:
        advance(tx, case, Status.DISPATCHING, Cause("admin", now, now), report_time=None)
    tx.wake()
    return True


def enter_received(tx: Tx, ticket: TicketRecord, number: str, now: datetime) -> bool:
    """The partner has what was sent, the case under this number, as a person learned from it; False when no answer of its is missing."""
    case = tx.cases.lock(ticket.case_id) if ticket.case_id is not None else None
    last = _last_change(tx, case) if case is not None else None
    if ticket.kind not in _DELIVERY or case is None or last is None:
        return False
    errand = Errand(last.step, last.round)
    if not (case.partner_number is None if errand.submits else _missing(tx, case, errand)):
        return False
    attempt = _enter(tx, case, last, "received", "confirmed", now)
    tx.attempts.save_step(case.id, errand.key, {"number": number}, attempt, now)
    if not errand.submits:
        carried(tx, case, errand, now)
    else:
        tx.cases.set_partner_number(case.id, number, now)
    if case.status in UNSENT:
        advance(
            tx, tx.cases.lock(case.id), Status.DISPATCHED, Cause("admin", now, now, detail={"partner_number": number}), report_time=None
        )
    # The delivery finds that no step is left, and hands the case over to tracking.
    if not tx.jobs.unpark(JobKind.DELIVER, case.id, now):
        tx.jobs.enqueue(JobKind.DELIVER, case.id, case.partner, now)
    tx.wake()
    return True


def _job_of(ticket: TicketRecord) -> JobKind | None:
    """The kind of the job that was parked with the ticket."""
    if ticket.kind in _DELIVERY:
        return JobKind.DELIVER
    if ticket.kind == "relay-failed":
        return JobKind.RELAY
    kind, _, crashed = ticket.kind.partition(":")
    return JobKind(crashed) if kind == "crashed" else None


def _missing(tx: Tx, case: CaseRecord, errand: Errand) -> bool:
    """Whether an errand after the submission is still to be carried: the answer was not taken back, the wish not refused."""
    if case.status.terminal:
        return False
    return unsent_answer(tx, case) == errand.round if errand.round else case.withdrawal_requested_at is not None


def _last_change(tx: Tx, case: CaseRecord) -> AttemptRecord | None:
    """The latest attempt at a step that changes something, at the partner that the case is for."""
    made = (attempt for attempt in reversed(tx.attempts.of_case(case.id)) if attempt.partner == case.partner)
    return next((attempt for attempt in made if attempt.step != QUERY), None)


def _enter(tx: Tx, case: CaseRecord, last: AttemptRecord, verdict: str, reason: str, now: datetime) -> int:
    """An attempt at the same that a person made by other means; its id."""
    attempt = tx.attempts.begin(case.id, last.step, case.partner, case.mapping_hash, now, PERSON, round=last.round)
    tx.attempts.finish(attempt, now, verdict, reason, None, None, None, perhaps_sent=verdict == "received")
    return attempt
