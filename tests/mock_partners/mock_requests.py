"""Requests to the simulated partners, made by hand from their papers, with signatures computed here anew."""

import base64
import copy
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from lxml import etree

MAPPINGS = Path(__file__).parents[2] / "mappings"
SOAP_SCHEMAS = MAPPINGS / "guizhou-province" / "schemas"
OPENAPI = MAPPINGS / "harbin-changchun" / "schemas" / "openapi.yaml"

PERSON = "990101199003070015"
OTHER_PERSON = "990101197511230047"
COMPANY = "91990101MA0TB00118"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
JPG = b"\xff\xd8\xff\xe0" + bytes(8)
OFD = b"PK\x03\x04" + bytes(8)
CONTENTS = {"pdf": PDF, "png": PNG, "jpg": JPG, "ofd": OFD}

TIF = {"paasid": "tongban-test", "token": "a-token-for-tests"}
Client = TestClient[Any, Any]
Json = dict[str, Any]
Path_ = tuple[str | int, ...]


def tif_headers(*, at: float | None = None, nonce: str | None = None, paasid: str | None = None) -> dict[str, str]:
    """The four headers, rightly signed for their own values."""
    timestamp = str(int(time.time() if at is None else at))
    nonce = nonce or secrets.token_hex(10)
    signed = f"{timestamp}{TIF['token']}{nonce}{timestamp}"
    return {
        "x-tif-paasid": paasid or TIF["paasid"],
        "x-tif-timestamp": timestamp,
        "x-tif-nonce": nonce,
        "x-tif-signature": hashlib.sha256(signed.encode()).hexdigest().upper(),
    }


def file_of(kind: str) -> Json:
    """One entry of files with a content of this kind."""
    content = CONTENTS[kind]
    encoded = base64.b64encode(content).decode()
    return {"fileCode": "M1", "fileName": f"材料.{kind}", "fileType": kind, "size": len(content), "content": encoded}


def submission(outer: str = "KS370171220100202611200000001A") -> Json:
    """A submission by a legal person with every field there is."""
    return {
        "outerNo": outer,
        "itemCode": "000125001000",
        "itemName": "企业设立登记",
        "areaCode": "220100000000",
        "fromArea": "370171000000",
        "applyTime": "20261120093000",
        "applicant": {
            "type": "2",
            "name": "虚构𠮷祥商贸有限公司",
            "certType": "01",
            "certNo": COMPANY,
            "mobile": "13800000000",
            "address": "虚构市示例路1号",
            "legalName": "㛃某",
            "legalCertType": "10",
            "legalCertNo": PERSON,
        },
        "formData": {"capital": "100"},
        "files": [file_of("pdf")],
    }


def supplement(outer: str, number: str, notice: Json) -> Json:
    """An answer to a notice with every field there is: to each item a reply and a file."""
    names = [item["itemNo"] for item in notice["items"]]
    return {
        "outerNo": outer,
        "bizNo": number,
        "noticeNo": notice["noticeNo"],
        "replyTime": "20261121093000",
        "items": [{"itemNo": name, "reply": "情况属实，已补齐𠮷"} for name in names],
        "files": [{"itemNo": name, **file_of("pdf")} for name in names],
    }


def withdrawal(outer: str, number: str) -> Json:
    """A request to withdraw."""
    return {"outerNo": outer, "bizNo": number, "reason": "㛃某自愿撤回", "applyTime": "20261121100000"}


def changed(body: Json, path: Path_, value: Any) -> Json:
    """A copy of the body with one field set, or dropped when the value is Ellipsis."""
    body = copy.deepcopy(body)
    place: Any = body
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return body


def leaves(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """The paths of all object fields in a body, objects included."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        if isinstance(key, str):
            yield (*path, key)
        yield from leaves(item, (*path, key))


def dotted(path: Path_) -> str:
    """A path as the partner writes it: applicant.name, files[0].size."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")


async def post(client: Client, path: str, body: Any, headers: dict[str, str] | None = None) -> tuple[int, Json]:
    """Send one JSON call; the HTTP status and the envelope."""
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    sent = {"Content-Type": "application/json", **(tif_headers() if headers is None else headers)}
    async with client.post(path, data=raw, headers=sent) as answer:
        return answer.status, await answer.json()


async def look(client: Client, door: str) -> Any:
    """What an inspection door shows."""
    async with client.get(f"/_mock/{door}") as answer:
        return await answer.json()


async def interfere(client: Client, door: str, wish: Json) -> int:
    """Use an interfering door; the HTTP status."""
    async with client.post(f"/_mock/{door}", json=wish) as answer:
        return answer.status


# --- SOAP -------------------------------------------------------------------------------------------------------------

USER = {"username": "tongban", "password": "口令-for-tests"}
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
EX = "http://exchange.example.gov/matter/2020"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
NS = {"soap": SOAP, "ex": EX, "wsse": f"{WSS}wssecurity-secext-1.0.xsd", "wsu": f"{WSS}wssecurity-utility-1.0.xsd"}


