"""Units of work: whole or not at all, isolated, acknowledged only after the commit."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from gateway.model import Region
from gateway.store import Store, StoreError, Tx

from .parts import HALL, NOW, add_cases, later, new_case


def raw(tx: Tx) -> sa.Connection:
    return tx.catalogue._connection


def put(code: str) -> Callable[[Tx], str]:
    def unit(tx: Tx) -> str:
        tx.catalogue.put_region(Region(code, f"地区{code}"))
        return code

    return unit


async def regions(store: Store) -> list[str]:
    return [region.code for region in await store.read(lambda tx: tx.catalogue.regions())]


async def together(store: Store, *units: Callable[[Tx], Any]) -> list[Any]:
    """Run the units so that on SQLite they stand in one group: the writer is held until all wait."""
    entered, let_go = threading.Event(), threading.Event()

    def hold(_tx: Tx) -> None:
        entered.set()
        assert let_go.wait(10)

    holding = asyncio.create_task(store.write(hold))
    assert await asyncio.to_thread(entered.wait, 10)
    tasks = [asyncio.create_task(store.write(unit)) for unit in units]
    await asyncio.sleep(0)
    let_go.set()
    await holding
    return await asyncio.gather(*tasks, return_exceptions=True)


class RefusedError(Exception):
    """A unit's own."""


async def test_a_unit_gives_its_result_after_it_is_stored(store: Store) -> None:
    """What a write answered is seen by the next read."""
    assert await store.write(put("990000")) == "990000"
    assert await regions(store) == ["990000"]


async def test_a_failing_unit_is_undone_alone(store: Store) -> None:
    """In a group of units the one that raises leaves nothing, gets its own exception, and its neighbours are stored."""

    def failing(tx: Tx) -> None:
        put("990200")(tx)
        raise RefusedError("mine")

    first, second, third = await together(store, put("990100"), failing, put("990300"))
    assert (first, third) == ("990100", "990300")
    assert isinstance(second, RefusedError)
    assert await regions(store) == ["990100", "990300"]


async def test_a_conflict_undoes_its_unit_alone(store: Store) -> None:
    """A broken constraint is a StoreError of that unit, and units beside it are stored."""
    await add_cases(store, "KS1")

    def doubled(tx: Tx) -> int:
        put("990200")(tx)
        return tx.cases.insert(new_case("KS1"))

    first, second = await together(store, put("990100"), doubled)
    assert first == "990100"
    assert isinstance(second, StoreError)
    assert second.code == "store.conflict"
    assert await regions(store) == ["990100"]


async def test_an_error_tells_no_values(store: Store) -> None:
    """The text of a StoreError holds nothing of the row that caused it."""
    await add_cases(store, "KS-SECRET-1")
    with pytest.raises(StoreError) as caught:
        await add_cases(store, "KS-SECRET-1")
    assert "SECRET" not in str(caught.value)


async def test_a_read_cannot_write(store: Store) -> None:
    """Writing in a read is an error and changes nothing."""
    with pytest.raises(StoreError) as caught:
        await store.read(put("990000"))
    assert caught.value.code == "store.read-only"
    assert await regions(store) == []


async def test_a_read_is_one_snapshot(store: Store) -> None:
    """A commit that comes while a read runs is not seen by it."""
    begun, committed = threading.Event(), threading.Event()

    def look_twice(tx: Tx) -> tuple[int, int]:
        before = len(tx.catalogue.regions())
        begun.set()
        assert committed.wait(10)
        return before, len(tx.catalogue.regions())

    reading = asyncio.create_task(store.read(look_twice))
    assert await asyncio.to_thread(begun.wait, 10)
    await store.write(put("990000"))
    committed.set()
    assert await reading == (0, 0)


