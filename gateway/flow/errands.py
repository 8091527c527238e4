"""Errands: what is to be carried to the partner for a case, what is known of its tries, and what its end means.

The submission's steps come first. After them the applicant's wish to withdraw, then the answer to a supplement notice; one at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from itertools import takewhile
from typing import Final, Protocol

from gateway.model import (
    BUSY,
    CREDENTIALS,
    FORWARDED,
    SUPPLEMENT,
    WITHDRAW,
)
from gateway.store import AttemptRecord, CaseRecord, Tx

from .attempting import PERSON, QUERY
from .standing import UNSENT, append_and_tell

_TURNED_AWAY: Final = frozenset({("retry", BUSY), ("hold", CREDENTIALS)})
"""Verdicts, with their reasons, that do not rest on what a folder makes of an answer."""


class Procedure(Protocol):
    """What a partner has steps for: of the partner at work, or of a folder that is only read."""

    def steps(self, matter: str) -> tuple[str, ...]:
        """As Partner.steps."""
        ...

    def has(self, matter: str, step: str) -> bool:
        """As Partner.has."""
        ...


class Footing(Enum):
    """What must come before an errand's call."""

    CLEAR = auto()
    ASK_FIRST = auto()
    ASK_A_PERSON = auto()


@dataclass(frozen=True, slots=True)
class Errand:
    """A step to run, for a supplement round if it is about one.

    first: it makes the case at the partner; final: the partner has the case when the step has succeeded.
    """

    step: str
    round: int = 0
    first: bool = False
    final: bool = False

    @property
    def key(self) -> str:
        """The name under which its result is kept."""
        return f"{self.step}#{self.round}" if self.round else self.step

    @property
    def submits(self) -> bool:
        """Whether it belongs to the submission."""
        return self.step not in (SUPPLEMENT, WITHDRAW)


def next_errand(tx: Tx, case: CaseRecord, partner: Procedure) -> Errand | None:
    """What is to be carried next; None when nothing is, or the partner has no step for it."""
    if case.status in UNSENT:
        steps = partner.steps(case.matter)
        missing = (step for step in steps if tx.attempts.step(case.id, step) is None)
        return next((Errand(step, first=step == steps[0], final=step == steps[-1]) for step in missing), None)
    if case.status.terminal:
        return None
    wishes = case.withdrawal_requested_at is not None and case.decision is None
    if wishes and partner.has(case.matter, WITHDRAW) and tx.attempts.step(case.id, WITHDRAW) is None:
        return Errand(WITHDRAW)
    answered = unsent_answer(tx, case)
    return Errand(SUPPLEMENT, answered) if answered is not None and partner.has(case.matter, SUPPLEMENT) else None


def given_number(tx: Tx, case: CaseRecord, partner: Procedure) -> str | None:
    """The partner's number as a step of the submission gave it; None while none has."""
    results = (tx.attempts.step(case.id, step) for step in partner.steps(case.matter))
    return next((number for result in results if result is not None and (number := result.get("number"))), None)


def lacks_step(tx: Tx, case: CaseRecord, partner: Procedure) -> bool:
    """Whether something is to be carried for which the partner has no step."""
    if case.status in UNSENT:
        return not partner.steps(case.matter)
    return unsent_answer(tx, case) is not None and not partner.has(case.matter, SUPPLEMENT)


def unsent_answer(tx: Tx, case: CaseRecord) -> int | None:
    """The round whose answer the partner has not got yet; None when there is none."""
    waiting = (record.round for record in tx.rounds.of_case(case.id) if record.answered_at is not None and record.closed_at is None)
    return None if case.status.terminal else next(waiting, None)


def answered_at(tx: Tx, case: CaseRecord, round: int) -> datetime | None:
    """When the hall gave its answer to the round's notice, as it is now."""
    return next((record.answered_at for record in tx.rounds.of_case(case.id) if record.round == round), None)


def carried(tx: Tx, case: CaseRecord, errand: Errand, now: datetime) -> None:
    """The partner has the hall's answer to its notice, or the applicant's wish to withdraw; what becomes of it, it will report."""
    if errand.step == SUPPLEMENT:
        tx.rounds.receive(case.id, errand.round, now)
        append_and_tell(tx, case, "case.supplement-received", now, {"round": errand.round})
    else:
        append_and_tell(tx, case, "case.withdrawal-sent", now, {})


def tries_at(tx: Tx, case: CaseRecord, errand: Errand) -> list[AttemptRecord]:
    """The attempts at the errand at the case's partner, latest first.

    Of a submission, those at whichever step has no result, whatever the folder called it then. Of an answer to a notice, those that
    carried it as it is now: one that was refused, and given anew, is another message.
    """

    def fits(attempt: AttemptRecord) -> bool:
        made = Errand(attempt.step, attempt.round)
        if attempt.step == QUERY or attempt.partner != case.partner or made.submits is not errand.submits:
            return False
        return made.key == errand.key or (errand.submits and tx.attempts.step(case.id, made.key) is None)

    tries = [attempt for attempt in reversed(tx.attempts.of_case(case.id)) if fits(attempt)]
    given = answered_at(tx, case, errand.round) if errand.round else None
    if given is None:
        return tries
    # Only a refusal lets the hall answer anew. A call whose end is unknown is never left out for its time: clocks of two machines differ.
    return list(takewhile(lambda attempt: not (attempt.verdict == "refused" and attempt.begun_at <= given), tries))


def lost(attempt: AttemptRecord) -> bool:
    """Whether its answer never came, or said too little."""
    return attempt.finished_at is None or attempt.verdict == "unsure"


def in_doubt(tx: Tx, case: CaseRecord, tries: Sequence[AttemptRecord], mapping_hash: str | None) -> AttemptRecord | None:
    """The latest of an errand's attempts by which the partner perhaps has it, by all that the folder in force can say; None: none.

    An attempt whose answer is missing is one. So is every attempt that left under another version of the folder: what that one read in
    the answer may have been its error. An attempt under the version in force was not begun before this was settled, and a person who
    answers for the errand settles it too.
    """
    for made in tries:
        if lost(made):
            return made
        if made.worker == PERSON or made.verdict == "received" or made.mapping_hash == mapping_hash:
            return None
        if made.perhaps_sent and (made.verdict, made.reason) not in _TURNED_AWAY:
            return None if _forwarded_since(tx, case, made) else made
    return None


def footing(resend: str, doubt: AttemptRecord | None) -> Footing:
    """What must come before the errand's call. resend: the folder's; doubt: as of in_doubt."""
    if doubt is None or resend == "idempotent":
        return Footing.CLEAR
    return Footing.ASK_FIRST if resend == "query" else Footing.ASK_A_PERSON


def repeats(tries: Sequence[AttemptRecord], mapping_hash: str) -> bool:
    """Whether the errand's next message only says again what one said that perhaps left. tries: as of tries_at."""
    left = next((made for made in tries if made.perhaps_sent), None)
    return left is not None and left.mapping_hash == mapping_hash and left.verdict not in ("refused", "received")


def _forwarded_since(tx: Tx, case: CaseRecord, made: AttemptRecord) -> bool:
    """Whether the attempt was for a place that the case has left since; the partner may be the same."""
    return any(event.type == FORWARDED and event.recorded_at > made.begun_at for event in tx.cases.events(case.id))
