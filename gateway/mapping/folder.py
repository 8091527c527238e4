"""A partner's folder, read and checked: everything an adapter needs to know of its partner."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from gateway.model import ON_DEMAND, Schedule

from .codes import CodeTable
from .expressions import Expression, TextOf
from .findings import Place
from .reading import Reading
from .route import Route
from .template import Template

Transport = Literal["rest", "soap"]
Resend = Literal["query", "idempotent", "ask-a-person"]
Means = Literal["refused", "retry", "hold", "unsure", "received"]


@dataclass(frozen=True, slots=True)
class AuthSpec:
    """A scheme by name and its options: literals, or names of secrets as `secret:<folder>/<name>`. place: where it is written."""

    scheme: str
    options: Mapping[str, str]
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class PushSpec:
    """How the partner calls us. operation: SOAP only; read: one report, or with `$each` one for every record; reply: sees only `now`."""

    auth: AuthSpec
    operation: str | None
    read: Reading
    reply: Template


@dataclass(frozen=True, slots=True)
class Limits:
    """What the partner bears, and how much of an answer we take."""

    per_second: float
    in_flight: int
    timeout_seconds: float
    max_answer_bytes: int


@dataclass(frozen=True, slots=True)
class Track:
    """poll: intervals between polls, the last repeats, empty for none; push: whether the partner calls us."""

    poll: tuple[timedelta, ...]
    push: bool


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """What an answer means when `when` holds. message: the partner's own words.

    Only beside refused: reason, of model.REASONS; competent, the region whose office the partner names instead.
    """

    when: Expression
    is_: Means
    reason: str | None
    message: TextOf | None
    competent: Expression | None = None


@dataclass(frozen=True, slots=True)
class StepMapping:
    """One remote operation. operation for SOAP; method and route for REST; changes: False for a query."""

    name: str
    operation: str | None
    method: str | None
    route: Route | None
    send: Template
    read: Reading
    changes: bool

    @property
    def key(self) -> str:
        """What the partner's description calls it: a SOAP operation's name, or `POST /path`."""
        return self.operation or f"{self.method} {self.route.fixed if self.route else ''}"


@dataclass(frozen=True, slots=True)
class MatterMapping:
    """A matter the partner offers; its steps in the order of the procedure."""

    code: str
    steps: Mapping[str, StepMapping]


@dataclass(frozen=True, slots=True)
class Folder:
    """One partner. content_hash: of everything that can change a message or its reading; endpoint: a URL or the name of a secret."""

    name: str
    path: Path
    content_hash: str
    regions: tuple[str, ...]
    transport: Transport
    endpoint: str
    auth: AuthSpec
    push: PushSpec | None
    resend: Resend
    limits: Limits
    retry: Schedule
    track: Track
    success: Expression = field(repr=False)
    verdicts: tuple[VerdictRow, ...] = field(repr=False)
    codes: Mapping[str, CodeTable] = field(repr=False)
    matters: Mapping[str, MatterMapping] = field(repr=False)

    @property
    def schemas(self) -> Path:
        """Where the WSDL, XSD or OpenAPI files lie as received."""
        return self.path / "schemas"

    def steps(self, matter: str) -> tuple[str, ...]:
        """The steps of the matter's procedure that change something, in their order; empty when the partner does not take it."""
        mapping = self.matters.get(matter)
        if mapping is None:
            return ()
        return tuple(name for name, step in mapping.steps.items() if step.changes and name not in ON_DEMAND)

    def has(self, matter: str, step: str) -> bool:
        """Whether the matter has this step of ON_DEMAND."""
        mapping = self.matters.get(matter)
        return step in ON_DEMAND and mapping is not None and step in mapping.steps
