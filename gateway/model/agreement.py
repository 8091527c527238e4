"""Agreements: which regions handle which matters for each other, from when to when. Many-to-many; the longest prefix wins."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .region import covers, significant
from .terms import CountsFrom


@dataclass(frozen=True, slots=True)
class Delegations:
    """Rights the destination leaves to the reception place beyond receiving; all false unless the document says so."""

    receive: bool = True
    notify_once: bool = False
    verify_original: bool = False
    deliver: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """Working days that the agreement gives each side (domain page §1.3); None: it says nothing.

    forward_days: reception takes the case in and passes it on; post_days: reception mails papers that must be seen as originals;
    recheck_days: the destination's window looks through them; return_days: the result is mailed. counts_from: from when the
    destination's time to accept runs.
    """

    forward_days: int | None = None
    post_days: int | None = None
    recheck_days: int | None = None
    return_days: int | None = None
    counts_from: CountsFrom | None = None


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
    terms: Terms = Terms()

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
