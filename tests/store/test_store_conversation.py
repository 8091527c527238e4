"""Supplement rounds, proposals, wishes to withdraw and forwarding, as the store keeps them."""

from typing import Any

import pytest

from gateway.model import Status
from gateway.store import JobKind, RoundRecord, Store, StoreError, Tx

from .parts import MATTER, NOW, add_cases, later, material


def notice(case_id: int, number: int = 1, **about: Any) -> RoundRecord:
    """A round that is just opened."""
    return RoundRecord(case_id, number, b"notice", repeated=False, issued_at=NOW, recorded_at=NOW, **about)


async def rounds(store: Store, case_id: int) -> list[RoundRecord]:
    """The case's rounds."""
    return await store.read(lambda tx: tx.rounds.of_case(case_id))


async def test_a_round_goes_from_asked_to_received(store: Store) -> None:
    """Each step adds what it knows and leaves the rest."""
    (case,) = await add_cases(store, "KS1")
    await store.write(lambda tx: tx.rounds.open(notice(case)))
    assert await rounds(store, case) == [notice(case)]
    await store.write(lambda tx: tx.rounds.answer(case, 1, later(hours=1), b"answer"))
    assert await rounds(store, case) == [notice(case, answered_at=later(hours=1), answer_sealed=b"answer")]
    await store.write(lambda tx: tx.rounds.receive(case, 1, later(hours=2)))
    (record,) = await rounds(store, case)
    assert (record.answered_at, record.received_at, record.closed_at) == (later(hours=1), later(hours=2), later(hours=2))


async def test_a_refused_answer_is_forgotten_and_another_rounds_is_not(store: Store) -> None:
    """Reopened: nothing answered; the round before keeps its answer."""
    (case,) = await add_cases(store, "KS1")

    def unit(tx: Tx) -> None:
        tx.rounds.open(notice(case))
        tx.rounds.answer(case, 1, NOW, b"first")
        tx.rounds.receive(case, 1, NOW)
        tx.rounds.open(notice(case, 2))
        tx.rounds.answer(case, 2, NOW, b"second")
        tx.rounds.reopen(case, 2)

    await store.write(unit)
    first, second = await rounds(store, case)
    assert (first.answer_sealed, first.received_at) == (b"first", NOW)
    assert second == notice(case, 2)


async def test_a_new_round_closes_the_ones_before_and_no_other_cases(store: Store) -> None:
    """At most one is open, by case; one that was closed keeps its moment."""
    mine, other = await add_cases(store, "KS1", "KS2")

    def unit(tx: Tx) -> None:
        tx.rounds.open(notice(mine))
        tx.rounds.open(notice(other))
        tx.rounds.close(mine, later(hours=1))
        tx.rounds.open(notice(mine, 2))
        tx.rounds.open(RoundRecord(mine, 3, b"notice", True, NOW, later(hours=3)))

    await store.write(unit)
    assert [record.closed_at for record in await rounds(store, mine)] == [later(hours=1), later(hours=3), None]
    assert [record.closed_at for record in await rounds(store, other)] == [None]


async def test_a_round_is_opened_once(store: Store) -> None:
    """The same number twice is an error of ours, and nothing of the unit stays."""
    (case,) = await add_cases(store, "KS1")
    await store.write(lambda tx: tx.rounds.open(notice(case)))

    def twice(tx: Tx) -> None:
        tx.rounds.close(case, later(hours=1))
        tx.rounds.open(notice(case))

    with pytest.raises(StoreError):
        await store.write(twice)
    assert [record.closed_at for record in await rounds(store, case)] == [None]


async def test_proposals_count_cases_and_stay_closed(store: Store) -> None:
    """One for each way; the same case told again is one; closed by a person it counts on, out of sight."""

    def note(tx: Tx, competent: str, case: str, hours: float = 0) -> None:
        tx.proposals.note("990101", "980100", MATTER, competent, case, later(hours=hours))

    def unit(tx: Tx) -> None:
        note(tx, "970100", "KS1")
        note(tx, "970100", "KS1", 1)
        note(tx, "960100", "KS2")
        note(tx, "970100", "KS3", 2)

    await store.write(unit)
    first, second = await store.read(lambda tx: tx.proposals.list())
    assert (first.competent, first.cases, first.first_at, first.last_at, first.last_case) == ("970100", 2, NOW, later(hours=2), "KS3")
    assert (second.competent, second.cases) == ("960100", 1)
    assert await store.write(lambda tx: tx.proposals.close(first.id, "甲", NOW, "加了协议"))
    assert not await store.write(lambda tx: tx.proposals.close(first.id, "乙", NOW, "x"))
    assert not await store.write(lambda tx: tx.proposals.close(999, "乙", NOW, "x"))
    await store.write(lambda tx: note(tx, "970100", "KS4", 3))
    assert [one.competent for one in await store.read(lambda tx: tx.proposals.list())] == ["960100"]
    everything = {one.competent: one for one in await store.read(lambda tx: tx.proposals.list(open_only=False))}
    assert (everything["970100"].cases, everything["970100"].closed_by, everything["970100"].resolution) == (3, "甲", "加了协议")


