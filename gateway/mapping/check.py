"""Advice on a folder that loads: what works and is probably not meant."""

from collections.abc import Iterable
from typing import Final

from gateway.model import Status

from .codes import ALL_OTHERS, CLOSED, STATUS_TABLE, CodeTable
from .findings import Finding, Findings, Place
from .folder import Folder
from .load import QUERY

_DECISIONS: Final = (Status.APPROVED, Status.DENIED, Status.NOT_ACCEPTED)
"""Without a code for each of these a case never ends; `*` does not speak of them."""
_REPORTED: Final = (
    Status.PRECHECK, Status.SUPPLEMENT_REQUIRED, Status.ACCEPTED, Status.IN_REVIEW, Status.SUSPENDED, Status.FORWARDED, Status.DELIVERING,
    Status.DELIVERY_FAILED, Status.COMPLETED, Status.WITHDRAWN, Status.TERMINATED, Status.VOIDED, Status.REVOKED,
)  # fmt: skip
"""What else a handling place may tell."""
_SENT: Final = ("applicant_class", "certificate", "media_type")
"""Tables of ours that go out: what they lack is a case that could not be sent."""

_SHOWN: Final = 12
"""Codes that one finding names."""


def check(folder: Folder) -> tuple[Finding, ...]:
    """What to look at before the folder is used: decisions that no code means, a submit that gives no number, tables with gaps."""
    findings = Findings()
    partner = Place(f"{folder.name}/partner.yaml")
    status = folder.codes.get(STATUS_TABLE)
    if status is None:
        findings.add(partner, "check.no-status")
    else:
        place = Place(f"{folder.name}/codes/{STATUS_TABLE}.csv")
        meant = set(status.inbound.values()) | status.without
        for needed in _DECISIONS:
            if needed not in meant:
                findings.add(place, "check.status", status=needed.value, zh=needed.zh)
        if ALL_OTHERS not in meant and (lacking := [told for told in _REPORTED if told not in meant]):
            values = ", ".join(f"{told.value} {told.zh}" for told in lacking)
            findings.add(place, "check.unreachable", values=values, first=lacking[0].value)
    sent = _sent(folder)
    for name in _SENT:
        table = folder.codes.get(name)
        if table is not None and f"code('{name}'" in sent and (lacks := _unexplained(table, CLOSED[name])):
            values = ", ".join(lacks[:_SHOWN]) + (" …" if len(lacks) > _SHOWN else "")
            findings.add(Place(f"{folder.name}/codes/{name}.csv"), "check.codes", table=name, values=values, first=lacks[0])
    for matter in folder.matters.values():
        if not folder.steps(matter.code):
            findings.add(partner, "check.changes-nothing", matter=matter.code)
        for step in matter.steps.values():
            if step.name == "submit" and "number" not in step.read.names:
                findings.add(partner, "check.no-number", matter=matter.code, step=step.name)
    if folder.resend == QUERY and not any(row.reason == "unknown-case" for row in folder.verdicts):
        findings.add(partner, "check.unknown-case")
    if folder.resend == QUERY:
        asked = {id(found): found for matter in folder.matters.values() if (found := matter.steps.get(QUERY)) is not None}
        for query in asked.values():
            for part in query.send.outline.below:
                paths = () if part.value is None or isinstance(part.value, str) else part.value.paths
                if paths and not part.optional and all(path[0] == "partner" for path in paths):
                    findings.add(part.place, "check.query-number", target=part.name)
    for row in folder.verdicts:
        if row.is_ == "refused" and row.reason is None:
            findings.add(row.when.place, "check.raw-reason", when=row.when.source)
    return findings.all()


def _sent(folder: Folder) -> str:
    """The sources of everything that is sent."""
    outlines = {id(step.send): step.send.outline for matter in folder.matters.values() for step in matter.steps.values()}
    return " ".join(source.source for outline in outlines.values() for source in outline.sources())


def _unexplained(table: CodeTable, canonical: Iterable[str]) -> list[str]:
    """What a message could hold and the table neither translates nor says to lack."""
    return [] if ALL_OTHERS in table.without else sorted(set(canonical) - table.outbound.keys() - table.without)
