"""An example's files brought up to what was seen, for a person to review: sent.* and expect.yaml, never the case or the reply."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ruamel.yaml import YAML, MappingNode, Node, SequenceNode

from .bench import Trial
from .compare import file_of, pretty
from .examples import EXPECT, Example

_PLAIN: Final = re.compile(r"[^\W\d_](?:[\w./，。；、（）《》“”-]| (?=[^\W_]))*")
"""What YAML takes for a text without quotes, in a flow level too."""
_WORDS: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_BLOCKS: Final = frozenset({"report", "notice"})
_COMMENT: Final = re.compile(r"#[^\r\n]*")
_Path = tuple[str | int, ...]


def rewritten(trial: Trial) -> dict[str, bytes | None]:
    """The files that must change for the example to hold, by name; None: to be removed. None may where a push cannot be read."""
    changes: dict[str, bytes | None] = {}
    example = trial.example
    if "push" in trial.seen:
        return {}
    if any(difference.part == "sent" for difference in trial.differences):
        old = next((path.name for path in sorted(example.path.glob("sent.*"))), None)
        name = None if trial.sent is None else file_of(trial.sent)
        if old is not None and old != name:
            changes[old] = None
        if name is not None and trial.sent is not None:
            changes[name] = pretty(trial.sent).encode()
    if any(difference.part == "expect" for difference in trial.differences):
        before = (example.path / EXPECT).read_text("utf-8-sig")
        changes[EXPECT] = _commented(expectation(example, trial.seen), before).encode()
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


def _commented(text: str, before: str) -> str:
    """The text with the comments that were there before: each at the entry it stood above or behind; where that is gone, above the next."""
    was, now, lines = _entries(before), {path: line for line, path in _entries(text)}, text.splitlines()
    above: dict[int, list[str]] = {}
    for line, alone, comment in _comments(before):
        begins = line + 1 if alone else max((at for at, _ in was if at <= line), default=0)
        following = [path for at, path in was if at >= begins]
        place = next((now[path] for path in following if path in now), len(lines))
        if alone or following[0] not in now:
            above.setdefault(place, []).append(comment)
        else:
            lines[place] += f"  {comment}"
    written = []
    for at, entry in enumerate(lines):
        margin = entry[: len(entry) - len(entry.lstrip())]
        written += [*(margin + comment for comment in above.get(at, ())), entry]
    return "\n".join([*written, *above.get(len(lines), ())]) + "\n"


def _entries(text: str) -> list[tuple[int, _Path]]:
    """Every entry of every level and list: its line, from 0, and its path; in order."""
    root = YAML(typ="safe", pure=True).compose(text)
    return list(_below(root, ()))


def _below(node: Node | None, path: _Path) -> Iterator[tuple[int, _Path]]:
    named: list[tuple[Node, str | int, Node]] = []
    if isinstance(node, MappingNode):
        named = [(key, key.value, value) for key, value in node.value]
    elif isinstance(node, SequenceNode):
        named = [(item, at, item) for at, item in enumerate(node.value)]
    for begins, name, value in named:
        yield begins.start_mark.line, (*path, name)
        yield from _below(value, (*path, name))


def _comments(text: str) -> Iterator[tuple[int, bool, str]]:
    """Every comment, which stands between what YAML reads: its line, from 0, and whether it has the line to itself."""
    done = 0
    for token in YAML(typ="safe", pure=True).scan(text):
        for found in _COMMENT.finditer(text, done, token.start_mark.index):
            start = text.rfind("\n", 0, found.start()) + 1
            yield text.count("\n", 0, start), not text[start : found.start()].strip(), found[0].rstrip()
        done = max(done, token.end_mark.index)


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
