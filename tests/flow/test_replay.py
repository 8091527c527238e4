"""Replay: the window that one version of a folder parked runs again under the next one, and nothing is sent again blindly."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial

import pytest

from gateway.errors import TongbanError
from gateway.flow import InForce, Left, Replayed, Window, parked_under, replay, run_again
from gateway.model import Exchange, Hold, Outcome, Refused, Retry, Status, Unsure
from gateway.store import AttemptRecord, Tx

from .conversation import OTHER_PLACE, asked, hand_in, open_elsewhere
from .harness import NOTHING_THERE, START, TAKEN, Desk, came_to, draft

BROKEN, MENDED = "hash-1", "hash-2"
REFUSED = came_to(Refused("field-invalid", "x"))
UNREACHED = Outcome(Retry("connect"), Exchange(b"sent", b"", None, perhaps_sent=False))
UNMADE = Outcome(Refused("field-invalid", "x"), Exchange(b"", b"", None, perhaps_sent=False))


def mended(desk: Desk) -> None:
    """The next version of the folder is in force, and some time has passed; calls are counted anew."""
    desk.partner.mapping_hash = MENDED
    desk.partner.calls.clear()
    desk.clock.pass_(minutes=1)


async def submitted(desk: Desk, key: str = "k-1") -> str:
    """A case handed in and worked on."""
    number = (await desk.submit(draft(), key=key)).number
    await desk.work()
    return number


async def replayed(
    desk: Desk, window: Window | None = None, *, mapping: str = MENDED, dry: bool = False, in_force: Mapping[str, InForce] | None = None
) -> list[Replayed]:
    """What becomes of the window."""

    def note(tx: Tx, one: Replayed) -> None:
        tx.audit.append("an", "case.replayed", one.case.number, {}, desk.clock.now())

    if in_force is None:
        in_force = {desk.partner.name: InForce(mapping, desk.partner.resend, desk.partner)}
    window = window or Window(BROKEN, START - timedelta(days=1))
    return await replay(desk.store, window, in_force, by="an", now=desk.clock.now(), note=None if dry else note)


async def acts(desk: Desk) -> list[str]:
    """The cases that were noted as replayed."""
    records = await desk.store.read(lambda tx: tx.audit.list(limit=100))
    return sorted(record.subject for record in records if record.action == "case.replayed")


async def test_the_window_of_a_hash_runs_again_with_the_folder_in_force(desk: Desk) -> None:
    """Refused under the old folder; the partner, asked first, has nothing; then sent once under the new one, each attempt with its hash.

    Tickets are closed by name, the cases carry the new hash.
    """
    desk.partner.script["submit"] = [REFUSED, REFUSED, TAKEN]
    numbers = sorted([await submitted(desk, "k-1"), await submitted(desk, "k-2")])
    mended(desk)
    told = await replayed(desk)
    assert [(one.case.number, one.left, one.asks, one.same) for one in told] == [(number, None, True, False) for number in numbers]
    assert await acts(desk) == numbers
    assert await desk.tickets() == []
    await desk.work()
    for number in numbers:
        case = await desk.case(number)
        assert (case.status, case.mapping_hash) == (Status.DISPATCHED, MENDED)
        attempts = await desk.store.read(partial(of_case, case.id))
        assert [(attempt.step, attempt.verdict, attempt.mapping_hash) for attempt in attempts] == [
            ("submit", "refused", BROKEN),
            ("query", "refused", MENDED),
            ("submit", "received", MENDED),
        ]
    assert await replayed(desk) == []


async def read_as_refused(desk: Desk) -> str:
    """A case that the partner took, while a wrong verdict row of the folder read its answer as a refusal; parked."""
    desk.partner.script["submit"] = [REFUSED, TAKEN]
    return await submitted(desk)


async def exhausted(desk: Desk, *outcomes: Outcome) -> str:
    """A case with all its tries used up; the last outcome repeats."""
    desk.partner.script["submit"] = list(outcomes)
    number = (await desk.submit()).number
    for _ in range(40):
        await desk.work()
        if any(kind == "exhausted" for kind, _ in await desk.tickets()):
            break
        desk.clock.pass_(hours=12)
    desk.partner.script["submit"] = [TAKEN]
    desk.partner.calls.clear()
    return number


async def exhausted_by_lost_answers(desk: Desk) -> str:
    """Under a folder that said a repeated submission does no harm: one answer was lost, then the partner could not be reached."""
    desk.partner.resend = "idempotent"
    number = await exhausted(desk, came_to(Retry("reset")), UNREACHED)
    desk.partner.resend = "query"
    return number


@pytest.mark.parametrize("parked", [read_as_refused, exhausted_by_lost_answers])
async def test_what_the_partner_has_is_never_sent_again(desk: Desk, parked: Callable[[Desk], Awaitable[str]]) -> None:
    """What another version of the folder made of the answer proves nothing: the partner is asked, has it, and nothing is sent."""
    number = await parked(desk)
    mended(desk)
    desk.partner.script["query"] = [TAKEN]
    (one,) = await replayed(desk)
    assert (one.left, one.asks) == (None, True)
    await desk.work()
    assert [step for step, _ in desk.partner.calls] == ["query"]
    case = await desk.case(number)
    assert (case.status, case.partner_number) == (Status.DISPATCHED, "P-1")


@pytest.mark.parametrize("parked", [read_as_refused, exhausted_by_lost_answers])
async def test_what_the_partner_perhaps_has_is_a_persons_where_it_cannot_be_asked(
    desk: Desk, parked: Callable[[Desk], Awaitable[str]]
) -> None:
    """The replay leaves it; retried by hand all the same, it waits once more, until a person says that nothing is there."""
    number = await parked(desk)
    mended(desk)
    desk.partner.resend = "ask-a-person"
    (one,) = await replayed(desk)
    assert (one.case.number, one.left, one.asks) == (number, Left.PERHAPS_THERE, False)
    assert (await desk.work(), await acts(desk), desk.partner.calls) == ([], [], [])
    await retried(desk)
    assert await desk.tickets() == [("unsure", "folder-changed")]
    assert desk.partner.calls == []
    assert [one.left for one in await replayed(desk, dry=True)] == [Left.PERHAPS_THERE]
    await retried(desk)
    assert [step for step, _ in desk.partner.calls] == ["submit"]
    assert (await desk.case(number)).status is Status.DISPATCHED


async def test_a_folder_that_takes_repetitions_gets_one(desk: Desk) -> None:
    """resend: idempotent says that a second submission has no second effect."""
    await read_as_refused(desk)
    mended(desk)
    desk.partner.resend = "idempotent"
    (one,) = await replayed(desk)
    assert (one.left, one.asks) == (None, False)
    await desk.work()
    assert [step for step, _ in desk.partner.calls] == ["submit"]


@pytest.mark.parametrize(
    "surely_not_taken",
    [came_to(Retry("busy")), came_to(Hold("credentials")), UNREACHED, UNMADE],
    ids=["busy", "credentials", "unreached", "unmade"],
)
@pytest.mark.parametrize("resend", ["query", "ask-a-person"])
async def test_what_surely_was_not_taken_is_sent_without_a_question(desk: Desk, surely_not_taken: Outcome, resend: str) -> None:
    """No byte left, or HTTP itself turned it away: no version of a folder can have misread that, parked or on its way."""
    desk.partner.script["submit"] = [surely_not_taken, TAKEN]
    await submitted(desk)
    mended(desk)
    desk.partner.resend = resend
    for one in await replayed(desk):
        assert (one.left, one.asks) == (None, False)
    desk.clock.pass_(hours=1)
    await desk.work()
    assert [step for step, _ in desk.partner.calls] == ["submit"]


async def test_a_case_on_its_way_is_asked_after_too_when_its_folder_changes(desk: Desk) -> None:
    """No replay is needed for that; once asked, its further tries under the new folder go without."""
    desk.partner.script["submit"] = [came_to(Retry("partner-asks"))] * 2 + [TAKEN]
    number = (await desk.submit()).number
    await desk.work()
    mended(desk)
    for _ in range(2):
        desk.clock.pass_(hours=1)
        await desk.work()
    assert [step for step, _ in desk.partner.calls] == ["query", "submit", "submit"]
    assert (await desk.case(number)).status is Status.DISPATCHED


async def test_what_was_said_for_another_place_is_no_doubt_about_this_one(desk: Desk) -> None:
    """Forwarded within one system, which knows the number from before: the new place has nothing yet, and must get it."""
    await open_elsewhere(desk)
    desk.partner.regions = ("220000", "520000")
    desk.ctx = dataclasses.replace(desk.ctx, partners={desk.partner.name: desk.partner})

    async def passing(_step: str) -> None:
        desk.clock.pass_(seconds=1)

    desk.partner.during = passing
    elsewhere = came_to(Refused("not-competent", "x", competent=OTHER_PLACE))
    desk.partner.script = {"submit": [elsewhere, UNREACHED, TAKEN], "query": [TAKEN]}
    number = await submitted(desk)
    assert (await desk.case(number)).destination == OTHER_PLACE
    mended(desk)
    await desk.work()
    assert [step for step, _ in desk.partner.calls] == ["submit"]


async def retried(desk: Desk) -> None:
    """A person closes the one open ticket by letting its job run again."""
    (ticket,) = await desk.store.read(lambda tx: tx.tickets.list(open_only=True))
    await desk.store.write(lambda tx: tx.tickets.close(ticket.id, "an", START, "retried") and run_again(tx, ticket, desk.clock.now()))
    await desk.work()


def of_case(case: int, tx: Tx) -> list[AttemptRecord]:
    """All attempts of the case."""
    return tx.attempts.of_case(case)


async def test_a_dry_run_tells_the_same_and_changes_nothing(desk: Desk) -> None:
    """The job stays parked, the ticket open, the audit chain as it was."""
    desk.partner.script["submit"] = [REFUSED]
    number = await submitted(desk)
    (dry,) = await replayed(desk, dry=True)
    assert (dry.case.number, dry.left) == (number, None)
    assert (await desk.tickets(), await acts(desk), await desk.work()) == ([("refused", "field-invalid")], [], [])
    (done,) = await replayed(desk)
    assert (done.case, done.tickets) == (dry.case, dry.tickets)


@pytest.mark.parametrize(
    ("window", "found"),
    [
        (Window(BROKEN, START), 1),
        (Window("hash", START, START + timedelta(seconds=1), "somewhere"), 1),
        (Window(BROKEN, START + timedelta(seconds=1)), 0),
        (Window(BROKEN, START - timedelta(days=1), START), 0),
        (Window(BROKEN, START, partner="elsewhere"), 0),
        (Window(MENDED, START), 0),
        (Window("%ash-1", START), 0),
    ],
)
async def test_only_the_window_is_touched(desk: Desk, window: Window, found: int) -> None:
    """Another hash, another time, another partner: not concerned. A hash's beginning is text, never a pattern."""
    desk.partner.script["submit"] = [REFUSED]
    await submitted(desk)
    assert len(await replayed(desk, window)) == found
    assert len(await desk.tickets()) == 1 - found
    assert len(await parked_under(desk.store, window.mapping)) == (0 if found or window.mapping in (MENDED, "%ash-1") else 1)


