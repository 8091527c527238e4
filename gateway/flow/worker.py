"""The worker: claims what is due under a lease, runs it, and never lets one partner's trouble hold up another's."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import structlog

from gateway.store import JobKind, JobRecord, StoreError, Tx

from .alarms import look_at_clocks
from .context import Context
from .delivery import deliver
from .relay import relay
from .tickets import Ticket, open_ticket
from .tracking import track

log = structlog.get_logger()
Handler = Callable[[Context, JobRecord], Awaitable[None]]
HANDLERS: Mapping[JobKind, Handler] = {JobKind.DELIVER: deliver, JobKind.TRACK: track, JobKind.RELAY: relay, JobKind.CLOCK: look_at_clocks}
"""Every kind of job has its handler here."""
HALL_IN_FLIGHT = 4
_PASSING = frozenset(
    {"store.busy", "store.full", "store.unreachable", "store.commit-failed", "store.commit-unknown", "store.closed", "store.fenced"}
)
"""What is wrong with the store and not with the job."""


class Worker:
    """Runs jobs until stopped."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._running: dict[asyncio.Task[None], JobRecord] = {}
        self._wake = asyncio.Event()
        self._stopping = False
        self._next_start: dict[str, float] = {}

    def wake(self) -> None:
        """There may be something due."""
        self._wake.set()

    def stop(self) -> None:
        """Claim nothing more; what is running may end."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Until stop(): then what is running ends. Cancelled, it is cut short. Leases that are left are given back."""
        renewing = asyncio.create_task(self._renew())
        try:
            while not self._stopping:
                self._wake.clear()
                try:
                    claimed = await self._claim()
                except StoreError as error:
                    log.error("worker.claim-failed", code=error.code)
                    claimed = 0
                if claimed == 0 and not self._stopping:
                    await self._rest()
            await self._drain()
        finally:
            await self._let_go()
            renewing.cancel()
            await asyncio.wait({renewing})

    async def _claim(self) -> int:
        room = self._ctx.rules.max_in_flight - len(self._running)
        if room <= 0:
            return 0
        busy = Counter(job.lane for job in self._running.values())
        lanes = {name: partner.manner.in_flight - busy[name] for name, partner in self._ctx.partners.items()}
        lanes |= {lane: HALL_IN_FLIGHT - count for lane, count in busy.items() if lane not in lanes}
        now = self._ctx.clock.now()
        until = now + self._ctx.rules.lease
        jobs = await self._ctx.store.write(
            lambda tx: tx.jobs.claim(now, until, self._ctx.process, room, per_lane=lanes, elsewhere=HALL_IN_FLIGHT)
        )
        for job in jobs:
            task = asyncio.create_task(self._run(job))
            self._running[task] = job
            task.add_done_callback(self._ended)
        return len(jobs)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._wake.set()

    async def _rest(self) -> None:
        """Until something wakes us or falls due."""
        idle = self._ctx.rules.idle.total_seconds()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(idle):
                await self._wake.wait()

    async def _run(self, job: JobRecord) -> None:
        await self._pace(job.lane)
        try:
            await HANDLERS[JobKind(job.kind)](self._ctx, job)
        except StoreError as error:
            # Nothing was stored: the lease runs out and the job is claimed again, here or elsewhere, where that can help.
            log.error("job.store-failed", kind=job.kind, case_id=job.case_id, code=error.code)
            if error.code not in _PASSING:
                await self._park(job, error.code)
        except Exception:
            log.exception("job.crashed", kind=job.kind, case_id=job.case_id)
            await self._park(job, "crashed")

    async def _pace(self, lane: str) -> None:
        """Keep below the partner's calls a second."""
        partner = self._ctx.partners.get(lane)
        if partner is None or partner.manner.per_second <= 0:
            return
        loop = asyncio.get_running_loop()
        start = max(loop.time(), self._next_start.get(lane, 0.0))
        self._next_start[lane] = start + 1 / partner.manner.per_second
        if start > loop.time():
            await asyncio.sleep(start - loop.time())

    async def _park(self, job: JobRecord, reason: str) -> None:
        """A job that crashes us needs a person, and must not crash us for ever."""
        now = self._ctx.clock.now()

        def unit(tx: Tx) -> None:
            if tx.jobs.park(job, reason):
                open_ticket(tx, job.case_id, Ticket(f"crashed:{job.kind}", reason), now)

        try:
            await self._ctx.store.write(unit)
        except StoreError as error:
            log.error("job.park-failed", kind=job.kind, case_id=job.case_id, code=error.code)

    async def _renew(self) -> None:
        """Keep the leases of what is running from running out."""
        lease = self._ctx.rules.lease
        while True:
            await asyncio.sleep(lease.total_seconds() / 3)
            if self._running:
                await self._renew_once(list(self._running.values()), self._ctx.clock.now() + lease)

    async def _renew_once(self, jobs: list[JobRecord], until: datetime) -> None:
        try:
            await self._ctx.store.write(lambda tx: tx.jobs.renew(jobs, until))
        except StoreError as error:
            log.error("worker.renew-failed", code=error.code)

    async def _drain(self) -> None:
        """Let what is running end; it has deadlines of its own."""
        while self._running:
            await asyncio.wait(list(self._running))

    async def _let_go(self) -> None:
        """Cut short what still runs, which will be asked after as perhaps sent, and give our leases back."""
        cut_short = list(self._running)
        for task in cut_short:
            task.cancel()
        await asyncio.gather(*cut_short, return_exceptions=True)
        now = self._ctx.clock.now()
        with contextlib.suppress(StoreError):
            await self._ctx.store.write(lambda tx: tx.jobs.release_all(now, self._ctx.process))
