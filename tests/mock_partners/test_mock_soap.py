"""The simulated SOAP partner takes exactly what its schema says, and refuses every single-field mutation of it."""

import base64
import copy
import hashlib
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from lxml import etree
from mock_requests import (
    COMPANY,
    EX,
    NS,
    PDF,
    PERSON,
    PNG,
    SOAP_SCHEMAS,
    USER,
    Client,
    call,
    code_of,
    created,
    envelope,
    interfere,
    look,
    security,
    soap_query,
    soap_submission,
)

from mock_partners.signing import token_digest

SCHEMA = SOAP_SCHEMAS / "MatterExchange.xsd"
OUTER = "KS370171520200202611200000001A"
ROOT = etree.fromstring(soap_submission())
PLACES = [ROOT.getroottree().getelementpath(node).replace(f"{{{EX}}}", "") for node in ROOT.iterdescendants()]
MAY_LACK = {
    "Applicant/Address": "00",
    "Applicant/LegalRepresentative": "-903",
    "Form/Item": "00",
    "Materials/Material": "00",
}
LEAVES = [place for place in PLACES if not len(ROOT.find("ex:" + place.replace("/", "/ex:"), NS))]  # type: ignore[arg-type]
COMPLEX = ["", *(place for place in PLACES if place not in LEAVES)]


def found(root: etree._Element, place: str) -> etree._Element:
    """The element at a place of a submission."""
    node = root.find("ex:" + place.replace("/", "/ex:"), NS) if place else root
    assert node is not None
    return node


def mutated(place: str, text: str | None) -> bytes:
    """The right submission with one element's text changed, or the element dropped when the text is None."""
    root = copy.deepcopy(ROOT)
    node = found(root, place)
    if text is None:
        parent = node.getparent()
        assert parent is not None
        parent.remove(node)
    else:
        node.text = text
    return envelope(etree.tostring(root, encoding="unicode"))


def named(fault: etree._Element) -> str:
    """Everything that a fault's detail names."""
    return " ".join(fault.xpath("detail/ex:ValidationFault/*/text()", namespaces=NS))  # type: ignore[arg-type]


def test_token_digest_equals_an_independent_computation() -> None:
    """The digest of nonce, time and password is what openssl makes of the three joined."""
    assert token_digest(b"0123456789abcdef", "2026-11-20T01:30:00Z", "secret") == "1Tacr29N4zyL1k4rsAzwFmqhJXk="


async def test_a_right_submission_is_taken_in(soap_client: Client) -> None:
    """A submission with all elements gets a receipt number, and the case is there under ours."""
    status, answer = await call(soap_client, "SubmitMatter", envelope(soap_submission()))
    assert (status, code_of(answer)) == (200, "00")
    (row,) = (await look(soap_client, "cases"))["cases"]
    assert (row["outer"], row["number"]) == (OUTER, answer.findtext("ex:ReceiptNo", None, NS))
    assert row["number"].startswith("GZ")
    assert len(row["number"]) == 14


@pytest.mark.parametrize("place", PLACES)
async def test_a_dropped_element_is_refused_by_name(soap_client: Client, place: str) -> None:
    """Without any one required element nothing is taken in, and the fault's detail names it."""
    status, answer = await call(soap_client, "SubmitMatter", mutated(place, None))
    if place in MAY_LACK:
        assert code_of(answer) == MAY_LACK[place]
        return
    assert (status, code_of(answer)) == (500, "soap:Client")
    assert place.rpartition("/")[2] in named(answer).split()
    assert (await look(soap_client, "cases"))["cases"] == []


@pytest.mark.parametrize("place", COMPLEX)
async def test_an_unknown_element_is_refused_by_name(soap_client: Client, place: str) -> None:
    """One more element anywhere is refused, and so is one more attribute."""
    for mutation in ("element", "attribute"):
        root = copy.deepcopy(ROOT)
        if mutation == "element":
            etree.SubElement(found(root, place), f"{{{EX}}}Extra")
        else:
            found(root, place).set("Extra", "x")
        status, answer = await call(soap_client, "SubmitMatter", envelope(etree.tostring(root, encoding="unicode")))
        assert (status, code_of(answer)) == (500, "soap:Client")
        assert "Extra" in named(answer)


