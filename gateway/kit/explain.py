"""A folder explained by its examples: where each value of a message came from, and what an answer means, rule by rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import partners
from gateway.mapping import (
    ABSENT,
    Drawn,
    DrawnFrom,
    Explanation,
    Expression,
    ReadError,
    Reading,
    State,
    VerdictRow,
    explain_message,
    explain_reading,
    read_report,
    sources_of,
)
from gateway.model import Blob, Fault

from .bench import Bench, told, told_verdict
from .examples import Example


@dataclass(frozen=True, slots=True)
class Explained:
    """An example's message, or for a push what is read of it and what we reply; faults: all, also those that only the schemas show."""

    message: Explanation | None
    pushed: "Understood | None" = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """The success rule, or a verdict row, held against an answer. row: None for the success rule, else its number from 1."""

    rule: str
    holds: bool
    sources: tuple[DrawnFrom, ...]
    row: int | None = None
    meaning: str = ""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """What an answer or a push says. unreadable: why not, with line and column as far as they are known.

    ours: whether it has anything that the rules look at; rules: in the order asked, up to the one that held; reading: None when nothing
    is read of such an answer; verdict: as expect.yaml writes it, empty for a push; reports: the same.
    """

    unreadable: tuple[str, int | None, int | None] | None = None
    ours: bool = True
    rules: tuple[Rule, ...] = ()
    reading: Explanation | None = None
    verdict: Mapping[str, str] = field(default_factory=dict)
    reports: tuple[Mapping[str, Any], ...] = ()


def explain(bench: Bench, example: Example) -> Explained:
    """Field by field, with the faults in their places."""
    if example.pushed:
        return Explained(None, understand_push(bench, example.reply or b""))
    step = bench.folder.matters[example.facts.matter].steps[example.step]
    message = explain_message(step.send, example.facts.tree(example.now))
    if message.faults:
        return Explained(message, faults=message.faults)
    faults = bench.prepare(example)
    return Explained(replace(message, drawn=tuple(_blamed(drawn, faults) for drawn in message.drawn)), faults=faults)


def understand(bench: Bench, matter: str, step: str, status: int, body: bytes) -> Understood:
    """An answer through success rule, verdict rows and reading. Raises LookupError for a matter or step the folder lacks."""
    heard = bench.partner.hear(matter, step, status, body)
    assert heard.outcome is not None
    verdict = told_verdict(heard.outcome.verdict)
    if heard.tree is None:
        assert heard.unreadable is not None
        return Understood(_where(heard.unreadable), verdict=verdict)
    folder, tree = bench.folder, heard.tree
    looked_at = {path[0] for rule in (folder.success, *(row.when for row in folder.verdicts)) for path in rule.paths}
    if not looked_at & tree.keys():
        return Understood(ours=False, verdict=verdict)
    rules = [_rule(folder.success, tree)]
    if not rules[0].holds:
        for number, row in enumerate(folder.verdicts, start=1):
            rules.append(_rule(row.when, tree, number, row))
            if rules[-1].holds:
                break
    read = rules[-1].holds and rules[-1].meaning in ("", "received")
    reading = _told(folder.matters[matter].steps[step].read, tree, pushed=False) if read else None
    return Understood(None, True, tuple(rules), reading, verdict, tuple(told(report) for report in heard.outcome.reports))


def understand_push(bench: Bench, body: bytes) -> Understood:
    """A push through its reading. Raises LookupError when the folder does not push."""
    heard = bench.partner.hear_push(body)
    assert bench.folder.push is not None
    if heard.tree is None:
        assert heard.unreadable is not None
        return Understood(_where(heard.unreadable))
    reading: Reading = bench.folder.push.read
    return Understood(reading=_told(reading, heard.tree, pushed=True), reports=tuple(told(report) for report in heard.reports))


def plain(value: Any) -> Any:
    """A value as JSON can hold it; content by its size, never its bytes; a moment as ISO text."""
    match value:
        case Blob():
            return f"«{value.name}, {value.size} B, {value.media_type}»"
        case bytes():
            return f"«{len(value)} B»"
        case datetime():
            return value.isoformat()
        case Decimal():
            return str(value)
        case dict():
            return {name: plain(below) for name, below in value.items()}
        case list():
            return [plain(below) for below in value]
    return None if value is ABSENT else value


def why_unread(bench: Bench, example: Example) -> tuple[tuple[str, str], ...]:
    """Why nothing was read of the example's reply, Chinese and English; empty where there is nothing to say."""
    if example.reply is None or (not example.pushed and not isinstance(example.answer, int)):
        return ()
    if example.pushed:
        understood = understand_push(bench, example.reply)
    else:
        assert isinstance(example.answer, int)
        understood = understand(bench, example.facts.matter, example.step, example.answer, example.reply)
    return unread(understood)


def unread(understood: Understood) -> tuple[tuple[str, str], ...]:
    """What keeps an answer from being read, Chinese and English."""
    if understood.unreadable is not None:
        reason, line, column = understood.unreadable
        at_zh, at_en = ("", "") if line is None else (f"（第 {line} 行第 {column} 列）", f" (line {line}, column {column})")
        return ((f"应答无法读取：{reason}{at_zh}", f"the answer cannot be read: {reason}{at_en}"),)
    if not understood.ours:
        return (("应答中没有 success 和 verdicts 所看的任何一项", "the answer has nothing that success or verdicts look at"),)
    return tuple((fault.zh, fault.en) for fault in (understood.reading.faults if understood.reading else ()))


def _blamed(drawn: Drawn, faults: tuple[Fault, ...]) -> Drawn:
    """The place with what the partner's description says against it: such a fault names its place in its text, in quotes."""
    named = next((fault for fault in faults if f"“{drawn.target}”" in fault.en), None)
    return drawn if named is None else replace(drawn, state=State.FAULT, fault=named)


def _told(reading: Reading, tree: Any, *, pushed: bool) -> Explanation:
    """A reading, with what only the report shows that it makes: a result whose type has no code, a case without a number.

    pushed: a push may tell of any number of cases, an answer is about one.
    """
    explained = explain_reading(reading, tree)
    if explained.faults or "code" not in reading.names:
        return explained
    if reading.many and not pushed and len(explained.tree) != 1:
        zh, en = (
            f"步骤的应答须恰好读出一条，这里有 {len(explained.tree)} 条",
            f"a step's answer gives one reading; here are {len(explained.tree)}",
        )
        hint = "取其中一条，例如 list(…)[-1] / take one of them: list(…)[-1]"
        return replace(explained, faults=(Fault("", "reading.shape", f"{zh}（{hint}）", en),))
    whose = {} if reading.says_whose else {"our_number": partners.UNNAMED}
    for position, values in enumerate(explained.tree if reading.many else (explained.tree,)):
        if "code" not in values:
            continue  # no status is told
        try:
            read_report({**values, **whose})
        except ReadError as error:
            unread, target = Fault("", error.code, error.zh, error.en), f"[{position}].{error.target}" if reading.many else error.target
            drawn = tuple(replace(one, state=State.FAULT, fault=unread) if one.target == target else one for one in explained.drawn)
            return replace(explained, drawn=drawn, faults=(unread,))
    return explained


def _where(error: partners.UnreadableError) -> tuple[str, int | None, int | None]:
    return error.reason, error.line, error.column


def _rule(rule: Expression, tree: Mapping[str, Any], number: int | None = None, row: VerdictRow | None = None) -> Rule:
    meaning, reason = (row.is_, row.reason) if row else ("", None)
    return Rule(f"${{{rule.source}}}", rule.holds(tree), sources_of(rule, tree), number, meaning, reason)
