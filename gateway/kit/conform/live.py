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

from .caller import ATTEMPTS, KNOWN_WITHIN, QUERY, Caller, Told, numbered, took
from .checks import RECEIVED, Book, Claim, Words, both, claim, in_words, reading_in_words, shown_code
from .line import SpentError

_AHEAD = timedelta(minutes=5)
_ROUNDS = 3
_NO_QUERY = ("文件夹没有 query 步骤", "the folder has no query")
_BY_THEIRS = ("查询只认对方编号", "the query takes only the partner's number")
_NOT_RECEIVED = ("办件未被收下，无从验证", "no case was received to show it with")
_NOBODY = ("无人应答", "nobody answered")
_SPENT = ("本次运行的时间或调用次数已用完", "the time or the calls of this run are used up")
_ANOTHER_STATUS = ("另一状态", "another status")
_SAME_NUMBER = ("已收，编号不变", "received: the same number")
_NEVER_AGAIN: Final[Mapping[str, Words]] = {
    "query": (
        "文件夹规定先查询（resend: query）：查到的办件从不重复报送，见 lost-answer",
        "the folder asks first (resend: query): what is found is never sent again, see lost-answer",
    ),
    "ask-a-person": (
        "文件夹把重发交给人决定（resend: ask-a-person）",
        "the folder leaves sending again to a person (resend: ask-a-person)",
    ),
}
"""Why a folder with this `resend` is not tried with a second submission."""
_DECIDED: Final = (
    Status.NOT_ACCEPTED, Status.APPROVED, Status.DENIED, Status.DELIVERING, Status.DELIVERY_FAILED, Status.COMPLETED, Status.REVOKED,
)  # fmt: skip
"""Statuses of a case that was decided: the decisions, and what comes after one."""
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
        never = _NEVER_AGAIN.get(self._calls.resend)
        if case is None:
            again = () if never else ("resend",)
            self._lacking(
                _NOT_RECEIVED, "known", *again, "lost-answer", "decided", *self._conversation(SUPPLEMENT, WITHDRAW), "codes", "clock"
            )
        else:
            await self._each(("known",), lambda: self._known(case))
        if never:
            self._book.not_shown(self._claim("resend"), _SAME_NUMBER, never)
        if case is None:
            return
        if not never:
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
        expected, since = in_words(Refused(UNKNOWN_CASE, "")), time.monotonic()
        if not self._calls.by_ours:
            self._book.not_shown(self._claim("unknown-number"), expected, self._why_not_asked())
            return
        tried = await self._calls.insist(QUERY, self._calls.fresh())
        holds = isinstance(tried.verdict, Refused) and tried.verdict.reason == UNKNOWN_CASE
        self._book.judged(holds, self._claim("unknown-number"), expected, tried.said, took(since))

    async def _sent(self) -> CaseFacts | None:
        """The first case, received in every step of the procedure; None when it was not."""
        case: CaseFacts | None = self._calls.fresh()
        for step in self._calls.steps:
            of = claim("send", f"{self._calls.name}/send-{step}", step=step)
            if case is None:
                self._unshown(of, RECEIVED, _NOT_RECEIVED)
                continue
            since = time.monotonic()
            try:
                tried = await self._calls.insist(step, case)
            except SpentError:
                self._unshown(of, RECEIVED, _SPENT)
                case = None
                continue
            received = isinstance(tried.verdict, Received)
            self._book.judged(received, of, RECEIVED, tried.said, took(since))
            case = numbered(case, tried.verdict) if received else None
        return case

    async def _known(self, case: CaseFacts) -> None:
        expected, since = ("已收，双方编号相符", "received: both numbers"), time.monotonic()
        if not self._calls.queries:
            self._book.not_shown(self._claim("known"), expected, _NO_QUERY)
            return
        told = await self._calls.wait(case, lambda report: True, KNOWN_WITHIN)
        self._book.judged(told.holds, self._claim("known"), expected, told.seen, took(since))

    async def _resent(self, case: CaseFacts) -> None:
        """The partner promises that a second submission of a case does no harm: it must be taken, and stay the same case."""
        of, since = self._claim("resend"), time.monotonic()
        before = case.partner_number or (await self._calls.number(case) if self._calls.by_ours else None)
        verdict = (await self._calls.insist(self._calls.steps[0], replace(case, partner_number=None))).outcome.verdict
        number = verdict.number if isinstance(verdict, Received) else None
        now = await self._calls.number(case) if self._calls.by_ours else None
        another = before is not None and any(one is not None and one != before for one in (number, now))
        zh, en = ("编号不同", "another number") if another else ("没有别的编号", "no other number")
        said = in_words(verdict)
        holds = isinstance(verdict, Received) and not another
        self._book.judged(holds, of, _SAME_NUMBER, (f"{said[0]}：{zh}", f"{said[1]}: {en}"), took(since))

    async def _lost(self) -> None:
        """A case whose answer never reaches us must be found at the partner.

        Where the line itself failed before any answer came, the partner perhaps never had it: then another case is tried.
        """
        of, since, calls = self._claim("lost-answer"), time.monotonic(), self._calls
        expected = ("不确定或重试，查询得知已收", "unsure or retry, then known")
        if not calls.by_ours:
            expected = ("重试，再次报送后已收", "retry, received again")
            if calls.resend != "idempotent":
                self._book.not_shown(of, expected, self._why_not_asked())
                return
        for _ in range(ATTEMPTS):
            holds, seen = await self._lost_once(calls.fresh())
            if holds or calls.line.cut:
                break
        self._book.judged(holds, of, expected, seen, took(since))

    async def _lost_once(self, case: CaseFacts) -> tuple[bool, Words]:
        """Whether a case was received whose answer was lost, and what was seen."""
        calls, step = self._calls, self._calls.steps[0]
        calls.line.lose_next()
        outcome = await calls.run(step, case)
        zh, en = in_words(outcome.verdict)
        if not (isinstance(outcome.verdict, Unsure | Retry) and outcome.verdict.reason == "reset"):
            return False, (zh, en)
        if calls.by_ours:
            told = await calls.wait(case, lambda report: True, KNOWN_WITHIN)
            holds, then = told.holds, told.seen
        else:
            again = await calls.insist(step, case)
            holds, then = isinstance(again.verdict, Received), again.said
        return holds, (f"{zh}，其后{then[0]}", f"{en}, then {then[1]}")

    def _why_not_asked(self) -> Words:
        """Why a case cannot be asked after by our number."""
        return _BY_THEIRS if self._calls.queries else _NO_QUERY

    async def _withdrawn(self) -> None:
        wish, effect = self._claim("withdraw"), self._claim("withdrawn")
        since, case = time.monotonic(), await self._calls.handed_in()
        if case is None:
            self._lacking(_NOT_RECEIVED, "withdraw", "withdrawn")
            return
        asked = replace(case, withdrawal=WithdrawalFact(WITHDRAWAL, datetime.now(UTC)))
        tried = await self._calls.insist(WITHDRAW, asked)
        received = isinstance(tried.verdict, Received)
        self._book.judged(received, wish, RECEIVED, tried.said, took(since))
        expected, since = reading_in_words(Status.WITHDRAWN), time.monotonic()
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
        since = time.monotonic()
        if not self._calls.queries:
            self._lacking(_NO_QUERY, *self._conversation(SUPPLEMENT), "decided")
            return
        told = await self._calls.wait(case, _asks_or_ended)
        for round_ in range(1, _ROUNDS + 1):
            report = told.report
            if not (told.holds and report and report.status is Status.SUPPLEMENT_REQUIRED and self._calls.has(SUPPLEMENT)):
                break
            if not await self._supplemented(case, report, round_):
                break
            told = await self._calls.wait(case, _asks_or_ended)
        shown = {check.id for check in self._book.checks}
        asks = [kind for kind in self._conversation(SUPPLEMENT) if self._claim(kind).id not in shown]
        zh, en = self._waited(told)
        self._lacking((f"没有要求补正；{zh}", f"nothing was asked for; {en}"), *asks)
        expected = "、".join(reading_in_words(status)[0] for status in _DECIDED), ", ".join(_DECIDED)
        if told.report is not None and told.report.status in _DECIDED:
            self._book.judged(True, self._claim("decided"), expected, told.seen, took(since))
        else:
            self._unshown(self._claim("decided"), expected, (zh, en))

    async def _supplemented(self, case: CaseFacts, report: Report, round_: int) -> bool:
        """Answer a notice; whether the case went on. The first answer is a check, later ones are the way to the decision."""
        notice, since, book = report.notice, time.monotonic(), self._book if round_ == 1 else Book()
        answer, moves = self._claim("supplement"), self._claim("supplement-moves")
        if notice is None or not notice.items:
            why = ("补正告知没有列出项目，无从答复", "the notice came without its list, so nothing can be answered")
            book.not_shown(answer, RECEIVED, why)
            book.not_shown(moves, _ANOTHER_STATUS, why)
            return False
        numbered = case if case.partner_number else replace(case, partner_number=report.partner_number)
        tried = await self._calls.insist(SUPPLEMENT, replace(numbered, supplement=_answered(notice, case, round_)), report)
        received = isinstance(tried.verdict, Received)
        book.judged(received, answer, RECEIVED, tried.said, took(since))
        if not received:
            self._unshown(moves, _ANOTHER_STATUS, ("补正答复未被收下", "the answer was not received"), book)
            return False
        since = time.monotonic()
        told = await self._calls.wait(case, lambda report: report.status is not Status.SUPPLEMENT_REQUIRED)
        if told.holds:
            book.judged(True, moves, _ANOTHER_STATUS, told.seen, took(since))
        else:
            self._unshown(moves, _ANOTHER_STATUS, self._waited(told), book)
        return told.holds

    def _all_told(self) -> None:
        """What holds of every report that came."""
        codes, latest, known = self._calls.codes, self._calls.latest, self._calls.known
        every, soon = ("全部", "all of them"), ("≤ 300 秒", "≤ 300 s")
        if codes:
            unknown = [code for code, status in codes.items() if status is None or code not in known]
            told = ", ".join(f"{shown_code(code, known)} → {codes[code] or '?'}" for code in unknown or codes)
            seen = (f"表中没有：{told}", f"unknown: {told}") if unknown else both(told)
            self._book.judged(not unknown, self._claim("codes"), every, seen)
        else:
            self._unshown(self._claim("codes"), every, ("没有收到任何状态", "no status came"))
        if latest is not None:
            ahead = round(latest.total_seconds())
            self._book.judged(latest <= _AHEAD, self._claim("clock"), soon, (f"{ahead} 秒", f"{ahead} s"))
        else:
            self._unshown(self._claim("clock"), soon, ("状态没有时间", "no status has a time"))

    def _claim(self, kind: str) -> Claim:
        return claim(kind, f"{self._calls.name}/{kind}")

    def _lacking(self, why: Words, *kinds: str) -> None:
        for kind in kinds:
            self._unshown(self._claim(kind), both("—"), why)

    def _unshown(self, of: Claim, expected: Words, why: Words, book: Book | None = None) -> None:
        """What did not come up is not shown; where it was for want of any answer, the partner has failed it."""
        book = book or self._book
        if self._calls.line.silent and why not in (_NO_QUERY, _BY_THEIRS):
            book.judged(False, of, expected, _NOBODY)
        else:
            book.not_shown(of, expected, why)

    def _waited(self, told: Told) -> Words:
        zh, en = f"最后一次：{told.seen[0]}", f"last told: {told.seen[1]}"
        if told.holds:
            return zh, en
        seconds = f"{self._calls.patience.seconds:g}"
        return f"等待 {seconds} 秒，{zh}", f"waited {seconds} s, {en}"


def synthetic(facts: CaseFacts) -> CaseFacts:
    """An example's case as a new one starts: what only its own course gave it is taken away."""
    return replace(facts, partner_number=None, supplement=None, withdrawal=None)


def _asks_or_ended(report: Report) -> bool:
    """Whether something is asked for, or nothing is to come that a wait could be for."""
    status = report.status
    return status is not None and (status is Status.SUPPLEMENT_REQUIRED or status in _DECIDED or status.terminal)


def _answered(notice: Notice, case: CaseFacts, round_: int) -> SupplementFact:
    """Every item answered in words, and with the case's own material where one is asked for."""
    by_code: Mapping[str, int] = {material.code: place for place, material in enumerate(case.materials)}
    files = [(item.code, case.materials[by_code.get(item.material, 0)]) for item in notice.items if item.material and case.materials]
    return SupplementFact(round_, notice.number, tuple((item.code, SUPPLEMENTED) for item in notice.items), tuple(files))
