"""The hall's API, version 1: checks; cases, their events, visits and results; materials; regions and matters."""

from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from gateway.flow import (
    Accepted,
    add_visit,
    answer_supplement,
    case_document,
    case_events,
    case_trace,
    check,
    list_cases,
    list_matters,
    list_regions,
    request_withdrawal,
    result_content,
    upload_material,
)
from gateway.model import MEDIA_TYPES, Status, fault
from gateway.wire import Json, dump_json

from .bodies import JSON, UPLOAD_PATIENCE, file_name, read_body, refuse_forms, stream_body
from .check_documents import CheckAnswer
from .documents import (
    CaseAccepted,
    CaseFull,
    CaseList,
    EventList,
    MatterList,
    RegionList,
    SupplementAccepted,
    TraceDocument,
    UploadedMaterial,
    VisitDocument,
    WithdrawalAccepted,
)
from .guard import Caller, Ctx, Given, WayIn
from .openapi import BINARY, FILE_NAME_HEADER, IDEMPOTENCY_HEADER, json_body, problems

router: Final = APIRouter(prefix="/api/v1")
_LARGEST: Final = 2**63 - 1
_OCTETS: Final = "application/octet-stream"
REPLAYED: Final[dict[str, Any]] = {"Idempotency-Replayed": {"schema": {"const": "true", "type": "string"}}}
_READ: Final = problems(401, 503)
_READ_CASE: Final = problems(401, 404, 503)
_RESULT_TYPES: Final = (*MEDIA_TYPES.values(), _OCTETS)

Number = Annotated[str, Path(pattern=r"^KS[0-9A-Z]{28}$", description="办件编号。 Case number.")]


def answer(document: Any, status: int = 200) -> Response:
    """A JSON document of ours."""
    body: Json = document
    return Response(dump_json(body), status, media_type=JSON)


def acknowledged(accepted: Accepted, headers: dict[str, str]) -> Response:
    """The stored answer, byte for byte; said again, it says so."""
    if accepted.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(accepted.body, 202, headers, JSON)


@router.post(
    "/cases",
    status_code=202,
    summary="提交办件 / Submit a case",
    tags=["cases"],
    responses={
        202: {
            "model": CaseAccepted,
            "description": "已落盘收件。 On disk and accepted.",
            "headers": {"Location": {"schema": {"type": "string"}}, **REPLAYED},
        },
        **problems(400, 401, 408, 409, 413, 415, 422, 503),
    },
    openapi_extra={"parameters": [IDEMPOTENCY_HEADER], "requestBody": json_body("CaseDraft")},
)
async def submit_case(request: Request, caller: Caller, way_in: WayIn, given: Given) -> Response:
    """一次列出全部问题;有问题时什么也不保存。 All faults are told at once; a case with faults is not stored at all.

    材料可内联(Base64),也可先传至 /api/v1/materials 再以编号引用。 Materials come inline or by the id of an earlier upload.
    多地联办事项可用 also_at 填写其他办理地:编号为整件,parts 为各地分件。 A joint matter may name further places: one whole, one part each.
    """
    raw = await read_body(request, given.max_body_bytes, media_type=JSON)
    accepted = await way_in.accept(caller, ", ".join(request.headers.getlist("idempotency-key")) or None, raw)
    return acknowledged(accepted, {"Location": f"/api/v1/cases/{accepted.number}"})


@router.post(
    "/checks",
    summary="收件前检查 / Check before taking in",
    tags=["checks"],
    responses={
        200: {"model": CheckAnswer, "description": "检查结果;有问题也是 200。 What was found; faults are an answer, too."},
        **problems(400, 401, 408, 413, 415, 503),
    },
    openapi_extra={"requestBody": json_body("CaseEnquiry", "CaseDraft")},
)
async def check_draft(request: Request, caller: Caller, ctx: Ctx, given: Given) -> Response:
    """与收件同样的检查,什么也不保存。只给事项和办理地时,答复办理要求和路由。 The checks of intake; nothing is stored.

    只给事项和办理地,则不提示缺少其他内容。 With only a matter and a destination nothing else is missed.
    """
    raw = await read_body(request, given.max_body_bytes, media_type=JSON)
    return answer(await check(ctx, caller, raw))