@pytest.mark.parametrize("place", [place for place in LEAVES if place != "Form/Item"])
async def test_an_emptied_element_is_refused(soap_client: Client, place: str) -> None:
    """An element left empty is refused: by the schema, or, for a material's content, because its size does not fit."""
    _, answer = await call(soap_client, "SubmitMatter", mutated(place, ""))
    assert code_of(answer) == ("-912" if place.endswith("Content") else "soap:Client")


@pytest.mark.parametrize(
    ("place", "text", "code"),
    [
        ("Head/SenderCode", "x" * 33, "soap:Client"),
        ("Head/SendTime", "2026-11-20 09:30:00", "soap:Client"),
        ("Matter/HandlingArea", "520200000000", "soap:Client"),
        ("Matter/HandlingArea", "220100", "-911"),
        ("Applicant/Kind", "COMPANY", "soap:Client"),
        ("Applicant/Name", "   ", "soap:Client"),
        ("Applicant/Certificate/Type", "01", "soap:Client"),
        ("Applicant/Certificate/Number", COMPANY[:-1] + "9", "-903"),
        ("Applicant/LegalRepresentative/Certificate/Number", PERSON[:-1] + "6", "-903"),
        ("Materials/Material/Size", str(len(PDF) + 1), "-912"),
        ("Materials/Material/Size", "-1", "soap:Client"),
        ("Materials/Material/Sha256", hashlib.sha256(b"").hexdigest(), "-912"),
        ("Materials/Material/Sha256", "g" * 64, "soap:Client"),
        ("Materials/Material/MediaType", "image/png", "-912"),
        ("Materials/Material/MediaType", "text/plain", "-912"),
        ("Materials/Material/Content", base64.b64encode(PNG).decode(), "-912"),
        ("Materials/Material/Content", "AAA", "soap:Client"),
        ("Materials/Material/Content", "%%%" + base64.b64encode(PDF).decode(), "-912"),
    ],
)
async def test_a_wrong_value_gets_its_own_code(soap_client: Client, place: str, text: str, code: str) -> None:
    """Wrong shapes are schema faults; wrong check digits, foreign areas and false materials have result codes."""
    _, answer = await call(soap_client, "SubmitMatter", mutated(place, text))
    assert code_of(answer) == code
    assert (await look(soap_client, "cases"))["cases"] == []
    assert (await look(soap_client, "stats"))["refused"] == {code: 1}


async def test_a_matter_that_is_not_offered_is_refused(serve: Any, soap_app: Any) -> None:
    """With a list of matters, only those are taken."""
    client = await serve(soap_app(items=frozenset({"000125002000"})))
    _, refused = await call(client, "SubmitMatter", envelope(soap_submission()))
    _, taken = await call(client, "SubmitMatter", mutated("Matter/Code", "000125002000"))
    assert (code_of(refused), code_of(taken)) == ("-910", "00")


async def test_a_fault_never_repeats_what_was_sent(soap_client: Client) -> None:
    """A schema fault names elements and rules, and not the applicant's data."""
    _, answer = await call(soap_client, "SubmitMatter", mutated("Applicant/Phone", "secret-phone-number"))
    assert "Phone" in named(answer)
    assert b"secret-phone-number" not in etree.tostring(answer)


