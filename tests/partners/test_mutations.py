"""The simulated partners take exactly what our adapters send, and refuse every single-field mutation of it.

The request is captured as the adapter really makes it, changed in one place, and (unless the proof itself is what is
changed) signed anew, so that what is refused is the change. The simulated partners share no code with us: where both
agree, they agree with the paper.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from lxml import etree
from mutation_parts import EX, SOAP_PATH, Office, RealClock, Serve, bare, changed, elements_changed, fields_changed, office_of, whole_case
from partner_parts import MAPPINGS, SECRETS, Desk, connected

from gateway.model import CaseFacts, Received
from mock_partners import rest, soap
from mock_partners.office import Options
from mock_partners.push import Callback
from partners.auth.wsse_username import WSSE, WSU


@pytest.fixture
async def rest_office(serve: Serve) -> AsyncIterator[Office]:
    credentials = rest.Credentials(SECRETS["harbin-changchun/paasid"], SECRETS["harbin-changchun/token"])
    app = rest.RestPartner(credentials, Options(areas=rest.DEFAULT_AREAS, pace=3600.0)).app()
    async with office_of("harbin-changchun", app, serve, "/api/matter/submit", "230100") as office:
        yield office


@pytest.fixture
async def soap_office(serve: Serve) -> AsyncIterator[Office]:
    credentials = soap.Credentials(SECRETS["guizhou-province/user"], SECRETS["guizhou-province/password"])
    schemas = MAPPINGS / "guizhou-province" / "schemas"
    callback = Callback("http://127.0.0.1:9/", "key-1", "push-secret")
    app = soap.SoapPartner(credentials, callback, schemas, Options(areas=soap.DEFAULT_AREAS, pace=3600.0)).app()
    async with office_of("guizhou-province", app, serve, SOAP_PATH, "520100") as office:
        yield office


async def check_agreement(office: Office, endpoint: str, case: CaseFacts) -> None:
    async with connected(office.name, endpoint, clock=RealClock()) as partner:
        submitted = await partner.run("submit", case)
        queried = await partner.run("query", case)
    assert isinstance(submitted.verdict, Received)
    assert submitted.verdict.number
    (report,) = queried.reports
    assert (report.our_number, report.partner_number, report.status) == (case.number, submitted.verdict.number, "21")
    assert await office.cases() == 1


async def test_the_rest_adapter_and_the_simulated_partner_agree(rest_office: Office) -> None:
    """Submit and query, with nothing in between, on the real clock."""
    await check_agreement(rest_office, rest_office.url.removesuffix("/api/matter/submit"), whole_case("230100"))


async def test_the_soap_adapter_and_the_simulated_partner_agree(soap_office: Office) -> None:
    """Submit and query, with nothing in between, on the real clock."""
    await check_agreement(soap_office, soap_office.url, whole_case("520100"))


# ---- REST

OPTIONAL = {("applicant", "address")}
OPEN = {("formData",)}


def rest_mutations(body: bytes) -> Iterator[tuple[str, bytes]]:
    tree = json.loads(body)
    yield from fields_changed(tree, OPTIONAL, OPEN)

    def put(*path: Any) -> bytes:
        return changed(tree, path[:-1], lambda at, name: at.__setitem__(name, path[-1]))

    file = tree["files"][0]
    yield "size one more", put("files", 0, "size", file["size"] + 1)
    yield "content of another type", put("files", 0, "content", base64.b64encode(b"\x89PNG" + b"x" * (file["size"] - 4)).decode())
    yield "content not base64", put("files", 0, "content", "!" + file["content"][1:])
    yield "file type of another", put("files", 0, "fileType", "png")
    yield "credit code's check", put("applicant", "certNo", tree["applicant"]["certNo"][:-1] + "A")
    yield "identity number's check", put("applicant", "legalCertNo", tree["applicant"]["legalCertNo"][:-1] + "6")
    yield "unknown matter code", put("itemCode", "12345678901")
    yield "area of another", put("areaCode", "520100000000")
    yield "time not a time", put("applyTime", "20261399000000")
    yield "phone too short", put("applicant", "mobile", "1380000000")
    yield "unknown class", put("applicant", "type", "9")
    yield "broken JSON", body[:-1]


async def test_every_field_of_a_rest_submit_counts(rest_office: Office) -> None:
    """Each dropped, emptied, mistyped, or joined by a stranger: refused, and no case made."""
    taken = []
    for name, body in rest_mutations(rest_office.body):
        headers, _ = await rest_office.signed(body)
        status, answer = await rest_office.post(headers, body)
        code = str(json.loads(answer)["code"])
        if code == "0" or status == 401:  # 401: refused for its proof, which would say nothing of the field
            taken.append((name, code))
    assert taken == []
    assert await rest_office.cases() == 0


def flipped(text: str) -> str:
    last = "1" if text[-1] != "1" else "2"
    return text[:-1] + last


async def test_every_signed_input_of_a_rest_call_counts(rest_office: Office) -> None:
    """Each header altered or left out: 401, and no case made."""
    headers, body = await rest_office.signed(rest_office.body)
    names = [name for name in headers if name.startswith("x-tif-")]
    assert len(names) == 4
    for name in names:
        for altered in (headers | {name: flipped(headers[name])}, {other: value for other, value in headers.items() if other != name}):
            status, answer = await rest_office.post(altered, body)
            assert (status, json.loads(answer)["code"] in {"-11", "-12", "-15"}) == (401, True), name
    assert await rest_office.cases() == 0


@pytest.mark.parametrize("seconds", [-190, 190])
async def test_an_expired_rest_call_is_refused(rest_office: Office, seconds: int) -> None:
    """Properly signed, but not now."""
    status, answer = await rest_office.post(*await rest_office.signed(rest_office.body, datetime.now(UTC) + timedelta(seconds=seconds)))
    assert (status, json.loads(answer)["code"]) == (401, "-13")


async def test_a_repeated_rest_call_is_refused(rest_office: Office) -> None:
    """The very same bytes once more: the nonce is known."""
    headers, body = await rest_office.signed(rest_office.body)
    first, second = await rest_office.post(headers, body), await rest_office.post(headers, body)
    assert (first[0], str(json.loads(first[1])["code"])) == (200, "0")
    assert (second[0], json.loads(second[1])["code"]) == (401, "-14")
    assert await rest_office.cases() == 1


# ---- SOAP

SOAP_OPTIONAL = {f"{EX}Address", f"{EX}Item", f"{EX}Material"}


def soap_mutations(body: bytes) -> Iterator[tuple[str, etree._Element]]:
    yield from elements_changed(body, SOAP_OPTIONAL)

    def put(path: str, text: str) -> etree._Element:
        root = bare(body)
        root.find(f".//{EX}{path}").text = text
        return root

    content = bare(body).findtext(f".//{EX}Content")
    yield "size one more", put("Size", str(int(bare(body).findtext(f".//{EX}Size")) + 1))
    yield "hash of another", put("Sha256", "0" * 64)
    yield "content of another", put("Content", base64.b64encode(b"%PDF-9.9\n").decode())
    yield "content not base64", put("Content", "!" + content[1:])
    yield "type of another", put("MediaType", "image/png")
    yield "credit code's check", put("Number", "92990101MA0ABC121A")
    yield "identity number's check", put(f"LegalRepresentative/{EX}Certificate/{EX}Number", "990101199003070016")
    yield "unknown class", put("Kind", "ALIEN")
    yield "area of another", put("HandlingArea", "230100")
    yield "time not a time", put("SendTime", "today")
    yield "phone of letters", put("Phone", "call me")
    nameless = bare(body)
    del nameless.find(f".//{EX}Item").attrib["name"]
    yield "nameless item", nameless


async def test_every_element_of_a_soap_submit_counts(soap_office: Office) -> None:
    """Each dropped, emptied, moved out of its namespace, or joined by a stranger: refused, and no case made."""
    taken = []
    for name, envelope in soap_mutations(soap_office.body):
        _, answer = await soap_office.post(*await soap_office.signed(envelope))
        code = etree.fromstring(answer).findtext(f".//{EX}ResultCode") or etree.fromstring(answer).findtext(".//faultcode")
        if code == "00" or code.startswith("wsse:"):  # wsse: refused for its proof, which would say nothing of the element
            taken.append((name, code))
    assert taken == []
    assert await soap_office.cases() == 0


async def refused_security(office: Office, headers: dict[str, str], body: bytes, codes: set[str]) -> None:
    status, answer = await office.post(headers, body)
    assert (status, etree.fromstring(answer).findtext(".//faultcode") in codes) == (500, True)


def later(created: str) -> str:
    """Another moment of the same second or so: the last digit before the Z changed."""
    return created[:-2] + ("8Z" if created[-2] == "9" else "9Z")


async def test_every_signed_input_of_a_soap_call_counts(soap_office: Office) -> None:
    """User, digest, nonce, created: each altered or left out, the whole header too."""
    headers, body = await soap_office.signed(bare(soap_office.body))
    either = {"wsse:FailedAuthentication", "wsse:InvalidSecurity"}
    for tag in (f"{{{WSSE}}}Username", f"{{{WSSE}}}Password", f"{{{WSSE}}}Nonce", f"{{{WSU}}}Created"):
        altered = etree.fromstring(body)
        found = altered.find(f".//{tag}")
        found.text = ("B" if found.text[0] != "B" else "C") + found.text[1:] if not tag.endswith("Created") else later(found.text)
        await refused_security(soap_office, headers, etree.tostring(altered), either)
        dropped = etree.fromstring(body)
        found = dropped.find(f".//{tag}")
        found.getparent().remove(found)
        await refused_security(soap_office, headers, etree.tostring(dropped), {"wsse:InvalidSecurity"})
    await refused_security(soap_office, headers, etree.tostring(bare(body)), {"wsse:InvalidSecurity"})
    assert await soap_office.cases() == 0


@pytest.mark.parametrize("seconds", [-310, 310])
async def test_an_expired_soap_call_is_refused(soap_office: Office, seconds: int) -> None:
    """Properly signed, but not now."""
    headers, body = await soap_office.signed(bare(soap_office.body), datetime.now(UTC) + timedelta(seconds=seconds))
    await refused_security(soap_office, headers, body, {"wsse:MessageExpired"})


async def test_a_repeated_soap_call_is_refused(soap_office: Office) -> None:
    """The very same bytes once more: the nonce is known."""
    headers, body = await soap_office.signed(bare(soap_office.body))
    status, answer = await soap_office.post(headers, body)
    assert (status, etree.fromstring(answer).findtext(f".//{EX}ResultCode")) == (200, "00")
    await refused_security(soap_office, headers, body, {"wsse:InvalidSecurity"})
    assert await soap_office.cases() == 1


async def test_what_the_simulated_partner_pushes_is_read_and_its_repeat_recognised_by_its_nonce(serve: Serve) -> None:
    """Signed by their code, verified by ours; a repetition is the same report under another nonce."""
    desk = Desk()
    credentials = soap.Credentials(SECRETS["guizhou-province/user"], SECRETS["guizhou-province/password"])
    url = await serve(desk.app())
    desk.says(503)
    desk.says(503)
    callback = Callback(url, SECRETS["guizhou-province/push-key-id"], SECRETS["guizhou-province/push-secret"], first_interval=0.01)
    options = Options(areas=soap.DEFAULT_AREAS, pace=3600.0)
    base = await serve(soap.SoapPartner(credentials, callback, MAPPINGS / "guizhou-province" / "schemas", options).app())
    case = whole_case("520100")
    async with connected("guizhou-province", base + SOAP_PATH, clock=RealClock()) as partner, aiohttp.ClientSession() as session:
        await partner.run("submit", case)
        async with session.post(f"{base}/_mock/advance", json={"outer": case.number, "to": "BJ-Y"}) as answer:
            assert answer.status == 200
        pushes = []
        async with asyncio.timeout(10):
            while len(pushes) < 2:
                await desk.arrived.wait()
                desk.arrived.clear()
                pushes = [partner.read_push(seen.headers, seen.body) for seen in desk.seen]
                desk.says(503)
    first, second = pushes[:2]
    assert first.reports == second.reports
    assert first.nonce != second.nonce
    assert (first.reports[0].our_number, first.reports[0].status) == (case.number, "70")
    assert first.reports[0].result is not None
