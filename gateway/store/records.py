"""What the store takes and gives: frozen records. Sealed fields hold bytes that only gateway.security can open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from gateway.model import Account, ApplicantClass, BaselineMethod, Decision, Evidence, Kind, Mode, Purpose, Status

from .errors import Fenced

__all__ = [
    "AttemptRecord",
    "AuditRecord",
    "BaselineRecord",
    "BaselineRow",
    "CalendarDay",
    "CaseRecord",
    "EventRecord",
    "Fenced",
    "HallRecord",
    "IdempotencyRecord",
    "JobKind",
    "JobRecord",
    "KeyRecord",
    "LedgerCell",
    "LedgerEntry",
    "MaterialRecord",
    "NewCase",
    "NewEvent",
    "NewVisit",
    "OutcomeRow",
    "ParkedRecord",
    "PartnerState",
    "RawWords",
    "RejectionRow",
    "ReportRecord",
    "ResultRecord",
    "StandingRecord",
    "TicketRecord",
    "VisitRecord",
]


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """A baseline as imported. applicant_class None: any; trips, long_trips: visits needed without us."""

    destination: str
    matter: str
    applicant_class: str | None
    trips: int
    long_trips: int
    method: BaselineMethod
    source: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class BaselineRecord:
    """A baseline as kept; its figures never change after the import. version counts the rows of one (destination, matter, class)."""

    id: int
    version: int
    destination: str
    matter: str
    applicant_class: str | None
    trips: int
    long_trips: int
    method: BaselineMethod
    source: str
    valid_from: date
    valid_to: date | None
    imported_by: str
    imported_at: datetime
    approved_by: str | None
    approved_at: datetime | None


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day on which a region's halls work or rest otherwise than the State Council says. region: canonical, empty for every region."""

    region: str
    day: date
    working: bool
    note: str | None = None


@dataclass(frozen=True, slots=True)
class HallRecord:
    """A hall. id: a slug; region: where its window stands."""

    id: str
    name: str
    region: str
    created_at: datetime
    disabled_at: datetime | None = None
    webhook_url: str | None = None
    webhook_secret_sealed: bytes | None = None


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A hall's key, found by its public prefix; only the digest of the secret is kept."""

    hall_id: str
    digest: bytes
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """What a hall's key was answered with, byte for byte."""

    body_sha256: bytes
    status: int
    response: bytes
    case_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to be kept. document_sealed: its canonical JSON; body_sealed: the hall's raw body; the digests are of the plain bytes.

    applicant_hash: the keyed hash of the applicant's certificate, by which cases of one applicant are found.

    parent_id: of a part of a joint case, its whole; parts: of a whole, how many it has.

    mode, kind, applicant_class, status: values of the model's lists.
    """

    number: str
    hall_id: str
    origin: str
    destination: str
    partner: str
    matter: str
    matter_version: int
    mode: str
    kind: str
    applicant_class: str
    status: str
    status_since: datetime
    agreement_document: str | None
    is_test: bool
    mapping_hash: str
    received_at: datetime
    document_sealed: bytes
    document_sha256: bytes
    body_sealed: bytes
    body_sha256: bytes
    applicant_hash: bytes | None = None
    parent_id: int | None = None
    parts: int = 0


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case's row. event_seq, event_head: number and hash of its last event; relayed_seq: the last one the hall has.

    parent_id: of a part of a joint case, its whole; parts: of a whole, how many it has.
    """

    id: int
    number: str
    hall_id: str
    origin: str
    destination: str
    partner: str
    matter: str
    matter_version: int
    mode: Mode
    kind: Kind
    applicant_class: ApplicantClass
    status: Status
    status_since: datetime
    decision: Decision | None
    agreement_document: str | None
    is_test: bool
    mapping_hash: str
    received_at: datetime
    transported_at: datetime | None
    dispatched_at: datetime | None
    handled_at: datetime | None
    partner_number: str | None
    document_sha256: bytes
    body_sha256: bytes
    relayed_seq: int
    event_seq: int
    event_head: bytes
    applicant_hash: bytes | None = None
    withdrawal_requested_at: datetime | None = None
    parent_id: int | None = None
    parts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """Something that happened to a case. actor: reception, gateway, handling, applicant or admin; place: a region code."""

    type: str
    before: str | None
    after: str | None
    actor: str
    place: str | None
    inferred: bool = False
    occurred_at: datetime
    recorded_at: datetime
    partner_code: str | None = None
    report_id: int | None = None
    detail: Mapping[str, str | int | bool | None] = field(default_factory=dict)
    opinion_sealed: bytes | None = None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event in its case's chain. seq counts from 1 without gaps."""

    case_id: int
    seq: int
    type: str
    before: str | None
    after: str | None
    actor: str
    place: str | None
    inferred: bool
    occurred_at: datetime
    recorded_at: datetime
    partner_code: str | None
    report_id: int | None
    detail: Mapping[str, str | int | bool | None]
    opinion_sealed: bytes | None
    hash: bytes


