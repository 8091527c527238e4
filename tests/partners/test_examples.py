"""The example messages of every partner folder, run as tests.

An example is a folder `mappings/<partner>/examples/<matter>/<claim>/`, the matter by the name of its file:
  case.json    the case as delivery hands it over: number, origin, …, the hall's draft with its materials inline, and `now`;
               in the steps of that name also `supplement` or `withdrawal`
  sent.*       the message that must leave (for a push: our answer to it); none when nothing may leave
  reply.*      what the partner sends; none when its answer is lost
  expect.yaml  step (or push), answer (HTTP status, or `lost`), verdict, and what is read: number, report, faults
JSON is compared by value, XML by its canonical form without the security header, which differs each time.
"""

import hashlib
import hmac
import json
from base64 import b64decode
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from lxml import etree
from partner_parts import MAPPINGS, SECRETS, Desk, StandingClock, blob_of, connected
from ruamel.yaml import YAML

from gateway.model import CaseDraft, CaseFacts, MaterialFact, Notice, Report, SupplementFact, WithdrawalFact, verdict_name

EXAMPLES = sorted(path.parent for path in MAPPINGS.glob("*/examples/*/*/expect.yaml"))
MEDIA_TYPES = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".ofd": "application/ofd"}
Serve = Callable[[web.Application], Awaitable[str]]


def case_of(folder: Path) -> tuple[CaseFacts, datetime]:
    written = json.loads((folder / "case.json").read_text("utf-8"))
    now = datetime.fromisoformat(written.pop("now"))
    draft = CaseDraft.model_validate(written.pop("draft"))
    materials = []
    for material in draft.materials:
        assert material.content is not None
        materials.append(material_of(material.code, material.name, material.content))
    supplement, withdrawal = written.pop("supplement", None), written.pop("withdrawal", None)
    received_at = datetime.fromisoformat(written.pop("received_at"))
    facts = CaseFacts(
        matter=draft.matter,
        destination=draft.destination,
        received_at=received_at,
        hall_id="hall-example",
        hall_name="示例大厅",
        draft=draft,
        materials=tuple(materials),
        supplement=supplement and supplement_of(supplement),
        withdrawal=withdrawal and WithdrawalFact(withdrawal["reason"], datetime.fromisoformat(withdrawal["requested_at"])),
        **written,
    )
    return facts, now


def material_of(code: str, name: str, content: bytes) -> MaterialFact:
    extension = Path(name).suffix
    return MaterialFact(code, name, extension[1:], blob_of(content, name, MEDIA_TYPES[extension]))


def supplement_of(written: dict[str, Any]) -> SupplementFact:
    return SupplementFact(
        written["round"],
        written.get("notice"),
        tuple((answer["item"], answer.get("text")) for answer in written["answers"]),
        tuple((one["item"], material_of(one["code"], one["name"], b64decode(one["content"]))) for one in written["materials"]),
    )


def expected_of(folder: Path) -> dict[str, Any]:
    expected: dict[str, Any] = YAML(typ="safe", pure=True).load(folder / "expect.yaml")
    return expected


def only(folder: Path, name: str) -> bytes | None:
    found = list(folder.glob(f"{name}.*"))
    assert len(found) <= 1
    return found[0].read_bytes() if found else None


def canonical(message: bytes) -> object:
    """Equal for equal messages: JSON's value, or XML's canonical form without headers and without indentation."""
    if not message.lstrip().startswith(b"<"):
        return json.loads(message)
    root = etree.parse(BytesIO(message), etree.XMLParser(remove_blank_text=True)).getroot()
    for header in root.findall("{*}Header"):
        root.remove(header)
    # Prefixes are the writer's choice; C14N keeps them, so they are made the same first.
    plain = etree.fromstring(etree.tostring(root))
    return etree.tostring(_same_prefixes(plain), method="c14n2")


def _same_prefixes(element: etree._Element) -> etree._Element:
    copy = etree.Element(element.tag, dict(element.attrib), nsmap={None: etree.QName(element).namespace})
    copy.text = element.text
    for child in element:
        copy.append(_same_prefixes(child))
    return copy


