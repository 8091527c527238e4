"""The folder changes while a case is on its way: what is perhaps there, what is another message, what a withdrawal makes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.flow import InForce, Window, replay, run_again
from gateway.model import CaseFacts, Exchange, Fault, Outcome, Received, Refused, Report, Retry, Status, Unsure, Verdict, fault

from .conversation import PHOTO, asked, asks, hand_in, later, open_ticket, says, states, steps, told, withdraw
from .harness import NOTHING_THERE, START, TAKEN, Desk, ScriptedPartner, came_to, report

BROKEN, MENDED = "hash-1", "hash-2"
REFUSED = came_to(Refused("field-invalid", "x"))
ASKED_AGAIN = came_to(Retry("partner-asks"))
UNREACHED = Outcome(Retry("connect"), Exchange(b"sent", b"", None, perhaps_sent=False))
UNDER_WAY = came_to(Received("P-1"), report(Status.PRECHECK, "2"))


def mended(desk: Desk) -> None:
    """The next version is in force; calls are counted anew."""
    desk.partner.mapping_hash = MENDED
    desk.partner.calls.clear()
    desk.clock.pass_(minutes=1)


async def replayed(desk: Desk, mapping: str = BROKEN) -> list[bool]:
    """Whether each parked case of the version ran again."""
    in_force = {desk.partner.name: InForce(desk.partner.mapping_hash, desk.partner.resend, desk.partner)}
    window = Window(mapping, START - timedelta(days=1))
    now = desk.clock.now()
    return [one.left is None for one in await replay(desk.store, window, in_force, by="an", now=now, note=lambda tx, one: None)]


async def retried(desk: Desk) -> None:
    """A person closes the one open ticket by letting its job run again."""
    ticket = await open_ticket(desk)
    await desk.store.write(lambda tx: tx.tickets.close(ticket.id, "an", START, "retried") and run_again(tx, ticket, desk.clock.now()))
    await desk.work()


async def half_way(desk: Desk, attached: Outcome, *, number: str | None = "P-1") -> str:
    """A case that was submitted, and whose next step came to this."""
    desk.partner.offers = ("submit", "attach")
    desk.partner.script["submit"] = [came_to(Received(number))]
    desk.partner.script["attach"] = [attached, TAKEN]
    case = (await desk.submit()).number
    await desk.work()
    return case


@pytest.mark.parametrize("attached", [REFUSED, ASKED_AGAIN], ids=["refused", "asked-again"])
@pytest.mark.parametrize("found", [TAKEN, UNDER_WAY], ids=["there", "under-way"])
async def test_a_case_that_is_there_is_no_proof_of_a_later_step(desk: Desk, attached: Outcome, found: Outcome) -> None:
    """The query finds what the first step made; what the other version called refused, or asked to come again, is sent."""
    number = await half_way(desk, attached)
    mended(desk)
    desk.partner.script["query"] = [found]
    if attached is REFUSED:
        assert await replayed(desk) == [True]
    await later(desk, 60)
    assert steps(desk.partner)[:2] == ["query", "attach"]
    assert steps(desk.partner).count("attach") == 1
    assert (await desk.case(number)).partner_number == "P-1"


async def test_a_case_that_was_taken_up_lacks_nothing(desk: Desk) -> None:
    """The authority has accepted it: the later step is there, and is not sent twice."""
    number = await half_way(desk, REFUSED)
    mended(desk)
    desk.partner.script["query"] = [says(Status.ACCEPTED, "3", minutes=1)]
    assert await replayed(desk) == [True]
    await desk.work()
    assert steps(desk.partner) == ["query"]
    assert (await desk.case(number)).status is Status.ACCEPTED


@pytest.mark.parametrize(
    ("attached", "number", "ticket"),
    [
        (came_to(Unsure("reset")), "P-1", ("unsure", "answer-lost")),
        (REFUSED, None, ("unsure", "folder-changed")),
    ],
    ids=["lost", "unnumbered"],
)
async def test_of_a_later_step_that_may_be_there_a_person_is_asked(
    desk: Desk, attached: Outcome, number: str | None, ticket: tuple[str, str]
) -> None:
    """Its answer was lost, or nobody knows which step made the case: nothing is sent, until somebody says that it is not there."""
    case = await half_way(desk, attached, number=number)
    mended(desk)
    desk.partner.script["query"] = [TAKEN]
    if attached is REFUSED:
        assert await replayed(desk) == [True]
    await later(desk, 60)
    assert (steps(desk.partner), await desk.tickets()) == (["query"], [ticket])
    await retried(desk)
    assert steps(desk.partner) == ["query", "attach"]
    assert (await desk.case(case)).status is Status.DISPATCHED


async def test_of_a_later_step_a_person_is_asked_where_the_partner_cannot_be(desk: Desk) -> None:
    """resend: ask-a-person."""
    desk.partner.resend = "ask-a-person"
    await half_way(desk, ASKED_AGAIN)
    mended(desk)
    await later(desk, 60)
    assert (steps(desk.partner), await desk.tickets()) == ([], [("unsure", "folder-changed")])


async def answered_anew(desk: Desk) -> str:
    """A case whose answer to a notice was refused, and given anew once the folder was mended."""
    desk.partner.script["supplement"] = [REFUSED, came_to(Received())]
    number = await asked(desk)
    await hand_in(desk, number)
    await desk.work()
    assert (await desk.case(number)).status is Status.SUPPLEMENT_REQUIRED
    mended(desk)
    desk.partner.script["query"] = [came_to(Received("P-1"), asks(PHOTO, minutes=5.5))]
    await hand_in(desk, number, key="s-2")
    return number


@pytest.mark.parametrize("resend", ["query", "ask-a-person"])
async def test_an_answer_given_anew_is_another_message(desk: Desk, resend: str) -> None:
    """What became of the one before it is no doubt about this one: it is sent, unasked, and counts as received once it is."""
    desk.partner.resend = resend
    number = await answered_anew(desk)
    await desk.work()
    assert steps(desk.partner) == ["supplement"]
    assert (await states(desk, number))[0] == "received"


async def test_a_notice_from_before_the_answer_still_waits_for_it(desk: Desk) -> None:
    """The answer given anew is lost; the notice was reissued after the first was refused, before it: it surely did not arrive."""
    desk.partner.script["supplement"] = [came_to(Unsure("reset")), came_to(Received())]
    number = await asked(desk)
    await hand_in(desk, number)
    desk.partner.script["query"] = [came_to(Received("P-1"), asks(PHOTO, minutes=4))]
    await later(desk, 1)
    await later(desk, 1)
    assert steps(desk.partner).count("supplement") == 2
    assert "supplement-received" in await told(desk, number)


async def test_what_a_person_says_did_not_arrive_is_withdrawn_at_once(desk: Desk) -> None:
    """Asked by other means, the partner has nothing; the next call reached nobody: it is the gateway's alone."""
    desk.partner.resend = "ask-a-person"
    desk.partner.script["submit"] = [came_to(Unsure("reset")), UNREACHED]
    number = (await desk.submit()).number
    await desk.work()
    await later(desk, 1)
    assert await desk.tickets() == [("unsure", "answer-lost")]
    await retried(desk)
    assert steps(desk.partner) == ["submit", "submit"]
    assert (await withdraw(desk, number))["confirmed"]


