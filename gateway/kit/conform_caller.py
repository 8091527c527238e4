"""The calls of a conformance run: fresh cases sent, waited for and asked about; what every answer tells is kept."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import partners
from gateway.model import CaseFacts, Outcome, Received, Report, Retry

from .bench import Bench
from .conform_checks import Book, in_words
from .conform_line import TrialLine
from .explain import understand

QUERY: Final = "query"
ATTEMPTS: Final = 3
"""Tries of a call that may simply be tried again."""
KNOWN_WITHIN: Final = 10.0
"""Seconds within which a partner must know what it has received."""
_LONGEST_PAUSE, _LONGEST_REST = 2.0, 10.0
_LONGEST_CODE = 24


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for a status, and the first pause between two queries, in seconds; pauses grow."""

    seconds: float = 30.0
    pause: float = 0.5


@dataclass(frozen=True, slots=True)
class Told:
    """How a wait for a report ended. report: the last of the case that was told; holds: whether it is the one waited for."""

    holds: bool
    report: Report | None
    seen: str


class Caller:
    """One matter's calls. facts: a synthetic case, without its numbers; numbers: fresh case numbers; name: of the matter's file.

    codes: told of our cases → the status that they are read as; latest: how far ahead of now the latest time lay that a report gave.
    """

    def __init__(
        self, name: str, facts: CaseFacts, numbers: Iterator[str], adapter: partners.HttpPartner, line: TrialLine, bench: Bench,
        book: Book, patience: Patience,
    ) -> None:  # fmt: skip
        self.name, self.line, self.patience = name, line, patience
        self.steps = adapter.steps(facts.matter)
        self.resend = bench.folder.resend
        self.queries = QUERY in bench.folder.matters[facts.matter].steps
        self.codes: dict[str, str | None] = {}
        self.latest: timedelta | None = None
        self._facts, self._numbers, self._adapter, self._bench, self._book = facts, numbers, adapter, bench, book

    def has(self, step: str) -> bool:
        """Whether the folder has this step on demand."""
        return self._adapter.has(self._facts.matter, step)

    def fresh(self) -> CaseFacts:
        """A case that was never sent."""
        return replace(self._facts, number=next(self._numbers), received_at=datetime.now(UTC))

    async def handed_in(self) -> CaseFacts | None:
        """Another case, through the whole procedure; None when it is not received. Its number is asked for where steps do not give it."""
        case = self.fresh()
        for step in self.steps:
            outcome = await self.insist(step, case)
            if not isinstance(outcome.verdict, Received):
                return None
            case = numbered(case, outcome)
        return case if case.partner_number or not self.queries else replace(case, partner_number=await self.number(case))

    async def number(self, case: CaseFacts) -> str | None:
        """The partner's number for the case, as its query tells it."""
        told = await self.wait(replace(case, partner_number=None), lambda report: True, KNOWN_WITHIN)
        return told.report.partner_number if told.report else None

    async def wait(self, case: CaseFacts, until: Callable[[Report], bool], within: float | None = None) -> Told:
        """Query until a report of this case is the one waited for, with growing pauses, as long as the patience lasts."""
        ends = time.monotonic() + min(self.patience.seconds, within or self.patience.seconds)
        pause, report, seen = self.patience.pause, None, ""
        while True:
            outcome = await self.run(QUERY, case)
            seen = in_words(outcome.verdict)
            if isinstance(outcome.verdict, Received):
                report = next((one for one in outcome.reports if _is_of(one, case)), None)
                seen += f": {_told(report)}" if report else ": another case" if outcome.reports else ": no report"
                if report is not None and until(report):
                    return Told(True, report, seen)
            if time.monotonic() + pause >= ends:
                return Told(False, report, seen)
            await self.line.rest(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    async def insist(self, step: str, case: CaseFacts) -> Outcome:
        """Run a step, again where it may simply be run again."""
        pause = self.patience.pause
        for attempt in range(1, ATTEMPTS + 1):
            outcome = await self.run(step, case)
            if not isinstance(outcome.verdict, Retry) or attempt == ATTEMPTS:
                break
            after = outcome.verdict.after.total_seconds() if outcome.verdict.after else pause
            await self.line.rest(min(after, _LONGEST_REST))
            pause *= 2
        return outcome

    async def run(self, step: str, case: CaseFacts) -> Outcome:
        """One call; what it tells of codes and verdict rows goes to the book."""
        began, self.line.answer = time.monotonic(), None
        outcome = await self._adapter.run(step, case)
        for report in outcome.reports:
            if _is_of(report, case):
                status = report.status and report.status.value
                self.codes[_code(report.code)] = status
                self._book.codes[report.code] = (status, took(began))
                if report.at is not None:
                    ahead = report.at - datetime.now(UTC)
                    self.latest = ahead if self.latest is None else max(self.latest, ahead)
        answer = self.line.answer
        if answer is not None:
            rules = understand(self._bench, case.matter, step, answer.status, answer.body).rules
            if rules and rules[-1].row is not None and rules[-1].holds:
                where = f"{self.name}, {step}: {in_words(outcome.verdict)}"
                self._book.rows.setdefault(rules[-1].row, (where, took(began)))
        return outcome


def took(since: float) -> float:
    """Seconds since then, by time.monotonic."""
    return time.monotonic() - since


def numbered(case: CaseFacts, outcome: Outcome) -> CaseFacts:
    """The case with the number that a step gave it."""
    number = outcome.verdict.number if isinstance(outcome.verdict, Received) else None
    return replace(case, partner_number=number or case.partner_number)


def _is_of(report: Report, case: CaseFacts) -> bool:
    """Whether a report names no other case's number."""
    return report.our_number in (None, case.number) and (
        case.partner_number is None or report.partner_number in (None, case.partner_number)
    )


def _told(report: Report) -> str:
    return f"{_code(report.code)} → {report.status.value if report.status else '?'}"


def _code(text: str) -> str:
    """A partner's code; of something longer, as where another field was mistaken for it, no more than its beginning."""
    return text if len(text) <= _LONGEST_CODE else f"{text[:_LONGEST_CODE]}…"
