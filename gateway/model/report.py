"""What a partner says of a case: kept raw, then read into values."""

from dataclasses import dataclass
from datetime import datetime

from .blob import Blob
from .notice import Notice
from .status import Status


@dataclass(frozen=True, slots=True)
class ResultDocument:
    """The authority's paper: a certificate or a decision letter. content is held in the attachment store once taken."""

    name: str
    number: str | None
    content: Blob


@dataclass(frozen=True, slots=True)
class Report:
    """One statement of a partner about one case.

    our_number / partner_number: at least one is given. code: the partner's own, as text. status: None when the code table does not know it:
    the report is then kept and shown, never guessed. at: the event's own time, None when the partner gives none.
    reason: of REASONS, why the authority says no; None when it gives none, or one that is not on the list.
    notice: what it asks to be handed in. competent: the region (six digits) whose office it says the case belongs to.
    """

    our_number: str | None
    partner_number: str | None
    code: str
    status: Status | None
    at: datetime | None
    opinion: str | None = None
    result: ResultDocument | None = None
    reason: str | None = None
    notice: Notice | None = None
    competent: str | None = None
