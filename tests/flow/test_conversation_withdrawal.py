"""The applicant withdraws, and a case is declared void: at once while it is ours alone, else only by the partner's word."""

import asyncio
from typing import Any

import pytest

from gateway.flow import Refusal, RefusalKind, case_document, enter_received, run_again, supplements, void_case
from gateway.flow.delivery import deliver
from gateway.flow.filing import keep_material
from gateway.model import Account, Hold, Received, Refused, Retry, Status, Unsure, Verdict, VoidReason

from .conversation import answer, asked, events, file, hand_in, jobs, later, open_ticket, says, states, steps, told, withdraw
from .harness import NOTHING_THERE, TAKEN, Desk, came_to, report
from .test_tracking import poll, push, tracked


async def test_t22_what_never_left_is_withdrawn_at_once(desk: Desk) -> None:
    """By the applicant, not the gateway; no job is left, the ledger says that there was no result, and the hall hears it."""
    number = (await desk.submit()).number
    said = await withdraw(desk, number)
    assert (said["status"]["code"], said["confirmed"]) == ("91", True)
    assert await jobs(desk) == {}
    await desk.work()
    assert steps(desk.partner) == []
    ended = (await events(desk, number))[-1]
    assert (ended.after, ended.actor, ended.place) == ("91", "applicant", "230100")
    (row,) = await desk.store.read(lambda tx: tx.ledger.totals())
    assert (row.result, row.cases, row.counted, row.spent) == ("withdrawn", 1, 0, 1)
    assert [event["type"] for event in desk.listener.heard] == ["case.withdrawal-requested", "case.status-changed"]


@pytest.mark.parametrize("verdict", [Retry("busy"), Hold("http-401"), Refused("field-invalid", "x")])
async def test_t22_what_surely_did_not_arrive_is_withdrawn_at_once(desk: Desk, verdict: Verdict) -> None:
    """Tried, and certainly without effect: it is still ours alone."""
    desk.partner.script["submit"] = [came_to(verdict)]
    number = (await desk.submit()).number
    await desk.work()
    assert (await withdraw(desk, number))["confirmed"]
    assert await jobs(desk) == {}
    await later(desk, 60)
    assert steps(desk.partner) == ["submit"]


@pytest.mark.parametrize("verdict", [Retry("busy"), Hold("http-401"), Refused("field-invalid", "x"), Refused(None, "x", "520200")])
async def test_t22_a_delivery_that_fails_while_a_withdrawal_waits_ends_the_case(desk: Desk, verdict: Verdict) -> None:
    """The wish comes during the call: a request while nobody knows, 91 as soon as the call surely had no effect, and no second call."""
    desk.partner.script["submit"] = [came_to(verdict), TAKEN]
    number = (await desk.submit()).number
    said: list[dict[str, Any]] = []

    async def wish(step: str) -> None:
        said.append(await withdraw(desk, number))

    desk.partner.during = wish
    await desk.work()
    assert [(one["status"]["code"], one["confirmed"]) for one in said] == [("20", False)]
    assert await desk.statuses(number) == ["10", "20", "91"]
    await later(desk, 60)
    assert steps(desk.partner) == ["submit"]
    assert await jobs(desk) == {}


async def test_t22_a_withdrawal_during_the_call_that_arrives_is_asked_of_the_partner(desk: Desk) -> None:
    """Never both withdrawn and at the partner: it has the case, so it is asked, and it decides."""
    desk.partner.script["withdraw"] = [came_to(Received())]
    number = (await desk.submit()).number

    async def wish(step: str) -> None:
        desk.partner.during = None
        await withdraw(desk, number)

    desk.partner.during = wish
    await desk.work()
    assert steps(desk.partner) == ["submit", "withdraw"]
    assert (await desk.case(number)).status is Status.DISPATCHED


async def test_t22_a_lost_submit_whose_applicant_withdraws_is_not_sent_again(desk: Desk) -> None:
    """Asked after the lost answer, the partner has nothing: the case ends here instead of being sent to be withdrawn."""
    desk.partner.script = {"submit": [came_to(Unsure("timeout")), TAKEN], "query": [NOTHING_THERE], "withdraw": [came_to(Received())]}
    number = (await desk.submit()).number
    await desk.work()
    assert not (await withdraw(desk, number))["confirmed"]
    await later(desk, 1)
    assert await desk.statuses(number) == ["10", "20", "91"]
    assert steps(desk.partner) == ["submit", "query"]
    assert await jobs(desk) == {}


