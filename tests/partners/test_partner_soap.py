"""The SOAP adapter against a real server on loopback: envelopes, faults, and the pushes that the partner sends us."""

import base64
import hashlib
import hmac
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree
from partner_parts import MAPPINGS, NOW, SECRETS, Desk, blob_of, connected, facts, material, natural, sole_trader

from gateway.errors import TongbanError
from gateway.model import (
    CaseFacts,
    Hold,
    MaterialFact,
    Partner,
    PushRefused,
    PushUnreadable,
    Received,
    Refused,
    Retry,
    Status,
    Unsure,
    Verdict,
)
from partners.auth.wsse_username import WSSE
from partners.envelope import SOAP_11, SOAP_12

NAME = "guizhou-province"
EX = "http://exchange.example.gov/matter/2020"
NS = f"{{{EX}}}"
SCHEMAS = MAPPINGS / NAME / "schemas"


def envelope(body: str, soap: str = SOAP_11) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{soap}" xmlns:e="{EX}"><s:Body>{body}</s:Body></s:Envelope>'.encode()
    )


def response(operation: str = "SubmitMatter", code: str = "00", more: str = "<e:ReceiptNo>GZ000000000001</e:ReceiptNo>") -> bytes:
    return envelope(
        f"<e:{operation}Response><e:ResultCode>{code}</e:ResultCode><e:ResultMessage>说明</e:ResultMessage>{more}</e:{operation}Response>"
    )


def record(state: str = "SL", more: str = "", at: str = "2026-11-20T10:00:00+08:00") -> str:
    number = case().number
    return (
        f"<e:Record><e:ReceiptNo>GZ000000000001</e:ReceiptNo><e:SerialNo>{number}</e:SerialNo>"
        f"<e:State>{state}</e:State><e:StateTime>{at}</e:StateTime>{more}</e:Record>"
    )


RESULT = (
    "<e:Result><e:Name>证明</e:Name><e:Number>黔-1</e:Number><e:FileName>a.pdf</e:FileName><e:MediaType>application/pdf</e:MediaType>"
    f"<e:Content>{base64.b64encode(b'%PDF').decode()}</e:Content></e:Result>"
)


def fault(code: str) -> bytes:
    return envelope(f"<s:Fault><faultcode>{code}</faultcode><faultstring>说明</faultstring></s:Fault>")


def case(**changes: object) -> CaseFacts:
    return facts(destination="520100", **changes)  # type: ignore[arg-type]


async def verdict_of(desk: tuple[Desk, str], step: str = "submit") -> Verdict:
    async with connected(NAME, f"{desk[1]}/services/MatterExchange") as partner:
        return (await partner.run(step, case())).verdict


async def test_what_arrives_fits_the_partners_own_schema_and_is_the_case_whole(desk: tuple[Desk, str]) -> None:
    """SOAPAction, the security header before the Body, codes, types, content byte for byte."""
    desk[0].says(body=response())
    content = b"%PDF-1.4\n" + bytes(range(256)) * 700
    given = case(applicant=sole_trader(), materials=(material(content=content),), form={"reason": "<&]]>㛃𠮷", "empty": ""})
    async with connected(NAME, f"{desk[1]}/services/MatterExchange") as partner:
        outcome = await partner.run("submit", given)
    assert outcome.verdict == Received("GZ000000000001")
    (seen,) = desk[0].seen
    assert (seen.method, seen.path, seen.headers["soapaction"]) == ("POST", "/services/MatterExchange", '"urn:SubmitMatter"')
    assert seen.headers["content-type"] == "text/xml; charset=utf-8"
    root = etree.fromstring(seen.body)
    assert [etree.QName(child).localname for child in root] == ["Header", "Body"]
    request = root.find("{*}Body")[0]
    etree.XMLSchema(etree.parse(SCHEMAS / "MatterExchange.xsd")).assertValid(request)
    texts = {element.tag.removeprefix(NS): element.text for element in request.iter() if not len(element)}
    assert (texts["SerialNo"], texts["HandlingArea"], texts["ReceptionArea"]) == (given.number, "520100", "370171")
    assert (texts["Kind"], texts["SendTime"]) == ("SOLE_TRADER", "2026-11-20T01:00:00.123000Z")
    assert request.findtext(f"{NS}Applicant/{NS}LegalRepresentative/{NS}Name") == "王㛃"
    assert [(item.get("name"), item.text or "") for item in request.iter(f"{NS}Item")] == [("empty", ""), ("reason", "<&]]>㛃𠮷")]
    assert base64.b64decode(texts["Content"], validate=True) == content
    assert (texts["Size"], texts["Sha256"]) == (str(len(content)), hashlib.sha256(content).hexdigest())


