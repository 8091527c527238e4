"""The simulated REST partner: JSON envelopes, TIF signatures, status by polling."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from mock_partners import rest_paper as paper
from mock_partners.cases import Case, Submission, digest_of
from mock_partners.conversation import Answer, DeclinedError, Ground, case_of, take_supplement, take_withdrawal
from mock_partners.faults import LOSABLE, Call
from mock_partners.life import drawn
from mock_partners.office import MAX_BODY_BYTES, Office, Options, RefusedError, read_object
from mock_partners.shapes import MalformedError
from mock_partners.signing import NonceMemory, SignatureRefusedError, TifVerifier

DEFAULT_AREAS = ("220100", "230100")


@dataclass(frozen=True)
class Credentials:
    """What the partner gave its caller: the application id and the signing token."""

    paasid: str
    token: str


Action = Callable[[dict[str, Any]], dict[str, Any]]


class RestPartner:
    """One simulated REST partner; `app()` serves it."""

    def __init__(self, credentials: Credentials, options: Options) -> None:
        self.office = Office(options, paper.CODES, number=lambda when, count: f"HC{when:%Y%m%d}{count:06d}")
        self._verifier = TifVerifier(credentials.paasid, credentials.token, NonceMemory())
        self._actions: dict[str, Action] = {
            "submit": self._take_in,
            "query": self._look_up,
            "supplement": self._supplement,
            "withdraw": self._withdraw,
        }

    def app(self) -> web.Application:
        """The application with the partner's calls and the doors for looking in."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.add_routes([*(web.post(f"/api/matter/{name}", self._serve) for name in self._actions), *self.office.routes()])
        app.cleanup_ctx.append(self.office.open_hours)
        return app

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.path.rpartition("/")[2]
        body = read_object(await request.read())
        call = Call(name, request.path, self._key(body), losable=name in LOSABLE)
        self.office.calls[name] += 1
        return await self.office.faults.answer(request, call, lambda: self._answer(request, call, body))

    def _key(self, body: dict[str, Any] | None) -> str:
        """The outer number a call is about, whichever number it names."""
        body = body or {}
        case = self.office.cases.by_number(str(body.get("bizNo")))
        return case.outer if case else str(body.get("outerNo", ""))

    def _answer(self, request: web.Request, call: Call, body: dict[str, Any] | None) -> web.Response:
        try:
            self._verifier.verify(request.headers)
            if body is None:
                raise RefusedError("1001", "请求体不是JSON对象")
            data = self._actions[call.name](body)
        except SignatureRefusedError as refusal:
            return self._refusal(refusal.code, refusal.message, status=401)
        except MalformedError as malformed:
            return self._refusal("1001", f"字段缺失或不合要求：{malformed.path}")
        except DeclinedError as declined:
            return self._refusal(*paper.REFUSALS[declined.ground])
        except RefusedError as refusal:
            return self._refusal(refusal.code, refusal.message, competent=refusal.competent)
        # Two systems answer behind one gateway: the one says 0, the other "0".
        arrivals = self.office.faults.arrivals(call.name, call.key)
        chance = drawn(self.office.options.seed, "envelope", call.name, call.key, arrivals)
        return _envelope(chance.choice((0, "0")), "操作成功", data)

    def _refusal(self, code: str, message: str, *, competent: str | None = None, status: int = 200) -> web.Response:
        self.office.refused[code] += 1
        return _envelope(code, message, {"competentArea": f"{competent}000000"} if competent else None, status=status)

    def _take_in(self, body: dict[str, Any]) -> dict[str, Any]:
        paper.SUBMIT(body, "")
        applicant, files = body["applicant"], body["files"]
        paper.check_applicant(applicant)
        contents = paper.contents_of(files)
        if not self.office.covers(body["areaCode"]):
            raise RefusedError("1009", "非本平台辖区")
        if not self.office.offers(body["itemCode"]):
            raise RefusedError("1005", "本平台不办理该事项")
        area = body["areaCode"][:6]
        if competent := self.office.elsewhere.competent(body["outerNo"], area):
            raise RefusedError("1010", "不属于本部门职权，请向有关部门申请", competent)
        digest = digest_of(body["itemCode"], applicant["name"], applicant["certNo"], contents)
        codes = tuple(file["fileCode"] for file in files)
        return _taken(self.office.cases.create(Submission(body["outerNo"], body["itemName"], area, codes, digest)))

    def _look_up(self, body: dict[str, Any]) -> dict[str, Any]:
        if "bizNo" in body:
            paper.QUERY_BY_NUMBER(body, "")
            case = self.office.cases.by_number(body["bizNo"])
        else:
            paper.QUERY_BY_OUTER(body, "")
            case = self.office.cases.by_outer(body["outerNo"])
        if case is None:
            raise DeclinedError(Ground.UNKNOWN)
        return paper.shown(case)

    def _supplement(self, body: dict[str, Any]) -> dict[str, Any]:
        paper.SUPPLEMENT(body, "")
        contents = paper.contents_of(body["files"])
        case = case_of(self.office.cases, body["outerNo"], body["bizNo"])
        replies = tuple((item["itemNo"], item.get("reply")) for item in body["items"])
        files = tuple((file["itemNo"], content) for file, content in zip(body["files"], contents, strict=True))
        take_supplement(self.office.cases, case, Answer(body.get("noticeNo"), replies, files))
        return _taken(case)

    def _withdraw(self, body: dict[str, Any]) -> dict[str, Any]:
        paper.WITHDRAW(body, "")
        case = case_of(self.office.cases, body["outerNo"], body["bizNo"])
        take_withdrawal(self.office.cases, case)
        return _taken(case)


def _taken(case: Case) -> dict[str, Any]:
    return {"bizNo": case.number, "status": paper.CODES[case.now.stage]}


def _envelope(code: int | str, message: str, data: dict[str, Any] | None, *, status: int = 200) -> web.Response:
    return web.json_response({"code": code, "msg": message, "data": data}, status=status)
