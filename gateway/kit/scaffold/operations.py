"""Which of a partner's calls is which of our steps, by their names and what is said of them."""

import re
from collections.abc import Mapping
from typing import Final

from gateway.mapping import is_path
from partners import Operation

from .words import head, words


def _named(names: str) -> frozenset[str]:
    return frozenset(names.split())


SUBMIT, QUERY, SUPPLEMENT, WITHDRAW = STEPS = ("submit", "query", "supplement", "withdraw")
_ORDER: Final = (SUPPLEMENT, WITHDRAW, QUERY, SUBMIT)
"""What is looked for first: `submitSupplement` is a supplement, `queryWithdraw` is not asked for often enough to count."""
_WORDS: Final[Mapping[str, frozenset[str]]] = {
    SUPPLEMENT: _named("supplement supplements supply bz bzcl bzbs bjcl correct correction complement repair patch"),
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
_CALL: Final = re.compile(r"[A-Za-z_][\w.-]*")
_METHODS: Final = ("POST", "PUT", "PATCH", "GET", "DELETE")
_RESOURCES: Final = _named("case cases application applications project projects biz order orders matter matters ticket tickets")
"""What a bare `POST /cases` makes one of."""

_METHOD: Final = re.compile(r"^[A-Z]+ ")
_CLAUSE: Final = re.compile(r"[，。;；,(（\n]")


def usable(key: str) -> bool:
    """Whether a call can be a step: the language can write its path, and the method is one of the language's."""
    method, space, path = key.partition(" ")
    return method in _METHODS and is_path(path) if space else _CALL.fullmatch(key) is not None


def inbound(operation: Operation) -> bool:
    """Whether a call looks like one that the partner makes at us."""
    names, phrases = _INBOUND
    return bool(names & set(words(operation.key))) or any(said in head(operation.about) for said in phrases)


def guessed(operations: Mapping[str, Operation]) -> dict[str, tuple[str, ...]]:
    """Step → the calls that it may be; two or more, when nothing decides between them, are all there.

    A GET is a query when it says which case it asks for; of a DELETE it is clear what it does.
    """
    found: dict[str, dict[str, int]] = {step: {} for step in STEPS}
    for key, operation in operations.items():
        if usable(key) and not inbound(operation):
            step, score = _best(operation)
            if step:
                found[step][key] = score
    return {step: _leading(scores) for step, scores in found.items() if scores}


def _best(operation: Operation) -> tuple[str, int]:
    method = operation.key.partition(" ")[0] if " " in operation.key else ""
    named = {*words(_METHOD.sub("", operation.key)), *words(operation.also)}
    phrase = _CLAUSE.split(operation.about, maxsplit=1)[0]
    scores = {step: 2 * bool(_WORDS[step] & named) + 3 * any(said in phrase for said in _PHRASES[step]) for step in _ORDER}
    if method == "GET":
        return (QUERY, scores[QUERY] + 2) if operation.in_path or operation.in_query else ("", 0)
    if method == "DELETE":
        return WITHDRAW, scores[WITHDRAW] + 2
    if not any(scores.values()) and method == "POST" and not operation.in_path and named & _RESOURCES:
        return SUBMIT, 1
    step = max(_ORDER, key=lambda one: (scores[one] > 0, -_ORDER.index(one)))
    return (step, scores[step]) if scores[step] else ("", 0)


def _leading(scores: Mapping[str, int]) -> tuple[str, ...]:
    best = max(scores.values())
    return tuple(key for key, score in scores.items() if score == best)
