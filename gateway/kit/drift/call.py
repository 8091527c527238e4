"""How a call travels, then and now: address, signature, SOAP's version and names, media types."""

from collections.abc import Callable
from typing import Final

from partners import Operation

from .changes import Told

_JSON: Final = frozenset({"application/json", "application/*", "*/*"})
_NAMES: Final = {
    "address": ("地址", "the address"),
    "soap": ("SOAP 版本", "the SOAP version"),
    "action": ("SOAPAction ", "the SOAPAction"),
    "element": ("请求元素", "the element that calls"),
    "answer": ("应答元素", "the element that answers"),
    "headers": ("要求的 SOAP 头", "the SOAP headers it wants"),
    "security": ("认证方式", "how it is signed"),
    "body": ("请求的媒体类型", "the media type of the request"),
    "answer-body": ("应答的媒体类型", "the media type of the answer"),
    "statuses": ("所述 HTTP 状态", "the HTTP statuses it tells of"),
    "deprecated": ("是否停用在即", "whether it is about to go"),
}


def of_call(told: Told, before: Operation, after: Operation, *, pushed: bool) -> None:
    """pushed: the partner calls us, so that it writes the request and we the answer."""
    old, new = dict(before.wire), dict(after.wire)
    for name in dict.fromkeys((*old, *new)):
        was, now = old.get(name, ""), new.get(name, "")
        if was == now:
            continue
        breaks = _breaks(name, was, now, pushed=pushed)
        told.turned((), _NAMES.get(name, (f"{name} ", name)), was, now, breaks, mended=name in _MENDED)


def _breaks(name: str, was: str, now: str, *, pushed: bool) -> bool:
    """The endpoint of the folder counts, not the address; of answers, names are read wherever they come from."""
    if name.startswith(("header ", "cookie ")):
        return now == "required"
    if pushed:
        return name in ("soap", "element", "answer")
    return name in _RULES and _RULES[name](was, now)


_MENDED: Final = frozenset({"soap", "action", "element", "answer"})
"""What our messages take from the stored description."""
_RULES: Final[dict[str, Callable[[str, str], bool]]] = {
    "soap": lambda _was, _now: True,
    "action": lambda _was, _now: True,
    "element": lambda _was, _now: True,
    "headers": lambda was, now: not set(now.split()) <= set(was.split()),
    "security": lambda was, now: not _still_signed(was.split(" | "), now.split(" | ")),
    "body": lambda was, now: not _takes_json(now) and (_takes_json(was) or not was),
    "answer-body": lambda was, now: "json" not in now and "*" not in now and now != "",
}


def _still_signed(was: list[str], now: list[str]) -> bool:
    """Whether every way to sign that was accepted still is, or none is asked for."""
    return bool({"", "none"} & set(now)) or set(was) <= set(now)


def _takes_json(types: str) -> bool:
    return not types or bool({one.partition(";")[0].strip() for one in types.split()} & _JSON)
