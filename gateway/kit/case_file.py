"""An example's case.json: the case as delivery hands it over, its materials inline, and the moment it is looked at."""

import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from gateway.flow import translate
from gateway.mapping import Findings, Place
from gateway.model import (
    MEDIA_TYPES,
    Blob,
    CaseDraft,
    CaseFacts,
    DraftFile,
    MaterialFact,
    Mode,
    Moment,
    Region6,
    SupplementFact,
    WithdrawalFact,
    pointer,
)
from gateway.wire import WireError, parse_json

from .compare import MAX_BYTES

HALL: Final = ("hall-example", "示例大厅")
_Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],:]|[^\s{}\[\],:"]++')


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class _Answer(_Strict):
    item: _Text
    text: _Text | None = None


class _Material(DraftFile):
    item: _Text
    code: _Text


class _Supplement(_Strict):
    round: Annotated[int, Field(ge=1)]
    notice: _Text | None = None
    answers: Annotated[tuple[_Answer, ...], Field(strict=False)] = ()
    materials: Annotated[tuple[_Material, ...], Field(strict=False)] = ()


class _Withdrawal(_Strict):
    reason: _Text
    requested_at: Moment


class _CaseFile(_Strict):
    number: _Text
    origin: Region6
    matter_name: _Text
    mode: Annotated[Mode, Field(strict=False)]
    received_at: Moment
    now: Moment
    partner_number: _Text | None = None
    supplement: _Supplement | None = None
    withdrawal: _Withdrawal | None = None
    draft: CaseDraft


def read_case(file: str, data: bytes, matter: str, findings: Findings) -> tuple[CaseFacts, datetime] | None:
    """The facts of a case of that matter, and the moment; None with findings at their places. file: how findings name it."""
    try:
        document = parse_json(data, max_bytes=MAX_BYTES)
    except WireError as error:
        findings.add(Place(file, error.line or 1, error.column or 1), "examples.message", zh=error.zh, en=error.en)
        return None
    places = _Places(file, data)
    try:
        written = _CaseFile.model_validate(document)
    except ValidationError as error:
        for fault in translate(error):
            findings.add(places.of(fault.pointer), "examples.case", pointer=fault.pointer or "/", zh=fault.zh, en=fault.en)
        return None
    before = len(findings)
    if written.draft.matter != matter:
        findings.add(places.of("/draft/matter"), "examples.matter-code", code=matter)
    handed_in: dict[str, Sequence[DraftFile]] = {"draft": written.draft.materials}
    if written.supplement:
        handed_in["supplement"] = written.supplement.materials
    for part, files in handed_in.items():
        for at, given in enumerate(files):
            if given.content is None:
                findings.add(places.of(pointer((part, "materials", at))), "examples.inline")
            if PurePath(given.name).suffix.removeprefix(".") not in MEDIA_TYPES:
                findings.add(places.of(pointer((part, "materials", at, "name"))), "examples.extension", known=", ".join(MEDIA_TYPES))
    return None if len(findings) > before else (_facts(written), written.now)


def _facts(written: _CaseFile) -> CaseFacts:
    draft, supplement, withdrawal = written.draft, written.supplement, written.withdrawal
    return CaseFacts(
        number=written.number,
        matter=draft.matter,
        matter_name=written.matter_name,
        mode=written.mode.value,
        origin=written.origin,
        destination=draft.destination,
        received_at=written.received_at,
        hall_id=HALL[0],
        hall_name=HALL[1],
        draft=draft,
        materials=tuple(_material(one.code, one.name, one.content or b"") for one in draft.materials),
        partner_number=written.partner_number,
        supplement=_answered(supplement) if supplement else None,
        withdrawal=WithdrawalFact(withdrawal.reason, withdrawal.requested_at) if withdrawal else None,
    )


def _answered(supplement: _Supplement) -> SupplementFact:
    return SupplementFact(
        supplement.round,
        supplement.notice,
        tuple((answer.item, answer.text) for answer in supplement.answers),
        tuple((one.item, _material(one.code, one.name, one.content or b"")) for one in supplement.materials),
    )


def _material(code: str, name: str, content: bytes) -> MaterialFact:
    extension = PurePath(name).suffix.removeprefix(".")
    sha256 = hashlib.sha256(content).hexdigest()
    return MaterialFact(code, name, extension, Blob(name, len(content), sha256, MEDIA_TYPES[extension], lambda: iter((content,))))


class _Places:
    """Where the values of a JSON document stand, by their pointers. The document has been parsed: it is well-formed and bounded."""

    def __init__(self, file: str, data: bytes) -> None:
        self._file = file
        text = data.decode("utf-8-sig")
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._starts: dict[str, int] = {}
        tokens = _TOKEN.finditer(text)
        self._take(next(tokens), tokens, ())

    def of(self, where: str) -> Place:
        """The place of a value; for one that is missing, of what should hold it."""
        while where not in self._starts:
            where = where.rpartition("/")[0]
        start = self._starts[where]
        line = bisect_right(self._lines, start)
        return Place(self._file, line, start - self._lines[line - 1] + 1)

    def _take(self, token: re.Match[str], rest: Iterator[re.Match[str]], path: tuple[Any, ...]) -> None:
        self._starts[pointer(path)] = token.start()
        if token[0] == "{":
            while (key := next(rest))[0] != "}":
                if key[0] != ",":
                    next(rest)
                    self._take(next(rest), rest, (*path, json.loads(key[0])))
        elif token[0] == "[":
            at = 0
            while (entry := next(rest))[0] != "]":
                if entry[0] != ",":
                    self._take(entry, rest, (*path, at))
                    at += 1