async def test_what_was_tried_again_under_another_folder_is_no_longer_of_the_old_one(desk: Desk) -> None:
    """The latest attempt tells the hash; a beginning that both share names neither."""
    desk.partner.script["submit"] = [REFUSED]
    await submitted(desk, "k-1")
    again = await submitted(desk, "k-2")
    mended(desk)
    case = await desk.case(again)
    (ticket,) = await desk.store.read(lambda tx: tx.tickets.open_of(case.id))
    await desk.store.write(lambda tx: tx.tickets.close(ticket.id, "an", START, "retried") and run_again(tx, ticket, START))
    await desk.work()
    assert [one.case.number for one in await replayed(desk, Window(MENDED, START), dry=True)] == [again]
    with pytest.raises(TongbanError, match=r"replay\.ambiguous") as caught:
        await replayed(desk, Window("hash-", START))
    assert caught.value.places == (BROKEN, MENDED)
    assert len(await desk.tickets()) == 2


async def lost(desk: Desk) -> str:
    """A case whose answer was lost, parked for a person."""
    desk.partner.resend = "ask-a-person"
    desk.partner.script["submit"] = [came_to(Unsure("outbound.reset")), TAKEN]
    number = await submitted(desk)
    desk.clock.pass_(hours=1)
    await desk.work()
    assert await desk.tickets() == [("unsure", "answer-lost")]
    return number


