"""Where a case goes: (destination, matter, day) through agreements to a partner, longest region prefix first; and why it cannot go there.

Intake, the pre-check and `tongban route` all ask `explain_route`, so that what a clerk is told at the counter is what an operator reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

from gateway.model import Agreement, Fault, Matter, Region, choose, covers, fault, significant
from gateway.store import PartnerState, Tx

_MOST_TOLD = 5
"""Periods of validity that one fault lists; more would not be read."""


class Connected(Protocol):
    """What routing asks of a partner; an adapter answers it, and so does a folder alone."""

    @property
    def name(self) -> str:
        """The folder's name."""
        ...

    @property
    def regions(self) -> tuple[str, ...]:
        """Prefixes of the regions it answers for."""
        ...

    def steps(self, matter: str) -> tuple[str, ...]:
        """The changing steps of the matter; empty when the partner does not offer it."""
        ...


C = TypeVar("C", bound=Connected)


@dataclass(frozen=True, slots=True)
class Route(Generic[C]):
    """The way from origin to destination on a day, as far as it goes. faults: every condition that failed; none: a case may be taken in.

    pause: the partner rests, which keeps no case from being taken in: it waits here and goes when the pause ends.
    """

    origin: str
    destination: str | None
    day: date
    matter: Matter | None
    agreement: Agreement | None
    partner: C | None
    pause: PartnerState | None
    faults: tuple[Fault, ...]


def explain_route(
    tx: Tx, partners: Mapping[str, C], origin: str, destination: str | None, matter: str | None, now: datetime, day: date
) -> Route[C]:
    """The matter, agreement and partner by which `origin` may take in the matter for `destination` on `day`, or what stands against it.

    Codes are canonical; None stands for a value that is at fault already. now: when it is asked whether the partner is paused.
    """
    offered, faults = _find_matter(tx, origin, destination, matter, day)
    agreement = partner = pause = None
    if offered is not None and destination is not None:
        agreement, lacking = _find_agreement(tx, origin, destination, offered.code, day)
        faults += lacking
        partner, lacking = _find_partner(partners, destination, offered.code)
        faults += lacking
        state = tx.partners.state(partner.name) if partner is not None else None
        pause = state if state is not None and state.paused_until is not None and state.paused_until > now else None
    return Route(origin, destination, day, offered, agreement, partner, pause, tuple(faults))


def _find_matter(tx: Tx, origin: str, destination: str | None, matter: str | None, day: date) -> tuple[Matter | None, list[Fault]]:
    faults = _region_faults(tx.catalogue.region(origin), day, "", "region.origin-unknown")
    if destination is not None:
        faults += _region_faults(tx.catalogue.region(destination), day, "/destination", "region.unknown")
    matter_known = matter is not None and tx.catalogue.matter_known(matter)
    if matter is not None and not matter_known:
        faults.append(fault("matter.unknown", "/matter"))
    if faults or matter is None or destination is None:
        return None, faults
    offered = tx.catalogue.matter(matter, destination, day)
    if offered is None:
        periods = tx.catalogue.matter_periods(matter, destination)
        if periods:
            told = _periods([_period(begins, ends) for begins, ends in periods])
            faults.append(fault("matter.not-in-force", "/matter", day=day, periods=told))
        elif destination == origin:
            faults.append(fault("route.own-region", "/destination"))
        else:
            faults.append(fault("matter.not-offered", "/matter"))
    return offered, faults


def _region_faults(region: Region | None, day: date, where: str, unknown: str) -> list[Fault]:
    if region is None:
        return [fault(unknown, where)]
    if not region.in_force(day):
        return [fault("region.not-in-force", where, code=region.code, day=day, period=_period(region.valid_from, region.valid_to))]
    return []


def _find_agreement(tx: Tx, origin: str, destination: str, matter: str, day: date) -> tuple[Agreement | None, list[Fault]]:
    lines = tx.agreements.between(origin, destination, matter)
    found = choose(lines, origin, destination, matter, day)
    if found is not None:
        refused = [] if found.delegations.receive else [fault("agreement.receive", "/matter", document=found.document_number)]
        return found, refused
    if lines:
        told = _periods([f"{line.document_number} {_period(line.valid_from, line.valid_to)}" for line in lines])
        return None, [fault("agreement.not-in-force", "/destination", day=day, periods=told)]
    if tx.agreements.any_between(origin, destination):
        return None, [fault("agreement.matter", "/matter")]
    return None, [fault("route.own-region" if destination == origin else "agreement.none", "/destination")]


def _find_partner(partners: Mapping[str, C], destination: str, matter: str) -> tuple[C | None, list[Fault]]:
    """The partner whose region prefix covers the destination most closely and that offers the matter; ties go by name."""
    near = [
        (-len(significant(prefix)), partner.name)
        for partner in partners.values()
        for prefix in partner.regions
        if covers(prefix, destination)
    ]
    fitting = [entry for entry in near if partners[entry[1]].steps(matter)]
    if fitting:
        return partners[min(fitting)[1]], []
    return None, [fault("route.partner-matter" if near else "route.no-partner", "/destination")]


def _period(begins: date | None, ends: date | None) -> str:
    return f"{begins or '…'} – {ends or '…'}"


def _periods(told: Sequence[str]) -> str:
    return "; ".join(told[:_MOST_TOLD]) + ("; …" if len(told) > _MOST_TOLD else "")
