"""The latest cases of a partner, opened for whoever compares two versions of its folder."""

from dataclasses import replace

from gateway.flow import recent_cases
from gateway.model import SUPPLEMENT, WITHDRAW

from .conversation import asked, hand_in, withdraw
from .harness import Desk, draft


async def test_the_latest_cases_come_first_with_their_facts(desk: Desk) -> None:
    """As many as asked for, of that partner alone, each with what its delivery would have."""
    numbers = [(await desk.submit(draft(), key=f"k-{at}")).number for at in range(3)]
    told = await recent_cases(desk.ctx, desk.partner.name, 2)
    assert [facts[None].number for facts in told] == [numbers[2], numbers[1]]
    assert {facts[None].draft.applicant.name for facts in told} == {"张㛃𠮷"}
    assert [list(facts) for facts in told] == [[None], [None]]
    assert await recent_cases(desk.ctx, "elsewhere", 2) == []


async def test_what_was_said_after_the_submission_is_there_for_its_steps(desk: Desk) -> None:
    """The answer to a notice and the wish to withdraw, each for the step that tells it; the delivery had the very same."""
    number = await asked(desk)
    await hand_in(desk, number)
    await desk.work()
    (facts,) = await recent_cases(desk.ctx, desk.partner.name, 5)
    sent = next(given for step, given in desk.partner.calls if step == SUPPLEMENT)
    shown = facts[SUPPLEMENT].supplement
    assert shown is not None
    assert sent.supplement is not None
    assert replace(shown, materials=()) == replace(sent.supplement, materials=())
    assert facts[None].supplement is None
    await withdraw(desk, number)
    (facts,) = await recent_cases(desk.ctx, desk.partner.name, 5)
    assert facts[WITHDRAW].withdrawal is not None
    assert facts[WITHDRAW].withdrawal.reason == "改去别处办理"