@router.get(
    "/cases",
    summary="本大厅的办件 / This hall's cases",
    tags=["cases"],
    responses={200: {"model": CaseList}, **problems(401, 422, 503)},
)
async def cases(
    caller: Caller,
    ctx: Ctx,
    after: Annotated[str | None, Query(max_length=64, description="上一页的 next。 The next of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    status: Annotated[
        str | None, Query(max_length=2, description="状态代码。 Status code.", json_schema_extra={"enum": [s.value for s in Status]})
    ] = None,
) -> Response:
    """新的在前,按游标翻页。 Newest first, paged by cursor."""
    return answer(await list_cases(ctx, caller, after=after, limit=limit, status=status))


@router.get(
    "/cases/{number}",
    summary="办件详情 / One case",
    tags=["cases"],
    responses={200: {"model": CaseFull}, **_READ_CASE},
)
async def case(number: Number, caller: Caller, ctx: Ctx) -> Response:
    """其他大厅的办件等同于不存在。 Another hall's case is no case at all."""
    return answer(await case_document(ctx, caller, number))


@router.get(
    "/cases/{number}/events",
    summary="办件事件 / A case's events",
    tags=["cases"],
    responses={200: {"model": EventList}, **problems(401, 404, 422, 503)},
)
async def events(
    number: Number,
    caller: Caller,
    ctx: Ctx,
    after: Annotated[int, Query(ge=0, le=_LARGEST, description="只要此序号之后的。 Only those above this sequence.")] = 0,
) -> Response:
    """与 Webhook 相同的文档,按序号。 The same documents as by webhook, in order of sequence."""
    return answer(await case_events(ctx, caller, number, after=after))


@router.get(
    "/cases/{number}/trace",
    summary="责任链 / Who held the case, and how long",
    tags=["cases"],
    responses={200: {"model": TraceDocument}, **_READ_CASE},
)
async def trace(number: Number, caller: Caller, ctx: Ctx) -> Response:
    """先核验事件链,再列出办件先后在谁手里、多久,以及各时钟。 The event chain is verified first."""
    return answer(await case_trace(ctx, caller, number))


@router.post(
    "/cases/{number}/visits",
    status_code=201,
    summary="登记到场 / Record a visit",
    tags=["cases"],
    responses={201: {"model": VisitDocument, "description": "已登记。 Recorded."}, **problems(400, 401, 404, 408, 413, 415, 422, 503)},
    openapi_extra={"requestBody": json_body("DraftVisit")},
)
async def visit(number: Number, request: Request, caller: Caller, ctx: Ctx, given: Given) -> Response:
    """同一次到场重复登记只算一次。 The same attendance told twice is one visit."""
    raw = await read_body(request, given.max_body_bytes, media_type=JSON)
    return answer(await add_visit(ctx, caller, number, raw), 201)


@router.post(
    "/cases/{number}/supplements",
    status_code=202,
    summary="答复补正告知 / Answer a supplement notice",
    tags=["cases"],
    responses={
        202: {"model": SupplementAccepted, "description": "已落盘,待报送办理地。 On disk, and on its way.", "headers": REPLAYED},
        **problems(400, 401, 404, 408, 409, 413, 415, 422, 503),
    },
    openapi_extra={"parameters": [IDEMPOTENCY_HEADER], "requestBody": json_body("DraftSupplement")},
)
async def supplement(number: Number, request: Request, caller: Caller, ctx: Ctx, way_in: WayIn, given: Given) -> Response:
    """须一次答复告知的全部项目,不多不少;告知内容见办件的 supplements。 All that was asked for at once, and nothing else.

    材料可内联,也可先传后引用,与提交办件相同。 Materials come as with a case. 有问题时什么也不保存。 With faults, nothing is stored.
    """
    raw = await read_body(request, given.max_body_bytes, media_type=JSON)
    key = ", ".join(request.headers.getlist("idempotency-key")) or None
    return acknowledged(await answer_supplement(ctx, way_in.once, caller, number, key, raw), {})


@router.post(
    "/cases/{number}/withdrawal",
    status_code=202,
    summary="申请撤件 / Ask to withdraw",
    tags=["cases"],
    responses={
        202: {"model": WithdrawalAccepted, "description": "已登记;是否撤成见状态。 On record; the status says whether it is done."},
        **problems(400, 401, 404, 408, 413, 415, 422, 503),
    },
    openapi_extra={"requestBody": json_body("DraftWithdrawal")},
)
async def withdrawal(number: Number, request: Request, caller: Caller, ctx: Ctx, given: Given) -> Response:
    """尚未转出的办件立即撤回;已转出的,办理地确认后才撤回。 Done at once before dispatch; after it, when the handling place confirms.

    重复申请视为同一次。 The same wish again is the same wish.
    """
    raw = await read_body(request, given.max_body_bytes, media_type=JSON)
    return answer(await request_withdrawal(ctx, caller, number, raw), 202)


@router.get(
    "/cases/{number}/results/{result_id}",
    summary="下载结果文件 / Download a result document",
    tags=["cases"],
    response_class=StreamingResponse,
    responses={200: {"description": "文件内容。 The document.", "content": dict.fromkeys(_RESULT_TYPES, BINARY)}, **_READ_CASE},
)
async def result(number: Number, result_id: Annotated[int, Path(ge=1, le=_LARGEST)], caller: Caller, ctx: Ctx) -> Response:
    """总是以附件形式返回。 Always an attachment."""
    content = await result_content(ctx, caller, number, result_id)
    record = content.record
    # What a partner calls the type is a claim; a type that is not ours is only bytes to a browser.
    media_type = record.media_type if record.media_type in MEDIA_TYPES.values() else _OCTETS
    headers = {
        "Content-Length": str(record.size),
        "Content-Disposition": f"attachment; filename=\"result-{record.id}\"; filename*=UTF-8''{quote(record.file_name, safe='')}",
    }
    return StreamingResponse(content.chunks, headers=headers, media_type=media_type)


@router.post(
    "/materials",
    status_code=201,
    summary="单独上传一份材料 / Upload one material",
    tags=["materials"],
    responses={201: {"model": UploadedMaterial, "description": "已保存。 Kept."}, **problems(400, 401, 408, 413, 415, 422, 503)},
    openapi_extra={"parameters": [FILE_NAME_HEADER], "requestBody": {"required": True, "content": {_OCTETS: BINARY}}},
)
async def upload(
    request: Request,
    caller: Caller,
    ctx: Ctx,
    given: Given,
    name: Annotated[
        str | None,
        Query(
            max_length=500,
            description="文件名;含个人信息时请改用 Content-Disposition。 The name; prefer the header when it names a person.",
        ),
    ] = None,
) -> Response:
    """请求体就是文件本身,不用表单。 The body is the file itself, not a form; its type is told from its content."""
    refuse_forms(request)
    named = file_name(request, name)
    limit = given.max_material_bytes
    chunks = stream_body(request, limit, fault("material.too-large", limit=limit), UPLOAD_PATIENCE)
    return answer(await upload_material(ctx, caller, named, chunks), 201)


@router.get("/regions", summary="地区 / Regions", tags=["catalogue"], responses={200: {"model": RegionList}, **_READ})
async def regions(_: Caller, ctx: Ctx) -> Response:
    """可作为办理地的地区。 The places a case can go to."""
    return answer(await list_regions(ctx))


@router.get("/matters", summary="事项 / Matters", tags=["catalogue"], responses={200: {"model": MatterList}, **problems(401, 422, 503)})
async def matters(
    _: Caller,
    ctx: Ctx,
    destination: Annotated[str | None, Query(max_length=12, description="办理地的地区代码。 Region code of the destination.")] = None,
) -> Response:
    """收件前在此查看材料、表单、时限。 Materials, form and deadlines, to be read before a file is taken in."""
    return answer(await list_matters(ctx, destination=destination))
