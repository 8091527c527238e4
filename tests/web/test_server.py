"""The server's bounds, shown with raw sockets."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from gateway.errors import SettingsError
from gateway.web import Wall, serve

from .servers import running

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
SHORT = Wall(head_seconds=0.2, idle_seconds=60, stall_seconds=0.2)


class Seen:
    """What reached the app."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.inside = asyncio.Event()
        self.go = asyncio.Event()
        self.stream_ended = asyncio.Event()


def small_app(seen: Seen) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.get("/")
    @app.post("/")
    async def index(request: Request) -> Response:
        seen.paths.append("/")
        return Response(await request.body())

    @app.post("/unread")
    async def unread() -> Response:
        seen.paths.append("/unread")
        return Response(b"no")

    @app.get("/slow")
    async def slow() -> Response:
        seen.inside.set()
        await seen.go.wait()
        return Response(b"done")

    @app.get("/endless")
    async def endless() -> Response:
        async def chunks() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield bytes(65536)
                    await asyncio.sleep(0)
            finally:
                seen.stream_ended.set()

        return StreamingResponse(chunks())

    return app


@pytest.fixture
def seen() -> Seen:
    return Seen()


async def test_a_half_sent_head_is_answered_408_and_closed(seen: Seen) -> None:
    """A client that stops in the middle of its headers is told so and cut off; the app never hears of it."""
    async with running(small_app(seen), SHORT) as server, server.connection() as wire:
        await wire.send(b"GET / HTTP/1.1\r\nHost: a\r\nX-Half: ")
        status, headers, body = await wire.answer()
        assert (status, headers["connection"], await wire.rest()) == (408, "close", b"")
        assert json.loads(body)["type"] == "urn:tongban:problem:request.slow"
        assert seen.paths == []


async def test_a_silent_connection_is_closed(seen: Seen) -> None:
    """A connection on which nothing is ever sent does not stay open."""
    async with running(small_app(seen), SHORT) as server, server.connection() as wire:
        assert await wire.rest() == b""


async def test_a_dripping_head_does_not_move_the_deadline(seen: Seen) -> None:
    """One byte at a time does not keep a connection: the deadline is for the whole head."""
    async with running(small_app(seen), SHORT) as server, server.connection() as wire:
        await wire.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        first = b""
        while not first:
            await wire.send(b"a")
            try:
                first = await asyncio.wait_for(wire.reader.read(12), 0.02)
            except TimeoutError:
                continue
        assert first == b"HTTP/1.1 408"


async def test_a_second_head_has_a_deadline_too(seen: Seen) -> None:
    """A kept-alive connection that begins another request and stops is closed like a new one."""
    async with running(small_app(seen), SHORT) as server, server.connection() as wire:
        await wire.send(GET)
        assert (await wire.answer())[0] == 200
        await wire.send(b"GET / HTT")
        assert (await wire.answer())[0] == 408
        assert await wire.rest() == b""


async def test_a_request_in_hand_is_not_bound_by_the_heads_deadline(seen: Seen) -> None:
    """The clock stops once the head is there: a slow answer is still given."""
    async with running(small_app(seen), SHORT) as server, server.connection() as wire, server.connection() as silent:
        await wire.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        await seen.inside.wait()
        await silent.rest()  # a whole deadline passes
        seen.go.set()
        assert (await wire.answer())[2] == b"done"


async def test_an_answered_request_cannot_go_on_sending_its_body(seen: Seen) -> None:
    """What was refused before its body was read is answered at once, and the connection ends although the body never does."""
    async with running(small_app(seen), SHORT) as server, server.connection() as wire:
        await wire.send(b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + bytes(1000))
        assert (await wire.answer())[2] == b"no"
        assert await wire.rest() == b""


