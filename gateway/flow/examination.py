"""Everything that keeps a case from being taken, found at once and while the applicant is still standing there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from gateway.model import (
    MEDIA_TYPES,
    Agreement,
    Blob,
    CaseDraft,
    CaseFacts,
    DraftMaterial,
    Fault,
    MaterialFact,
    Matter,
    Partner,
    case_number,
    china_day,
    fault,
    normalize_region,
    pointer,
)
from gateway.security import display_name
from gateway.store import HallRecord, MaterialRecord, Tx
from gateway.wire import WireError, parse_json

from .context import Context
from .draft_check import OfferedMaterial, check_against_matter, check_contents, parse_draft
from .materials import inspect
from .refusal import Refusal, RefusalKind, refuse
from .routing import choose_partner, find_agreement, find_matter

SUBMIT = "submit"


@dataclass(frozen=True, slots=True)
class FiledMaterial:
    """A material that is fit to be kept: content is what came inline, or empty when it was uploaded before."""

    code: str
    name: str
    extension: str
    media_type: str
    size: int
    sha256: str
    content: bytes
    uploaded: MaterialRecord | None


@dataclass(frozen=True, slots=True)
class SoundDraft:
    """A draft in which nothing was found."""

    draft: CaseDraft
    matter: Matter
    agreement: Agreement
    partner: Partner
    materials: Sequence[FiledMaterial]


@dataclass(frozen=True, slots=True)
class _Route:
    matter: Matter | None
    agreement: Agreement | None
    uploaded: Mapping[str, MaterialRecord]
    faults: Sequence[Fault]


async def examine(ctx: Context, hall: HallRecord, raw: bytes, now: datetime) -> SoundDraft:
    """The draft in the body, or a Refusal with every fault there is."""
    document = read_object(raw, ctx.rules.max_body_bytes)
    draft, faults = parse_draft(document)
    items, ids = _materials(document)
    matter_code, destination = _code(document.get("matter")), _region(document.get("destination"))
    route = await ctx.store.read(lambda tx: _route(tx, hall, matter_code, destination, ids, now))
    faults += route.faults
    offered, filed, found = _file_materials(items, route.uploaded)
    faults += found
    if route.matter is not None:
        faults += check_against_matter(document, route.matter, offered, now)
    else:
        faults += check_contents(offered)
    partner = choose_partner(ctx.partners, destination, matter_code) if destination and matter_code and route.matter else None
    if route.matter is not None and partner is None:
        faults.append(fault("route.no-partner", "/destination"))
    if not faults and draft and route.matter and route.agreement and partner:
        faults += partner.prepare(SUBMIT, _provisional_facts(hall, draft, route.matter, filed, now))
        if not faults:
            return SoundDraft(draft, route.matter, route.agreement, partner, filed)
    raise Refusal(RefusalKind.INVALID, _once(faults))


def read_object(raw: bytes, limit: int) -> dict[str, Any]:
    """The JSON object in a body. Refuses what is not strict, bounded JSON."""
    if not raw.strip():
        raise refuse(RefusalKind.MALFORMED, "body.empty")
    try:
        document = parse_json(raw, max_bytes=limit)
    except WireError as error:
        if error.code in ("json.malformed", "json.encoding"):
            raise refuse(RefusalKind.MALFORMED, "body.malformed", line=error.line or 1, column=error.column or 1) from None
        what = {"what_zh": error.zh.replace("。", ""), "what_en": error.en.replace(".", "")}
        raise refuse(RefusalKind.MALFORMED, "body.unsafe", **what) from None
    if not isinstance(document, dict):
        raise refuse(RefusalKind.MALFORMED, "body.not-an-object")
    return document


def _code(value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) == 12 and value.isascii() and value.isdigit() else None


def _region(value: Any) -> str | None:
    try:
        return normalize_region(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _materials(document: Mapping[str, Any]) -> tuple[list[tuple[int, str, DraftMaterial | None]], list[str]]:
    """The draft's materials one by one (index, code, the material or None when it is at fault), and the ids of uploads they name."""
    listed = document.get("materials")
    items: list[tuple[int, str, DraftMaterial | None]] = []
    ids: list[str] = []
    for index, item in enumerate(listed if isinstance(listed, list) else []):
        code = item.get("code") if isinstance(item, dict) else None
        try:
            material = DraftMaterial.model_validate(item)
        except ValidationError:
            material = None
        items.append((index, code if isinstance(code, str) else "", material))
        if material is not None and material.material is not None:
            ids.append(material.material)
    return items, ids


def _route(tx: Tx, hall: HallRecord, matter: str | None, destination: str | None, ids: Sequence[str], now: datetime) -> _Route:
    day = china_day(now)
    offered, faults = find_matter(tx, matter, destination, day)
    agreement = find_agreement(tx, hall.region, destination, matter, day) if matter and destination else None
    if offered is not None and agreement is None:
        faults.append(fault("agreement.none", "/destination"))
    records = {material_id: tx.materials.get(material_id, hall.id) for material_id in ids}
    return _Route(offered, agreement, {key: record for key, record in records.items() if record and record.case_id is None}, faults)


def _file_materials(
    items: Sequence[tuple[int, str, DraftMaterial | None]], uploaded: Mapping[str, MaterialRecord]
) -> tuple[list[OfferedMaterial], list[FiledMaterial], list[Fault]]:
    offered: list[OfferedMaterial] = []
    filed: list[FiledMaterial] = []
    faults: list[Fault] = []
    used: set[str] = set()
    for index, code, material in items:
        if material is None:
            offered.append(OfferedMaterial(index, code, "", None, None))
            continue
        name = display_name(material.name)
        if material.content is not None:
            sha256, extension = inspect(material.content)
            size, record = len(material.content), None
        else:
            record = uploaded.get(material.material or "") if material.material not in used else None
            used.add(material.material or "")
            if record is None:
                faults.append(fault("material.unknown", pointer(("materials", index, "material"))))
                offered.append(OfferedMaterial(index, code, name, None, None))
                continue
            sha256, extension, size = record.sha256, record.extension, record.size
        offered.append(OfferedMaterial(index, code, name, extension, size))
        if extension is not None:
            filed.append(FiledMaterial(code, name, extension, MEDIA_TYPES[extension], size, sha256, material.content or b"", record))
    return offered, filed, faults


def _provisional_facts(hall: HallRecord, draft: CaseDraft, matter: Matter, filed: Sequence[FiledMaterial], now: datetime) -> CaseFacts:
    """The facts as they will be, but for the number: what the partner's message is prepared from while nothing is stored yet."""
    return CaseFacts(
        number=case_number(hall.region, draft.destination, china_day(now), 0),
        matter=matter.code,
        matter_name=matter.name,
        mode=matter.mode.value,
        origin=hall.region,
        destination=draft.destination,
        received_at=now,
        hall_id=hall.id,
        hall_name=hall.name,
        draft=draft,
        materials=tuple(MaterialFact(m.code, m.name, m.extension, Blob.absent(m.name, m.size, m.sha256, m.media_type)) for m in filed),
    )


def _once(faults: Sequence[Fault]) -> list[Fault]:
    """The faults without repetitions, in the order found."""
    return list(dict.fromkeys(faults))
