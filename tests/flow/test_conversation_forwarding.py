"""“Not ours, it is X's”: the case goes on to the competent place under its own number, once at each partner, or to a person."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.flow import case_document, run_again, trace_document
from gateway.model import Received, Refused, Report, Status, Unsure, VoidReason, stays
from gateway.store import verify_chain

from .conversation import OTHER_PLACE, asked, asks, events, given, hand_in, jobs, later, open_elsewhere, says, states, steps, told, withdraw
from .harness import START, TAKEN, Desk, came_to, report
from .test_tracking import poll, push, tracked

NOT_OURS = came_to(Refused("out-of-scope", "不属本地管辖", OTHER_PLACE))


def not_ours(code: str = "5", *, minutes: float = 1, status: Status | None = Status.NOT_ACCEPTED) -> Report:
    """不予受理, with the office whose case it is."""
    return replace(report(status, code, minutes=minutes), competent=OTHER_PLACE)


async def proposals(desk: Desk) -> list[tuple[str, str, int]]:
    """(destination, competent, cases) of the ways that cases were turned."""
    return [(one.destination, one.competent, one.cases) for one in await desk.store.read(lambda tx: tx.proposals.list())]


async def sound(desk: Desk, number: str) -> bool:
    """Whether the stored events are whole and lead to where the case stands."""
    found = await events(desk, number)
    return verify_chain(found) and stays(found)[-1].status is (await desk.case(number)).status


async def test_a_case_that_is_anothers_goes_on_to_it(desk: Desk) -> None:
    """Refused at the door with an office: the same number, all else the new place's, one submit at each, and the operator is told."""
    other = await open_elsewhere(desk)
    desk.partner.script["submit"] = [NOT_OURS]
    number = (await desk.submit()).number
    before = await desk.case(number)
    await desk.work()
    case = await desk.case(number)
    assert (case.number, case.id, case.received_at) == (before.number, before.id, before.received_at)
    assert (case.destination, case.partner, case.agreement_document) == (OTHER_PLACE, "elsewhere", "协议2号")
    assert (case.matter_version, case.mapping_hash, case.partner_number) == (4, "hash-2", "Q-1")
    assert await desk.statuses(number) == ["10", "20", "21"]
    assert (desk.partner.said("submit"), other.said("submit")) == ([number], [number])
    assert given(other, "submit").destination == OTHER_PLACE
    forwarded = next(event for event in await events(desk, number) if event.type == "case.forwarded")
    told_ = {key: forwarded.detail[key] for key in ("from", "to", "partner", "agreement")}
    assert told_ == {"from": "220100", "to": OTHER_PLACE, "partner": "elsewhere", "agreement": "协议2号"}
    assert "case.forwarded" in [event["type"] for event in desk.listener.heard]
    assert await proposals(desk) == [("220100", OTHER_PLACE, 1)]
    assert await desk.tickets() == []
    assert await jobs(desk) == {("track", "elsewhere"): (1, 0, 0)}
    assert await sound(desk, number)


async def test_the_ledger_settles_at_the_new_place(desk: Desk) -> None:
    """Its baseline of 5, not 3, and its region."""
    other = await open_elsewhere(desk)
    desk.partner.script["submit"] = [NOT_OURS]
    other.script["query"] = [came_to(Received("Q-1"), report(Status.APPROVED, "11", result=True, number="Q-1"))]
    await desk.submit()
    await desk.work()
    await poll(desk)
    (cell,) = await desk.store.read(lambda tx: tx.ledger.cells())
    assert (cell.destination, cell.cases, cell.baseline, cell.actual) == (OTHER_PLACE, 1, 5, 1)


async def test_a_proposal_counts_each_case_once(desk: Desk) -> None:
    """Three cases turned the same way: one proposal of three, however often each is told."""
    await open_elsewhere(desk)
    desk.partner.script["submit"] = [NOT_OURS, TAKEN]
    await desk.submit()
    await desk.work()
    for turn in range(2):
        number = (await desk.submit(key=f"p-{turn}")).number
        await desk.work()
        for nonce, opinion in (("a", "x"), ("b", "y")):
            await push(
                desk, our=number, theirs="P-1", code="5", status="51", competent=OTHER_PLACE, nonce=f"{turn}{nonce}", opinion=opinion
            )
    assert await proposals(desk) == [("220100", OTHER_PLACE, 3)]


