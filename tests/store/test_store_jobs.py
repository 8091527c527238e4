"""The queue: leases, fences, wishes that come while a job is out."""

import asyncio
from collections import Counter
from datetime import datetime

import pytest
import sqlalchemy as sa

from gateway.store import Fenced, JobKind, JobRecord, Store, Tx
from gateway.store.tables import job as jobs_table

from .parts import NOW, add_cases, later


async def claim(store: Store, now: datetime = NOW, limit: int = 10, worker: str = "w", **more: object) -> list[JobRecord]:
    return await store.write(lambda tx: tx.jobs.claim(now, now + (later(seconds=60) - NOW), worker, limit, **more))  # type: ignore[arg-type]


async def enqueue(store: Store, case_id: int, due_at: datetime = NOW, kind: str = "deliver", lane: str = "north") -> None:
    await store.write(lambda tx: tx.jobs.enqueue(kind, case_id, lane, due_at))


async def test_oldest_due_first_and_none_before_its_time(store: Store) -> None:
    """Claims come by due moment, not by insertion, and a job due later stays."""
    one, two, three = await add_cases(store, "KS1", "KS2", "KS3")
    await enqueue(store, one, later(seconds=-1))
    await enqueue(store, two, later(seconds=-9))
    await enqueue(store, three, later(seconds=1))
    jobs = await claim(store)
    assert [(job.case_id, job.kind, job.tries, job.fence, job.first_try_at) for job in jobs] == [
        (two, JobKind.DELIVER, 1, 1, NOW),
        (one, JobKind.DELIVER, 1, 1, NOW),
    ]
    assert await claim(store) == []
    assert await store.read(lambda tx: tx.jobs.next_due()) == later(seconds=1)


async def test_one_job_of_a_kind_for_a_case(store: Store) -> None:
    """Asking twice makes one job, due at the earlier moment; another kind is another job."""
    (case,) = await add_cases(store, "KS1")
    await enqueue(store, case, later(hours=1))
    await enqueue(store, case, NOW)
    await enqueue(store, case, later(hours=2))
    await enqueue(store, case, NOW, kind="track")
    jobs = await claim(store)
    assert {(job.kind, job.due_at) for job in jobs} == {(JobKind.DELIVER, NOW), (JobKind.TRACK, NOW)}


async def test_a_lease_that_ran_out_is_taken_over_and_the_zombie_refused(store: Store) -> None:
    """After its lease a job goes to the next claimer; the first one's finish, reschedule, park and renewal change nothing."""
    (case,) = await add_cases(store, "KS1")
    await enqueue(store, case)
    (zombie,) = await claim(store)
    assert await claim(store, later(seconds=59)) == []
    (job,) = await claim(store, later(seconds=61), worker="other")
    assert (job.id, job.fence, job.tries, job.first_try_at) == (zombie.id, zombie.fence + 1, 2, NOW)
    assert await store.write(lambda tx: tx.jobs.renew([zombie, job], later(hours=1))) == 1
    for refused in (
        lambda tx: tx.jobs.finish(zombie),
        lambda tx: tx.jobs.reschedule(zombie, NOW, "late"),
        lambda tx: tx.jobs.park(zombie, "late"),
        lambda tx: tx.jobs.holds(zombie),
    ):
        assert await store.write(refused) is False
    assert await store.write(lambda tx: tx.jobs.holds(job)) is True
    assert await store.write(lambda tx: tx.jobs.finish(job)) is True
    assert await store.read(lambda tx: tx.jobs.depth()) == {}


async def test_fenced_undoes_what_a_zombie_wrote(store: Store) -> None:
    """A unit guarded by `holds` leaves nothing of a claimer that lost its job."""
    (case,) = await add_cases(store, "KS1")
    await enqueue(store, case)
    (zombie,) = await claim(store)
    await claim(store, later(seconds=61))

    def unit(tx: Tx) -> None:
        tx.cases.set_partner_number(case, "N-1", NOW)
        if not tx.jobs.holds(zombie):
            raise Fenced

    with pytest.raises(Fenced):
        await store.write(unit)
    record = await store.read(lambda tx: tx.cases.get(case))
    assert record is not None
    assert record.partner_number is None