def created(at: float | None = None) -> str:
    """A Created text."""
    moment = datetime.fromtimestamp(time.time() if at is None else at, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def security(*, at: float | None = None, nonce: bytes | None = None, username: str | None = None) -> str:
    """A wsse:Security header, rightly digested for its own values."""
    nonce = nonce or secrets.token_bytes(16)
    when = created(at)
    digest = hashlib.sha1(nonce + when.encode() + USER["password"].encode(), usedforsecurity=False).digest()
    return f"""<wsse:Security xmlns:wsse="{NS["wsse"]}" xmlns:wsu="{NS["wsu"]}" soap:mustUnderstand="1">
      <wsse:UsernameToken>
        <wsse:Username>{username or USER["username"]}</wsse:Username>
        <wsse:Password Type="{WSS}username-token-profile-1.0#PasswordDigest">{base64.b64encode(digest).decode()}</wsse:Password>
        <wsse:Nonce EncodingType="{WSS}soap-message-security-1.0#Base64Binary">{base64.b64encode(nonce).decode()}</wsse:Nonce>
        <wsu:Created>{when}</wsu:Created>
      </wsse:UsernameToken>
    </wsse:Security>"""


def envelope(body: str, header: str | None = None) -> bytes:
    """A SOAP 1.1 envelope; the header defaults to a right security header."""
    header = security() if header is None else header
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="{SOAP}"><soap:Header>{header}</soap:Header>'
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()


def soap_submission(outer: str = "KS370171520200202611200000001A") -> str:
    """A SubmitMatterRequest by an enterprise with every element there is."""
    return f"""<SubmitMatterRequest xmlns="{EX}">
      <Head><SenderCode>TONGBAN</SenderCode><SerialNo>{outer}</SerialNo><SendTime>2026-11-20T09:30:00+08:00</SendTime></Head>
      <Matter><Code>000125001000</Code><Name>企业设立登记</Name>
        <HandlingArea>520200</HandlingArea><ReceptionArea>370171</ReceptionArea></Matter>
      <Applicant><Kind>ENTERPRISE</Kind><Name>虚构𠮷祥商贸有限公司</Name>
        <Certificate><Type>001</Type><Number>{COMPANY}</Number></Certificate>
        <Phone>13800000000</Phone><Address>虚构市示例路1号</Address>
        <LegalRepresentative><Name>㛃某</Name>
          <Certificate><Type>111</Type><Number>{PERSON}</Number></Certificate></LegalRepresentative></Applicant>
      <Form><Item name="capital">100</Item></Form>
      <Materials><Material><Code>M1</Code><Name>章程.pdf</Name><MediaType>application/pdf</MediaType>
        <Size>{len(PDF)}</Size><Sha256>{hashlib.sha256(PDF).hexdigest()}</Sha256>
        <Content>{base64.b64encode(PDF).decode()}</Content></Material></Materials>
    </SubmitMatterRequest>"""


def soap_query(by: str, value: str) -> str:
    """A QueryMatterRequest."""
    return f'<QueryMatterRequest xmlns="{EX}"><{by}>{value}</{by}></QueryMatterRequest>'


def soap_supplement(outer: str, receipt: str, notice: etree._Element) -> str:
    """A SupplementMatterRequest with every element there is: to each item of a Notice a text and a material."""
    names = [str(item.findtext("ex:No", "", NS)) for item in notice.iterfind("ex:Item", NS)]
    replies = "".join(f"<Item><No>{name}</No><Text>情况属实，已补齐𠮷</Text></Item>" for name in names)
    materials = "".join(
        f"""<Material><ItemNo>{name}</ItemNo><Code>M1</Code><Name>章程.pdf</Name><MediaType>application/pdf</MediaType>
        <Size>{len(PDF)}</Size><Sha256>{hashlib.sha256(PDF).hexdigest()}</Sha256>
        <Content>{base64.b64encode(PDF).decode()}</Content></Material>"""
        for name in names
    )
    return f"""<SupplementMatterRequest xmlns="{EX}"><SerialNo>{outer}</SerialNo><ReceiptNo>{receipt}</ReceiptNo>
      <NoticeNo>{notice.findtext("ex:No", "", NS)}</NoticeNo><Reply>{replies}</Reply><Materials>{materials}</Materials>
    </SupplementMatterRequest>"""


def soap_withdrawal(outer: str, receipt: str) -> str:
    """A WithdrawMatterRequest."""
    return (
        f'<WithdrawMatterRequest xmlns="{EX}"><SerialNo>{outer}</SerialNo><ReceiptNo>{receipt}</ReceiptNo>'
        "<Reason>㛃某自愿撤回</Reason></WithdrawMatterRequest>"
    )


async def call(client: Client, operation: str, data: bytes, *, action: str | None = None) -> tuple[int, etree._Element]:
    """Send one SOAP call; the HTTP status and the one element in the answer's body."""
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": action or f'"urn:{operation}"'}
    async with client.post("/services/MatterExchange", data=BytesIO(data), headers=headers) as answer:
        root = etree.fromstring(await answer.read())
        body = root.find("soap:Body", NS)
        assert body is not None
        return answer.status, body[0]


def code_of(content: etree._Element) -> str | None:
    """The fault code or the result code of an answer."""
    return content.findtext("faultcode") or content.findtext("ex:ResultCode", None, NS)
