"""What comes back, what goes out, and what never does."""

import asyncio
import socket

import pytest

from gateway.outbound import Origin, OutboundError, Request, Sent
from gateway.wire import Base64Of, Body

from .conftest import Attachment, Call, Door, Start, ended, silent, then_close


@pytest.mark.parametrize("status", [200, 204, 301, 302, 307, 400, 401, 404, 429, 500, 502, 503])
async def test_every_status_is_an_answer(peer: Start, call: Call, status: int) -> None:
    """What a status means is for the partner's adapter to say; redirects are not followed."""
    it = await peer(b"HTTP/1.1 %d X\r\nLocation: http://[bad\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n" % status)
    answer = await call(f"http://127.0.0.1:{it.port}/")
    assert (answer.status, answer.headers["RETRY-AFTER"], len(it.effects)) == (status, "7", 1)


async def test_a_redirect_is_not_followed(peer: Start, door: Door) -> None:
    """Not even to an allowed origin."""
    target = await peer()
    it = await peer(b"HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n" % target.port)
    outbound = door(f"http://127.0.0.1:{it.port}/", f"http://127.0.0.1:{target.port}/")
    answer = await outbound.call(Request("GET", f"http://127.0.0.1:{it.port}/"), deadline_seconds=5, max_bytes=9)
    assert (answer.status, target.connections) == (307, 0)


async def test_proxies_of_the_environment_are_ignored(peer: Start, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY and its kin would send citizens' data to a third party."""
    proxy, it = await peer(), await peer()
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    await call(f"http://127.0.0.1:{it.port}/")
    assert (proxy.connections, len(it.effects)) == (0, 1)


async def test_cookies_are_not_kept(peer: Start, door: Door) -> None:
    """A cookie of one case's answer never travels with the next case."""
    it = await peer(b"HTTP/1.1 200 OK\r\nSet-Cookie: s=1; Path=/\r\nContent-Length: 0\r\n\r\n")
    url = f"http://127.0.0.1:{it.port}/"
    outbound = door(url)
    for _ in range(2):
        await outbound.call(Request("GET", url), deadline_seconds=5, max_bytes=9)
    assert b"cookie" not in it.effects[1].head.lower()


@pytest.mark.parametrize(
    "target",
    [
        "/a%2fb/%2E%2e/../c;x=1?sig=a%2Bb+c%20d%3d&e=%zz&f=[1]|{}'\"<>^`&g=%E4%b8%ad",
        "//x//y?http://h/?&&=",
        "/?a=%41%7e~&b=",
        "/A/./b/",
    ],
)
async def test_a_signed_url_arrives_byte_for_byte(peer: Start, call: Call, target: str) -> None:
    """Nothing re-quotes, normalises or reorders what was signed."""
    it = await peer()
    await call(f"http://127.0.0.1:{it.port}{target}")
    assert it.effects[0].target == target.encode()


async def test_exactly_the_given_headers_go_out(peer: Start, call: Call) -> None:
    """Spelling, order and repeats stay; beside them only framing and three fixed lines are added."""
    it = await peer()
    given = (("x-tif-Signature", "b"), ("X-Twice", "1"), ("X-Twice", "2"), ("accept", "text/xml"), ("SOAPAction", '""'))
    await call(f"http://127.0.0.1:{it.port}/p", headers=given)
    lines = it.effects[0].head.decode().rstrip().split("\r\n")
    wanted = [f"{name}: {value}" for name, value in given]
    assert lines[0] == "POST /p HTTP/1.1"
    assert [line for line in lines if line in wanted] == wanted
    assert sorted(set(lines[1:]) - set(wanted)) == [
        "Accept-Encoding: identity",
        "Content-Length: 4",
        f"Host: 127.0.0.1:{it.port}",
        "User-Agent: Tongban",
    ]


async def test_a_spliced_attachment_arrives_whole(peer: Start, call: Call) -> None:
    """The announced length is the sent one, and the parts are in their order."""
    it = await peer()
    source = Attachment(200_001, [b"ab" * 50_000, b"cd" * 50_000, b"e"])
    body = Body((b"<a>", Base64Of(source), b"</a>"))
    await call(f"http://127.0.0.1:{it.port}/", body=body)
    assert len(it.effects[0].body) == body.length
    assert it.effects[0].body.endswith(b"Y2Rl</a>")


async def test_the_pool_survives_cancelled_calls(peer: Start, door: Door) -> None:
    """After 300 calls ended by their deadline, a healthy peer answers 20 of 20 and no connection leaks."""
    sick, healthy = await peer(silent), await peer()
    bad, good = f"http://127.0.0.1:{sick.port}/", f"http://127.0.0.1:{healthy.port}/"
    outbound = door(bad, good, limit=10)

    async def one(url: str, seconds: float) -> int | str:
        try:
            return (await outbound.call(Request("GET", url), deadline_seconds=seconds, max_bytes=9)).status
        except OutboundError as error:
            return error.code

    for _ in range(10):
        assert set(await asyncio.gather(*(one(bad, 0.02) for _ in range(30)))) == {"outbound.timeout"}
    assert await asyncio.gather(*(one(good, 5) for _ in range(20))) == [200] * 20
    await asyncio.wait_for(sick.idle.wait(), 10)
    assert healthy.connections <= 10


async def test_errors_hold_no_path_header_or_answer(peer: Start, call: Call) -> None:
    """What a log may keep of a failed call is its origin and its kind."""
    it = await peer(then_close(b"secret-answer\r\n\r\n"))
    url = f"http://127.0.0.1:{it.port}/secret-path?secret-query"
    with pytest.raises(OutboundError) as caught:
        await call(url, headers=(("X-Key", "secret-key"),), body=b"secret-body")
    told = f"{caught.value} {caught.value.zh} {caught.value.detail}"
    assert "secret" not in told
    assert f"http://127.0.0.1:{it.port}" in told
    assert caught.value.__suppress_context__
    assert "secret" not in repr(Request("GET", url, (("X-Key", "secret-key"),), Body.of(b"secret-body")))


async def test_one_name_that_turns_to_loopback_is_refused(peer: Start, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: whatever the name led to before, the address being connected to is what counts."""
    it = await peer()
    asked: list[str] = []

    async def rebinding(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebinding)
    outcome = await ended(call(f"http://partner.example:{it.port}/", networks=("10.0.0.0/8",)))
    assert (outcome, it.connections) == (("outbound.refused-address", Sent.SURELY_NOT), 0)
    assert asked == ["partner.example"]


async def test_host_and_origin_keep_the_name(peer: Start, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting to the checked address leaves the Host header the partner's name."""
    it = await peer()

    async def resolve(host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    await call(f"http://Partner.Example:{it.port}/")
    assert f"Host: partner.example:{it.port}\r\n".encode() in it.effects[0].head
    assert str(Origin.of("https://Partner.Example/x")) == "https://partner.example:443"
