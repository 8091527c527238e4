"""The documents that halls see: one form for the API's answers and the webhooks. Personal data appears masked, where a clerk needs it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.model import CHINA, CaseDraft, Status, Visit, iso
from gateway.security import mask_name, mask_number
from gateway.store import CaseRecord, EventRecord, MaterialRecord

from .results import Result

EVENT_TYPES = {
    "case.received": "收件",
    "case.status-changed": "状态变化",
    "case.visit-recorded": "到场登记",
    "case.result-received": "收到结果文件",
    "case.clock-warned": "时限预警",
    "case.clock-overdue": "超期",
    "case.deemed-accepted-risk": "视为受理风险",
    "case.pause-noted": "特别程序通知登记",
    "case.extended": "期限延长",
    "case.supplement-asked": "补正告知",
    "case.supplement-received": "办理地已收到补正",
    "case.withdrawal-requested": "申请撤件",
    "case.withdrawal-sent": "撤件申请已送达办理地",
    "case.withdrawal-refused": "办理地不同意撤件",
    "case.withdrawal-taken-back": "收回撤件申请",
    "case.forwarded": "转至有权办理地",
    "case.note": "说明",
}
"""Closed list of a case's events, as halls see them."""


def dump(document: Mapping[str, Any]) -> bytes:
    """Compact UTF-8 JSON in the order given: the bytes that are stored, signed and sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def status_document(status: Status) -> dict[str, Any]:
    """{"code", "name", "zh", "handled"}."""
    return {"code": status.value, "name": status.name, "zh": status.zh, "handled": status.terminal}


def event_document(case: CaseRecord, event: EventRecord, opinion: str | None) -> dict[str, Any]:
    """One event of a case; the `data` of a webhook and an entry of GET …/events. sequence rises by case."""
    return {
        "number": case.number,
        "sequence": event.seq,
        "type": event.type,
        "type_zh": EVENT_TYPES[event.type],
        "before": event.before,
        "status": status_document(Status(event.after)) if event.after else None,
        "inferred": event.inferred,
        "actor": event.actor,
        "occurred_at": iso(event.occurred_at),
        "recorded_at": iso(event.recorded_at),
        "partner_code": event.partner_code,
        "opinion": opinion,
        "detail": dict(event.detail),
    }


def short_document(case: CaseRecord) -> dict[str, Any]:
    """A case in a list. The three kinds of truth stand apart: transported, received, handled."""
    return {
        "number": case.number,
        "matter": case.matter,
        "origin": case.origin,
        "destination": case.destination,
        "mode": case.mode,
        "status": status_document(Status(case.status)),
        "status_since": iso(case.status_since),
        "received_at": iso(case.received_at),
        "transported_at": iso(case.transported_at) if case.transported_at else None,
        "partner_received_at": iso(case.dispatched_at) if case.dispatched_at else None,
        "partner_number": case.partner_number,
        "handled_at": iso(case.handled_at) if case.handled_at else None,
        "decision": case.decision,
        "test": case.is_test,
    }


def full_document(
    case: CaseRecord,
    draft: CaseDraft,
    matter_name: str,
    materials: Sequence[tuple[MaterialRecord, str]],
    visits: Sequence[Visit],
    results: Sequence[Result],
    clocks: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """A case as its hall sees it; materials come with their file names."""
    return short_document(case) | {
        "matter_name": matter_name,
        "agreement": case.agreement_document,
        "applicant": {
            "class": draft.applicant.kind.value,
            "name": mask_name(draft.applicant.name),
            "certificate": {"type": draft.applicant.certificate.type, "number": mask_number(draft.applicant.certificate.number)},
        },
        "reception": {"window": draft.reception.window, "clerk": draft.reception.clerk},
        "materials": [
            {
                "code": record.code,
                "name": name,
                "media_type": record.media_type,
                "size": record.size,
                "sha256": record.sha256,
                "round": record.round,
                "item": record.item,
            }
            for record, name in materials
        ],
        "visits": [visit_document(visit) for visit in visits],
        "results": [
            {
                "id": result.id,
                "name": result.name,
                "number": result.number,
                "media_type": result.media_type,
                "size": result.size,
                "sha256": result.sha256,
                "href": f"/api/v1/cases/{case.number}/results/{result.id}",
            }
            for result in results
        ],
        "clocks": list(clocks),
        "last_sequence": case.event_seq,
    }


def part_document(part: CaseRecord) -> dict[str, Any]:
    """A part of a joint case, as its whole shows it."""
    return {"number": part.number, "destination": part.destination, "status": status_document(Status(part.status))}


def withdrawal_document(case: CaseRecord, parts: Sequence[CaseRecord]) -> dict[str, Any] | None:
    """The applicant's wish to withdraw, if there is one. confirmed: it came true, of the whole of a joint case by any of its parts."""
    if case.withdrawal_requested_at is None:
        return None
    ended_by_it = case.status.terminal and any(part.status is Status.WITHDRAWN for part in parts)
    return {"requested_at": iso(case.withdrawal_requested_at), "confirmed": case.status is Status.WITHDRAWN or ended_by_it}


def visit_document(visit: Visit) -> dict[str, Any]:
    """A recorded visit; its evidence's reference stays sealed."""
    return {
        "place": visit.place,
        "at": visit.at.astimezone(CHINA).isoformat(timespec="seconds"),
        "purpose": visit.purpose.value,
        "evidence": visit.evidence.value,
    }