async def test_what_is_kept_of_an_exchange_has_no_content_and_no_secret(desk: tuple[Desk, str]) -> None:
    """The envelope as it was before the security header came in, contents elided."""
    desk[0].says(body=response())
    blob = blob_of(b"%PDF-secret-content")
    async with connected(NAME, desk[1]) as partner:
        exchange = (await partner.run("submit", case(materials=(MaterialFact("a", "a.pdf", "pdf", blob),)))).exchange
    assert f"«blob:{blob.sha256}:{blob.size}»".encode() in exchange.sent
    assert b'SOAPAction: "urn:SubmitMatter"' in exchange.sent
    assert WSSE.encode() not in exchange.sent
    digest = etree.fromstring(desk[0].seen[0].body).findtext(f".//{{{WSSE}}}Password")
    assert not [text for text in (*SECRETS.values(), digest) if text.encode() in exchange.sent]
    assert (exchange.http_status, exchange.received) == (200, response())


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("-901", Refused("unknown-case", "说明")),
        ("-903", Refused("applicant-invalid", "说明")),
        ("-910", Refused("matter-not-offered", "说明")),
        ("-911", Refused("area-not-ours", "说明")),
        ("-912", Refused("material-invalid", "说明")),
        ("-999", Unsure("answer-unknown")),
    ],
)
async def test_each_result_code_is_judged_by_its_row(desk: tuple[Desk, str], code: str, verdict: Verdict) -> None:
    """And a code that no row knows stays in doubt."""
    desk[0].says(body=response(code=code, more=""))
    assert await verdict_of(desk) == verdict


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("wsse:FailedAuthentication", Hold("partner-refuses-us")),
        ("wsse:MessageExpired", Hold("partner-refuses-us")),
        ("wsse:InvalidSecurity", Hold("partner-refuses-us")),
        ("s:Client", Refused("field-invalid", "说明")),
        ("s:Server", Unsure("answer-unknown")),
    ],
)
async def test_each_fault_is_judged_by_its_row(desk: tuple[Desk, str], code: str, verdict: Verdict) -> None:
    """HTTP 500 carries it; whatever prefix the document chose."""
    desk[0].says(500, fault(code))
    assert await verdict_of(desk) == verdict


async def test_a_soap_1_2_fault_is_judged_alike(desk: tuple[Desk, str]) -> None:
    """A gateway in between may speak the newer version."""
    body = "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:FailedAuthentication</s:Value></s:Subcode></s:Code></s:Fault>"
    desk[0].says(400, envelope(body, SOAP_12))
    assert await verdict_of(desk) == Hold("partner-refuses-us")


@pytest.mark.parametrize(
    ("status", "body", "submit", "query"),
    [
        (200, b"", Unsure("unreadable"), Retry("unreadable")),
        (200, b"<html/>", Unsure("unreadable"), Retry("unreadable")),
        (200, response().replace(b"<s:Envelope", b"<!DOCTYPE s:Envelope><s:Envelope"), Unsure("unreadable"), Retry("unreadable")),
        (200, response(more=""), Unsure("unreadable"), Retry("unreadable")),
        (200, envelope("<e:Other/>"), Unsure("unreadable"), Retry("unreadable")),
        (500, b"oops", Unsure("http-500"), Retry("http-500")),
        (502, b"<html/>", Unsure("http-502"), Retry("http-502")),
        (503, b"", Retry("busy"), Retry("busy")),
        (404, b"<html/>", Hold("bad-route"), Hold("bad-route")),
        (None, b"", Unsure("reset"), Retry("reset")),
    ],
)
async def test_answers_that_say_nothing_of_the_business(
    desk: tuple[Desk, str], status: int | None, body: bytes, submit: Verdict, query: Verdict
) -> None:
    """As for REST: doubt for a change, another question for a query."""
    for step, expected in (("submit", submit), ("query", query)):
        desk[0].says(status, body)
        assert await verdict_of(desk, step) == expected


