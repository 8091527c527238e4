"""What is wrong with a draft: its form, then what the matter asks for. Everything at once, whatever else is wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gateway.model import MEDIA_TYPES, CaseDraft, DraftVisit, Fault, Matter, Mode, Necessity, Purpose, china_day, fault, pointer

_TYPES = {
    "string_type": ("文字", "text"),
    "bool_type": ("布尔值 true 或 false", "true or false"),
    "dict_type": ("对象", "an object"),
    "model_type": ("对象", "an object"),
    "model_attributes_type": ("对象", "an object"),
    "tuple_type": ("数组", "an array"),
    "int_type": ("整数", "an integer"),
    "bytes_type": ("Base64 文字", "Base64 text"),
}
_CUSTOM = {
    "characters": "field.characters",
    "region": "region.unknown",
    "base64": "material.encoding",
    "representative": "applicant.representative",
    "material_content": "material.content",
    "string_pattern_mismatch": "field.pattern",
    "missing": "field.missing",
    "extra_forbidden": "field.unknown",
    "moment": "field.moment",
    "timezone_aware": "field.moment",
    "datetime_type": "field.moment",
    "datetime_parsing": "field.moment",
    "datetime_from_date_parsing": "field.moment",
    "datetime_object_invalid": "field.moment",
}


def parse_draft(document: Mapping[str, Any]) -> tuple[CaseDraft | None, list[Fault]]:
    """The draft, or None and every fault of its form."""
    try:
        return CaseDraft.model_validate(document), []
    except ValidationError as error:
        return None, list(translate(error))


def translate(error: ValidationError) -> Iterator[Fault]:
    """pydantic's findings as faults: pointer, stable code, both languages; never the input."""
    for found in error.errors(include_url=False, include_input=False):
        yield _translate(found)


def _translate(found: ErrorDetails) -> Fault:
    kind, where, about = found["type"], _path(found), found.get("ctx", {})
    if kind == "certificate":
        code = str(about["code"])
        return fault(code, where + ("/type" if code == "certificate.type-unknown" else "/number"))
    if kind == "certificate_class":
        return fault("certificate.class", where + "/certificate/type")
    if kind == "representative":
        return fault("applicant.representative", where + "/representative")
    if kind in _CUSTOM:
        return fault(_CUSTOM[kind], where)
    if kind in ("enum", "literal_error"):
        return fault("field.value", where, allowed=str(about.get("expected", "")).replace("'", "").replace(" or ", ", "))
    if kind in ("string_too_long", "bytes_too_long"):
        return fault("field.too-long", where, limit=about["max_length"])
    if kind in ("string_too_short", "bytes_too_short"):
        return fault("field.too-short", where, limit=about["min_length"])
    if kind == "too_long":
        return fault("field.too-many", where, limit=about["max_length"])
    zh, en = _TYPES.get(kind, ("接口文档所述的形式", "what the API description says"))
    return fault("field.type", where, expected_zh=zh, expected_en=en)


def _path(found: ErrorDetails) -> str:
    return pointer(part for part in found["loc"] if part != "[key]")


_SUFFIXES = {extension: extension for extension in MEDIA_TYPES} | {"jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class OfferedMaterial:
    """A material as it came in: where it stands in the draft, its code and its content. size None: the content is at fault already."""

    index: int
    code: str
    name: str
    extension: str | None
    size: int | None


def check_against_matter(
    document: Mapping[str, Any], matter: Matter, materials: Sequence[OfferedMaterial], now: datetime
) -> Iterator[Fault]:
    """What the matter asks for and the draft lacks. Works on the raw document too, so that one fault of form hides no other."""
    applicant = document.get("applicant")
    kind = applicant.get("class") if isinstance(applicant, Mapping) else None
    if isinstance(kind, str) and kind not in matter.applicants:
        yield fault("applicant.class", "/applicant/class", allowed=", ".join(matter.applicants))
    yield from _check_form(document.get("form", {}), matter)
    yield from _check_materials(matter, materials)
    yield from _check_visits(document.get("visits", []), matter, now)


def _check_form(form: Any, matter: Matter) -> Iterator[Fault]:
    if not isinstance(form, Mapping):
        return
    fields = {field.code: field for field in matter.form}
    for field in matter.form:
        value = form.get(field.code)
        here = pointer(("form", field.code))
        if field.required and not (isinstance(value, str) and value.strip()):
            yield fault("form.missing", here, name=field.name)
        elif isinstance(value, str) and len(value) > field.max_length:
            yield fault("field.too-long", here, limit=field.max_length)
        elif isinstance(value, str) and field.values and value not in field.values:
            yield fault("field.value", here, allowed=", ".join(field.values))
    for code in form:
        if code not in fields:
            yield fault("form.unknown", pointer(("form", code)))


def _check_materials(matter: Matter, materials: Sequence[OfferedMaterial]) -> Iterator[Fault]:
    wanted = {requirement.code: requirement for requirement in matter.materials}
    seen: set[tuple[str, str]] = set()
    for material in materials:
        here = pointer(("materials", material.index))
        requirement = wanted.get(material.code)
        if requirement is None:
            yield fault("material.unlisted", here + "/code", code=material.code)
            continue
        if (material.code, material.name) in seen:
            yield fault("material.duplicate", here + "/name")
        seen.add((material.code, material.name))
        yield from _check_content(material, requirement.formats)
        if material.size is not None and material.size > requirement.max_bytes:
            yield fault("material.too-large", here, limit=requirement.max_bytes)
    offered = {material.code for material in materials}
    for requirement in matter.materials:
        if requirement.necessity is Necessity.REQUIRED and requirement.code not in offered:
            yield fault("material.missing", "/materials", name=requirement.name)


def check_contents(materials: Sequence[OfferedMaterial]) -> Iterator[Fault]:
    """What can be said of files whatever the matter: empty, of no accepted type, or not what their name says."""
    for material in materials:
        yield from _check_content(material, tuple(MEDIA_TYPES))


def _check_content(material: OfferedMaterial, formats: Sequence[str]) -> Iterator[Fault]:
    here = pointer(("materials", material.index))
    named = _SUFFIXES.get(material.name.rpartition(".")[2].lower()) if "." in material.name else None
    if material.size is None:
        return
    if material.size == 0:
        yield fault("material.empty", here)
    elif material.extension not in formats:
        yield fault("material.type", here, allowed=", ".join(formats))
    elif named is not None and named != material.extension:
        yield fault("material.extension", here + "/name", named=named, found=material.extension)


def _check_visits(visits: Any, matter: Matter, now: datetime) -> Iterator[Fault]:
    if not isinstance(visits, list | tuple):
        return
    applied = False
    for index, entry in enumerate(visits):
        applied = applied or (isinstance(entry, Mapping) and entry.get("purpose") == Purpose.APPLY)
        try:
            visit = DraftVisit.model_validate(entry)
        except ValidationError:
            continue  # its form is at fault, which is said already
        yield from visit_time_faults(visit.at, now, now, f"/visits/{index}/at")
    if matter.mode is not Mode.FULL_ONLINE and not applied:
        yield fault("visit.reception", "/visits")


def visit_time_faults(at: datetime, taken_in: datetime, now: datetime, where: str) -> Iterator[Fault]:
    """A visit lies not in the future (two minutes of clock difference allowed) and not before the day the case was taken in."""
    if (at - now).total_seconds() > 120:
        yield fault("visit.future", where)
    elif china_day(at) < china_day(taken_in):
        yield fault("visit.before-case", where)
