"""Running one application as a process on loopback until it is told, or left alone."""

import asyncio
import json
import os
import signal
import sys
import threading

from aiohttp import web

HOST = "127.0.0.1"
PARENT_CHECK_SECONDS = 0.25
SHUTDOWN_SECONDS = 0.5


async def serve(app: web.Application, *, role: str, port: int, parent: int | None, until_stdin_closes: bool) -> None:
    """Serve until SIGTERM or SIGINT, until process `parent` is no longer ours, or until standard input ends.

    Prints one JSON line, {"listening": URL, "role": ROLE}, once connections are accepted.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        bound = runner.addresses[0][1]
        print(json.dumps({"listening": f"http://{HOST}:{bound}", "role": role}), flush=True)
        watcher = None
        if parent is not None:
            watcher = asyncio.create_task(_watch_parent(parent, stop))
        if until_stdin_closes:
            threading.Thread(target=_watch_stdin, args=(loop, stop), daemon=True).start()
        await stop.wait()
        if watcher is not None:
            watcher.cancel()
    finally:
        await runner.cleanup()


async def _watch_parent(parent: int, stop: asyncio.Event) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - the death of a parent raises no event
        await asyncio.sleep(PARENT_CHECK_SECONDS)
    stop.set()


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(stop.set)