@pytest.mark.parametrize(
    ("state", "status"),
    [("SJ", "21"), ("SL", "50"), ("BYSL", "51"), ("SPCL", "60"), ("BJ-Y", "70"), ("BJ-N", "71"), ("XX", None)],
)
async def test_a_query_brings_the_report_and_no_guess(desk: tuple[Desk, str], state: str, status: str | None) -> None:
    """Each state by the code table."""
    desk[0].says(body=response("QueryMatter", more=record(state, "<e:Opinion>同意</e:Opinion>" + RESULT)))
    async with connected(NAME, desk[1]) as partner:
        (report,) = (await partner.run("query", case())).reports
    assert (report.code, report.status) == (state, None if status is None else Status(status))
    assert (report.our_number, report.partner_number, report.opinion) == (case().number, "GZ000000000001", "同意")
    assert report.at == datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    assert report.result is not None
    assert b"".join(report.result.content.open()) == b"%PDF"
    (seen,) = desk[0].seen
    assert etree.fromstring(seen.body).findtext(f".//{NS}QueryMatterRequest/{NS}SerialNo") == case().number


async def test_prepare_finds_every_value_the_schema_does_not_take(desk: tuple[Desk, str]) -> None:
    """At once, with their places; nothing is sent, then or later."""
    given = case(applicant=natural() | {"phone": "+8613800000001"}, materials=(material("c" * 64), material("x", "名" * 150)))
    async with connected(NAME, desk[1]) as partner:
        assert partner.prepare("submit", case()) == ()
        faults = partner.prepare("submit", given)
        outcome = await partner.run("submit", given)
    assert [fault.code for fault in faults] == ["mapping.value"]
    assert "Applicant.Phone" in faults[0].zh
    assert "+86" not in faults[0].zh + faults[0].en
    assert (outcome.verdict, desk[0].seen) == (Refused("field-invalid", faults[0].zh), [])


async def test_a_step_whose_operation_the_wsdl_lacks_holds_the_partner_and_faults_the_case(tmp_path: Path, desk: tuple[Desk, str]) -> None:
    """No case can get through; nobody sees a traceback."""
    shutil.copytree(MAPPINGS / NAME, tmp_path / NAME)
    wsdl = tmp_path / NAME / "schemas" / "MatterExchange.wsdl"
    wsdl.write_text(wsdl.read_text("utf-8").replace('<wsdl:operation name="SubmitMatter">', '<wsdl:operation name="Submit">'), "utf-8")
    async with connected(NAME, desk[1], root=tmp_path) as partner:
        assert [fault.code for fault in partner.prepare("submit", case())] == ["mapping.unusable"]
        assert (await partner.run("submit", case())).verdict == Hold("mapping")
    assert desk[0].seen == []


async def test_a_wsdl_that_cannot_be_read_is_found_when_the_partner_is_built(tmp_path: Path) -> None:
    """Not at the first case of a citizen; and the error says nothing of the file's content."""
    shutil.copytree(MAPPINGS / NAME, tmp_path / NAME)
    (tmp_path / NAME / "schemas" / "MatterExchange.wsdl").write_text("<secret>")
    with pytest.raises(TongbanError) as failed:
        async with connected(NAME, "http://127.0.0.1:9", root=tmp_path):
            pass
    assert "secret" not in str(failed.value)


def pushed(body: bytes, *, at: datetime = NOW, nonce: str = "0123456789abcdef", secret: bytes = b"push-secret") -> dict[str, str]:
    """The headers as the partner's paper describes them, made without our code."""
    stamp = str(int(at.timestamp()))
    signature = hmac.new(secret, f"{stamp}\n{nonce}\n".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "text/xml; charset=utf-8",
        "X-Push-Key": "key-1",
        "X-Push-Timestamp": stamp,
        "X-Push-Nonce": nonce,
        "X-Push-Signature": signature,
    }


