"""Errors as halls see them: RFC 9457 problem details, all faults at once, Chinese first and English beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope

from gateway.errors import TongbanError
from gateway.flow import Refusal, RefusalKind
from gateway.model import Fault, fault
from gateway.store import StoreError
from gateway.wire import Json, dump_json

log = structlog.get_logger("gateway.web")

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:tongban:problem:"
STATUS: Final[Mapping[RefusalKind, int]] = {
    RefusalKind.MALFORMED: 400,
    RefusalKind.NO_KEY: 400,
    RefusalKind.UNAUTHENTICATED: 401,
    RefusalKind.UNKNOWN: 404,
    RefusalKind.IN_HAND: 409,
    RefusalKind.TOO_LARGE: 413,
    RefusalKind.MEDIA_TYPE: 415,
    RefusalKind.INVALID: 422,
    RefusalKind.UNAVAILABLE: 503,
}
TITLES: Final[Mapping[int, str]] = {
    400: "请求有误 / Bad request",
    401: "未通过身份验证 / Not authenticated",
    404: "没有找到 / Not found",
    405: "请求方法不适用 / Method not allowed",
    408: "请求超时 / Request timed out",
    409: "前一请求仍在处理 / The first request is still in hand",
    413: "内容过大 / Content too large",
    415: "内容类型不接受 / Content type not accepted",
    421: "主机名不符 / Misdirected request",
    422: "内容有误 / Content not acceptable",
    431: "请求头过大 / Headers too large",
    500: "内部错误 / Internal error",
    503: "暂时不可用 / Temporarily unavailable",
}
_HEADERS: Final[Mapping[int, Mapping[str, str]]] = {
    401: {"WWW-Authenticate": 'Bearer realm="tongban"'},
    408: {"Connection": "close"},
    409: {"Retry-After": "1"},
    503: {"Retry-After": "5"},
}
_UNKNOWN_NAMES: Final[Mapping[str, str]] = {"number": "case.unknown", "result_id": "result.unknown"}


class RejectedError(TongbanError):
    """A request that this room refuses by itself, before any use case is asked. status: HTTP."""

    def __init__(self, status: int, why: Fault) -> None:
        super().__init__(why.code, why.zh, why.en)
        self.status = status
        self.fault = why


def document(status: int, faults: Sequence[Fault], path: str) -> dict[str, Json]:
    """The problem details. path: as requested, without its query. The type names the fault, or what several faults have in common."""
    first = faults[0]
    alone = len({f.code for f in faults}) == 1
    return {
        "type": TYPE_PREFIX + (first.code if alone else "content.faults"),
        "title": TITLES[status],
        "status": status,
        "detail": f"{first.zh} {first.en}"
        if alone
        else f"共有 {len(faults)} 处问题,见 errors。 There are {len(faults)} faults; see errors.",
        "instance": quote(path, safe="/:@!$&'()*+,;=~"),
        "errors": [asdict(f) for f in faults],
    }


def problem(status: int, faults: Sequence[Fault], path: str, **extra: Json) -> Response:
    """The answer for a refused request, with the headers its status calls for. extra: members beside the standard ones."""
    headers = dict(_HEADERS.get(status, {}))
    return Response(dump_json(document(status, faults, path) | extra), status, headers, MEDIA_TYPE)


def failure(incident: str, path: str) -> Response:
    """The answer when we failed: an incident number for the operator's log and nothing else."""
    return problem(500, [fault("service.failed", incident=incident)], path)


def install(app: FastAPI) -> None:
    """Answer every refusal of this app in this form; what nobody expected is the edge's."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, error: Refusal) -> Response:
        return problem(STATUS[error.kind], error.faults, request.scope["path"])

    @app.exception_handler(RejectedError)
    async def rejected(request: Request, error: RejectedError) -> Response:
        return problem(error.status, [error.fault], request.scope["path"])

    @app.exception_handler(StoreError)
    async def store_failed(request: Request, error: StoreError) -> Response:
        log.error("store.failed", code=error.code, detail=error.detail)
        return problem(503, [fault("service.unavailable")], request.scope["path"])

    @app.exception_handler(RequestValidationError)
    async def parameters(request: Request, error: RequestValidationError) -> Response:
        status, faults = _parameter_faults(error)
        return problem(status, faults, request.scope["path"])

    @app.exception_handler(HTTPException)
    async def unrouted(request: Request, error: HTTPException) -> Response:
        if error.status_code != 405:
            return problem(404, [fault("route.unknown")], request.scope["path"])
        answer = problem(405, [fault("method.unknown")], request.scope["path"])
        answer.headers["Allow"] = ", ".join(sorted(_methods_here(app, request.scope)))
        return answer


def _parameter_faults(error: RequestValidationError) -> tuple[int, list[Fault]]:
    """A path that names nothing is unknown; query parameters are told one by one, without the value that was given."""
    faults = []
    for entry in error.errors():
        place, name = entry["loc"][0], str(entry["loc"][-1])
        if place == "path":
            return 404, [fault(_UNKNOWN_NAMES.get(name, "route.unknown"))]
        zh, en = _hint(entry["type"], entry.get("ctx", {}))
        faults.append(fault("query.invalid", name=name, hint_zh=zh, hint_en=en))
    return 422, faults


def _hint(kind: str, about: Mapping[str, Any]) -> tuple[str, str]:
    match kind:
        case "int_parsing" | "int_parsing_size":
            return "应为整数。", "It must be an integer."
        case "greater_than_equal":
            return f"不得小于 {about['ge']}。", f"It must be at least {about['ge']}."
        case "less_than_equal":
            return f"不得大于 {about['le']}。", f"It must be at most {about['le']}."
        case "literal_error":
            return f"可取:{about['expected']}。", f"It must be {about['expected']}."
        case _:
            return "格式不对。", "It does not have the required form."


def _methods_here(app: FastAPI, scope: Scope) -> set[str]:
    """The methods of every route with this path."""
    contexts = iter_route_contexts(app.routes)
    return {method for route in contexts if route.matches(scope)[0] is not Match.NONE for method in route.methods or ()}
