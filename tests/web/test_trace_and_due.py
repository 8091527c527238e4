"""Clocks, due dates and the trace of responsibility over HTTP."""

import httpx
import pytest
from flow.conversation import OTHER_PLACE, open_elsewhere
from flow.harness import Desk, came_to, draft, dump, matter

from gateway.model import Refused
from gateway.web.check_documents import CheckAnswer
from gateway.web.documents import CaseAccepted, CaseFull, TraceDocument

JSON = {"Content-Type": "application/json", "Idempotency-Key": "k-1"}
PROMISE = {"value": 5, "unit": "working-days"}


@pytest.fixture
async def promised(desk: Desk) -> None:
    """The matter promises five working days."""
    await desk.store.write(lambda tx: tx.catalogue.put_matter(matter(version=2, promised_limit=PROMISE)))


@pytest.mark.usefixtures("promised")
async def test_due_dates_stand_in_the_check_on_the_receipt_and_in_the_case(hall: httpx.AsyncClient, desk: Desk) -> None:
    """The clerk sees before taking it in what the receipt will say, and the case shows its clocks."""
    checked = await hall.post("/api/v1/checks", content=dump(draft()), headers=JSON)
    accepted = await hall.post("/api/v1/cases", content=dump(draft()), headers=JSON)
    due = CaseAccepted.model_validate_json(accepted.content).due
    assert CheckAnswer.model_validate_json(checked.content).due == due
    assert (due.notice_by.isoformat(), due.handled_by and due.handled_by.isoformat()) == ("2026-11-27", "2026-12-04")
    await desk.work()
    full = CaseFull.model_validate_json((await hall.get(accepted.headers["location"])).content)
    assert [(clock.clock, clock.state) for clock in full.clocks] == [
        ("reception", "stopped"),
        ("precheck", "running"),
        ("handling", "not-started"),
        ("delivery", "not-started"),
    ]


async def test_the_trace_has_its_described_shape_and_is_the_halls_own(
    hall: httpx.AsyncClient, nobody: httpx.AsyncClient, desk: Desk
) -> None:
    """Verified, complete, and of a case of one's own; a number that is nobody's is 404."""
    accepted = await hall.post("/api/v1/cases", content=dump(draft(test=True)), headers=JSON)
    await desk.work()
    where = accepted.headers["location"] + "/trace"
    trace = TraceDocument.model_validate_json((await hall.get(where)).content)
    assert (trace.test, trace.chain.whole, trace.holdings[-1].holder, trace.holdings[-1].until) == (True, True, "handling", None)
    assert (await nobody.get(where)).status_code == 401
    unknown = "/api/v1/cases/KS23010022010020261120999999999/trace"
    assert (await hall.get(unknown)).status_code == 404


async def test_a_forwarded_case_says_so_in_the_described_shape(hall: httpx.AsyncClient, desk: Desk) -> None:
    """`from` and `to` are bare region codes, and the shape of /openapi.json is the one that is sent."""
    await open_elsewhere(desk)
    desk.partner.script["submit"] = [came_to(Refused("out-of-scope", "不属本地管辖", OTHER_PLACE))]
    accepted = await hall.post("/api/v1/cases", content=dump(draft()), headers=JSON)
    await desk.work()
    answer = await hall.get(accepted.headers["location"] + "/trace")
    trace = TraceDocument.model_validate_json(answer.content)
    [went] = trace.forwardings
    assert (went.from_, went.to, went.agreement, trace.endings) == ("220100", OTHER_PLACE, "协议2号", [])
    assert went.model_dump(mode="json") | {"at": ""} == answer.json()["forwardings"][0] | {"at": ""}