async def test_an_office_that_said_no_already_is_a_circle(desk: Desk) -> None:
    """The second office names the first: a person decides, the case stands as any refused one, nothing is sent again."""
    other = await open_elsewhere(desk)
    desk.partner.script["submit"] = [NOT_OURS]
    other.script["submit"] = [came_to(Refused("out-of-scope", "应由长春办理", "220100"))]
    number = (await desk.submit()).number
    await desk.work()
    assert await desk.statuses(number) == ["10", "20", "22"]
    assert sorted(await desk.tickets()) == [("forward-circle", "named-again"), ("refused", "out-of-scope")]
    await later(desk, 60 * 24)
    assert (steps(desk.partner), steps(other)) == (["submit"], ["submit"])
    assert await jobs(desk) == {("deliver", "elsewhere"): (0, 0, 1)}


@pytest.mark.parametrize(
    ("competent", "why"),
    [("999999", "region.unknown"), ("520200", "matter.not-offered"), ("450100", "matter.not-offered"), ("220100", "named-again")],
)
async def test_where_no_route_leads_a_person_decides(desk: Desk, competent: str, why: str) -> None:
    """Unknown, without the matter, itself: the refusal is a refusal, and the way is remembered all the same."""
    if competent == "450100":
        await open_elsewhere(desk)
    desk.partner.script["submit"] = [came_to(Refused("out-of-scope", "x", competent))]
    number = (await desk.submit()).number
    await desk.work()
    assert await desk.statuses(number) == ["10", "20", "22"]
    assert [ticket for ticket in await desk.tickets() if ticket[0].startswith("forward")] == [
        ("forward-circle" if why == "named-again" else "forward-no-route", why)
    ]
    assert (await desk.case(number)).destination == "220100"
    ticket = next(one for one in await desk.store.read(lambda tx: tx.tickets.list(open_only=True)) if one.kind == "refused")
    assert await desk.store.write(lambda tx: run_again(tx, ticket, desk.clock.now()))
    await desk.work()
    assert desk.partner.said("submit") == [number, number]
    assert await proposals(desk) == [("220100", competent, 1)], "one case, however often it is refused"


async def test_an_office_named_by_a_refusal_to_accept_that_nobody_can_reach_stays_somebodys_task(desk: Desk) -> None:
    """The case ends at 51 and nothing of it waits; the ticket about the way to the office is all that is left."""
    number = await tracked(desk, not_ours())
    await poll(desk)
    assert (await desk.statuses(number))[-1] == "51"
    assert await desk.tickets() == [("forward-no-route", "matter.not-offered")]
    assert await jobs(desk) == {}


@pytest.mark.parametrize("way", ["poll", "push", "a code nobody knows"])
async def test_a_report_before_acceptance_sends_it_on(desk: Desk, way: str) -> None:
    """不予受理 with an office: not an end; the old partner is asked no more and its late words are about no case of its own."""
    other = await open_elsewhere(desk)
    status = None if way == "a code nobody knows" else Status.NOT_ACCEPTED
    number = await tracked(desk, not_ours(status=status))
    if way == "push":
        desk.partner.script["query"] = [came_to(Received("P-1"))]
        await push(desk, our=number, theirs="P-1", code="5", status="51", competent=OTHER_PLACE)
        await desk.work()
    else:
        await poll(desk)
    assert await desk.statuses(number) == ["10", "20", "21", "20", "21"]
    assert (await desk.case(number)).partner_number == "Q-1"
    assert await jobs(desk) == {("track", "elsewhere"): (1, 0, 0)}
    asked_there = len(desk.partner.calls)
    late = await push(desk, our=number, theirs="P-1", code="3", status="50", nonce="late", at="2026-11-20T10:50:00+08:00")
    assert late.status == 404
    await poll(desk)
    assert len(desk.partner.calls) == asked_there
    assert steps(other) == ["submit", "query"]
    assert (await desk.case(number)).status is Status.DISPATCHED
    assert await sound(desk, number)


@pytest.mark.parametrize("stage", [Status.ACCEPTED, Status.IN_REVIEW])
async def test_after_acceptance_an_office_is_only_words(desk: Desk, stage: Status) -> None:
    """Who accepted decides: nothing moves to another place."""
    other = await open_elsewhere(desk)
    number = await tracked(desk, report(stage, "3"), not_ours(minutes=3))
    await poll(desk)
    await poll(desk)
    case = await desk.case(number)
    assert (case.destination, case.partner) == ("220100", "somewhere")
    assert steps(other) == []
    assert await proposals(desk) == []


async def test_a_push_that_sends_it_on_during_our_submit_makes_no_ghost(desk: Desk) -> None:
    """The old partner's answer to our call is about its own case: the new one is submitted to, under its own number, once."""
    other = await open_elsewhere(desk)
    number = (await desk.submit()).number

    async def turn(step: str) -> None:
        desk.partner.during = None
        await push(desk, our=number, theirs="P-1", code="5", status="51", competent=OTHER_PLACE)

    desk.partner.during = turn
    await desk.work()
    case = await desk.case(number)
    assert (case.partner, case.partner_number, case.status) == ("elsewhere", "Q-1", Status.DISPATCHED)
    assert (desk.partner.said("submit"), other.said("submit")) == ([number], [number])
    assert await jobs(desk) == {("track", "elsewhere"): (1, 0, 0)}
    assert await sound(desk, number)