async def test_a_closed_store_refuses(store_url: str) -> None:
    """After close, units are refused, and what waited before it is stored."""
    store = Store.open(store_url)
    writing = asyncio.create_task(store.write(put("990000")))
    await asyncio.sleep(0)
    await store.close()
    assert await writing == "990000"
    for run in (store.write, store.read):
        with pytest.raises(StoreError) as caught:
            await run(put("990100"))
        assert caught.value.code == "store.closed"


async def test_listeners_are_woken_after_the_commit(store: Store) -> None:
    """A unit that wakes is told to the listener once it can be read; one that fails or does not wake is not."""
    woken = asyncio.Event()
    store.listen(woken.set)
    # On PostgreSQL the first connection of the bell rings once, for what it may have missed.
    if store.dialect == "postgresql":
        await asyncio.wait_for(woken.wait(), 10)
        woken.clear()

    def failing(tx: Tx) -> None:
        tx.wake()
        raise RefusedError

    with pytest.raises(RefusedError):
        await store.write(failing)
    await store.write(put("990000"))
    assert not woken.is_set()

    def waking(tx: Tx) -> None:
        put("990100")(tx)
        tx.wake()

    await store.write(waking)
    await asyncio.wait_for(woken.wait(), 10)
    assert await regions(store) == ["990000", "990100"]


async def test_another_process_is_woken_on_postgresql(postgres_url: str) -> None:
    """A wake in one store reaches the listener of another by NOTIFY."""
    here, there = Store.open(postgres_url), Store.open(postgres_url)
    rings: asyncio.Queue[None] = asyncio.Queue()
    there.listen(lambda: rings.put_nowait(None))
    await asyncio.wait_for(rings.get(), 10)
    await here.write(lambda tx: tx.wake())
    await asyncio.wait_for(rings.get(), 10)
    await here.close()
    await there.close()


async def test_nothing_is_acknowledged_when_the_disk_is_full(sqlite_url: str) -> None:
    """Disk full: SQLite drops the transaction, every unit of the group fails, and after room is made all works again."""
    store = Store.open(sqlite_url)
    await add_cases(store, "KS1")
    await store.write(lambda tx: raw(tx).exec_driver_sql("PRAGMA max_page_count = 1").scalar())
    await store.write(put("990000"))
    filling = [lambda tx, n=n: tx.cases.insert(new_case(f"KS-{n}", body_sealed=b"x" * 200_000)) for n in range(3)]
    outcomes = await together(store, put("990100"), *filling, put("990200"))
    assert [outcome.code for outcome in outcomes] == ["store.full"] * 5
    assert await regions(store) == ["990000"]
    await store.write(lambda tx: raw(tx).exec_driver_sql("PRAGMA max_page_count = 1000000").scalar())
    await store.write(put("990300"))
    assert await regions(store) == ["990000", "990300"]
    assert await store.read(lambda tx: raw(tx).exec_driver_sql("PRAGMA integrity_check").scalar_one()) == "ok"
    await store.close()


async def test_a_unit_that_swallows_the_loss_of_its_transaction_saves_nothing(sqlite_url: str) -> None:
    """After SQLite has dropped the transaction, what the unit writes is refused instead of committing by itself."""
    store = Store.open(sqlite_url)
    await add_cases(store, "KS1")
    await store.write(lambda tx: raw(tx).exec_driver_sql("PRAGMA max_page_count = 1").scalar())
    refusals = []

    def stubborn(tx: Tx) -> None:
        for attempt in (lambda: tx.cases.insert(new_case("KS2", body_sealed=b"x" * 200_000)), lambda: put("990100")(tx)):
            try:
                attempt()
            except sa.exc.DBAPIError as error:
                refusals.append(error.orig.sqlite_errorname)  # type: ignore[union-attr]

    with pytest.raises(StoreError):
        await store.write(stubborn)
    assert refusals == ["SQLITE_FULL", "SQLITE_READONLY"]
    assert await regions(store) == []
    await store.write(put("990000"))
    await store.close()


