"""A joint case on the command line: the whole, its parts, and what can be done to which."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from gateway.cli import world
from gateway.model import Status, case_number
from gateway.security import Keyring, Sealer
from gateway.settings import Settings
from gateway.store import HallRecord, NewCase, NewEvent, NewVisit, Tx

from .conftest import Run
from .test_cli_tickets import NOW, PARTNER, in_store

WHOLE, LEAD, OTHER = (case_number("220100", place, NOW.date(), serial) for serial, place in enumerate(("230100", "230100", "520200"), 1))


def sealed(sealer: Sealer, draft: Mapping[str, Any], number: str, **about: Any) -> NewCase:
    """A case of that number, sealed as intake seals it."""
    document = json.dumps({"draft": {**draft, "materials": []}, "matter_name": "事项"}).encode()
    given: dict[str, Any] = {
        "number": number, "hall_id": "window", "origin": "220100", "destination": "230100", "partner": PARTNER, "matter": "000109003000",
        "matter_version": 1, "mode": "joint", "kind": "handle", "applicant_class": "natural", "status": Status.DISPATCHING,
        "status_since": NOW, "agreement_document": None, "is_test": False, "mapping_hash": "hash", "received_at": NOW,
        "document_sealed": sealer.seal(document, f"case:{number}:document"), "document_sha256": b"d", "body_sealed": b"b",
        "body_sha256": b"b",
    }  # fmt: skip
    return NewCase(**(given | about))


def event(after: Status, at: datetime = NOW, **detail: Any) -> NewEvent:
    """A change of status."""
    return NewEvent(
        type="case.status-changed", before=None, after=after.value, actor="gateway", place=None, occurred_at=at, recorded_at=at,
        detail=detail,
    )  # fmt: skip


@pytest.fixture
def joint(tongban: Run, sqlite_url: str) -> Run:
    """A whole with two parts, one visit, nothing sent yet."""
    _, draft = world.cases(5, 1, NOW)[0]
    sealer = Sealer(Keyring.create(Settings.load().sealing_keys))

    def unit(tx: Tx) -> None:
        tx.halls.add(HallRecord("window", "示范大厅", "220100", NOW))
        whole = tx.cases.insert(sealed(sealer, draft, WHOLE, partner="", mapping_hash="", parts=2))
        tx.cases.append_event(whole, event(Status.DISPATCHING, part=LEAD))
        tx.cases.add_visit(whole, NewVisit("220100", NOW, "apply", "queue-ticket", b"sealed", NOW))
        for number, destination in ((LEAD, "230100"), (OTHER, "520200")):
            part = replace(sealed(sealer, draft, number), destination=destination, parent_id=whole)
            tx.cases.append_event(tx.cases.insert(part), event(Status.DISPATCHING))

    in_store(sqlite_url, unit)
    return tongban


def test_a_whole_shows_its_parts_and_a_part_its_whole(joint: Run) -> None:
    """Each with its place and status; the part shows the visits of the whole; which part moved the whole stands beside its event."""
    document = json.loads(joint("case", "show", WHOLE, "--json").out)
    assert [(part["number"], part["destination"], part["status"]) for part in document["parts"]] == [
        (LEAD, "230100", "20 转办中"), (OTHER, "520200", "20 转办中"),
    ]  # fmt: skip
    assert (document["case"]["partner"], document["case"]["whole"], document["clocks"]) == (None, None, [])
    assert LEAD in document["events"][0]["about"]
    of_part = json.loads(joint("case", "show", OTHER, "--json").out)
    assert (of_part["case"]["whole"], of_part["parts"], len(of_part["visits"])) == (WHOLE, [], 1)
    shown = joint("case", "show", WHOLE)
    assert (shown.code, LEAD in shown.out, OTHER in shown.out) == (0, True, True)


def test_a_parts_outcome_is_explained_by_its_whole(joint: Run) -> None:
    """The whole has the visits; a part says with which whole it counts, in JSON and in words, and lists none."""
    of_whole, of_part = [json.loads(joint("outcomes", "--explain", number, "--json").out) for number in (WHOLE, OTHER)]
    assert (of_whole["whole"], len(of_whole["visits"])) == (None, 1)
    assert (of_part["whole"], of_part["visits"]) == (WHOLE, [])
    said = joint("outcomes", "--explain", OTHER).out
    assert f"计在整件 {WHOLE}" in said
    assert f"it counts with the whole {WHOLE}" in said
    assert "到场 / visits" not in said
    assert "到场 / visits" in joint("outcomes", "--explain", WHOLE).out


@pytest.mark.parametrize(("lang", "of_whole", "of_part"), [("zh", "分件", "整件为"), ("en", "Part", "a part of the joint case")])
def test_a_trace_says_what_belongs_together(joint: Run, lang: str, of_whole: str, of_part: str) -> None:
    """In both languages."""
    whole, part = joint("case", "trace", WHOLE, "--lang", lang), joint("case", "trace", OTHER, "--lang", lang)
    assert (whole.code, part.code) == (0, 0)
    assert f"{of_whole} {LEAD}" in whole.out
    assert f"{of_part} {WHOLE}" in part.out


def test_a_whole_says_which_part_moved_its_lead_place(joint: Run, sqlite_url: str) -> None:
    """In the trace, in both languages, and beside the event."""
    went = {"from": "230100", "to": "520300", "partner": "other-place", "agreement": "协3", "part": LEAD}
    in_store(sqlite_url, lambda tx: tx.cases.append_event(1, replace(event(Status.DISPATCHING, **went), type="case.forwarded", after=None)))
    assert f"分件 {LEAD} 由 230100 转至有权办理地 520300" in joint("case", "trace", WHOLE).out
    assert f"part {LEAD} from 230100 to the competent place 520300" in joint("case", "trace", WHOLE, "--lang", "en").out
    assert f"分件 / part {LEAD}" in json.loads(joint("case", "show", WHOLE, "--json").out)["events"][-1]["about"]
    assert json.loads(joint("case", "trace", WHOLE, "--json").out)["forwardings"][0]["part"] == LEAD


def test_a_whole_is_declared_void_with_its_parts(joint: Run) -> None:
    """One command, one record of the audit; afterwards none of them can be."""
    assert joint("case", "void", WHOLE, "--reason", "duplicate", "--by", "an").code == 0
    for number in (WHOLE, LEAD, OTHER):
        assert json.loads(joint("case", "show", number, "--json").out)["case"]["status"] == "93 作废"
    (record,) = json.loads(joint("audit", "list", "--json").out)
    assert record["subject"] == WHOLE
    assert joint("case", "void", WHOLE, "--reason", "duplicate").code == 1


def test_what_concerns_one_place_is_not_entered_on_the_whole(joint: Run) -> None:
    """No pause and no extension: the whole has no clocks. No correction of a part: its outcome is the whole's."""
    assert joint("case", "pause", WHOLE, "--kind", "expert-review", "--notice", "1号").code == 1
    assert joint("case", "extend", WHOLE, "--days", "5", "--approver", "处长", "--why", "复杂").code == 1
    said = joint("outcomes", "correct", OTHER, "--by", "an", "--why", "误", "--exclude")
    assert said.code == 1
    assert WHOLE in said.err
