"""The example messages of a folder: what each shows, with the numbers and the moment that stand in it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lxml import etree

from mock_partners.envelope import SoapError, read_xml
from mock_partners.simulator.messages import Tree, UnreadableError, read_json


class ExampleError(ValueError):
    """An example that cannot be read: which, and why."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(why)
        self.place = f"examples/{folder.parent.name}/{folder.name}"


@dataclass(frozen=True)
class Example:
    """One example. ours and theirs: the two numbers of its case; now: when it plays; http: the answer's status.

    code and at: of the report that is read, `told` how much it says; sent and reply: the messages, None when there is none.
    """

    name: str
    matter_file: str
    step: str
    verdict: str
    reason: str
    ours: str
    theirs: str
    now: datetime
    http: int
    code: str | None
    at: datetime | None
    told: int
    sent: Tree | None = field(repr=False)
    reply: Tree | None = field(repr=False)

    @property
    def reports(self) -> bool:
        """Whether it shows a status."""
        return self.code is not None and self.reply is not None


def read_examples(folder: Path, load_yaml: Callable[[Path, str], Any]) -> Iterator[Example]:
    """The examples of a folder by name; raises ExampleError, and what `load_yaml` raises."""
    for file in sorted(folder.glob("*/*/expect.yaml")):
        expected = load_yaml(file, "safe")
        try:
            case = json.loads((file.parent / "case.json").read_bytes())
            yield _example(file.parent, expected, case)
        except KeyError as error:
            raise ExampleError(file.parent, f"{error} is missing") from None
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ExampleError(file.parent, type(error).__name__) from None


def _example(folder: Path, expected: dict[str, Any], case: dict[str, Any]) -> Example:
    verdict = expected.get("verdict") or {}
    reports = expected.get("reports") or [expected.get("report") or {}]
    report = next((one for one in reports if one.get("our_number") == case["number"]), reports[0])
    http = expected.get("answer", 200)
    theirs = verdict.get("number") or report.get("partner_number") or case.get("partner_number") or ""
    return Example(
        name=folder.name,
        matter_file=folder.parent.name,
        step=str(expected["step"]),
        verdict=str(verdict.get("is", "")),
        reason=str(verdict.get("reason", "")),
        ours=str(case["number"]),
        theirs=str(theirs),
        now=datetime.fromisoformat(case["now"]),
        http=http if isinstance(http, int) else 200,
        code=None if report.get("code") is None else str(report["code"]),
        at=datetime.fromisoformat(str(report["at"])) if report.get("at") else None,
        told=len(report),
        sent=_message(folder, "sent"),
        reply=_message(folder, "reply"),
    )


def _message(folder: Path, name: str) -> Tree | None:
    found = sorted(folder.glob(f"{name}.*"))
    if not found:
        return None
    data = found[0].read_bytes()
    try:
        return read_xml(data) if data.lstrip().startswith(b"<") else read_json(data)
    except (SoapError, UnreadableError):
        # An answer that nobody can read may be an example, too; the simulator has no use for it.
        return None


def body_of(tree: Tree) -> Tree:
    """What an envelope's body holds; any other message as it is."""
    if isinstance(tree, etree._Element) and etree.QName(tree).localname == "Envelope":
        bodies = tree.findall("{*}Body")
        if bodies and len(bodies[0]):
            return bodies[0][0]
    return tree