async def test_a_wish_to_withdraw_is_kept_and_taken_back(store: Store) -> None:
    """With its sealed reason; another case's is its own."""
    mine, other = await add_cases(store, "KS1", "KS2")
    await store.write(lambda tx: tx.cases.ask_to_withdraw(mine, NOW, b"why"))
    assert await store.read(lambda tx: (tx.cases.withdrawal(mine), tx.cases.withdrawal(other))) == (b"why", None)
    case = await store.read(lambda tx: tx.cases.get(mine))
    assert case is not None
    assert case.withdrawal_requested_at == NOW
    await store.write(lambda tx: tx.cases.ask_to_withdraw(mine, None, None))
    assert await store.read(lambda tx: tx.cases.withdrawal(mine)) is None
    assert await store.read(lambda tx: tx.cases.withdrawal(999)) is None


async def test_a_forwarded_case_is_the_new_partners_with_nothing_done(store: Store) -> None:
    """Its number, hall and papers stay; the old partner's number finds it no more; its steps are to be done, its attempts stay."""
    (id,) = await add_cases(store, "KS1")

    def unit(tx: Tx) -> None:
        attempt = tx.attempts.begin(id, "submit", "north", "a" * 64, NOW, "w")
        tx.attempts.save_step(id, "submit", {"number": "P-1"}, attempt, NOW)
        tx.cases.set_partner_number(id, "P-1", NOW)
        tx.cases.transported(id, NOW)
        tx.jobs.enqueue(JobKind.DELIVER, id, "north", NOW)
        tx.cases.forward(id, "970100", "south", 7, "协2", "b" * 64)
        tx.attempts.forget_steps(id)
        tx.jobs.enqueue(JobKind.DELIVER, id, "south", NOW)

    await store.write(unit)
    case = await store.read(lambda tx: tx.cases.get(id))
    assert case is not None
    assert (case.number, case.status, case.destination, case.partner) == ("KS1", Status.DISPATCHING, "970100", "south")
    assert (case.matter_version, case.agreement_document, case.mapping_hash) == (7, "协2", "b" * 64)
    assert (case.partner_number, case.transported_at, case.dispatched_at) == (None, None, None)
    assert await store.read(lambda tx: tx.cases.by_partner_number("north", "P-1")) is None
    assert await store.read(lambda tx: tx.attempts.step(id, "submit")) is None
    assert [one.partner for one in await store.read(lambda tx: tx.attempts.of_case(id))] == ["north"]
    (job,) = await store.write(lambda tx: tx.jobs.claim(NOW, later(minutes=1), "w", 5, exclude_lanes=("north",)))
    assert job.lane == "south"


async def test_an_attempt_tells_its_round(store: Store) -> None:
    """0 is the submission's."""
    (id,) = await add_cases(store, "KS1")

    def unit(tx: Tx) -> None:
        tx.attempts.begin(id, "submit", "north", "h", NOW, "w")
        tx.attempts.begin(id, "supplement", "north", "h", NOW, "w", round=2)

    await store.write(unit)
    assert [(one.step, one.round) for one in await store.read(lambda tx: tx.attempts.of_case(id))] == [("submit", 0), ("supplement", 2)]


async def test_a_material_tells_its_round_and_item(store: Store) -> None:
    """Added with the case and attached from an upload alike."""
    (id,) = await add_cases(store, "KS1")

    def unit(tx: Tx) -> None:
        tx.materials.add(material("mat_1"))
        tx.materials.add(material("mat_2"))
        assert tx.materials.attach("mat_2", "window-1", id, "id-card", b"n")
        assert tx.materials.attach("mat_1", "window-1", id, "photo", b"n", round=2, item="3")

    await store.write(unit)
    found = await store.read(lambda tx: tx.materials.of_case(id))
    assert [(one.id, one.round, one.item) for one in found] == [("mat_2", 0, None), ("mat_1", 2, "3")]
