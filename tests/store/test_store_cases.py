"""Cases and what hangs on them: chained events, documents, visits, results, materials."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from gateway.model import Evidence, Purpose, Status, Visit
from gateway.store import NewVisit, ResultRecord, Store, StoreError, Tx, verify_chain
from gateway.store.tables import case_event

from .parts import HALL, NOW, add_cases, later, material, new_case, new_event

RESULT = ResultRecord(0, b"sealed label", "application/pdf", 3, "a" * 64, "e" * 64, NOW)


async def test_a_case_comes_back_as_it_went_in(store: Store) -> None:
    """Every field survives, moments to the microsecond, and both sealed documents are found."""
    (id,) = await add_cases(store, "KS1")
    case = await store.read(lambda tx: tx.cases.get(id))
    assert case is not None
    sent = new_case("KS1")
    for name in ("number", "origin", "partner", "mode", "status", "status_since", "received_at", "document_sha256", "agreement_document"):
        assert getattr(case, name) == getattr(sent, name)
    assert (case.relayed_seq, case.event_seq, case.event_head, case.handled_at) == (0, 0, b"", None)
    assert await store.read(lambda tx: (tx.cases.document(id), tx.cases.body(id))) == (b"sealed document", b"sealed body")
    assert await store.read(lambda tx: tx.cases.by_number("KS1")) == case
    assert await store.read(lambda tx: tx.cases.by_number("KS2")) is None


async def test_an_unknown_case_has_no_lock_event_or_document(store: Store) -> None:
    """What needs a case says that there is none."""
    for unit in (
        lambda tx: tx.cases.lock(1),
        lambda tx: tx.cases.append_event(1, new_event()),
        lambda tx: tx.cases.document(1),
    ):
        with pytest.raises(StoreError) as caught:
            await store.write(unit)
        assert caught.value.code == "store.unknown-case"


async def test_serials_never_repeat(store: Store) -> None:
    """Concurrent units get different serials."""
    serials = await asyncio.gather(*(store.write(lambda tx: tx.cases.next_serial()) for _ in range(40)))
    assert len(set(serials)) == 40
    assert min(serials) >= 1


async def test_a_partner_number_given_twice_finds_no_case(store: Store) -> None:
    """A number the partner gave to two cases is ambiguous, and a guess could show a stranger's case."""
    one, two = await add_cases(store, "KS1", "KS2")
    await store.write(lambda tx: tx.cases.set_partner_number(one, "N-1", NOW))
    found = await store.read(lambda tx: tx.cases.by_partner_number("north", "N-1"))
    assert found is not None
    assert (found.id, found.dispatched_at) == (one, NOW)
    assert await store.read(lambda tx: tx.cases.by_partner_number("south", "N-1")) is None
    await store.write(lambda tx: tx.cases.set_partner_number(two, "N-1", NOW))
    assert await store.read(lambda tx: tx.cases.by_partner_number("north", "N-1")) is None


async def test_pages_are_stable_while_cases_come_in(store: Store) -> None:
    """Keyset pages, newest first, show each old case once although new ones arrive between them; other halls' never."""
    await store.write(lambda tx: tx.halls.add(replace(HALL, id="window-2")))
    ids = await add_cases(store, *(f"KS{n}" for n in range(7)))
    await add_cases(store, "KS-other", hall_id="window-2")
    seen: list[int] = []
    after = None
    for turn in range(3):
        page = await store.read(lambda tx, after=after: tx.cases.list(HALL.id, after=after, limit=3, status=None))
        seen += [case.id for case in page]
        after = seen[-1]
        await add_cases(store, f"KS-new-{turn}")
    assert seen == ids[::-1]
    await store.write(lambda tx: tx.cases.advance(ids[2], Status.DISPATCHED, NOW))
    page = await store.read(lambda tx: tx.cases.list(HALL.id, after=None, limit=50, status="21"))
    assert [case.id for case in page] == [ids[2]]