async def test_a_client_that_takes_nothing_is_cut_off(seen: Seen) -> None:
    """An answer that nobody reads is given up, and what produced it ends."""
    async with running(small_app(seen), SHORT) as server, server.connection() as wire:
        await wire.send(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        await seen.stream_ended.wait()


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nContent-Length: 5\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Content-Length: +4\r\n",
        b"X: a\nTransfer-Encoding: chunked\r\n\x00: b\r\n",
    ],
)
async def test_framing_that_two_parsers_read_in_two_ways_is_refused(seen: Seen, framing: bytes) -> None:
    """Content-Length beside Transfer-Encoding and its relatives are 400, the connection closes, and nothing behind them is a request."""
    async with running(small_app(seen)) as server, server.connection() as wire:
        await wire.send(b"POST / HTTP/1.1\r\nHost: a\r\n" + framing + b"\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
        status, headers, body = await wire.answer()
        assert (status, headers["content-type"], await wire.rest()) == (400, "application/problem+json", b"")
        assert json.loads(body)["errors"][0]["code"] == "request.malformed"
        assert seen.paths == []


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 50_000,
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 10_000 + b"\r\n",
        b"GET /" + b"a" * 50_000,
        b"GET /?" + b"a" * 50_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=["one endless header", "many headers", "endless target", "long target"],
)
async def test_a_head_beyond_the_bound_is_431(seen: Seen, head: bytes) -> None:
    """Headers and target together have a bound, whether they ever end or not."""
    async with running(small_app(seen), Wall(head_bytes=16_384)) as server, server.connection() as wire:
        await wire.send(head)
        await wire.send(b"a" * 20_000)
        status, _, body = await wire.answer()
        assert (status, json.loads(body)["errors"][0]["code"]) == (431, "request.head")
        assert seen.paths == []


async def test_above_the_bound_of_connections_the_answer_is_503(seen: Seen) -> None:
    """Overload is told, with Retry-After, in the form of every other error."""
    async with running(small_app(seen), Wall(connections=1)) as server, server.connection() as first:
        await first.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        await seen.inside.wait()
        async with server.connection() as wire:
            await wire.send(GET)
            status, headers, body = await wire.answer()
        assert (status, headers["retry-after"], headers["connection"]) == (503, "5", "close")
        assert json.loads(body)["errors"][0]["code"] == "service.unavailable"
        seen.go.set()
        assert (await first.answer())[2] == b"done"


async def test_pipelined_requests_are_answered_in_order(seen: Seen) -> None:
    """Two requests in one packet get two answers, and the clock runs only after the second."""
    async with running(small_app(seen), SHORT) as server, server.connection() as wire:
        await wire.send(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none" + b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntwo"
        )
        assert [(await wire.answer())[2], (await wire.answer())[2]] == [b"one", b"two"]
        assert await wire.rest() == b""


async def test_an_upgrade_is_passed_over(seen: Seen) -> None:
    """A request that offers another protocol is answered as the plain request it also is."""
    async with running(small_app(seen)) as server, server.connection() as wire:
        await wire.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert (await wire.answer())[0] == 200


async def test_the_server_does_not_name_itself(seen: Seen) -> None:
    """No header says which software answers."""
    async with running(small_app(seen)) as server, server.connection() as wire:
        await wire.send(GET)
        assert "server" not in (await wire.answer())[1]


async def test_a_stop_lets_requests_in_hand_finish(seen: Seen) -> None:
    """When the server is stopped, a request it has begun still gets its answer."""
    async with running(small_app(seen)) as server, server.connection() as wire:
        await wire.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        await seen.inside.wait()
        server.stop.set()
        seen.go.set()
        assert (await wire.answer())[2] == b"done"
        await server.ended


async def test_sigterm_ends_the_server_and_nothing_else(seen: Seen) -> None:
    """SIGTERM lets serve() return, so that whoever called it can put things in order."""
    async with running(small_app(seen)) as server:
        os.kill(os.getpid(), signal.SIGTERM)
        await server.ended
        assert not server.stop.is_set()


async def test_an_address_in_use_is_told_in_words(seen: Seen) -> None:
    """A port that is taken ends in a SettingsError that names it and the setting."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} .*TONGBAN_PORT"):
            await serve(small_app(seen), host="127.0.0.1", port=port, ready=lambda url: None)
