"""What a route may ask for: the context, and the hall that is calling. A route that names Caller is closed to everybody else."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from gateway.flow import Context, Intake, authenticate
from gateway.settings import Settings
from gateway.store import HallRecord

_bearer = HTTPBearer(
    scheme_name="hallKey",
    description="大厅密钥,由网关管理员用 `tongban hall key` 签发。 The hall's key, issued by the gateway's administrator.",
    auto_error=False,
)


async def context(request: Request) -> Context:
    """What the use cases work with."""
    ctx: Context = request.app.state.ctx
    return ctx


async def intake(request: Request) -> Intake:
    """The one way in of this process."""
    way_in: Intake = request.app.state.intake
    return way_in


async def settings(request: Request) -> Settings:
    """The settings of this process."""
    given: Settings = request.app.state.settings
    return given


async def hall(request: Request, ctx: Annotated[Context, Depends(context)], _scheme: Annotated[object, Security(_bearer)]) -> HallRecord:
    """The hall whose key came with the request. Refuses everyone else (401). The scheme is named for the API's description only."""
    return await authenticate(ctx, request.headers.get("authorization"))


Ctx = Annotated[Context, Depends(context)]
WayIn = Annotated[Intake, Depends(intake)]
Given = Annotated[Settings, Depends(settings)]
Caller = Annotated[HallRecord, Depends(hall)]