async def test_advancing_keeps_what_is_not_given(store: Store) -> None:
    """A later status leaves the decision standing; open cases are counted by status and handled ones are not."""
    one, two = await add_cases(store, "KS1", "KS2")
    await store.write(lambda tx: tx.cases.advance(one, Status.APPROVED, later(hours=1), decision="approved"))
    assert await store.read(lambda tx: tx.cases.open_count_by_status()) == {Status.APPROVED: 1, Status.DISPATCHING: 1}
    await store.write(lambda tx: tx.cases.advance(one, Status.COMPLETED, later(hours=2), handled_at=later(hours=2)))
    case = await store.read(lambda tx: tx.cases.get(one))
    assert case is not None
    assert (case.status, case.status_since, case.decision, case.handled_at) == ("90", later(hours=2), "approved", later(hours=2))
    assert await store.read(lambda tx: tx.cases.open_count_by_status()) == {Status.DISPATCHING: 1}
    assert two != one


async def test_a_lock_serialises_those_who_change_a_case(store: Store) -> None:
    """Of two units that read a case under its lock and write, the second sees what the first wrote."""
    (id,) = await add_cases(store, "KS1")
    await store.write(lambda tx: tx.cases.append_event(id, new_event()))

    def follow(tx: Tx) -> int:
        seq = tx.cases.lock(id).event_seq
        return tx.cases.append_event(id, new_event(detail={"seen": seq}))

    numbers = await asyncio.gather(*(store.write(follow) for _ in range(12)))
    assert sorted(numbers) == list(range(2, 14))
    events = await store.read(lambda tx: tx.cases.events(id))
    assert [event.detail.get("seen") for event in events[1:]] == list(range(1, 13))
    assert verify_chain(events)


async def test_a_held_lock_makes_others_wait_on_postgresql(postgres_url: str) -> None:
    """A unit in another process cannot take the lock until the first has committed; one that only refers to the case can go on."""
    here, there = Store.open(postgres_url), Store.open(postgres_url)
    (id,) = await add_cases(here, "KS1")
    held, let_go = threading.Event(), threading.Event()

    def hold(tx: Tx) -> None:
        tx.cases.lock(id)
        held.set()
        assert let_go.wait(10)
        tx.cases.advance(id, Status.DISPATCHED, NOW)

    holding = asyncio.create_task(here.write(hold))
    assert await asyncio.to_thread(held.wait, 10)
    await there.write(lambda tx: tx.jobs.enqueue("track", id, "north", NOW))
    second = asyncio.create_task(there.write(lambda tx: tx.cases.lock(id).status))
    await there.read(lambda tx: tx.cases.get(id))
    assert not second.done()
    let_go.set()
    await holding
    assert await second == Status.DISPATCHED
    await here.close()
    await there.close()


async def test_a_changed_or_missing_event_breaks_the_chain(store: Store) -> None:
    """The chain of a case verifies as stored; one changed byte in any field, or a missing event, shows."""
    (id,) = await add_cases(store, "KS1")
    for n in range(3):
        await store.write(lambda tx, n=n: tx.cases.append_event(id, new_event(opinion_sealed=b"sealed", detail={"n": n})))
    events = await store.read(lambda tx: tx.cases.events(id))
    assert verify_chain(events)
    assert not verify_chain(events[1:])
    assert not verify_chain([events[0], events[2]])
    for change in (
        {"detail": {"n": 7}},
        {"opinion_sealed": b"sealeD"},
        {"recorded_at": later(microseconds=1)},
        {"after": "50"},
        {"inferred": True},
        {"hash": b"x" * 32},
    ):
        assert not verify_chain([events[0], replace(events[1], **change), events[2]])
    await store.write(lambda tx: tx.cases._connection.execute(sa.update(case_event).where(case_event.c.seq == 2).values(actor="admin")))
    assert not verify_chain(await store.read(lambda tx: tx.cases.events(id)))
    case = await store.read(lambda tx: tx.cases.get(id))
    assert case is not None
    assert (case.event_seq, case.event_head) == (3, events[2].hash)
    assert [event.seq for event in await store.read(lambda tx: tx.cases.events(id, after_seq=1))] == [2, 3]


async def test_relayed_only_moves_forward(store: Store) -> None:
    """A late acknowledgement of an older event changes nothing."""
    (id,) = await add_cases(store, "KS1")
    for seq in (2, 1):
        await store.write(lambda tx, seq=seq: tx.cases.relayed(id, seq, NOW))
    case = await store.read(lambda tx: tx.cases.get(id))
    assert case is not None
    assert case.relayed_seq == 2


