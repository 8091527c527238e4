"""Matters: a kind of business as the destination publishes it, with its 16 elements and what it asks for at the counter.

What a destination has not published is absent (None), never invented; gateway.model.audit counts what is there.
"""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from .identity import is_credit_code


class Mode(StrEnum):
    """The three business modes of 国办发〔2020〕35号."""

    FULL_ONLINE = "full-online"
    PROXY = "proxy"
    JOINT = "joint"


class Kind(StrEnum):
    """Queries far outnumber handlings and are never counted with them."""

    HANDLE = "handle"
    QUERY = "query"


class ApplicantClass(StrEnum):
    """Sole traders stand on the enterprise side, though a natural person signs."""

    NATURAL = "natural"
    LEGAL = "legal"
    SOLE_TRADER = "sole-trader"


class Necessity(StrEnum):
    """Whether a material must be there; tolerable ones may follow later (容缺受理)."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    TOLERABLE = "tolerable"


class CaseType(StrEnum):
    """办件类型 (GB/T 39046-2020 A.6). By name only: 1 and 2 mean opposite things in systems that are in use."""

    INSTANT = "instant"
    PROMISED = "promised"
    OTHER = "other"


class TimeUnit(StrEnum):
    """What a limit is counted in."""

    WORKING_DAYS = "working-days"
    CALENDAR_DAYS = "calendar-days"
    HOURS = "hours"


class Channel(StrEnum):
    """办理形式 (GB/T 39046-2020 A.5): how an application can reach the destination."""

    WINDOW = "window"
    ONLINE = "online"
    MOBILE = "mobile"
    COURIER = "courier"
    OTHER = "other"


class Scope(StrEnum):
    """通办范围: as far as the destination itself says that the matter can be handled from elsewhere."""

    NATIONWIDE = "nationwide"
    CROSS_PROVINCE = "cross-province"
    CROSS_CITY = "cross-city"
    CROSS_COUNTY = "cross-county"
    NONE = "none"


class MaterialForm(StrEnum):
    """On what a material may be handed in."""

    PAPER = "paper"
    ELECTRONIC = "electronic"
    BOTH = "both"


class TrustLevel(StrEnum):
    """Trust level of an electronic material (国办函〔2016〕108号): A is an original of the issuer, D only a claim."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class OriginalChecker(StrEnum):
    """Who must have seen the original."""

    RECEPTION = "reception"
    HANDLING = "handling"
    NONE = "none"


class MaterialSource(StrEnum):
    """Where a material comes from; what can be shared is not collected again (国令809)."""

    APPLICANT = "applicant"
    AUTHORITY = "authority"
    SHARED = "shared"
    OTHER = "other"