@pytest.mark.parametrize("name", ["wsse:Username", "wsse:Password", "wsse:Nonce", "wsu:Created"])
async def test_a_token_with_a_part_missing_doubled_or_empty_is_refused(soap_client: Client, name: str) -> None:
    """Each part of the UsernameToken is needed exactly once."""
    for mutation in ("drop", "double", "extra"):
        message = etree.fromstring(envelope(soap_submission()))
        part = message.find(f".//{name}", NS)
        assert part is not None
        token = part.getparent()
        assert token is not None
        if mutation == "drop":
            token.remove(part)
        elif mutation == "double":
            token.append(copy.deepcopy(part))
        else:
            etree.SubElement(token, f"{{{NS['wsse']}}}Extra")
        status, answer = await call(soap_client, "SubmitMatter", etree.tostring(message))
        assert (status, code_of(answer)) == (500, "wsse:InvalidSecurity")


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("wsse:Username", "someone-else", "wsse:FailedAuthentication"),
        ("wsse:Password", base64.b64encode(bytes(20)).decode(), "wsse:FailedAuthentication"),
        ("wsse:Password", USER["password"], "wsse:FailedAuthentication"),
        ("wsse:Nonce", base64.b64encode(bytes(16)).decode(), "wsse:FailedAuthentication"),
        ("wsse:Nonce", "***", "wsse:InvalidSecurity"),
        ("wsu:Created", 7, "wsse:FailedAuthentication"),
        ("wsu:Created", 400, "wsse:MessageExpired"),
        ("wsu:Created", "2026-11-20T09:30:00+08:00", "wsse:InvalidSecurity"),
        ("wsu:Created", "2026-13-20T09:30:00Z", "wsse:InvalidSecurity"),
    ],
)
async def test_an_altered_token_is_refused(soap_client: Client, name: str, text: str | int, code: str) -> None:
    """A token changed after digesting is refused, and nothing is taken in; a number stands for seconds ago."""
    message = etree.fromstring(envelope(soap_submission()))
    part = message.find(f".//{name}", NS)
    assert part is not None
    part.text = created(time.time() - text) if isinstance(text, int) else text
    status, answer = await call(soap_client, "SubmitMatter", etree.tostring(message))
    assert (status, code_of(answer)) == (500, code)
    assert (await look(soap_client, "cases"))["cases"] == []


async def test_a_plain_password_or_another_encoding_is_refused(soap_client: Client) -> None:
    """Only digests are accepted, and only Base64 nonces."""
    for right, wrong in (("#PasswordDigest", "#PasswordText"), ("#Base64Binary", "#HexBinary")):
        data = envelope(soap_submission()).replace(right.encode(), wrong.encode())
        assert code_of((await call(soap_client, "SubmitMatter", data))[1]) == "wsse:InvalidSecurity"


@pytest.mark.parametrize("offset", [-310, 310])
async def test_an_expired_token_is_refused(soap_client: Client, offset: int) -> None:
    """A right digest from more than 300 s ago or ahead is refused; from within it is accepted."""
    expired = envelope(soap_submission(), security(at=time.time() + offset))
    within = envelope(soap_submission(), security(at=time.time() + offset * 0.9))
    assert code_of((await call(soap_client, "SubmitMatter", expired))[1]) == "wsse:MessageExpired"
    assert code_of((await call(soap_client, "SubmitMatter", within))[1]) == "00"


async def test_a_repeated_nonce_is_refused(soap_client: Client) -> None:
    """The same token twice is a replay, on whichever operation, and so is its nonce digested anew."""
    nonce = b"nonce-of-16-byte"
    token = security(nonce=nonce)
    _, first = await call(soap_client, "SubmitMatter", envelope(soap_submission(), token))
    _, again = await call(soap_client, "QueryMatter", envelope(soap_query("SerialNo", OUTER), token))
    _, anew = await call(soap_client, "SubmitMatter", envelope(soap_submission(), security(at=time.time() - 5, nonce=nonce)))
    assert [code_of(answer) for answer in (first, again, anew)] == ["00", *["wsse:InvalidSecurity"] * 2]


@pytest.mark.parametrize("header", ["", "<wsse:Security xmlns:wsse='urn:other'/>", security() + security()])
async def test_a_missing_or_doubled_security_header_is_refused(soap_client: Client, header: str) -> None:
    """Exactly one security header in the right namespace is needed."""
    _, answer = await call(soap_client, "SubmitMatter", envelope(soap_submission(), header))
    assert code_of(answer) == "wsse:InvalidSecurity"