@dataclass(frozen=True, slots=True)
class NewVisit:
    """A physical attendance with what shows it. purpose, evidence: values of the model's lists; reference_hash: keyed."""

    place: str
    at: datetime
    purpose: str
    evidence: str
    reference_sealed: bytes
    recorded_at: datetime
    reference_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """A visit as kept. struck_at: when a correction said that it was recorded by mistake."""

    id: int
    place: str
    at: datetime
    purpose: Purpose
    evidence: Evidence
    recorded_at: datetime
    struck_at: datetime | None


@dataclass(frozen=True, slots=True)
class ResultRecord:
    """The authority's paper. id: given by the store, ignored when adding; label_sealed: what it is called; sha256: hex, of the plain bytes;
    address: in the attachments.
    """

    id: int
    label_sealed: bytes
    media_type: str
    size: int
    sha256: str
    address: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MaterialRecord:
    """A document of a case, or one uploaded ahead of it (case_id None). id: mat_ and 32 hex; size, sha256: of the plain bytes.

    round, item: the supplement round and the item it answers; 0 and None when it came with the case.
    """

    id: str
    hall_id: str
    case_id: int | None
    code: str | None
    name_sealed: bytes
    media_type: str
    extension: str
    size: int
    sha256: str
    address: str
    created_at: datetime
    round: int = 0
    item: str | None = None


@dataclass(frozen=True, slots=True)
class RoundRecord:
    """One supplement notice and what became of it. repeated: it asks for something that no earlier notice named.

    received_at: since when the partner has our answer; closed_at: since when nothing of it is asked any more.
    """

    case_id: int
    round: int
    notice_sealed: bytes
    repeated: bool
    issued_at: datetime
    recorded_at: datetime
    answered_at: datetime | None = None
    answer_sealed: bytes | None = None
    received_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProposalRecord:
    """Cases from `origin` for `destination` that its office said belong to `competent`. cases: how many; last_case: a number."""

    id: int
    origin: str
    destination: str
    matter: str
    competent: str
    cases: int
    first_at: datetime
    last_at: datetime
    last_case: str
    closed_at: datetime | None
    closed_by: str | None
    resolution: str | None


class JobKind(StrEnum):
    """What a job does for its case."""

    DELIVER = "deliver"
    TRACK = "track"
    RELAY = "relay"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job as its claimer holds it. fence: rises with every claim; wanted: how often it was asked for when claimed."""

    id: int
    kind: JobKind
    case_id: int
    lane: str
    due_at: datetime
    tries: int
    first_try_at: datetime | None
    fence: int
    wanted: int


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One call of a step. finished_at None: begun and never ended; perhaps_sent: False when surely no byte of it left."""

    id: int
    case_id: int
    step: str
    partner: str
    mapping_hash: str
    begun_at: datetime
    worker: str
    finished_at: datetime | None
    verdict: str | None
    reason: str | None
    http_status: int | None
    round: int = 0
    perhaps_sent: bool = True


