"""Where delivery, tracking, pushes and people meet over one case: nothing is sent twice, dropped, mixed up or left lying."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.flow import PushAnswer, Worker, case_document
from gateway.flow.delivery import deliver
from gateway.model import Exchange, Hold, Outcome, Received, Refused, Retry, Status, Unsure
from gateway.outbound import Answer
from gateway.store import JobKind, StoreError

from .harness import NOTHING_THERE, TAKEN, Desk, came_to, report
from .test_tracking import poll, push, tracked


async def depth(desk: Desk) -> dict[str, tuple[int, int, int]]:
    """(waiting, leased, parked) by kind; the watch on the clocks, which every open case has, is left out."""
    found = await desk.store.read(lambda tx: tx.jobs.depth())
    return {kind.value: counts for (kind, _), counts in found.items() if kind is not JobKind.CLOCK}


async def test_who_lost_the_job_sends_nothing_more(desk: Desk) -> None:
    """The lease goes to another while we ask after a lost answer: what we then learn may not make us submit beside the new owner."""
    desk.partner.script = {"submit": [came_to(Unsure("outbound.reset")), TAKEN], "query": [NOTHING_THERE]}
    number = (await desk.submit()).number
    await desk.work()
    desk.clock.pass_(minutes=1)
    (zombie,) = await desk.claim()

    async def overtaken(step: str) -> None:
        desk.partner.during = None
        desk.clock.pass_(minutes=2)
        (owner,) = await desk.claim()
        await deliver(desk.ctx, owner)

    desk.partner.during = overtaken
    with pytest.raises(StoreError, match=r"store\.fenced"):
        await deliver(desk.ctx, zombie)
    assert desk.partner.said("submit") == [number, number], "the lost one, and the new owner's"
    assert (await desk.case(number)).status is Status.DISPATCHED


async def test_a_case_the_partner_has_spoken_of_is_not_sent_again(desk: Desk) -> None:
    """A submit that was answered 503 had arrived after all, as the push shows: no second submit, and tracking goes on."""
    desk.partner.script["submit"] = [came_to(Retry("busy")), TAKEN]
    number = (await desk.submit()).number
    await desk.work()
    await push(desk, our=number, theirs="P-1", code="3", status="50")
    desk.clock.pass_(minutes=1)
    await desk.work()
    assert desk.partner.said("submit") == [number]
    assert (await desk.case(number)).status is Status.ACCEPTED
    assert await depth(desk) == {"track": (1, 0, 0)}


@pytest.mark.parametrize("verdict", [Retry("connect"), Unsure("reset"), Refused("field-invalid", "x"), Hold("credentials")])
async def test_a_push_during_the_call_weighs_more_than_how_the_call_ended(desk: Desk, verdict: Retry | Unsure | Refused | Hold) -> None:
    """The partner speaks of the case while our submit is out: whatever comes of the call, the case is theirs and is tracked."""
    desk.partner.script["submit"] = [came_to(verdict)]
    number = (await desk.submit()).number

    async def spoken_of(step: str) -> None:
        if step == "submit":
            await push(desk, our=number, theirs="P-1", code="3", status="50")

    desk.partner.during = spoken_of
    await desk.work()
    for _ in range(3):
        desk.clock.pass_(hours=1)
        await desk.work()
    assert desk.partner.said("submit") == [number]
    assert await desk.statuses(number) == ["10", "20", "21~", "50"]
    assert "track" in await depth(desk)
    assert "deliver" not in await depth(desk)
    document = await case_document(desk.ctx, desk.hall, number)
    assert None not in (document["transported_at"], document["partner_received_at"])


async def test_a_parked_case_that_a_push_moves_is_tracked_and_its_job_ends(desk: Desk) -> None:
    """转办失败, and then the partner speaks of it: the job does not lie parked for ever, and retrying the ticket cannot send it twice."""
    desk.partner.script["submit"] = [came_to(Refused("material-invalid", "x")), TAKEN]
    number = (await desk.submit()).number
    await desk.work()
    assert await depth(desk) == {"deliver": (0, 0, 1)}
    await push(desk, our=number, theirs="P-1", code="3", status="50")
    await desk.work()
    assert await depth(desk) == {"track": (1, 0, 0)}
    assert desk.partner.said("submit") == [number]


async def test_a_partner_without_numbers_receives_too(desk: Desk) -> None:
    """The second kind of truth is told also when the partner gives no number of its own."""
    desk.partner.script["submit"] = [came_to(Received(None))]
    number = (await desk.submit()).number
    await desk.work()
    document = await case_document(desk.ctx, desk.hall, number)
    assert (document["status"]["code"], document["partner_number"]) == ("21", None)
    assert document["partner_received_at"] is not None


async def test_what_never_left_is_not_called_transported(desk: Desk) -> None:
    """A message that could not be made is refused by ourselves: the hall is not told that it was transported."""
    desk.partner.script["submit"] = [Outcome(Refused("field-invalid", "x"), Exchange(b"", b"", None))]
    number = (await desk.submit()).number
    await desk.work()
    document = await case_document(desk.ctx, desk.hall, number)
    assert (document["status"]["code"], document["transported_at"]) == ("22", None)


async def test_a_matter_that_left_the_folder_takes_no_case_with_it(desk: Desk) -> None:
    """The folder no longer offers the matter: the case waits with a ticket, and goes on when a person has mended it."""
    number = (await desk.submit()).number
    desk.partner.offers = ()
    await desk.work()
    assert await desk.tickets() == [("no-partner", "matter-gone")]
    assert await depth(desk) == {"deliver": (0, 0, 1)}
    desk.partner.offers = ("submit",)
    case = await desk.case(number)
    assert await desk.store.write(lambda tx: tx.jobs.unpark(JobKind.DELIVER, case.id, desk.clock.now()))
    await desk.work()
    assert (await desk.case(number)).status is Status.DISPATCHED


@pytest.mark.parametrize("gone", ["folder", "matter"])
async def test_a_folder_that_vanishes_stops_no_tracking_for_good(desk: Desk, gone: str) -> None:
    """Without its folder a case cannot be asked about: one ticket, and the questions go on when the folder is back."""
    number = await tracked(desk, report(Status.ACCEPTED, "3"))
    if gone == "matter":
        desk.partner.offers = ()
    else:
        desk.ctx = replace(desk.ctx, partners={})
    for _ in range(3):
        await poll(desk)
    assert await desk.tickets() == [("no-partner", "matter-gone" if gone == "matter" else "partner-gone")]
    assert desk.partner.said("query") == []
    desk.partner.offers = ("submit",)
    desk.ctx = replace(desk.ctx, partners={desk.partner.name: desk.partner})
    await poll(desk)
    assert (await desk.case(number)).status is Status.ACCEPTED


async def test_a_lost_answer_is_asked_after_also_when_the_step_was_renamed(desk: Desk) -> None:
    """The folder changes while an answer is missing: the new name of the step does not make it a new step."""
    desk.partner.script = {
        "submit": [came_to(Unsure("reset"))],
        "send": [TAKEN],
        "query": [came_to(Received(None), report(Status.ACCEPTED, "3"))],
    }
    number = (await desk.submit()).number
    await desk.work()
    desk.partner.offers = ("send",)
    desk.clock.pass_(minutes=1)
    await desk.work()
    assert desk.partner.said("send") == []
    assert (await desk.case(number)).partner_number == "P-1"


async def test_the_partners_wish_to_be_left_alone_counts_for_questions_too(desk: Desk) -> None:
    """Retry-After on the question after a lost answer is obeyed."""
    desk.partner.script = {"submit": [came_to(Unsure("reset"))], "query": [came_to(Retry("busy", timedelta(hours=1)))]}
    await desk.submit()
    await desk.work()
    desk.clock.pass_(minutes=1)
    await desk.work()
    desk.clock.pass_(minutes=59)
    await desk.work()
    assert len(desk.partner.said("query")) == 1
    desk.clock.pass_(minutes=2)
    await desk.work()
    assert len(desk.partner.said("query")) == 2


async def test_the_authoritys_words_in_an_answer_lie_sealed_only(desk: Desk) -> None:
    """A query that answers for a lost submit reports an opinion: it is no value of the step, which is kept in the clear."""
    found = replace(came_to(Received(None), report(Status.ACCEPTED, "3")), values={"opinion": "张㛃𠮷 同意", "partner_number": "P-1"})
    desk.partner.script = {"submit": [came_to(Unsure("reset"))], "query": [found]}
    number = (await desk.submit()).number
    await desk.work()
    desk.clock.pass_(minutes=1)
    await desk.work()
    case = await desk.case(number)
    assert await desk.store.read(lambda tx: tx.attempts.step(case.id, "submit")) == {"number": "P-1"}


async def test_what_a_certificate_is_called_lies_sealed(desk: Desk) -> None:
    """Its name, number and file name may name people: the hall reads them, the table does not show them."""
    number = await tracked(desk, report(Status.APPROVED, "11", result=True))
    await poll(desk)
    (shown,) = (await case_document(desk.ctx, desk.hall, number))["results"]
    assert (shown["name"], shown["number"]) == ("证书", "Z-1")
    case = await desk.case(number)
    (row,) = await desk.store.read(lambda tx: tx.cases.results(case.id))
    assert "证书" not in repr(row)
    assert "证书".encode() not in row.label_sealed
    assert b"Z-1" not in row.label_sealed


async def test_two_cases_told_alike_in_one_second_both_move(desk: Desk) -> None:
    """Pushes that give our numbers only, with the same code and moment, are two events."""
    desk.partner.script["submit"] = [came_to(Received(None))]
    numbers = [(await desk.submit(key=key)).number for key in ("k-1", "k-2")]
    await desk.work()
    for number in numbers:
        await push(desk, our=number, code="3", status="50", nonce=number)
    assert [(await desk.case(number)).status for number in numbers] == [Status.ACCEPTED] * 2


async def test_a_certificate_that_follows_its_decision_completes_the_case(desk: Desk) -> None:
    """The decision first, the same decision with its document later, both of the same moment: 70, then 90."""
    number = await tracked(desk, report(Status.APPROVED, "11"), report(Status.APPROVED, "11", result=True))
    await poll(desk)
    assert (await desk.case(number)).status is Status.APPROVED
    await poll(desk)
    assert await desk.statuses(number) == ["10", "20", "21", "50~", "70", "90"]
    assert len((await case_document(desk.ctx, desk.hall, number))["results"]) == 1
    assert await depth(desk) == {}


async def test_a_document_of_another_decision_completes_nothing(desk: Desk) -> None:
    """不予许可 stands; an approval's certificate that comes late is not its delivery."""
    number = await tracked(desk, report(Status.DENIED, "12"), report(Status.APPROVED, "11", minutes=0.5, result=True))
    await poll(desk)
    await poll(desk)
    assert (await desk.case(number)).status is Status.DENIED
    assert (await case_document(desk.ctx, desk.hall, number))["results"] == []


