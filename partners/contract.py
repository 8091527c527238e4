"""What a partner is lent by the house. The door itself, and what passes through it, stand in gateway.model."""

from datetime import datetime
from typing import Protocol

from gateway.outbound import Answer, Request


class Secrets(Protocol):
    """Secrets by name, asked for at the moment of use, so that rotation needs no restart."""

    def get(self, name: str) -> str:
        """The secret called `<folder>/<name>`; raises a TongbanError when there is none."""


class Clock(Protocol):
    """The time, given from outside."""

    def now(self) -> datetime:
        """An aware moment in UTC."""


class Calls(Protocol):
    """The door to the outside."""

    async def call(self, request: Request, *, deadline_seconds: float, max_bytes: int) -> Answer:
        """As Outbound.call. Raises OutboundError."""
        ...


class Entropy(Protocol):
    """Unpredictable bytes, given from outside."""

    def token(self, nbytes: int) -> bytes:
        """That many bytes, never the same twice."""
