"""What an attempt came to: the table of the domain page §3.4 as one pure function.

| what happened | verdict |
|---|---|
| a verdict row matches | as the row says |
| success, with the number if the step gives one | Received |
| surely not sent | Retry; Hold when our own rules or settings refused it |
| 429, 503 | Retry, after what the partner asked for |
| 401, 403 | Hold |
| 3xx | Hold |
| 404 and other 4xx without a readable answer | Hold |
| all else: perhaps sent, 408, 5xx, an answer that is unreadable or that no row knows | Unsure; Retry where repeating is harmless |

Reasons are short stable words, never content.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, Literal

from gateway.model import ASKED, BUSY, CREDENTIALS, Hold, Received, Refused, Retry, Unsure, Verdict
from gateway.outbound import OutboundError, Sent

Resend = Literal["query", "idempotent", "ask-a-person"]
Means = Literal["refused", "retry", "hold", "unsure", "received"]

_OURS_TO_MEND: Final = frozenset({"outbound.bad-url", "outbound.bad-header", "outbound.refused-origin", "outbound.refused-address"})
"""Never sent because of our own settings: trying again changes nothing until somebody mends them."""
_BUSY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_NOT_US: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Row:
    """A verdict row of partner.yaml that matched. message: the partner's own words; competent: the region it names, six digits."""

    is_: Means
    reason: str | None
    message: str
    competent: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A readable business answer. success: by the success rule; row: the first that matches; number: the partner number it gives."""

    success: bool
    row: Row | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back over HTTP. said: None when it is not an answer of the partner's business; retry_after: already read."""

    status: int
    said: Said | None
    retry_after: timedelta | None = None


def judge(heard: Answered | OutboundError, *, changes: bool, gives_number: bool = False, resend: Resend = "query") -> Verdict:
    """The verdict of one attempt.

    changes: whether the step changes something at the partner; gives_number: whether a success must carry a number.
    """
    harmless = not changes or resend == "idempotent"
    if isinstance(heard, OutboundError):
        return _unanswered(heard, harmless)
    said, status = heard.said, heard.status
    if said is not None and said.row is not None:
        return _by_row(said.row, said.number, gives_number, heard.retry_after, harmless)
    if said is not None and said.success:
        if gives_number and not said.number:
            return _doubt("number-missing", harmless)
        return Received(said.number)
    if status in _BUSY:
        return Retry(BUSY, heard.retry_after)
    if status in _NOT_US:
        return Hold(CREDENTIALS)
    if 300 <= status < 400:
        return Hold("redirect")
    if said is not None:
        return _doubt("answer-unknown", harmless)
    if 200 <= status < 300:
        return _doubt("unreadable", harmless)
    if 400 <= status < 500 and status != HTTPStatus.REQUEST_TIMEOUT:
        return Hold("bad-route")
    return _doubt(f"http-{status}", harmless)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Retry-After as seconds or as an HTTP date (RFC 9110 §10.2.3); None when absent or unreadable, never negative."""
    text = (headers.get("retry-after") or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 9:
        return timedelta(seconds=int(text))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta())


def _unanswered(error: OutboundError, harmless: bool) -> Verdict:
    reason = error.code.removeprefix("outbound.")
    if error.sent is Sent.PERHAPS:
        return _doubt(reason, harmless)
    return Hold(reason) if error.code in _OURS_TO_MEND else Retry(reason)


def _by_row(row: Row, number: str | None, gives_number: bool, asked: timedelta | None, harmless: bool) -> Verdict:
    if row.is_ == "refused":
        return Refused(row.reason, row.message, row.competent)
    if row.is_ == "received":
        # "Already there" without the number is as good as received once the number is asked for; sending again would say the same.
        return Unsure("number-missing") if gives_number and not number else Received(number)
    if row.is_ == "retry":
        return Retry(ASKED, asked)
    return Hold("partner-refuses-us") if row.is_ == "hold" else _doubt("partner-unsure", harmless)


def _doubt(reason: str, harmless: bool) -> Verdict:
    """Perhaps it had an effect: only where another one does no harm may it simply be sent again."""
    return Retry(reason) if harmless else Unsure(reason)