async def test_a_lost_answer_is_left_to_a_person_where_the_partner_cannot_be_asked(desk: Desk) -> None:
    """Nothing is sent, nothing closed."""
    number = await lost(desk)
    (one,) = await replayed(desk)
    assert (one.case.number, one.left) == (number, Left.PERHAPS_THERE)
    assert (await desk.tickets(), await desk.work(), await acts(desk)) == ([("unsure", "answer-lost")], [], [])


@pytest.mark.parametrize("there", [True, False])
async def test_a_lost_answer_is_asked_after_before_anything_is_sent_again(desk: Desk, there: bool) -> None:
    """The folder in force may ask: then the query comes first, and the case is sent again only when the partner surely has nothing."""
    number = await lost(desk)
    desk.partner.resend, desk.partner.script["query"] = "query", [TAKEN if there else NOTHING_THERE]
    desk.partner.calls.clear()
    (one,) = await replayed(desk)
    assert (one.left, one.asks) == (None, True)
    await desk.work()
    assert [step for step, _ in desk.partner.calls] == (["query"] if there else ["query", "submit"])
    assert (await desk.case(number)).status is Status.DISPATCHED


async def test_what_has_no_folder_now_stays_parked(desk: Desk) -> None:
    """Neither when the partner is gone, nor when it no longer has the matter; with the folder back, the case goes out.

    It is a case of the version that lacked the matter, not of the one at its counter.
    """
    number = (await desk.submit()).number
    desk.partner.offers, desk.partner.mapping_hash = (), "hash-0"
    await desk.work()
    assert await desk.tickets() == [("no-partner", "matter-gone")]
    lacking = Window("hash-0", START)
    for in_force in ({}, {desk.partner.name: InForce(MENDED, "query", desk.partner)}):
        (one,) = await replayed(desk, lacking, in_force=in_force)
        assert (one.case.number, one.left, one.case.attempt) == (number, Left.NO_FOLDER, None)
    desk.partner.offers, desk.partner.mapping_hash = ("submit",), BROKEN
    assert await replayed(desk) == []
    (one,) = await replayed(desk, lacking, mapping=BROKEN)
    assert (one.left, one.same) == (None, False)
    await desk.work()
    case = await desk.case(number)
    assert (case.status, case.mapping_hash) == (Status.DISPATCHED, BROKEN)


