"""Intake: a hall's case is taken whole or not at all, and only what is on disk is acknowledged."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.model import Purpose, Status, case_number, china_day, iso
from gateway.store import HallRecord, JobKind, MaterialRecord, NewCase, NewEvent, NewVisit, Tx

from .clocks import arm, due_on_filing
from .context import Context
from .dossier import Dossier, seal_dossier
from .evidence import applicant_hash, reference_hash
from .examination import FiledMaterial, SoundDraft, examine
from .materials import keep
from .refusal import Refusal, RefusalKind, refuse
from .views import dump, status_document

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
ACCEPTED_STATUS = 202


class Accepted:
    """An acknowledged case. body: the answer, byte for byte the same whenever the same request comes again."""

    __slots__ = ("body", "number", "replayed")

    def __init__(self, body: bytes, *, replayed: bool) -> None:
        self.number: str = json.loads(body)["number"]
        self.body = body
        self.replayed = replayed


class Intake:
    """The one way in. Remembers which keys are in hand in this process; across processes the store's unique key decides."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._in_hand: set[tuple[str, str]] = set()

    async def accept(self, hall: HallRecord, key: str | None, raw: bytes) -> Accepted:
        """Take a case in, or say again what was said when this key came first.

        Raises Refusal with every fault there is; then nothing is stored.
        """
        try:
            accepted = await self._accept(hall, key, raw)
        except Refusal as refusal:
            self._ctx.metrics.intake(f"refused-{refusal.kind.value}")
            raise
        self._ctx.metrics.intake("replayed" if accepted.replayed else "accepted")
        return accepted

    async def _accept(self, hall: HallRecord, key: str | None, raw: bytes) -> Accepted:
        if key is None:
            raise refuse(RefusalKind.NO_KEY, "idempotency.missing")
        if not _KEY.fullmatch(key):
            raise refuse(RefusalKind.NO_KEY, "idempotency.invalid")
        if (hall.id, key) in self._in_hand:
            raise refuse(RefusalKind.IN_HAND, "idempotency.in-hand")
        self._in_hand.add((hall.id, key))
        try:
            digest = hashlib.sha256(raw).digest()
            return await self._said_before(hall, key, digest) or await self._take(hall, key, raw, digest)
        finally:
            self._in_hand.discard((hall.id, key))

    async def _said_before(self, hall: HallRecord, key: str, digest: bytes) -> Accepted | None:
        earlier = await self._ctx.store.read(lambda tx: tx.idempotency.find(hall.id, key))
        if earlier is None:
            return None
        if earlier.body_sha256 != digest:
            raise refuse(RefusalKind.INVALID, "idempotency.reused")
        return Accepted(earlier.response, replayed=True)

    async def _take(self, hall: HallRecord, key: str, raw: bytes, digest: bytes) -> Accepted:
        ctx, now = self._ctx, self._ctx.clock.now()
        sound = await examine(ctx, hall, raw, now)
        materials = [await _keep_material(ctx, hall, filed, now) for filed in sound.materials]

        def unit(tx: Tx) -> bytes:
            number = case_number(hall.region, sound.draft.destination, china_day(now), tx.cases.next_serial())
            due = due_on_filing(sound.matter, tx.calendars.of(sound.draft.destination), now)
            body = _answer(number, now, due)
            case_id = tx.cases.insert(_new_case(ctx, hall, sound, number, raw, digest, now))
            if not tx.idempotency.claim(hall.id, key, digest, ACCEPTED_STATUS, body, case_id, now):
                raise _TwinError
            for material in materials:
                _attach(tx, hall, case_id, material)
            _open_case(tx, ctx, hall, sound, case_id, number, now)
            tx.jobs.enqueue(JobKind.DELIVER, case_id, sound.partner.name, now)
            tx.wake()
            return body

        try:
            return Accepted(await ctx.store.write(unit), replayed=False)
        except _TwinError:
            twin = await self._said_before(hall, key, digest)
        if twin is None:
            raise refuse(RefusalKind.IN_HAND, "idempotency.in-hand")
        return twin


class _TwinError(Exception):
    """Another process took the same key first: what this unit wrote must not stand."""


def _answer(number: str, now: datetime, due: Mapping[str, Any]) -> bytes:
    return dump({"number": number, "status": status_document(Status.DISPATCHING), "received_at": iso(now), "due": due})


async def _keep_material(ctx: Context, hall: HallRecord, filed: FiledMaterial, now: datetime) -> MaterialRecord:
    """The record of one material; its content is in the attachment store when this returns."""
    if filed.uploaded is not None:
        sealed = ctx.sealer.seal(filed.name.encode(), f"material:{filed.uploaded.id}")
        return replace(filed.uploaded, code=filed.code, name_sealed=sealed)
    material_id = "mat_" + ctx.chance.token(16).hex()
    return MaterialRecord(
        id=material_id,
        hall_id=hall.id,
        case_id=None,
        code=filed.code,
        name_sealed=ctx.sealer.seal(filed.name.encode(), f"material:{material_id}"),
        media_type=filed.media_type,
        extension=filed.extension,
        size=filed.size,
        sha256=filed.sha256,
        address=await keep(ctx, filed.content, filed.sha256),
        created_at=now,
    )


def _attach(tx: Tx, hall: HallRecord, case_id: int, material: MaterialRecord) -> None:
    if tx.materials.get(material.id, hall.id) is None:
        tx.materials.add(material)
    if not tx.materials.attach(material.id, hall.id, case_id, material.code or "", material.name_sealed):
        raise refuse(RefusalKind.INVALID, "material.unknown", "/materials")


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
        is_test=draft.test,
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
        detail={"window": draft.reception.window, "clerk": draft.reception.clerk},
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
