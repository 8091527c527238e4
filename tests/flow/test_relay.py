"""Relay, the worker, and what operators see."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from gateway.flow import Worker, case_events, ledger_state, readiness, store_state
from gateway.flow.worker import HALL_IN_FLIGHT, HANDLERS
from gateway.model import Received, Refused, Status
from gateway.outbound import OutboundError, Sent
from gateway.store import JobKind, StoreError

from .harness import Desk, ScriptedPartner, came_to, draft, report


async def test_the_hall_hears_every_change_in_order_once(desk: Desk) -> None:
    """Sequence rises, ids are stable, and the webhook's data is the document of GET …/events."""
    desk.partner.script["query"] = [came_to(Received("P-1"), report(Status.APPROVED, "11", result=True))]
    number = (await desk.submit()).number
    await desk.work()
    desk.clock.pass_(minutes=5)
    await desk.work()
    heard = [event["sequence"] for event in desk.listener.heard]
    assert heard == sorted(set(heard))
    assert [e["status"]["code"] for e in desk.listener.heard if e["status"]] == ["21", "50", "70", "90"]
    told = (await case_events(desk.ctx, desk.hall, number, after=2))["events"]
    assert desk.listener.heard == told
    assert desk.listener.ids[0] == f"evt_{number}_3"


async def test_a_hall_that_does_not_answer_is_told_again_in_order(desk: Desk) -> None:
    """A failure stops the rest until the failed one is through."""
    desk.listener.answers = [OutboundError("outbound.connect", Sent.SURELY_NOT), 500, 302]
    desk.partner.script["submit"] = [came_to(Refused("field-invalid", "x"))]
    await desk.submit()
    for wait in (0, 5, 60, 60):
        desk.clock.pass_(seconds=wait)
        await desk.work()
    assert [e["status"]["code"] for e in desk.listener.heard] == ["22"]


async def test_a_hall_that_says_gone_or_stays_silent_for_days_gets_a_ticket(desk: Desk) -> None:
    """410 parks at once, silence after working days; nothing is dropped: the events stay readable."""
    desk.listener.answers = [410]
    number = (await desk.submit()).number
    await desk.work()
    assert await desk.tickets() == [("relay-failed", "gone")]
    desk.listener.answers = [500] * 100
    await desk.submit(key="k-2")
    started = desk.clock.now()
    while ("relay-failed", "refused") not in await desk.tickets():
        await desk.work()
        desk.clock.pass_(hours=7)
    assert desk.clock.now() - started >= timedelta(days=4)
    told = (await case_events(desk.ctx, desk.hall, number, after=0))["events"]
    assert [event["status"]["code"] for event in told if event["status"]][-1] == "21"


async def test_a_hall_without_a_webhook_reads_for_itself(desk: Desk) -> None:
    """No call, no ticket, nothing left in the queue but the tracking and the watch on the clocks."""
    await desk.store.write(lambda tx: tx.halls.set_webhook(desk.hall.id, None, None))
    await desk.submit()
    await desk.work()
    assert desk.listener.heard == []
    assert await desk.tickets() == []
    depth = {(JobKind.TRACK, "somewhere"): (1, 0, 0), (JobKind.CLOCK, "clocks"): (1, 0, 0)}
    assert await desk.store.read(lambda tx: tx.jobs.depth()) == depth


async def run_worker(desk: Desk, until: asyncio.Event) -> None:
    """Run a real worker until the event."""
    worker = Worker(desk.ctx)
    desk.store.listen(worker.wake)
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(20):
        await until.wait()
    worker.stop()
    await task


async def test_the_worker_runs_what_is_due_and_gives_its_leases_back(desk: Desk) -> None:
    """Woken by the commit, without waiting for its idle round, which would come after an hour."""
    called, resting = asyncio.Event(), asyncio.Event()
    desk.partner.on_call = lambda step: called.set()

    class Resting(Worker):
        async def _rest(self) -> None:
            resting.set()
            await super()._rest()

    worker = Resting(replace(desk.ctx, rules=replace(desk.ctx.rules, idle=timedelta(hours=1))))
    desk.store.listen(worker.wake)
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(20):
        await resting.wait()
        await desk.submit()
        await called.wait()
        worker.stop()
        await task
    depth = await desk.store.read(lambda tx: tx.jobs.depth())
    assert all(leased == 0 for _, leased, _ in depth.values())


async def test_a_job_that_crashes_us_is_parked_with_a_ticket_and_the_worker_lives(desk: Desk) -> None:
    """A programming error in one case stops neither the worker nor the next case."""
    done = asyncio.Event()
    crashed: list[str] = []

    def crash_once(step: str) -> None:
        if not crashed:
            crashed.append(step)
            raise ZeroDivisionError
        done.set()

    desk.partner.on_call = crash_once
    await desk.submit()
    await desk.submit(key="k-2")
    await run_worker(desk, done)
    assert await desk.tickets() == [("crashed:deliver", "crashed")]


