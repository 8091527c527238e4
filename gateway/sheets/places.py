"""Where something is wrong in a file that a person made, said so that the person finds it."""

from collections.abc import Callable
from dataclasses import dataclass

KEPT = 200
"""Faults kept to be printed; the rest are counted, and written to a report when one is wanted."""


@dataclass(frozen=True, slots=True)
class Place:
    """One fault. where: `row:letter(column)` of a table, line:column or a JSON pointer of a document; zh, en: what is wrong, what to do."""

    file: str
    where: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.file}:{self.where}: {self.zh} / {self.en}"


def letter(index: int) -> str:
    """The letters a spreadsheet shows above its columns, from 0: A … Z, AA …"""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


class Faults:
    """All that is wrong with one file: counted without bound, kept up to a number, each handed on to `tell`."""

    def __init__(self, file: str, *, tell: Callable[[Place], None] | None = None) -> None:
        self.file = file
        self.count = 0
        self.kept: list[Place] = []
        self.letters: dict[str, str] = {}
        self._tell = tell

    def __bool__(self) -> bool:
        return self.count > 0

    def add(self, where: str, zh: str, en: str) -> None:
        """Note a fault of a document."""
        place = Place(self.file, where, zh, en)
        self.count += 1
        if len(self.kept) < KEPT:
            self.kept.append(place)
        if self._tell is not None:
            self._tell(place)

    def blame(self, line: int, column: str | None, zh: str, en: str) -> None:
        """Note a fault of a table's cell, or of a whole row. column: its name; the letter is the spreadsheet's."""
        self.add(str(line) if column is None else f"{line}:{self.letters.get(column, '?')}({column})", zh, en)
