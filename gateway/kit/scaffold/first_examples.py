"""The first examples of a new folder: synthetic cases, answers out of the description, and what is expected of each.

They are a beginning: `tongban partner test --update` writes what is sent, and shows where an expectation was not met.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from gateway.mapping import Transport
from gateway.model import CaseDraft, case_number
from partners import Operation

from .envelope import Envelope
from .operations import QUERY, SUBMIT
from .places import Place
from .samples import CONTENT, reply
from .values import Row
from .yaml_text import Line, written

_ORIGIN: Final = "990100"
_NUMBER: Final = "NO20261120000001"
_UNKNOWN: Final = "9999"
_STATUS_TABLE: Final = "status"
_FOREIGN: Final = ("414", "554", "113", "117")
"""Certificates whose numbers have no check digit; the first that the partner has no code for is shown."""
_FOREIGN_NUMBER: Final = "E00000001"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the examples are made of. number, status: the places that were guessed for them, None where there is none.

    numbers: where a query's answer says ours; theirs: where it says the partner's; by_theirs: the query is asked with the partner's.
    """

    schemas: Path
    transport: Transport
    operations: Mapping[str, Operation]
    envelope: Envelope
    number: Place | None
    status: Place | None
    numbers: tuple[Place, ...]
    tables: Mapping[str, list[Row]]
    theirs: Place | None = None
    by_theirs: bool = False


def first_examples(shown: Shown, matter: str, destination: str) -> Iterator[tuple[str, bytes]]:
    """(path below examples/<matter>/, content). One whose answer the description does not give is left for a person to write."""
    case = _case(matter, destination)
    kind = "json" if shown.transport == "rest" else "xml"

    def example(claim: str, document: Mapping[str, Any], expected: str, answer: bytes | None) -> Iterator[tuple[str, bytes]]:
        yield f"{claim}/case.json", json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"
        yield f"{claim}/expect.yaml", expected.encode()
        if answer is not None:
            yield f"{claim}/reply.{kind}", answer

    taken = _reply(shown, SUBMIT, {}, shown.number)
    number = _NUMBER if taken is not None and shown.number is not None else "TODO"
    yield from example(
        "a-submit-gives-their-number", case, f"step: submit\nanswer: 200\nverdict: {{is: received, number: {number}}}\n", taken
    )
    yield from example("a-lost-answer-leaves-us-unsure", case, "step: submit\nanswer: lost\nverdict: {is: unsure, reason: reset}\n", None)
    refusal = shown.envelope.refusal()
    if refusal is not None and (answer := _reply(shown, SUBMIT, refusal.values, None)) is not None:
        verdict = "\n".join(written([Line("verdict", None, "", [Line(name, value) for name, value in refusal.verdict.items()])]))
        yield from example("a-refusal-says-why", case, f"step: submit\nanswer: 200\n{verdict}\n", answer)
    if shown.status is not None and _STATUS_TABLE in shown.tables:
        values = {shown.status.names: _UNKNOWN} | {place.names: case["number"] for place in shown.numbers}
        if not shown.numbers and shown.theirs is not None:
            values[shown.theirs.names] = _NUMBER
        if (answer := _reply(shown, QUERY, values, None)) is not None:
            expected = f'step: query\nanswer: 200\nverdict: {{is: received}}\nreport: {{code: "{_UNKNOWN}", status: null}}\n'
            known = {**case, "partner_number": _NUMBER} if shown.by_theirs else case
            yield from example("an-unknown-status-is-kept-and-never-guessed", known, expected, answer)
    coded = {ours for ours, _, _ in shown.tables.get("certificate", [])}
    unknown = next((kind for kind in _FOREIGN if kind not in coded), None)
    if coded and unknown is not None:
        foreign = _case(matter, destination, (unknown, _FOREIGN_NUMBER))
        faults = "faults:\n  - {code: mapping.code, pointer: /applicant/certificate/type}\n"
        expected = f"step: submit\n{faults}verdict: {{is: refused, reason: field-invalid}}\n"
        yield from example("a-certificate-they-have-no-code-for-never-leaves", foreign, expected, None)


def _reply(shown: Shown, step: str, values: Mapping[tuple[str, ...], str], number: Place | None) -> bytes | None:
    """The step's answer: a success unless the values say otherwise, with the partner's number where it is read."""
    numbered = {number.names: _NUMBER} if number is not None else {}
    return reply(shown.schemas, shown.transport, shown.operations[step], {**shown.envelope.succeeded(), **numbered, **values})


def _case(matter: str, destination: str, certificate: tuple[str, str] = ("111", "990101199003070015")) -> dict[str, Any]:
    """case.json as delivery hands a case over. All of it is synthetic; the region of reception does not exist."""
    draft: dict[str, Any] = {
        "matter": matter,
        "destination": destination,
        "applicant": {
            "class": "natural",
            "name": "林示例",
            "certificate": {"type": certificate[0], "number": certificate[1]},
            "phone": "13800000001",
            "address": "示例市示例路1号",
        },
        "reception": {"window": "A01", "clerk": "0042"},
        "form": {},
        "materials": [{"code": "application", "name": "申请表.pdf", "content": b64encode(CONTENT).decode()}],
    }
    CaseDraft.model_validate(draft)
    return {
        "number": case_number(_ORIGIN, destination, date(2026, 11, 20), 1),
        "origin": _ORIGIN,
        "matter_name": "示例事项",
        "mode": "proxy",
        "received_at": "2026-11-20T09:30:00+08:00",
        "now": "2026-11-20T09:31:00+08:00",
        "draft": draft,
    }
