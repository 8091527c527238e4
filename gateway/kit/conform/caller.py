"""The calls of a conformance run: fresh cases sent, waited for and asked about; what every answer tells is kept."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import partners
from gateway.flow import needs_number, proved
from gateway.kit.bench import Bench
from gateway.kit.explain import understand
from gateway.model import (
    CaseFacts,
    Outcome,
    Received,
    Refused,
    Report,
    Retry,
    Unsure,
    Verdict,
    verdict_name,
)

from .checks import Book, Met, Words, both, in_words, known_codes, met_row, shown_code
from .line import TrialLine

QUERY: Final = "query"
ATTEMPTS: Final = 3
"""Tries of a call that may be tried again."""
KNOWN_WITHIN: Final = 10.0
"""Seconds within which a partner must know what it has received."""
_LONGEST_PAUSE, _LONGEST_REST = 2.0, 10.0
_GROWTH: Final = 1.5
_NO_ANSWER: Final = "http-"
"""How the reason of a verdict begins when what came was no answer of the partner's own: 408 and 5xx."""


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
    seen: Words


@dataclass(frozen=True, slots=True)
class Tried:
    """What a step came to, after all that was done about it. outcome: of the last call; said: in words."""

    verdict: Verdict
    said: Words
    outcome: Outcome