async def test_a_new_job_is_never_taken_for_an_old_one(store: Store) -> None:
    """A job that was deleted and asked for again has another id, so that the old claimer does not hold it."""
    (case,) = await add_cases(store, "KS1")
    await enqueue(store, case)
    (old,) = await claim(store)
    await store.write(lambda tx: tx.jobs.finish(old))
    await enqueue(store, case)
    (new,) = await claim(store)
    assert new.fence == old.fence
    assert new.id != old.id
    assert await store.write(lambda tx: tx.jobs.finish(old)) is False


async def test_a_wish_while_a_job_is_out_re_arms_it(store: Store) -> None:
    """Finishing a job that was asked for meanwhile brings it back, due now and with all its tries."""
    (case,) = await add_cases(store, "KS1")
    await enqueue(store, case)
    (job,) = await claim(store)
    await enqueue(store, case, later(seconds=5))
    assert await store.write(lambda tx: tx.jobs.finish(job)) is True
    (again,) = await claim(store, later(seconds=1))
    assert (again.id, again.tries, again.first_try_at, again.fence) == (job.id, 1, later(seconds=1), job.fence + 1)
    assert await store.write(lambda tx: tx.jobs.finish(again)) is True
    assert await claim(store, later(days=1)) == []


@pytest.mark.parametrize(("more", "tries"), [({}, 2), ({"count": False}, 1), ({"tries": 0}, 1), ({"tries": 5}, 6)])
async def test_rescheduling_counts_tries_as_told(store: Store, more: dict[str, int], tries: int) -> None:
    """A try counts unless it is given back or the number is set."""
    (case,) = await add_cases(store, "KS1")
    await enqueue(store, case)
    (job,) = await claim(store)
    assert await store.write(lambda tx: tx.jobs.reschedule(job, later(minutes=1), "busy", **more)) is True
    assert await claim(store, later(seconds=59)) == []
    (again,) = await claim(store, later(seconds=60))
    assert again.tries == tries


async def test_a_wish_shortens_a_pause_but_not_a_retry(store: Store) -> None:
    """Asked for while out, a job that merely waits for news is due at once; one whose try failed keeps its distance."""
    waiting, failing = await add_cases(store, "KS1", "KS2")
    await enqueue(store, waiting)
    await enqueue(store, failing)
    jobs = {job.case_id: job for job in await claim(store)}
    await enqueue(store, waiting)
    await enqueue(store, failing)
    await store.write(lambda tx: tx.jobs.reschedule(jobs[waiting], later(hours=1), "no news", tries=0))
    await store.write(lambda tx: tx.jobs.reschedule(jobs[failing], later(hours=1), "timeout"))
    assert [job.case_id for job in await claim(store, later(seconds=1))] == [waiting]


async def test_a_parked_job_waits_for_a_person(store: Store) -> None:
    """A parked job is not claimed, not even when asked for; unparked it runs again with all its tries."""
    (case,) = await add_cases(store, "KS1")
    await enqueue(store, case)
    (job,) = await claim(store)
    assert await store.write(lambda tx: tx.jobs.park(job, "exhausted")) is True
    assert await store.read(lambda tx: tx.jobs._connection.execute(sa.select(jobs_table.c.reason)).scalar_one()) == "exhausted"
    await enqueue(store, case)
    assert await claim(store, later(days=9)) == []
    assert await store.read(lambda tx: (tx.jobs.depth(), tx.jobs.next_due())) == ({(JobKind.DELIVER, "north"): (0, 0, 1)}, None)
    assert await store.write(lambda tx: tx.jobs.unpark("deliver", case, later(days=9))) is True
    assert await store.write(lambda tx: tx.jobs.unpark("deliver", case, later(days=9))) is False
    (again,) = await claim(store, later(days=9))
    assert (again.tries, again.first_try_at) == (1, later(days=9))