async def test_only_a_message_that_was_made_can_be_the_same(desk: Desk) -> None:
    """A case refused by the version in force would be again; one that waited for its partner's folder finds it."""
    desk.partner.script["submit"] = [REFUSED]
    refused = await submitted(desk, "k-1")
    waiting = (await desk.submit(key="k-2")).number
    there, desk.ctx = desk.ctx, dataclasses.replace(desk.ctx, partners={})
    await desk.work()
    desk.ctx = there
    told = await replayed(desk, mapping=BROKEN)
    assert {one.case.number: (one.left, one.same, one.asks) for one in told} == {
        refused: (None, True, False),
        waiting: (None, False, False),
    }


async def test_an_answer_to_a_notice_waits_for_a_folder_that_carries_it(desk: Desk) -> None:
    """The partner has the case already; its folder no longer has the step for supplements."""
    number = await asked(desk)
    await hand_in(desk, number)
    desk.partner.on_demand, desk.partner.mapping_hash = ("withdraw",), "hash-0"
    await desk.work()
    window = Window("hash-0", START)
    (one,) = await replayed(desk, window, mapping="hash-0")
    assert (one.case.number, one.left) == (number, Left.NO_FOLDER)
    desk.partner.on_demand, desk.partner.mapping_hash = ("supplement", "withdraw"), BROKEN
    (one,) = await replayed(desk, window, mapping=BROKEN)
    assert (one.left, one.asks) == (None, False)
    await desk.work()
    assert desk.partner.said("supplement") == [number]


async def test_what_a_person_has_settled_is_not_reopened(desk: Desk) -> None:
    """A ticket closed by hand leaves its job parked for good: its case was helped otherwise."""
    desk.partner.script["submit"] = [REFUSED]
    number = await submitted(desk)
    case = await desk.case(number)
    (ticket,) = await desk.store.read(lambda tx: tx.tickets.open_of(case.id))
    await desk.store.write(lambda tx: tx.tickets.close(ticket.id, "an", START, "已线下办理"))
    assert [one.left for one in await replayed(desk)] == [Left.SETTLED]
    assert await desk.work() == []


async def test_an_exhausted_case_has_all_its_tries_again(desk: Desk) -> None:
    """Its partner was dead for three working days; the replay gives it as long once more."""
    number = await exhausted(desk, UNREACHED)
    desk.partner.script["submit"] = [UNREACHED, TAKEN]
    assert [one.left for one in await replayed(desk)] == [None]
    await desk.work()
    desk.clock.pass_(minutes=5)
    await desk.work()
    assert (await desk.case(number)).status is Status.DISPATCHED


async def test_two_replays_at_once_run_a_case_once(desk: Desk) -> None:
    """Whoever comes second finds it no longer parked; one line in the audit chain, one job, one submission."""
    desk.partner.script["submit"] = [REFUSED, TAKEN]
    number = await submitted(desk)
    both = await asyncio.gather(replayed(desk), replayed(desk))
    assert sorted(len([one for one in told if one.left is None]) for told in both) == [0, 1]
    assert {one.left for told in both for one in told} <= {None, Left.TAKEN}
    await desk.work()
    assert await acts(desk) == [number]
    assert desk.partner.said("submit") == [number, number]
