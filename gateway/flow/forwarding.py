"""Forwarding: "not ours, it is X's". The case goes on to the office that was named, and the way is remembered for the operator."""

from dataclasses import replace
from datetime import datetime

from gateway.model import FORWARDED, Partner, china_day, iso
from gateway.store import CaseRecord, JobKind, NewEvent, Tx

from .context import Context
from .routing import explain_route
from .standing import tell_hall
from .tickets import FORWARD_CIRCLE, FORWARD_NO_ROUTE, Ticket, open_ticket


def forward(tx: Tx, ctx: Context, case: CaseRecord, competent: str, now: datetime) -> Partner | None:
    """Make a locked case the competent place's, by the rules of intake; the partner it goes to, which has nothing of it yet.

    None: a person must decide, and a ticket says why: no route leads there, or an office is named that said no itself.
    """
    whole = tx.cases.lock(case.parent_id) if case.parent_id is not None else None
    parts = tx.cases.parts(whole.id) if whole is not None else []
    tx.proposals.note(case.origin, case.destination, case.matter, competent, case.number, now)
    refused = {case.destination} | {str(event.detail.get("from")) for event in tx.cases.events(case.id) if event.type == FORWARDED}
    if competent in refused:
        open_ticket(tx, case.id, Ticket(FORWARD_CIRCLE, "named-again", {"competent": competent}), now)
        return None
    if any(part.destination == competent for part in parts):
        open_ticket(tx, case.id, Ticket(FORWARD_CIRCLE, "has-a-part", {"competent": competent}), now)
        return None
    route = explain_route(tx, ctx.partners, case.origin, competent, case.matter, now, china_day(now))
    if route.faults or route.matter is None or route.agreement is None or route.partner is None:
        why = route.faults[0].code if route.faults else "route"
        open_ticket(tx, case.id, Ticket(FORWARD_NO_ROUTE, why, {"competent": competent}), now)
        return None
    partner, document = route.partner, route.agreement.document_number
    tx.cases.forward(case.id, competent, partner.name, route.matter.version, document, partner.mapping_hash)
    tx.attempts.forget_steps(case.id)
    tx.jobs.drop(JobKind.TRACK, case.id)
    event = NewEvent(
        type=FORWARDED, before=None, after=None, actor="handling", place=case.destination, occurred_at=now, recorded_at=now,
        detail={"from": case.destination, "to": competent, "partner": partner.name, "agreement": document, "at": iso(now)},
    )  # fmt: skip
    tx.cases.append_event(case.id, event)
    tell_hall(tx, case, now)
    if whole is not None and parts[0].id == case.id:
        # The lead place of the whole, by whose baseline it counts, moves with the lead part.
        tx.cases.forward(whole.id, competent, whole.partner, route.matter.version, document, whole.mapping_hash)
        tx.cases.append_event(whole.id, replace(event, actor="gateway", place=None, detail={**event.detail, "part": case.number}))
        tell_hall(tx, whole, now)
    return partner
