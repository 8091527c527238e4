"""A folder simulated over SOAP: the operation by the body's element, requests held against the WSDL's schemas, statuses pushed."""

import asyncio
import hashlib
import hmac
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from lxml import etree
from mock_requests import (
    NS,
    SOAP_SCHEMAS,
    call,
    code_of,
    envelope,
    interfere,
    look,
    security,
    soap_query,
    soap_submission,
    soap_supplement,
    soap_withdrawal,
)
from simulator_parts import SOAP, SOAP_OUTER, copied, scenario_of, simulated

SCHEMA = etree.XMLSchema(etree.parse(SOAP_SCHEMAS / "MatterExchange.xsd"))
WAY = "pace: 0s\nprogress: [{status: '50'}, {status: '70'}]"


async def submit(client: Any, outer: str = SOAP_OUTER) -> str:
    """Hand in a case; the partner's number."""
    status, answer = await call(client, "SubmitMatter", envelope(soap_submission(outer)))
    assert (status, code_of(answer)) == (200, "00")
    return str(answer.findtext("ex:ReceiptNo", "", NS))


async def query(client: Any, by: str = "SerialNo", value: str = SOAP_OUTER) -> etree._Element:
    """What the partner says of a case."""
    return (await call(client, "QueryMatter", envelope(soap_query(by, value))))[1]


class Callback:
    """A receiver of pushes: keeps what came, acknowledges after so many refusals."""

    def __init__(self, refusals: int = 0) -> None:
        self.came: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()
        self.refusals = refusals

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/push", self.take)
        return app

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.came.put_nowait((dict(request.headers), body))
        code, words = ("99", "稍后再试") if self.refusals else ("00", "已收到")
        self.refusals = max(0, self.refusals - 1)
        parts = f"<ResultCode>{code}</ResultCode><ResultMessage>{words}</ResultMessage>"
        said = f'<NotifyStatusResponse xmlns="{NS["ex"]}">{parts}</NotifyStatusResponse>'
        return web.Response(body=envelope(said, ""), content_type="text/xml")

    async def states(self, count: int) -> list[str]:
        """The states of the next pushes."""
        async with asyncio.timeout(20):
            bodies = [(await self.came.get())[1] for _ in range(count)]
        return [str(etree.fromstring(body).findtext(".//ex:State", "", NS)) for body in bodies]


async def pushing(serve: Any, callback: Callback, **options: Any) -> Any:
    """The simulated folder, pushing to the callback."""
    receiver = await serve(callback.app())
    return await serve(simulated(SOAP, push_to=str(receiver.make_url("/push")), **options))


async def test_a_submit_gives_a_number_in_the_example_s_shape(serve: Any) -> None:
    """And the same number again for the same case."""
    client = await serve(simulated(SOAP))
    number = await submit(client)
    assert re.fullmatch("GZ[0-9]{12}", number)
    assert await submit(client) == number


async def test_every_status_can_be_asked_for_and_fits_the_schema(serve: Any) -> None:
    """Shown by a query, taken from a push, or only renamed: each answer is one that the partner's own schema allows."""
    client = await serve(simulated(SOAP))
    number = await submit(client)
    for code in ("SJ", "BJGZ", "BJSL", "SL", "BYSL", "SPCL", "BJ-Y", "BJ-N", "CJ"):
        await interfere(client, "advance", {"number": SOAP_OUTER, "code": code})
        answer = await query(client, "ReceiptNo", number)
        SCHEMA.assertValid(answer)
        record = answer.find("ex:Record", NS)
        assert record is not None
        assert [record.findtext(f"ex:{name}", None, NS) for name in ("ReceiptNo", "SerialNo", "State")] == [number, SOAP_OUTER, code]
        at = datetime.fromisoformat(record.findtext("ex:StateTime", "", NS))
        assert abs((datetime.now(UTC) - at).total_seconds()) < 120
        assert (record.find("ex:Result", NS) is not None) == (code in ("BJ-Y", "BJ-N"))