async def test_t22_a_lost_submit_that_arrived_is_withdrawn_by_the_partner_only(desk: Desk) -> None:
    """The query finds it there: dispatched, asked for, and 91 when the partner says so."""
    found = came_to(Received("P-1"))
    desk.partner.script = {"submit": [came_to(Unsure("timeout")), TAKEN], "query": [found], "withdraw": [came_to(Received())]}
    number = (await desk.submit()).number
    await desk.work()
    await withdraw(desk, number)
    await later(desk, 1)
    assert steps(desk.partner) == ["submit", "query", "withdraw"]
    assert (await desk.case(number)).status is Status.DISPATCHED
    desk.partner.script["query"] = [says(Status.WITHDRAWN, "14", minutes=5)]
    await later(desk, 60)
    assert (await desk.statuses(number))[-1] == "91"


@pytest.mark.parametrize("after", [Refused("field-invalid", "x"), Retry("busy")])
async def test_t22_where_sending_again_does_no_harm_a_lost_answer_is_one_all_the_same(desk: Desk, after: Verdict) -> None:
    """Under `idempotent` it is told as `retry`; the partner may have the case all the same, whatever it answered later."""
    desk.partner.resend = "idempotent"
    desk.partner.script = {"submit": [came_to(Retry("reset")), came_to(after), TAKEN], "withdraw": [came_to(Received())]}
    number = (await desk.submit()).number
    await desk.work()
    await later(desk, 1)
    assert not (await withdraw(desk, number))["confirmed"]


async def test_t22_after_dispatch_only_the_partner_confirms(desk: Desk) -> None:
    """A request with its event, one call for it, told again as often as the window likes; 91 by the partner's report."""
    desk.partner.script["withdraw"] = [came_to(Received())]
    number = await tracked(desk, report(Status.ACCEPTED, "3"))
    first = await withdraw(desk, number)
    assert (first["status"]["code"], first["confirmed"]) == ("21", False)
    desk.clock.pass_(seconds=5)
    assert await withdraw(desk, number, "换个说法") == first, "the same wish is the same wish"
    await desk.work()
    await withdraw(desk, number)
    await poll(desk)
    assert steps(desk.partner).count("withdraw") == 1
    wish = next(facts for step, facts in desk.partner.calls if step == "withdraw").withdrawal
    assert wish is not None
    assert wish.reason == "改去别处办理"
    assert await told(desk, number) == ["withdrawal-requested", "withdrawal-sent"]
    assert (await desk.case(number)).status is Status.ACCEPTED
    desk.partner.script["query"] = [says(Status.WITHDRAWN, "14", minutes=6)]
    await poll(desk)
    assert (await events(desk, number))[-1].actor == "handling"
    document = await case_document(desk.ctx, desk.hall, number)
    assert document["withdrawal"] == {"requested_at": first["requested_at"], "confirmed": True}
    again = await withdraw(desk, number)
    assert (again["status"]["code"], again["confirmed"]) == ("91", True)
    (row,) = await desk.store.read(lambda tx: tx.ledger.totals())
    assert (row.result, row.counted) == ("withdrawn", 0)
    assert await jobs(desk) == {}


async def test_a_partner_may_confirm_in_its_answer(desk: Desk) -> None:
    """The report in the answer to the request ends the case."""
    desk.partner.script["withdraw"] = [came_to(Received(), report(Status.WITHDRAWN, "14", minutes=2))]
    number = await tracked(desk, report(Status.ACCEPTED, "3"))
    await withdraw(desk, number)
    await desk.work()
    assert (await desk.statuses(number))[-1] == "91"
    await poll(desk)
    assert await jobs(desk) == {}


