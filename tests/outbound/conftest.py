"""A peer on loopback that counts what really reached it, and a door that may call it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import pytest

from gateway.outbound import AddressRules, Answer, Origin, Outbound, OutboundError, Request, Sent
from gateway.wire import Body

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Effect:
    """One complete request that arrived, or the head of one whose body never came."""

    head: bytes
    body: bytes

    @property
    def target(self) -> bytes:
        return self.head.split(b" ")[1]


Script = Callable[["Peer", Effect, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Peer:
    """A raw server. effects: requests that arrived; connections: sockets accepted; open: still open;
    arrived: the first request is here; idle: no connection is open."""

    script: Script
    port: int = 0
    effects: list[Effect] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.idle.clear()
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = 0
                for line in head.split(b"\r\n"):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                effect = Effect(head, await reader.readexactly(length))
                self.effects.append(effect)
                self.arrived.set()
                await self.script(self, effect, reader, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            if not self.open:
                self.idle.set()
            writer.close()


Start = Callable[..., Awaitable[Peer]]
Door = Callable[..., Outbound]


async def silent(_peer: Peer, _effect: Effect, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Take the request and say nothing until the caller hangs up."""
    await reader.read()


def then_close(answer: bytes) -> Callable[..., Awaitable[None]]:
    """Answer these bytes and close."""

    async def script(_peer: Peer, _effect: Effect, _reader: asyncio.StreamReader, w: asyncio.StreamWriter) -> None:
        w.write(answer)
        await w.drain()
        w.close()

    return script


class Attachment:
    """A source that fails, is short, or hangs on request, and knows whether it was closed."""

    def __init__(self, size: int, pieces: list[bytes | Exception]) -> None:
        self.size = size
        self.pieces = pieces
        self.opened = self.closed = 0
        self.over = asyncio.Event()
        self.loop = asyncio.get_running_loop()

    def open(self) -> Iterator[bytes]:
        self.opened += 1
        try:
            for piece in self.pieces:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self.closed += 1
            self.loop.call_soon_threadsafe(self.over.set)


async def ended(awaitable: Awaitable[Answer]) -> tuple[str, Sent]:
    """Code and side of the border of a call that must fail."""
    with pytest.raises(OutboundError) as caught:
        await awaitable
    return caught.value.code, caught.value.sent


@pytest.fixture
async def peer() -> AsyncIterator[Callable[..., Awaitable[Peer]]]:
    """Start a peer with a script: fixed bytes for every request, or a coroutine."""
    servers: list[asyncio.Server] = []
    tasks: list[asyncio.Task[None]] = []

    async def start(answer: bytes | Script = OK, *, tls: ssl.SSLContext | None = None) -> Peer:
        async def fixed(_peer: Peer, _effect: Effect, _reader: asyncio.StreamReader, w: asyncio.StreamWriter) -> None:
            assert isinstance(answer, bytes)
            w.write(answer)

        it = Peer(fixed if isinstance(answer, bytes) else answer)

        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.append(task)
            await it.serve(reader, writer)

        server = await asyncio.start_server(accepted, "127.0.0.1", 0, ssl=tls)
        servers.append(server)
        it.port = server.sockets[0].getsockname()[1]
        return it

    yield start
    for server in servers:
        server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


Call = Callable[..., Awaitable[Answer]]


@pytest.fixture
async def door() -> AsyncIterator[Callable[..., Outbound]]:
    """Make an Outbound that may reach loopback and the given origins."""
    made: list[Outbound] = []

    def make(*urls: str, networks: tuple[str, ...] = ("127.0.0.0/8",), limit: int = 10, **more: object) -> Outbound:
        it = Outbound(
            origins=frozenset(map(Origin.of, urls)),
            rules=AddressRules.of(networks),
            limit=limit,
            **more,  # type: ignore[arg-type]
        )
        made.append(it)
        return it

    yield make
    for it in made:
        await it.aclose()


@pytest.fixture
def call(door: Callable[..., Outbound]) -> Call:
    """One call to a URL, its origin allowed, through a door of its own."""

    async def once(
        url: str,
        method: str = "POST",
        body: Body | bytes = b"data",
        headers: tuple[tuple[str, str], ...] = (),
        deadline: float = 5.0,
        max_bytes: int = 65_536,
        **more: object,
    ) -> Answer:
        request = Request(method, url, headers, Body.of(body) if isinstance(body, bytes) else body)
        return await door(url, **more).call(request, deadline_seconds=deadline, max_bytes=max_bytes)

    return once