async def test_what_does_not_fit_the_schema_is_a_fault_with_its_path(serve: Any, tmp_path: Path) -> None:
    """Where no example shows such a refusal; never with the value."""
    shown = "examples/household-move-spouse/a-message-that-does-not-fit-is-refused"
    client = await serve(simulated(SOAP, root=copied(tmp_path, SOAP, lambda folder: shutil.rmtree(folder / shown))))
    wrong = soap_submission().replace("<Phone>13800000000</Phone>", "<Phone>call-me-13900</Phone>")
    status, fault = await call(client, "SubmitMatter", envelope(wrong))
    words = fault.findtext("faultstring", "")
    assert (status, code_of(fault)) == (500, "soap:Client")
    assert "/SubmitMatterRequest/Applicant/Phone" in words
    assert "13900" not in words
    assert (await look(client, "cases"))["cases"] == []


@pytest.mark.parametrize(
    "raw", [b"<a/>", b"{}", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", envelope("<a/><b/>", "")]
)
async def test_what_is_no_envelope_is_a_fault(serve: Any, raw: bytes) -> None:
    """And so is an element that no operation asks for."""
    client = await serve(simulated(SOAP))
    assert code_of((await call(client, "SubmitMatter", raw))[1]) == "soap:Client"
    assert code_of((await call(client, "SubmitMatter", envelope("<Other xmlns='urn:x'/>")))[1]) == "soap:Client"


async def test_a_request_in_soap_12_is_understood_and_refused_in_its_own_words(serve: Any) -> None:
    """A fault has the version of the request."""
    client = await serve(simulated(SOAP, secrets=None))
    raw = envelope(soap_query("SerialNo", "x!"), security()).replace(NS["soap"].encode(), b"http://www.w3.org/2003/05/soap-envelope")
    async with client.post("/", data=raw) as answer:
        root = etree.fromstring(await answer.read())
    assert etree.QName(root).namespace == "http://www.w3.org/2003/05/soap-envelope"
    assert root.findtext(".//{*}Code/{*}Value") == "soap:Sender"


async def test_a_wrong_token_is_refused_with_its_own_code(serve: Any) -> None:
    """Presence alone is asked for where there are no secrets."""
    strict, lax = await serve(simulated(SOAP)), await serve(simulated(SOAP, secrets=None))
    body = soap_query("SerialNo", SOAP_OUTER)
    codes = [
        code_of((await call(client, "QueryMatter", envelope(body, header)))[1])
        for client, header in ((strict, security(username="x")), (strict, ""), (lax, security(username="x")), (lax, ""))
    ]
    assert codes == ["wsse:FailedAuthentication", "wsse:InvalidSecurity", "-901", "wsse:InvalidSecurity"]


async def test_the_conversation_is_as_the_examples_show(serve: Any) -> None:
    """A supplement taken and not waited for, a withdrawal taken and too late."""
    client = await serve(simulated(SOAP))
    number = await submit(client)
    await interfere(client, "advance", {"number": SOAP_OUTER, "status": "40"})
    notice = (await query(client)).find("ex:Record/ex:Notice", NS)
    assert notice is not None
    body = soap_supplement(SOAP_OUTER, number, notice)
    codes = [code_of((await call(client, "SupplementMatter", envelope(body)))[1]) for _ in range(2)]
    withdrawal = envelope(soap_withdrawal(SOAP_OUTER, number)), envelope(soap_withdrawal(SOAP_OUTER, number))
    codes.append(code_of((await call(client, "WithdrawMatter", withdrawal[0]))[1]))
    await interfere(client, "advance", {"number": SOAP_OUTER, "status": "71"})
    codes.append(code_of((await call(client, "WithdrawMatter", withdrawal[1]))[1]))
    assert codes == ["00", "-914", "00", "-916"]


async def test_statuses_are_pushed_signed_until_acknowledged(serve: Any, tmp_path: Path) -> None:
    """In their order, each with a new nonce, and each fitting the schema."""
    callback = Callback(refusals=2)
    client = await pushing(serve, callback, scenario=scenario_of(tmp_path, WAY))
    number = await submit(client)
    nonces = set()
    for state in ("SL", "SL", "SL", "BJ-Y"):
        async with asyncio.timeout(20):
            headers, body = await callback.came.get()
        content = etree.fromstring(body).find("soap:Body", NS)
        assert content is not None
        SCHEMA.assertValid(content[0])
        assert content[0].findtext("ex:Record/ex:State", None, NS) == state
        assert content[0].findtext("ex:Record/ex:ReceiptNo", None, NS) == number
        signed = f"{headers['X-Push-Timestamp']}\n{headers['X-Push-Nonce']}\n".encode() + body
        assert headers["X-Push-Signature"] == hmac.new(b"push-secret", signed, hashlib.sha256).hexdigest()
        assert (headers["X-Push-Key"], headers["SOAPAction"]) == ("key-1", '"urn:NotifyStatus"')
        nonces.add(headers["X-Push-Nonce"])
    assert len(nonces) == 4


async def test_pushes_come_twice_where_the_scenario_says_so(serve: Any, tmp_path: Path) -> None:
    """Although the first was acknowledged."""
    callback = Callback()
    client = await pushing(serve, callback, scenario=scenario_of(tmp_path, f"{WAY}\npushes: {{repeated: 1}}"))
    await submit(client)
    assert await callback.states(4) == ["SL", "SL", "BJ-Y", "BJ-Y"]


async def test_pushes_come_out_of_order_where_the_scenario_says_so(serve: Any, tmp_path: Path) -> None:
    """The later first; none is left out."""
    callback = Callback()
    client = await pushing(serve, callback, scenario=scenario_of(tmp_path, f"{WAY}\npushes: {{out_of_order: 1}}"))
    await submit(client)
    assert await callback.states(2) == ["BJ-Y", "SL"]


async def test_pushes_come_late_where_the_scenario_says_so(serve: Any, tmp_path: Path) -> None:
    """After the status can be asked for."""
    callback = Callback()
    client = await pushing(serve, callback, scenario=scenario_of(tmp_path, f"{WAY}\npushes: {{late: {{share: 1, by: 1h}}}}"))
    await submit(client)
    answer = await query(client)
    while answer.findtext("ex:Record/ex:State", None, NS) != "BJ-Y":
        answer = await query(client)
    assert callback.came.empty()
    assert (await look(client, "stats"))["pushes"]["late"] == 1


async def test_what_was_not_acknowledged_is_pushed_after_a_restart(serve: Any, tmp_path: Path) -> None:
    """And what was is not."""
    callback, journal = Callback(), tmp_path / "effects.jsonl"
    client = await pushing(serve, callback, journal=journal)
    await submit(client)
    await interfere(client, "advance", {"number": SOAP_OUTER, "status": "50"})
    assert await callback.states(1) == ["SL"]
    while (await look(client, "cases"))["cases"][0]["told"] != [0, 1]:
        pass
    callback.refusals = 10_000
    await interfere(client, "advance", {"number": SOAP_OUTER, "status": "60"})
    assert await callback.states(1) == ["SPCL"]
    await client.close()
    while not callback.came.empty():
        callback.came.get_nowait()
    callback.refusals = 0
    await pushing(serve, callback, journal=journal)
    assert await callback.states(1) == ["SPCL"]


def test_pushing_needs_a_secret_and_a_folder_that_pushes() -> None:
    """Otherwise the simulation does not start."""
    with pytest.raises(ValueError, match="secrets file"):
        simulated(SOAP, secrets=None, push_to="http://127.0.0.1:9/")
    with pytest.raises(ValueError, match="does not push"):
        simulated("harbin-changchun", push_to="http://127.0.0.1:9/")
    with pytest.raises(LookupError, match="push-secret"):
        simulated(SOAP, secrets={"user": "u", "password": "p", "push-key-id": "k"}, push_to="http://127.0.0.1:9/")
