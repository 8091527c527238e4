"""The simulated SOAP partner: document/literal by its published schema, UsernameToken digests, statuses pushed."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from lxml import etree

from mock_partners import soap_paper as paper
from mock_partners.cases import Case, Submission, digest_of
from mock_partners.conversation import Answer, DeclinedError, Ground, case_of, take_supplement, take_withdrawal
from mock_partners.envelope import (
    EX,
    MEDIA_TYPE,
    Message,
    SoapError,
    element,
    read_message,
    read_xml,
    username_token,
    write_fault,
    write_message,
)
from mock_partners.faults import LOSABLE, Call
from mock_partners.office import MAX_BODY_BYTES, Office, Options, RefusedError
from mock_partners.push import Callback, Pusher
from mock_partners.signing import NonceMemory, SignatureRefusedError, TokenVerifier
from mock_partners.soap_paper import text_of

PATH = "/services/MatterExchange"
DEFAULT_AREAS = ("520000",)


@dataclass(frozen=True)
class Credentials:
    """What the partner gave its caller for calling: a name and a password."""

    username: str
    password: str


@dataclass(frozen=True)
class Operation:
    """One operation: its name on the wire, what it answers with, and what it does."""

    name: str
    call: str
    act: Callable[[etree._Element], list[etree._Element]]


class SoapPartner:
    """One simulated SOAP partner; `app()` serves it. `schemas` is the folder with MatterExchange.xsd."""

    def __init__(self, credentials: Credentials, callback: Callback, schemas: Path, options: Options) -> None:
        self.office = Office(
            options,
            paper.CODES,
            number=lambda when, count: f"GZ{when:%y%m%d}{count:06d}",
            reached=lambda case: self._pusher.notice(case),
        )
        self._pusher = Pusher(callback, paper.notification, self.office.cases.acknowledged, self.office.pushes)
        self._verifier = TokenVerifier(credentials.username, credentials.password, NonceMemory())
        self._schema = etree.XMLSchema(read_xml((schemas / "MatterExchange.xsd").read_bytes()))
        self._operations = {
            f"{{{EX}}}{operation.name}Request": operation
            for operation in (
                Operation("SubmitMatter", "submit", self._take_in),
                Operation("QueryMatter", "query", self._look_up),
                Operation("SupplementMatter", "supplement", self._supplement),
                Operation("WithdrawMatter", "withdraw", self._withdraw),
            )
        }

    def app(self) -> web.Application:
        """The application with the partner's endpoint and the doors for looking in."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.add_routes([web.post(PATH, self._serve), *self.office.routes()])
        app.cleanup_ctx.extend((self._pushing, self.office.open_hours))
        return app

    async def _pushing(self, _app: web.Application) -> AsyncIterator[None]:
        self._pusher.start()
        yield
        await self._pusher.stop()

    async def _serve(self, request: web.Request) -> web.Response:
        raw = await request.read()
        try:
            message = read_message(raw)
            operation = self._operation(request, message)
        except SoapError as fault:
            return self._fault(fault)
        call = Call(operation.call, request.path, self._key(message.content), losable=operation.call in LOSABLE)
        self.office.calls[call.name] += 1
        return await self.office.faults.answer(request, call, lambda: self._answer(message, operation))

    def _operation(self, request: web.Request, message: Message) -> Operation:
        operation = self._operations.get(str(message.content.tag))
        if operation is None:
            raise SoapError("soap:Client", "没有这个操作")
        if request.headers.get("SOAPAction", "").strip('"') != f"urn:{operation.name}":
            raise SoapError("soap:Client", "SOAPAction缺失或与报文不符")
        return operation

    def _key(self, content: etree._Element) -> str:
        """The outer number a call is about, whichever number it names."""
        case = self.office.cases.by_number(content.findtext("ex:ReceiptNo", "", paper.NS))
        return case.outer if case else content.findtext(".//ex:SerialNo", "", paper.NS)

    def _answer(self, message: Message, operation: Operation) -> web.Response:
        response = f"{operation.name}Response"
        try:
            self._verifier.verify(username_token(message.header))
            self._validate(message.content)
            parts = operation.act(message.content)
        except SignatureRefusedError as refusal:
            return self._fault(SoapError(refusal.code, refusal.message))
        except SoapError as fault:
            return self._fault(fault)
        except DeclinedError as declined:
            return self._refusal(response, RefusedError(*paper.REFUSALS[declined.ground]))
        except RefusedError as refusal:
            return self._refusal(response, refusal)
        said = (element("ResultCode", "00"), element("ResultMessage", "成功"))
        return _reply(write_message(element(response, *said, *parts)))

    def _refusal(self, response: str, refusal: RefusedError) -> web.Response:
        self.office.refused[refusal.code] += 1
        said = (element("ResultCode", refusal.code), element("ResultMessage", refusal.message))
        competent = element("CompetentArea", refusal.competent) if refusal.competent else None
        return _reply(write_message(element(response, *said, competent)))

    def _fault(self, fault: SoapError) -> web.Response:
        self.office.refused[fault.code] += 1
        return _reply(write_fault(fault), status=500)

    def _validate(self, content: etree._Element) -> None:
        if not self._schema.validate(content):
            errors: Any = self._schema.error_log  # a list of entries, which the type stubs do not know
            raise SoapError("soap:Client", "报文不合数据结构定义", paper.detail_of(errors[0]))

    def _take_in(self, content: etree._Element) -> list[etree._Element]:
        applicant = content.find("ex:Applicant", paper.NS)
        assert applicant is not None
        paper.check_applicant(applicant)
        materials = content.findall("ex:Materials/ex:Material", paper.NS)
        contents = [paper.content_of(material) for material in materials]
        outer, area, matter = (text_of(content, path) for path in ("ex:Head/ex:SerialNo", "ex:Matter/ex:HandlingArea", "ex:Matter/ex:Code"))
        if not self.office.covers(area):
            raise RefusedError("-911", "非本平台辖区")
        if not self.office.offers(matter):
            raise RefusedError("-910", "本平台不办理该事项")
        if competent := self.office.elsewhere.competent(outer, area):
            raise RefusedError("-913", "不属于本部门职权，请向有关部门申请", competent)
        digest = digest_of(matter, text_of(applicant, "ex:Name"), text_of(applicant, "ex:Certificate/ex:Number"), contents)
        codes = tuple(text_of(material, "ex:Code") for material in materials)
        submission = Submission(outer, text_of(content, "ex:Matter/ex:Name"), area, codes, digest)
        return [element("ReceiptNo", self.office.cases.create(submission).number)]

    def _look_up(self, content: etree._Element) -> list[etree._Element]:
        receipt = content.findtext("ex:ReceiptNo", None, paper.NS)
        cases = self.office.cases
        case = cases.by_outer(text_of(content, "ex:SerialNo")) if receipt is None else cases.by_number(receipt)
        if case is None:
            raise DeclinedError(Ground.UNKNOWN)
        return [paper.record_of(case, case.now)]

    def _supplement(self, content: etree._Element) -> list[etree._Element]:
        materials = content.findall("ex:Materials/ex:Material", paper.NS)
        files = tuple((text_of(material, "ex:ItemNo"), paper.content_of(material)) for material in materials)
        items = content.iterfind("ex:Reply/ex:Item", paper.NS)
        replies = tuple((text_of(item, "ex:No"), item.findtext("ex:Text", None, paper.NS)) for item in items)
        case = self._case(content)
        take_supplement(self.office.cases, case, Answer(content.findtext("ex:NoticeNo", None, paper.NS), replies, files))
        return [element("ReceiptNo", case.number)]

    def _withdraw(self, content: etree._Element) -> list[etree._Element]:
        case = self._case(content)
        take_withdrawal(self.office.cases, case)
        return [element("ReceiptNo", case.number)]

    def _case(self, content: etree._Element) -> Case:
        return case_of(self.office.cases, text_of(content, "ex:SerialNo"), text_of(content, "ex:ReceiptNo"))


def _reply(body: bytes, *, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type=MEDIA_TYPE, charset="utf-8")
