"""Agreements: which regions handle which matters for each other, from when to when. Many-to-many; the longest prefix wins."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .region import covers, significant


@dataclass(frozen=True, slots=True)
class Delegations:
    """Rights the destination leaves to the reception place beyond receiving; all false unless the document says so."""

    receive: bool = True
    notify_once: bool = False
    verify_original: bool = False
    deliver: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """One line of an agreement document. origin, destination: region codes, a province or city covers what lies in it."""

    document_number: str
    origin: str
    destination: str
    matter: str
    valid_from: date
    valid_to: date | None
    delegations: Delegations = Delegations()

    def applies(self, origin: str, destination: str, matter: str, day: date) -> bool:
        """Whether it lets `origin` take in this matter for `destination` on that day."""
        return (
            self.matter == matter
            and covers(self.origin, origin)
            and covers(self.destination, destination)
            and self.valid_from <= day
            and (self.valid_to is None or day <= self.valid_to)
        )


def choose(agreements: Iterable[Agreement], origin: str, destination: str, matter: str, day: date) -> Agreement | None:
    """The agreement that applies: longest destination prefix, then longest origin prefix, then the newest."""
    fitting = [a for a in agreements if a.applies(origin, destination, matter, day)]
    return max(
        fitting,
        key=lambda a: (len(significant(a.destination)), len(significant(a.origin)), a.valid_from, a.document_number),
        default=None,
    )