@pytest.mark.parametrize("lost", [1, 2])
async def test_what_the_partner_says_it_does_not_have_is_withdrawn(desk: Desk, lost: int) -> None:
    """Answers were lost under a folder that says repeating does no harm; the next one asks, and nothing is sent to be withdrawn."""
    desk.partner.resend = "idempotent"
    desk.partner.script["submit"] = [*[came_to(Retry("reset"))] * lost, TAKEN]
    number = (await desk.submit()).number
    for _ in range(lost):
        await later(desk, 1) if steps(desk.partner) else await desk.work()
    assert steps(desk.partner) == ["submit"] * lost
    mended(desk)
    desk.partner.resend = "query"
    assert not (await withdraw(desk, number))["confirmed"]
    await later(desk, 60)
    assert steps(desk.partner) == ["query"]
    assert (await desk.case(number)).status is Status.WITHDRAWN


@pytest.mark.parametrize("there", [True, False])
async def test_what_another_version_called_refused_is_not_withdrawn_unasked(desk: Desk, there: bool) -> None:
    """Perhaps it was taken: the partner is asked, and withdraws it; or has nothing, and it ends here."""
    desk.partner.script |= {"submit": [REFUSED, TAKEN], "withdraw": [came_to(Received())]}
    number = (await desk.submit()).number
    await desk.work()
    mended(desk)
    desk.partner.script["query"] = [TAKEN if there else NOTHING_THERE]
    assert not (await withdraw(desk, number))["confirmed"]
    await desk.work()
    assert steps(desk.partner) == (["query", "withdraw"] if there else ["query"])
    assert (await desk.case(number)).status is (Status.DISPATCHED if there else Status.WITHDRAWN)