@pytest.mark.parametrize("whose", [{"our_number": "KS0"}, {"our_number": None, "partner_number": "P-9"}])
async def test_an_answer_about_another_case_is_not_taken_for_ours(desk: Desk, whose: dict[str, Any]) -> None:
    """The partner mixes two cases up: neither its status nor a stranger's certificate reaches this one; a person is told."""
    number = await tracked(desk, replace(report(Status.APPROVED, "11", result=True), **whose))
    await poll(desk)
    assert (await desk.case(number)).status is Status.DISPATCHED
    assert (await case_document(desk.ctx, desk.hall, number))["results"] == []
    assert await desk.tickets() == [("another-case", "report")]


async def test_another_cases_number_is_not_adopted_after_a_lost_answer(desk: Desk) -> None:
    """The question is answered with a stranger's record: that says nothing of ours, which stays in doubt."""
    stranger = replace(report(Status.ACCEPTED, "3", number="P-9"), our_number="KS0")
    desk.partner.script = {"submit": [came_to(Unsure("reset"))], "query": [came_to(Received("P-9"), stranger)]}
    number = (await desk.submit()).number
    await desk.work()
    desk.clock.pass_(minutes=1)
    await desk.work()
    case = await desk.case(number)
    assert (case.status, case.partner_number) == (Status.DISPATCHING, None)
    assert desk.partner.said("submit") == [number]


