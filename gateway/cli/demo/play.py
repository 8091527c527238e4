"""A demo in progress: the cases are handed in, followed to their end, and recounted."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.cli import world
from gateway.cli.demo.clerk import Clerk
from gateway.cli.demo.driver import Driver, get_json, submission
from gateway.cli.demo.processes import Family
from gateway.cli.demo.progress import Progress, Standing
from gateway.cli.demo.recount import Held, Told, held_rows, recount, told_rows
from gateway.cli.demo.report import Report
from gateway.cli.demo.stage import Options, Stage
from gateway.cli.demo.tally import explain, read_tally
from gateway.cli.speech import tell
from gateway.cli.trouble import CommandError
from gateway.outbound import AddressRules, Origin, Outbound, OutboundError
from gateway.store import Store

LOOK_SECONDS = 0.4
LOOK_SHARE = 4
"""Looking takes at most a fifth of the time, however much there is to see."""
HANGING_SHOWN = 20


@dataclass(slots=True)
class Play:
    """A demo in progress."""

    options: Options
    stage: Stage
    family: Family
    outbound: Outbound
    driver: Driver
    clerk: Clerk = field(init=False)

    def __post_init__(self) -> None:
        self.clerk = Clerk(self.driver, self.options.seed, self.options.withdraw)

    async def act(self) -> None:
        """Everything from the first submission until each hall knows the end of every case."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.submit())
            if self.options.kill_gateway:
                tasks.create_task(self.kill_half_way())
            tasks.create_task(self.until_told())

    async def submit(self) -> None:
        """Hand in all cases."""
        made = world.cases(self.options.seed, self.options.cases, datetime.now(UTC))
        await self.driver.submit_all([submission(hall, draft) for hall, draft in made], self.clerk.acknowledged)

    async def kill_half_way(self) -> None:
        """When half of the cases are acknowledged: kill -9, and start again on the same file."""
        while len(self.driver.acknowledged) < self.options.cases // 2:  # noqa: ASYNC110 - the driver counts, and is not to know who looks
            await asyncio.sleep(0.02)
        await self.family.restart("gateway")
        tell("已用 kill -9 结束网关并在同一文件上重启", "the gateway was killed and started again on the same file", stderr=True)

    async def until_told(self) -> None:
        """Until each hall knows the end of every case; meanwhile the clerk answers what is asked. Shows how far that is.

        CommandError at the deadline, saying what hangs and why.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.options.deadline_seconds
        async with asyncio.TaskGroup() as window:
            with Progress() as progress:
                while True:
                    began = loop.time()
                    with contextlib.suppress(OutboundError):
                        held, told = await self.look()
                        if self._show(progress, held, told):
                            return
                        for errand in self.clerk.errands(told):
                            window.create_task(errand)
                    if loop.time() > deadline:
                        raise await self._hanging()
                    await asyncio.sleep(max(LOOK_SECONDS, LOOK_SHARE * (loop.time() - began)))

    def _show(self, progress: Progress, held: list[Held], told: list[Told]) -> bool:
        """Show how far that is; whether it is the end."""
        final = {event.number for event in told if event.final}
        acknowledged = self.driver.acknowledged
        progress.show(Standing(self.options.cases, len(acknowledged), len({row.number for row in held}), len(final)))
        return len(acknowledged) == self.options.cases and all(case.number in final for case in acknowledged)

    async def look(self) -> tuple[list[Held], list[Told]]:
        """What partners hold and halls were told, from their own records."""
        stage = self.stage
        answers = await asyncio.gather(
            *(get_json(self.outbound, f"{stage.url(actor.folder)}/_mock/cases") for actor in stage.actors),
            get_json(self.outbound, f"{stage.url('halls')}/_mock/events"),
        )
        held = [row for actor, answer in zip(stage.actors, answers, strict=False) for row in held_rows(actor.folder, answer)]
        return held, told_rows(answers[-1])

    async def report(self, seconds: float) -> Report:
        """The recount of the three records, and what the gateway says of itself."""
        held, told = await self.look()
        acknowledged = self.driver.acknowledged
        async with _opened(self.stage) as store:
            tally = await read_tally(store, [case.number for case in acknowledged])
        return Report(len(acknowledged), recount(acknowledged, held, told), tally, seconds)

    async def _hanging(self) -> CommandError:
        _, told = await self.look()
        final = {event.number for event in told if event.final}
        hanging = [case.number for case in self.driver.acknowledged if case.number not in final]
        async with _opened(self.stage) as store:
            why = await explain(store, hanging[:HANGING_SHOWN])
        missing = self.options.cases - len(self.driver.acknowledged)
        if missing:
            why.append(f"未受领的原因 / why not acknowledged: {self.driver.trouble}")
        return CommandError(
            "demo.hanging",
            f"到时限仍有 {len(hanging)} 件未办结回传、{missing} 件未受领：\n" + "\n".join(why),
            f"At the deadline {len(hanging)} cases were not handled and told, {missing} not acknowledged; see above.",
        )


@asynccontextmanager
async def outbound_to(stage: Stage) -> AsyncIterator[Outbound]:
    """Our one client, allowed to call this stage's processes and nobody else."""
    origins = frozenset(Origin.of(stage.url(process)) for process in stage.ports)
    outbound = Outbound(origins=origins, rules=AddressRules.of(["127.0.0.0/8"]))
    try:
        yield outbound
    finally:
        await outbound.aclose()


@asynccontextmanager
async def _opened(stage: Stage) -> AsyncIterator[Store]:
    store = Store.open(stage.settings.database_url, attachments=stage.settings.attachments_folder)
    try:
        yield store
    finally:
        await store.close()
