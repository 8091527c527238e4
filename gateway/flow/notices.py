"""Supplement notices: what the authority asks for becomes a round of items, told once and answered whole (一次性告知, 补正)."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from gateway.model import Effect, Notice, NoticeItem, Report, Status, iso
from gateway.security import Sealer
from gateway.store import CaseRecord, NewEvent, RoundRecord, Tx

from .context import Context
from .tickets import Ticket, open_ticket

ASKED = frozenset({Status.SUPPLEMENT_REQUIRED, Status.SUPPLEMENT_SENT})
"""Where a case stands while a notice is open or its answer is looked at."""


def seal_notice(sealer: Sealer, number: str, round: int, notice: Notice) -> bytes:
    """The notice, sealed for this round: the authority's words may name people."""
    items = [[item.code, item.text, item.material] for item in notice.items]
    plain = {"number": notice.number, "due": notice.due.isoformat() if notice.due else None, "items": items}
    return sealer.seal(json.dumps(plain, ensure_ascii=False).encode(), _about(number, round))


def open_notice(sealer: Sealer, number: str, record: RoundRecord) -> Notice:
    """The notice of a round."""
    plain = json.loads(sealer.open(record.notice_sealed, _about(number, record.round)))
    items = tuple(NoticeItem(*item) for item in plain["items"])
    return Notice(items, plain["number"], datetime.fromisoformat(plain["due"]) if plain["due"] else None)


def take_notice(tx: Tx, ctx: Context, case: CaseRecord, report: Report, effect: Effect, now: datetime) -> bool:
    """Open a round for what a report asks, if it asks something new; whether it did. The case is locked, the report folded into it.

    A notice without items opens none: a person must get the list, nobody makes one up. A notice that asks for what no earlier one
    named breaks the rule that everything is asked for at once: the round, its event and a ticket say so.
    """
    if report.status is not Status.SUPPLEMENT_REQUIRED or case.status is not Status.SUPPLEMENT_REQUIRED or effect is Effect.LATE:
        return False
    rounds = tx.rounds.of_case(case.id)
    latest = rounds[-1] if rounds else None
    told = report.at or now
    if latest is not None and _told_before(ctx, case, latest, report, told):
        return False
    if report.notice is None or not report.notice.items:
        open_ticket(tx, case.id, Ticket("notice-without-items", "report", {"code": report.code}), now)
        return False
    number = latest.round + 1 if latest else 1
    named = {key for record in rounds for key in _keys(open_notice(ctx.sealer, case.number, record).items)}
    repeated = latest is not None and not _keys(report.notice.items) <= named
    sealed = seal_notice(ctx.sealer, case.number, number, report.notice)
    tx.rounds.open(RoundRecord(case.id, number, sealed, repeated, told, now))
    detail = {"round": number, "items": len(report.notice.items), "repeated": repeated}
    event = NewEvent(
        type="case.supplement-asked", before=None, after=None, actor="handling", place=case.destination, occurred_at=told, recorded_at=now,
        partner_code=report.code, detail=detail | ({"due": iso(report.notice.due)} if report.notice.due else {}),
    )  # fmt: skip
    tx.cases.append_event(case.id, event)
    if latest is not None and state_of(latest) == "sent":
        # What the hall answered is kept, and is carried no more: somebody must see whether the new notice still asks for it.
        open_ticket(tx, case.id, Ticket("answer-overtaken", "report", {"round": latest.round}), now)
    if repeated:
        open_ticket(tx, case.id, Ticket("second-notice", "report", {"round": number}), now)
    return True


def _told_before(ctx: Context, case: CaseRecord, latest: RoundRecord, report: Report, told: datetime) -> bool:
    """Whether a report brings no later notice than the latest. Of one moment, for partners tell the day only, the numbers differ."""
    if latest.issued_at == told and report.notice is not None and report.notice.number is not None:
        return report.notice.number == open_notice(ctx.sealer, case.number, latest).number
    return latest.issued_at >= told or (report.at is None and latest.answered_at is None and not latest.closed_at)


def round_document(sealer: Sealer, case: CaseRecord, record: RoundRecord) -> dict[str, Any]:
    """One round, as its hall sees it. state: open (to be answered), sent, received, or closed (no longer asked)."""
    notice = open_notice(sealer, case.number, record)
    return {
        "round": record.round,
        "state": state_of(record),
        "notice": notice.number,
        "issued_at": iso(record.issued_at),
        "due": iso(notice.due) if notice.due else None,
        "repeated": record.repeated,
        "items": [{"item": item.code, "text": item.text, "material": item.material} for item in notice.items],
        "answered_at": iso(record.answered_at) if record.answered_at else None,
        "received_at": iso(record.received_at) if record.received_at else None,
    }


def state_of(record: RoundRecord) -> str:
    """Where a round stands."""
    if record.received_at is not None:
        return "received"
    if record.closed_at is not None:
        return "closed"
    return "open" if record.answered_at is None else "sent"


def _keys(items: Iterable[NoticeItem]) -> frozenset[str]:
    """What makes an item the same as one of another notice: the material it asks for, else its words."""
    return frozenset(item.material or item.text for item in items)


def _about(number: str, round: int) -> str:
    return f"case:{number}:notice:{round}"
