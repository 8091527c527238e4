"""The answer to a notice on its way: lost answers, retries, refusals, crashes, races, and what a person may enter."""

import pytest

from gateway.flow import case_document, enter_received, run_again
from gateway.flow.delivery import deliver
from gateway.model import Hold, Received, Refused, Retry, Status, Unsure, Verdict, VoidReason
from gateway.store import JobKind, JobRecord

from .conversation import PHOTO, answer, asked, asks, file, given, hand_in, jobs, later, open_ticket, rounds, says, states, steps, told
from .harness import NOTHING_THERE, Desk, came_to, report
from .test_tracking import push


async def on_its_way(desk: Desk, *answers: Verdict) -> str:
    """A case whose answer to the notice was given, and came to the first of these."""
    desk.partner.script["supplement"] = [came_to(verdict) for verdict in answers]
    number = await asked(desk)
    await hand_in(desk, number)
    await desk.work()
    return number


def sent(desk: Desk) -> int:
    """How often the answer was sent."""
    return steps(desk.partner).count("supplement")


async def test_a_lost_answer_while_the_partner_still_waits_is_sent_exactly_once_more(desk: Desk) -> None:
    """Unsure; the query still says 40 of the same moment: it surely did not arrive."""
    number = await on_its_way(desk, Unsure("outbound.timeout"), Received())
    assert (await desk.case(number)).status is Status.SUPPLEMENT_SENT
    assert await told(desk, number) == ["supplement-asked"]
    await later(desk, 1)
    assert steps(desk.partner)[-3:] == ["supplement", "query", "supplement"]
    assert await states(desk, number) == ["received"]
    await later(desk, 120)
    assert sent(desk) == 2
    assert await told(desk, number) == ["supplement-asked", "supplement-received"]


@pytest.mark.parametrize(("status", "code"), [(Status.PRECHECK, "7"), (Status.ACCEPTED, "3"), (Status.APPROVED, "11")])
async def test_a_lost_answer_is_not_sent_again_when_the_partner_moved_on(desk: Desk, status: Status, code: str) -> None:
    """The query says that it has what it waited for: received, by what it then did, in this order, and nothing is sent twice."""
    number = await on_its_way(desk, Unsure("outbound.timeout"), Received())
    desk.partner.script["query"] = [says(status, code, minutes=6)]
    await later(desk, 1)
    await later(desk, 120)
    assert sent(desk) == 1
    assert await told(desk, number) == ["supplement-asked", "supplement-received"]
    assert (await desk.statuses(number))[-1] == status.value
    assert await states(desk, number) == ["received"]


async def test_a_lost_answer_and_a_new_notice_is_not_sent_again(desk: Desk) -> None:
    """40 of a newer moment: the partner asks for something else now, which the hall must hear."""
    number = await on_its_way(desk, Unsure("outbound.timeout"), Received())
    desk.partner.script["query"] = [came_to(Received("P-1"), asks(PHOTO, minutes=6))]
    await later(desk, 1)
    assert sent(desk) == 1
    assert await states(desk, number) == ["received", "open"]
    assert (await desk.statuses(number))[-1] == "40"


@pytest.mark.parametrize(
    "found", [NOTHING_THERE, came_to(Received("P-1")), came_to(Received("P-1"), report(None, "77")), came_to(Retry("busy"))]
)
async def test_while_the_query_proves_nothing_the_answer_stays_in_doubt(desk: Desk, found: object) -> None:
    """Unknown there, no status, an unknown code, no answer: it is asked again and again, nothing is sent, the case stays at 41."""
    number = await on_its_way(desk, Unsure("outbound.timeout"), Received())
    desk.partner.script["query"] = [found]  # type: ignore[list-item]
    for _ in range(4):
        await later(desk, 2)
    assert sent(desk) == 1
    assert steps(desk.partner).count("query") >= 3
    assert (await desk.case(number)).status is Status.SUPPLEMENT_SENT
    assert await states(desk, number) == ["sent"]


async def test_the_partner_is_not_asked_before_the_lost_call_must_be_over(desk: Desk) -> None:
    """ "Still waiting" while the call may still be at work would prove nothing."""
    await on_its_way(desk, Unsure("outbound.timeout"), Received())
    asked_before = steps(desk.partner).count("query")
    await later(desk, 0.2)
    assert steps(desk.partner).count("query") == asked_before
    await later(desk, 0.2)
    assert sent(desk) == 2


async def test_a_partner_that_takes_a_repetition_is_simply_sent_to_again(desk: Desk) -> None:
    """resend: idempotent."""
    desk.partner.resend = "idempotent"
    number = await on_its_way(desk, Unsure("outbound.timeout"), Received())
    await later(desk, 1)
    assert steps(desk.partner)[-2:] == ["supplement", "supplement"]
    assert await states(desk, number) == ["received"]


async def in_doubt(desk: Desk) -> str:
    """A case of a partner that cannot be asked: a person must decide whether the answer arrived."""
    desk.partner.resend = "ask-a-person"
    number = await on_its_way(desk, Unsure("outbound.timeout"), Received())
    await later(desk, 1)
    assert await desk.tickets() == [("unsure", "answer-lost")]
    assert (await jobs(desk))[("deliver", "somewhere")] == (0, 0, 1)
    return number


