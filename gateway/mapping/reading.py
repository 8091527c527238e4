"""Readings: named values out of what a partner answered, and the report they make."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from gateway.errors import TongbanError
from gateway.model import REASONS, Blob, Report, ResultDocument, Status

from .expressions import Around
from .findings import nearest
from .nodes import Level, Node, Text
from .rendering import EACH, Rendering, Source, TooLarge
from .sources import Trail
from .template import IF, Piece, build
from .values import ABSENT, EvaluationError

NAMES: Final[Mapping[str, frozenset[str] | None]] = {
    "number": None,
    "our_number": None,
    "partner_number": None,
    "code": None,
    "status": None,
    "at": None,
    "opinion": None,
    "reason": None,
    "result": frozenset({"name", "number", "file_name", "media_type", "content"}),
}
"""What a reading may name, and what is below."""
_BY_TABLE: Final = {"status": "read.status", "reason": "read.reason"}
"""Values that only the closed code table of their name may give, and the finding where another does."""
_RESULT_NEEDS: Final = ("name", "media_type", "content")


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


def build_reading(node: Node, around: Around) -> Reading:
    """Compile a reading; names it may not use, and reports that would be incomplete, go to the findings."""
    if not isinstance(node, Level):
        around.findings.add(node.place, "form.level")
        return Reading(Piece(lambda _scope, _rendering: {}), frozenset())
    names = _names(node, around)
    if IF in node.entries:
        around.findings.add(node.entries[IF][0].place, "read.if")
    if "code" in names and not names & {"our_number", "partner_number"}:
        around.findings.add(node.place, "read.whose")
    for name, code in _BY_TABLE.items():
        value = node.get(name) or node.get(f"{name}?")
        if isinstance(value, Text) and f"canonical('{name}'" not in value.value:
            around.findings.add(value.place, code)
    result = node.get("result") or node.get("result?")
    if isinstance(result, Level):
        for needed in _RESULT_NEEDS:
            if needed not in result.entries:
                around.findings.add(result.place, "form.missing", key=needed)
    return Reading(build(node, around), names, EACH in node.entries)


def _names(node: Level, around: Around) -> frozenset[str]:
    found = set()
    for name, (key, below) in node.entries.items():
        plain = name.removesuffix("?")
        if plain.startswith("$"):
            continue
        found.add(plain)
        inner = NAMES.get(plain)
        if plain not in NAMES:
            around.findings.add(key.place, "form.unknown", key=plain, hint=nearest(plain, NAMES))
        elif inner is None and not isinstance(below, Text):
            around.findings.add(below.place, "form.text")
        elif inner is not None and not isinstance(below, Level):
            around.findings.add(below.place, "form.level")
        elif inner is not None and isinstance(below, Level):
            for part, (part_key, _) in below.entries.items():
                if not part.startswith("$") and part.removesuffix("?") not in inner:
                    around.findings.add(part_key.place, "form.unknown", key=part, hint=nearest(part, inner))
    return frozenset(found)


def read_report(values: Mapping[str, Any]) -> Report:
    """The report that a reading's values make; status None when the code table does not know the code. Raises ReadError."""
    our_number, partner_number = _text(values, "our_number"), _text(values, "partner_number")
    code = _text(values, "code")
    if code is None or (our_number is None and partner_number is None):
        raise ReadError("reading.missing", "code" if code is None else "our_number")
    status = _text(values, "status")
    reason = _text(values, "reason")
    at = values.get("at")
    if at is not None and not isinstance(at, datetime):
        raise ReadError("reading.value", "at")
    if status is not None and status not in frozenset(Status):
        raise ReadError("reading.value", "status")
    return Report(
        our_number,
        partner_number,
        code,
        None if status is None else Status(status),
        at,
        _text(values, "opinion"),
        _result(values.get("result")),
        reason if reason in REASONS else None,
    )


def _result(values: Mapping[str, Any] | None) -> ResultDocument | None:
    if values is None:
        return None
    name, media_type, content = _text(values, "name"), _text(values, "media_type"), values.get("content")
    if name is None or media_type is None or not isinstance(content, bytes):
        raise ReadError("reading.value", "result")
    file_name = _text(values, "file_name") or name
    sha256 = hashlib.sha256(content).hexdigest()
    return ResultDocument(name, _text(values, "number"), Blob(file_name, len(content), sha256, media_type, lambda: iter((content,))))


def _text(values: Mapping[str, Any], name: str) -> str | None:
    """A text, or None when absent, null or empty: an empty element says nothing."""
    value = values.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ReadError("reading.value", name)
    return str(value)
