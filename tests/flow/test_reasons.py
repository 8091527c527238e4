"""Why cases were rejected, counted from attempts and events that a real delivery and real reports left behind."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.flow import run_again
from gateway.model import NOT_COMPETENT, RAW, Refused, Report, Status
from gateway.store import RejectionRow

from .conversation import OTHER_PLACE, open_elsewhere
from .harness import MATTER, NOTHING_THERE, TAKEN, Desk, came_to, draft, report


async def counted(desk: Desk) -> set[tuple[str, str, int]]:
    """(stage, reason, cases) of everything that was rejected."""
    rows = await desk.store.read(lambda tx: tx.rejections.counted())
    assert {(row.hall_id, row.matter, row.partner) for row in rows} <= {("harbin", MATTER, "somewhere")}
    return {(row.stage, row.reason, row.cases) for row in rows}


async def refused(desk: Desk, key: str, verdict: Refused, **about: Any) -> str:
    """A case that the partner's system refuses at its door."""
    desk.partner.script["submit"] = [came_to(verdict)]
    number = (await desk.submit(draft(**about), key)).number
    await desk.work()
    return number


def said_no(status: Status, reason: str | None) -> Report:
    """A pulled report of a case that was not accepted, or denied."""
    return replace(report(status, status.value, minutes=2), reason=reason)


async def test_t25_refusals_at_the_door_are_counted_by_case_and_tests_are_none(desk: Desk) -> None:
    """Two cases with one reason, one without any, and one that is only a test and counts nowhere."""
    await refused(desk, "a", Refused("material-missing", "缺材料"))
    await refused(desk, "b", Refused("material-missing", "缺材料"))
    await refused(desk, "c", Refused(None, "系统忙"))
    await refused(desk, "d", Refused("material-missing", "缺材料"), test=True)
    assert await counted(desk) == {("refused", "material-missing", 2), ("refused", RAW, 1)}


@pytest.mark.parametrize(
    ("status", "reason", "row"),
    [
        (Status.NOT_ACCEPTED, "not-competent", ("not-accepted", "not-competent", 1)),
        (Status.DENIED, "conditions-not-met", ("denied", "conditions-not-met", 1)),
        (Status.DENIED, None, ("denied", RAW, 1)),
    ],
)
async def test_a_reports_reason_goes_with_the_event(desk: Desk, status: Status, reason: str | None, row: tuple[str, str, int]) -> None:
    """The hall hears the reason, the count has it, and inferred stages before it are no rejections."""
    desk.partner.script = {"submit": [TAKEN], "query": [came_to(TAKEN.verdict, said_no(status, reason))]}
    number = (await desk.submit()).number
    await desk.work()
    desk.clock.pass_(minutes=5)
    await desk.work()
    assert (await desk.case(number)).status == status
    assert desk.listener.heard[-1]["detail"] == ({"reason": reason} if reason else {})
    assert await counted(desk) == {row}


async def test_the_words_of_what_fits_no_reason_are_kept_sealed(desk: Desk) -> None:
    """Latest first, as many as asked for; those with a reason of the list are not among them."""
    await refused(desk, "a", Refused(None, "第一次"))
    await refused(desk, "b", Refused("field-invalid", "字段"))
    desk.clock.pass_(minutes=1)
    number = await refused(desk, "c", Refused(None, "张三 13800000000"))
    raw = await desk.store.read(lambda tx: tx.rejections.raw_words(10))
    assert len(raw) == 2
    assert (raw[0].case_number, raw[0].stage) == (number, "refused")
    assert "张三".encode() not in raw[0].words_sealed
    assert desk.ctx.sealer.open(raw[0].words_sealed, f"case:{number}:opinion").decode() == "张三 13800000000"
    assert len(await desk.store.read(lambda tx: tx.rejections.raw_words(1))) == 1