async def test_lanes_excluded_full_or_paused_are_passed_over(store: Store) -> None:
    """A full lane gives as many as it has room for, and its backlog keeps no other lane waiting."""
    north = await add_cases(store, *(f"KSN{n}" for n in range(12)))
    south, east, west = await add_cases(store, "KSS", "KSE", "KSW")
    for case in north:
        await enqueue(store, case, later(seconds=-60))
    await enqueue(store, south, lane="south")
    await enqueue(store, east, lane="east")
    await enqueue(store, west, lane="west")
    await store.write(lambda tx: tx.partners.pause("east", later(minutes=5), "credentials", NOW))
    jobs = await claim(store, limit=5, exclude_lanes={"west"}, per_lane={"north": 2})
    assert [(job.lane, job.case_id) for job in jobs] == [("north", north[0]), ("north", north[1]), ("south", south)]
    assert await claim(store, limit=5, exclude_lanes={"west"}, per_lane={"north": 0}) == []
    assert await store.read(lambda tx: tx.jobs.oldest_due(NOW)) == later(seconds=-60)
    jobs = await claim(store, later(minutes=5), limit=2, exclude_lanes={"north", "south"})
    assert [job.lane for job in jobs] == ["east", "west"]


async def test_a_lane_nobody_named_has_its_bound_too(store: Store) -> None:
    """elsewhere: how many any other lane takes; the rest of its backlog keeps no other lane waiting."""
    for n, case in enumerate(await add_cases(store, *(f"KSN{n}" for n in range(9)))):
        await enqueue(store, case, later(seconds=n - 60), lane="hall:a" if n < 8 else "hall:b")
    jobs = await claim(store, limit=6, elsewhere=2)
    assert [job.lane for job in jobs] == ["hall:a", "hall:a", "hall:b"]


async def test_next_due_knows_pauses(store: Store) -> None:
    """A paused lane's job is next only when the pause ends, so that a worker does not spin; resumed, it is due."""
    (case,) = await add_cases(store, "KS1")
    await enqueue(store, case)
    await store.write(lambda tx: tx.partners.pause("north", later(minutes=5), "credentials", NOW))
    assert await store.read(lambda tx: tx.jobs.next_due()) == later(minutes=5)
    await store.write(lambda tx: tx.partners.resume("north"))
    assert await store.read(lambda tx: tx.jobs.next_due()) == NOW


async def test_two_claimers_never_get_the_same_job(store_url: str) -> None:
    """Two stores that claim at the same time share the jobs out without a repetition or a gap."""
    stores = [Store.open(store_url), Store.open(store_url)]
    cases = await add_cases(stores[0], *(f"KS{n}" for n in range(60)))
    await stores[0].write(lambda tx: [tx.jobs.enqueue("deliver", case, "north", NOW) for case in cases])
    claims = await asyncio.gather(*(claim(stores[n % 2], limit=7, worker=str(n % 2)) for n in range(24)))
    taken = Counter(job.case_id for jobs in claims for job in jobs)
    assert taken == Counter(cases)
    for store in stores:
        await store.close()


async def test_leases_are_released_by_worker_or_all(store: Store) -> None:
    """A worker that stops gives back its own leases; at start every lease is given back."""
    one, two = await add_cases(store, "KS1", "KS2")
    await enqueue(store, one)
    await claim(store, worker="a")
    await enqueue(store, two)
    await claim(store, worker="b")
    assert await store.write(lambda tx: tx.jobs.release_all(NOW, "a")) == 1
    (job,) = await claim(store, worker="c")
    assert (job.case_id, job.tries, job.fence) == (one, 2, 2)
    assert await store.write(lambda tx: tx.jobs.release_all(NOW, None)) == 2
    assert len(await claim(store, worker="d")) == 2
