"""The documents of the API as integrators see them: flow builds them, /openapi.json shows these shapes, a test holds the two together."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.model import ClockName, ClockState, Decision, Evidence, Holder, Matter, Mode, PauseKind, Purpose, Status, TimeUnit

CaseNumber = Annotated[
    str,
    Field(
        description="办件编号,30 位。 Case number, 30 characters.",
        pattern=r"^KS[0-9]{27}[0-9A-Z]$",
        examples=["KS22010052020020261120000000117"],
    ),
]
RegionCode = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["220100"], description="地区代码(GB/T 2260)。 Region code.")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="内容的 SHA-256。 SHA-256 of the content.")]
MaterialId = Annotated[str, Field(pattern=r"^mat_[0-9a-f]{32}$", examples=["mat_0123456789abcdef0123456789abcdef"])]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FaultDocument(_Document):
    """一处问题。 One fault. pointer: RFC 6901, where in the body; code: stable; zh, en: what to do."""

    pointer: str = Field(examples=["/applicant/certificate/number"])
    code: str = Field(examples=["certificate.identity-number"])
    zh: str
    en: str


class Problem(BaseModel):
    """RFC 9457 问题详情;所有问题一次列全。 Problem details; all faults at once."""

    type: str = Field(examples=["urn:tongban:problem:certificate.identity-number"])
    title: str
    status: int = Field(examples=[422])
    detail: str
    instance: str = Field(examples=["/api/v1/cases"])
    errors: list[FaultDocument]


class StatusDocument(_Document):
    """办件状态。 Where the case stands. handled: whether it is finished."""

    code: Status
    name: str = Field(examples=["DISPATCHING"])
    zh: str = Field(examples=["转办中"])
    handled: bool


class LimitDocument(_Document):
    """时限。 A limit of time."""

    value: int
    unit: TimeUnit


class DueDates(_Document):
    """回执上的期限。 For the receipt: an answer by notice_by, a decision by handled_by when accepted on that last day.

    provisional: 该年放假安排尚未公布。 The holidays of that year are not yet published.
    """

    notice_by: date
    handled_by: date | None
    limit: LimitDocument | None
    provisional: bool


class ClockDocument(_Document):
    """一个时钟。 One clock of the case, read now; elapsed and paused in `unit`. alarm_due: the earlier way to count."""

    clock: ClockName
    zh: str
    state: ClockState
    round: int
    started: datetime | None
    stopped: datetime | None
    limit: LimitDocument | None
    due: datetime | None
    statutory_due: datetime | None
    alarm_due: datetime | None
    unit: TimeUnit
    elapsed: int
    paused: int
    warn: bool
    overdue: bool
    statutory_overdue: bool
    alarm: bool
    provisional: bool


class PartNumber(_Document):
    """多地联办的分件。 A part of a joint case, by its place."""

    number: CaseNumber
    destination: RegionCode


class PartDocument(PartNumber):
    """分件及其状态。 A part of a joint case, and where it stands."""

    status: StatusDocument


class CaseAccepted(_Document):
    """收件回执。 The acknowledgement: the case is on disk. The same request again gets the same bytes.

    parts: 仅多地联办,办理地依次为 destination 和 also_at。 Of a joint case only: the lead place's first.
    """

    number: CaseNumber
    status: StatusDocument
    received_at: datetime
    due: DueDates
    parts: list[PartNumber] | None = None


class CaseShort(_Document):
    """列表中的办件。 A case in a list. Transported, received by the partner and handled are three different things."""

    number: CaseNumber
    matter: str = Field(examples=["000129001003"])
    origin: RegionCode
    destination: RegionCode
    mode: Mode
    status: StatusDocument
    status_since: datetime
    received_at: datetime
    transported_at: datetime | None
    partner_received_at: datetime | None
    partner_number: str | None
    handled_at: datetime | None
    decision: Decision | None
    test: bool


class CaseList(_Document):
    """办件列表,新的在前。 Cases, newest first. next: the `after` of the next page, null on the last."""

    cases: list[CaseShort]
    next: str | None


class MaskedCertificate(_Document):
    """证件,号码已遮蔽。 A certificate, its number masked."""

    type: str
    number: str = Field(examples=["990***********12"])


class MaskedApplicant(_Document):
    """申请人,已遮蔽。 The applicant, masked."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True)

    applicant_class: str = Field(alias="class", examples=["natural"])
    name: str
    certificate: MaskedCertificate


class ReceptionDocument(_Document):
    """收件窗口与工号。 Window and staff number."""

    window: str
    clerk: str


class CaseMaterial(_Document):
    """办件的材料。 A material of a case."""

    code: str | None
    name: str
    media_type: str
    size: int
    sha256: Digest
    round: int = Field(description="0 为收件时提交;其余为补正轮次。 0: came with the case; else the supplement round.")
    item: str | None = Field(description="所答复的补正项。 The item it answers.")


class VisitDocument(_Document):
    """一次到场。 One attendance."""

    place: RegionCode
    at: datetime
    purpose: Purpose
    evidence: Evidence


class ResultDocument(_Document):
    """结果文件。 A result document; href: where its bytes are."""

    id: int
    name: str
    number: str | None
    media_type: str
    size: int
    sha256: Digest
    href: str


class NoticeItemDocument(_Document):
    """补正项。 One thing that is asked for. material: its code in the matter, where the authority says it."""

    item: str
    text: str
    material: str | None


