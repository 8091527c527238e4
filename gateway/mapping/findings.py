"""What is wrong with a folder, said to the person who writes it: place, stable code, Chinese first, English beside, and what to do."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from gateway.errors import TongbanError

from .catalogue import ADVICE, CATALOGUE


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file; lines and columns count from 1, columns in characters. file: the folder's name and the path in it."""

    file: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong. hint: what to do; may be empty."""

    file: str
    line: int
    column: int
    code: str
    zh: str
    en: str
    hint: str

    @property
    def level(self) -> Literal["error", "advice"]:
        """Whether the folder is of no use with it, or works and probably means something else."""
        return "advice" if self.code in ADVICE else "error"

    def __str__(self) -> str:
        hint = f" — {self.hint}" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.code}: {self.zh} / {self.en}{hint}"


class MappingError(TongbanError):
    """A folder, or several, that cannot be used; all that is wrong with them."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(sorted(findings))
        self.places = self.findings
        count = len(self.findings)
        super().__init__(
            "mapping.unusable",
            f"对接映射有 {count} 处问题,不能使用。",
            f"The mapping has {count} finding(s) and cannot be used.",
            detail="; ".join(map(str, self.findings[:5])),
        )


_BEGINS: Final = 2
"""Characters from which on a name is taken for the beginning of another."""


class Findings:
    """Collects findings, each once: a file shared by ten matters says what is wrong with it one time."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}

    def add(self, place: Place, code: str, /, *, hint: str | None = None, **about: object) -> None:
        """Note the finding of that code. hint replaces the catalogue's own. An unlisted code is a programming error (KeyError)."""
        zh, en, advice = CATALOGUE[code]
        finding = Finding(
            place.file,
            place.line,
            place.column,
            code,
            zh.format(**about),
            en.format(**about),
            advice.format(**about) if hint is None else hint,
        )
        self._found[finding] = None

    def __len__(self) -> int:
        return len(self._found)

    def all(self) -> tuple[Finding, ...]:
        """By file, line and column."""
        return tuple(sorted(self._found))


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint for a name that does not exist: the nearest that does, or all there are. Names that begin so come before alike ones."""
    names = sorted(known)
    begun = [one for one in names if len(name) >= _BEGINS and one.startswith(name)]
    close = difflib.get_close_matches(name[:100], begun or names, n=1, cutoff=0.0 if begun else 0.6)
    if close:
        return f"是不是“{close[0]}”? / did you mean “{close[0]}”?"
    if not names:
        return ""
    return "可用 / known: " + ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