@pytest.mark.parametrize("action", ["", "urn:QueryMatter", "SubmitMatter"])
async def test_a_soap_action_that_does_not_fit_is_refused(soap_client: Client, action: str) -> None:
    """SOAPAction is required and names the operation."""
    _, answer = await call(soap_client, "SubmitMatter", envelope(soap_submission()), action=action or '""')
    assert code_of(answer) == "soap:Client"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "soap:Client"),
        (b"<a>", "soap:Client"),
        (b"\xff\xfe<\x00a\x00", "soap:Client"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>', "soap:Client"),
        (b'<?xml version="1.0" encoding="UTF-7"?><a>+ADw-!DOCTYPE</a>', "soap:VersionMismatch"),
        (envelope(soap_submission()).replace(b"schemas.xmlsoap.org/soap", b"www.w3.org/2003/05/soap"), "soap:VersionMismatch"),
        (envelope(""), "soap:Client"),
        (envelope(soap_submission() * 2), "soap:Client"),
        (envelope(f'<DropAllRequest xmlns="{EX}"/>'), "soap:Client"),
    ],
)
async def test_a_message_that_is_no_soap_envelope_is_refused(soap_client: Client, data: bytes, code: str) -> None:
    """Broken XML, document types, other versions and other operations are refused."""
    status, answer = await call(soap_client, "SubmitMatter", data)
    assert (status, code_of(answer)) == (500, code)


async def test_queries_by_either_number_show_the_case_and_its_result(soap_client: Client) -> None:
    """A query by one of the numbers gives state, time in Beijing and, once decided, a PDF; the answer fits the schema."""
    _, taken = await call(soap_client, "SubmitMatter", envelope(soap_submission()))
    number = taken.findtext("ex:ReceiptNo", "", NS)
    assert await interfere(soap_client, "advance", {"outer": OUTER, "to": "BJ-Y"}) == 200
    schema = etree.XMLSchema(file=str(SCHEMA))
    for by, value in (("SerialNo", OUTER), ("ReceiptNo", number)):
        _, answer = await call(soap_client, "QueryMatter", envelope(soap_query(by, value)))
        schema.assertValid(answer)
        record = answer.find("ex:Record", NS)
        assert record is not None
        assert [record.findtext(f"ex:{name}", None, NS) for name in ("ReceiptNo", "SerialNo", "State", "Opinion")] == [
            number,
            OUTER,
            "BJ-Y",
            "准予",
        ]
        when = datetime.fromisoformat(record.findtext("ex:StateTime", "", NS))
        assert when.utcoffset() == timedelta(hours=8)
        content = base64.b64decode(record.findtext("ex:Result/ex:Content", "", NS))
        assert content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (soap_query("SerialNo", "KS1"), "-901"),
        (soap_query("ReceiptNo", "GZ000000000000"), "-901"),
        (soap_query("ReceiptNo", "GZ1"), "soap:Client"),
        (f'<QueryMatterRequest xmlns="{EX}"/>', "soap:Client"),
        (
            f'<QueryMatterRequest xmlns="{EX}"><SerialNo>KS1</SerialNo><ReceiptNo>GZ000000000000</ReceiptNo></QueryMatterRequest>',
            "soap:Client",
        ),
    ],
)
async def test_a_query_names_exactly_one_known_number(soap_client: Client, body: str, code: str) -> None:
    """A query with no, two or an unknown number is refused."""
    assert code_of((await call(soap_client, "QueryMatter", envelope(body)))[1]) == code


async def test_a_second_submission_makes_a_second_case(soap_client: Client) -> None:
    """The partner does not deduplicate: doubling shows as two rows with different receipts."""
    for _ in range(2):
        await call(soap_client, "SubmitMatter", envelope(soap_submission()))
    rows = (await look(soap_client, "cases"))["cases"]
    assert [row["outer"] for row in rows] == [OUTER, OUTER]
    assert len({row["number"] for row in rows}) == 2


async def test_a_material_above_ten_megabytes_is_taken(soap_client: Client) -> None:
    """A material whose Base64 text exceeds the XML library's usual 10 MB is taken like any other."""
    content = PDF + bytes(11 * 2**20)
    root = copy.deepcopy(ROOT)
    for name, text in (
        ("Size", str(len(content))),
        ("Sha256", hashlib.sha256(content).hexdigest()),
        ("Content", base64.b64encode(content).decode()),
    ):
        found(root, f"Materials/Material/{name}").text = text
    _, answer = await call(soap_client, "SubmitMatter", envelope(etree.tostring(root, encoding="unicode")))
    assert code_of(answer) == "00"
