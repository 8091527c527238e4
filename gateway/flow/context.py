"""What the use cases work with: handed in by wiring, never looked up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway.model import Partner, Schedule
from gateway.outbound import Answer, Request
from gateway.security import Sealer
from gateway.store import Store
from gateway.telemetry import Metrics

from .shadow import Shadow


class Clock(Protocol):
    """The one source of the current moment."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        ...


class Chance(Protocol):
    """The one source of randomness that matters to delivery."""

    def random(self) -> float:
        """In [0, 1)."""
        ...

    def token(self, size: int) -> bytes:
        """Unguessable bytes."""
        ...


class Webhooks(Protocol):
    """Calls to halls; address rules and caps are behind it."""

    async def call(self, request: Request, *, deadline_seconds: float, max_bytes: int) -> Answer:
        """As Outbound.call. Raises OutboundError."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """The figures of this process. hold: how long a partner rests after a Hold; relay: how often a silent hall is told again."""

    max_body_bytes: int
    max_material_bytes: int
    hold: timedelta
    relay: Schedule
    relay_timeout_seconds: float
    lease: timedelta
    idle: timedelta
    max_in_flight: int


class Archive(Protocol):
    """What opens the papers of a case; every Context does."""

    @property
    def store(self) -> Store:
        """Where they lie."""
        ...

    @property
    def sealer(self) -> Sealer:
        """The seal they are under."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a use case may touch. process: unique among the processes that share a store; shadow: None where nobody is shadowed."""

    store: Store
    sealer: Sealer
    partners: Mapping[str, Partner]
    clock: Clock
    chance: Chance
    metrics: Metrics
    webhooks: Webhooks
    rules: Rules
    process: str
    shadow: Shadow | None = None
