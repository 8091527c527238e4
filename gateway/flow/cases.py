"""What a hall may read of its cases, and the visits it may add. Another hall's case is no case at all."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from gateway.model import ClockReading, DraftVisit, Fault, Status, Visit, fault, is_case_number
from gateway.store import CaseRecord, EventRecord, HallRecord, MaterialRecord, NewEvent, NewVisit, ResultRecord, RoundRecord, Tx

from .clocks import clock_document, clocks_of
from .context import Context
from .dossier import material_name, open_dossier
from .draft_check import translate, visit_time_faults
from .evidence import reference_hash
from .examination import read_object
from .materials import stored_blob
from .notices import round_document
from .pieces import stream
from .refusal import Refusal, RefusalKind, refuse
from .results import Result, open_result
from .views import event_document, full_document, part_document, short_document, visit_document, withdrawal_document

_CURSOR = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class ResultContent:
    """A result document on its way to the hall."""

    record: Result
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class _Papers:
    case: CaseRecord
    document: bytes
    materials: Sequence[MaterialRecord]
    visits: Sequence[Visit]
    results: Sequence[ResultRecord]
    clocks: Sequence[ClockReading]
    rounds: Sequence[RoundRecord]
    whole: CaseRecord | None
    parts: Sequence[CaseRecord]


async def list_cases(ctx: Context, hall: HallRecord, *, after: str | None, limit: int, status: str | None) -> dict[str, Any]:
    """{"cases": newest first, "next": cursor or None}. Refuses a cursor or status that is none."""
    if after is not None and not _CURSOR.fullmatch(after):
        raise _query("after", "请使用上一页返回的 next。", "Use the next of the page before.")
    if status is not None and status not in set(Status):
        raise _query("status", "请使用两位状态代码。", "Use a two-digit status code.")
    cursor = int(after) if after else None
    found = await ctx.store.read(lambda tx: tx.cases.list(hall.id, after=cursor, limit=limit + 1, status=status))
    page = found[:limit]
    return {"cases": [short_document(case) for case in page], "next": str(page[-1].id) if len(found) > limit else None}


async def case_document(ctx: Context, hall: HallRecord, number: str) -> dict[str, Any]:
    """One case, whole."""
    now = ctx.clock.now()

    def unit(tx: Tx) -> _Papers:
        case = own_case(tx, hall, number)
        return _Papers(
            case,
            tx.cases.document(case.id),
            tx.materials.of_case(case.id),
            tx.cases.visits(case.parent_id or case.id),
            tx.cases.results(case.id),
            clocks_of(tx, case, now),
            tx.rounds.of_case(case.id),
            tx.cases.get(case.parent_id) if case.parent_id is not None else None,
            tx.cases.parts(case.id) if case.parts else (),
        )

    papers = await ctx.store.read(unit)
    dossier = open_dossier(ctx.sealer, papers.case.number, papers.document)
    materials = [(record, material_name(ctx, record)) for record in papers.materials]
    results = [open_result(ctx.sealer, papers.case, record) for record in papers.results]
    clocks = [clock_document(reading) for reading in papers.clocks]
    document = full_document(papers.case, dossier.draft, dossier.matter_name, materials, papers.visits, results, clocks)
    return document | {
        "supplements": [round_document(ctx.sealer, papers.case, record) for record in papers.rounds],
        "withdrawal": withdrawal_document(papers.case, papers.parts),
        "parent": papers.whole.number if papers.whole else None,
        "parts": [part_document(part) for part in papers.parts],
    }


async def case_events(ctx: Context, hall: HallRecord, number: str, *, after: int) -> dict[str, Any]:
    """{"events": those with a sequence above `after`, in order}."""

    def unit(tx: Tx) -> tuple[CaseRecord, Sequence[EventRecord]]:
        case = own_case(tx, hall, number)
        return case, tx.cases.events(case.id, after)

    case, events = await ctx.store.read(unit)
    return {"events": [event_document(case, event, open_opinion(ctx, case, event)) for event in events]}


def open_opinion(ctx: Context, case: CaseRecord, event: EventRecord) -> str | None:
    """The authority's own words with an event; they may name people, so they are sealed in the store."""
    if event.opinion_sealed is None:
        return None
    return ctx.sealer.open(event.opinion_sealed, f"case:{case.number}:opinion").decode()


