"""Code tables: our codes and a partner's, both ways. What a table does not know is None, never a guess."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.model import CERTIFICATE_TYPES, MEDIA_TYPES, REASONS, UNKNOWN_CASE, ApplicantClass, Status

from .findings import Findings, Place, nearest

HEADER: Final = ["canonical", "partner", "note"]
OUTBOUND_ONLY: Final = "outbound-only"
INBOUND_ONLY: Final = "inbound-only"
NONE: Final = "none:"
"""How the note of a row without the partner's code begins: there is none, and this is why."""
ALL_OTHERS: Final = "*"
"""In such a row: every canonical code that no other row names."""
STATUS_TABLE: Final = "status"
REASON_TABLE: Final = "reason"
_READ_ONLY: Final = frozenset({STATUS_TABLE, REASON_TABLE})
"""Tables whose every row is inbound by nature: no message of ours sends one."""
CLOSED: Final[Mapping[str, frozenset[str]]] = {
    STATUS_TABLE: frozenset(Status),
    "certificate": frozenset(CERTIFICATE_TYPES),
    "applicant_class": frozenset(ApplicantClass),
    "media_type": frozenset(MEDIA_TYPES.values()),
    REASON_TABLE: frozenset(REASONS) - {UNKNOWN_CASE},
}
"""Tables whose canonical column is a closed list of ours."""


@dataclass(frozen=True, slots=True)
class CodeTable:
    """outbound: canonical → partner; inbound: partner → canonical. Both unambiguous. without: canonical codes said to have none, or `*`."""

    name: str
    outbound: Mapping[str, str]
    inbound: Mapping[str, str]
    without: frozenset[str] = field(default=frozenset())

    def to_partner(self, canonical: str) -> str | None:
        """The partner's code for ours, or None."""
        return self.outbound.get(canonical)

    def to_canonical(self, partner: str) -> str | None:
        """Our code for the partner's, or None."""
        return self.inbound.get(partner)


def read_table(name: str, file: str, text: str, findings: Findings) -> CodeTable:
    """The table of a CSV text; a row that cannot be used is a finding."""
    outbound: dict[str, str] = {}
    inbound: dict[str, str] = {}
    without: dict[str, Place] = {}
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 0
    try:
        for row in rows:
            place, line = Place(file, line + 1), rows.line_num
            if place.line == 1:
                if row != HEADER:
                    findings.add(place, "codes.header")
                    break
            elif row:
                _take(name, place, row, outbound, inbound, without, findings)
        if line == 0:
            findings.add(Place(file), "codes.header")
    except csv.Error:
        findings.add(Place(file, line + 1), "codes.csv")
    for canonical in without.keys() & (set(inbound.values()) if name in _READ_ONLY else outbound.keys()):
        findings.add(without[canonical], "codes.contradiction", value=canonical)
    return CodeTable(name, outbound, inbound, frozenset(without))


def _take(
    name: str,
    place: Place,
    row: list[str],
    outbound: dict[str, str],
    inbound: dict[str, str],
    without: dict[str, Place],
    findings: Findings,
) -> None:
    if len(row) != len(HEADER):
        findings.add(place, "codes.columns", count=len(row))
        return
    canonical, partner, note = row
    declared = not partner and note.startswith(NONE)
    if declared and canonical == ALL_OTHERS:
        without[canonical] = place
        return
    if not canonical or not (partner or declared) or canonical != canonical.strip() or partner != partner.strip():
        findings.add(place, "codes.blank")
        return
    allowed = CLOSED.get(name)
    if allowed is not None and canonical not in allowed:
        findings.add(place, "codes.canonical", value=canonical, table=name, hint=nearest(canonical, allowed))
        return
    if declared:
        without[canonical] = place
        return
    if not note.startswith(INBOUND_ONLY) and name not in _READ_ONLY:
        if canonical in outbound:
            findings.add(place, "codes.outbound-twice", value=canonical)
        outbound.setdefault(canonical, partner)
    if not note.startswith(OUTBOUND_ONLY):
        if partner in inbound:
            findings.add(place, "codes.inbound-twice", value=partner)
        inbound.setdefault(partner, canonical)
