"""The checks of a conformance run: what each claims, what was expected and seen, and how it came out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from gateway.model import Verdict, verdict_name

Came = Literal["passed", "failed", "not shown"]
MAX_SHOWN: Final = 160
"""Characters of what was expected or seen."""
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
    "verdict": ("判定第 {row} 行按其含义判读", "verdict row {row} is read as it says"),
    "status": ("状态代码 {code} 按代码表判读", "the status code {code} is read as the table says"),
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


@dataclass(slots=True)
class Book:
    """What a run has found out so far. codes: told live → the status that they are read as; rows: verdict rows met live → where.

    Both with the seconds that the call took.
    """

    checks: list[Check] = field(default_factory=list)
    codes: dict[str, tuple[str | None, float]] = field(default_factory=dict)
    rows: dict[int, tuple[str, float]] = field(default_factory=dict)

    def judged(self, holds: bool, of: Claim, expected: str, seen: str, took: float = 0.0) -> None:
        """It held, or it did not. took: seconds."""
        self._add(of, expected, seen, round(took * 1000), "passed" if holds else "failed")

    def not_shown(self, of: Claim, expected: str, why: tuple[str, str]) -> None:
        """Nothing came up that could have shown it, and why, Chinese and English."""
        self._add(of, expected, " / ".join(why), None, "not shown")

    def _add(self, of: Claim, expected: str, seen: str, ms: int | None, came: Came) -> None:
        self.checks.append(Check(of.id, of.zh, of.en, clipped(expected), clipped(seen), ms, came))


def clipped(text: str) -> str:
    """A text in one line and not too long."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_SHOWN else f"{line[: MAX_SHOWN - 1]}…"


def in_words(verdict: Verdict) -> str:
    """A verdict without the partner's own words, which are nobody's business here."""
    reason = getattr(verdict, "reason", None)
    return verdict_name(verdict) + (f" ({reason})" if reason else "")
