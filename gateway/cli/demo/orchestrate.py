"""The demo from start to end: stage, processes, cases, recount, report; whatever happens, no process is left behind."""

import asyncio
import contextlib
import shutil
import signal
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.cli.demo.processes import Family
from gateway.cli.demo.stage import Options, Stage, gateway_command, halls_command, partner_command, set_stage
from gateway.cli.speech import tell

if TYPE_CHECKING:
    from gateway.cli.demo.administration import Halls

T = TypeVar("T")


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
    tell("正在启动网关、模拟对接方与模拟大厅……", "Starting the gateway, the simulated partners and the simulated halls…", stderr=True)
    async with Family() as family:
        halls = await _unless_one_dies(family, raise_curtain(family, stage, options))
        # Imported while the processes start, or they would start that much later.
        from gateway.cli.demo.driver import Driver
        from gateway.cli.demo.play import Play, outbound_to
        from gateway.cli.demo.report import print_report

        async with outbound_to(stage) as outbound:
            play = Play(options, stage, family, outbound, Driver(outbound, stage.url("gateway"), halls.keys))
            await _unless_one_dies(family, play.act())
            report = await play.report(time.monotonic() - began)
            print_report(report, stage, as_json=options.as_json, kept=options.keep)
            if options.keep:
                tell("网关继续运行，按 Ctrl-C 结束。", "The gateway keeps serving; Ctrl-C ends it.", stderr=True)
                with contextlib.suppress(asyncio.CancelledError):
                    await _unless_one_dies(family, _for_ever())
        return 0 if report.sound else 1


async def raise_curtain(family: Family, stage: Stage, options: Options) -> "Halls":
    """Start everything; the administration is done, and all that it needs imported, while the processes start."""
    children = [await family.spawn(gateway_command(stage))]
    children += [await family.spawn(partner_command(stage, actor, options)) for actor in stage.actors]
    from gateway.cli.demo.administration import administer

    halls = await administer(stage)
    children.append(await family.spawn(halls_command(stage, seed=options.seed)))
    await asyncio.gather(*map(family.ready, children))
    return halls


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
