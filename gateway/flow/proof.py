"""What the answer to a query proves of a call whose own answer is missing: one rule, for deliveries and for conformance runs."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from gateway.model import (
    ON_DEMAND,
    SUPPLEMENT,
    UNKNOWN_CASE,
    WITHDRAW,
    CaseFacts,
    Fault,
    Outcome,
    Received,
    Refused,
    Report,
    Status,
    Unsure,
    Verdict,
)

from .tracking import Numbered, concerns

UNTOLD: Final = Unsure("query-tells-nothing-of-it")
"""The partner has the case, and does not say whether it has what this later step brings."""
_SOME_NUMBER: Final = "0"


class Preparing(Protocol):
    """Of a partner: what its steps need."""

    def steps(self, matter: str) -> tuple[str, ...]:
        """As Partner.steps."""
        ...

    def has(self, matter: str, step: str) -> bool:
        """As Partner.has."""
        ...

    def prepare(self, step: str, facts: CaseFacts) -> tuple[Fault, ...]:
        """As Partner.prepare."""
        ...


def proved(
    step: str, case: Numbered, asked: Outcome, needy: Callable[[], bool], *, later: bool = False, notice_until: datetime | None = None
) -> Verdict | None:
    """The verdict on the step; None: it surely did not arrive.

    needy: whether the case cannot go on without the partner's number; asked only where that counts. later: steps of the submission came
    before it, so that a case which is there proves nothing of it. notice_until: the latest that the notice can be of which a supplement
    is the answer.
    """
    verdict = asked.verdict
    if not all(concerns(report, case) for report in asked.reports):
        return Unsure("another-case")
    told = [report for report in asked.reports if report.status is not None]
    if step in ON_DEMAND:
        return _of_answer(step, verdict, told, notice_until)
    if isinstance(verdict, Refused):
        return None if verdict.reason == UNKNOWN_CASE else Unsure("query-refused")
    if not isinstance(verdict, Received):
        return verdict
    # The number may stand in what is reported of the case, or come later.
    number = verdict.number or next((report.partner_number for report in asked.reports if report.partner_number), None)
    if later:
        return Received(number) if any(_in_hand(report) for report in told) else UNTOLD
    return Received(number) if number or (told and not needy()) else Unsure("query-without-number")


def needs_number(partner: Preparing, step: str, facts: CaseFacts) -> bool:
    """Whether a step after this one cannot be made without the partner's number."""
    steps = partner.steps(facts.matter)
    after = [*steps[steps.index(step) + 1 :], *(name for name in sorted(ON_DEMAND) if partner.has(facts.matter, name))]
    without, with_one = replace(facts, partner_number=None), replace(facts, partner_number=_SOME_NUMBER)
    return any(_more(partner.prepare(name, without), partner.prepare(name, with_one)) for name in after)


def _more(faults: Iterable[Fault], than: Iterable[Fault]) -> bool:
    known = list(than)
    return any(fault not in known for fault in faults)


def _in_hand(report: Report) -> bool:
    """Whether the authority has taken the case up, or ended it: then nothing of the submission is outstanding."""
    return report.status is not None and report.status >= Status.ACCEPTED  # the codes rise along the procedure


def _of_answer(step: str, verdict: Verdict, told: list[Report], notice_until: datetime | None) -> Verdict | None:
    """Of an errand after the submission. A partner that still waits for a supplement has not got it.

    A wish to withdraw is one wish however often it is told.
    """
    if not isinstance(verdict, Received):
        return Unsure("query-refused") if isinstance(verdict, Refused) else verdict
    if not told:
        return Unsure("query-without-status")
    latest = told[-1]
    if step == WITHDRAW:
        return Received() if latest.status is Status.WITHDRAWN else None
    assert step == SUPPLEMENT
    waits = latest.status is Status.SUPPLEMENT_REQUIRED and (latest.at is None or notice_until is None or latest.at <= notice_until)
    return None if waits else Received()