async def test_one_alert_while_a_partner_stays_held(desk: Desk) -> None:
    """Bad credentials for a whole day: tried again and again, told once."""
    desk.partner.script["submit"] = [came_to(Hold("credentials"))]
    await desk.submit()
    for _ in range(5):
        await desk.work()
        desk.clock.pass_(minutes=16)
    assert len(desk.partner.said("submit")) == 5
    assert await desk.tickets() == [("partner-held:somewhere", "credentials")]


@pytest.mark.parametrize(("first", "then"), [(Status.APPROVED, Status.DENIED), (Status.IN_REVIEW, Status.COMPLETED)])
async def test_a_report_that_cannot_follow_needs_a_person(desk: Desk, first: Status, then: Status) -> None:
    """The other decision, or an end without a decision: the case does not move, and it is not just asked about for ever."""
    number = await tracked(desk, report(first, "a"), report(then, "b", minutes=2))
    await poll(desk)
    await poll(desk)
    assert (await desk.case(number)).status is first
    assert await desk.tickets() == [("contradiction", "report")]


async def test_a_report_that_merely_came_late_needs_nobody(desk: Desk) -> None:
    """An earlier stage told after a later one changes nothing and opens no ticket."""
    number = await tracked(desk, report(Status.IN_REVIEW, "8", minutes=2), report(Status.ACCEPTED, "3"))
    await poll(desk)
    await poll(desk)
    assert (await desk.case(number)).status is Status.IN_REVIEW
    assert await desk.tickets() == []


