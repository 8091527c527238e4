"""Intake: a hall's case is taken whole or not at all, and only what is on disk is acknowledged."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.model import Purpose, Status, case_number, china_day, iso
from gateway.store import HallRecord, JobKind, MaterialRecord, NewCase, NewEvent, NewVisit, Tx

from .clocks import arm, due_on_filing
from .context import Context
from .dossier import Dossier, seal_dossier
from .evidence import applicant_hash, reference_hash
from .examination import SoundDraft, examine
from .filing import attach, copy_for, keep_material
from .once import Accepted, Claim, Once
from .refusal import Refusal
from .views import dump, status_document


class Intake:
    """The one way in."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.once = Once(ctx)

    async def accept(self, hall: HallRecord, key: str | None, raw: bytes) -> Accepted:
        """Take a case in, or say again what was said when this key came first.

        Raises Refusal with every fault there is; then nothing is stored.
        """
        try:
            accepted = await self.once.run(hall, key, raw, lambda claim: self._take(hall, raw, claim))
        except Refusal as refusal:
            self._ctx.metrics.intake(f"refused-{refusal.kind.value}")
            raise
        if accepted.replayed:
            self._ctx.metrics.intake("replayed")
        return accepted

    async def _take(self, hall: HallRecord, raw: bytes, claim: Claim) -> bytes:
        ctx, now = self._ctx, self._ctx.clock.now()
        sound = await examine(ctx, hall, raw, now)
        materials = [await keep_material(ctx, hall, filed, now) for filed in sound.materials]
        digest = hashlib.sha256(raw).digest()

        def unit(tx: Tx) -> bytes:
            number = _next_number(tx, hall, sound, now)
            parts = [(_next_number(tx, hall, part, now), part) for part in sound.parts]
            body = _answer(tx, sound, number, parts, now)
            case_id = tx.cases.insert(_new_case(ctx, hall, sound, number, raw, digest, now))
            claim(tx, body, case_id)
            for material in materials:
                attach(tx, hall, case_id, material)
            _open_case(tx, ctx, hall, sound, case_id, number, now)
            if parts:
                for part_number, part in parts:
                    _open_part(tx, ctx, hall, part, (case_id, number), part_number, materials, now)
            else:
                tx.jobs.enqueue(JobKind.DELIVER, case_id, sound.partner.name, now)
            tx.wake()
            return body

        body = await ctx.store.write(unit)
        ctx.metrics.intake("accepted-test" if sound.draft.is_test else "accepted")
        return body


def _next_number(tx: Tx, hall: HallRecord, sound: SoundDraft, now: datetime) -> str:
    return case_number(hall.region, sound.draft.destination, china_day(now), tx.cases.next_serial())


def _answer(tx: Tx, sound: SoundDraft, number: str, parts: Sequence[tuple[str, SoundDraft]], now: datetime) -> bytes:
    """The receipt. Of a joint case its due dates are those of the place that may take longest."""
    dues = [due_on_filing(one.matter, tx.calendars.of(one.draft.destination), now) for one in (sound.parts or (sound,))]
    due = max(dues, key=lambda due: (due["handled_by"] is None, due["handled_by"] or "", due["notice_by"]))
    answer: dict[str, Any] = {"number": number, "status": status_document(Status.DISPATCHING), "received_at": iso(now), "due": due}
    if parts:
        answer["parts"] = [{"number": number, "destination": part.draft.destination} for number, part in parts]
    return dump(answer)


def _open_part(
    tx: Tx,
    ctx: Context,
    hall: HallRecord,
    part: SoundDraft,
    whole: tuple[int, str],
    number: str,
    materials: Sequence[MaterialRecord],
    now: datetime,
) -> None:
    """One place's part of a joint case: a case of its own, with what of the draft and the materials is its place's business."""
    whole_id, whole_number = whole
    # The body as the hall sent it is kept once, with the whole.
    new = _new_case(ctx, hall, part, number, b"", hashlib.sha256(b"").digest(), now)
    part_id = tx.cases.insert(replace(new, parent_id=whole_id))
    codes = {one.code for one in part.materials}
    for material in materials:
        if material.code in codes:
            tx.materials.add(copy_for(ctx, material, part_id))
    # The visits are the whole's.
    bare = replace(part, draft=part.draft.model_copy(update={"visits": ()}))
    _open_case(tx, ctx, hall, bare, part_id, number, now, {"whole": whole_number})
    tx.jobs.enqueue(JobKind.DELIVER, part_id, part.partner.name, now)


def _new_case(ctx: Context, hall: HallRecord, sound: SoundDraft, number: str, raw: bytes, digest: bytes, now: datetime) -> NewCase:
    """The row of a case. The whole of a joint one is nobody's to carry: it has no partner and no mapping."""
    draft, matter = sound.draft, sound.matter
    sealed = seal_dossier(ctx.sealer, number, Dossier(draft, matter.name))
    return NewCase(
        number=number,
        hall_id=hall.id,
        origin=hall.region,
        destination=draft.destination,
        partner="" if sound.parts else sound.partner.name,
        matter=matter.code,
        matter_version=matter.version,
        mode=matter.mode,
        kind=matter.kind,
        applicant_class=draft.applicant.kind,
        status=Status.DISPATCHING,
        status_since=now,
        agreement_document=sound.agreement.document_number,
        is_test=draft.is_test,
        mapping_hash="" if sound.parts else sound.partner.mapping_hash,
        received_at=now,
        document_sealed=sealed,
        document_sha256=hashlib.sha256(sealed).digest(),
        body_sealed=ctx.sealer.seal(raw, f"case:{number}:body"),
        body_sha256=digest,
        applicant_hash=applicant_hash(ctx.sealer, draft.applicant.certificate),
        parts=len(sound.parts),
    )


def _open_case(
    tx: Tx,
    ctx: Context,
    hall: HallRecord,
    sound: SoundDraft,
    case_id: int,
    number: str,
    now: datetime,
    about: Mapping[str, str] | None = None,
) -> None:
    """The first two events and the visits that came with the case. The hall hears of these events in its answer, not by relay."""
    draft = sound.draft
    to: dict[str, str | int] = {"partner": sound.partner.name, "agreement": sound.agreement.document_number}
    received = NewEvent(
        type="case.received",
        before=None,
        after=Status.RECEIVED.value,
        actor="reception",
        place=hall.region,
        occurred_at=now,
        recorded_at=now,
        detail={"window": draft.reception.window, "clerk": draft.reception.clerk}
        | ({"walkthrough": True} if draft.walkthrough else {})
        | dict(about or {}),
    )
    dispatching = NewEvent(
        type="case.status-changed",
        before=Status.RECEIVED.value,
        after=Status.DISPATCHING.value,
        actor="gateway",
        place=None,
        occurred_at=now,
        recorded_at=now,
        detail={"parts": len(sound.parts)} if sound.parts else to,
    )
    told = [tx.cases.append_event(case_id, event) for event in (received, dispatching)]
    tx.cases.relayed(case_id, told[-1], now)
    arm(tx, tx.cases.lock(case_id), now)
    for visit in draft.visits:
        reference = ctx.sealer.seal(visit.evidence.reference.encode(), f"case:{number}:visit")
        place, mark = visit.place or hall.region, reference_hash(ctx.sealer, visit.evidence)
        tx.cases.add_visit(case_id, NewVisit(place, visit.at, Purpose(visit.purpose), visit.evidence.kind, reference, now, mark))
