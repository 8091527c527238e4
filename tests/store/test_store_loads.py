"""Loads: a catalogue comes into force in one moment, versions are never changed, what was interrupted is never seen."""

import asyncio
from datetime import date

from gateway.model import Matter, Region
from gateway.store import Fate, Store

from .parts import DAY, MATTER, NOW, new_matter


async def open_load(store: Store) -> int:
    return await store.write(lambda tx: tx.loads.open("c.csv", "li", NOW))


async def add(store: Store, load: int, *matters: Matter, numbered: bool = False) -> list[Fate] | None:
    return await store.write(lambda tx: tx.loads.add(load, [(matter, numbered) for matter in matters]))


async def imported(store: Store, *matters: Matter, numbered: bool = False) -> list[Fate] | None:
    load = await open_load(store)
    fates = await add(store, load, *matters, numbered=numbered)
    assert await store.write(lambda tx: tx.loads.activate(load, NOW)) is True
    await swept(store)
    return fates


async def swept(store: Store) -> None:
    while await store.write(lambda tx: tx.loads.sweep(2)):
        pass


async def versions(store: Store) -> list[tuple[str, int]]:
    return [(m.destination, m.version) for m in await store.read(lambda tx: tx.catalogue.matters(None))]


async def test_nothing_of_a_load_is_seen_before_it_is_in_force(store: Store) -> None:
    """Staged rows are in no list and no look-up; one unit brings them all."""
    load = await open_load(store)
    assert await add(store, load, new_matter("980100"), new_matter("980200")) == [Fate.NEW, Fate.NEW]
    assert await versions(store) == []
    assert await store.read(lambda tx: (tx.catalogue.matter(MATTER, "980100", DAY), tx.catalogue.matter_known(MATTER))) == (None, False)
    assert await store.write(lambda tx: tx.loads.activate(load, NOW)) is True
    assert await versions(store) == [("980100", 1), ("980200", 1)]
    assert await store.write(lambda tx: tx.loads.activate(load, NOW)) is False


async def test_importing_the_same_again_is_no_change_and_a_change_is_a_new_version(store: Store) -> None:
    """Equal content is told as unchanged; another becomes version 2 and leaves version 1 as it was; an end is told as an end."""
    first, new = new_matter(), new_matter(name="新名", valid_from=date(2026, 6, 1))
    assert await imported(store, first) == [Fate.NEW]
    assert await imported(store, first) == [Fate.UNCHANGED]
    assert await imported(store, new) == [Fate.CHANGED]
    ended = new.model_copy(update={"valid_to": date(2026, 12, 31)})
    assert await imported(store, ended) == [Fate.ENDED]
    assert await versions(store) == [("980000", 1), ("980000", 2), ("980000", 3)]

    async def find(day: date) -> Matter | None:
        return await store.read(lambda tx: tx.catalogue.matter(MATTER, "980000", day))

    assert await find(date(2026, 5, 31)) == first
    assert await find(date(2026, 12, 31)) == ended.model_copy(update={"version": 3})
    assert await find(date(2027, 1, 1)) is None
    assert await store.read(lambda tx: tx.catalogue.matter_version(MATTER, "980102", 1)) == first
    assert await store.read(lambda tx: list(tx.catalogue.offered(date(2027, 1, 1)))) == []
    assert await store.read(lambda tx: list(tx.catalogue.offered(date(2026, 5, 31)))) == [first]


async def test_a_file_that_numbers_its_versions_is_taken_at_its_word(store: Store) -> None:
    """Versions in order are kept as numbered; the same again is unchanged; other content under a number, or an older number, is refused."""
    one, three = new_matter(version=1), new_matter(version=3, name="三")
    assert await imported(store, one, three, numbered=True) == [Fate.NEW, Fate.CHANGED]
    assert await imported(store, one, three, numbered=True) == [Fate.UNCHANGED, Fate.UNCHANGED]
    load = await open_load(store)
    other = one.model_copy(update={"name": "别的"})
    assert await add(store, load, other, new_matter(version=2), numbered=True) == [Fate.TAKEN, Fate.BEHIND]
    assert await versions(store) == [("980000", 1), ("980000", 3)]


async def test_a_repetition_is_found_however_far_apart(store: Store) -> None:
    """Twice in one chunk or in two, changed or unchanged: the second is a fault."""
    await imported(store, new_matter())
    load = await open_load(store)
    assert await add(store, load, new_matter("980100"), new_matter("980100", name="x")) == [Fate.NEW, Fate.REPEATED]
    assert await add(store, load, new_matter()) == [Fate.UNCHANGED]
    assert await add(store, load, new_matter(name="x"), new_matter("980100")) == [Fate.REPEATED, Fate.REPEATED]


async def test_an_interrupted_load_is_swept_by_the_next(store: Store) -> None:
    """Opening a load gives the older one up: it adds nothing more, never comes into force, and its rows go."""
    lost = await open_load(store)
    await add(store, lost, *(new_matter(f"98{n:02d}00") for n in range(1, 6)))
    taken_over = await open_load(store)
    assert await add(store, lost, new_matter("989900")) is None
    assert await store.write(lambda tx: tx.loads.activate(lost, NOW)) is False
    await swept(store)
    assert await add(store, taken_over, new_matter("980100", name="新")) == [Fate.NEW]
    assert await store.write(lambda tx: tx.loads.activate(taken_over, NOW)) is True
    assert await versions(store) == [("980100", 1)]


async def test_a_load_given_up_leaves_nothing(store: Store) -> None:
    """After sweeping, the same versions can come again."""
    load = await open_load(store)
    await add(store, load, new_matter())
    await store.write(lambda tx: tx.loads.give_up(load))
    await swept(store)
    assert await imported(store, new_matter()) == [Fate.NEW]


async def test_two_loads_at_once_do_not_mix(store: Store) -> None:
    """Of two that add at the same time, only the one opened last comes into force."""
    first = await open_load(store)
    second = await open_load(store)
    await swept(store)
    fates = await asyncio.gather(add(store, first, new_matter("980100")), add(store, second, new_matter("980200")))
    assert fates == [None, [Fate.NEW]]


async def test_every_matter_comes_page_by_page(store: Store) -> None:
    """More than a page of matters comes whole, in order, once; of one destination only its own."""
    many = [new_matter(f"{n:06d}") for n in range(110_000, 112_100)]
    await imported(store, *many)
    found = await store.read(lambda tx: [m.destination for m in tx.catalogue.every_matter()])
    assert found == sorted(m.destination for m in many)
    assert await store.read(lambda tx: list(tx.catalogue.every_matter("110001"))) == [many[1]]


async def test_a_version_is_never_overwritten(store: Store) -> None:
    """Putting another content under a version that exists changes nothing and says so."""
    one = new_matter()
    assert await store.write(lambda tx: tx.catalogue.put_matter(one)) is True
    assert await store.write(lambda tx: tx.catalogue.put_matter(one.model_copy(update={"name": "别的"}))) is False
    assert await store.read(lambda tx: tx.catalogue.matters(None)) == [one]


async def test_a_regions_validity_is_kept(store: Store) -> None:
    """A code that became another is in force only in its time."""
    region = Region("980102", "某县", valid_from=date(2020, 1, 1), valid_to=date(2025, 12, 31))
    await store.write(lambda tx: tx.catalogue.put_region(region))
    kept = await store.read(lambda tx: tx.catalogue.region("980102"))
    assert kept == region
    assert (kept.in_force(date(2025, 12, 31)), kept.in_force(date(2026, 1, 1)), kept.in_force(date(2019, 1, 1))) == (True, False, False)
