"""Statuses are pushed signed, in order, and again and again until they are acknowledged."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from lxml import etree
from mock_requests import EX, NS, SOAP_SCHEMAS, Client, call, envelope, interfere, look, soap_submission

Serve = Callable[[web.Application], Awaitable[Client]]
Make = Callable[..., web.Application]
OUTER = "KS370171520200202611200000001A"


def acknowledgement(code: str = "00") -> web.Response:
    """A NotifyStatusResponse."""
    body = envelope(
        f'<NotifyStatusResponse xmlns="{EX}"><ResultCode>{code}</ResultCode><ResultMessage>ok</ResultMessage></NotifyStatusResponse>',
        "",
    )
    return web.Response(body=body, content_type="text/xml")


class Callback:
    """A gateway's callback that gives the prepared answers one after the other, then acknowledges everything."""

    def __init__(self, *answers: web.Response | None) -> None:
        self.pushes: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()
        self._answers = list(answers)

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.post("/push", self._take)])
        return app

    async def _take(self, request: web.Request) -> web.Response:
        self.pushes.put_nowait((dict(request.headers), await request.read()))
        answer = self._answers.pop(0) if self._answers else acknowledgement()
        if answer is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return answer


def record_of(body: bytes) -> etree._Element:
    """The record in a push, once the body has been found to fit the schema."""
    content = etree.fromstring(body).find("soap:Body", NS)
    assert content is not None
    etree.XMLSchema(file=str(SOAP_SCHEMAS / "MatterExchange.xsd")).assertValid(content[0])
    record = content[0].find("ex:Record", NS)
    assert record is not None
    return record


async def told(client: Client, milestones: int) -> None:
    """Wait until the partner has noted so many acknowledged milestones of its only case."""
    while (await look(client, "cases"))["cases"][0]["told"] < milestones:
        continue


async def test_a_push_is_signed_and_fits_the_schema(serve: Serve, soap_app: Make) -> None:
    """The push names the case and its state, and its signature is the HMAC of timestamp, nonce and raw body."""
    callback = Callback()
    target = await serve(callback.app())
    client = await serve(soap_app(callback=str(target.make_url("/push"))))
    await call(client, "SubmitMatter", envelope(soap_submission()))
    await interfere(client, "advance", {"outer": OUTER, "to": "BJ-N"})
    headers, body = await callback.pushes.get()
    signed = f"{headers['X-Push-Timestamp']}\n{headers['X-Push-Nonce']}\n".encode() + body
    assert headers["X-Push-Signature"] == hmac.new(b"push-secret", signed, hashlib.sha256).hexdigest()
    assert headers["X-Push-Key"] == "key-1"
    assert abs(int(headers["X-Push-Timestamp"]) - time.time()) < 60
    assert headers["SOAPAction"].strip('"') == "urn:NotifyStatus"
    record = record_of(body)
    assert (record.findtext("ex:SerialNo", None, NS), record.findtext("ex:State", None, NS)) == (OUTER, "BJ-N")
    assert record.find("ex:Result", NS) is not None
    await told(client, 2)
    assert (await look(client, "stats"))["pushes"] == {"sent": 1, "acknowledged": 1}


@pytest.mark.parametrize(
    "answer",
    [
        None,
        web.Response(status=500),
        web.Response(status=302, headers={"Location": "/push"}),
        web.Response(text="OK"),
        web.Response(body=b"<!DOCTYPE a><a/>"),
    ],
    ids=["dropped", "500", "redirect", "no envelope", "doctype"],
)
async def test_a_push_is_repeated_until_it_is_acknowledged(serve: Serve, soap_app: Make, answer: web.Response | None) -> None:
    """After any other answer the same push comes again with a new nonce, and once acknowledged no more."""
    callback = Callback(answer, acknowledgement("-1"))
    target = await serve(callback.app())
    client = await serve(soap_app(callback=str(target.make_url("/push"))))
    await call(client, "SubmitMatter", envelope(soap_submission()))
    await interfere(client, "advance", {"outer": OUTER, "to": "SL"})
    pushes = [await callback.pushes.get() for _ in range(3)]
    await told(client, 2)
    assert len({body for _, body in pushes}) == 1
    assert len({headers["X-Push-Nonce"] for headers, _ in pushes}) == 3
    assert len({headers["X-Push-Signature"] for headers, _ in pushes}) == 3
    assert (await look(client, "stats"))["pushes"] == {"sent": 3, "acknowledged": 1}


async def test_the_pushes_of_one_case_keep_their_order(serve: Serve, soap_app: Make) -> None:
    """A state is pushed only after the one before it was acknowledged, however often that failed."""
    callback = Callback(web.Response(status=503), web.Response(status=503))
    target = await serve(callback.app())
    client = await serve(soap_app(callback=str(target.make_url("/push"))))
    await call(client, "SubmitMatter", envelope(soap_submission()))
    for state in ("SL", "SPCL", "BJ-Y"):
        await interfere(client, "advance", {"outer": OUTER, "to": state})
    states = [record_of((await callback.pushes.get())[1]).findtext("ex:State", None, NS) for _ in range(5)]
    assert states == ["SL", "SL", "SL", "SPCL", "BJ-Y"]
    await told(client, 4)


async def test_what_was_not_acknowledged_is_pushed_after_a_restart(serve: Serve, soap_app: Make, tmp_path: Path) -> None:
    """A partner started on the journal of another pushes what that one could not, and nothing twice."""
    journal = tmp_path / "journal"
    callback = Callback()
    target = await serve(callback.app())
    url = str(target.make_url("/push"))
    first = await serve(soap_app(callback=url, journal=journal))
    await call(first, "SubmitMatter", envelope(soap_submission()))
    await interfere(first, "advance", {"outer": OUTER, "to": "SL"})
    await told(first, 2)
    await first.close()
    deaf = await serve(soap_app(journal=journal))
    await interfere(deaf, "advance", {"outer": OUTER, "to": "SPCL"})
    await deaf.close()
    second = await serve(soap_app(callback=url, journal=journal))
    await told(second, 3)
    states = [record_of(callback.pushes.get_nowait()[1]).findtext("ex:State", None, NS) for _ in range(2)]
    assert states == ["SL", "SPCL"]
    assert callback.pushes.empty()
