"""What halls see and send of the conversation about a case: notices, answers, wishes to withdraw."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from flow.harness import PNG, START, TAKEN, Desk, came_to, dump, report

from gateway.model import Notice, NoticeItem, Received, Status
from gateway.web.documents import CaseFull, EventList, SupplementAccepted, WithdrawalAccepted

from .test_api import JSON, codes, submit

RECEPTION = {"window": "3", "clerk": "0012"}
NOTICE = Notice(
    (NoticeItem("1", "请补充租赁合同原件的扫描件", "lease"), NoticeItem("2", "请说明经营场所的用途")),
    "补字1号",
    datetime(2026, 11, 27, 9, tzinfo=UTC),
)
SOUND: dict[str, Any] = {
    "reception": RECEPTION,
    "answers": [{"item": "2", "text": "用于零售。"}],
    "materials": [{"item": "1", "name": "合同㛃.png", "content": base64.b64encode(PNG).decode()}],
}
WISH = {"reason": "改为线下办理", "reception": RECEPTION}


@pytest.fixture
async def asked(hall: httpx.AsyncClient, desk: Desk) -> str:
    """The path of a case of which something is asked."""
    noticed = replace(report(Status.SUPPLEMENT_REQUIRED, "6", minutes=1), notice=NOTICE)
    desk.partner.script |= {
        "query": [came_to(Received("P-1"), noticed)],
        "supplement": [came_to(Received())],
        "withdraw": [came_to(Received())],
    }
    location = (await submit(hall)).headers["location"]
    await desk.work()
    desk.clock.pass_(minutes=6)
    await desk.work()
    return location


async def answer(hall: httpx.AsyncClient, location: str, body: dict[str, Any], key: str = "s-1") -> httpx.Response:
    return await hall.post(f"{location}/supplements", content=dump(body), headers=JSON | {"Idempotency-Key": key})


async def test_a_notice_is_read_and_answered_in_the_described_shapes(hall: httpx.AsyncClient, desk: Desk, asked: str) -> None:
    """The case shows what is asked; the answer is acknowledged, sent, and received; the same request again gets the same bytes."""
    case = CaseFull.model_validate_json((await hall.get(asked)).content, strict=False)
    [round] = case.supplements
    assert (case.status.code, round.state, round.notice, round.repeated) == ("40", "open", "补字1号", False)
    assert [(item.item, item.material) for item in round.items] == [("1", "lease"), ("2", None)]
    first = await answer(hall, asked, SOUND)
    assert (first.status_code, SupplementAccepted.model_validate_json(first.content).round) == (202, 1)
    again = await answer(hall, asked, SOUND)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    await desk.work()
    case = CaseFull.model_validate_json((await hall.get(asked)).content, strict=False)
    assert (case.status.code, case.supplements[0].state) == ("41", "received")
    assert [(material.round, material.item, material.code) for material in case.materials] == [(0, None, "id-card"), (1, "1", "lease")]
    events = EventList.model_validate_json((await hall.get(f"{asked}/events")).content)
    assert [event.type for event in events.events][-3:] == ["case.supplement-asked", "case.status-changed", "case.supplement-received"]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"answers": [{"item": "9", "text": "?"}, *SOUND["answers"]]}, ("/answers/0/item", "supplement.not-asked")),
        ({"answers": []}, ("/answers", "supplement.unanswered")),
        ({"answers": [*SOUND["answers"], *SOUND["answers"]]}, ("/answers/1/item", "supplement.twice")),
        ({"materials": [{**SOUND["materials"][0], "item": "7"}]}, ("/materials/0/item", "supplement.not-asked")),
        ({"materials": [{**SOUND["materials"][0], "content": "bm90aGluZw=="}]}, ("/materials/0", "material.type")),
        ({"reception": {}}, ("/reception/window", "field.missing")),
        ({"extra": 1}, ("/extra", "field.unknown")),
    ],
)
async def test_a_bad_answer_is_told_where_and_keeps_nothing(
    hall: httpx.AsyncClient, asked: str, changes: dict[str, Any], found: tuple[str, str]
) -> None:
    """An item nobody asked, one left out, a bad file: 422 at its place; the case stands as before and may still be answered."""
    refused = await answer(hall, asked, SOUND | changes)
    assert (refused.status_code, found in codes(refused)) == (422, True)
    case = (await hall.get(asked)).json()
    assert (case["status"]["code"], len(case["materials"]), case["supplements"][0]["state"]) == ("40", 1, "open")
    assert (await answer(hall, asked, SOUND)).status_code == 202


async def test_nothing_is_answered_that_was_not_asked(hall: httpx.AsyncClient) -> None:
    """A case of which nothing is asked takes no answer, and an unknown case none at all."""
    location = (await submit(hall)).headers["location"]
    assert codes(await answer(hall, location, SOUND)) == {("", "supplement.none")}
    assert (await answer(hall, location[:-1] + "0", SOUND)).status_code in (404, 422)


async def test_t22_a_withdrawal_after_dispatch_waits_for_the_partner(hall: httpx.AsyncClient, desk: Desk, asked: str) -> None:
    """A request changes no status; only the partner's own report ends the case. The same wish again is the same."""
    for _ in range(2):
        wish = await hall.post(f"{asked}/withdrawal", content=dump(WISH), headers=JSON)
        taken = WithdrawalAccepted.model_validate_json(wish.content, strict=False)
        assert (wish.status_code, taken.status.code, taken.confirmed) == (202, "40", False)
    await desk.work()
    assert desk.partner.said("withdraw") == [asked.rsplit("/", 1)[1]]
    desk.partner.script["query"] = [came_to(Received("P-1"), report(Status.WITHDRAWN, "14", minutes=20))]
    desk.clock.pass_(minutes=30)
    await desk.work()
    case = CaseFull.model_validate_json((await hall.get(asked)).content, strict=False)
    assert (case.status.code, case.withdrawal is not None and case.withdrawal.confirmed) == ("91", True)


async def test_a_case_that_never_left_is_withdrawn_at_once(hall: httpx.AsyncClient, desk: Desk) -> None:
    """Before any call there is nobody to ask; afterwards nothing is sent."""
    desk.partner.script["submit"] = [TAKEN]
    location = (await submit(hall)).headers["location"]
    wish = await hall.post(f"{location}/withdrawal", content=dump(WISH), headers=JSON)
    assert (wish.json()["status"]["code"], wish.json()["confirmed"]) == ("91", True)
    desk.clock.pass_(hours=1)
    await desk.work()
    assert desk.partner.calls == []
    again = await hall.post(f"{location}/withdrawal", content=dump(WISH | {"reason": ""}), headers=JSON)
    assert codes(again) == {("/reason", "field.too-short")}


async def test_what_is_decided_is_not_withdrawn(hall: httpx.AsyncClient, desk: Desk) -> None:
    """The authority's decision stands."""
    desk.partner.script["query"] = [came_to(Received("P-1"), report(Status.APPROVED, "11"))]
    location = (await submit(hall)).headers["location"]
    await desk.work()
    desk.clock.at = START + timedelta(minutes=10)
    await desk.work()
    refused = await hall.post(f"{location}/withdrawal", content=dump(WISH), headers=JSON)
    assert (refused.status_code, codes(refused)) == (422, {("", "case.decided")})
