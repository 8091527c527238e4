"""Delivery: exactly once as far as the partner lets us know."""

from datetime import timedelta

import pytest

from gateway.flow import case_document, enter_received, run_again
from gateway.flow.delivery import deliver
from gateway.model import Hold, Received, Refused, Retry, Status, Unsure
from gateway.store import JobKind, TicketRecord

from .harness import NOTHING_THERE, START, TAKEN, Desk, came_to, report


async def test_a_received_submit_dispatches_the_case_and_starts_tracking(desk: Desk) -> None:
    """The partner number is kept, the three kinds of truth move one by one, and the next question is due by the partner's schedule."""
    number = (await desk.submit()).number
    assert await desk.work() == ["deliver", "relay"]
    case = await desk.case(number)
    assert (case.status, case.partner_number, case.handled_at) == (Status.DISPATCHED, "P-1", None)
    document = await case_document(desk.ctx, desk.hall, number)
    assert document["transported_at"] is not None
    assert document["partner_received_at"] is not None
    assert await desk.store.read(lambda tx: tx.jobs.next_due()) == START + timedelta(minutes=5)


async def test_a_call_that_surely_did_not_arrive_is_repeated_by_the_schedule(desk: Desk) -> None:
    """Retry → the stored schedule; no query is needed; nothing was transported."""
    desk.partner.script["submit"] = [came_to(Retry("outbound.connect")), came_to(Retry("http-503", timedelta(minutes=3))), TAKEN]
    number = (await desk.submit()).number
    assert await desk.work() == ["deliver"]
    assert (await case_document(desk.ctx, desk.hall, number))["transported_at"] is None
    desk.clock.pass_(seconds=9)
    assert await desk.work() == []
    desk.clock.pass_(seconds=1)
    assert await desk.work() == ["deliver"]
    desk.clock.pass_(minutes=2, seconds=59)
    assert await desk.work() == [], "Retry-After is obeyed"
    desk.clock.pass_(seconds=1)
    assert await desk.work() == ["deliver", "relay"]
    assert desk.partner.said("query") == []
    assert desk.partner.said("submit") == [number] * 3


@pytest.mark.parametrize("answer", [Received("P-7"), Received(None)])
async def test_t17_after_a_lost_answer_the_partner_is_asked_and_nothing_is_sent_twice(desk: Desk, answer: Received) -> None:
    """Unsure → query by our number → it has it: received, one submit in all; the number may stand in the report only."""
    found = came_to(answer, report(Status.ACCEPTED, "3", number="P-7"))
    desk.partner.script = {"submit": [came_to(Unsure("outbound.reset"))], "query": [found]}
    number = (await desk.submit()).number
    await desk.work()
    assert (await desk.case(number)).status is Status.DISPATCHING
    desk.clock.pass_(seconds=15)
    await desk.work()
    assert (desk.partner.said("submit"), desk.partner.said("query")) == ([number], [number])
    case = await desk.case(number)
    assert (case.partner_number, case.status) == ("P-7", Status.ACCEPTED)


async def test_the_partner_is_not_asked_before_the_lost_call_must_be_over(desk: Desk) -> None:
    """An answer "unknown" while the call may still be at work would prove nothing."""
    desk.partner.script["submit"] = [came_to(Unsure("outbound.timeout")), TAKEN]
    await desk.submit()
    await desk.work()
    desk.clock.pass_(seconds=14)
    assert await desk.work() == []
    desk.clock.pass_(seconds=1)
    assert "deliver" in await desk.work()


async def test_a_submit_that_surely_did_not_arrive_after_all_is_sent_again(desk: Desk) -> None:
    """Unsure → query → the partner knows nothing → the second submit, in the same run."""
    desk.partner.script = {"submit": [came_to(Unsure("outbound.timeout")), TAKEN], "query": [NOTHING_THERE]}
    number = (await desk.submit()).number
    await desk.work()
    desk.clock.pass_(minutes=1)
    await desk.work()
    assert [step for step, _ in desk.partner.calls] == ["submit", "query", "submit"]
    assert (await desk.case(number)).status is Status.DISPATCHED


@pytest.mark.parametrize("answer", [Retry("http-503"), Unsure("unreadable"), Refused(None, "busy"), Received(None)])
async def test_while_the_partner_cannot_say_nothing_is_sent_again(desk: Desk, answer: object) -> None:
    """A query that fails, is refused or gives no number leaves the case where it is."""
    desk.partner.script = {"submit": [came_to(Unsure("outbound.timeout"))], "query": [came_to(answer)]}  # type: ignore[arg-type]
    number = (await desk.submit()).number
    for _ in range(4):
        await desk.work()
        desk.clock.pass_(minutes=2)
    assert desk.partner.said("submit") == [number]
    assert len(desk.partner.said("query")) >= 2
    assert (await desk.case(number)).status is Status.DISPATCHING