async def test_visits_and_results_come_back(store: Store) -> None:
    """Visits are the model's; a result of the same content is kept once and keeps its id."""
    (id,) = await add_cases(store, "KS1")
    visit = NewVisit("990101", NOW, Purpose.APPLY, Evidence.QUEUE_TICKET, b"sealed", NOW)
    await store.write(lambda tx: tx.cases.add_visit(id, visit))
    assert await store.read(lambda tx: tx.cases.visits(id)) == [Visit("990101", NOW, Purpose.APPLY, Evidence.QUEUE_TICKET)]
    first = await store.write(lambda tx: tx.cases.add_result(id, RESULT))
    assert await store.write(lambda tx: tx.cases.add_result(id, replace(RESULT, label_sealed=b"another"))) == first
    assert await store.read(lambda tx: tx.cases.results(id)) == [replace(RESULT, id=first)]


async def test_materials_belong_to_one_hall_and_one_case(store: Store) -> None:
    """An upload is attached once, by its own hall, and stands in the order of attachment."""
    one, two = await add_cases(store, "KS1", "KS2")
    ids = [f"mat_{n:032x}" for n in range(3)]
    await store.write(lambda tx: [tx.materials.add(material(id)) for id in ids])
    assert await store.read(lambda tx: tx.materials.get(ids[0], "window-2")) is None
    for id in reversed(ids[:2]):
        assert await store.write(lambda tx, id=id: tx.materials.attach(id, HALL.id, one, "form", b"sealed anew")) is True
    assert await store.write(lambda tx: tx.materials.attach(ids[0], HALL.id, two, "form", b"")) is False
    assert await store.write(lambda tx: tx.materials.attach(ids[2], "window-2", two, "form", b"")) is False
    attached = await store.read(lambda tx: tx.materials.of_case(one))
    assert [(record.id, record.code, record.name_sealed) for record in attached] == [
        (ids[1], "form", b"sealed anew"),
        (ids[0], "form", b"sealed anew"),
    ]
    assert [record.id for record in await store.read(lambda tx: tx.materials.orphans(later(seconds=1)))] == [ids[2]]
    assert await store.read(lambda tx: tx.materials.orphans(NOW)) == []


async def test_deleting_an_upload_tells_whether_its_content_may_go(store: Store) -> None:
    """An attached material is not deleted; the address of a deleted one is given only when nothing else names it."""
    (case,) = await add_cases(store, "KS1")
    shared, alone, result = "1" * 64, "2" * 64, "3" * 64
    await store.write(lambda tx: [tx.materials.add(m) for m in (
        material("mat_a", case, shared), material("mat_b", None, shared), material("mat_c", None, alone), material("mat_d", None, result),
    )])  # fmt: skip
    await store.write(lambda tx: tx.cases.add_result(case, replace(RESULT, address=result)))
    outcomes = [await store.write(lambda tx, id=id: tx.materials.delete(id)) for id in ("mat_a", "mat_b", "mat_c", "mat_d", "mat_e")]
    assert outcomes == [None, None, alone, None, None]
    assert [record.id for record in await store.read(lambda tx: tx.materials.of_case(case))] == ["mat_a"]


async def test_idempotency_keys_are_kept_while_their_case_is_open(store: Store) -> None:
    """A key is the hall's own; purging forgets old keys, but none of an open case."""
    one, two = await add_cases(store, "KS1", "KS2")

    def claims(*keys: tuple[str, int | None]) -> Callable[[Tx], list[bool]]:
        return lambda tx: [tx.idempotency.claim(HALL.id, key, b"h" * 32, 202, b"answer", case, NOW) for key, case in keys]

    assert await store.write(claims(("open", one), ("handled", two), ("none", None))) == [True, True, True]
    assert await store.write(claims(("open", two))) == [False]
    assert await store.read(lambda tx: tx.idempotency.find("window-2", "open")) is None
    await store.write(lambda tx: tx.cases.advance(two, Status.COMPLETED, NOW, handled_at=NOW))
    assert await store.write(lambda tx: tx.idempotency.purge(NOW)) == 0
    assert await store.write(lambda tx: tx.idempotency.purge(later(seconds=1))) == 2
    kept = await store.read(lambda tx: tx.idempotency.find(HALL.id, "open"))
    assert kept is not None
    assert (kept.body_sha256, kept.status, kept.response, kept.case_id, kept.created_at) == (b"h" * 32, 202, b"answer", one, NOW)
