"""What probes and integrators read without a key: liveness, readiness, metrics, the API's description. Nothing about any case."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from gateway.flow import readiness
from gateway.model import fault
from gateway.telemetry import Scope
from gateway.wire import dump_json

from .bodies import JSON
from .documents import Alive, Ready
from .guard import Ctx
from .openapi import problems
from .problems import problem

router: Final = APIRouter()
_UNAVAILABLE: Final = problems(503)
_TEXT: Final[dict[str, Any]] = {"schema": {"type": "string"}}


@router.get("/livez", summary="进程存活 / Liveness", tags=["health"], responses={200: {"model": Alive}, **_UNAVAILABLE})
async def livez(request: Request) -> Response:
    """进程及其任务处理在运行。 The process runs, and its worker, if it has one."""
    worker: asyncio.Task[None] | None = request.app.state.working
    if worker is not None and worker.done():
        return problem(503, [fault("service.unavailable")], "/livez")
    return Response(dump_json({"status": "alive"}), media_type=JSON)


@router.get("/readyz", summary="就绪 / Readiness", tags=["health"], responses={200: {"model": Ready}, **_UNAVAILABLE})
async def readyz(ctx: Ctx) -> Response:
    """能否收件;checks 逐项说明。 Whether cases can be taken; checks tells item by item."""
    state = await readiness(ctx)
    if not state.ok:
        return problem(503, [fault("service.unavailable")], "/readyz", checks=dict(state.checks))
    return Response(dump_json({"status": "ready", "checks": dict(state.checks)}), media_type=JSON)


@router.get(
    "/metrics",
    summary="指标 / Metrics",
    tags=["health"],
    response_class=Response,
    responses={200: {"description": "Prometheus", "content": {"text/plain": _TEXT}}, **problems(422, 503)},
)
async def metrics(
    ctx: Ctx,
    scope: Annotated[Scope, Query(description="process:本进程;ledger:共享的账目。 process: this process; ledger: what is shared.")] = "all",
) -> Response:
    """Prometheus 文本格式。 Prometheus text format."""
    body, content_type = await ctx.metrics.render(scope)
    return Response(body, headers={"Content-Type": content_type})


@router.get("/openapi.json", include_in_schema=False)
async def description(request: Request) -> Response:
    """The API's description."""
    return Response(dump_json(request.app.openapi()), media_type=JSON)
