"""Replay: the window that one version of a folder parked runs again under the next one, and nothing is sent again blindly."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from gateway.errors import TongbanError
from gateway.flow import InForce, Left, Replayed, Window, replay, run_again
from gateway.model import Refused, Retry, Status, Unsure
from gateway.store import Tx

from .harness import MATTER, NOTHING_THERE, START, TAKEN, Desk, came_to, draft

BROKEN, MENDED = "hash-1", "hash-2"
REFUSED = came_to(Refused("field-invalid", "x"))


async def submitted(desk: Desk, key: str = "k-1") -> str:
    """A case handed in and worked on."""
    number = (await desk.submit(draft(), key=key)).number
    await desk.work()
    return number


async def replayed(
    desk: Desk, window: Window | None = None, *, resend: str = "query", dry: bool = False, **about: object
) -> list[Replayed]:
    """What becomes of the window."""

    def note(tx: Tx, one: Replayed) -> None:
        tx.audit.append("an", "case.replayed", one.case.number, {}, desk.clock.now())

    folder = InForce(MENDED, resend, about.get("matters", (MATTER,)))  # type: ignore[arg-type]
    in_force: Mapping[str, InForce] = about.get("in_force", {desk.partner.name: folder})  # type: ignore[assignment]
    window = window or Window(BROKEN, START - timedelta(days=1))
    return await replay(desk.store, window, in_force, by="an", now=desk.clock.now(), note=None if dry else note)


async def acts(desk: Desk) -> list[str]:
    """The cases that were noted as replayed."""
    records = await desk.store.read(lambda tx: tx.audit.list(limit=100))
    return sorted(record.subject for record in records if record.action == "case.replayed")


async def test_the_window_of_a_hash_runs_again_with_the_folder_in_force(desk: Desk) -> None:
    """Refused under the old folder, then sent once under the new one; tickets closed by name, case and attempts each with its hash."""
    desk.partner.script["submit"] = [REFUSED, REFUSED, TAKEN]
    numbers = sorted([await submitted(desk, "k-1"), await submitted(desk, "k-2")])
    desk.partner.mapping_hash = MENDED  # type: ignore[misc]
    told = await replayed(desk)
    assert [(one.case.number, one.left, one.asks) for one in told] == [(number, None, False) for number in numbers]
    assert await acts(desk) == numbers
    assert await desk.tickets() == []
    await desk.work()
    for number in numbers:
        case = await desk.case(number)
        assert (case.status, case.mapping_hash) == (Status.DISPATCHED, MENDED)
        attempts = await desk.store.read(lambda tx, case=case: tx.attempts.of_case(case.id))
        assert [(attempt.verdict, attempt.mapping_hash) for attempt in attempts] == [("refused", BROKEN), ("received", MENDED)]
    assert await replayed(desk) == []


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


async def test_what_was_tried_again_under_another_folder_is_no_longer_of_the_old_one(desk: Desk) -> None:
    """The latest attempt tells the hash; a beginning that both share names neither."""
    desk.partner.script["submit"] = [REFUSED]
    await submitted(desk, "k-1")
    again = await submitted(desk, "k-2")
    desk.partner.mapping_hash = MENDED  # type: ignore[misc]
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
    (one,) = await replayed(desk, resend="ask-a-person")
    assert (one.case.number, one.left) == (number, Left.LOST)
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
    """Neither when the partner is gone, nor when it no longer has the matter; with the folder back, the case goes out."""
    desk.partner.offers = ()
    number = await self_parked(desk)
    for about in ({"in_force": {}}, {"matters": ()}):
        (one,) = await replayed(desk, **about)
        assert (one.case.number, one.left, one.case.attempt) == (number, Left.NO_FOLDER, None)
    desk.partner.offers = ("submit",)
    (one,) = await replayed(desk)
    assert one.left is None
    await desk.work()
    assert (await desk.case(number)).status is Status.DISPATCHED


async def self_parked(desk: Desk) -> str:
    """A case handed in while the partner still had the matter."""
    offers, desk.partner.offers = desk.partner.offers, ("submit",)
    number = (await desk.submit()).number
    desk.partner.offers = offers
    await desk.work()
    assert await desk.tickets() == [("no-partner", "matter-gone")]
    return number


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
    desk.partner.script["submit"] = [came_to(Retry("outbound.connect"))]
    number = (await desk.submit()).number
    for _ in range(30):
        await desk.work()
        if ("exhausted", "outbound.connect") in await desk.tickets():
            break
        desk.clock.pass_(hours=12)
    desk.partner.script["submit"] = [came_to(Retry("outbound.connect")), TAKEN]
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
