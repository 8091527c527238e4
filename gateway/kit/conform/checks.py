"""The checks of a conformance run: what each claims, what was expected and seen, and how it came out."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from gateway.kit.explain import Understood
from gateway.mapping import Folder
from gateway.model import REASONS, Status, Verdict, verdict_name
from gateway.security import mask_shape

Came = Literal["passed", "failed", "not shown"]
Words = tuple[str, str]
"""Chinese and English; the same twice where it is neither."""
MAX_SHOWN: Final = 160
"""Characters of what was expected or seen, in each language."""
NOWHERE: Final = ("没有哪次调用或示例出现过", "no call and no example shows it")
RECEIVED: Final = ("已收", "received")
_VERDICTS: Final[Mapping[str, str]] = {"received": "已收", "refused": "拒绝", "retry": "重试", "hold": "暂停", "unsure": "不确定"}
_STATUS_TABLE: Final = "status"
_PLAIN, _LONGEST = 6, 24
"""Characters: of a code that may be shown although no table knows it, and of any other's looks."""
CLAIMS: Final[Mapping[str, tuple[str, str]]] = {
    "unknown-number": ("查询从未报送的编号，对方明确答复查无此件", "a number that was never sent is said to be unknown"),
    "send": ("步骤 {step}：办件被收下", "the step {step}: the case is received"),
    "known": ("报送之后能查到该件，双方编号相符", "what was sent is known, under both numbers"),
    "resend": ("同一件重复报送，不会变成两件", "the same case sent again does not become two"),
    "lost-answer": ("应答丢失后，凭编号能查明对方已收到", "after a lost answer, the partner says by number that it has the case"),
    "codes": ("实际返回的每个状态代码都在 codes/status.csv 中", "every status code told live is in codes/status.csv"),
    "clock": ("状态时间不在将来（时区、时钟相符）", "no status lies in the future (time zone and clock agree)"),
    "decided": ("办件在等待时间内得到办理决定", "the case is decided while we wait"),
    "supplement": ("要求补正的，补正答复被收下", "where something is asked for, the answer is received"),
    "supplement-moves": ("补正答复后，办件继续办理", "after the answer the case goes on"),
    "withdraw": ("未作决定前申请撤件，申请被收下", "a wish to withdraw before the decision is received"),
    "withdrawn": ("撤件申请之后，状态变为已撤件", "after the wish the status becomes withdrawn"),
    "examples": ("示例都能读取，且有受理成功的作为起点", "every example can be read, and one shows a success to start from"),
    "example": ("发出和读出的都与示例一致", "what is sent and what is read are as the example says"),
    "verdict": ("判定第 {row} 行按示例判读", "verdict row {row} is read as the examples say"),
    "status": ("状态代码 {code} 按示例判读", "the status code {code} is read as the examples say"),
    "unknown-status": ("不认识的状态代码原样保留，绝不猜测", "a status code that no table knows is kept and never guessed"),
    "push": ("推送“{claim}”通过验签并按示例判读", "the push “{claim}” is verified and read as the example says"),
}
"""Kind of check → what it claims. An id is `<matter>/<kind>` for calls that were made, else `<kind>` or `<kind>/<which>`."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check. ms: how long it took, None for what was not shown; seen: why, where it failed or was not shown. Never content."""

    id: str
    zh: str
    en: str
    expected: str
    seen: str
    ms: int | None
    came: Came


@dataclass(frozen=True, slots=True)
class Claim:
    """What one check claims. id: stable as long as the folder's names are."""

    id: str
    zh: str
    en: str


def claim(kind: str, id_: str, **names: object) -> Claim:
    """The claim of a kind, under an id of its own."""
    zh, en = (text.format_map(names) for text in CLAIMS[kind])
    return Claim(id_, zh, en)


Reading = tuple[str, str | None] | str | None
"""A verdict by its name and reason, or a status by its code; None: null."""


@dataclass(frozen=True, slots=True)
class Met:
    """Where a run met something live: in which step, and the verdict or status (None: null) it was read as; took: seconds."""

    where: str
    step: str
    read_as: Reading
    took: float


@dataclass(slots=True)
class Book:
    """What a run has found out so far. codes: told live → what they were read as; rows: verdict rows met live → the verdicts."""

    checks: list[Check] = field(default_factory=list)
    codes: dict[str, list[Met]] = field(default_factory=dict)
    rows: dict[int, list[Met]] = field(default_factory=dict)

    def judged(self, holds: bool, of: Claim, expected: Words, seen: Words, took: float = 0.0) -> None:
        """It held, or it did not. took: seconds."""
        self._add(of, expected, seen, round(took * 1000), "passed" if holds else "failed")

    def not_shown(self, of: Claim, expected: Words, why: Words) -> None:
        """Nothing came up that could have shown it, and why."""
        self._add(of, expected, why, None, "not shown")

    def _add(self, of: Claim, expected: Words, seen: Words, ms: int | None, came: Came) -> None:
        self.checks.append(Check(of.id, of.zh, of.en, side_by_side(expected), side_by_side(seen), ms, came))


def side_by_side(words: Words) -> str:
    """Chinese first, English beside it, in one line and not too long."""
    zh, en = map(_clipped, words)
    return zh if zh == en else f"{zh} / {en}"


def both(text: str) -> Words:
    """What needs no language: codes, numbers, expressions."""
    return text, text


def in_words(verdict: Verdict) -> Words:
    """A verdict without the partner's own words, which are nobody's business here."""
    return verdict_in_words(verdict_name(verdict), getattr(verdict, "reason", None))


def verdict_in_words(name: str, reason: str | None) -> Words:
    """A verdict by its name and reason, as partner.yaml and expect.yaml write them."""
    if reason is None:
        return _VERDICTS[name], name
    known = REASONS.get(reason)
    return f"{_VERDICTS[name]}（{known.zh if known else reason}）", f"{name} ({reason})"


def met_row(understood: Understood) -> int | None:
    """The verdict row that an answer meets, from 1; None when it meets none."""
    rules = understood.rules
    return rules[-1].row if rules and rules[-1].holds else None


def reading_in_words(reading: Reading) -> Words:
    """A verdict by name and reason, a status by code and name."""
    if reading is None:
        return both("null")
    if isinstance(reading, tuple):
        return verdict_in_words(*reading)
    known = next((status for status in Status if status == reading), None)
    return (f"{known} {known.zh}", f"{known} {known.name.lower().replace('_', ' ')}") if known else both(reading)


def known_codes(folder: Folder) -> Mapping[str, str]:
    """The status codes that the folder's table knows, each with the status that it stands for."""
    table = folder.codes.get(_STATUS_TABLE)
    return {} if table is None else table.inbound


def shown_code(code: str, known: Container[str]) -> str:
    """A partner's code as a report may hold it. One that no table knows could be any field of the answer, read by mistake:

    of anything longer than a code usually is, no more than its looks are shown.
    """
    if code in known or (len(code) <= _PLAIN and code.isascii() and code.isalnum()):
        return code
    looks = mask_shape(code)
    return looks if len(looks) <= _LONGEST else f"{looks[:_LONGEST]}…"


def _clipped(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_SHOWN else f"{line[: MAX_SHOWN - 1]}…"
