"""The simulated REST partner: JSON envelopes, TIF signatures, status by polling."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from mock_partners import shapes
from mock_partners.cases import Case, digest_of
from mock_partners.documents import begins_as, opinion_of, result_of
from mock_partners.faults import Call
from mock_partners.identity import credit_code_ok, id_number_ok
from mock_partners.life import Stage, drawn
from mock_partners.office import MAX_BODY_BYTES, Office, Options, RefusedError, read_object
from mock_partners.shapes import MalformedError
from mock_partners.signing import NonceMemory, SignatureRefusedError, TifVerifier

DEFAULT_AREAS = ("220100", "230100")

_CODES = {
    Stage.RECEIVED: "1",
    Stage.ACCEPTED: "3",
    Stage.NOT_ACCEPTED: "4",
    Stage.IN_REVIEW: "8",
    Stage.APPROVED: "11",
    Stage.DENIED: "13",
}
_NAMES = {
    Stage.RECEIVED: "已接件",
    Stage.ACCEPTED: "已受理",
    Stage.NOT_ACCEPTED: "不予受理",
    Stage.IN_REVIEW: "审批中",
    Stage.APPROVED: "办结通过",
    Stage.DENIED: "办结不通过",
}

_OUTER = shapes.text("KS[0-9A-Z]{1,48}")
_AREA = shapes.text("[0-9]{12}")
_CERT_TYPE = shapes.one_of("10", "40", "41", "50", "01")
_CERT_NO = shapes.text("[0-9A-Z]{5,30}")
_LEGAL = {"legalName": shapes.words(200), "legalCertType": _CERT_TYPE, "legalCertNo": _CERT_NO}
_APPLICANT = {
    "type": shapes.one_of("1", "2", "3"),
    "name": shapes.words(200),
    "certType": _CERT_TYPE,
    "certNo": _CERT_NO,
    "mobile": shapes.text("[0-9]{11}"),
}
_FILE = {
    "fileCode": shapes.words(64),
    "fileName": shapes.words(200),
    "fileType": shapes.one_of("pdf", "png", "jpg", "ofd"),
    "size": shapes.count,
    "content": shapes.encoded,
}


def _apply_time(value: Any, path: str) -> None:
    shapes.text("[0-9]{14}")(value, path)
    try:
        datetime.strptime(value, "%Y%m%d%H%M%S")  # noqa: DTZ007 - the paper's times carry no zone
    except ValueError as error:
        raise MalformedError(path) from error


_SUBMIT = shapes.record(
    {
        "outerNo": _OUTER,
        "itemCode": shapes.text("[0-9]{12}"),
        "itemName": shapes.words(200),
        "areaCode": _AREA,
        "fromArea": _AREA,
        "applyTime": _apply_time,
        "applicant": shapes.record(_APPLICANT, {"address": shapes.words(200), **_LEGAL}),
        "formData": shapes.string_map,
        "files": shapes.listing(shapes.record(_FILE)),
    }
)
_QUERY_BY_OUTER = shapes.record({"outerNo": _OUTER})
_QUERY_BY_NUMBER = shapes.record({"bizNo": shapes.text("HC[0-9]{14}")})


@dataclass(frozen=True)
class Credentials:
    """What the partner gave its caller: the application id and the signing token."""

    paasid: str
    token: str


Action = Callable[[dict[str, Any]], dict[str, Any]]


class RestPartner:
    """One simulated REST partner; `app()` serves it."""

    def __init__(self, credentials: Credentials, options: Options) -> None:
        self.office = Office(options, _CODES, number=lambda when, count: f"HC{when:%Y%m%d}{count:06d}")
        self._verifier = TifVerifier(credentials.paasid, credentials.token, NonceMemory())

    def app(self) -> web.Application:
        """The application with the partner's two calls and the doors for looking in."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.add_routes(
            [
                web.post("/api/matter/submit", self._submit),
                web.post("/api/matter/query", self._query),
                *self.office.routes(),
            ]
        )
        app.cleanup_ctx.append(self.office.open_hours)
        return app

    async def _submit(self, request: web.Request) -> web.Response:
        return await self._serve(request, "submit", self._take_in)

    async def _query(self, request: web.Request) -> web.Response:
        return await self._serve(request, "query", self._look_up)

    async def _serve(self, request: web.Request, name: str, action: Action) -> web.Response:
        body = read_object(await request.read())
        call = Call(name, request.path, self._key(body), losable=name == "submit")
        self.office.calls[name] += 1
        return await self.office.faults.answer(request, call, lambda: self._answer(request, call, body, action))

    def _key(self, body: dict[str, Any] | None) -> str:
        """The outer number a call is about, whichever number it names."""
        body = body or {}
        case = self.office.cases.by_number(str(body.get("bizNo")))
        return case.outer if case else str(body.get("outerNo", ""))

    def _answer(self, request: web.Request, call: Call, body: dict[str, Any] | None, action: Action) -> web.Response:
        try:
            self._verifier.verify(request.headers)
            if body is None:
                raise RefusedError("1001", "请求体不是JSON对象")
            data = action(body)
        except SignatureRefusedError as refusal:
            return self._refusal(refusal.code, refusal.message, status=401)
        except MalformedError as malformed:
            return self._refusal("1001", f"字段缺失或不合要求：{malformed.path}")
        except RefusedError as refusal:
            return self._refusal(refusal.code, refusal.message)
        # Two systems answer behind one gateway: the one says 0, the other "0".
        arrivals = self.office.faults.arrivals(call.name, call.key)
        chance = drawn(self.office.options.seed, "envelope", call.name, call.key, arrivals)
        return _envelope(chance.choice((0, "0")), "操作成功", data)

    def _refusal(self, code: str, message: str, *, status: int = 200) -> web.Response:
        self.office.refused[code] += 1
        return _envelope(code, message, None, status=status)

    def _take_in(self, body: dict[str, Any]) -> dict[str, Any]:
        _SUBMIT(body, "")
        applicant = body["applicant"]
        if applicant["type"] != "1":
            for name in _LEGAL:
                if name not in applicant:
                    raise MalformedError(f"applicant.{name}")
        _check_digit("applicant.certNo", applicant["certType"], applicant["certNo"])
        if "legalCertType" in applicant and "legalCertNo" in applicant:
            _check_digit("applicant.legalCertNo", applicant["legalCertType"], applicant["legalCertNo"])
        for index, file in enumerate(body["files"]):
            content = base64.b64decode(file["content"])
            if file["size"] != len(content):
                raise MalformedError(f"files[{index}].size")
            if not begins_as(file["fileType"], content):
                raise MalformedError(f"files[{index}].content")
        if not self.office.covers(body["areaCode"]):
            raise RefusedError("1009", "非本平台辖区")
        if not self.office.offers(body["itemCode"]):
            raise RefusedError("1005", "本平台不办理该事项")
        contents = [base64.b64decode(file["content"]) for file in body["files"]]
        digest = digest_of(body["itemCode"], applicant["name"], applicant["certNo"], contents)
        case = self.office.cases.create(body["outerNo"], body["itemName"], digest)
        return {"bizNo": case.number, "status": _CODES[Stage.RECEIVED]}

    def _look_up(self, body: dict[str, Any]) -> dict[str, Any]:
        if "bizNo" in body:
            _QUERY_BY_NUMBER(body, "")
            case = self.office.cases.by_number(body["bizNo"])
        else:
            _QUERY_BY_OUTER(body, "")
            case = self.office.cases.by_outer(body["outerNo"])
        if case is None:
            raise RefusedError("1404", "查无此件")
        return _shown(case)


def _check_digit(path: str, kind: str, number: str) -> None:
    check = {"10": id_number_ok, "01": credit_code_ok}.get(kind)
    if check is not None and not check(number):
        raise RefusedError("1003", f"证件号码校验位不符：{path}")


def _shown(case: Case) -> dict[str, Any]:
    now = case.now
    result = result_of(case, now)
    return {
        "bizNo": case.number,
        "outerNo": case.outer,
        "status": _CODES[now.stage],
        "statusName": _NAMES[now.stage],
        "handleTime": f"{now.when:%Y-%m-%d %H:%M:%S}",
        "opinion": opinion_of(now.stage),
        "result": result
        and {
            "certName": result.name,
            "certNo": result.number,
            "fileName": result.file_name,
            "fileType": "pdf",
            "content": base64.b64encode(result.content).decode(),
        },
    }


def _envelope(code: int | str, message: str, data: dict[str, Any] | None, *, status: int = 200) -> web.Response:
    return web.json_response({"code": code, "msg": message, "data": data}, status=status)
