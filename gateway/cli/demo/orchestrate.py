"""The demo from start to end: stage, processes, cases, recount, report; whatever happens, no process is left behind."""

import asyncio
import contextlib
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from gateway.cli import world
from gateway.cli.demo.driver import Driver, get_json, submission
from gateway.cli.demo.processes import Family
from gateway.cli.demo.progress import Progress, Standing
from gateway.cli.demo.recount import Held, Told, held_rows, recount, told_rows
from gateway.cli.demo.report import Report, print_report
from gateway.cli.demo.stage import CLERK, Halls, Stage, administer, gateway_command, halls_command, partner_command, set_stage
from gateway.cli.demo.tally import explain, read_tally
from gateway.cli.desk import open_desk
from gateway.cli.speech import tell
from gateway.cli.trouble import CommandError
from gateway.outbound import AddressRules, Origin, Outbound, OutboundError
from gateway.store import Store

T = TypeVar("T")

LOOK_SECONDS = 0.4
LOOK_SHARE = 4
"""Looking takes at most a fifth of the time, however much there is to see."""
HANGING_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Options:
    """cases: how many; kill_gateway: kill -9 it half-way; transient, lost_answer: shares of calls that fail so."""

    cases: int
    seed: int
    keep: bool
    as_json: bool
    kill_gateway: bool
    transient: float
    lost_answer: float

    @property
    def deadline_seconds(self) -> float:
        """After which a case that is not done counts as hanging."""
        return 90.0 + 0.5 * self.cases


@dataclass(slots=True)
class Play:
    """A demo in progress."""

    options: Options
    stage: Stage
    family: Family
    outbound: Outbound
    driver: Driver

    async def submit(self) -> None:
        """Hand in all cases."""
        made = world.cases(self.options.seed, self.options.cases, datetime.now(UTC))
        await self.driver.submit_all([submission(hall, draft) for hall, draft in made])

    async def kill_half_way(self) -> None:
        """When half of the cases are acknowledged: kill -9, and start again on the same file."""
        while len(self.driver.acknowledged) < self.options.cases // 2:  # noqa: ASYNC110 - the driver counts, and is not to know who looks
            await asyncio.sleep(0.02)
        await self.family.restart("gateway")
        tell("已用 kill -9 结束网关并在同一文件上重启", "the gateway was killed and started again on the same file", stderr=True)

    async def until_told(self) -> None:
        """Until each hall knows the end of every case; shows how far that is. CommandError at the deadline, saying what hangs and why."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.options.deadline_seconds
        with Progress() as progress:
            while True:
                began = loop.time()
                with contextlib.suppress(OutboundError):
                    held, told = await self.look()
                    final = {event.number for event in told if event.final}
                    acknowledged = self.driver.acknowledged
                    progress.show(Standing(self.options.cases, len(acknowledged), len({row.number for row in held}), len(final)))
                    if len(acknowledged) == self.options.cases and all(case.number in final for case in acknowledged):
                        return
                if loop.time() > deadline:
                    raise await self._hanging()
                await asyncio.sleep(max(LOOK_SECONDS, LOOK_SHARE * (loop.time() - began)))

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


async def run(options: Options) -> int:
    """Play the demo; its exit code. Signals end it in order. Raises CommandError when it cannot be played to its end."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    caught: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        if not caught:
            caught.append(number)
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end, number)
    folder = Path(tempfile.mkdtemp(prefix="tongban-demo-"))
    try:
        return await _play(options, folder)
    except asyncio.CancelledError:
        return 128 + caught[0]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _play(options: Options, folder: Path) -> int:
    began = time.monotonic()
    stage = set_stage(folder)
    async with Family() as family, outbound_to(stage) as outbound:
        halls = await _unless_one_dies(family, raise_curtain(family, stage, options))
        play = Play(options, stage, family, outbound, Driver(outbound, stage.url("gateway"), halls.keys))
        await _unless_one_dies(family, _act(play))
        report = await play.report(time.monotonic() - began)
        print_report(report, stage, as_json=options.as_json, kept=options.keep)
        if options.keep:
            tell("网关继续运行，按 Ctrl-C 结束。", "The gateway keeps serving; Ctrl-C ends it.", stderr=True)
            with contextlib.suppress(asyncio.CancelledError):
                await _unless_one_dies(family, _for_ever())
        return 0 if report.sound else 1


async def raise_curtain(family: Family, stage: Stage, options: Options) -> Halls:
    """Start everything, side by side where nothing depends on the other."""
    async with open_desk(stage.settings, CLERK):
        pass  # opening makes keys and tables, before several processes open them at once
    faults = {"seed": options.seed, "transient": options.transient, "lost_answer": options.lost_answer}

    async def halls() -> Halls:
        known = await administer(stage)
        await family.start(halls_command(stage, seed=options.seed))
        return known

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(family.start(gateway_command(stage)))
        for actor in stage.actors:
            tasks.create_task(family.start(partner_command(stage, actor, **faults)))  # type: ignore[arg-type]
        known = tasks.create_task(halls())
    return known.result()


async def _act(play: Play) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(play.submit())
        if play.options.kill_gateway:
            tasks.create_task(play.kill_half_way())
        tasks.create_task(play.until_told())


async def _for_ever() -> None:
    await asyncio.Event().wait()


async def _unless_one_dies(family: Family, work: Coroutine[Any, Any, T]) -> T:
    """The work's result; when a process dies meanwhile, the work is given up and that is the error."""
    task = asyncio.ensure_future(work)
    try:
        waited: set[asyncio.Future[Any]] = {task, family.failure}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            family.failure.result()
        return task.result()
    except BaseExceptionGroup as errors:
        raise _first(errors) from None
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})


def _first(error: BaseException) -> BaseException:
    """What went wrong first among what went wrong together."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


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
