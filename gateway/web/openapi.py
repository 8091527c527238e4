"""The API's description (OpenAPI 3.1): schemas from the model itself, both languages, and the webhook that halls receive."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Header
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from gateway.model import CaseDraft, DraftSupplement, DraftVisit, DraftWithdrawal

from .check_documents import CaseEnquiry
from .documents import Problem, WebhookEvent
from .problems import MEDIA_TYPE, TITLES

VERSION: Final = "1.0.0"
_REF: Final = "#/components/schemas/"
_DESCRIPTION: Final = (
    "大厅通过本接口提交跨省通办办件、补充材料、登记到场、查询进展。状态变化经 Webhook(Standard Webhooks)送达,亦可随时查询。\n\n"
    "Halls submit cross-region cases here, upload materials, record visits and read how their cases stand. Changes come by webhook "
    "(Standard Webhooks) and can be read at any time."
)
_TAGS: Final = [
    {"name": "checks", "description": "收件前检查 / Before a case is taken in"},
    {"name": "cases", "description": "办件 / Cases"},
    {"name": "materials", "description": "材料 / Materials"},
    {"name": "catalogue", "description": "地区与事项 / Regions and matters"},
    {"name": "push", "description": "对接方推送 / Partners' pushes"},
    {"name": "health", "description": "运行状况 / Health"},
]
BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
IDEMPOTENCY_HEADER: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "每个办件(或补正答复)一个唯一值;重发时保持不变。 One unique value a case or answer; the same when it is sent again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
    "example": "3f1c7a52-8a5e-4a57-9c1d-1f0f5f4f9b1e",
}
FILE_NAME_HEADER: Final[dict[str, Any]] = {
    "name": "Content-Disposition",
    "in": "header",
    "required": False,
    "description": "文件名(RFC 6266、RFC 8187)。 The file's name.",
    "schema": {"type": "string"},
    "example": "attachment; filename*=UTF-8''%E7%94%B3%E8%AF%B7%E8%A1%A8.pdf",
}
_EXAMPLES: Final[Mapping[str, Any]] = {
    "CaseDraft": {
        "matter": "000129001003",
        "destination": "520200",
        "applicant": {
            "class": "natural",
            "name": "欧阳示例",
            "certificate": {"type": "111", "number": "990101199003079992"},
            "phone": "13800000000",
        },
        "reception": {"window": "A03", "clerk": "2207"},
        "form": {"loan_bank": "示例银行"},
        "materials": [{"code": "ID", "name": "身份证.pdf", "material": "mat_0123456789abcdef0123456789abcdef"}],
        "visits": [{"purpose": "apply", "at": "2026-11-20T09:00:00+08:00", "evidence": {"kind": "queue-ticket", "reference": "A03-017"}}],
    },
    "CaseEnquiry": {"matter": "000129001003", "destination": "520200"},
    "DraftVisit": {
        "purpose": "collect",
        "at": "2026-11-25T10:30:00+08:00",
        "evidence": {"kind": "sign", "reference": "2026-1125-08"},
    },
    "DraftSupplement": {
        "reception": {"window": "A03", "clerk": "2207"},
        "answers": [{"item": "1", "text": "住址以户口簿登记为准。"}],
        "materials": [{"item": "2", "name": "户口簿.pdf", "material": "mat_0123456789abcdef0123456789abcdef"}],
        "visits": [
            {"purpose": "supplement", "at": "2026-11-24T09:30:00+08:00", "evidence": {"kind": "queue-ticket", "reference": "A03-031"}}
        ],
    },
    "DraftWithdrawal": {"reason": "申请人改为线下办理。", "reception": {"window": "A03", "clerk": "2207"}},
}
webhooks: Final = APIRouter()


class _Schemas(GenerateJsonSchema):
    """Bytes in a JSON body are Base64."""

    def bytes_schema(self, schema: core_schema.BytesSchema) -> JsonSchemaValue:
        return {"type": "string", "contentEncoding": "base64"}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses of an operation that are problem documents; any other failure is one, too."""
    content = {MEDIA_TYPE: {"schema": {"$ref": f"{_REF}{Problem.__name__}"}}}
    listed: dict[int | str, dict[str, Any]] = {status: {"description": TITLES[status], "content": content} for status in statuses}
    return listed | {"default": {"description": "其他错误 / Any other failure", "content": content}}


def json_body(schema: str, *others: str) -> dict[str, Any]:
    """The request body of an operation that reads this schema, or one of the others too; the example is of the first."""
    refs = [{"$ref": _REF + name} for name in (schema, *others)]
    content = {"schema": {"anyOf": refs} if others else refs[0], "example": _EXAMPLES[schema]}
    return {"required": True, "content": {"application/json": content}}


@webhooks.post(
    "case.event",
    summary="办件事件 / A case's event",
    responses={
        200: {"description": "2xx 即视为已收到。 Any 2xx means it was received."},
        410: {"description": "不再接收。 The webhook is gone."},
    },
)
async def case_event(
    body: WebhookEvent,
    webhook_id: Annotated[str, Header(description="事件编号,重发不变。 The event's id, the same when it is sent again.")],
    webhook_timestamp: Annotated[int, Header(description="发送时刻(Unix 秒)。 When it was sent.")],
    webhook_signature: Annotated[str, Header(description="v1,Base64 的 HMAC-SHA256。 v1, and the HMAC-SHA256 in Base64.")],
) -> None:
    """按 Standard Webhooks 签名;未收到 2xx 则按计划重发,每个办件内按序。 Signed, repeated until a 2xx, in order within a case."""


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole description, with the schemas that our own reading of bodies keeps out of the framework's sight."""
    if app.openapi_schema is None:
        made = get_openapi(
            title="通办 Tongban", version=VERSION, description=_DESCRIPTION, routes=app.routes, webhooks=webhooks.routes, tags=_TAGS
        )
        read = (CaseDraft, CaseEnquiry, DraftVisit, DraftSupplement, DraftWithdrawal)
        models = [*((model, "validation") for model in read), (Problem, "serialization")]
        _, extra = models_json_schema(models, by_alias=True, ref_template=_REF + "{model}", schema_generator=_Schemas)  # type: ignore[arg-type]
        schemas = made["components"]["schemas"]
        schemas |= extra["$defs"]
        app.openapi_schema = made
    return app.openapi_schema
