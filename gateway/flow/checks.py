"""The pre-check at the counter: what the destination asks for, and everything that is wrong with a draft, before anything is taken in.

It looks through the eyes of intake, the partner's message included, stores nothing, and so may be asked as often as a clerk likes.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from gateway.model import (
    Agreement,
    Calendar,
    Fault,
    FormField,
    MaterialForm,
    MaterialRequirement,
    Matter,
    OriginalChecker,
    Partner,
    TimeLimit,
    iso,
)
from gateway.store import HallRecord

from .clocks import due_on_filing
from .context import Context
from .examination import ENQUIRY, look_over, read_object
from .routing import Route

SEE, SEND, SCAN = "see", "send", "scan"
"""What becomes of a material's original: reception looks at it, it travels to the destination, a scan is enough."""


async def check(ctx: Context, hall: HallRecord, raw: bytes) -> dict[str, Any]:
    """The answer to a draft, or to an enquiry that names only matter and places. Refuses only a body that is no JSON object."""
    document = await asyncio.to_thread(read_object, raw, ctx.rules.max_body_bytes)
    enquiry = document.keys() <= ENQUIRY
    now = ctx.clock.now()
    found = await look_over(ctx, hall, document, now, enquiry=enquiry)
    routes = (found.route, *found.further)
    calendars = await ctx.store.read(lambda tx: [tx.calendars.of(route.destination or hall.region) for route in routes])
    lead, *further = [_place_document(route, calendar, now) for route, calendar in zip(routes, calendars, strict=True)]
    answer = {
        "checked": "route" if enquiry else "draft",
        "acceptable": not found.faults,
        "faults": fault_documents(found.faults),
        **lead,
    }
    return answer | ({"also_at": further} if further else {})


def _place_document(route: Route[Partner], calendar: Calendar, now: datetime) -> dict[str, Any]:
    """What one place asks for, by when it must answer, and the way there."""
    matter = route.matter
    return {
        "requirements": requirements(matter, route.agreement) if matter else None,
        "due": due_on_filing(matter, calendar, now) if matter else None,
        "route": _route_document(route),
    }


def fault_documents(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """Faults as a problem document lists them."""
    return [asdict(fault) for fault in faults]


def requirements(matter: Matter, agreement: Agreement | None) -> dict[str, Any]:
    """What the destination asks for, in the order a clerk goes through it. None: the destination has not published it."""
    originals = {material.code: original(material, agreement) for material in matter.materials}
    return {
        "matter": {"code": matter.code, "destination": matter.destination, "version": matter.version, "name": matter.name},
        "mode": matter.mode.value,
        "kind": matter.kind.value,
        "applicants": [kind.value for kind in matter.applicants],
        "conditions": matter.conditions,
        "materials": [_material(material, originals[material.code]) for material in matter.materials],
        "no_materials": matter.no_materials,
        "form": [_field(field) for field in matter.form],
        "promised_limit": _limit(matter.promised_limit),
        "statutory_limit": _limit(matter.statutory_limit),
        "fee": {"charged": matter.fee.charged, "standard": matter.fee.standard} if matter.fee else None,
        "originals_to_see": [code for code, fate in originals.items() if fate == SEE],
        "originals_to_send": [code for code, fate in originals.items() if fate == SEND],
        "courier": _courier(matter, list(originals.values())),
        "result_by_courier": matter.express,
        "hotline": matter.hotline,
    }


def original(material: MaterialRequirement, agreement: Agreement | None) -> str | None:
    """What becomes of the original: SEE, SEND or SCAN; None when the destination has not published it.

    Reception's look at it counts only where the agreement leaves that right to reception.
    """
    checker = material.original_checked_by
    if checker is OriginalChecker.HANDLING:
        return SEND
    if checker is OriginalChecker.RECEPTION:
        return SEE if agreement is None or agreement.delegations.verify_original else SEND
    sheets = (material.originals or 0) + (material.copies or 0)
    if material.form is MaterialForm.PAPER and (material.originals is None or sheets > 0):
        return SEND
    if checker is OriginalChecker.NONE or material.form in (MaterialForm.ELECTRONIC, MaterialForm.BOTH) or material.originals == 0:
        return SCAN
    return None


def _courier(matter: Matter, originals: Sequence[str | None]) -> bool | None:
    """Whether papers must travel; None when that cannot be told from what is published."""
    if SEND in originals:
        return True
    told = matter.no_materials or (originals and None not in originals)
    return False if told else None


def _material(material: MaterialRequirement, fate: str | None) -> dict[str, Any]:
    return {
        "code": material.code,
        "name": material.name,
        "necessity": material.necessity.value,
        "formats": list(material.formats),
        "max_bytes": material.max_bytes,
        "form": material.form,
        "originals": material.originals,
        "copies": material.copies,
        "trust_level": material.trust_level,
        "original_checked_by": material.original_checked_by,
        "source": material.source,
        "original": fate,
    }


def _field(field: FormField) -> dict[str, Any]:
    return {
        "code": field.code,
        "name": field.name,
        "required": field.required,
        "max_length": field.max_length,
        "values": list(field.values),
    }


def _limit(limit: TimeLimit | None) -> dict[str, Any] | None:
    return {"value": limit.value, "unit": limit.unit.value} if limit else None


def _route_document(route: Route[Partner]) -> dict[str, Any]:
    agreement, pause = route.agreement, route.pause
    return {
        "open": not route.faults,
        "origin": route.origin,
        "destination": route.destination,
        "day": route.day.isoformat(),
        "agreement": agreement.document_number if agreement else None,
        "delegations": asdict(agreement.delegations) if agreement else None,
        "terms": asdict(agreement.terms) if agreement else None,
        "partner_known": route.partner is not None,
        "paused_until": iso(pause.paused_until) if pause and pause.paused_until else None,
    }
