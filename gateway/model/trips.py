"""Trips saved: S = B − A, from approved baselines and evidenced visits (domain page §5). Signed, never clamped, counted once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from .moments import china_day
from .region import covers, same_province
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
    """One physical attendance. place: region code of the hall visited; reference_hash: keyed hash of what shows it, None when not kept."""

    place: str
    at: datetime
    purpose: Purpose
    evidence: Evidence
    reference_hash: bytes | None = None

    @property
    def counts(self) -> bool:
        """Whether it is a trip."""
        return self.purpose is not Purpose.CONSULT


@dataclass(frozen=True, slots=True)
class Baseline:
    """Visits the same applicant would have made without us, approved before the filing and valid on its day."""

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


class Account(StrEnum):
    """Where a handled case stands in the ledger; every case stands in one. Figures of two accounts are never added up (§5.4, §5.5)."""

    APPROVED = "approved"
    DENIED = "denied"
    WITHOUT_RESULT = "without-result"
    NO_BASELINE = "no-baseline"
    NO_TRIP_NEEDED = "no-trip-needed"
    SAME_REGION = "same-region"
    QUERY = "query"
    PART = "part"
    TEST = "test"
    EXCLUDED = "excluded"

    @property
    def computed(self) -> bool:
        """Whether savings are computed: of approved cases for the headline, of denied ones apart."""
        return self in (Account.APPROVED, Account.DENIED)

    @property
    def handled(self) -> bool:
        """Whether its cases count as cases handled."""
        return self not in (Account.SAME_REGION, Account.QUERY, Account.PART, Account.TEST, Account.EXCLUDED)


def account_of(
    result: CaseResult, baseline: Baseline | None, *, origin: str, destination: str, query: bool, test: bool, part: bool = False
) -> Account:
    """The account of a handled case; the first reason to stay out of the headline decides.

    part: it is a part of a joint case, which counts as one thing; same-region: the hall stands in the destination itself.
    """
    if part:
        return Account.PART
    if test:
        return Account.TEST
    if query:
        return Account.QUERY
    if covers(destination, origin):
        return Account.SAME_REGION
    if result not in (CaseResult.APPROVED, CaseResult.DENIED):
        return Account.WITHOUT_RESULT
    if baseline is None:
        return Account.NO_BASELINE
    if baseline.trips == 0:
        return Account.NO_TRIP_NEEDED
    return Account.APPROVED if result is CaseResult.APPROVED else Account.DENIED


@dataclass(frozen=True, slots=True)
class Claim:
    """What one case would count for alone. home: region of its hall; trips, long_trips: its baseline, 0 where none is computed."""

    home: str
    trips: int
    long_trips: int
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class Trips:
    """Baseline and actual trips, and how many of them lead to another province."""

    baseline: int = 0
    baseline_long: int = 0
    actual: int = 0
    actual_long: int = 0

    def minus(self, other: "Trips") -> "Trips":
        """What this has more than the other; each figure may be negative."""
        return Trips(
            self.baseline - other.baseline,
            self.baseline_long - other.baseline_long,
            self.actual - other.actual,
            self.actual_long - other.actual_long,
        )


def bundles(cases: Sequence[tuple[Visit, ...]]) -> list[list[int]]:
    """One applicant's cases at one destination of one day, each given by its visits, grouped by shared visits; as positions.

    A visit is shared when place, day, kind of evidence and reference are the same. Who shares with two groups joins them.
    """
    groups: list[tuple[set[tuple[str, date, Evidence, bytes]], list[int]]] = []
    for position, visits in enumerate(cases):
        marks = {
            (visit.place, china_day(visit.at), visit.evidence, visit.reference_hash)
            for visit in visits
            if visit.counts and visit.reference_hash is not None
        }
        joined = [group for group in groups if group[0] & marks]
        groups = [group for group in groups if not group[0] & marks]
        groups.append((marks.union(*(group[0] for group in joined)), [*(one for group in joined for one in group[1]), position]))
    return [members for _, members in groups]


def count_trips(claims: Sequence[Claim]) -> Trips:
    """The trips of these claims. A bundle counts like one thing: the greatest baseline, and each attendance once.

    An attendance is being at one place on one day; it is long when it lies outside the province of a hall whose case it was for.
    """
    baseline = baseline_long = actual = actual_long = 0
    for positions in bundles([claim.visits for claim in claims]):
        members = [claims[position] for position in positions]
        attended = {(visit.place, china_day(visit.at)) for claim in members for visit in claim.visits if visit.counts}
        far = {
            (visit.place, china_day(visit.at))
            for claim in members
            for visit in claim.visits
            if visit.counts and not same_province(visit.place, claim.home)
        }
        baseline += max(claim.trips for claim in members)
        baseline_long += max(claim.long_trips for claim in members)
        actual += len(attended)
        actual_long += len(far)
    return Trips(baseline, baseline_long, actual, actual_long)


def reduction_percent(baseline: int, saved: int) -> float | None:
    """ΣS / ΣB as a percentage, one decimal, half away from zero; None without a baseline. A ratio of sums, never a mean of rates."""
    if baseline <= 0:
        return None
    tenths = (abs(saved) * 2000 + baseline) // (2 * baseline)
    return (tenths if saved >= 0 else -tenths) / 10
