"""YAML as a person would write it: lines with comments behind them, quoted only where the language needs it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

_PLAIN: Final = re.compile(r"[0-9A-Za-z_$/\u4e00-\u9fff](?:[^\n\t]*[^\s:])?")
_CUTS: Final = (": ", " #")
_INDENT: Final = "  "


@dataclass(slots=True)
class Line:
    """A key and its value, or what stands below it; without either a comment.

    bullet: it begins an entry of a list; raw: the value is YAML as it is.
    """

    key: str = ""
    value: str | None = None
    comment: str = ""
    below: list["Line"] = field(default_factory=list)
    bullet: bool = False
    raw: bool = False


def fixed(text: str) -> str:
    """A text that is none of ours, written so that no expression is seen in it."""
    return text.replace("${", "$${")


def scalar(text: str) -> str:
    """The text as one value of YAML."""
    if _PLAIN.fullmatch(text) and text.isprintable() and not any(cut in text for cut in _CUTS):
        return text
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def written(lines: Iterable[Line], depth: int = 0) -> Iterator[str]:
    """The lines as text."""
    for line in lines:
        margin = _INDENT * depth
        lead = margin[:-2] + "- " if line.bullet else margin
        remark = "# " + "".join(char if char.isprintable() else " " for char in line.comment) if line.comment else ""
        if not line.key and line.value is None:
            yield margin + remark
            continue
        key = f"{scalar(line.key)}:" if line.key else ""
        value = [] if line.value is None else [line.value if line.raw else scalar(line.value)]
        yield (lead + " ".join([part for part in (key, *value) if part]) + (f"  {remark}" if remark else "")).rstrip()
        yield from written(line.below, depth + 1)


def flat(lines: Iterable[Line]) -> Iterator[Line]:
    """Every line, those below included."""
    for line in lines:
        yield line
        yield from flat(line.below)