class Caller:
    """One matter's calls. facts: a synthetic case, without its numbers; numbers: fresh case numbers; name: of the matter's file.

    codes: told of our cases → the status that they are read as; known: those of the folder's table;
    latest: how far ahead of now the latest time lay that a report gave.
    """

    def __init__(
        self, name: str, facts: CaseFacts, numbers: Iterator[str], adapter: partners.HttpPartner, line: TrialLine, bench: Bench,
        book: Book, patience: Patience,
    ) -> None:  # fmt: skip
        self.name, self.line, self.patience = name, line, patience
        self.steps = adapter.steps(facts.matter)
        self.resend = bench.folder.resend
        self.queries = QUERY in bench.folder.matters[facts.matter].steps
        self.by_ours = self.queries and not adapter.prepare(QUERY, replace(facts, partner_number=None))
        """Whether the query can be asked of a case whose partner number is not known: after a lost answer it is not."""
        self.codes: dict[str, str | None] = {}
        self.known = known_codes(bench.folder)
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
            tried = await self.insist(step, case)
            if not isinstance(tried.verdict, Received):
                return None
            case = numbered(case, tried.verdict)
        return case if case.partner_number or not self.by_ours else replace(case, partner_number=await self.number(case))

    async def number(self, case: CaseFacts) -> str | None:
        """The partner's number for the case, as its query tells it."""
        told = await self.wait(replace(case, partner_number=None), lambda report: True, KNOWN_WITHIN)
        return told.report.partner_number if told.report else None

    async def wait(self, case: CaseFacts, until: Callable[[Report], bool], within: float | None = None) -> Told:
        """Query until a report of this case is the one waited for, with growing pauses, as long as the patience lasts."""
        ends = time.monotonic() + min(self.patience.seconds, within or self.patience.seconds)
        pause, report = self.patience.pause, None
        while True:
            tried = await self.insist(QUERY, case)
            zh, en = tried.said
            if isinstance(tried.verdict, Received):
                reports = tried.outcome.reports
                report = next((one for one in reports if _is_of(one, case)), None)
                what = both(self._told(report)) if report else ("另一办件", "another case") if reports else ("没有状态", "no report")
                zh, en = f"{zh}：{what[0]}", f"{en}: {what[1]}"
                if report is not None and until(report):
                    return Told(True, report, (zh, en))
            if time.monotonic() + pause >= ends:
                return Told(False, report, (zh, en))
            await self.line.rest(pause)
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)

    async def insist(self, step: str, case: CaseFacts, notice: Report | None = None) -> Tried:
        """Run a step, again where it may be run again. Where an answer was lost, what the folder says is done about it.

        notice: what a supplement answers.
        What was sent again, since that does no harm, and refused the second time, was perhaps taken the first time: that is asked, too.
        """
        pause, doubtful = self.patience.pause, False
        until = max(datetime.now(UTC), notice.at) if notice is not None and notice.at is not None else datetime.now(UTC)
        for attempt in range(1, ATTEMPTS + 1):
            began = time.monotonic()
            outcome = await self.run(step, case)
            verdict, said = outcome.verdict, in_words(outcome.verdict)
            askable = self.by_ours or (self.queries and case.partner_number is not None)
            if askable and isinstance(verdict, Unsure) and _unanswered(outcome):
                answer = await self._asked(step, case, began, until)
                if answer is not None:
                    return Tried(answer, _when_asked(said, answer), outcome)
                if self.resend != QUERY:
                    break
            elif isinstance(verdict, Retry):
                doubtful = doubtful or _unanswered(outcome)
                if attempt < ATTEMPTS:
                    await self.line.rest(min(verdict.after.total_seconds() if verdict.after else pause, _LONGEST_REST))
                    pause *= 2
            else:
                if askable and doubtful and isinstance(verdict, Refused) and step != QUERY:
                    answer = self._proved(step, case, (await self.insist(QUERY, case)).outcome, until)
                    if isinstance(answer, Received):
                        return Tried(answer, _when_asked(said, answer), outcome)
                break
        return Tried(verdict, said, outcome)

    async def run(self, step: str, case: CaseFacts) -> Outcome:
        """One call; what it tells of codes and verdict rows goes to the book."""
        began, self.line.answer = time.monotonic(), None
        outcome = await self._adapter.run(step, case)
        where = f"{self.name} {step}"
        for report in outcome.reports:
            if _is_of(report, case):
                status = report.status and report.status.value
                self.codes[report.code] = status
                _note(self._book.codes.setdefault(report.code, []), Met(where, step, status, took(began)))
                if report.at is not None:
                    ahead = report.at - datetime.now(UTC)
                    self.latest = ahead if self.latest is None else max(self.latest, ahead)
        answer = self.line.answer
        if answer is not None:
            row = met_row(understand(self._bench, case.matter, step, answer.status, answer.body))
            if row is not None:
                verdict = outcome.verdict
                reading = (verdict_name(verdict), getattr(verdict, "reason", None))
                _note(self._book.rows.setdefault(row, []), Met(where, step, reading, took(began)))
        return outcome

    async def _asked(self, step: str, case: CaseFacts, began: float, until: datetime) -> Verdict | None:
        """What the partner says of a call whose answer was lost, asked as the gateway asks; None: it surely has nothing of it.

        Until a call may no longer be at work, that the partner has nothing of it proves nothing yet. began: when it left;
        until: as of proved's notice_until.
        """
        settled, pause = began + self._adapter.manner.settle.total_seconds(), self.patience.pause
        while True:
            late = time.monotonic() >= settled
            answer = self._proved(step, case, (await self.insist(QUERY, case)).outcome, until)
            if answer is not None or late:
                return answer
            await self.line.rest(pause)
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)

    def _proved(self, step: str, case: CaseFacts, asked: Outcome, until: datetime) -> Verdict | None:
        """What a query says of the call whose answer was lost, by the rule of deliveries."""
        later = step in self.steps[1:]
        return proved(step, case, asked, lambda: needs_number(self._adapter, step, case), later=later, notice_until=until)

    def _told(self, report: Report) -> str:
        return f"{shown_code(report.code, self.known)} → {report.status.value if report.status else '?'}"


def took(since: float) -> float:
    """Seconds since then, by time.monotonic."""
    return time.monotonic() - since


def numbered(case: CaseFacts, verdict: Verdict) -> CaseFacts:
    """The case with the number that a step gave it."""
    number = verdict.number if isinstance(verdict, Received) else None
    return replace(case, partner_number=number or case.partner_number)


def _unanswered(outcome: Outcome) -> bool:
    """Whether nobody knows what became of a call, since no answer of the partner's came."""
    reason = getattr(outcome.verdict, "reason", None) or ""
    return outcome.exchange.http_status is None or reason.startswith(_NO_ANSWER)


def _when_asked(said: Words, answer: Verdict) -> Words:
    zh, en = in_words(answer)
    return f"{said[0]}，经查询：{zh}", f"{said[1]}, when asked: {en}"


def _note(met: list[Met], one: Met) -> None:
    """Each reading once."""
    if all((known.step, known.read_as) != (one.step, one.read_as) for known in met):
        met.append(one)


def _is_of(report: Report, case: CaseFacts) -> bool:
    """Whether a report names no other case's number."""
    return report.our_number in (None, case.number) and (
        case.partner_number is None or report.partner_number in (None, case.partner_number)
    )
