"""Where a case goes: (destination, matter, day) through agreements to a partner, longest region prefix first."""

from collections.abc import Mapping
from datetime import date

from gateway.model import Agreement, Fault, Matter, Partner, choose, covers, fault, significant
from gateway.store import Tx


def choose_partner(partners: Mapping[str, Partner], destination: str, matter: str) -> Partner | None:
    """The partner whose region prefix covers the destination most closely and that offers the matter; ties go by name."""
    fitting = [
        (len(significant(prefix)), partner.name)
        for partner in partners.values()
        if partner.steps(matter)
        for prefix in partner.regions
        if covers(prefix, destination)
    ]
    return partners[min(fitting, key=lambda entry: (-entry[0], entry[1]))[1]] if fitting else None


def find_matter(tx: Tx, matter: str | None, destination: str | None, day: date) -> tuple[Matter | None, list[Fault]]:
    """The matter as the destination offers it on that day, or what keeps it from being offered.

    None stands for a value that is at fault already.
    """
    faults = []
    region_known = destination is not None and tx.catalogue.region(destination) is not None
    if destination is not None and not region_known:
        faults.append(fault("region.unknown", "/destination"))
    matter_known = matter is not None and tx.catalogue.matter_known(matter)
    if matter is not None and not matter_known:
        faults.append(fault("matter.unknown", "/matter"))
    if not (matter and destination and region_known and matter_known):
        return None, faults
    offered = tx.catalogue.matter(matter, destination, day)
    if offered is None:
        faults.append(fault("matter.not-offered", "/matter"))
    return offered, faults


def find_agreement(tx: Tx, origin: str, destination: str, matter: str, day: date) -> Agreement | None:
    """The agreement under which `origin` may take in this matter for `destination`."""
    return choose(tx.agreements.applying(origin, destination, matter, day), origin, destination, matter, day)