async def test_a_commit_that_fails_acknowledges_nothing(sqlite_url: str) -> None:
    """A deferred constraint that breaks at COMMIT fails every unit of the group, and the next group is stored."""
    store = Store.open(sqlite_url)

    def dangling(tx: Tx) -> None:
        raw(tx).exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        tx.halls.add_key("nobody", "prefix", b"digest", NOW)

    outcomes = await together(store, put("990100"), dangling)
    assert all(isinstance(outcome, StoreError) for outcome in outcomes)
    assert await regions(store) == []
    assert await store.write(put("990200")) == "990200"
    await store.close()


async def test_a_busy_file_fails_the_group_and_no_later_one(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another process holds the file for too long, the units get store.busy and the store goes on."""
    monkeypatch.setattr("gateway.store.sqlite._BUSY_SECONDS", 0)
    store, other = Store.open(sqlite_url), Store.open(sqlite_url)
    entered, let_go = threading.Event(), threading.Event()

    def hold(_tx: Tx) -> None:
        entered.set()
        assert let_go.wait(10)

    holding = asyncio.create_task(other.write(hold))
    assert await asyncio.to_thread(entered.wait, 10)
    with pytest.raises(StoreError) as caught:
        await store.write(put("990000"))
    assert caught.value.code == "store.busy"
    let_go.set()
    await holding
    assert await store.write(put("990000")) == "990000"
    await store.close()
    await other.close()


async def test_a_lost_connection_is_repeated_once(postgres_url: str) -> None:
    """A connection the server ends before the commit costs one repetition, and the unit is stored once."""
    store = Store.open(postgres_url)
    runs = []

    def unit(tx: Tx) -> None:
        runs.append(1)
        put("990000")(tx)
        if len(runs) == 1:
            pid = raw(tx).exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            with psycopg.connect(postgres_url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
            put("990100")(tx)

    await store.write(unit)
    assert len(runs) == 2
    assert await regions(store) == ["990000"]
    await store.close()


async def test_a_connection_lost_at_commit_is_said_to_be_unknown(postgres_url: str) -> None:
    """When the connection dies with the COMMIT, the unit is not repeated and the caller hears that the outcome is unknown."""
    store = Store.open(postgres_url)
    runs = []

    def unit(tx: Tx) -> None:
        runs.append(1)
        put("990000")(tx)
        pid = raw(tx).exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    with pytest.raises(StoreError) as caught:
        await store.write(unit)
    assert caught.value.code == "store.commit-unknown"
    assert len(runs) == 1
    await store.close()


async def test_a_serialization_failure_is_repeated_once(postgres_url: str) -> None:
    """Two units that lock two cases crosswise both end well: whom the server picks as the deadlock's victim runs again, once.

    A busy server may look at both and pick both.
    """
    store = Store.open(postgres_url)
    one, two = await add_cases(store, "KS1", "KS2")
    barrier = threading.Barrier(2, timeout=10)
    runs = []

    def crosswise(first: int, second: int) -> Callable[[Tx], None]:
        def unit(tx: Tx) -> None:
            tx.cases.lock(first)
            runs.append(first)
            if len(runs) <= 2:
                barrier.wait()
            tx.cases.lock(second)
            tx.cases.advance(second, "21", later(seconds=first))

        return unit

    await asyncio.gather(store.write(crosswise(one, two)), store.write(crosswise(two, one)))
    assert max(Counter(runs).values()) == 2
    await store.close()


async def test_a_unit_that_swallows_an_error_is_not_acknowledged(postgres_url: str) -> None:
    """PostgreSQL would answer such a COMMIT with ROLLBACK and no error; the store fails it."""
    store = Store.open(postgres_url)

    def unit(tx: Tx) -> None:
        put("990000")(tx)
        with pytest.raises(sa.exc.IntegrityError):
            tx.halls.add_key("nobody", "prefix", b"digest", NOW)

    with pytest.raises(StoreError) as caught:
        await store.write(unit)
    assert caught.value.code == "store.commit-failed"
    assert await regions(store) == []
    await store.close()


async def test_twins_of_one_key_make_one_case(store_url: str) -> None:
    """Two stores on one database claim the same idempotency key at the same moment: one wins, the other sees its answer."""
    stores = [Store.open(store_url), Store.open(store_url)]
    await stores[0].write(lambda tx: tx.halls.add(HALL))

    def submit(number: str) -> Callable[[Tx], bool]:
        def unit(tx: Tx) -> bool:
            case_id = tx.cases.insert(new_case(number))
            if not tx.idempotency.claim(HALL.id, "key", b"h" * 32, 202, number.encode(), case_id, NOW):
                raise RefusedError
            return True

        return unit

    outcomes = await asyncio.gather(
        *(store.write(submit(f"KS{n}-{turn}")) for turn in range(10) for n, store in enumerate(stores)), return_exceptions=True
    )
    assert outcomes.count(True) == 1
    assert sum(isinstance(outcome, RefusedError) for outcome in outcomes) == 19
    record = await stores[1].read(lambda tx: tx.idempotency.find(HALL.id, "key"))
    cases = await stores[1].read(lambda tx: tx.cases.list(HALL.id, after=None, limit=50, status=None))
    assert record is not None
    assert [case.number.encode() for case in cases] == [record.response]
    for store in stores:
        await store.close()


async def test_a_second_serving_process_is_refused(sqlite_url: str) -> None:
    """The serve lock of a file is held once; others may still open the file, and the lock is free after its holder."""
    first, second = Store.open(sqlite_url), Store.open(sqlite_url)
    with first.serve_lock():
        with pytest.raises(StoreError) as caught, second.serve_lock():
            pass
        assert caught.value.code == "store.already-serving"
        await second.write(put("990000"))
    with second.serve_lock():
        pass
    await first.close()
    await second.close()


async def test_postgresql_serves_any_number(postgres_url: str) -> None:
    """Several processes may serve one PostgreSQL database."""
    first, second = Store.open(postgres_url), Store.open(postgres_url)
    with first.serve_lock(), second.serve_lock():
        await second.write(put("990000"))
    await first.close()
    await second.close()


async def test_the_file_is_private_and_durable(tmp_path: Path) -> None:
    """A new SQLite file is readable by its owner alone and runs in WAL with full synchronisation and foreign keys."""
    path = tmp_path / "new.db"
    store = Store.open(f"sqlite:///{path}")
    assert path.stat().st_mode & 0o777 == 0o600

    def pragmas(tx: Tx) -> list[object]:
        return [
            raw(tx).exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous", "foreign_keys", "mmap_size")
        ]

    for run in (store.write, store.read):
        assert await run(pragmas) == ["wal", 2, 1, 0]
    await store.close()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("mysql://host/db", "store.url"),
        ("sqlite://", "store.url"),
        ("sqlite:///:memory:", "store.url"),
        ("nonsense", "store.url"),
        ("sqlite:////no/such/folder/file.db", "store.unreachable"),
        ("postgresql://user@127.0.0.1:1/db", "store.unreachable"),
    ],
)
def test_what_cannot_be_opened_is_said(url: str, code: str) -> None:
    """An address that is none, and a database that is not there, are different errors."""
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    assert caught.value.code == code


async def test_the_bell_is_hung_again_when_its_connection_dies(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the server ended the listening connection, wakes of other processes are heard again."""
    monkeypatch.setattr("gateway.store.postgres_bell._RECONNECT_SECONDS", 0.0)
    here, there = Store.open(postgres_url), Store.open(postgres_url)
    rings: asyncio.Queue[None] = asyncio.Queue()
    there.listen(lambda: rings.put_nowait(None))
    await asyncio.wait_for(rings.get(), 10)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        ended = admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        ).fetchall()
    assert ended == [(True,)]
    await asyncio.wait_for(rings.get(), 10)
    await here.write(lambda tx: tx.wake())
    await asyncio.wait_for(rings.get(), 10)
    await here.close()
    await there.close()