async def test_a_case_that_went_on_before_the_call_is_not_sent_to_the_old_place(desk: Desk) -> None:
    """Forwarded between the plan and the first byte: the call for the old partner is never begun."""
    other = await open_elsewhere(desk)
    desk.partner.script = {"submit": [came_to(Unsure("reset")), TAKEN], "query": [came_to(Refused("unknown-case", "none"))]}
    number = (await desk.submit()).number
    await desk.work()

    async def turn(step: str) -> None:
        desk.partner.during = None
        await push(desk, our=number, theirs="P-1", code="5", status="51", competent=OTHER_PLACE)

    desk.partner.during = turn
    await later(desk, 1)
    await desk.work()
    assert steps(desk.partner) == ["submit", "query"]
    assert other.said("submit") == [number]
    assert (await desk.case(number)).partner_number == "Q-1"


async def test_a_question_that_was_out_when_it_went_on_changes_nothing(desk: Desk) -> None:
    """The old partner's answer comes after the forwarding, worded otherwise: no end, no second turn, and its tracking is over."""
    await open_elsewhere(desk)
    number = await tracked(desk, replace(not_ours(minutes=4), opinion="换个说法"))

    async def turn(step: str) -> None:
        if step == "query":
            desk.partner.during = None
            await push(desk, our=number, theirs="P-1", code="5", status="51", competent=OTHER_PLACE)

    desk.partner.during = turn
    await poll(desk)
    await desk.work()
    assert await desk.statuses(number) == ["10", "20", "21", "20", "21"]
    assert (await desk.case(number)).partner == "elsewhere"
    assert await proposals(desk) == [("220100", OTHER_PLACE, 1)]
    assert await jobs(desk) == {("track", "elsewhere"): (1, 0, 0)}


async def test_two_offices_of_one_partner_are_two_places(desk: Desk) -> None:
    """One system answers for both: it is submitted to again for the second, tracked once, and its repeated word is no circle."""
    await open_elsewhere(desk)
    desk.partner.regions = ("220000", "520200")
    number = await tracked(desk, not_ours())
    desk.partner.script["submit"] = [came_to(Received("P-2"))]
    await poll(desk)
    assert await desk.statuses(number) == ["10", "20", "21", "20", "21"]
    case = await desk.case(number)
    assert (case.partner, case.destination, case.partner_number) == ("somewhere", OTHER_PLACE, "P-2")
    again = await push(desk, our=number, code="5", status="51", competent=OTHER_PLACE, at="2026-11-20T10:01:00+08:00", opinion="再说一次")
    assert again.status == 200
    assert (await desk.case(number)).status is Status.DISPATCHED
    assert desk.partner.said("submit") == [number, number]
    assert await desk.tickets() == []


async def test_a_crash_between_the_two_partners_loses_nothing_and_repeats_nothing(desk: Desk) -> None:
    """The process dies when the new place's call was begun: that place is asked first; the old one hears nothing more."""
    other = await open_elsewhere(desk)
    desk.partner.script["submit"] = [NOT_OURS]
    number = (await desk.submit()).number

    async def die(step: str) -> None:
        other.during = None
        raise KeyboardInterrupt

    other.during = die
    with pytest.raises(KeyboardInterrupt):
        await desk.work()
    other.script["query"] = [came_to(Received("Q-1"))]
    await later(desk, 5)
    assert (steps(desk.partner), steps(other)) == (["submit"], ["submit", "query"])
    assert (await desk.case(number)).partner_number == "Q-1"


async def test_a_withdrawal_after_forwarding_is_the_new_places(desk: Desk) -> None:
    """Asked of the one that has it; the one that turned it away hears nothing."""
    other = await open_elsewhere(desk)
    other.script["withdraw"] = [came_to(Received())]
    number = await tracked(desk, not_ours())
    await poll(desk)
    await withdraw(desk, number)
    await desk.work()
    assert (steps(desk.partner).count("withdraw"), steps(other).count("withdraw")) == (0, 1)


async def test_a_supplement_after_forwarding_goes_to_the_new_place(desk: Desk) -> None:
    """Notice and answer are between the hall and the competent office."""
    other = await open_elsewhere(desk)
    desk.partner.script["submit"] = [NOT_OURS]
    other.script |= {"query": [came_to(Received("Q-1"), asks(*_items(), number="Q-1"))], "supplement": [came_to(Received())]}
    number = (await desk.submit()).number
    await desk.work()
    await later(desk, 5)
    await hand_in(desk, number)
    await desk.work()
    assert steps(other) == ["submit", "query", "supplement"]
    assert await states(desk, number) == ["received"]


