"""What a sender may do with a case after submitting it: answer a notice, ask for it back. The rules, in no protocol's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mock_partners.cases import Case, Cases
from mock_partners.life import TERMINAL
from mock_partners.notices import Supplement, supplement_digest


class Ground(StrEnum):
    """Why a request about a case is declined."""

    UNKNOWN = "unknown"
    NOT_WAITING = "not-waiting"
    MISMATCH = "mismatch"
    ENDED = "ended"


class DeclinedError(Exception):
    """A request about a case that cannot be met as things stand."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.ground = ground


@dataclass(frozen=True)
class Answer:
    """A sender's answer to a notice, whose number it may name: (item, reply or None) as listed, (item, content) of each file."""

    notice: str | None
    replies: tuple[tuple[str, str | None], ...]
    files: tuple[tuple[str, bytes], ...]


def case_of(cases: Cases, outer: str, number: str) -> Case:
    """The case that has both numbers; raises DeclinedError when none has."""
    case = cases.by_number(number)
    if case is None or case.outer != outer:
        raise DeclinedError(Ground.UNKNOWN)
    return case


def take_supplement(cases: Cases, case: Case, answer: Answer) -> None:
    """Take an answer that fits the notice item by item; raises DeclinedError."""
    notice = case.now.notice
    if notice is None:
        raise DeclinedError(Ground.NOT_WAITING)
    replies = dict(answer.replies)
    asked = {item.number for item in notice.items}
    sent = {item for item, _ in answer.files}
    complete = replies.keys() == asked and len(replies) == len(answer.replies) and sent <= asked
    if not complete or _unanswered(replies, sent) or answer.notice not in (None, notice.number):
        raise DeclinedError(Ground.MISMATCH)
    said = [(item, reply.encode()) for item, reply in answer.replies if reply is not None]
    digest = supplement_digest([*said, *answer.files])
    cases.supplement(case, Supplement(notice.round, tuple(sorted(asked)), digest))


def take_withdrawal(cases: Cases, case: Case) -> None:
    """Take the wish to withdraw a case; once is enough. Raises DeclinedError when the case has ended."""
    if case.now.stage in TERMINAL:
        raise DeclinedError(Ground.ENDED)
    if case.withdrawal is None:
        cases.withdraw(case)


def _unanswered(replies: Mapping[str, str | None], sent: set[str]) -> bool:
    return any(reply is None and item not in sent for item, reply in replies.items())