async def add_visit(ctx: Context, hall: HallRecord, number: str, raw: bytes) -> dict[str, Any]:
    """Record one more attendance, with its evidence. The same attendance told twice is one visit."""
    document = read_object(raw, ctx.rules.max_body_bytes)
    try:
        visit = DraftVisit.model_validate(document)
    except ValidationError as error:
        raise Refusal(RefusalKind.INVALID, list(translate(error))) from None
    now = ctx.clock.now()

    def unit(tx: Tx) -> dict[str, Any]:
        case = tx.cases.lock(own_case(tx, hall, number).id)
        faults: list[Fault] = list(visit_time_faults(visit.at, case.received_at, now, "/at"))
        if visit.place is not None and tx.catalogue.region(visit.place) is None:
            faults.append(fault("region.unknown", "/place"))
        if faults:
            raise Refusal(RefusalKind.INVALID, faults)
        return visit_document(record_visit(tx, ctx, hall, case, visit, now))

    return await ctx.store.write(unit)


def record_visit(tx: Tx, ctx: Context, hall: HallRecord, case: CaseRecord, visit: DraftVisit, now: datetime) -> Visit:
    """Keep a sound visit of a locked case; one that is on record already is the same. Refuses a case that has ended.

    What is told of a part of a joint case is the whole's.
    """
    if case.parent_id is not None:
        case = tx.cases.lock(case.parent_id)
    mark = reference_hash(ctx.sealer, visit.evidence)
    recorded = Visit(visit.place or hall.region, visit.at, visit.purpose, visit.evidence.kind, mark)
    if recorded in tx.cases.visits(case.id):
        return recorded
    if Status(case.status).terminal:
        raise refuse(RefusalKind.INVALID, "visit.closed")
    reference = ctx.sealer.seal(visit.evidence.reference.encode(), f"case:{case.number}:visit")
    tx.cases.add_visit(case.id, NewVisit(recorded.place, recorded.at, recorded.purpose, recorded.evidence, reference, now, mark))
    event = NewEvent(
        type="case.visit-recorded",
        before=None,
        after=None,
        actor="reception",
        place=hall.region,
        occurred_at=visit.at,
        recorded_at=now,
        detail={"purpose": visit.purpose.value, "evidence": visit.evidence.kind.value},
    )
    tx.cases.append_event(case.id, event)
    return recorded


async def result_content(ctx: Context, hall: HallRecord, number: str, result_id: int) -> ResultContent:
    """The bytes of one result document."""

    def unit(tx: Tx) -> tuple[CaseRecord, ResultRecord | None]:
        case = own_case(tx, hall, number)
        return case, next((result for result in tx.cases.results(case.id) if result.id == result_id), None)

    case, record = await ctx.store.read(unit)
    if record is None:
        raise refuse(RefusalKind.UNKNOWN, "result.unknown")
    result = open_result(ctx.sealer, case, record)
    return ResultContent(result, stream(stored_blob(ctx, record, result.file_name).open()))


def _query(name: str, hint_zh: str, hint_en: str) -> Refusal:
    return refuse(RefusalKind.INVALID, "query.invalid", name=name, hint_zh=hint_zh, hint_en=hint_en)


def own_case(tx: Tx, hall: HallRecord, number: str) -> CaseRecord:
    """The hall's own case of that number; another hall's is unknown like one that never was."""
    case = tx.cases.by_number(number) if is_case_number(number) else None
    if case is None or case.hall_id != hall.id:
        raise refuse(RefusalKind.UNKNOWN, "case.unknown")
    return case