def _items() -> tuple[Any, ...]:
    from .conversation import PHOTO, WORDS

    return PHOTO, WORDS


async def read_trace(desk: Desk, number: str, hours: float) -> dict[str, Any]:
    """The trace, some hours after the start."""
    case = await desk.case(number)
    return await desk.store.read(lambda tx: trace_document(tx, case, START + timedelta(hours=hours)))


async def test_the_trace_tells_whose_each_stretch_was(desk: Desk) -> None:
    """The first place's stretch stays the first place's; while it goes on it lies with the gateway; then with the new place."""
    await open_elsewhere(desk)
    number = await tracked(desk, not_ours(minutes=60))
    await poll(desk, 90)
    trace = await read_trace(desk, number, 3)
    assert [(one["holder"], one["place"]) for one in trace["holdings"]] == [
        ("reception", "230100"), ("gateway", None), ("handling", "220100"), ("gateway", None), ("handling", OTHER_PLACE),
    ]  # fmt: skip
    assert trace["holdings"][2]["calendar_seconds"] == 3600
    assert trace["chain"]["whole"]
    prechecks = [clock for clock in trace["clocks"] if clock["clock"] == "precheck"]
    assert [(clock["round"], clock["state"]) for clock in prechecks] == [(1, "stopped"), (2, "running")]


async def test_while_it_goes_on_the_gateway_holds_it(desk: Desk) -> None:
    """Forwarded, and the new partner cannot be reached."""
    other = await open_elsewhere(desk)
    other.script["submit"] = [came_to(Unsure("reset"))]
    number = await tracked(desk, not_ours())
    await poll(desk)
    assert (await desk.statuses(number))[-1] == "20"
    last = (await read_trace(desk, number, 3))["holdings"][-1]
    assert (last["holder"], last["until"]) == ("gateway", None)


async def test_the_trace_of_a_supplement_names_who_was_waited_for(desk: Desk) -> None:
    """Asked: the applicant's time; answered: the handling place's again; the pre-check begins anew."""
    number = await asked(desk)
    desk.clock.pass_(hours=1)
    await hand_in(desk, number)
    await desk.work()
    trace = await read_trace(desk, number, 2)
    assert [one["holder"] for one in trace["holdings"]] == ["reception", "gateway", "handling", "applicant", "handling"]
    assert [stay["status"]["code"] for stay in trace["holdings"][-1]["stays"]] == ["41"]
    prechecks = [clock for clock in trace["clocks"] if clock["clock"] == "precheck"]
    assert [(clock["round"], clock["state"]) for clock in prechecks] == [(1, "stopped"), (2, "running")]


async def test_the_trace_of_a_withdrawn_case_ends(desk: Desk) -> None:
    """Nobody holds it, and no clock runs."""
    number = (await desk.submit()).number
    desk.clock.pass_(hours=1)
    await withdraw(desk, number)
    trace = await read_trace(desk, number, 5)
    assert trace["holdings"][-1]["until"] is not None
    assert {clock["state"] for clock in trace["clocks"]} <= {"stopped", "not-started"}


@pytest.mark.parametrize("end", ["withdrawn", "void", "forwarded", "supplemented"])
async def test_a_case_replays_from_its_events_to_where_it_stands(desk: Desk, end: str) -> None:
    """Whatever became of it, the stored events alone tell it."""
    from gateway.flow import void_case

    await open_elsewhere(desk)
    number = await tracked(desk, says(Status.PRECHECK, "2", minutes=1).reports[0])
    await poll(desk)
    if end == "void":
        case = await desk.case(number)
        await desk.store.write(lambda tx: void_case(tx, tx.cases.lock(case.id), VoidReason.TEST, "函1号", desk.clock.now()))
    else:
        said = {
            "withdrawn": {"code": "14", "status": "91"},
            "forwarded": {"code": "5", "status": "51", "competent": OTHER_PLACE},
            "supplemented": {"code": "6", "status": "40", "items": [["1", "x", None]]},
        }[end]
        await push(desk, our=number, theirs="P-1", **said)  # type: ignore[arg-type]
    await desk.work()
    found = await events(desk, number)
    changes = [event for event in found if event.after]
    assert [event.before for event in changes][1:] == [event.after for event in changes][:-1]
    assert await sound(desk, number)
    assert (await case_document(desk.ctx, desk.hall, number))["last_sequence"] == len(found)
    assert {"forwarded": ["forwarded"], "supplemented": ["supplement-asked"]}.get(end, []) == await told(desk, number)
