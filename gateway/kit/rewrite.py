"""An example's files brought up to what was seen, for a person to review: sent.* and expect.yaml, never the case or the reply."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .bench import Trial
from .compare import is_xml, pretty
from .examples import EXPECT, Example

_PLAIN: Final = re.compile(r"[^\W\d_](?:[\w./，。；、（）《》“”-]| (?=[^\W_]))*")
"""What YAML takes for a text without quotes, in a flow level too."""
_WORDS: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_BLOCKS: Final = frozenset({"report", "notice"})


def rewritten(trial: Trial) -> dict[str, bytes | None]:
    """The files that must change for the example to hold, by name; None: to be removed. None may where a push cannot be read."""
    changes: dict[str, bytes | None] = {}
    example = trial.example
    if "push" in trial.seen:
        return {}
    if any(difference.part == "sent" for difference in trial.differences):
        old = next((path.name for path in sorted(example.path.glob("sent.*"))), None)
        name = None if trial.sent is None else f"sent.{'xml' if is_xml(trial.sent) else 'json'}"
        if old is not None and old != name:
            changes[old] = None
        if name is not None and trial.sent is not None:
            changes[name] = pretty(trial.sent).encode()
    if any(difference.part == "expect" for difference in trial.differences):
        before = (example.path / EXPECT).read_text("utf-8-sig")
        head = "".join(f"{line}\n" for line in _leading_comments(before))
        changes[EXPECT] = (head + expectation(example, trial.seen)).encode()
    return changes


def write(trial: Trial, changes: Mapping[str, bytes | None]) -> None:
    """Write what `rewritten` gave. Raises OSError."""
    for name, data in changes.items():
        file = trial.example.path / name
        if data is None:
            file.unlink(missing_ok=True)
        else:
            file.write_bytes(data)


def expectation(example: Example, seen: Mapping[str, Any]) -> str:
    """The expect.yaml of an example of which this was seen."""
    answer = {} if example.answer is None else {"answer": str(example.answer)}
    lines = [f"step: {example.step}", *(f"answer: {value}" for value in answer.values())]
    for name in ("faults", "verdict", "report", "reports"):
        if name in seen:
            lines += _entry(name, seen[name], "")
    return "\n".join(lines) + "\n"


def _leading_comments(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not line.startswith("#"):
            return
        yield line


def _entry(name: str, value: Any, margin: str) -> Iterator[str]:
    if isinstance(value, list | tuple):
        yield f"{margin}{name}:{' []' if not value else ''}"
        yield from (f"{margin}  - {_flow(entry)}" for entry in value)
    elif isinstance(value, Mapping) and name in _BLOCKS:
        yield f"{margin}{name}:"
        for below, inner in value.items():
            yield from _entry(below, inner, margin + "  ")
    else:
        yield f"{margin}{name}: {_flow(value)}"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(below)}" for name, below in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(below) for below in value) + "]"
    if value is None:
        return "null"
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return str(value)
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in quoted)
