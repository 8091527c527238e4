"""Matters: a kind of business as the destination publishes it, with what it asks for at the counter."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


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


MEDIA_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "ofd": "application/ofd"}
MatterCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
RegionCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MaterialRequirement(_Frozen):
    """One material the matter asks for. max_bytes: of one file."""

    code: str
    name: str
    necessity: Necessity = Necessity.REQUIRED
    formats: tuple[str, ...] = ("pdf", "png", "jpg", "ofd")
    max_bytes: int = Field(default=10 * 1024 * 1024, gt=0)


class FormField(_Frozen):
    """One matter-specific field. values: when closed."""

    code: str
    name: str
    required: bool = True
    max_length: int = Field(default=200, gt=0)
    values: tuple[str, ...] = ()


class Matter(_Frozen):
    """A matter as one destination offers it, in one version. code: 12-digit 基本编码 (GB/T 39554.1)."""

    code: MatterCode
    destination: RegionCode
    version: int = Field(default=1, gt=0)
    name: str
    name_en: str
    mode: Mode
    kind: Kind = Kind.HANDLE
    applicants: tuple[ApplicantClass, ...]
    materials: tuple[MaterialRequirement, ...] = ()
    form: tuple[FormField, ...] = ()
    promise_working_days: int | None = None
    hotline: str | None = None
    valid_from: date
    valid_to: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether this version may be filed under on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
