"""The door of a partner: what flow asks of an adapter, and the values that pass through it. Only wiring knows both sides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from gateway.errors import TongbanError

from .facts import CaseFacts
from .fault import FAULTS, Fault
from .report import Report
from .retry import Schedule
from .verdict import Verdict

SUPPLEMENT, WITHDRAW = "supplement", "withdraw"
ON_DEMAND = frozenset({SUPPLEMENT, WITHDRAW})
"""Steps that are run when there is something to say, and are no part of the procedure."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The evidence of one call. sent: the message, each material's content elided as «blob:sha256:size», without secrets; received: raw.

    perhaps_sent: False when surely no byte of it left.
    """

    sent: bytes = field(repr=False)
    received: bytes = field(repr=False)
    http_status: int | None
    perhaps_sent: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What running a step came to. values: what the step's reading names, as text, stored so that a retry resumes."""

    verdict: Verdict
    exchange: Exchange
    reports: tuple[Report, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """A step's message before it is signed. tree: as rendered; evidence: as an attempt would keep it, each material's content elided.

    Both are None where faults keep the message from being made. places: of each fault, where in the message it is; "" where nowhere.
    """

    tree: Any = field(repr=False)
    evidence: bytes | None = field(repr=False)
    faults: tuple[Fault, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Push:
    """A genuine push. nonce: to be stored once until nonce_expires; reply: what the partner expects to hear once it is kept."""

    reports: tuple[Report, ...]
    reply: bytes
    media_type: str
    nonce: str
    nonce_expires: datetime


class PushRefused(TongbanError):  # noqa: N818 - a refusal is an answer, not a failure
    """A push that cannot be believed. reason: a short stable word for the log; the sender learns only that it was refused."""

    def __init__(self, reason: str) -> None:
        super().__init__("push.refused", *FAULTS["push.refused"], detail=reason)
        self.reason = reason


class PushUnreadable(TongbanError):  # noqa: N818 - a finding about the partner
    """A genuine push that cannot be read: kept for a person. reason: a short stable word; nonce as in Push."""

    def __init__(self, reason: str, nonce: str, nonce_expires: datetime) -> None:
        super().__init__("push.unreadable", *FAULTS["push.unreadable"], detail=reason)
        self.reason = reason
        self.nonce = nonce
        self.nonce_expires = nonce_expires


@dataclass(frozen=True, slots=True)
class Manner:
    """How a partner wants to be dealt with, from its folder. settle: how long a call may still be at work after we lost sight of it."""

    resend: str
    retry: Schedule
    poll: tuple[timedelta, ...]
    in_flight: int
    per_second: float
    settle: timedelta


class Partner(Protocol):
    """One system of a region. Knows nothing of databases, queues, metrics."""

    @property
    def name(self) -> str:
        """The folder's name."""
        ...

    @property
    def regions(self) -> tuple[str, ...]:
        """Prefixes of the regions it answers for."""
        ...

    @property
    def mapping_hash(self) -> str:
        """The content hash of the folder in force."""
        ...

    @property
    def manner(self) -> Manner:
        """Its schedule, limits and resend rule."""
        ...

    def steps(self, matter: str) -> tuple[str, ...]:
        """The changing steps of the matter's procedure in order; empty when the partner does not offer it."""
        ...

    def has(self, matter: str, step: str) -> bool:
        """Whether the matter has this step of ON_DEMAND."""
        ...

    def prepare(self, step: str, facts: CaseFacts) -> tuple[Fault, ...]:
        """Render and validate, send nothing: the faults that would keep the case from getting through."""
        ...

    async def run(self, step: str, facts: CaseFacts) -> Outcome:
        """Render → sign → send → verify → read → judge. Never raises for anything a partner does."""
        ...

    def read_push(self, headers: Mapping[str, str], body: bytes) -> Push:
        """Verify and read a call of the partner's. Raises PushRefused or PushUnreadable."""
        ...


class Previews(Protocol):
    """What makes a partner's messages and sends none."""

    @property
    def mapping_hash(self) -> str:
        """The content hash of its folder."""
        ...

    def preview(self, step: str, facts: CaseFacts, now: datetime) -> Preview:
        """The message as it would leave at `now`. Raises LookupError for a matter or step the folder lacks."""
        ...