async def test_pushes_that_race_with_everything_leave_one_story(desk: Desk) -> None:
    """Each case is pushed thrice, shuffled and doubled, while its submit is out: one submit each, and the hall hears it rise to the end."""
    tasks: list[asyncio.Task[PushAnswer]] = []
    told = asyncio.Event()
    numbers = [(await desk.submit(key=f"k-{index}")).number for index in range(12)]

    def speak(step: str) -> None:
        number = desk.partner.calls[-1][1].number
        for code, status, minute in (("8", "60", "32"), ("3", "50", "31"), ("8", "60", "32"), ("11", "70", "33")):
            at = f"2026-11-20T10:{minute}:00+08:00"
            said = push(desk, our=number, code=code, status=status, at=at, result=code == "11", nonce=f"{number}-{len(tasks)}")
            tasks.append(asyncio.create_task(said))

    class Watched:
        async def call(self, *about: Any, **more: Any) -> Answer:
            answer = await desk.listener.call(*about, **more)
            if {event["number"] for event in desk.listener.heard if event["status"] and event["status"]["handled"]} == set(numbers):
                told.set()
            return answer

    desk.partner.on_call = speak
    worker = Worker(replace(desk.ctx, webhooks=Watched()))
    desk.store.listen(worker.wake)
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(30):
        await told.wait()
        answers = await asyncio.gather(*tasks)
        worker.stop()
        await running
    assert {answer.status for answer in answers} == {200}
    assert sorted(desk.partner.said("submit")) == sorted(numbers)
    for number in numbers:
        heard = [event["sequence"] for event in desk.listener.heard if event["number"] == number]
        assert heard == list(range(3, 3 + len(heard))), "in order, without a gap, each once"
        assert (await desk.statuses(number))[-2:] == ["70", "90"]
    (row,) = await desk.store.read(lambda tx: tx.ledger.totals())
    assert row.cases == len(numbers)
    assert await desk.tickets() == []
