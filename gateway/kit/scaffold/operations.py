"""Which of a partner's calls is which of our steps, by their names and what is said of them."""

import re
from collections.abc import Mapping
from typing import Final

from partners import Operation

from .words import head, words


def _named(names: str) -> frozenset[str]:
    return frozenset(names.split())


SUBMIT, QUERY, SUPPLEMENT, WITHDRAW = STEPS = ("submit", "query", "supplement", "withdraw")
_ORDER: Final = (SUPPLEMENT, WITHDRAW, QUERY, SUBMIT)
"""What is looked for first: `submitSupplement` is a supplement, `queryWithdraw` is not asked for often enough to count."""
_WORDS: Final[Mapping[str, frozenset[str]]] = {
    SUPPLEMENT: _named("supplement supplements supply bz bzcl bzbs bj bjcl correct correction complement repair patch"),
    WITHDRAW: _named("withdraw withdrawal cancel cancellation revoke recall undo ch cj chexiao chejian"),
    QUERY: _named("query get status state search find select progress result detail cx chaxun"),
    SUBMIT: _named(
        "submit submission apply application accept save push create send add receive register declare sb sq sj tj shenbao shenqing"
    ),
}
_PHRASES: Final[Mapping[str, tuple[str, ...]]] = {
    SUPPLEMENT: ("补正", "补交", "补件", "补充材料"),
    WITHDRAW: ("撤件", "撤回", "撤销", "取消"),
    QUERY: ("查询", "进度", "获取状态"),
    SUBMIT: ("提交", "报送", "申报", "申办", "上报", "收件", "申请", "推送办件", "接收办件"),
}
_INBOUND: Final = (_named("notify notification callback feedback tell"), ("推送状态", "状态推送", "回调", "通知"))
_FIXED: Final = re.compile(r"(?:POST|PUT|GET) /[!-\"$->@-z|~]*|[A-Za-z_][\w.-]*")

_METHOD: Final = re.compile(r"^[A-Z]+ ")
_CLAUSE: Final = re.compile(r"[，。;；,(（\n]")


def usable(key: str) -> bool:
    """Whether a call can be a step: nothing of a case stands in a URL, and the method is one of the language's."""
    return _FIXED.fullmatch(key) is not None


def inbound(operation: Operation) -> bool:
    """Whether a call looks like one that the partner makes at us."""
    names, phrases = _INBOUND
    return bool(names & set(words(operation.key))) or any(said in head(operation.about) for said in phrases)


def guessed(operations: Mapping[str, Operation]) -> dict[str, tuple[str, ...]]:
    """Step → the calls that it may be; two or more, when nothing decides between them, are all there.

    A GET is nobody's guess: what it asks for stands in its URL, where nothing of a case may stand.
    """
    found: dict[str, dict[str, int]] = {step: {} for step in STEPS}
    for key, operation in operations.items():
        if usable(key) and not key.startswith("GET ") and not inbound(operation):
            step, score = _best(operation)
            if step:
                found[step][key] = score
    return {step: _leading(scores) for step, scores in found.items() if scores}


def _best(operation: Operation) -> tuple[str, int]:
    named = set(words(_METHOD.sub("", operation.key)))
    phrase = _CLAUSE.split(operation.about, maxsplit=1)[0]
    scores = {step: 2 * bool(_WORDS[step] & named) + 3 * any(said in phrase for said in _PHRASES[step]) for step in _ORDER}
    step = max(_ORDER, key=lambda one: (scores[one] > 0, -_ORDER.index(one)))
    return (step, scores[step]) if scores[step] else ("", 0)


def _leading(scores: Mapping[str, int]) -> tuple[str, ...]:
    best = max(scores.values())
    return tuple(key for key, score in scores.items() if score == best)