async def test_a_person_who_learned_that_the_answer_did_not_arrive_lets_it_be_sent_again(desk: Desk) -> None:
    """run_again: once more, and no new doubt about the old call."""
    number = await in_doubt(desk)
    ticket = await open_ticket(desk)
    assert await desk.store.write(lambda tx: run_again(tx, ticket, desk.clock.now()))
    await desk.work()
    assert sent(desk) == 2
    assert await states(desk, number) == ["received"]


async def test_a_person_who_learned_that_the_answer_arrived_enters_it(desk: Desk) -> None:
    """enter_received: the round is received, the hall hears it, the case keeps its number, and nothing is sent."""
    number = await in_doubt(desk)
    ticket = await open_ticket(desk)
    assert await desk.store.write(lambda tx: enter_received(tx, ticket, "P-1", desk.clock.now()))
    await desk.work()
    await later(desk, 60)
    assert sent(desk) == 1
    assert await states(desk, number) == ["received"]
    assert desk.listener.heard[-1]["type"] == "case.supplement-received"
    assert (await desk.case(number)).partner_number == "P-1"
    assert not await desk.store.write(lambda tx: enter_received(tx, ticket, "P-1", desk.clock.now())), "no answer is missing any more"
    assert await told(desk, number) == ["supplement-asked", "supplement-received"]


async def test_an_answer_that_was_refused_cannot_be_entered_as_received(desk: Desk) -> None:
    """Somebody enters what the partner took back: the round waits for the hall."""
    number = await in_doubt(desk)
    ticket = await open_ticket(desk)
    await desk.store.write(lambda tx: run_again(tx, ticket, desk.clock.now()))
    desk.partner.script["supplement"] = [came_to(Refused(None, "不清"))]
    await desk.work()
    assert not await desk.store.write(lambda tx: enter_received(tx, ticket, "P-1", desk.clock.now()))
    assert await states(desk, number) == ["open"]


async def test_a_process_that_died_in_the_call_is_followed_by_a_question(desk: Desk) -> None:
    """Begun and never ended: like a lost answer, not like one that was never tried."""
    desk.partner.script["supplement"] = [came_to(Received())]
    number = await asked(desk)
    await hand_in(desk, number)
    case = await desk.case(number)
    await desk.store.write(lambda tx: tx.attempts.begin(case.id, "supplement", "somewhere", "hash-1", desk.clock.now(), "dead", round=1))
    await later(desk, 1)
    assert steps(desk.partner)[-2:] == ["query", "supplement"]
    assert await states(desk, number) == ["received"]


async def test_a_call_of_an_earlier_round_puts_no_doubt_on_a_later_one(desk: Desk) -> None:
    """The first answer was lost, and a second notice came: its own answer goes at once."""
    number = await on_its_way(desk, Unsure("outbound.timeout"), Received())
    at = "2026-11-20T10:06:00+08:00"
    await push(desk, our=number, theirs="P-1", code="6", status="40", at=at, items=[["1", "户口簿", None]])
    await hand_in(desk, number, answer(answers=[], materials=[file()]), key="s-2")
    await desk.work()
    assert steps(desk.partner)[-2:] == ["supplement", "supplement"]
    supplement = given(desk.partner, "supplement").supplement
    assert supplement is not None
    assert supplement.round == 2
    assert await states(desk, number) == ["closed", "received"]
    assert ("answer-overtaken", "report") in await desk.tickets()


async def test_an_answer_that_surely_did_not_arrive_follows_the_schedule(desk: Desk) -> None:
    """Retry: no question, the stored schedule."""
    number = await on_its_way(desk, Retry("http-503"), Received())
    before = steps(desk.partner).count("query")
    await later(desk, 1)
    assert sent(desk) == 2
    assert steps(desk.partner).count("query") == before
    assert await states(desk, number) == ["received"]


async def test_an_exhausted_answer_waits_for_a_person_at_41(desk: Desk) -> None:
    """Three working days of a dead partner: the job is parked with one ticket, the case stays where the hall brought it, and may go on."""
    number = await on_its_way(desk, Retry("outbound.connect"))
    desk.partner.script["query"] = [came_to(Retry("outbound.connect"))]
    for _ in range(20):
        await later(desk, 7 * 60)
    assert (await desk.case(number)).status is Status.SUPPLEMENT_SENT
    assert await desk.tickets() == [("exhausted", "outbound.connect")]
    assert (await jobs(desk))[("deliver", "somewhere")] == (0, 0, 1)
    ticket = await open_ticket(desk)
    desk.partner.script["supplement"] = [came_to(Received())]
    assert await desk.store.write(lambda tx: run_again(tx, ticket, desk.clock.now()))
    await desk.work()
    assert await states(desk, number) == ["received"]
    assert (await desk.case(number)).status is Status.SUPPLEMENT_SENT


