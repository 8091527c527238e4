"""What an authority asks for before it goes on, all of it at once (一次性告知), and what came in answer to it.

A notice is drawn from the seed and the case's outer number, so that a restart asks the same again.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mock_partners.life import drawn

MOST_AT_ONCE = 3
_AGAIN = (
    "原提交的材料（{code}）扫描件不清晰，请重新上传原件的彩色扫描件",
    "原提交的材料（{code}）未签名或未加盖公章，请签章后重新上传",
    "原提交的材料（{code}）已超过有效期，请重新上传现行有效的材料",
    "原提交的材料（{code}）缺页，请将全部页面合并后重新上传",
)
_MORE = (
    "请补充提交近三个月的社会保险参保缴费证明",
    "请补充提交授权委托书及受托人的身份证明",
    "请补充提交住所（经营场所）使用证明：产权证，或者租赁合同及出租方产权证",
    "请补充提交由申请人签名并注明日期的承诺书",
)
_WORDS = (
    "请说明申请表所填住址与身份证件所载住址不一致的原因",
    "请说明申请事由，并注明相关事实发生的时间",
    "请补充填写原缴存（参保）单位的全称及账户封存时间",
    "请确认领取结果的方式：自行下载、窗口领取或者邮寄",
)
_DAYS_TO_ANSWER = (5, 10, 15)


@dataclass(frozen=True)
class Ask:
    """One thing asked for. number: unlike any other in the case; file: whether a file is wanted; code: of the file handed in before."""

    number: str
    text: str
    file: bool
    code: str | None = None


@dataclass(frozen=True)
class Notice:
    """One written notice: the how-manieth of its case, its number, until when (Beijing time), and what is asked for."""

    round: int
    number: str
    due: datetime
    items: tuple[Ask, ...]


@dataclass(frozen=True)
class Supplement:
    """What came in answer to the notice of this round: to which items, and one figure of the contents."""

    round: int
    items: tuple[str, ...]
    digest: str


def notice_of(seed: int, outer: str, number: str, codes: Sequence[str], turn: int, at: datetime) -> Notice:
    """The turn-th notice of a case, written at `at`; `codes` are of the files it was submitted with.

    The first asks for one to three things, each later one for one more; numbers and texts go on where the one before ended.
    """
    first = drawn(seed, "notice", outer).randint(1, MOST_AT_ONCE)
    asks = _asks(seed, outer, codes, first, first + turn - 1)
    days = drawn(seed, "due", outer, turn).choice(_DAYS_TO_ANSWER)
    due = (at + timedelta(days=days)).replace(hour=17, minute=30, second=0, microsecond=0)
    return Notice(turn, f"BZ{number[2:]}-{turn}", due, tuple(asks[:first] if turn == 1 else asks[-1:]))


def supplement_digest(parts: Iterable[tuple[str, bytes]]) -> str:
    """One figure of what came: (item number, reply in UTF-8 or content of a file), in whatever order."""
    lines = sorted(f"{item} {hashlib.sha256(part).hexdigest()}" for item, part in parts)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _asks(seed: int, outer: str, codes: Sequence[str], first: int, count: int) -> list[Ask]:
    """The things asked for in a case over all its notices, `first` of them at once: a file opens each notice, one in four is words."""
    chance = drawn(seed, "asks", outer)
    again, more, words = (chance.sample(texts, len(texts)) for texts in (_AGAIN, _MORE, _WORDS))
    asks = []
    for place in range(count):
        turn, name = place % len(more), f"BZ{place + 1:02d}"
        if 0 < place < first and chance.random() < 0.5:
            asks.append(Ask(name, words[turn], file=False))
        elif codes and (place == 0 or chance.random() < 0.5):
            code = chance.choice(codes)
            asks.append(Ask(name, again[turn].format(code=code), file=True, code=code))
        else:
            asks.append(Ask(name, more[turn], file=True))
    return asks
