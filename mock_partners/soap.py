"""The simulated SOAP partner: document/literal by its published schema, UsernameToken digests, statuses pushed."""

import base64
import binascii
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from lxml import etree

from mock_partners.cases import Case, Milestone, digest_of
from mock_partners.documents import MEDIA_TYPES, begins_as, opinion_of, result_of
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
from mock_partners.faults import Call
from mock_partners.identity import credit_code_ok, id_number_ok
from mock_partners.life import Stage
from mock_partners.office import MAX_BODY_BYTES, Office, Options, RefusedError
from mock_partners.push import Callback, Pusher
from mock_partners.signing import NonceMemory, SignatureRefusedError, TokenVerifier

PATH = "/services/MatterExchange"
DEFAULT_AREAS = ("520000",)

_CODES = {
    Stage.RECEIVED: "SJ",
    Stage.ACCEPTED: "SL",
    Stage.NOT_ACCEPTED: "BYSL",
    Stage.IN_REVIEW: "SPCL",
    Stage.APPROVED: "BJ-Y",
    Stage.DENIED: "BJ-N",
}
_QUALIFIED = re.compile(r"\{[^}]*\}")
_SUBJECT = re.compile(r"^Element '([^']*)'(?:, attribute '([^']*)')?")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( ?(.*?) ?\)")
_NS = {"ex": EX}


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
            _CODES,
            number=lambda when, count: f"GZ{when:%y%m%d}{count:06d}",
            reached=lambda case: self._pusher.notice(case),
        )
        self._pusher = Pusher(callback, _notification, self.office.cases.acknowledged, self.office.pushes)
        self._verifier = TokenVerifier(credentials.username, credentials.password, NonceMemory())
        self._schema = etree.XMLSchema(read_xml((schemas / "MatterExchange.xsd").read_bytes()))
        self._operations = {
            f"{{{EX}}}{operation.name}Request": operation
            for operation in (
                Operation("SubmitMatter", "submit", self._take_in),
                Operation("QueryMatter", "query", self._look_up),
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
        call = Call(operation.call, request.path, self._key(message.content), losable=operation.call == "submit")
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
        case = self.office.cases.by_number(content.findtext("ex:ReceiptNo", "", _NS))
        return case.outer if case else content.findtext(".//ex:SerialNo", "", _NS)

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
        except RefusedError as refusal:
            self.office.refused[refusal.code] += 1
            said = (element("ResultCode", refusal.code), element("ResultMessage", refusal.message))
            return _reply(write_message(element(response, *said)))
        said = (element("ResultCode", "00"), element("ResultMessage", "成功"))
        return _reply(write_message(element(response, *said, *parts)))

    def _fault(self, fault: SoapError) -> web.Response:
        self.office.refused[fault.code] += 1
        return _reply(write_fault(fault), status=500)

    def _validate(self, content: etree._Element) -> None:
        if not self._schema.validate(content):
            errors: Any = self._schema.error_log  # a list of entries, which the type stubs do not know
            raise SoapError("soap:Client", "报文不合数据结构定义", _detail(errors[0]))

    def _take_in(self, content: etree._Element) -> list[etree._Element]:
        applicant = content.find("ex:Applicant", _NS)
        assert applicant is not None
        _check_applicant(applicant)
        for material in content.iterfind("ex:Materials/ex:Material", _NS):
            _check_material(material)
        if not self.office.covers(_text(content, "ex:Matter/ex:HandlingArea")):
            raise RefusedError("-911", "非本平台辖区")
        if not self.office.offers(_text(content, "ex:Matter/ex:Code")):
            raise RefusedError("-910", "本平台不办理该事项")
        contents = [base64.b64decode(file.text or "") for file in content.iterfind("ex:Materials/ex:Material/ex:Content", _NS)]
        holder = _text(applicant, "ex:Name"), _text(applicant, "ex:Certificate/ex:Number")
        digest = digest_of(_text(content, "ex:Matter/ex:Code"), *holder, contents)
        case = self.office.cases.create(_text(content, "ex:Head/ex:SerialNo"), _text(content, "ex:Matter/ex:Name"), digest)
        return [element("ReceiptNo", case.number)]

    def _look_up(self, content: etree._Element) -> list[etree._Element]:
        receipt = content.findtext("ex:ReceiptNo", None, _NS)
        cases = self.office.cases
        case = cases.by_outer(_text(content, "ex:SerialNo")) if receipt is None else cases.by_number(receipt)
        if case is None:
            raise RefusedError("-901", "协同编号不存在")
        return [_record(case, case.now)]


def _reply(body: bytes, *, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type=MEDIA_TYPE, charset="utf-8")


def _text(parent: etree._Element, path: str) -> str:
    """The text of an element that the schema has shown to be there."""
    return parent.findtext(path, "", _NS)


def _check_applicant(applicant: etree._Element) -> None:
    certificates = [("ex:Certificate", "Applicant")]
    if applicant.find("ex:LegalRepresentative", _NS) is not None:
        certificates.append(("ex:LegalRepresentative/ex:Certificate", "LegalRepresentative"))
    elif _text(applicant, "ex:Kind") != "PERSON":
        raise RefusedError("-903", "缺少申请人信息：LegalRepresentative")
    for path, whose in certificates:
        check = {"111": id_number_ok, "001": credit_code_ok}.get(_text(applicant, f"{path}/ex:Type"))
        if check is not None and not check(_text(applicant, f"{path}/ex:Number")):
            raise RefusedError("-903", f"申请人信息有误：{whose}证件号码校验位不符")


def _check_material(material: etree._Element) -> None:
    try:  # once more, and strictly: the schema library overlooks junk in front of Base64
        content = base64.b64decode("".join(_text(material, "ex:Content").split()), validate=True)
    except binascii.Error as error:
        raise RefusedError("-912", "材料有误：Content") from error
    kind = MEDIA_TYPES.get(_text(material, "ex:MediaType"))
    if int(_text(material, "ex:Size")) != len(content):
        raise RefusedError("-912", "材料有误：Size")
    if _text(material, "ex:Sha256").lower() != hashlib.sha256(content).hexdigest():
        raise RefusedError("-912", "材料有误：Sha256")
    if kind is None or not begins_as(kind, content):
        raise RefusedError("-912", "材料有误：MediaType")


def _detail(error: Any) -> etree._Element:
    """Which element broke which rule; the library's own words are not passed on, as they quote the message."""
    subject = _SUBJECT.match(error.message)
    expected = _EXPECTED.search(error.message)
    name = "/".join(filter(None, subject.groups())) if subject else "?"
    return element(
        "ValidationFault",
        element("Element", _QUALIFIED.sub("", name)),
        element("Expected", _QUALIFIED.sub("", expected[1]).replace(",", "")) if expected else None,
        element("Reason", error.type_name),
    )


def _record(case: Case, milestone: Milestone) -> etree._Element:
    opinion = opinion_of(milestone.stage)
    result = result_of(case, milestone)
    return element(
        "Record",
        element("ReceiptNo", case.number),
        element("SerialNo", case.outer),
        element("State", _CODES[milestone.stage]),
        element("StateTime", milestone.when.isoformat(timespec="seconds")),
        element("Opinion", opinion) if opinion else None,
        element(
            "Result",
            element("Name", result.name),
            element("Number", result.number),
            element("FileName", result.file_name),
            element("MediaType", "application/pdf"),
            element("Content", base64.b64encode(result.content).decode()),
        )
        if result
        else None,
    )


def _notification(case: Case, milestone: Milestone) -> bytes:
    return write_message(element("NotifyStatusRequest", _record(case, milestone)))
