"""办不成事: what needs a person, opened once and never dropped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.store import Tx


@dataclass(frozen=True, slots=True)
class Ticket:
    """kind: what sort of trouble, one open ticket a case and kind; reason: short and stable, never content."""

    kind: str
    reason: str
    detail: Mapping[str, str | int | bool | None] = field(default_factory=dict)


def open_ticket(tx: Tx, case_id: int | None, ticket: Ticket, now: datetime) -> None:
    """Open it, unless the same trouble is already in somebody's hands."""
    tx.tickets.open(case_id, ticket.kind, ticket.reason, now, ticket.detail)
