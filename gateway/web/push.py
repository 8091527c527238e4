"""Where partners call us. Who is calling is settled by the partner's own scheme, inside flow, from the raw bytes and headers."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response

from gateway.flow import take_push
from gateway.model import fault

from .bodies import read_body
from .guard import Ctx, Given
from .openapi import BINARY, problems
from .problems import RejectedError

router: Final = APIRouter(prefix="/push/v1")
_PLAIN: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": description, "content": {"text/plain": {"schema": {"type": "string"}}}}
    for status, description in (
        (401, "未通过验证。 Not verified."),
        (404, "已留存,但没有此办件;或没有此对接方(问题详情)。 Kept, but no such case; or no such partner (a problem document)."),
        (422, "已留存,但无法读取。 Kept, but unreadable."),
    )
}
"""What flow says in a line of text: partners are not halls, and few of their systems read problem documents."""
_PROBLEMS: Final = problems(404, 408, 413, 415, 503)
_PLAIN[404]["content"] |= _PROBLEMS[404]["content"]


@router.post(
    "/{partner}",
    summary="对接方推送 / A partner's push",
    tags=["push"],
    response_class=Response,
    responses={
        200: {"description": "按对接方的约定回答。 The answer that the partner expects.", "content": {"application/octet-stream": BINARY}},
        **_PROBLEMS,
        **_PLAIN,
    },
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": BINARY}}},
)
async def push(
    partner: Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", description="对接方文件夹名。 The partner's folder.")],
    request: Request,
    ctx: Ctx,
    given: Given,
) -> Response:
    """签名按对接方的方式验证。 The signature is verified in the partner's own manner."""
    body = await read_body(request, given.max_body_bytes)
    headers = {name: ", ".join(request.headers.getlist(name)) for name in request.headers}
    said = await take_push(ctx, partner, headers, body)
    if said is None:
        raise RejectedError(404, fault("route.unknown"))
    return Response(said.body, said.status, headers={"Content-Type": said.media_type})
