"""The documents of the pre-check, as integrators see them."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.model import (
    ApplicantClass,
    CountsFrom,
    Kind,
    MaterialForm,
    MaterialSource,
    Mode,
    Necessity,
    OriginalChecker,
    TrustLevel,
)

from .documents import DueDates, FaultDocument, LimitDocument, RegionCode

MatterCode = Annotated[str, Field(pattern=r"^[0-9]{12}$", examples=["000129001003"], description="事项编码。 Matter code.")]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CaseEnquiry(_Document):
    """只问办理要求:事项和办理地。 Only what a case would need: the matter and the destination."""

    matter: MatterCode
    destination: RegionCode
    also_at: list[RegionCode] = Field(default=[], max_length=5, description="多地联办的其他办理地。 Further places of a joint matter.")
    test: bool = False
    walkthrough: bool = False


class RequiredMatter(_Document):
    """适用的事项版本。 The version of the matter that would apply."""

    code: MatterCode
    destination: RegionCode
    version: int
    name: str


class RequiredMaterial(_Document):
    """一份材料。 One material. original: see = 窗口核验原件, send = 原件须寄送, scan = 扫描件即可, null = 办理地未公布 (not published)."""

    code: str
    name: str
    necessity: Necessity
    formats: list[str]
    max_bytes: int
    form: MaterialForm | None
    originals: int | None
    copies: int | None
    trust_level: TrustLevel | None
    original_checked_by: OriginalChecker | None
    source: MaterialSource | None
    original: Literal["see", "send", "scan"] | None


class RequiredField(_Document):
    """一个表单项。 One form field. values: 可取的值,空为不限 (empty: anything)."""

    code: str
    name: str
    required: bool
    max_length: int
    values: list[str]


class FeeDocument(_Document):
    """收费。 What it costs."""

    charged: bool
    standard: str | None


class Requirements(_Document):
    """办理地的要求;null 为未公布。 What the destination asks for; null: not published.

    courier: 是否须寄送纸质原件 (whether papers must be mailed); result_by_courier: 结果能否寄送 (whether the result can be).
    """

    matter: RequiredMatter
    mode: Mode
    kind: Kind
    applicants: list[ApplicantClass]
    conditions: str | None
    materials: list[RequiredMaterial]
    no_materials: bool
    form: list[RequiredField]
    promised_limit: LimitDocument | None
    statutory_limit: LimitDocument | None
    fee: FeeDocument | None
    originals_to_see: list[str]
    originals_to_send: list[str]
    courier: bool | None
    result_by_courier: bool | None
    hotline: str | None


class DelegationsDocument(_Document):
    """协议授予收件地的权利。 The rights that the agreement leaves to the place of reception."""

    receive: bool
    notify_once: bool
    verify_original: bool
    deliver: bool


class TermsDocument(_Document):
    """协议约定的工作日数;null 为未约定。 Working days by the agreement; null: it says nothing."""

    forward_days: int | None
    post_days: int | None
    recheck_days: int | None
    return_days: int | None
    counts_from: CountsFrom | None


class RouteDocument(_Document):
    """路由。 The way the case would go. open: 能否收件 (whether it may be taken in at all).

    paused_until: 对接方暂停,办件照收,恢复后发出。 The partner rests; cases are taken in and wait.
    """

    open: bool
    origin: RegionCode
    destination: RegionCode | None
    day: date
    agreement: str | None
    delegations: DelegationsDocument | None
    terms: TermsDocument | None
    partner_known: bool
    paused_until: datetime | None


class PlaceCheck(_Document):
    """一个办理地的要求、期限和路由。 What one place asks for, its due dates, and the way there."""

    requirements: Requirements | None
    due: DueDates | None
    route: RouteDocument


class CheckAnswer(_Document):
    """收件前检查的答复。 The answer to a check.

    checked: route = 只问了事项和办理地 (only matter and destination were asked about), draft = 整份申请内容 (the whole draft);
    also_at: 多地联办时各其他办理地,按填写次序;否则没有此项 (only of a joint draft: the further places, in their order).

    acceptable: 照此提交会被接受;route 时指可以收件。 The draft would be taken as it is; for route: such a case may be taken in.
    """

    checked: Literal["route", "draft"]
    acceptable: bool
    faults: list[FaultDocument]
    requirements: Requirements | None
    due: DueDates | None
    route: RouteDocument
    also_at: list[PlaceCheck] | None = None