async def test_a_partner_that_hangs_holds_up_no_other(desk: Desk) -> None:
    """Its lane is full with four calls; another partner's case goes through meanwhile."""
    release, delivered = asyncio.Event(), asyncio.Event()

    class Hanging(ScriptedPartner):
        async def run(self, step: str, facts: object) -> object:  # type: ignore[override]
            await release.wait()
            return await super().run(step, facts)  # type: ignore[arg-type]

    hanging = Hanging(name="hanging", script=dict(desk.partner.script))
    other = ScriptedPartner(name="other", script=dict(desk.partner.script), on_call=lambda step: delivered.set())
    ctx = replace(desk.ctx, partners={"hanging": hanging, "other": other})
    object.__setattr__(hanging, "regions", ("220100",))
    for index in range(6):
        await replace_intake(desk, ctx, f"h-{index}")
    object.__setattr__(hanging, "regions", ("520000",))
    await replace_intake(desk, ctx, "o-1")
    worker = Worker(ctx)
    desk.store.listen(worker.wake)
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(20):
        await delivered.wait()
    assert len(other.calls) == 1
    assert hanging.calls == []
    release.set()
    worker.stop()
    await task
    assert len(hanging.calls) == 4, "never more at once than the partner bears"


async def test_a_silent_hall_holds_up_no_delivery(desk: Desk) -> None:
    """More news than there are hands, all for a hall that hangs: some hands stay free from the first claim on."""
    full, release, delivered = asyncio.Event(), asyncio.Event(), asyncio.Event()
    at_once = 0

    class Silent:
        async def call(self, request: object, *, deadline_seconds: float, max_bytes: int) -> object:
            nonlocal at_once
            at_once += 1
            if at_once == HALL_IN_FLIGHT:
                full.set()
            await release.wait()
            raise OutboundError("outbound.timeout", Sent.PERHAPS)

    for index in range(12):
        await desk.submit(key=f"n-{index}")
    for job in await desk.claim():
        await HANDLERS[JobKind(job.kind)](desk.ctx, job)
    desk.clock.pass_(seconds=1)
    await desk.submit(key="late")
    desk.partner.on_call = lambda step: delivered.set()
    worker = Worker(replace(desk.ctx, webhooks=Silent()))  # type: ignore[arg-type]
    desk.store.listen(worker.wake)
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(20):
        await full.wait()
        await delivered.wait()
    assert at_once == HALL_IN_FLIGHT
    worker.stop()
    release.set()
    await task


async def test_a_worker_that_is_cut_short_gives_its_leases_back(desk: Desk) -> None:
    """The partner does not answer before we must stop: the call is dropped as perhaps sent, and another may take the job at once."""
    calling = asyncio.Event()

    async def hang(step: str) -> None:
        calling.set()
        await asyncio.Event().wait()

    desk.partner.during = hang
    number = (await desk.submit()).number
    worker = Worker(desk.ctx)
    before = asyncio.all_tasks()
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(20):
        await calling.wait()
        worker.stop()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
    assert asyncio.all_tasks() <= before, "nothing goes on behind it, nor renews a lease"
    case = await desk.case(number)
    (attempt,) = await desk.store.read(lambda tx: tx.attempts.of_case(case.id))
    assert attempt.finished_at is None
    assert [job.case_id for job in await desk.claim()] == [case.id]


async def test_a_job_the_store_can_never_do_is_parked_and_one_it_cannot_do_now_is_not(desk: Desk) -> None:
    """A missing attachment needs a person; a busy database needs a moment, in which the lease runs out."""
    for code, tickets in (("store.busy", []), ("store.attachment-missing", [("crashed:deliver", "store.attachment-missing")])):
        called = asyncio.Event()

        def fail(step: str, code: str = code, called: asyncio.Event = called) -> None:
            called.set()
            raise StoreError(code)

        desk.partner.on_call = fail
        await desk.submit(key=code)
        await run_worker(desk, called)
        assert await desk.tickets() == tickets


async def test_news_that_waited_for_a_person_goes_to_the_halls_new_address(desk: Desk) -> None:
    """The old address is gone, the job parked; when the hall's webhook changes it is told without a further hand."""
    desk.listener.answers = [410]
    await desk.submit()
    await desk.work()
    assert desk.listener.heard == []
    await desk.store.write(lambda tx: tx.halls.set_webhook(desk.hall.id, "http://127.0.0.1:9/new", desk.hall.webhook_secret_sealed))
    assert await desk.work() == ["relay"]
    assert [event["status"]["code"] for event in desk.listener.heard] == ["21"]


async def replace_intake(desk: Desk, ctx: object, key: str) -> None:
    """Submit through an intake that knows these partners."""
    from gateway.flow import Intake

    from .harness import dump

    await Intake(ctx).accept(desk.hall, key, dump(draft()))  # type: ignore[arg-type]


async def test_operators_see_queue_tickets_and_ledger(desk: Desk) -> None:
    """Depth by lane and state, how late the oldest job is, and exact totals."""
    await desk.submit()
    desk.clock.pass_(minutes=2)
    state = await store_state(desk.store, ["somewhere"], desk.clock.now())
    assert state.jobs[("deliver", "somewhere", "waiting")] == 1
    assert state.oldest_due_seconds == timedelta(minutes=2).total_seconds()
    assert state.paused == {"somewhere": False}
    assert state.cases == {Status.DISPATCHING: 1}
    assert (await ledger_state(desk.store)).corrections == 0
    assert (await readiness(desk.ctx)).ok