async def test_an_attempt_that_was_begun_and_never_ended_counts_as_perhaps_arrived(desk: Desk) -> None:
    """The process died between the first byte and the answer: the restart asks first."""
    number = (await desk.submit()).number
    (job,) = await desk.claim()
    case = await desk.case(number)
    await desk.store.write(lambda tx: tx.attempts.begin(case.id, "submit", "somewhere", "hash-1", desk.clock.now(), "dead"))
    desk.clock.pass_(minutes=2)
    assert job.kind == JobKind.DELIVER
    await desk.work()
    assert [step for step, _ in desk.partner.calls] == ["query", "submit"]


async def test_a_partner_whose_submit_is_idempotent_is_simply_sent_to_again(desk: Desk) -> None:
    """resend: idempotent."""
    desk.partner.resend = "idempotent"
    desk.partner.script["submit"] = [came_to(Unsure("outbound.timeout")), TAKEN]
    await desk.submit()
    await desk.work()
    desk.clock.pass_(minutes=1)
    await desk.work()
    assert [step for step, _ in desk.partner.calls] == ["submit", "submit"]


async def test_without_query_or_idempotence_a_person_decides(desk: Desk) -> None:
    """resend: ask-a-person → no automatic resend, the job is parked, one ticket."""
    desk.partner.resend = "ask-a-person"
    desk.partner.script["submit"] = [came_to(Unsure("outbound.timeout"))]
    await desk.submit()
    await desk.work()
    desk.clock.pass_(days=1)
    await desk.work()
    desk.clock.pass_(days=1)
    assert await desk.work() == []
    assert [step for step, _ in desk.partner.calls] == ["submit"]
    assert await desk.tickets() == [("unsure", "answer-lost")]


async def test_hold_rests_the_partner_raises_one_alert_and_burns_no_try(desk: Desk) -> None:
    """Bad credentials: two cases wait, one ticket is open, and after the mending both go through with their first try still uncounted."""
    desk.partner.script["submit"] = [came_to(Hold("http-401")), TAKEN]
    await desk.submit()
    await desk.work()
    await desk.submit(key="k-2")
    assert await desk.work() == [], "the partner's lane rests"
    assert await desk.tickets() == [("partner-held:somewhere", "http-401")]
    desk.clock.pass_(minutes=15)
    jobs = await desk.claim()
    assert [job.tries for job in jobs] == [1, 1]


async def test_a_resumed_partner_gets_what_waited_at_once(desk: Desk) -> None:
    """The operator mended it and need not wait for the rest of the quarter of an hour."""
    desk.partner.script["submit"] = [came_to(Hold("http-401")), TAKEN]
    number = (await desk.submit()).number
    await desk.work()
    await desk.store.write(lambda tx: (tx.partners.resume("somewhere"), tx.jobs.release_held("somewhere", desk.clock.now())))
    assert "deliver" in await desk.work()
    assert (await desk.case(number)).status is Status.DISPATCHED


async def test_a_refusal_before_acceptance_is_no_decision(desk: Desk) -> None:
    """Refused → 转办失败 with a ticket; the hall hears it; no try follows by itself."""
    desk.partner.script["submit"] = [came_to(Refused("applicant-invalid", "缺少申请人信息"))]
    number = (await desk.submit()).number
    assert await desk.work() == ["deliver", "relay"]
    assert (await desk.case(number)).status is Status.DISPATCH_FAILED
    assert await desk.tickets() == [("refused", "applicant-invalid")]
    assert desk.listener.heard[-1]["status"]["name"] == "DISPATCH_FAILED"
    assert (desk.listener.heard[-1]["detail"], desk.listener.heard[-1]["opinion"]) == ({"reason": "applicant-invalid"}, "缺少申请人信息")
    desk.clock.pass_(days=30)
    assert "deliver" not in await desk.work()


async def test_an_exhausted_schedule_parks_the_case_with_a_ticket_and_never_drops_it(desk: Desk) -> None:
    """Three working days of a dead partner, never under 72 hours: 转办失败, parked, one ticket."""
    desk.partner.script["submit"] = [came_to(Retry("outbound.connect"))]
    number = (await desk.submit()).number
    started = desk.clock.now()
    while (await desk.case(number)).status is Status.DISPATCHING:
        await desk.work()
        desk.clock.pass_(hours=7)
    assert desk.clock.now() - started >= timedelta(hours=72)
    assert await desk.tickets() == [("exhausted", "outbound.connect")]
    depth = await desk.store.read(lambda tx: tx.jobs.depth())
    assert depth[("deliver", "somewhere")] == (0, 0, 1)


