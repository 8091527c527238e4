"""The places of a joint case (多地联办): which they are, what of a draft is whose, and how their faults are told."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.model import Fault, Matter, Mode, fault, normalize_region, pointer

_MOST = 5
"""Further places that are looked at; more are a fault of form."""
_OF_NO_PLACE = frozenset({"matter.unknown", "region.origin-unknown"})
"""Faults of a route that are the same whatever the destination."""

OF_NOBODY = frozenset({"form.unknown", "material.unlisted"})
"""Faults that say that no place asks for something."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """What of a joint draft other places ask for and this one does not; it is none of its business. Codes of fields and materials."""

    form: frozenset[str] = frozenset()
    materials: frozenset[str] = frozenset()

    def leave_out(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """The draft without such fields."""
        form = document.get("form")
        if not self.form or not isinstance(form, Mapping):
            return document
        return {**document, "form": {code: value for code, value in form.items() if code not in self.form}}


def named_places(document: Mapping[str, Any]) -> int:
    """How many further places a draft names, whatever they are."""
    listed = document.get("also_at")
    return len(listed) if isinstance(listed, list) else 0


def further_places(document: Mapping[str, Any]) -> tuple[dict[int, str], list[Fault]]:
    """(the further places by their position in also_at, the faults of places named twice). What is no region is at fault already."""
    listed = document.get("also_at")
    found: dict[int, str] = {}
    faults: list[Fault] = []
    seen = {region_of(document.get("destination"))}
    for index, given in enumerate(listed[:_MOST] if isinstance(listed, list) else []):
        place = region_of(given)
        if place is None:
            continue
        if place in seen:
            faults.append(fault("joint.twice", pointer(("also_at", index))))
        else:
            seen.add(place)
            found[index] = place
    return found, faults


def foreign_to(matter: Matter, matters: Iterable[Matter]) -> Foreign:
    """What the other places ask for and this one does not; matters: the matter as each of the places offers it."""
    others = [other for other in matters if other is not matter]
    form = {field.code for other in others for field in other.form} - {field.code for field in matter.form}
    materials = {one.code for other in others for one in other.materials} - {one.code for one in matter.materials}
    return Foreign(frozenset(form), frozenset(materials))


def mode_faults(lead: Matter | None, further: Mapping[int, Matter | None]) -> Iterator[Fault]:
    """Places where the matter is not handled jointly."""
    if lead is not None and lead.mode is not Mode.JOINT:
        yield fault("joint.mode", "/also_at")
    for index, matter in further.items():
        if matter is not None and matter.mode is not Mode.JOINT:
            yield fault("joint.mode", pointer(("also_at", index)))


def of_route(index: int, name: str, found: Sequence[Fault]) -> Iterator[Fault]:
    """The faults of the way to a further place, told at its position."""
    for one in found:
        if one.pointer and one.code not in _OF_NO_PLACE:
            yield replace(_named(name, one), pointer=pointer(("also_at", index)))


def of_place(name: str, found: Iterable[Fault], said: Sequence[Fault]) -> Iterator[Fault]:
    """What a further place says of the draft, but for what was said of it already."""
    for one in found:
        if one not in said:
            yield _named(name, one)


def _named(name: str, found: Fault) -> Fault:
    return replace(found, zh=f"{name}:{found.zh}", en=f"{name}: {found.en}")


def region_of(value: Any) -> str | None:
    """The canonical code of what a draft calls a region; None when it is none."""
    try:
        return normalize_region(value) if isinstance(value, str) else None
    except ValueError:
        return None
