"""The trace of responsibility over a real store."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from gateway.flow import Refusal, case_trace, trace_document
from gateway.flow.standing import Cause, advance
from gateway.model import Refused, Status, iso
from gateway.store import HallRecord, Tx

from .conversation import OTHER_PLACE, open_elsewhere
from .harness import START, Desk, came_to, draft, report
from .harness import TAKEN as RECEIVED


async def handled(desk: Desk, **about: object) -> str:
    """A case that went its whole way: accepted, reviewed, approved with its result."""
    number = (await desk.submit(draft(**about))).number
    await desk.work()
    desk.partner.script["query"] = [
        came_to(
            RECEIVED.verdict,
            report(Status.ACCEPTED, "3", minutes=60),
            report(Status.APPROVED, "11", minutes=180, result=True),
        )
    ]
    desk.clock.pass_(hours=4)
    await desk.work()
    return number


async def test_the_trace_tells_each_hand_and_how_long(desk: Desk) -> None:
    """Reception, gateway, handling place; the times add up to the life of the case, and nobody holds it afterwards."""
    trace = await case_trace(desk.ctx, desk.hall, await handled(desk))
    assert trace["chain"]["whole"]
    assert [(h["holder"], h["place"]) for h in trace["holdings"]] == [
        ("reception", "230100"), ("gateway", None), ("handling", "220100"),
    ]  # fmt: skip
    assert trace["status"]["code"] == "90"
    assert sum(h["calendar_seconds"] for h in trace["holdings"]) == 3 * 3600
    assert trace["totals"][-1] == {"holder": "handling", "zh": "办理地", "calendar_seconds": 10800, "working_seconds": 10800}


async def test_the_trace_says_how_and_when_it_ended(desk: Desk) -> None:
    """An open case has no ending; a completed one its moment and what was decided; a revocation stands after it, not in its place."""
    number = await handled(desk)
    case = await desk.case(number)
    open_ = await case_trace(desk.ctx, desk.hall, (await desk.submit(key="k-2")).number)
    assert (open_["endings"], open_["decision"]) == ([], None)
    trace = await case_trace(desk.ctx, desk.hall, number)
    [end] = trace["endings"]
    assert (end["status"]["code"], end["since"], trace["decision"]) == ("90", iso(START + timedelta(hours=3)), "approved")

    def revoke(tx: Tx) -> None:
        cause = Cause("handling", START + timedelta(hours=5), START + timedelta(hours=5))
        advance(tx, tx.cases.lock(case.id), Status.REVOKED, cause, report_time=None)

    await desk.store.write(revoke)
    after = await case_trace(desk.ctx, desk.hall, number)
    assert [one["status"]["code"] for one in after["endings"]] == ["90", "95"]
    assert after["endings"][0] == end


async def test_the_trace_says_where_a_case_was_passed_on_to(desk: Desk) -> None:
    """From which place to which, when, by which agreement; one that stayed where it was filed says nothing of the kind."""
    stayed = await case_trace(desk.ctx, desk.hall, await handled(desk))
    assert stayed["forwardings"] == []
    await open_elsewhere(desk)
    desk.partner.script["submit"] = [came_to(Refused("out-of-scope", "不属本地管辖", OTHER_PLACE))]
    number = (await desk.submit(key="k-2")).number
    at = desk.clock.now()
    await desk.work()
    trace = await case_trace(desk.ctx, desk.hall, number)
    assert trace["forwardings"] == [
        {"at": iso(at), "part": None, "from": "220100", "to": OTHER_PLACE, "partner": "elsewhere", "agreement": "协议2号"}
    ]
    assert trace["chain"]["whole"]


async def test_a_test_case_says_that_it_is_one(desk: Desk) -> None:
    """So that nobody takes it for a citizen's."""
    assert (await case_trace(desk.ctx, desk.hall, await handled(desk, test=True)))["test"]


@pytest.mark.parametrize("harm", ["changed", "removed", "cut off"])
async def test_a_broken_chain_is_said_and_not_hidden(desk: Desk, harm: str) -> None:
    """An event that was changed, taken out of the middle, or cut off the end: told, with what is sound before it."""
    number = await handled(desk)
    case = await desk.case(number)
    last = case.event_seq
    table = sa.table("case_event", sa.column("case_id"), sa.column("seq"), sa.column("actor"))
    statement, broken = {
        "changed": (sa.update(table).values(actor="reception"), 4),
        "removed": (sa.delete(table), 3),
        "cut off": (sa.delete(table), last),
    }[harm]
    chosen = statement.where(table.c.case_id == case.id, table.c.seq == broken)
    await desk.store.write(lambda tx: tx.cases._connection.execute(chosen))
    trace = await case_trace(desk.ctx, desk.hall, number)
    assert trace["chain"] == {"whole": False, "events": last, "broken_at": broken}
    assert trace["holdings"]


async def test_an_open_case_lies_in_a_hand_until_now(desk: Desk) -> None:
    """Read twice, an hour apart, the last line is an hour longer."""
    number = (await desk.submit()).number
    await desk.work()
    case = await desk.case(number)
    first, later = [
        await desk.store.read(lambda tx, now=START + timedelta(hours=hours): trace_document(tx, case, now))  # type: ignore[misc]
        for hours in (1, 2)
    ]
    assert (first["holdings"][-1]["holder"], first["holdings"][-1]["until"]) == ("handling", None)
    assert later["holdings"][-1]["calendar_seconds"] - first["holdings"][-1]["calendar_seconds"] == 3600


async def test_another_halls_case_has_no_trace(desk: Desk) -> None:
    """It is unknown, like one that never was."""
    number = await handled(desk)
    with pytest.raises(Refusal):
        await case_trace(desk.ctx, HallRecord("dalian", "大连大厅", "210200", START), number)
