"""The app: rooms' routes, one edge, one form of errors; and the worker, which lives as long as the app does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import structlog
from fastapi import FastAPI

from gateway.flow import Context, Intake, Worker
from gateway.settings import Settings

from . import api, health, problems, push
from .edge import Edge
from .openapi import describe

log = structlog.get_logger("gateway.web")


class _App(FastAPI):
    """FastAPI with our description of the API."""

    def openapi(self) -> dict[str, Any]:
        return describe(self)


def create_app(ctx: Context, settings: Settings, worker: Worker | None = None, *, allowed_hosts: Sequence[str] = ("*",)) -> FastAPI:
    """The gateway's HTTP side.

    worker: runs from the app's start to its end, when it has shutdown_seconds to finish what is in hand.
    allowed_hosts: the host names under which we may be called; "*" is any.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if worker is None:
            yield
            return
        async with _at_work(worker, ctx, settings.shutdown_seconds) as task:
            app.state.working = task
            yield

    app = _App(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.ctx = ctx
    app.state.settings = settings
    app.state.intake = Intake(ctx)
    app.state.working = None
    for router in (api.router, push.router, health.router):
        app.include_router(router)
    problems.install(app)
    app.add_middleware(Edge, metrics=ctx.metrics, allowed_hosts=allowed_hosts)
    return app


@contextlib.asynccontextmanager
async def _at_work(worker: Worker, ctx: Context, shutdown_seconds: float) -> AsyncIterator[asyncio.Task[None]]:
    """The worker at work. One that fails is told in the log at once, and by /livez."""

    def ended(task: asyncio.Task[None]) -> None:
        ctx.metrics.worker_up(False)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("worker.failed", exc_info=error)

    task = asyncio.create_task(worker.run(), name="worker")
    task.add_done_callback(ended)
    ctx.metrics.worker_up(True)
    try:
        yield task
    finally:
        worker.stop()
        _, late = await asyncio.wait({task}, timeout=shutdown_seconds)
        if late:
            log.warning("worker.cut-short")
            task.cancel()
            await asyncio.wait({task})
