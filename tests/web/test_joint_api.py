"""Joint cases as an integrator meets them: the described shapes, and what stays as it was for everybody else."""

from datetime import date
from typing import Any

import httpx
import pytest
from flow.harness import MATTER, START, Desk, draft, dump, matter

from gateway.model import Agreement, Region
from gateway.web.check_documents import CheckAnswer
from gateway.web.documents import CaseAccepted, CaseFull, CaseList, EventList, TraceDocument

from .test_api import JSON, codes, nothing_kept, submit

OTHER = "220200"
WISH = {"reason": "不办了", "reception": {"window": "3", "clerk": "0012"}}


@pytest.fixture(autouse=True)
async def places(desk: Desk) -> None:
    """The matter is handled jointly at two places of the partner's province."""

    def furnish(tx: Any) -> None:
        tx.catalogue.put_region(Region(OTHER, "吉林"))
        tx.catalogue.put_matter(matter(version=2, mode="joint"))
        tx.catalogue.put_matter(matter(destination=OTHER, mode="joint"))
        tx.agreements.import_([Agreement("协议2号", "230000", OTHER, MATTER, date(2026, 1, 1), None)], "甲", START)

    await desk.store.write(furnish)


async def test_a_joint_case_is_told_of_in_the_described_shapes(hall: httpx.AsyncClient, desk: Desk) -> None:
    """The receipt lists the parts, the whole shows where each stands, each part names the whole; lists, events and traces fit too."""
    accepted = CaseAccepted.model_validate_json((await submit(hall, draft(also_at=[OTHER]))).content, strict=False)
    assert accepted.parts is not None
    assert [part.destination for part in accepted.parts] == ["220100", OTHER]
    await desk.work()
    whole = CaseFull.model_validate_json((await hall.get(f"/api/v1/cases/{accepted.number}")).content, strict=False)
    assert [(part.number, part.status.code) for part in whole.parts] == [(part.number, "21") for part in accepted.parts]
    assert (whole.status.code, whole.parent, whole.clocks, len(whole.visits)) == ("21", None, [], 1)
    for part in accepted.parts:
        shown = CaseFull.model_validate_json((await hall.get(f"/api/v1/cases/{part.number}")).content, strict=False)
        assert (shown.parent, shown.parts, shown.destination, len(shown.clocks)) == (accepted.number, [], part.destination, 4)
    for number in (accepted.number, accepted.parts[1].number):
        EventList.model_validate_json((await hall.get(f"/api/v1/cases/{number}/events")).content, strict=False)
        TraceDocument.model_validate_json((await hall.get(f"/api/v1/cases/{number}/trace")).content, strict=False)
    listed = CaseList.model_validate_json((await hall.get("/api/v1/cases")).content, strict=False)
    assert len(listed.cases) == 3


async def test_the_receipt_of_one_place_is_as_it_was(hall: httpx.AsyncClient) -> None:
    """No word of parts, whether also_at is left out or empty."""
    for key, body in (("a", draft()), ("b", draft(also_at=[]))):
        assert list((await submit(hall, body, key)).json()) == ["number", "status", "received_at", "due"]


@pytest.mark.parametrize(
    ("also_at", "found"),
    [
        (["220100"], ("/also_at/0", "joint.twice")),
        ([OTHER, OTHER], ("/also_at/1", "joint.twice")),
        (["230100"], ("/also_at/0", "route.own-region")),
        (["000000"], ("/also_at/0", "region.unknown")),
        (OTHER, ("/also_at", "field.type")),
        ([1], ("/also_at/0", "field.type")),
        ([OTHER, "220300", "220400", "220500", "220600", "220700"], ("/also_at", "field.too-many")),
    ],
)
async def test_every_fault_of_a_further_place_has_its_pointer(hall: httpx.AsyncClient, also_at: Any, found: tuple[str, str]) -> None:
    """422, the same in the pre-check, and nothing is kept."""
    refused = await submit(hall, draft(also_at=also_at))
    assert refused.status_code == 422
    assert found in codes(refused)
    checked = await hall.post("/api/v1/checks", content=dump(draft(also_at=also_at)), headers=JSON)
    assert CheckAnswer.model_validate_json(checked.content, strict=False).acceptable is False
    assert checked.json()["faults"] == refused.json()["errors"]
    assert await nothing_kept(hall)


async def test_the_pre_check_answers_for_every_place(hall: httpx.AsyncClient) -> None:
    """In the described shape; and says nothing of further places where there are none."""
    enquiry = {"matter": MATTER, "destination": "220100", "also_at": [OTHER]}
    told = CheckAnswer.model_validate_json((await hall.post("/api/v1/checks", content=dump(enquiry), headers=JSON)).content, strict=False)
    assert (told.checked, told.acceptable) == ("route", True)
    assert told.also_at is not None
    assert [place.route.destination for place in told.also_at] == [OTHER]
    plain = (await hall.post("/api/v1/checks", content=dump(draft()), headers=JSON)).json()
    assert "also_at" not in plain


async def test_the_whole_is_withdrawn_by_one_request_and_answers_no_notice(hall: httpx.AsyncClient) -> None:
    """Withdrawal of every part at once; a supplement goes to a part."""
    location = (await submit(hall, draft(also_at=[OTHER]))).headers["location"]
    answer = {"reception": WISH["reception"], "answers": [{"item": "1", "text": "?"}]}
    refused = await hall.post(f"{location}/supplements", content=dump(answer), headers=JSON | {"Idempotency-Key": "s"})
    assert codes(refused) == {("", "joint.whole")}
    done = await hall.post(f"{location}/withdrawal", content=dump(WISH), headers=JSON)
    assert (done.status_code, done.json()["confirmed"]) == (202, True)
    assert {part["status"]["code"] for part in (await hall.get(location)).json()["parts"]} == {"91"}