@dataclass(frozen=True, slots=True)
class ParkedRecord:
    """A case one of whose jobs is parked. reason: of the job; attempt: the latest that was to change something at its partner, if any.

    mapping_hash, tried_at: of that attempt, else of the case and of the job's first try. Where the folder in force lacked the case's
    step, mapping_hash is that folder's, and tried_at when that was found.
    """

    case_id: int
    number: str
    partner: str
    reason: str | None
    attempt: int | None
    mapping_hash: str
    tried_at: datetime


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """What a partner said, kept raw. channel: pull or push; case_id None: it fits no case of ours; effect None: not concluded yet."""

    id: int
    partner: str
    case_id: int | None
    channel: str
    sha256: bytes
    code: str | None
    partner_number: str | None
    event_at: datetime | None
    received_at: datetime
    effect: str | None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of the outcome ledger: what it adds to its account, so that every sum of lines is true.

    kind: settlement, reversal or correction. counted: 1 when the case enters the account by it, −1 when it leaves, else 0.
    baseline, baseline_long: None where no saving is computed. month: YYYY-MM in China in which it counts.
    corrects: the id of the line it mends.
    """

    case_id: int
    kind: str
    origin: str
    destination: str
    matter: str
    mode: str
    applicant_class: str
    result: str
    baseline_id: int | None
    baseline: int | None
    baseline_long: int | None
    actual: int
    actual_long: int
    settled_at: datetime
    account: Account
    counted: int
    month: str
    bundle_id: int | None
    corrects: int | None


@dataclass(frozen=True, slots=True)
class StandingRecord:
    """Where a settled case stands in the ledger. line_id: the line by which it came there; trips, long_trips: of its baseline."""

    line_id: int
    case_id: int
    account: Account
    result: str
    home: str
    baseline_id: int | None
    trips: int | None
    long_trips: int | None


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """Sums of the ledger for the metrics. cases: settled ones, never less than before; spent: trips of cases without a result.

    counted, baseline, actual, saved: of the headline account (approved, with a baseline).
    """

    origin: str
    destination: str
    matter: str
    mode: str
    result: str
    cases: int
    counted: int
    baseline: int
    actual: int
    spent: int

    @property
    def saved(self) -> int:
        """Baseline − actual; signed."""
        return self.baseline - self.actual


@dataclass(frozen=True, slots=True)
class LedgerCell:
    """The finest sums of the ledger; every published figure is a sum of cells of one account. with_baseline: cases that have a baseline."""

    month: str
    origin: str
    destination: str
    matter: str
    mode: str
    applicant_class: str
    result: str
    account: Account
    cases: int
    with_baseline: int
    baseline: int
    actual: int
    baseline_long: int
    actual_long: int


@dataclass(frozen=True, slots=True)
class RejectionRow:
    """How many cases were rejected for a reason. stage: refused, not-accepted or denied; reason: of model.REASONS, or RAW."""

    stage: str
    reason: str
    hall_id: str
    matter: str
    partner: str
    cases: int


@dataclass(frozen=True, slots=True)
class RawWords:
    """A rejection without a reason of the list. words_sealed: what the partner said, sealed for its case."""

    stage: str
    case_number: str
    hall_id: str
    matter: str
    partner: str
    words_sealed: bytes


@dataclass(frozen=True, slots=True)
class PartnerState:
    """Whether a partner's lane is paused. since: when it was last paused."""

    partner: str
    paused_until: datetime | None
    reason: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class TicketRecord:
    """Something a person must decide or mend."""

    id: int
    case_id: int | None
    kind: str
    reason: str
    opened_at: datetime
    detail: Mapping[str, str | int | bool | None]
    closed_at: datetime | None
    closed_by: str | None
    resolution: str | None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Who did what to what. chain: one writer of one process; seq counts from 1 in it without gaps."""

    id: int
    chain: str
    seq: int
    actor: str
    action: str
    subject: str
    detail: Mapping[str, str | int | bool | None]
    at: datetime
    hash: bytes
