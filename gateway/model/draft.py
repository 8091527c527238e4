"""The draft of a case, exactly as a hall submits it: POST /api/v1/cases."""

import base64
import binascii
import re
import unicodedata
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from .identity import CREDIT_CODE, certificate_fault
from .matter import ApplicantClass, MatterCode
from .region import normalize_region
from .trips import Evidence, Purpose

_MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})")
_BIDI = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")


def _clean(text: str) -> str:
    """NFC; controls, direction marks, lone surrogates and noncharacters are refused, never removed in silence.

    Code points that this Python's Unicode tables do not know yet pass: names are written with the newest extensions.
    """
    if any(unicodedata.category(char) in ("Cc", "Cs") or char in _BIDI or ord(char) & 0xFFFE == 0xFFFE for char in text):
        raise PydanticCustomError("characters", "unacceptable characters")
    return unicodedata.normalize("NFC", text)


def _region(code: Any) -> Any:
    if not isinstance(code, str):
        return code
    try:
        return normalize_region(code)
    except ValueError:
        raise PydanticCustomError("region", "not a region code") from None


def _base64(content: Any) -> Any:
    if not isinstance(content, str):
        return content
    try:
        return base64.b64decode(content.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise PydanticCustomError("base64", "not base64") from None


Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True), AfterValidator(_clean)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True), AfterValidator(_clean)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True), AfterValidator(_clean)]
FormText = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_clean)]
Region6 = Annotated[str, BeforeValidator(_region)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9-]{4,19}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def _moment(value: Any) -> Any:
    """Only the written form of RFC 3339, of this century: a number would be taken for seconds of 1970."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise PydanticCustomError("moment", "not a moment")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_moment), Field(strict=False)]


class Certificate(_Strict):
    """type: GA/T 2000.156, n3, or 001 for the unified social credit code."""

    type: Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
    number: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[0-9A-Za-z()\-]+$", to_upper=True)]

    @model_validator(mode="after")
    def _checked(self) -> Self:
        code = certificate_fault(self.type, self.number)
        if code:
            raise PydanticCustomError("certificate", "certificate", {"code": code})
        return self


class Person(_Strict):
    """A natural person who represents or acts for the applicant."""

    name: Name
    certificate: Certificate
    phone: Phone | None = None


class Applicant(_Strict):
    """Who applies.

    Legal persons and sole traders name their representative (operator); one that is only being founded has no credit code yet.
    """

    kind: ApplicantClass = Field(alias="class", strict=False)
    name: Name
    certificate: Certificate
    phone: Phone
    address: Line | None = None
    representative: Person | None = None

    @model_validator(mode="after")
    def _represented(self) -> Self:
        natural = self.kind == ApplicantClass.NATURAL
        if not natural and self.representative is None:
            raise PydanticCustomError("representative", "representative")
        if natural and self.certificate.type == CREDIT_CODE:
            raise PydanticCustomError("certificate_class", "certificate")
        return self


class DraftFile(_Strict):
    """One file: inline as Base64, or by the id that POST /api/v1/materials gave."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=150), AfterValidator(_clean)]
    content: Annotated[bytes, BeforeValidator(_base64)] | None = Field(default=None, repr=False)
    material: Annotated[str, StringConstraints(pattern=r"^mat_[0-9a-f]{32}$")] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.content is None) == (self.material is None):
            raise PydanticCustomError("material_content", "content")
        return self


class DraftMaterial(DraftFile):
    """A material of a case. code: the matter's, of the requirement it meets."""

    code: Short


class SupplementMaterial(DraftFile):
    """A material that answers an item of a supplement notice. code: where it meets a requirement of the matter; else the notice's own."""

    item: Short
    code: Short | None = None


class SupplementAnswer(_Strict):
    """Words that answer an item of a supplement notice."""

    item: Short
    text: FormText


class VisitEvidence(_Strict):
    """What shows the visit: a queue ticket's number, a card reader's record, a signature sheet."""

    kind: Evidence = Field(strict=False)
    reference: Short


class DraftVisit(_Strict):
    """One physical attendance of the applicant or the applicant's own agent. place: region; defaults to the hall's."""

    purpose: Purpose = Field(strict=False)
    at: Moment
    evidence: VisitEvidence
    place: Region6 | None = None


class Reception(_Strict):
    """Who took it in: a window and a clerk's staff number (never a name)."""

    window: Short
    clerk: Short


class CaseDraft(_Strict):
    """A case as a hall submits it. also_at: of a joint matter, the further places of handling; destination is the lead place."""

    matter: MatterCode
    destination: Region6
    also_at: tuple[Region6, ...] = Field(default=(), max_length=5, strict=False)
    applicant: Applicant
    agent: Person | None = None
    reception: Reception
    form: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")], FormText] = Field(default_factory=dict, max_length=100)
    materials: tuple[DraftMaterial, ...] = Field(default=(), max_length=50, strict=False)
    visits: tuple[DraftVisit, ...] = Field(default=(), max_length=20, strict=False)
    test: bool = False
    walkthrough: bool = False

    @property
    def is_test(self) -> bool:
        """Whether it is nobody's case and enters no count: a test, or somebody in charge walking the process (走流程)."""
        return self.test or self.walkthrough


class DraftSupplement(_Strict):
    """The answer to a supplement notice: every item that was asked for, in words, by materials, or both, and nothing else."""

    reception: Reception
    answers: tuple[SupplementAnswer, ...] = Field(default=(), max_length=100, strict=False)
    materials: tuple[SupplementMaterial, ...] = Field(default=(), max_length=50, strict=False)
    visits: tuple[DraftVisit, ...] = Field(default=(), max_length=20, strict=False)
    goes_on: bool = False
    """The applicant wished to withdraw, and takes the wish back by this answer."""


class DraftWithdrawal(_Strict):
    """The applicant's wish to withdraw, as the window took it down."""

    reason: Line
    reception: Reception