async def test_a_reason_that_is_mended_stays_counted_once(desk: Desk) -> None:
    """Refused twice for the same, the case is one rejection of that reason."""
    number = await refused(desk, "a", Refused("form-incomplete", "不完整"))
    case = await desk.case(number)

    def again(tx: Any) -> None:
        attempt = tx.attempts.begin(case.id, "submit", "somewhere", "hash", desk.clock.now(), "test")
        tx.attempts.finish(attempt, desk.clock.now(), "refused", "form-incomplete", 200, None, None)

    await desk.store.write(again)
    assert await desk.store.read(lambda tx: tx.rejections.counted()) == [
        RejectionRow("refused", "form-incomplete", "harbin", MATTER, "somewhere", 1)
    ]


def directed(competent: str, reason: str | None = NOT_COMPETENT) -> Any:
    """A refusal that names the office whose case it is."""
    return came_to(Refused(reason, "请向有权机关申请", competent))


async def by_partner(desk: Desk) -> set[tuple[str, str, str, int]]:
    """(stage, reason, partner, cases)."""
    return {(row.stage, row.reason, row.partner, row.cases) for row in await desk.store.read(lambda tx: tx.rejections.counted())}


@pytest.mark.parametrize("reason", [NOT_COMPETENT, None])
async def test_a_refusal_that_sent_the_case_on_is_no_rejection(desk: Desk, reason: str | None) -> None:
    """The other office has it; another case of the same day that nobody could follow still counts."""
    await open_elsewhere(desk)
    desk.partner.script["submit"] = [directed(OTHER_PLACE, reason)]
    number = (await desk.submit()).number
    await desk.work()
    assert (await desk.case(number)).partner == "elsewhere"
    assert await counted(desk) == set()
    desk.partner.script["submit"] = [directed("450100", reason)]
    await desk.submit(key="k-2")
    await desk.work()
    assert await counted(desk) == {("refused", reason or RAW, 1)}


async def test_a_refusal_counts_until_a_person_has_found_the_way_on(desk: Desk) -> None:
    """Without an agreement the case stands at the door; with one, tried again, it goes on, and neither refusal was a rejection."""
    number = await refused(desk, "a", Refused(NOT_COMPETENT, "应由六盘水办理", OTHER_PLACE))
    assert await counted(desk) == {("refused", NOT_COMPETENT, 1)}
    await open_elsewhere(desk)
    desk.clock.pass_(hours=1)
    ticket = next(one for one in await desk.store.read(lambda tx: tx.tickets.list(open_only=True)) if one.kind == "refused")
    assert await desk.store.write(lambda tx: run_again(tx, ticket, desk.clock.now()))
    await desk.work()
    assert (await desk.case(number)).partner == "elsewhere"
    assert await counted(desk) == set()


async def test_only_the_refusal_that_sent_it_on_is_forgiven(desk: Desk) -> None:
    """What was refused before for another reason stays a rejection by who refused it; so does what the competent office refuses."""
    other = await open_elsewhere(desk)
    desk.partner.script["submit"] = [came_to(Refused("material-missing", "缺材料")), directed(OTHER_PLACE)]
    other.script = {"submit": [came_to(Refused(NOT_COMPETENT, "也不归我们", None))], "query": [NOTHING_THERE]}
    other.on_call = lambda _step: desk.clock.pass_(seconds=1)
    number = (await desk.submit()).number
    await desk.work()
    desk.clock.pass_(hours=1)
    ticket = next(one for one in await desk.store.read(lambda tx: tx.tickets.list(open_only=True)) if one.kind == "refused")
    assert await desk.store.write(lambda tx: run_again(tx, ticket, desk.clock.now()))
    await desk.work()
    assert (await desk.case(number)).status is Status.DISPATCH_FAILED
    assert await by_partner(desk) == {
        ("refused", "material-missing", "somewhere", 1),
        ("refused", NOT_COMPETENT, "elsewhere", 1),
    }