async def test_t22_a_partner_that_does_not_let_go_is_heard_and_may_be_asked_again(desk: Desk) -> None:
    """Its words reach the hall, nothing waits any more, the status is untouched; a new wish is a new request."""
    desk.partner.script["withdraw"] = [came_to(Refused("already-decided", "已签发")), came_to(Received())]
    number = await tracked(desk, report(Status.ACCEPTED, "3"))
    await withdraw(desk, number)
    await desk.work()
    assert desk.listener.heard[-1]["type"] == "case.withdrawal-refused"
    assert (desk.listener.heard[-1]["opinion"], desk.listener.heard[-1]["detail"]) == ("已签发", {"reason": "already-decided"})
    assert (await case_document(desk.ctx, desk.hall, number))["withdrawal"] is None
    assert (await desk.case(number)).status is Status.DISPATCHED
    await withdraw(desk, number, "再次申请")
    await desk.work()
    assert steps(desk.partner).count("withdraw") == 2
    assert await told(desk, number) == ["withdrawal-requested", "withdrawal-refused", "withdrawal-requested", "withdrawal-sent"]


@pytest.mark.parametrize("status", [Status.APPROVED, Status.DENIED, Status.NOT_ACCEPTED, Status.TERMINATED])
async def test_a_decided_or_ended_case_is_not_withdrawn_nor_void(desk: Desk, status: Status) -> None:
    """Refused with its reason, and nothing is written; not even with the partner's agreement."""
    number = await tracked(desk, report(status, "x"))
    await poll(desk)
    before = len(await events(desk, number))
    case = await desk.case(number)
    for call in (
        withdraw(desk, number),
        desk.store.write(lambda tx: void_case(tx, tx.cases.lock(case.id), VoidReason.DUPLICATE, "长政函1号", desk.clock.now())),
    ):
        with pytest.raises(Refusal) as refused:
            await call
        assert [found.code for found in refused.value.faults] == ["case.decided"]
    assert len(await events(desk, number)) == before
    assert (await desk.case(number)).withdrawal_requested_at is None


async def test_a_wish_that_is_overtaken_by_the_decision_is_not_carried_on(desk: Desk) -> None:
    """Decided while the request could not be told: nobody asks for it any more."""
    desk.partner.script["withdraw"] = [came_to(Retry("busy")), came_to(Received())]
    number = await tracked(desk, report(Status.ACCEPTED, "3"))
    await withdraw(desk, number)
    await desk.work()
    await push(desk, our=number, theirs="P-1", code="11", status="70")
    await later(desk, 5)
    assert steps(desk.partner).count("withdraw") == 1
    assert ("deliver", "somewhere") not in await jobs(desk)


@pytest.mark.parametrize("during", [False, True])
async def test_without_a_step_a_person_asks_for_it(desk: Desk, during: bool) -> None:
    """One ticket, whether the case was there already or still on its way; 91 when the partner says so by whatever way."""
    desk.partner.on_demand = ()
    number = (await desk.submit()).number

    async def wish(step: str) -> None:
        await withdraw(desk, number)

    if during:
        desk.partner.during = wish
    await desk.work()
    if not during:
        await withdraw(desk, number)
    await desk.work()
    assert await desk.tickets() == [("withdraw-by-hand", "no-step")]
    assert (await desk.case(number)).status is Status.DISPATCHED
    await push(desk, our=number, theirs="P-1", code="14", status="91")
    assert (await desk.statuses(number))[-1] == "91"


async def test_a_wish_is_a_sound_document_of_the_halls_own_case(desk: Desk) -> None:
    """Without a reason, or for another hall's case: refused, nothing is written."""
    from gateway.flow import request_withdrawal

    number = (await desk.submit()).number
    for raw, number_, kind, pointer in (
        (b'{"reason": "", "reception": {"window": "3", "clerk": "1"}}', number, RefusalKind.INVALID, "/reason"),
        (b'{"reason": "x"}', number, RefusalKind.INVALID, "/reception"),
        (b"{", number, RefusalKind.MALFORMED, ""),
        (b'{"reason": "x", "reception": {"window": "3", "clerk": "1"}}', "KS0", RefusalKind.UNKNOWN, ""),
    ):
        with pytest.raises(Refusal) as refused:
            await request_withdrawal(desk.ctx, desk.hall, number_, raw)
        assert (refused.value.kind, refused.value.faults[0].pointer) == (kind, pointer)
    assert (await desk.case(number)).withdrawal_requested_at is None


