"""An example's expect.yaml: which step is run, how the partner answers, and what is to come of it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from .findings import Findings, Place
from .forms import NAME, Fields, Form, list_of, made, one_of, scalar
from .nodes import Level, Node, compose, decode

LOST: Final = "lost"
PUSH: Final = "push"
"""What stands for a step where the partner calls us."""
_NULL: Final = ("null", "~", "")


def _any_text(node: Node, findings: Findings) -> str:
    """A text as it is: what a partner said may be anything."""
    return scalar(node, findings).value


def _or_null(node: Node, findings: Findings) -> str | None:
    value = _any_text(node, findings)
    return None if value in _NULL else value


def _moment(value: str) -> str:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment.astimezone(UTC).isoformat()


def _named(value: str) -> str:
    if not re.fullmatch(NAME, value):
        raise ValueError("not a step's name")
    return value


def _answer(value: str) -> int | str:
    if value == LOST:
        return LOST
    if not re.fullmatch(r"[1-5][0-9]{2}", value):
        raise ValueError("no HTTP status")
    return int(value)


_AT: Final = made(_moment, '"2026-11-21T10:05:00+08:00"')
_ITEM: Final = Fields({"code": _any_text, "text": _any_text}, {"material": _any_text})
_RESULT: Final = Fields({"name": _any_text, "file_name": _any_text, "media_type": _any_text, "sha256": _any_text}, {"number": _any_text})
_REPORT: Final = Fields(
    {"code": _any_text, "status": _or_null},
    {
        "our_number": _any_text,
        "partner_number": _any_text,
        "at": _AT,
        "opinion": _any_text,
        "reason": _any_text,
        "competent": _any_text,
        "result": _RESULT,
        "notice": Fields({"items": list_of(_ITEM, least=0)}, {"number": _any_text, "due": _AT}),
    },
)
_OPTIONAL: Final[Mapping[str, Form]] = {
    "answer": made(_answer, "200, lost"),
    "verdict": Fields(
        {"is": one_of("received", "refused", "retry", "hold", "unsure")},
        {"number": _any_text, "reason": _any_text, "message": _any_text, "competent": _any_text, "after": _any_text},
    ),
    "report": _REPORT,
    "reports": list_of(_REPORT, least=2),
    "faults": list_of(Fields({"code": _any_text, "pointer": _any_text}, {})),
}
EXPECT: Final = Fields({"step": made(_named, "submit, push")}, _OPTIONAL)
"""`report` is what is read where it is one; `reports` where there are several."""


def read_expectation(file: str, data: bytes, findings: Findings) -> dict[str, Any]:
    """The values of an expect.yaml: texts, lists and levels; `answer` a whole number or LOST; moments as ISO texts in UTC.

    file: how findings name it. A null status is None.
    """
    text = decode(file, data, findings)
    root = None if text is None else compose(file, text, findings)
    if root is None:
        return {}
    if not isinstance(root, Level):
        findings.add(Place(file), "form.level")
        return {}
    return EXPECT(root, findings)
