"""Trips saved: S = B − A, from approved baselines and evidenced visits (domain page §5). Signed, never clamped, counted once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from .moments import china_day
from .region import same_province
from .status import Decision, Status


class Purpose(StrEnum):
    """Why somebody came; consultations are recorded and are not trips."""

    CONSULT = "consult"
    APPLY = "apply"
    SUPPLEMENT = "supplement"
    IDENTITY = "identity"
    INTERVIEW = "interview"
    PAY = "pay"
    COLLECT = "collect"


class Evidence(StrEnum):
    """What shows that somebody came."""

    QUEUE_TICKET = "queue-ticket"
    ID_READ = "id-read"
    SIGN = "sign"
    MANUAL = "manual"


class BaselineMethod(StrEnum):
    """Where a baseline comes from; nothing else is a baseline."""

    OFFICIAL_ONSITE_COUNT = "official-onsite-count"
    PROCESS_DERIVED = "process-derived"
    AGREEMENT = "agreement"


@dataclass(frozen=True, slots=True)
class Visit:
    """One physical attendance. place: region code of the hall visited."""

    place: str
    at: datetime
    purpose: Purpose
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Baseline:
    """Visits the same applicant would have made without us, approved, valid on the day of filing."""

    id: int
    version: int
    trips: int
    long_trips: int


class CaseResult(StrEnum):
    """How a case ended, for the ledger and the metrics."""

    APPROVED = "approved"
    DENIED = "denied"
    NOT_ACCEPTED = "not-accepted"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    VOIDED = "voided"
    REVOKED = "revoked"


_BY_STATUS = {
    Status.NOT_ACCEPTED: CaseResult.NOT_ACCEPTED,
    Status.RECEPTION_RETURNED: CaseResult.RETURNED,
    Status.WITHDRAWN: CaseResult.WITHDRAWN,
    Status.TERMINATED: CaseResult.TERMINATED,
    Status.VOIDED: CaseResult.VOIDED,
    Status.REVOKED: CaseResult.REVOKED,
}


def case_result(status: Status, decision: Decision | None) -> CaseResult:
    """The result of a handled case. Raises ValueError for one that is not handled."""
    if status is Status.COMPLETED and decision is not None:
        return CaseResult.DENIED if decision is Decision.DENIED else CaseResult.APPROVED
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    raise ValueError(f"status {status.value} is not a result")


@dataclass(frozen=True, slots=True)
class Settlement:
    """A case's line in the ledger. baseline None: unknown, nothing is computed. eligible: the line may enter the headline."""

    result: CaseResult
    actual: int
    actual_long: int
    baseline: Baseline | None
    eligible: bool
    why_not: str | None

    @property
    def saved(self) -> int | None:
        """B − A, or None without a baseline."""
        return None if self.baseline is None else self.baseline.trips - self.actual

    @property
    def saved_long(self) -> int | None:
        """The same of visits to another province."""
        return None if self.baseline is None else self.baseline.long_trips - self.actual_long


def count_trips(visits: Iterable[Visit], home: str) -> tuple[int, int]:
    """(trips, long trips): distinct attendances on one day at one place; long are those outside the province of `home`."""
    attended: set[tuple[str, date]] = {(v.place, china_day(v.at)) for v in visits if v.purpose is not Purpose.CONSULT}
    return len(attended), sum(1 for place, _ in attended if not same_province(place, home))


def settle(
    result: CaseResult, visits: Iterable[Visit], baseline: Baseline | None, *, origin: str, destination: str, query: bool, test: bool
) -> Settlement:
    """Settle one handled case; says why a case stays out of the headline (§5.5)."""
    actual, actual_long = count_trips(visits, origin)
    why_not = (
        "test" if test
        else "query" if query
        else "same-region" if origin == destination
        else "result" if result is not CaseResult.APPROVED
        else "no-baseline" if baseline is None
        else "no-trip-needed" if baseline.trips == 0
        else None
    )  # fmt: skip
    return Settlement(result, actual, actual_long, baseline, why_not is None, why_not)


def reduction_percent(baseline: int, saved: int) -> float | None:
    """ΣS / ΣB as a percentage, one decimal, half away from zero; None without a baseline. A ratio of sums, never a mean of rates."""
    if baseline == 0:
        return None
    tenths = (abs(saved) * 2000 + baseline) // (2 * baseline)
    return (tenths if saved >= 0 else -tenths) / 10
