"""The HTTP server: uvicorn with the deadlines and bounds that it lacks.

uvicorn itself waits for ever for the rest of a request's head and for a client that does not read its answer
(Kludex/uvicorn#157). The protocol class here puts a clock on both, bounds the head, and speaks in problem details.
llhttp (httptools) refuses Content-Length beside Transfer-Encoding and other framings that two parsers read in two ways.
"""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from gateway.errors import SettingsError
from gateway.model import fault
from gateway.wire import dump_json

from .problems import MEDIA_TYPE, document, problem

_BACKLOG: Final = 2048


@dataclass(frozen=True, slots=True)
class Wall:
    """The server's bounds.

    head_seconds: from the connection, or from the last answer, to the last header of the next request.
    idle_seconds: a kept-alive connection on which nothing comes.
    stall_seconds: an answer of which the client takes nothing.
    head_bytes: request line and headers. connections: open at once; above it the answer is 503.
    """

    head_seconds: float = 15.0
    idle_seconds: float = 5.0
    stall_seconds: float = 30.0
    head_bytes: int = 32 * 1024
    connections: int = 1000


class _Config(uvicorn.Config):
    """uvicorn's configuration with our bounds beside it, which is how they reach the protocol."""

    def __init__(self, app: FastAPI, wall: Wall, shutdown_seconds: float) -> None:
        super().__init__(
            app,
            http=GuardedProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            # uvicorn refuses from its limit on, the connection itself included.
            limit_concurrency=wall.connections + 1,
            timeout_keep_alive=wall.idle_seconds,  # type: ignore[arg-type] # handed to call_later as it is
            timeout_graceful_shutdown=shutdown_seconds,  # type: ignore[arg-type] # handed to wait_for as it is
        )
        self.wall = wall


class _HeadTooLargeError(Exception):
    """Raised inside the parser, which stops at it."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection, with a clock on what the client owes us: a request's head, and taking in the answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        assert isinstance(self.config, _Config)
        self._wall = self.config.wall
        self._clock: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._in_head = False
        self._begun = self._head_raw = self._head_parsed = 0
        super().connection_made(transport)
        self._wait(self._wall.head_seconds, self._head_overdue)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_stall()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        within_head, begun = self._in_head, self._begun
        within_body = not within_head and self.cycle is not None and self.cycle.more_body
        super().data_received(data)
        # The parser keeps an unfinished header to itself, so what is all one head is counted here; a head behind other things in the
        # same piece is counted from the next piece on.
        if self._in_head and not within_body and self._begun - begun == (0 if within_head else 1):
            self._head_raw += len(data)
            if self._head_raw > self._wall.head_bytes and not self.transport.is_closing():
                self._refuse(431, "request.head")

    def on_message_begin(self) -> None:
        self._in_head = True
        self._begun += 1
        self._head_raw = self._head_parsed = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value) + 4)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._wait(self._wall.stall_seconds, self.transport.abort)
        elif self.cycle.response_complete:
            self._wait(self._wall.head_seconds, self._head_overdue)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_stall()
        self._stall = self.loop.call_later(self._wall.stall_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_stall()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """What the parser could not read; the message of uvicorn's is replaced by ours."""
        if self._head_parsed > self._wall.head_bytes:
            self._refuse(431, "request.head")
        else:
            self._refuse(400, "request.malformed")

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        super()._start_asgi_task(cycle, _busy if app is service_unavailable else app)

    def _head_overdue(self) -> None:
        if self._in_head:
            self._refuse(408, "request.slow")
        else:
            self._close()

    def _count(self, size: int) -> None:
        self._head_parsed += size
        if self._head_parsed > self._wall.head_bytes:
            raise _HeadTooLargeError

    def _refuse(self, status: int, code: str) -> None:
        """Say what is wrong, unless that would fall into another request's answer, and close."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete or (cycle.more_body and not cycle.response_started):
            body = dump_json(document(status, [fault(code)], ""))
            head = f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
            self.transport.write(STATUS_LINE[status] + head.encode() + body)
        self._close()

    def _close(self) -> None:
        """Close once everything is written; whoever does not take it is cut off."""
        self.transport.close()
        self._wait(self._wall.stall_seconds, self.transport.abort)

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop_waiting()
        self._clock = self.loop.call_later(seconds, then)

    def _stop_waiting(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _stop_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None


async def _busy(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """The answer above the number of connections that are served at once."""
    assert scope["type"] == "http"
    answer: Any = problem(503, [fault("service.unavailable")], scope["path"])
    answer.headers["Connection"] = "close"
    await answer(scope, receive, send)


class _Server(uvicorn.Server):
    """uvicorn's server in a loop of ours: it says when it listens, and a signal ends it without ending what stands around it."""

    def __init__(self, config: _Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)


async def serve(
    app: FastAPI,
    *,
    host: str,
    port: int,
    ready: Callable[[str], None],
    stop: asyncio.Event | None = None,
    wall: Wall | None = None,
    shutdown_seconds: float = 10.0,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`; requests in hand are then finished within shutdown_seconds.

    port 0 takes a free one. ready: called once with the base URL when connections are accepted.
    Raises SettingsError when the address cannot be had.
    """
    listener = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    url = f"http://{name}:{listener.getsockname()[1]}"
    server = _Server(_Config(app, wall or Wall(), shutdown_seconds), lambda: ready(url))
    watcher = asyncio.create_task(_stop_when(stop, server)) if stop is not None else None
    try:
        await server.serve(sockets=[listener])
    finally:
        if watcher is not None:
            watcher.cancel()
        listener.close()


async def _stop_when(stop: asyncio.Event, server: _Server) -> None:
    await stop.wait()
    server.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=_BACKLOG)
    except OSError as error:
        raise SettingsError(
            "settings.address",
            f"无法在 {host} 的端口 {port} 上监听。请换一个地址或端口(TONGBAN_HOST、TONGBAN_PORT),或停止占用它的程序。",
            f"Cannot listen on port {port} of {host}. Choose another address or port (TONGBAN_HOST, TONGBAN_PORT), "
            "or stop the program that has it.",
            detail=f"errno {error.errno}",
        ) from None
