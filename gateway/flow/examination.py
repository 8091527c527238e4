"""Everything that keeps a case from being taken, found at once and while the applicant is still standing there."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from gateway.model import (
    MEDIA_TYPES,
    Agreement,
    Blob,
    CaseDraft,
    CaseFacts,
    DraftFile,
    DraftMaterial,
    Fault,
    MaterialFact,
    Matter,
    Partner,
    SupplementMaterial,
    case_number,
    china_day,
    fault,
    pointer,
)
from gateway.security import display_name
from gateway.store import HallRecord, MaterialRecord, Tx
from gateway.wire import WireError, parse_json

from .context import Context
from .draft_check import OfferedMaterial, check_against_matter, check_contents, parse_draft
from .materials import inspect
from .places import OF_NOBODY, Foreign, foreign_to, further_places, mode_faults, named_places, of_place, of_route, region_of
from .refusal import Refusal, RefusalKind, refuse
from .routing import Route, explain_route

SUBMIT = "submit"
ENQUIRY = frozenset({"matter", "destination", "also_at", "test", "walkthrough"})
"""What a draft holds that only asks what a case would need."""
MAX_PARTS = 2000
"""Objects, arrays and commas in a body: a full draft has some hundreds; each fault of more would only make the answer longer."""


@dataclass(frozen=True, slots=True)
class FiledMaterial:
    """A material that is fit to be kept: content is what came inline, or empty when it was uploaded before. item: that it answers."""

    code: str
    name: str
    extension: str
    media_type: str
    size: int
    sha256: str
    content: bytes
    uploaded: MaterialRecord | None
    item: str | None = None


@dataclass(frozen=True, slots=True)
class SoundDraft:
    """A draft in which nothing was found. parts: of a joint one, what is each place's own, the lead place's first."""

    draft: CaseDraft
    matter: Matter
    agreement: Agreement
    partner: Partner
    materials: Sequence[FiledMaterial]
    parts: Sequence["SoundDraft"] = ()


@dataclass(frozen=True, slots=True)
class Examination:
    """What a look at a draft found. faults: every one there is, in the order found; draft: None when its form is at fault.

    further: the routes to the further places of a joint draft.
    """

    draft: CaseDraft | None
    route: Route[Partner]
    materials: Sequence[FiledMaterial]
    faults: Sequence[Fault]
    further: Sequence[Route[Partner]] = ()


async def examine(ctx: Context, hall: HallRecord, raw: bytes, now: datetime) -> SoundDraft:
    """The draft in the body, or a Refusal with every fault there is."""
    found = await look_over(ctx, hall, await asyncio.to_thread(read_object, raw, ctx.rules.max_body_bytes), now)
    if found.faults:
        raise Refusal(RefusalKind.INVALID, found.faults)
    assert found.draft is not None
    whole = _sound(found.draft, found.route, found.materials)
    if not found.further:
        return whole
    routes = (found.route, *found.further)
    return replace(whole, parts=[_part_of(found.draft, route, routes, found.materials) for route in routes])


def _sound(draft: CaseDraft, route: Route[Partner], materials: Sequence[FiledMaterial]) -> SoundDraft:
    assert route.matter is not None
    assert route.agreement is not None
    assert route.partner is not None
    return SoundDraft(draft, route.matter, route.agreement, route.partner, materials)


def _part_of(draft: CaseDraft, route: Route[Partner], routes: Sequence[Route[Partner]], materials: Sequence[FiledMaterial]) -> SoundDraft:
    """What of a joint draft is the business of one of its places."""
    foreign = _foreign(route, routes)
    form = {code: value for code, value in draft.form.items() if code not in foreign.form}
    own = draft.model_copy(update={"destination": route.destination, "also_at": (), "form": form})
    return _sound(own, route, [one for one in materials if one.code not in foreign.materials])


def _foreign(route: Route[Partner], routes: Sequence[Route[Partner]]) -> Foreign:
    return foreign_to(route.matter, [other.matter for other in routes if other.matter is not None]) if route.matter else Foreign()


async def look_over(ctx: Context, hall: HallRecord, document: Mapping[str, Any], now: datetime, *, enquiry: bool = False) -> Examination:
    """Everything that is wrong with a draft, up to the partner's message, prepared dry. Reads only.

    enquiry: only the matter and the destination are asked about; what else a case needs is not missed.
    """
    # In a thread: a body of some megabytes takes some tens of milliseconds, which nobody else should wait for.
    draft, faults, items = await asyncio.to_thread(_read_draft, document)
    if enquiry:
        faults = [found for found in faults if found.pointer[1:].partition("/")[0] in ENQUIRY]
    ids = [item.material.material for item in items if item.material and item.material.material]
    matter, destination = _code(document.get("matter")), region_of(document.get("destination"))
    places, twice = further_places(document)

    def unit(tx: Tx) -> _LookedUp:
        def route_to(place: str | None) -> Route[Partner]:
            return explain_route(tx, ctx.partners, hall.region, place, matter, now, china_day(now))

        regions = {place: tx.catalogue.region(place) for place in places.values()}
        names = {place: f"{region.name}({place})" if region else place for place, region in regions.items()}
        further = {index: route_to(place) for index, place in places.items()}
        return _LookedUp(route_to(destination), further, names, uploaded_of(tx, hall, ids), list(unknown_places(tx, document)))

    known = await ctx.store.read(unit)
    route, further = known.route, list(known.further.values())
    faults += [*route.faults, *twice]
    if named_places(document):
        faults += mode_faults(route.matter, {index: other.matter for index, other in known.further.items()})
    for index, other in known.further.items():
        faults += of_route(index, known.names[places[index]], other.faults)
    faults += known.elsewhere
    offered, filed, unfit = file_materials(items, known.uploaded)
    faults += unfit
    if route.matter is None:
        faults += check_contents(offered)
    whole_known = all(place.matter is not None for place in (route, *further)) and len(places) == named_places(document) - len(twice)
    for place in (route, *further):
        if place.matter is not None and not enquiry:
            foreign = _foreign(place, (route, *further))
            fitting = [one for one in offered if one.code not in foreign.materials]
            found = list(check_against_matter(foreign.leave_out(document), place.matter, fitting, now))
            if not whole_known:
                # What nobody seems to ask for may be asked for at the place that is at fault itself.
                found = [one for one in found if one.code not in OF_NOBODY]
            faults += found if place is route else of_place(known.names[place.destination or ""], found, tuple(faults))
    if not faults and draft and not enquiry:
        for place in (route, *further):
            part = _part_of(draft, place, (route, *further), filed)
            found = list(part.partner.prepare(SUBMIT, _provisional_facts(hall, part.draft, part.matter, part.materials, now)))
            faults += found if place is route else of_place(known.names[place.destination or ""], found, tuple(faults))
    return Examination(draft, route, filed, list(dict.fromkeys(faults)), further)


@dataclass(frozen=True, slots=True)
class _LookedUp:
    """What the store knows that a draft is held against. further: by position in also_at; names: of the further places."""

    route: Route[Partner]
    further: Mapping[int, Route[Partner]]
    names: Mapping[str, str]
    uploaded: Mapping[str, MaterialRecord]
    elsewhere: Sequence[Fault]


def read_object(raw: bytes, limit: int) -> dict[str, Any]:
    """The JSON object in a body. Refuses what is not strict, bounded JSON."""
    if not raw.strip():
        raise refuse(RefusalKind.MALFORMED, "body.empty")
    try:
        document = parse_json(raw, max_bytes=limit, max_parts=MAX_PARTS)
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


@dataclass(frozen=True, slots=True)
class FileItem:
    """A material of a draft. material: None when its form is at fault; sha256, extension: of what came inline."""

    index: int
    code: str
    material: DraftFile | None
    sha256: str = ""
    extension: str | None = None


def _read_draft(document: Mapping[str, Any]) -> tuple[CaseDraft | None, list[Fault], list[FileItem]]:
    """The draft, the faults of its form, and its materials one by one, whatever is wrong with the rest."""
    draft, faults = parse_draft(document)
    return draft, faults, list(file_items(document, DraftMaterial))


def file_items(document: Mapping[str, Any], form: type[DraftFile]) -> Iterator[FileItem]:
    """The materials of a document one by one, whatever is wrong with the others; hashed, which takes time."""
    listed = document.get("materials")
    for index, entry in enumerate(listed if isinstance(listed, list) else []):
        code = entry.get("code") if isinstance(entry, dict) else None
        code = code if isinstance(code, str) else ""
        try:
            material = form.model_validate(entry)
        except ValidationError:
            yield FileItem(index, code, None)
        else:
            yield FileItem(index, code, material, *(inspect(material.content) if material.content is not None else ()))


def unknown_places(tx: Tx, document: Mapping[str, Any]) -> Iterator[Fault]:
    """Visits to places that no catalogue knows."""
    visits = document.get("visits")
    for index, visit in enumerate(visits if isinstance(visits, list) else []):
        place = region_of(visit.get("place")) if isinstance(visit, dict) else None
        if place is not None and tx.catalogue.region(place) is None:
            yield fault("region.unknown", pointer(("visits", index, "place")))


def uploaded_of(tx: Tx, hall: HallRecord, ids: Sequence[str]) -> Mapping[str, MaterialRecord]:
    """The hall's own uploads of these ids that no case has taken."""
    records = {material_id: tx.materials.get(material_id, hall.id) for material_id in ids}
    return {key: record for key, record in records.items() if record and record.case_id is None}


def file_materials(
    items: Sequence[FileItem], uploaded: Mapping[str, MaterialRecord]
) -> tuple[list[OfferedMaterial], list[FiledMaterial], list[Fault]]:
    """(what is offered, what of it is fit to be kept, faults of references) of a draft's materials."""
    offered: list[OfferedMaterial] = []
    filed: list[FiledMaterial] = []
    faults: list[Fault] = []
    used: set[str] = set()
    for item in items:
        index, code, material = item.index, item.code, item.material
        if material is None:
            offered.append(OfferedMaterial(index, code, "", None, None))
            continue
        name = display_name(material.name)
        if material.content is not None:
            sha256, extension = item.sha256, item.extension
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
            media_type, content = MEDIA_TYPES[extension], material.content or b""
            filed.append(FiledMaterial(code, name, extension, media_type, size, sha256, content, record, _item_of(material)))
    return offered, filed, faults


def _item_of(material: DraftFile) -> str | None:
    return material.item if isinstance(material, SupplementMaterial) else None


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
