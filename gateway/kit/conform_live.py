"""The whole procedure of one matter driven against a partner, step by step, as the gateway itself would."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.model import (
    SUPPLEMENT,
    UNKNOWN_CASE,
    WITHDRAW,
    CaseFacts,
    Notice,
    Received,
    Refused,
    Report,
    Retry,
    Status,
    SupplementFact,
    Unsure,
    WithdrawalFact,
)

from .conform_caller import KNOWN_WITHIN, QUERY, Caller, Told, numbered, took
from .conform_checks import Book, Claim, claim, in_words
from .conform_line import SpentError

_AHEAD = timedelta(minutes=5)
_ROUNDS = 3
_NO_QUERY = ("文件夹没有 query 步骤", "the folder has no query")
_NOT_RECEIVED = ("办件未被收下，无从验证", "no case was received to show it with")
_NOBODY = "无人应答 / nobody answered"
_SPENT = ("本次运行的时间或调用次数已用完", "the time or the calls of this run are used up")
_CONVERSATION: Final[Mapping[str, tuple[str, ...]]] = {
    SUPPLEMENT: ("supplement", "supplement-moves"),
    WITHDRAW: ("withdraw", "withdrawn"),
}
WITHDRAWAL, SUPPLEMENTED = "对接测试：申请撤件", "对接测试：已按告知补正"


class MatterTrial:
    """One matter's procedure: every check of it goes to the book."""

    def __init__(self, calls: Caller, book: Book) -> None:
        self._calls, self._book = calls, book

    async def run(self) -> None:
        """Every check of the matter goes to the book."""
        await self._each(("unknown-number",), self._unknown)
        case = await self._sent()
        if case is None:
            self._lacking(
                _NOT_RECEIVED, "known", "resend", "lost-answer", "decided", *self._conversation(SUPPLEMENT, WITHDRAW), "codes", "clock"
            )
            return
        await self._each(("known",), lambda: self._known(case))
        await self._each(("resend",), lambda: self._resent(case))
        await self._each(("lost-answer",), self._lost)
        await self._each((*self._conversation(SUPPLEMENT), "decided"), lambda: self._followed(case))
        if self._calls.has(WITHDRAW):
            await self._each(self._conversation(WITHDRAW), self._withdrawn)
        self._all_told()

    def _conversation(self, *steps: str) -> tuple[str, ...]:
        """The checks of these steps on demand, where the folder has them."""
        return tuple(kind for step in steps if self._calls.has(step) for kind in _CONVERSATION[step])

    async def _each(self, kinds: tuple[str, ...], part: Callable[[], Awaitable[None]]) -> None:
        """A part of the procedure; what it has not come to when the run's bounds are reached is not shown."""
        before = len(self._book.checks)
        try:
            await part()
        except SpentError:
            done = {check.id for check in self._book.checks[before:]}
            self._lacking(_SPENT, *(kind for kind in kinds if self._claim(kind).id not in done))

    async def _unknown(self) -> None:
        expected, since = f"refused ({UNKNOWN_CASE})", time.monotonic()
        if not self._calls.queries:
            self._book.not_shown(self._claim("unknown-number"), expected, _NO_QUERY)
            return
        outcome = await self._calls.insist(QUERY, self._calls.fresh())
        verdict = outcome.verdict
        holds = isinstance(verdict, Refused) and verdict.reason == UNKNOWN_CASE
        self._book.judged(holds, self._claim("unknown-number"), expected, in_words(verdict), took(since))

    async def _sent(self) -> CaseFacts | None:
        """The first case, received in every step of the procedure; None when it was not."""
        case: CaseFacts | None = self._calls.fresh()
        for step in self._calls.steps:
            of = claim("send", f"{self._calls.name}/send-{step}", step=step)
            if case is None:
                self._unshown(of, "received", _NOT_RECEIVED)
                continue
            since = time.monotonic()
            try:
                outcome = await self._calls.insist(step, case)
            except SpentError:
                self._unshown(of, "received", _SPENT)
                case = None
                continue
            received = isinstance(outcome.verdict, Received)
            self._book.judged(received, of, "received", in_words(outcome.verdict), took(since))
            case = numbered(case, outcome) if received else None
        return case

    async def _known(self, case: CaseFacts) -> None:
        expected, since = "received: both numbers", time.monotonic()
        if not self._calls.queries:
            self._book.not_shown(self._claim("known"), expected, _NO_QUERY)
            return
        told = await self._calls.wait(case, lambda report: True, KNOWN_WITHIN)
        self._book.judged(told.holds, self._claim("known"), expected, told.seen, took(since))

    async def _resent(self, case: CaseFacts) -> None:
        """What the folder says with `resend` decides what is done before a second one leaves, if it ever does.

        A partner that is asked first never promised that a second one does no harm: it is sent none.
        """
        rule, of, since = self._calls.resend, self._claim("resend"), time.monotonic()
        if rule == "query":
            told = await self._calls.wait(case, lambda report: True, KNOWN_WITHIN)
            self._book.judged(told.holds, of, "known when asked, so not sent again", told.seen, took(since))
            return
        expected = "received: the same number"
        if rule == "ask-a-person":
            self._book.not_shown(of, expected, ("文件夹把重发交给人决定", "the folder leaves sending again to a person"))
            return
        before = case.partner_number or (await self._calls.number(case) if self._calls.queries else None)
        outcome = await self._calls.insist(self._calls.steps[0], replace(case, partner_number=None))
        number = outcome.verdict.number if isinstance(outcome.verdict, Received) else None
        now = await self._calls.number(case) if self._calls.queries else None
        if before is not None and any(one is not None and one != before for one in (number, now)):
            self._book.judged(False, of, expected, f"{in_words(outcome.verdict)}: another number", took(since))
            return
        self._book.judged(isinstance(outcome.verdict, Received), of, expected, f"{in_words(outcome.verdict)}: no other number", took(since))

    async def _lost(self) -> None:
        """A case whose answer never reaches us must be found at the partner."""
        of, since, case = self._claim("lost-answer"), time.monotonic(), self._calls.fresh()
        step, rule = self._calls.steps[0], self._calls.resend
        expected = "retry, received again" if rule == "idempotent" and not self._calls.queries else "unsure or retry, then known"
        if not self._calls.queries and rule != "idempotent":
            self._book.not_shown(of, expected, _NO_QUERY)
            return
        self._calls.line.lose_next()
        outcome = await self._calls.run(step, case)
        seen = in_words(outcome.verdict)
        if not (isinstance(outcome.verdict, Unsure | Retry) and outcome.verdict.reason == "reset"):
            self._book.judged(False, of, expected, seen, took(since))
        elif self._calls.queries:
            told = await self._calls.wait(case, lambda report: True, KNOWN_WITHIN)
            self._book.judged(told.holds, of, expected, f"{seen}, then {told.seen}", took(since))
        else:
            again = await self._calls.insist(step, case)
            self._book.judged(isinstance(again.verdict, Received), of, expected, f"{seen}, then {in_words(again.verdict)}", took(since))

    async def _withdrawn(self) -> None:
        wish, effect = self._claim("withdraw"), self._claim("withdrawn")
        since, case = time.monotonic(), await self._calls.handed_in()
        if case is None:
            self._lacking(_NOT_RECEIVED, "withdraw", "withdrawn")
            return
        asked = replace(case, withdrawal=WithdrawalFact(WITHDRAWAL, datetime.now(UTC)))
        outcome = await self._calls.insist(WITHDRAW, asked)
        received = isinstance(outcome.verdict, Received)
        self._book.judged(received, wish, "received", in_words(outcome.verdict), took(since))
        expected, since = f"{Status.WITHDRAWN.value} {Status.WITHDRAWN.zh}", time.monotonic()
        if not received or not self._calls.queries:
            self._unshown(effect, expected, _NO_QUERY if received else ("撤件申请未被收下", "the wish was not received"))
            return
        told = await self._calls.wait(case, lambda report: report.status is Status.WITHDRAWN)
        if told.holds:
            self._book.judged(True, effect, expected, told.seen, took(since))
        else:
            self._unshown(effect, expected, self._waited(told))

    async def _followed(self, case: CaseFacts) -> None:
        """The first case to its decision, its notices answered on the way."""
        since, expected = time.monotonic(), "50 … 71"
        if not self._calls.queries:
            self._lacking(_NO_QUERY, *self._conversation(SUPPLEMENT), "decided")
            return
        told = await self._calls.wait(case, _asks_or_decided)
        for round_ in range(1, _ROUNDS + 1):
            report = told.report
            if not (told.holds and report and report.status is Status.SUPPLEMENT_REQUIRED and self._calls.has(SUPPLEMENT)):
                break
            if not await self._supplemented(case, report, round_):
                break
            told = await self._calls.wait(case, _asks_or_decided)
        shown = {check.id for check in self._book.checks}
        asks = [kind for kind in self._conversation(SUPPLEMENT) if self._claim(kind).id not in shown]
        zh, en = self._waited(told)
        self._lacking((f"没有要求补正；{zh}", f"nothing was asked for; {en}"), *asks)
        decided = told.report is not None and _decided(told.report)
        if decided:
            self._book.judged(True, self._claim("decided"), expected, told.seen, took(since))
        else:
            self._unshown(self._claim("decided"), expected, (zh, en))

    async def _supplemented(self, case: CaseFacts, report: Report, round_: int) -> bool:
        """Answer a notice; whether the case went on. The first answer is a check, later ones are the way to the decision."""
        notice, since, book = report.notice, time.monotonic(), self._book if round_ == 1 else Book()
        answer, moves = self._claim("supplement"), self._claim("supplement-moves")
        if notice is None or not notice.items:
            why = ("补正告知没有列出项目，无从答复", "the notice came without its list, so nothing can be answered")
            book.not_shown(answer, "received", why)
            book.not_shown(moves, "another status", why)
            return False
        numbered = case if case.partner_number else replace(case, partner_number=report.partner_number)
        outcome = await self._calls.insist(SUPPLEMENT, replace(numbered, supplement=_answered(notice, case, round_)))
        received = isinstance(outcome.verdict, Received)
        book.judged(received, answer, "received", in_words(outcome.verdict), took(since))
        if not received:
            self._unshown(moves, "another status", ("补正答复未被收下", "the answer was not received"), book)
            return False
        since = time.monotonic()
        told = await self._calls.wait(case, lambda report: report.status is not Status.SUPPLEMENT_REQUIRED)
        if told.holds:
            book.judged(True, moves, "another status", told.seen, took(since))
        else:
            self._unshown(moves, "another status", self._waited(told), book)
        return told.holds

    def _all_told(self) -> None:
        """What holds of every report that came."""
        codes, latest = self._calls.codes, self._calls.latest
        if codes:
            unknown = [code for code, status in codes.items() if status is None]
            known = ", ".join(f"{code} → {status}" for code, status in codes.items())
            self._book.judged(not unknown, self._claim("codes"), "all of them", f"unknown: {', '.join(unknown)}" if unknown else known)
        else:
            self._unshown(self._claim("codes"), "all of them", ("没有收到任何状态", "no status came"))
        if latest is not None:
            seen = f"{round(latest.total_seconds())} s"
            self._book.judged(latest <= _AHEAD, self._claim("clock"), "≤ 300 s", seen)
        else:
            self._unshown(self._claim("clock"), "≤ 300 s", ("状态没有时间", "no status has a time"))

    def _claim(self, kind: str) -> Claim:
        return claim(kind, f"{self._calls.name}/{kind}")

    def _lacking(self, why: tuple[str, str], *kinds: str) -> None:
        for kind in kinds:
            self._unshown(self._claim(kind), "—", why)

    def _unshown(self, of: Claim, expected: str, why: tuple[str, str], book: Book | None = None) -> None:
        """What did not come up is not shown; where it was for want of any answer, the partner has failed it."""
        book = book or self._book
        if self._calls.line.silent and why is not _NO_QUERY:
            book.judged(False, of, expected, _NOBODY)
        else:
            book.not_shown(of, expected, why)

    def _waited(self, told: Told) -> tuple[str, str]:
        if told.holds:
            return f"最后一次：{told.seen}", f"last told: {told.seen}"
        seconds = f"{self._calls.patience.seconds:g}"
        return f"等待 {seconds} 秒，最后一次：{told.seen}", f"waited {seconds} s, last told: {told.seen}"


def synthetic(facts: CaseFacts) -> CaseFacts:
    """An example's case as a new one starts: what only its own course gave it is taken away."""
    return replace(facts, partner_number=None, supplement=None, withdrawal=None)


def _decided(report: Report) -> bool:
    return report.status is not None and not report.status.withdrawable


def _asks_or_decided(report: Report) -> bool:
    return report.status is Status.SUPPLEMENT_REQUIRED or _decided(report)


def _answered(notice: Notice, case: CaseFacts, round_: int) -> SupplementFact:
    """Every item answered in words, and with the case's own material where one is asked for."""
    by_code: Mapping[str, int] = {material.code: place for place, material in enumerate(case.materials)}
    files = [(item.code, case.materials[by_code.get(item.material, 0)]) for item in notice.items if item.material and case.materials]
    return SupplementFact(round_, notice.number, tuple((item.code, SUPPLEMENTED) for item in notice.items), tuple(files))