def told(report: Report) -> dict[str, Any]:
    """A report as expect.yaml writes it."""
    said: dict[str, Any] = {name: value for name, value in asdict(report).items() if value is not None and name not in ("result", "notice")}
    said["status"] = None if report.status is None else report.status.value
    if report.at is not None:
        said["at"] = report.at.isoformat()
    if report.notice is not None:
        said["notice"] = asked(report.notice)
    if report.result is not None:
        result = report.result
        content = b"".join(result.content.open())
        assert (result.content.size, result.content.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        said["result"] = {
            "name": result.name,
            "number": result.number,
            "file_name": result.content.name,
            "media_type": result.content.media_type,
            "sha256": result.content.sha256,
        }
    return said


def asked(notice: Notice) -> dict[str, Any]:
    """A notice as expect.yaml writes it."""
    items = [{name: value for name, value in asdict(item).items() if value is not None} for item in notice.items]
    said: dict[str, Any] = {"number": notice.number, "due": notice.due and notice.due.isoformat(), "items": items}
    return {name: value for name, value in said.items() if value is not None}


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: "/".join(folder.parts[-4:]))
async def test_the_example_holds(folder: Path, serve: Serve) -> None:
    """What is sent, what is judged and what is read are what the example says."""
    expected = expected_of(folder)
    name = folder.parts[-4]
    facts, now = case_of(folder)
    if expected["step"] == "push":
        await check_push(name, folder, expected, now)
        return
    desk = Desk()
    url = await serve(desk.app())
    if expected.get("answer") is not None:
        desk.says(None if expected["answer"] == "lost" else expected["answer"], only(folder, "reply") or b"")
    async with connected(name, url, clock=StandingClock(now)) as partner:
        faults = partner.prepare(expected["step"], facts)
        outcome = await partner.run(expected["step"], facts)
    assert [{"code": fault.code, "pointer": fault.pointer} for fault in faults] == expected.get("faults", [])
    sent = only(folder, "sent")
    assert [canonical(seen.body) for seen in desk.seen] == ([] if sent is None else [canonical(sent)])
    verdict = {"is": verdict_name(outcome.verdict)} | {key: value for key, value in asdict(outcome.verdict).items() if value is not None}
    if faults:
        assert verdict.pop("message") == " ".join(fault.zh for fault in faults)
    assert verdict == expected["verdict"]
    assert [told(report) for report in outcome.reports] == ([expected["report"]] if "report" in expected else [])


async def check_push(name: str, folder: Path, expected: dict[str, Any], now: datetime) -> None:
    body = only(folder, "reply")
    assert body is not None
    stamp, nonce = str(int(now.timestamp())), "0123456789abcdef"
    signed = hmac.new(SECRETS[f"{name}/push-secret"].encode(), f"{stamp}\n{nonce}\n".encode() + body, hashlib.sha256)
    headers = {
        "X-Push-Key": SECRETS[f"{name}/push-key-id"],
        "X-Push-Timestamp": stamp,
        "X-Push-Nonce": nonce,
        "X-Push-Signature": signed.hexdigest(),
    }
    async with connected(name, "http://127.0.0.1:9", clock=StandingClock(now)) as partner:
        push = partner.read_push(headers, body)
    assert [told(report) for report in push.reports] == [expected["report"]]
    sent = only(folder, "sent")
    assert sent is not None
    assert canonical(push.reply) == canonical(sent)


def test_every_folder_shows_what_each_outcome_looks_like() -> None:
    """A success, a refusal, an unknown status, a lost answer, and a case that must not leave: for every partner.

    And of the conversation about a case: a notice with and without its list, a supplement and a withdrawal taken and refused,
    a withdrawal confirmed, and a case that is another office's.
    """
    shown: dict[str, set[object]] = defaultdict(set)
    for folder in EXAMPLES:
        expected = expected_of(folder)
        kinds = shown[folder.parts[-4]]
        if expected.get("faults"):
            kinds.add("must-refuse")
        elif expected.get("answer") == "lost":
            kinds.add("lost-answer")
        elif "report" in expected:
            kinds.add("report" if expected["report"]["status"] else "unknown-status")
            kinds.add((expected["report"]["status"], "notice" in expected["report"]))
        else:
            kinds.add(expected["verdict"]["is"])
            kinds.add((expected["step"], expected["verdict"]["is"]))
            kinds.update({"competent"} & expected["verdict"].keys())
    folders = {path.parent.name for path in MAPPINGS.glob("*/partner.yaml")}
    needed: set[object] = {"received", "refused", "unknown-status", "report", "lost-answer", "must-refuse", "competent"}
    needed |= {("40", True), ("40", False), ("30", False), ("91", False)}
    needed |= {(step, verdict) for step in ("supplement", "withdraw") for verdict in ("received", "refused")}
    assert {name: needed - shown[name] for name in folders} == {name: set() for name in folders}


def test_every_example_belongs_to_a_matter_of_its_folder() -> None:
    """By the name of the matter's file, and with that matter's code in the case."""
    for folder in EXAMPLES:
        matter = folder.parents[2] / "matters" / f"{folder.parent.name}.yaml"
        code = YAML(typ="safe", pure=True).load(matter)["matter"]
        assert case_of(folder)[0].matter == code
