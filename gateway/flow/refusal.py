"""A request that must not be carried out, with everything that is wrong with it."""

from collections.abc import Sequence
from enum import StrEnum

from gateway.errors import TongbanError
from gateway.model import Fault, fault


class RefusalKind(StrEnum):
    """Why, in the terms of the one who asked; the web room knows the HTTP status of each."""

    MALFORMED = "malformed"
    NO_KEY = "no-key"
    UNAUTHENTICATED = "unauthenticated"
    UNKNOWN = "unknown"
    IN_HAND = "in-hand"
    TOO_LARGE = "too-large"
    MEDIA_TYPE = "media-type"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"


class Refusal(TongbanError):  # noqa: N818 - a refusal is an answer, not a failure
    """kind: what sort of refusal; faults: all of them, at least one. Nothing was stored."""

    def __init__(self, kind: RefusalKind, faults: Sequence[Fault]) -> None:
        first = faults[0]
        super().__init__(f"refused.{kind.value}", first.zh, first.en, detail=first.code)
        self.kind = kind
        self.faults = tuple(faults)


def refuse(kind: RefusalKind, code: str, pointer: str = "", **about: object) -> Refusal:
    """A refusal with one fault."""
    return Refusal(kind, [fault(code, pointer, **about)])