MEDIA_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "ofd": "application/ofd"}
CATEGORIES = {
    "00": "行政权力", "01": "行政许可", "02": "行政处罚", "03": "行政强制", "04": "行政征收", "05": "行政给付", "06": "行政检查",
    "07": "行政确认", "08": "行政奖励", "09": "行政裁决", "10": "其他行政权力", "20": "公共服务",
}  # fmt: skip
"""事项类型 (GB/T 39046-2020 A.1). The standard leaves 11–19 and 21–29 to extension: accepted, and shown as the number."""
LEVELS = {"1": "国家级", "2": "省级", "3": "市级", "4": "县级", "5": "镇(乡、街道)级", "6": "村(社区)级", "7": "分级管理"}
"""行使层级 (GB/T 39046-2020 A.2)."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_IMPLEMENTING = re.compile(r"(?P<body>[0-9A-Z]{18})[1-7](?P<basic>[0-9A-Z]{12})(?:[0-9A-Z]{2})?")


def _credit_code(code: str) -> str:
    if not is_credit_code(code):
        raise PydanticCustomError("credit_code", "the unified social credit code fails its check")
    return code


def _printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("characters", "holds characters that cannot be printed")
    return text


def _several_lines(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(text):
        raise PydanticCustomError("characters", "holds control characters")
    return text


def implementing_parts(code: str) -> tuple[str, str] | None:
    """(credit code, 基本编码) inside a 实施编码 of 31 or 业务办理项编码 of 33 characters; None for one of another scheme."""
    found = _IMPLEMENTING.fullmatch(code)
    return (found["body"], found["basic"]) if found else None


MatterCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
RegionCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
CreditCode = Annotated[str, AfterValidator(_credit_code)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_printable)]
"""One line; its length is counted in characters, as the standard counts."""
Prose = Annotated[str, StringConstraints(min_length=1, max_length=8000, strip_whitespace=True), AfterValidator(_several_lines)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MaterialRequirement(_Frozen):
    """One material the matter asks for. max_bytes: of one file; originals, copies: sheets on paper, None when not published."""

    code: Line
    name: Line
    necessity: Necessity = Necessity.REQUIRED
    formats: tuple[str, ...] = ("pdf", "png", "jpg", "ofd")
    max_bytes: int = Field(default=10 * 1024 * 1024, gt=0)
    originals: int | None = Field(default=None, ge=0, le=99)
    copies: int | None = Field(default=None, ge=0, le=99)
    form: MaterialForm | None = None
    trust_level: TrustLevel | None = None
    original_checked_by: OriginalChecker | None = None
    source: MaterialSource | None = None


class FormField(_Frozen):
    """One matter-specific field. values: when closed."""

    code: Line
    name: Line
    required: bool = True
    max_length: int = Field(default=200, gt=0)
    values: tuple[Line, ...] = ()


class Body(_Frozen):
    """实施机构: who has the power. credit_code: GB 32100-2015."""

    name: Line
    credit_code: CreditCode | None = None


class Fee(_Frozen):
    """收费标准. charged False: free of charge, which is not the same as not published."""

    charged: bool
    standard: Prose | None = None


class TimeLimit(_Frozen):
    """办结时限. A promised limit of 0 is 即办: handled while the applicant waits."""

    value: int = Field(ge=0, le=9999)
    unit: TimeUnit


class Matter(_Frozen):
    """A matter as one destination offers it, in one version. code: 12-digit 基本编码 (GB/T 39554.1).

    no_materials: the destination says that it asks for none; otherwise an empty list means that it has published none.
    onsite_trips: 到办事现场次数 (limit_scene_num), with its reason; implementing_code: 实施编码, of whatever scheme, never truncated.
    """

    code: MatterCode
    destination: RegionCode
    version: int = Field(default=1, gt=0)
    name: Line
    name_en: Line | None = None
    mode: Mode
    kind: Kind = Kind.HANDLE
    applicants: tuple[ApplicantClass, ...]
    materials: tuple[MaterialRequirement, ...] = ()
    no_materials: bool = False
    form: tuple[FormField, ...] = ()
    body: Body | None = None
    category: Annotated[str, StringConstraints(pattern=r"^(0[0-9]|1[0-9]|2[0-9])$")] | None = None
    level: Annotated[str, StringConstraints(pattern=r"^[1-7]$")] | None = None
    basis: Prose | None = None
    procedure: Prose | None = None
    fee: Fee | None = None
    statutory_limit: TimeLimit | None = None
    promised_limit: TimeLimit | None = None
    address: Prose | None = None
    hotline: Line | None = None
    conditions: Prose | None = None
    hours: Prose | None = None
    supervision_hotline: Line | None = None
    result_name: Line | None = None
    case_type: CaseType | None = None
    onsite_trips: int | None = Field(default=None, ge=0, le=99)
    onsite_reason: Prose | None = None
    channels: tuple[Channel, ...] = ()
    scope: Scope | None = None
    express: bool | None = None
    implementing_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,50}$")] | None = None
    valid_from: date
    valid_to: date | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise PydanticCustomError("validity", "ends before it begins")
        if self.no_materials and self.materials:
            raise PydanticCustomError("no_materials", "says that no materials are asked for, and lists some")
        return self

    def in_force(self, day: date) -> bool:
        """Whether this version may be filed under on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
