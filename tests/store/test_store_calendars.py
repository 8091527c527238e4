"""The editable table of days over the published holidays, on both databases."""

import importlib
from datetime import date

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from gateway.store import CalendarDay, JobKind, Store, Tx

from .parts import NOW, add_cases, later

FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)


async def test_the_nearer_region_wins(store: Store) -> None:
    """Every region, province, city, county: the longest prefix that names the day decides."""
    days = [
        CalendarDay("", FRIDAY, False, "全国"),
        CalendarDay("980000", SATURDAY, True),
        CalendarDay("980100", FRIDAY, True, "本市照常"),
    ]
    assert await store.write(lambda tx: tx.calendars.put(days, "甲", NOW)) == 3
    works = {
        code: await store.read(lambda tx, code=code: (tx.calendars.of(code).works(FRIDAY), tx.calendars.of(code).works(SATURDAY)))  # type: ignore[misc]
        for code in ("980100", "980102", "980200", "970000")
    }
    assert works == {"980100": (True, True), "980102": (True, True), "980200": (False, True), "970000": (False, False)}


async def test_a_day_entered_again_replaces_and_the_same_changes_nothing(store: Store) -> None:
    """The newest import wins; an import told twice is no change."""
    first, other = CalendarDay("980100", FRIDAY, False, "节"), CalendarDay("980100", FRIDAY, True, None)
    counts = [await store.write(lambda tx, day=day: tx.calendars.put([day], "甲", NOW)) for day in (first, first, other)]  # type: ignore[misc]
    assert counts == [1, 0, 1]
    assert await store.read(lambda tx: tx.calendars.days("980100", 2026)) == [other]
    assert await store.read(lambda tx: tx.calendars.days("980100", 2025)) == []


async def test_a_job_nobody_wants_any_more_goes_unless_it_is_out(store: Store) -> None:
    """A waiting job is dropped; one that a worker holds ends by itself."""
    (one, other) = await add_cases(store, "KS1", "KS2")
    for case in (one, other):
        await store.write(lambda tx, case=case: tx.jobs.enqueue(JobKind.CLOCK, case, "clocks", NOW))  # type: ignore[misc]
    (held,) = await store.write(lambda tx: tx.jobs.claim(NOW, later(seconds=60), "w", 1))
    for case in (one, other):
        await store.write(lambda tx, case=case: tx.jobs.drop(JobKind.CLOCK, case))  # type: ignore[misc]
    assert await store.read(lambda tx: tx.jobs.depth()) == {(JobKind.CLOCK, "clocks"): (0, 1, 0)}
    assert await store.write(lambda tx: tx.jobs.finish(held))


async def test_an_open_case_from_before_is_watched_after_the_migration(store: Store) -> None:
    """A case that nobody speaks of is the very one to watch: open cases get their watch, handled ones none."""
    (one, other) = await add_cases(store, "KS1", "KS2")
    migration = importlib.import_module("gateway.store.migrations.versions.r0003_calendar")

    def unit(tx: Tx) -> None:
        tx.cases.advance(other, "93", NOW, handled_at=NOW)
        connection = tx.cases._connection
        connection.execute(sa.text("DROP TABLE calendar_day"))
        with Operations.context(MigrationContext.configure(connection)):
            migration.upgrade()

    await store.write(unit)
    jobs = await store.write(lambda tx: tx.jobs.claim(later(days=365), later(days=366), "w", 10))
    assert [(job.kind, job.case_id, job.lane) for job in jobs] == [(JobKind.CLOCK, one, "clocks")]
