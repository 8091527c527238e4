"""Answers as a partner might write them: out of its own description, with what an example wants to show in its place."""

import json
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gateway.kit.compare import pretty
from gateway.mapping import Transport
from partners import Operation, Target, TargetKind, sample_answer

from .moments import moment_pattern
from .words import compact

CONTENT: Final = b"%PDF-1.4\n%%EOF\n"
_PARTS: Final = {"yyyy": "2026", "MM": "11", "dd": "20", "HH": "10", "mm": "05", "ss": "00", "SSS": "000", "XXX": "+08:00", "\\'": ""}
_FIXED: Final = {"iso": "2026-11-20T10:05:00+08:00", "epoch-seconds": "1795140300", "epoch-milliseconds": "1795140300000"}
_WORDS: Final = "示例"
Path_ = tuple[str, ...]


def reply(schemas: Path, transport: Transport, operation: Operation, shown: Mapping[Path_, str]) -> bytes | None:
    """The answer to a call with these values at their paths, beside them only what is required; None where it cannot be built."""
    if operation.response is None or not operation.response.children:
        return None
    tree = _level(operation.response, shown, (), as_text=transport == "soap")
    message = json.dumps(tree).encode() if transport == "rest" else sample_answer(schemas, operation.key, tree)
    return None if message is None else pretty(message).encode()


def _level(target: Target, shown: Mapping[Path_, str], above: Path_, *, as_text: bool) -> dict[str, Any]:
    tree = {}
    for child in target.children:
        path = (*above, child.name)
        if child.required or any(one[: len(path)] == path for one in shown):
            value = _level(child, shown, path, as_text=as_text) if child.children else _leaf(child, shown.get(path), as_text=as_text)
            tree[child.name] = [value] if child.repeats else value
    return tree


def _leaf(target: Target, shown: str | None, *, as_text: bool) -> Any:
    value = shown if shown is not None else _sample(target)
    if as_text or target.kind not in (TargetKind.NUMBER, TargetKind.INTEGER, TargetKind.BOOLEAN):
        return value
    if target.kind is TargetKind.BOOLEAN:
        return value == "true"
    return int(value) if value.lstrip("-").isdigit() else value


def _sample(target: Target) -> str:
    """A value of the target's kind; of a text without any rule a word that says what it is."""
    if target.allowed:
        return target.allowed[0]
    if target.kind is TargetKind.CONTENT:
        return b64encode(CONTENT).decode()
    if target.kind is TargetKind.BOOLEAN:
        return "true"
    timely = target.kind in (TargetKind.MOMENT, TargetKind.DAY) or compact(target.name).endswith(("time", "date", "sj", "rq"))
    pattern = moment_pattern(target) if timely else None
    if pattern is not None:
        return _written(pattern)
    return "1" if target.kind in (TargetKind.NUMBER, TargetKind.INTEGER) else _WORDS[: target.longest]


def _written(pattern: str) -> str:
    text = _FIXED.get(pattern, pattern)
    for part, value in _PARTS.items() if pattern not in _FIXED else ():
        text = text.replace(part, value)
    return text