async def test_a_worker_that_lost_its_lease_cannot_move_the_job(desk: Desk) -> None:
    """Its lease runs out while it calls: a zombie's result counts, but the job belongs to the one who took over."""
    number = (await desk.submit()).number
    (zombie,) = await desk.claim()
    owners = []

    async def overtaken(step: str) -> None:
        desk.clock.pass_(minutes=5)
        owners.extend(await desk.claim())

    desk.partner.during = overtaken
    await deliver(desk.ctx, zombie)
    (owner,) = owners
    assert owner.fence > zombie.fence
    assert (await desk.case(number)).status is Status.DISPATCHED, "what the partner said is a fact, whoever heard it"
    assert await desk.store.write(lambda tx: tx.jobs.holds(owner))
    await deliver(desk.ctx, owner)
    assert desk.partner.said("submit") == [number], "resumed, not repeated"


async def test_the_evidence_of_an_attempt_lies_sealed(desk: Desk) -> None:
    """Exact bytes out and back, openable with the key only."""
    number = (await desk.submit()).number
    await desk.work()
    case = await desk.case(number)
    (attempt,) = await desk.store.read(lambda tx: tx.attempts.of_case(case.id))
    exchange = await desk.store.read(lambda tx: tx.attempts.exchange(attempt.id))
    assert exchange is not None
    sent = exchange[0]
    assert sent is not None
    assert desk.ctx.sealer.open(sent, f"case:{number}:attempt:{attempt.id}:sent") == b"sent"
    assert (attempt.verdict, attempt.http_status) == ("received", 200)


async def ticket_of(desk: Desk) -> TicketRecord:
    """The one open ticket."""
    (ticket,) = await desk.store.read(lambda tx: tx.tickets.list(open_only=True))
    return ticket


async def test_a_person_who_learned_that_nothing_arrived_lets_it_be_sent_again(desk: Desk) -> None:
    """The parked case goes out again, once, and on to tracking."""
    desk.partner.resend = "ask-a-person"
    desk.partner.script["submit"] = [came_to(Unsure("outbound.timeout")), TAKEN]
    number = (await desk.submit()).number
    await desk.work()
    desk.clock.pass_(days=1)
    await desk.work()
    ticket = await ticket_of(desk)
    assert await desk.store.write(lambda tx: run_again(tx, ticket, desk.clock.now()))
    await desk.work()
    assert desk.partner.said("submit") == [number] * 2
    assert (await desk.case(number)).status is Status.DISPATCHED


async def test_a_person_who_learned_the_partner_number_enters_it_and_nothing_is_sent(desk: Desk) -> None:
    """The case is dispatched under that number, the hall hears it, and tracking begins."""
    desk.partner.resend = "ask-a-person"
    accepted = came_to(Received(None), report(Status.ACCEPTED, "3"))
    desk.partner.script = {"submit": [came_to(Unsure("outbound.timeout"))], "query": [accepted]}
    number = (await desk.submit()).number
    await desk.work()
    desk.clock.pass_(days=1)
    await desk.work()
    ticket = await ticket_of(desk)
    assert await desk.store.write(lambda tx: enter_received(tx, ticket, "P-1", desk.clock.now()))
    await desk.work()
    case = await desk.case(number)
    assert (case.status, case.partner_number) == (Status.DISPATCHED, "P-1")
    assert desk.listener.heard[-1]["status"]["code"] == "21"
    desk.clock.pass_(minutes=5)
    await desk.work()
    assert (await desk.case(number)).status is Status.ACCEPTED
    assert desk.partner.said("submit") == [number]


async def test_a_refused_case_that_is_sent_again_passes_through_dispatching(desk: Desk) -> None:
    """22 → 20 → 21: the hall sees that somebody took it up."""
    desk.partner.script["submit"] = [came_to(Refused("field-invalid", "x")), TAKEN]
    number = (await desk.submit()).number
    await desk.work()
    ticket = await ticket_of(desk)
    assert await desk.store.write(lambda tx: run_again(tx, ticket, desk.clock.now()))
    await desk.work()
    assert await desk.statuses(number) == ["10", "20", "22", "20", "21"]


@pytest.mark.parametrize("length", [20, 36, 50])
async def test_t7_a_partners_number_is_kept_whole(desk: Desk, length: int) -> None:
    """One table of the standard says 20 characters, another 50, and both are met: nothing is cut off on either database."""
    theirs = ("11440232MB2D06811W4000117051000202010200008" + "X" * 50)[:length]
    desk.partner.script["submit"] = [came_to(Received(theirs))]
    number = (await desk.submit()).number
    await desk.work()
    assert (await desk.case(number)).partner_number == theirs
