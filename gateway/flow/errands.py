"""Errands: what is to be carried to the partner for a case, what a query proves about it, and what its end means.

The submission's steps come first. After them the applicant's wish to withdraw, then the answer to a supplement notice; one at a time.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.model import (
    SUPPLEMENT,
    WITHDRAW,
    Outcome,
    Partner,
    Received,
    Refused,
    Status,
    Unsure,
    Verdict,
)
from gateway.store import AttemptRecord, CaseRecord, RoundRecord, Tx

from .attempting import QUERY
from .standing import UNSENT, append_and_tell


@dataclass(frozen=True, slots=True)
class Errand:
    """A step to run, for a supplement round if it is about one. final: the partner has the case when the step has succeeded."""

    step: str
    round: int = 0
    final: bool = False

    @property
    def key(self) -> str:
        """The name under which its result is kept."""
        return f"{self.step}#{self.round}" if self.round else self.step

    @property
    def submits(self) -> bool:
        """Whether it belongs to the submission."""
        return self.step not in (SUPPLEMENT, WITHDRAW)


def next_errand(tx: Tx, case: CaseRecord, partner: Partner) -> Errand | None:
    """What is to be carried next; None when nothing is, or the partner has no step for it."""
    if case.status in UNSENT:
        steps = partner.steps(case.matter)
        missing = (step for step in steps if tx.attempts.step(case.id, step) is None)
        return next((Errand(step, final=step == steps[-1]) for step in missing), None)
    if case.status.terminal:
        return None
    wishes = case.withdrawal_requested_at is not None and case.decision is None
    if wishes and partner.has(case.matter, WITHDRAW) and tx.attempts.step(case.id, WITHDRAW) is None:
        return Errand(WITHDRAW)
    answered = unsent_answer(tx, case)
    return Errand(SUPPLEMENT, answered) if answered is not None and partner.has(case.matter, SUPPLEMENT) else None


def unsent_answer(tx: Tx, case: CaseRecord) -> int | None:
    """The round whose answer the partner has not got yet; None when there is none."""
    waiting = (record.round for record in tx.rounds.of_case(case.id) if record.answered_at is not None and record.closed_at is None)
    return None if case.status.terminal else next(waiting, None)


def carried(tx: Tx, case: CaseRecord, errand: Errand, now: datetime) -> None:
    """The partner has the hall's answer to its notice, or the applicant's wish to withdraw; what becomes of it, it will report."""
    if errand.step == SUPPLEMENT:
        tx.rounds.receive(case.id, errand.round, now)
        append_and_tell(tx, case, "case.supplement-received", now, {"round": errand.round})
    else:
        append_and_tell(tx, case, "case.withdrawal-sent", now, {})


def last_attempt(tx: Tx, case: CaseRecord, errand: Errand) -> AttemptRecord | None:
    """The latest attempt at the errand; of a submission, at whichever step has no result, whatever the folder called it then."""
    for attempt in reversed(tx.attempts.of_case(case.id)):
        made = Errand(attempt.step, attempt.round)
        if attempt.step == QUERY or made.submits is not errand.submits:
            continue
        if made.key == errand.key or (errand.submits and tx.attempts.step(case.id, made.key) is None):
            return attempt
    return None


def as_answer(errand: Errand, asked: Outcome, round: RoundRecord | None) -> Verdict | None:
    """What the answer to a query says of an errand after the submission whose own answer was lost; None: it surely did not arrive.

    A partner that still waits for a supplement has not got it. A wish to withdraw
    is one wish however often it is told.
    """
    verdict = asked.verdict
    if not isinstance(verdict, Received):
        return Unsure("query-refused") if isinstance(verdict, Refused) else verdict
    told = [report for report in asked.reports if report.status is not None]
    if not told:
        return Unsure("query-without-status")
    if errand.step == WITHDRAW:
        return Received() if told[-1].status is Status.WITHDRAWN else None
    assert round is not None
    latest = told[-1]
    waits = latest.status is Status.SUPPLEMENT_REQUIRED and (latest.at is None or latest.at <= round.issued_at)
    return None if waits else Received()
