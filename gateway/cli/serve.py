"""`tongban serve`: the gateway itself."""

import asyncio
import os
import sys
import threading
from typing import Annotated, Any

import typer
import uvloop

from gateway.settings import Settings

app = typer.Typer()


@app.command("serve")
def serve_command(
    host: Annotated[str | None, typer.Option(help="监听地址 / address to listen on")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="监听端口，0 为任取空闲端口 / port, 0 for a free one")] = None,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="只接收，不处理任务 / take in only, work on no jobs")] = False,
    until_stdin_closes: Annotated[
        bool, typer.Option("--until-stdin-closes", help="标准输入关闭即停止 / stop when standard input closes")
    ] = False,
) -> None:
    """启动网关；就绪后输出一行 listening http://… / start the gateway; prints the line listening http://… when ready"""
    given: dict[str, Any] = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    if no_worker:
        given["worker"] = False
    settings = Settings.load(**given)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, until_stdin_closes=until_stdin_closes))


async def _serve(settings: Settings, *, until_stdin_closes: bool) -> None:
    # The web and everything below it take a second to import, which only this command should spend.
    from gateway.web import create_app, serve
    from gateway.wiring import build

    stop = asyncio.Event()
    if until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(asyncio.get_running_loop(), stop), daemon=True).start()
    async with build(settings, serve=True) as application:
        await serve(
            create_app(application.ctx, settings, application.worker),
            host=settings.host,
            port=settings.port,
            ready=lambda url: print(f"listening {url}", flush=True),
            stop=stop,
            shutdown_seconds=settings.shutdown_seconds,
        )


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Set `stop` when standard input ends; a parent that dies, however it dies, closes it."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(stop.set)
