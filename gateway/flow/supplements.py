"""The hall's answer to a supplement notice: exactly what was asked, checked like a case at the counter, taken whole or not at all."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from gateway.model import (
    SUPPLEMENT,
    Blob,
    DraftSupplement,
    Fault,
    MaterialFact,
    Notice,
    Partner,
    Status,
    SupplementMaterial,
    fault,
    pointer,
)
from gateway.store import CaseRecord, HallRecord, JobKind, MaterialRecord, RoundRecord, Tx

from .cases import own_case, record_visit
from .context import Context
from .dossier import case_facts, seal_answer, supplement_fact
from .draft_check import check_contents, translate, visit_time_faults
from .examination import FiledMaterial, FileItem, file_items, file_materials, read_object, unknown_places, uploaded_of
from .filing import attach, keep_material
from .notices import open_notice
from .once import Accepted, Claim, Once
from .refusal import Refusal, RefusalKind, refuse
from .standing import Cause, advance
from .views import dump, status_document
from .withdrawal import take_back


@dataclass(frozen=True, slots=True)
class _Asked:
    """The round that is to be answered, and by whom the answer is wanted."""

    case: CaseRecord
    record: RoundRecord
    notice: Notice
    partner: Partner


async def answer_supplement(ctx: Context, once: Once, hall: HallRecord, number: str, key: str | None, raw: bytes) -> Accepted:
    """Take the answer in and send it on its way, or say again what was said when this key came first.

    Raises Refusal with every fault there is; then nothing is stored.
    """
    return await once.run(hall, key, b"supplement:" + number.encode() + b":" + raw, lambda claim: _take(ctx, hall, number, raw, claim))


async def _take(ctx: Context, hall: HallRecord, number: str, raw: bytes, claim: Claim) -> bytes:
    now = ctx.clock.now()
    document, draft, faults, items = await asyncio.to_thread(_read, raw, ctx.rules.max_body_bytes)
    ids = [item.material.material for item in items if item.material and item.material.material]

    def look(tx: Tx) -> tuple[_Asked, Mapping[str, MaterialRecord], list[Fault]]:
        return _asked(tx, ctx, own_case(tx, hall, number)), uploaded_of(tx, hall, ids), list(unknown_places(tx, document))

    asked, uploaded, elsewhere = await ctx.store.read(look)
    offered, filed, unfit = file_materials(items, uploaded)
    faults += [*elsewhere, *unfit, *check_contents(offered)]
    if draft is not None:
        faults += [*_still_withdrawing(asked.case, draft), *_compare(asked.notice, draft, asked.case, now)]
    filed = [replace(one, code=one.code or _code(asked.notice, one.item)) for one in filed]
    if draft is not None and not faults:
        faults += await _prepare(ctx, asked, draft, filed)
    if draft is None or faults:
        raise Refusal(RefusalKind.INVALID, list(dict.fromkeys(faults)))
    sound = draft
    materials = [await keep_material(ctx, hall, one, now, round=asked.record.round) for one in filed]

    def unit(tx: Tx) -> bytes:
        case = tx.cases.lock(asked.case.id)
        if _asked(tx, ctx, case).record != asked.record:
            raise refuse(RefusalKind.INVALID, "supplement.none")
        body = dump({"number": number, "round": asked.record.round, "status": status_document(Status.SUPPLEMENT_SENT)})
        if _still_withdrawing(case, sound):
            raise refuse(RefusalKind.INVALID, "supplement.withdrawing")
        claim(tx, body, case.id)
        for material in materials:
            attach(tx, hall, case.id, material)
        for visit in sound.visits:
            record_visit(tx, ctx, hall, case, visit, now)
        tx.rounds.answer(case.id, asked.record.round, now, seal_answer(ctx.sealer, number, asked.record.round, sound, materials))
        told: dict[str, str | int | bool | None] = {
            "round": asked.record.round,
            "window": sound.reception.window,
            "clerk": sound.reception.clerk,
        }
        if case.withdrawal_requested_at is not None:
            take_back(tx, case, now, told)
        advance(tx, case, Status.SUPPLEMENT_SENT, Cause("reception", now, now, hall.region, detail=told), report_time=None)
        if not tx.jobs.unpark(JobKind.DELIVER, case.id, now):
            tx.jobs.enqueue(JobKind.DELIVER, case.id, case.partner, now)
        tx.wake()
        return body

    return await ctx.store.write(unit)


def _read(raw: bytes, limit: int) -> tuple[dict[str, Any], DraftSupplement | None, list[Fault], list[FileItem]]:
    """The body, its draft when its form is sound, the faults of its form, and its materials. Takes time: files are hashed."""
    document = read_object(raw, limit)
    items = list(file_items(document, SupplementMaterial))
    try:
        return document, DraftSupplement.model_validate(document), [], items
    except ValidationError as error:
        return document, None, list(translate(error)), items


def _asked(tx: Tx, ctx: Context, case: CaseRecord) -> _Asked:
    """What is asked of a case now. Refuses when nothing is, or when its partner takes no answers through the gateway."""
    if case.parts:
        raise refuse(RefusalKind.INVALID, "joint.whole", number=case.number)
    rounds = tx.rounds.of_case(case.id)
    record = rounds[-1] if rounds else None
    if case.status is not Status.SUPPLEMENT_REQUIRED or record is None or record.answered_at is not None or record.closed_at is not None:
        raise refuse(RefusalKind.INVALID, "supplement.none")
    partner = ctx.partners.get(case.partner)
    if partner is None or not partner.has(case.matter, SUPPLEMENT):
        raise refuse(RefusalKind.INVALID, "supplement.no-step")
    return _Asked(case, record, open_notice(ctx.sealer, case.number, record), partner)


def _still_withdrawing(case: CaseRecord, draft: DraftSupplement) -> list[Fault]:
    """Whether the applicant wishes to withdraw, and the answer does not say that they go on after all."""
    return [fault("supplement.withdrawing", "/goes_on")] if case.withdrawal_requested_at is not None and not draft.goes_on else []


def _compare(notice: Notice, draft: DraftSupplement, case: CaseRecord, now: datetime) -> Iterator[Fault]:
    """An item nobody asked, one answered twice or not at all; visits that cannot be."""
    asked = {item.code for item in notice.items}
    worded: set[str] = set()
    for index, answer in enumerate(draft.answers):
        if answer.item not in asked:
            yield fault("supplement.not-asked", pointer(("answers", index, "item")), item=answer.item)
        elif answer.item in worded:
            yield fault("supplement.twice", pointer(("answers", index, "item")), item=answer.item)
        worded.add(answer.item)
    for index, material in enumerate(draft.materials):
        if material.item not in asked:
            yield fault("supplement.not-asked", pointer(("materials", index, "item")), item=material.item)
    answered = {answer.item for answer in draft.answers if answer.text.strip()} | {material.item for material in draft.materials}
    for item in notice.items:
        if item.code not in answered:
            yield fault("supplement.unanswered", "/answers", item=item.code, text=item.text)
    for index, visit in enumerate(draft.visits):
        yield from visit_time_faults(visit.at, case.received_at, now, f"/visits/{index}/at")


async def _prepare(ctx: Context, asked: _Asked, draft: DraftSupplement, filed: Sequence[FiledMaterial]) -> tuple[Fault, ...]:
    """The partner's own message, prepared dry, as at intake."""
    materials = [
        (m.item or "", MaterialFact(m.code, m.name, m.extension, Blob.absent(m.name, m.size, m.sha256, m.media_type))) for m in filed
    ]
    answers = [(answer.item, answer.text) for answer in draft.answers]
    facts = await case_facts(ctx, asked.case)
    return asked.partner.prepare(SUPPLEMENT, replace(facts, supplement=supplement_fact(asked.record, asked.notice, answers, materials)))


def _code(notice: Notice, item: str | None) -> str:
    """The matter's code of what an item asks for; else the item's own."""
    return next((asked.material or asked.code for asked in notice.items if asked.code == item), "")