class SupplementDocument(_Document):
    """一轮补正。 One supplement notice. state: open 待答复, sent 已报送, received 办理地已收到, closed 不再需要.

    repeated: 要求了以前未告知的内容(违反一次性告知)。 It asks for something that no earlier notice named.
    """

    round: int
    state: Literal["open", "sent", "received", "closed"]
    notice: str | None
    issued_at: datetime
    due: datetime | None
    repeated: bool
    items: list[NoticeItemDocument]
    answered_at: datetime | None
    received_at: datetime | None


class WithdrawalDocument(_Document):
    """撤件申请。 The wish to withdraw; confirmed: the case has ended by it."""

    requested_at: datetime
    confirmed: bool


class SupplementAccepted(_Document):
    """补正回执。 The answer is on disk and on its way. The same request again gets the same bytes."""

    number: CaseNumber
    round: int
    status: StatusDocument


class WithdrawalAccepted(WithdrawalDocument):
    """撤件回执。 The wish is on record; the status says whether the case has ended already."""

    number: CaseNumber
    status: StatusDocument


class CaseFull(CaseShort):
    """办件全貌。 A case as its own hall sees it."""

    matter_name: str
    agreement: str | None
    applicant: MaskedApplicant
    reception: ReceptionDocument
    materials: list[CaseMaterial]
    visits: list[VisitDocument]
    results: list[ResultDocument]
    clocks: list[ClockDocument]
    supplements: list[SupplementDocument]
    withdrawal: WithdrawalDocument | None
    parent: CaseNumber | None = Field(description="分件所属的整件。 Of a part of a joint case: its whole.")
    parts: list[PartDocument] = Field(description="整件的各分件。 Of the whole of a joint case: its parts, the lead place's first.")
    last_sequence: int


class EventDocument(_Document):
    """办件的一个事件;与 Webhook 的 data 相同。 One event of a case, the same as a webhook's data. sequence rises by case without gaps."""

    number: CaseNumber
    sequence: int
    type: str = Field(examples=["case.status-changed"])
    type_zh: str
    before: Status | None
    status: StatusDocument | None
    inferred: bool
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    partner_code: str | None
    opinion: str | None
    detail: dict[str, str | int | bool | None]


class EventList(_Document):
    """事件,按顺序。 Events in order."""

    events: list[EventDocument]


class StayDocument(_Document):
    """在一个状态的停留。 A stay at a status. by: who brought it there; inferred: the partner never said so."""

    status: StatusDocument
    since: datetime
    by: str
    inferred: bool


class HoldingDocument(_Document):
    """在一方手里的一段时间。 A stretch of time in one hand; working_seconds: the part on working days of the holder's place."""

    holder: Holder
    zh: str
    place: RegionCode | None
    since: datetime
    until: datetime | None
    calendar_seconds: int
    working_seconds: int
    stays: list[StayDocument]


class HeldDocument(_Document):
    """各方合计。 All the time in one hand."""

    holder: Holder
    zh: str
    calendar_seconds: int
    working_seconds: int


class ChainDocument(_Document):
    """事件链核验结果。 Whether the event chain is whole; broken_at: the first event that is not to be trusted."""

    whole: bool
    events: int
    broken_at: int | None


class PauseDocument(_Document):
    """暂停计时。 Time that does not count. notice: number of the written notice."""

    kind: PauseKind
    notice: str | None
    since: datetime
    until: datetime | None


class ExtensionDocument(_Document):
    """期限延长。 An extension, in days of each limit's own unit."""

    days: int
    at: datetime


class ForwardingDocument(_Document):
    """转至有权办理地。 It went on from one place to another, to that partner and by that agreement.

    part: 整件上为转走的主办分件。 Of the whole of a joint case: the part that went, with which its lead place moved.
    """

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True)

    at: datetime
    part: CaseNumber | None
    from_: RegionCode = Field(alias="from")
    to: RegionCode
    partner: str
    agreement: str


class TraceDocument(_Document):
    """责任链。 Who held the case from when to when. A broken chain is said; then only the events before the break are told.

    parent, parts: 多地联办的整件与分件;整件没有时钟。 Of a joint case: a part's whole, and the parts of a whole, which has no clocks.
    endings: 办结,及其后的撤销;未办结为空。 How it ended, and the revocation after that if there was one; empty while it is open.
    """

    number: CaseNumber
    test: bool
    status: StatusDocument
    decision: Decision | None
    parent: CaseNumber | None
    parts: list[PartDocument]
    chain: ChainDocument
    holdings: list[HoldingDocument]
    forwardings: list[ForwardingDocument]
    endings: list[StayDocument]
    totals: list[HeldDocument]
    clocks: list[ClockDocument]
    pauses: list[PauseDocument]
    extensions: list[ExtensionDocument]


class UploadedMaterial(_Document):
    """已上传的材料;在办件中以 id 引用。 An uploaded material; a case names its id."""

    id: MaterialId
    name: str
    media_type: str
    size: int
    sha256: Digest


class RegionDocument(_Document):
    """地区。 A region. zone: a functional zone without a code of GB/T 2260."""

    code: RegionCode
    name: str
    zone: bool


class RegionList(_Document):
    """全部地区。 All regions."""

    regions: list[RegionDocument]


class MatterList(_Document):
    """事项及其材料、表单、时限。 Matters with materials, form, deadlines and hotline."""

    matters: list[Matter]


class WebhookEvent(_Document):
    """Webhook 报文。 What the hall's webhook receives."""

    type: str = Field(examples=["case.status-changed"])
    timestamp: datetime
    data: EventDocument


class Alive(_Document):
    """进程在运行。 The process runs."""

    status: Literal["alive"]


class Ready(_Document):
    """可以收件。 Fit to take cases."""

    status: Literal["ready"]
    checks: dict[str, str]