async def test_the_reason_lies_sealed(desk: Desk) -> None:
    """It may name people: neither the event nor the row shows it."""
    number = await tracked(desk, report(Status.ACCEPTED, "3"))
    await withdraw(desk, number, "张㛃𠮷另有安排")
    case = await desk.case(number)
    sealed = await desk.store.read(lambda tx: tx.cases.withdrawal(case.id))
    assert sealed is not None
    assert "张㛃𠮷".encode() not in sealed
    assert "张㛃𠮷" not in repr(await events(desk, number))


async def test_a_lost_request_is_told_again_until_the_partner_confirms(desk: Desk) -> None:
    """One wish however often it is told: asked first, and told again unless the query says that it is withdrawn."""
    desk.partner.script["withdraw"] = [came_to(Unsure("reset")), came_to(Received())]
    number = await tracked(desk, report(Status.ACCEPTED, "3"))
    await withdraw(desk, number)
    await desk.work()
    await later(desk, 1)
    assert steps(desk.partner)[-3:] == ["withdraw", "query", "withdraw"]
    assert await told(desk, number) == ["withdrawal-requested", "withdrawal-sent"]


async def test_a_person_enters_what_became_of_a_request(desk: Desk) -> None:
    """ask-a-person: run again tells it once more; received says that the partner knows."""
    desk.partner.resend = "ask-a-person"
    desk.partner.script["withdraw"] = [came_to(Unsure("reset"))]
    number = await tracked(desk, report(Status.ACCEPTED, "3"))
    await withdraw(desk, number)
    await desk.work()
    await later(desk, 1)
    ticket = await open_ticket(desk)
    assert ticket.kind == "unsure"
    assert await desk.store.write(lambda tx: run_again(tx, ticket, desk.clock.now()))
    await desk.work()
    assert steps(desk.partner).count("withdraw") == 2
    await later(desk, 1)
    assert await desk.store.write(lambda tx: enter_received(tx, ticket, "P-1", desk.clock.now()))
    await later(desk, 1)
    assert steps(desk.partner).count("withdraw") == 2
    assert await told(desk, number) == ["withdrawal-requested", "withdrawal-sent"]


@pytest.mark.parametrize("step", [True, False])
async def test_an_applicant_who_goes_on_takes_the_wish_back_by_the_answer(desk: Desk, step: bool) -> None:
    """A wish that the partner has and does not confirm bars nobody: the answer must say that they go on, then it is carried.

    Nobody is asked to tell the partner by hand any more, and a later wish is told anew.
    """
    desk.partner.on_demand = ("supplement", "withdraw") if step else ("supplement",)
    desk.partner.script["withdraw"] = [came_to(Received())]
    number = await asked(desk)
    await withdraw(desk, number)
    await desk.work()
    assert [kind for kind, _ in await desk.tickets()] == ([] if step else ["withdraw-by-hand"])
    for body in (answer(), answer(goes_on=False)):
        with pytest.raises(Refusal) as refused:
            await hand_in(desk, number, body)
        assert [(found.code, found.pointer) for found in refused.value.faults] == [("supplement.withdrawing", "/goes_on")]
    await hand_in(desk, number, answer(goes_on=True))
    assert (await case_document(desk.ctx, desk.hall, number))["withdrawal"] is None
    assert await desk.tickets() == []
    await desk.work()
    assert steps(desk.partner)[-1] == "supplement"
    sent = ["withdrawal-sent"] if step else []
    assert await told(desk, number) == [
        "supplement-asked", "withdrawal-requested", *sent, "withdrawal-taken-back", "supplement-received",
    ]  # fmt: skip
    assert [event["type"] for event in desk.listener.heard].count("case.withdrawal-taken-back") == 1
    await withdraw(desk, number)
    await desk.work()
    assert steps(desk.partner).count("withdraw") == (2 if step else 0)
    assert [kind for kind, _ in await desk.tickets()] == ([] if step else ["withdraw-by-hand"])


