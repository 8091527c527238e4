"""Readings: named values out of what a partner answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.errors import TongbanError

from .expressions import Around
from .findings import nearest
from .nodes import Level, Node, Text
from .outline import Outline
from .rendering import EACH, Rendering, Source, TooLarge
from .sources import Trail
from .template import IF, Piece, build
from .travelling import AS_TEXT
from .values import ABSENT, EvaluationError

Form = Mapping[str, Any]
NAMES: Final[Form] = {
    "number": None,
    "our_number": None,
    "partner_number": None,
    "code": None,
    "status": None,
    "at": None,
    "opinion": None,
    "reason": None,
    "competent": None,
    "result": {"name": None, "number": None, "file_name": None, "media_type": None, "content": None},
    "notice": {"number": None, "due": None, "items": [{"code": None, "text": None, "material": None}]},
}
"""What a reading may name: None is a value, a dict a level, a one-element list a list of that level."""
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {"result": ("name", "media_type", "content"), "notice": ("items",), "items": ("text",)}
"""What a level must name to be of use; `items` may say that it can be absent."""
_WHOSE: Final = frozenset({"our_number", "partner_number"})
_BY_TABLE: Final = {"status": "read.status", "reason": "read.reason"}
"""Values that only the closed code table of their name may give, and the finding where another does."""


class ReadError(TongbanError):
    """An answer from which a required value cannot be read. target: the value's name; never content."""

    def __init__(self, code: str, target: str, why: str | None = None) -> None:
        super().__init__(code, f"无法从对接方的应答中读出“{target}”。", f"“{target}” cannot be read from the partner's answer.", detail=why)
        self.target = target


@dataclass(frozen=True, slots=True)
class Reading:
    """Values to be read from an answer; with `$each` at its top, from each of its entries."""

    piece: Piece = field(repr=False)
    names: frozenset[str]
    many: bool = False

    @property
    def says_whose(self) -> bool:
        """Whether it reads a case's number; where an answer has none, it is about the case that was asked for."""
        return bool(self.names & _WHOSE)

    @property
    def outline(self) -> Outline:
        """What is read from where."""
        return self.piece.outline

    def records(self, tree: Any) -> list[dict[str, Any]]:
        """The named values, once for every entry. Raises ReadError `reading.missing`, `reading.value` or `reading.shape`."""
        if not isinstance(tree, dict):
            raise ReadError("reading.shape", "answer")
        try:
            values = self.piece.run(tree, Rendering(_Strict()))
        except TooLarge:
            raise ReadError("reading.value", "answer", "too many values") from None
        if values is ABSENT:
            raise ReadError("reading.missing", EACH)
        return values if self.many else [values]

    def read(self, tree: Any) -> dict[str, Any]:
        """The named values of an answer that gives them exactly once. Raises ReadError."""
        records = self.records(tree)
        if len(records) != 1:
            raise ReadError("reading.shape", EACH, f"{len(records)} entries")
        return records[0]


class _Strict:
    """An answer is read whole or not at all."""

    def missing(self, target: str, _source: Source, _scope: Any, _trail: Trail) -> None:
        raise ReadError("reading.missing", target)

    def invalid(self, target: str, _source: Source, _scope: Any, _trail: Trail, error: EvaluationError) -> None:
        raise ReadError("reading.value", target, error.why_en) from None


def build_reading(node: Node, around: Around, *, pushed: bool = False) -> Reading:
    """Compile a reading; names it may not use, and reports that would be incomplete, go to the findings.

    pushed: nobody asked, so that it must say whose case it is about.
    """
    if not isinstance(node, Level):
        around.findings.add(node.place, "form.level")
        return Reading(Piece(lambda _scope, _rendering: {}, Outline((), node.place, node.place)), frozenset())
    names = _names(node, NAMES, around)
    if IF in node.entries:
        around.findings.add(node.entries[IF][0].place, "read.if")
    if pushed and "code" in names and not names & _WHOSE:
        around.findings.add(node.place, "read.whose")
    for name, code in _BY_TABLE.items():
        value = node.get(name) or node.get(f"{name}?")
        if isinstance(value, Text) and f"canonical('{name}'" not in value.value:
            around.findings.add(value.place, code)
    return Reading(build(node, around), names, EACH in node.entries)


def _names(node: Level, form: Form, around: Around) -> frozenset[str]:
    """The names a level reads; those it may not use, and levels below that are incomplete, go to the findings."""
    found = set()
    for name, (key, below) in node.entries.items():
        plain = name.removesuffix("?")
        if plain in AS_TEXT:
            around.findings.add(key.place, "read.as-text", key=plain)
        if plain.startswith("$"):
            continue
        found.add(plain)
        if plain not in form:
            around.findings.add(key.place, "form.unknown", key=plain, hint=nearest(plain, form))
        elif form[plain] is None:
            if not isinstance(below, Text):
                around.findings.add(below.place, "form.text")
        elif not isinstance(below, Level):
            around.findings.add(below.place, "form.level")
        else:
            _below(plain, below, form[plain], around)
    return frozenset(found)


def _below(name: str, node: Level, form: Form | list[Form], around: Around) -> None:
    """A level of a reading, or with a list for its form the level that `$each` makes of every entry."""
    if isinstance(form, list):
        form = form[0]
        if EACH not in node.entries:
            around.findings.add(node.place, "read.list", key=name)
    elif EACH in node.entries:
        around.findings.add(node.entries[EACH][0].place, "read.each")
    named = _names(node, form, around)
    for needed in _NEEDS[name]:
        if needed not in named or (f"{needed}?" in node.entries and not isinstance(form[needed], list)):
            around.findings.add(node.place, "form.missing", key=needed)