async def test_an_answer_waits_while_the_partner_is_held(desk: Desk) -> None:
    """Bad credentials: one alert, and it goes when the partner is back."""
    number = await on_its_way(desk, Hold("http-401"), Received())
    assert await desk.tickets() == [("partner-held:somewhere", "http-401")]
    assert (await desk.case(number)).status is Status.SUPPLEMENT_SENT
    await later(desk, 16)
    assert sent(desk) == 2
    assert await states(desk, number) == ["received"]


@pytest.mark.parametrize("verdict", [Received(), Refused(None, "无待补正"), Unsure("reset"), Retry("busy")])
async def test_t18_a_push_that_ends_the_supplement_during_our_call_weighs_more(desk: Desk, verdict: Verdict) -> None:
    """7 (41 → 30) comes while the answer is out: whatever becomes of the call, the case does not go back and nothing is sent again."""
    desk.partner.script["supplement"] = [came_to(verdict)]
    number = await asked(desk)
    await hand_in(desk, number)

    async def speak(step: str) -> None:
        if step == "supplement":
            await push(desk, our=number, theirs="P-1", code="7", status="30", at="2026-11-20T10:06:00+08:00")

    desk.partner.during = speak
    await desk.work()
    desk.partner.during = None
    desk.partner.script["query"] = [says(Status.PRECHECK, "7", minutes=6)]
    for _ in range(3):
        await later(desk, 30)
    assert sent(desk) == 1
    assert await desk.statuses(number) == ["10", "20", "21", "40", "41", "30"]
    assert await states(desk, number) == ["received" if isinstance(verdict, Received) else "closed"]
    assert ("deliver", "somewhere") not in await jobs(desk)
    assert await desk.tickets() == []


async def test_a_refusal_that_comes_after_a_void_reopens_nothing(desk: Desk) -> None:
    """The case ended while the answer was out."""
    from gateway.flow import void_case

    desk.partner.script["supplement"] = [came_to(Refused(None, "x"))]
    number = await asked(desk)
    await hand_in(desk, number)

    async def end(step: str) -> None:
        case = await desk.case(number)
        await desk.store.write(lambda tx: void_case(tx, tx.cases.lock(case.id), VoidReason.MISTAKEN, "长政函1号", desk.clock.now()))

    desk.partner.during = end
    await desk.work()
    assert (await desk.statuses(number))[-1] == "93"
    assert await desk.tickets() == []
    assert await jobs(desk) == {}


async def test_who_lost_the_job_sends_no_answer(desk: Desk) -> None:
    """The lease ran out during the call: what the zombie heard is a fact, and the new owner finds nothing to send."""
    desk.partner.script["supplement"] = [came_to(Received())]
    number = await asked(desk)
    await hand_in(desk, number)
    zombie = next(job for job in await desk.claim() if job.kind == JobKind.DELIVER)
    owners: list[JobRecord] = []

    async def overtaken(step: str) -> None:
        desk.partner.during = None
        desk.clock.pass_(minutes=2)
        owners.extend(job for job in await desk.claim() if job.kind == JobKind.DELIVER)

    desk.partner.during = overtaken
    await deliver(desk.ctx, zombie)
    (owner,) = owners
    await deliver(desk.ctx, owner)
    assert sent(desk) == 1
    assert await told(desk, number) == ["supplement-asked", "supplement-received"]


async def test_an_answer_that_was_overtaken_before_it_left_is_not_sent(desk: Desk) -> None:
    """Handed in elsewhere between the hall's answer and our call: nothing leaves."""
    desk.partner.script["supplement"] = [came_to(Received())]
    number = await asked(desk)
    await hand_in(desk, number)
    await push(desk, our=number, theirs="P-1", code="3", status="50", at="2026-11-20T10:06:00+08:00")
    await desk.work()
    assert sent(desk) == 0
    assert await states(desk, number) == ["closed"]


async def test_a_folder_that_lost_the_step_drops_no_answer(desk: Desk) -> None:
    """The hall answered, and then the partner's folder no longer has a way to tell it: a ticket, and it goes when mended."""
    desk.partner.script["supplement"] = [came_to(Received())]
    number = await asked(desk)
    await hand_in(desk, number)
    desk.partner.on_demand = ()
    await desk.work()
    assert await desk.tickets() == [("no-partner", "matter-gone")]
    desk.partner.on_demand = ("supplement",)
    ticket = await open_ticket(desk)
    assert await desk.store.write(lambda tx: run_again(tx, ticket, desk.clock.now()))
    await desk.work()
    assert await states(desk, number) == ["received"]


async def test_what_the_hall_handed_in_is_on_record_with_its_round(desk: Desk) -> None:
    """Also papers that the partner refused: they were handed in, and each says for which round and item."""
    number = await on_its_way(desk, Refused(None, "不清"), Received())
    await hand_in(desk, number, answer(materials=[file(name="清楚.pdf")]), key="s-2")
    await desk.work()
    shown = (await case_document(desk.ctx, desk.hall, number))["materials"]
    assert [(entry["name"], entry["round"]) for entry in shown] == [("身份证.png", 0), ("反面.png", 1), ("清楚.pdf", 1)]
    (record,) = await rounds(desk, number)
    assert record.answered_at is not None
    assert record.received_at is not None