def notify(inside: str) -> bytes:
    return envelope(f"<e:NotifyStatusRequest>{inside}</e:NotifyStatusRequest>")


async def test_a_genuine_push_is_read_and_answered_as_the_wsdl_says() -> None:
    """The report, the nonce to keep, and the reply that stops the partner from repeating."""
    body = notify(record("BJ-Y", RESULT))
    async with connected(NAME, "http://127.0.0.1:9") as partner:
        push = partner.read_push(pushed(body), body)
    (report,) = push.reports
    assert (report.status, report.our_number, report.result is not None) == (Status.APPROVED, case().number, True)
    assert push.nonce == "0123456789abcdef"
    assert push.nonce_expires >= NOW + timedelta(seconds=300)
    assert push.media_type == "text/xml; charset=utf-8"
    reply = etree.fromstring(push.reply)
    assert reply.tag == f"{{{SOAP_11}}}Envelope"
    assert reply.findtext(f"{{{SOAP_11}}}Body/{NS}NotifyStatusResponse/{NS}ResultCode") == "00"
    etree.XMLSchema(etree.parse(SCHEMAS / "MatterExchange.xsd")).assertValid(reply[0][0])


async def test_a_push_of_an_unknown_state_is_a_report_without_status() -> None:
    """It is kept and shown, and acknowledged: the partner did nothing wrong."""
    body = notify(record("ZZ"))
    async with connected(NAME, "http://127.0.0.1:9") as partner:
        (report,) = partner.read_push(pushed(body), body).reports
    assert (report.code, report.status) == ("ZZ", None)


@pytest.mark.parametrize(("code", "reason"), [("201", "conditions-not-met"), ("417", None), ("", None)])
async def test_t25_a_push_with_a_reason_nobody_knows_is_a_report_all_the_same(code: str, reason: str | None) -> None:
    """Status and words are read as ever; the reason is one of the list, or none."""
    body = notify(record("BJ-N", f"<e:Opinion>不予许可</e:Opinion><e:ReturnCode>{code}</e:ReturnCode>{RESULT}"))
    async with connected(NAME, "http://127.0.0.1:9") as partner:
        (report,) = partner.read_push(pushed(body), body).reports
    assert (report.status, report.opinion, report.reason) == (Status.DENIED, "不予许可", reason)
    assert report.result is not None


def refusal(partner: Partner, headers: dict[str, str], body: bytes) -> str:
    with pytest.raises(PushRefused) as refused:
        partner.read_push(headers, body)
    assert refused.value.code == "push.refused"
    return refused.value.reason


async def test_a_forged_push_is_refused_before_it_is_parsed() -> None:
    """Body, signature, key, age: the XML of a stranger is never looked into."""
    body = notify(record())
    bomb = b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'
    async with connected(NAME, "http://127.0.0.1:9") as partner:
        assert refusal(partner, pushed(body), bomb) == "signature"
        assert refusal(partner, pushed(body, secret=b"guess"), body) == "signature"
        assert refusal(partner, pushed(body) | {"X-Push-Key": "key-2"}, body) == "signature"
        assert refusal(partner, pushed(body, at=NOW - timedelta(seconds=301)), body) == "expired"
        assert refusal(partner, {}, body) == "header-missing"


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b"",
        notify(""),
        notify("<e:Record><e:State>SL</e:State></e:Record>"),
        notify(record(at="yesterday")),
        envelope("<e:QueryMatterRequest><e:SerialNo>KS1</e:SerialNo></e:QueryMatterRequest>"),
        notify(record("BJ-Y", RESULT.replace("<e:Content>", "<e:Content>!"))),
    ],
    ids=["doctype", "empty", "no-record", "half-record", "bad-time", "another-operation", "bad-base64"],
)
async def test_a_genuine_push_that_cannot_be_read_is_told_apart_from_a_forgery(body: bytes) -> None:
    """The caller keeps it for a person, and its nonce with it."""
    async with connected(NAME, "http://127.0.0.1:9") as partner:
        with pytest.raises(PushUnreadable) as unreadable:
            partner.read_push(pushed(body), body)
    assert (unreadable.value.code, unreadable.value.nonce) == ("push.unreadable", "0123456789abcdef")
