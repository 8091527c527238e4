"""Intake: a hall's case is taken whole or not at all, and only what is on disk is acknowledged."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.model import Purpose, Status, case_number, china_day, iso
from gateway.store import HallRecord, JobKind, NewCase, NewEvent, NewVisit, Tx

from .clocks import arm, due_on_filing
from .context import Context
from .dossier import Dossier, seal_dossier
from .evidence import applicant_hash, reference_hash
from .examination import SoundDraft, examine
from .filing import attach, keep_material
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
        self._ctx.metrics.intake("replayed" if accepted.replayed else "accepted")
        return accepted

    async def _take(self, hall: HallRecord, raw: bytes, claim: Claim) -> bytes:
        ctx, now = self._ctx, self._ctx.clock.now()
        sound = await examine(ctx, hall, raw, now)
        materials = [await keep_material(ctx, hall, filed, now) for filed in sound.materials]
        digest = hashlib.sha256(raw).digest()

        def unit(tx: Tx) -> bytes:
            number = case_number(hall.region, sound.draft.destination, china_day(now), tx.cases.next_serial())
            due = due_on_filing(sound.matter, tx.calendars.of(sound.draft.destination), now)
            body = _answer(number, now, due)
            case_id = tx.cases.insert(_new_case(ctx, hall, sound, number, raw, digest, now))
            claim(tx, body, case_id)
            for material in materials:
                attach(tx, hall, case_id, material)
            _open_case(tx, ctx, hall, sound, case_id, number, now)
            tx.jobs.enqueue(JobKind.DELIVER, case_id, sound.partner.name, now)
            tx.wake()
            return body

        return await ctx.store.write(unit)


def _answer(number: str, now: datetime, due: Mapping[str, Any]) -> bytes:
    return dump({"number": number, "status": status_document(Status.DISPATCHING), "received_at": iso(now), "due": due})


def _new_case(ctx: Context, hall: HallRecord, sound: SoundDraft, number: str, raw: bytes, digest: bytes, now: datetime) -> NewCase:
    draft, matter = sound.draft, sound.matter
    sealed = seal_dossier(ctx.sealer, number, Dossier(draft, matter.name))
    return NewCase(
        number=number,
        hall_id=hall.id,
        origin=hall.region,
        destination=draft.destination,
        partner=sound.partner.name,
        matter=matter.code,
        matter_version=matter.version,
        mode=matter.mode,
        kind=matter.kind,
        applicant_class=draft.applicant.kind,
        status=Status.DISPATCHING,
        status_since=now,
        agreement_document=sound.agreement.document_number,
        is_test=draft.is_test,
        mapping_hash=sound.partner.mapping_hash,
        received_at=now,
        document_sealed=sealed,
        document_sha256=hashlib.sha256(sealed).digest(),
        body_sealed=ctx.sealer.seal(raw, f"case:{number}:body"),
        body_sha256=digest,
        applicant_hash=applicant_hash(ctx.sealer, draft.applicant.certificate),
    )


def _open_case(tx: Tx, ctx: Context, hall: HallRecord, sound: SoundDraft, case_id: int, number: str, now: datetime) -> None:
    """The first two events and the visits that came with the case. The hall hears of these events in its answer, not by relay."""
    draft = sound.draft
    received = NewEvent(
        type="case.received",
        before=None,
        after=Status.RECEIVED.value,
        actor="reception",
        place=hall.region,
        occurred_at=now,
        recorded_at=now,
        detail={"window": draft.reception.window, "clerk": draft.reception.clerk} | ({"walkthrough": True} if draft.walkthrough else {}),
    )
    dispatching = NewEvent(
        type="case.status-changed",
        before=Status.RECEIVED.value,
        after=Status.DISPATCHING.value,
        actor="gateway",
        place=None,
        occurred_at=now,
        recorded_at=now,
        detail={"partner": sound.partner.name, "agreement": sound.agreement.document_number},
    )
    told = [tx.cases.append_event(case_id, event) for event in (received, dispatching)]
    tx.cases.relayed(case_id, told[-1], now)
    arm(tx, tx.cases.lock(case_id), now)
    for visit in draft.visits:
        reference = ctx.sealer.seal(visit.evidence.reference.encode(), f"case:{number}:visit")
        place, mark = visit.place or hall.region, reference_hash(ctx.sealer, visit.evidence)
        tx.cases.add_visit(case_id, NewVisit(place, visit.at, Purpose(visit.purpose), visit.evidence.kind, reference, now, mark))