async def test_a_wish_taken_back_that_the_partner_confirms_all_the_same_holds(desk: Desk) -> None:
    """The decision is the partner's: its 91 ends the case, and the ledger says withdrawn."""
    desk.partner.script["withdraw"] = [came_to(Received())]
    number = await asked(desk)
    await withdraw(desk, number)
    await desk.work()
    await hand_in(desk, number, answer(goes_on=True))
    desk.clock.pass_(minutes=1)
    await push(desk, our=number, theirs="P-1", code="14", status="91", at=desk.clock.now().isoformat())
    assert (await desk.statuses(number))[-1] == "91"
    (row,) = await desk.store.read(lambda tx: tx.ledger.totals())
    assert row.result == "withdrawn"


async def test_a_wish_told_while_the_answer_is_looked_at_stops_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the first look and the write another window tells the wish: the answer is refused, and the round stays open."""
    desk.partner.script["withdraw"] = [came_to(Received())]
    number = await asked(desk)

    async def keep(*about: Any, **more: Any) -> Any:
        await withdraw(desk, number)
        return await keep_material(*about, **more)

    monkeypatch.setattr(supplements, "keep_material", keep)
    with pytest.raises(Refusal) as refused:
        await hand_in(desk, number, answer(answers=[{"item": "2", "text": "一楼"}]))
    assert [found.code for found in refused.value.faults] == ["supplement.withdrawing"]
    assert await states(desk, number) == ["open"]
    assert await told(desk, number) == ["supplement-asked", "withdrawal-requested"]


async def test_a_wish_goes_before_an_answer_that_waits(desk: Desk) -> None:
    """Both to be carried: the wish first; it confirmed, the answer is wanted by nobody."""
    desk.partner.script["withdraw"] = [came_to(Received(), report(Status.WITHDRAWN, "14", minutes=6))]
    number = await asked(desk)
    await hand_in(desk, number, answer(materials=[file()]))
    await withdraw(desk, number)
    await desk.work()
    assert steps(desk.partner)[-1] == "withdraw"
    assert "supplement" not in steps(desk.partner)
    assert (await desk.statuses(number))[-1] == "91"
    await poll(desk)
    assert await jobs(desk) == {}
    assert steps(desk.partner)[-1] == "withdraw"


async def test_t22_withdrawals_that_race_with_their_submits_are_never_both(desk: Desk) -> None:
    """Thirty cases, each withdrawn while its submit is claimed, begun, out or answered: 91 at once only of what the partner never saw."""
    desk.partner.script["withdraw"] = [came_to(Received())]
    numbers = [(await desk.submit(key=f"k-{turn}")).number for turn in range(30)]
    deliveries = {job.case_id: job for job in await desk.claim()}

    async def meet(turn: int, number: str) -> dict[str, Any]:
        case = await desk.case(number)
        carried = asyncio.create_task(deliver(desk.ctx, deliveries[case.id]))
        for _ in range(turn):
            await asyncio.sleep(0)
        said = await withdraw(desk, number)
        await carried
        return said

    said = await asyncio.gather(*(meet(turn, number) for turn, number in enumerate(numbers)))
    await desk.work()
    submitted, ended = set(desk.partner.said("submit")), {one["number"] for one in said if one["confirmed"]}
    assert submitted | ended == set(numbers)
    assert not submitted & ended
    for number in numbers:
        status = (await desk.case(number)).status
        assert status is (Status.WITHDRAWN if number in ended else Status.DISPATCHED)
    assert set(desk.partner.said("withdraw")) == submitted
    assert len(desk.partner.said("withdraw")) == len(submitted)


async def void(desk: Desk, number: str, agreed: str | None = None, reason: VoidReason = VoidReason.DUPLICATE) -> None:
    """Declare a case void."""
    case = await desk.case(number)
    await desk.store.write(lambda tx: void_case(tx, tx.cases.lock(case.id), reason, agreed, desk.clock.now()))


async def test_a_case_of_ours_alone_is_void_at_once(desk: Desk) -> None:
    """By the administrator, with the reason; nothing is sent, no job is left, the hall hears it, nothing counts."""
    number = (await desk.submit()).number
    await void(desk, number)
    assert await jobs(desk) == {}
    await desk.work()
    ended = (await events(desk, number))[-1]
    assert (ended.after, ended.actor, ended.detail) == ("93", "admin", {"reason": "duplicate"})
    assert desk.listener.heard[-1]["status"]["code"] == "93"
    assert steps(desk.partner) == []
    (row,) = await desk.store.read(lambda tx: tx.ledger.totals())
    assert (row.counted, row.baseline) == (0, 0)


@pytest.mark.parametrize("submit", [TAKEN, came_to(Unsure("reset"))])
async def test_what_the_partner_may_have_is_void_by_its_agreement_only(desk: Desk, submit: Any) -> None:
    """Received, or perhaps received: refused without the number of the document; with it, it ends and nobody asks any more."""
    desk.partner.script["submit"] = [submit]
    number = (await desk.submit()).number
    await desk.work()
    with pytest.raises(Refusal) as refused:
        await void(desk, number)
    assert [found.code for found in refused.value.faults] == ["void.agreement"]
    await void(desk, number, "长政函〔2026〕1号")
    assert (await events(desk, number))[-1].detail == {"reason": "duplicate", "agreed": "长政函〔2026〕1号"}
    calls = len(desk.partner.calls)
    await later(desk, 120)
    assert len(desk.partner.calls) == calls
    assert await jobs(desk) == {}


async def test_a_case_that_turns_out_to_be_a_test_is_in_no_count(desk: Desk) -> None:
    """Void as a test: its account is that of tests, whatever visits it had, and its hall sees that it was one."""
    number = (await desk.submit()).number
    await void(desk, number, reason=VoidReason.TEST)
    case = await desk.case(number)
    assert (case.is_test, [line.account for line in await desk.store.read(lambda tx: tx.ledger.entries(case.id))]) == (True, [Account.TEST])
    assert (await case_document(desk.ctx, desk.hall, number))["test"] is True


async def test_what_can_no_longer_be_done_is_asked_of_nobody(desk: Desk) -> None:
    """The end of a case closes its rounds and the tickets that asked for something to be done about it; those about the partner stay."""
    desk.partner.on_demand = ("supplement",)
    number = await asked(desk)
    await push(desk, our=number, theirs="P-1", code="??")
    await withdraw(desk, number)
    assert sorted(kind for kind, _ in await desk.tickets()) == ["unknown-code", "withdraw-by-hand"]
    await void(desk, number, "长政函1号")
    assert await desk.tickets() == [("unknown-code", "report")]
    (closed,) = [one for one in await desk.store.read(lambda tx: tx.tickets.list(open_only=False)) if one.closed_at is not None]
    assert (closed.closed_by, closed.resolution) == ("gateway", "case-ended")
    assert await states(desk, number) == ["closed"]


async def test_nothing_that_comes_after_a_void_changes_it(desk: Desk) -> None:
    """A late notice, an approval with its paper, an office named, a withdrawal: kept; the case stays void, with one line in the ledger."""
    number = await tracked(desk, report(Status.ACCEPTED, "3"))
    await void(desk, number, "长政函1号")
    before = (await desk.statuses(number), await desk.store.read(lambda tx: tx.ledger.totals()), len(await events(desk, number)))
    late: list[dict[str, Any]] = [
        {"code": "6", "status": "40", "items": [["1", "身份证", None]]},
        {"code": "11", "status": "70", "result": True},
        {"code": "4", "status": "51", "competent": "520200"},
        {"code": "14", "status": "91"},
    ]
    for nonce, said in enumerate(late):
        await push(desk, our=number, theirs="P-1", nonce=str(nonce), **said)
    await poll(desk)
    after = (await desk.statuses(number), await desk.store.read(lambda tx: tx.ledger.totals()), len(await events(desk, number)))
    assert after == before
    assert (await case_document(desk.ctx, desk.hall, number))["supplements"] == []
    with pytest.raises(Refusal):
        await void(desk, number, "长政函1号")


async def test_a_case_void_during_its_submit_stays_void(desk: Desk) -> None:
    """With the partner's agreement, while the call is out: its answer changes nothing, and nobody tracks it."""
    number = (await desk.submit()).number

    async def end(step: str) -> None:
        await void(desk, number, "长政函1号")

    desk.partner.during = end
    await desk.work()
    assert (await desk.statuses(number))[-1] == "93"
    assert await jobs(desk) == {}
