"""A real server on a loopback socket, in the test's own loop, and a bare client that sends what no library would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI

from gateway.web import Wall, serve

_PATIENCE_SECONDS = 30


@dataclass
class Wire:
    """One TCP connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def rest(self) -> bytes:
        """Everything until the server closes."""
        return await self.reader.read()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """One answer with a Content-Length: status, headers, body."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        return int(head[0].split()[1]), headers, await self.reader.readexactly(int(headers.get("content-length", "0")))


@dataclass
class Running:
    """A server that accepts connections."""

    port: int
    stop: asyncio.Event
    ended: asyncio.Task[None]

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Wire]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Wire(reader, writer)
        finally:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)


@asynccontextmanager
async def running(app: FastAPI, wall: Wall | None = None, shutdown_seconds: float = 2.0) -> AsyncIterator[Running]:
    """The app served on a free port until the block ends."""
    stop = asyncio.Event()
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        serve(app, host="127.0.0.1", port=0, ready=url.set_result, stop=stop, wall=wall, shutdown_seconds=shutdown_seconds)
    )
    await asyncio.wait({task, url}, return_when=asyncio.FIRST_COMPLETED)
    try:
        # While the server runs it takes the signals that would end a test that waits in vain.
        async with asyncio.timeout(_PATIENCE_SECONDS):
            yield Running(int(url.result().rpartition(":")[2]), stop, task)
    finally:
        stop.set()
        await task
