"""The verdict: what an attempt came to. A closed type; flow decides by it and by nothing else (domain page §3.4)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

ASKED: Final = "partner-asks"
"""The reason of a verdict row that says: nothing was done, come again."""
BUSY: Final = "busy"
CREDENTIALS: Final = "credentials"
"""Reasons that HTTP itself gives (429, 503; 401, 403), whatever a folder makes of the answer."""


@dataclass(frozen=True, slots=True)
class Received:
    """The partner has it. number: the partner number, where the step gives one."""

    number: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The partner answered readably that it will not. reason: of REASONS, or None when raw; message: the partner's own words.

    competent: the region (six digits) whose office it says the case belongs to.
    """

    reason: str | None
    message: str
    competent: str | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """It surely had no effect (or has none to have: a query), and may work later. after: what the partner asked for."""

    reason: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """No case can get through until somebody mends something: credentials, route, mapping."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """Perhaps it arrived: ask before sending again."""

    reason: str


Verdict = Received | Refused | Retry | Hold | Unsure


def verdict_name(verdict: Verdict) -> str:
    """The glossary's word in lower case, for metrics, events and the database."""
    return type(verdict).__name__.lower()