async def test_what_the_version_in_force_reads_as_refused_is_withdrawn_at_once(desk: Desk) -> None:
    """The partner was asked under it, and had nothing."""
    desk.partner.script["submit"] = [REFUSED]
    number = (await desk.submit()).number
    await desk.work()
    mended(desk)
    assert await replayed(desk) == [True]
    await desk.work()
    assert steps(desk.partner) == ["query", "submit"]
    assert (await withdraw(desk, number))["confirmed"]


async def test_a_supplement_whose_matter_is_gone_is_of_the_window_when_that_was_found(desk: Desk) -> None:
    """Its case was submitted a week before the folder that lacks the step."""
    number = await asked(desk)
    desk.clock.pass_(days=7)
    await hand_in(desk, number)
    desk.partner.on_demand, desk.partner.mapping_hash = ("withdraw",), "hash-0"
    await desk.work()
    desk.partner.on_demand, desk.partner.mapping_hash = ("supplement", "withdraw"), BROKEN
    in_force = {desk.partner.name: InForce(BROKEN, "query", desk.partner)}
    for since, found in ((START + timedelta(days=6), [number]), (START + timedelta(days=8), [])):
        window = Window("hash-0", since)
        told = await replay(desk.store, window, in_force, by="an", now=desk.clock.now(), note=None)
        assert [one.case.number for one in told] == found


class Numbering(ScriptedPartner):
    """A partner one of whose steps needs its own number."""

    needing = "attach"

    def prepare(self, step: str, facts: CaseFacts) -> tuple[Fault, ...]:
        return (fault("field.missing", "/partner_number"),) if step == self.needing and facts.partner_number is None else ()


@pytest.mark.parametrize("needing", ["query", "supplement"])
async def test_a_lost_submission_is_found_by_an_answer_without_a_number(desk: Desk, needing: str) -> None:
    """The answer is about the case that was asked for: it is received, its number comes later; unless a step is made with it."""
    partner = Numbering(script={"submit": [came_to(Unsure("reset")), TAKEN]})
    partner.needing = needing
    desk.partner = partner
    desk.ctx = replace(desk.ctx, partners={partner.name: partner})
    desk.intake._ctx = desk.intake.once._ctx = desk.ctx
    number = (await desk.submit()).number
    known = Report(number, None, "2", Status.PRECHECK, START + timedelta(minutes=1))
    partner.script["query"] = [came_to(Received(), known)]
    await desk.work()
    await later(desk, 1)
    case = await desk.case(number)
    assert (case.status, case.partner_number) == (Status.DISPATCHING if needing == "supplement" else Status.PRECHECK, None)
    partner.script["query"] = [came_to(Received("P-1"), replace(known, partner_number="P-1"))]
    await later(desk, 60)
    assert (await desk.case(number)).partner_number == "P-1"
    assert partner.said("submit") == [number]


@pytest.mark.parametrize("verdict", [Received(), Refused("field-invalid", "x")])
async def test_an_answer_that_says_nothing_of_the_case_finds_nothing(desk: Desk, verdict: Verdict) -> None:
    """No number and no status: asked again, nothing is sent."""
    desk.partner.script |= {"submit": [came_to(Unsure("reset")), TAKEN], "query": [came_to(verdict)]}
    number = (await desk.submit()).number
    await desk.work()
    await later(desk, 1)
    assert steps(desk.partner) == ["submit", "query"]
    assert (await desk.case(number)).status is Status.DISPATCHING


async def test_a_later_step_knows_the_number_that_an_earlier_one_gave(desk: Desk) -> None:
    """What is attached to a case goes by the partner's number, long before the submission is whole."""
    await half_way(desk, TAKEN)
    assert [(step, facts.partner_number) for step, facts in desk.partner.calls[:2]] == [("submit", None), ("attach", "P-1")]
