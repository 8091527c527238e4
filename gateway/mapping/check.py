"""Advice on a folder that loads: what works and is probably not meant."""

from gateway.model import CERTIFICATE_TYPES, IDENTITY_CARDS, Status

from .codes import STATUS_TABLE
from .findings import Finding, Findings, Place
from .folder import Folder
from .load import QUERY


def check(folder: Folder) -> tuple[Finding, ...]:
    """What to look at before the folder is used: decisions that no code means, a submit that gives no number, tables with gaps."""
    findings = Findings()
    partner = Place(f"{folder.name}/partner.yaml")
    status = folder.codes.get(STATUS_TABLE)
    if status is None:
        findings.add(partner, "check.no-status")
    else:
        meant = {Status(code) for code in status.inbound.values()}
        for needed in (Status.APPROVED, Status.DENIED, Status.NOT_ACCEPTED):
            if needed not in meant:
                findings.add(Place(f"{folder.name}/codes/{STATUS_TABLE}.csv"), "check.status", status=needed.value, zh=needed.zh)
    certificate = folder.codes.get("certificate")
    if certificate is not None:
        for code in sorted(IDENTITY_CARDS - certificate.outbound.keys())[:1]:
            findings.add(Place(f"{folder.name}/codes/certificate.csv"), "check.certificate", code=code, zh=CERTIFICATE_TYPES[code])
    for matter in folder.matters.values():
        if not folder.steps(matter.code):
            findings.add(partner, "check.changes-nothing", matter=matter.code)
        for step in matter.steps.values():
            if step.name == "submit" and "number" not in step.read.names:
                findings.add(partner, "check.no-number", matter=matter.code, step=step.name)
    if folder.resend == "idempotent" and not any(row.is_ == "received" for row in folder.verdicts):
        findings.add(partner, "check.idempotent")
    if folder.resend == QUERY and not any(row.reason == "unknown-case" for row in folder.verdicts):
        findings.add(partner, "check.unknown-case")
    for row in folder.verdicts:
        if row.is_ == "refused" and row.reason is None:
            findings.add(partner, "check.raw-reason", when=row.when.source)
    return findings.all()
