"""办不成事: what needs a person, opened once and never dropped; it is closed unseen only when there is nothing left to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.model import Status
from gateway.store import CaseRecord, Tx

WITHDRAW_BY_HAND = "withdraw-by-hand"
FORWARD_CIRCLE, FORWARD_NO_ROUTE = "forward-circle", "forward-no-route"
_ABOUT_AN_OPEN_CASE = (
    "refused", "unsure", "exhausted", "no-partner", "partner-lost-case", "query-refused",
    "notice-without-items", "answer-overtaken", "supplement-refused", WITHDRAW_BY_HAND,
)  # fmt: skip
_ABOUT_THE_WAY = (FORWARD_CIRCLE, FORWARD_NO_ROUTE)
_GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Ticket:
    """kind: what sort of trouble, one open ticket a case and kind; reason: short and stable, never content."""

    kind: str
    reason: str
    detail: Mapping[str, str | int | bool | None] = field(default_factory=dict)


def open_ticket(tx: Tx, case_id: int | None, ticket: Ticket, now: datetime) -> None:
    """Open it, unless the same trouble is already in somebody's hands."""
    tx.tickets.open(case_id, ticket.kind, ticket.reason, now, ticket.detail)


def close_of_ended(tx: Tx, case: CaseRecord, now: datetime) -> None:
    """Close the tickets of an ended case that ask for what can no longer be done.

    Those that speak of trouble with a partner, of a time limit or of the gateway itself stay. After a refusal to accept (51) the
    applicant files anew at the office that was named: the way there is still somebody's task.
    """
    kinds = _ABOUT_AN_OPEN_CASE if case.status is Status.NOT_ACCEPTED else _ABOUT_AN_OPEN_CASE + _ABOUT_THE_WAY
    tx.tickets.close_moot(case.id, kinds, _GATEWAY, now, "case-ended")


def close_wish(tx: Tx, case: CaseRecord, now: datetime) -> None:
    """Nobody has to tell the partner any more that the applicant withdraws, for the wish was taken back."""
    tx.tickets.close_moot(case.id, (WITHDRAW_BY_HAND,), _GATEWAY, now, "taken-back")
