"""The edge of the app: what holds for every request, whichever route takes it, and for those that none takes."""

import secrets
import time
from collections.abc import Sequence
from typing import Final

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.model import fault
from gateway.telemetry import Metrics

from .problems import failure, problem

log = structlog.get_logger("gateway.web")

ROUTE_UNMATCHED: Final = "unmatched"
DISCONNECTED: Final = 499
"""Stands in log and metric for a client that went away before it was answered; it never leaves us."""
_HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
    (b"referrer-policy", b"no-referrer"),
)


class Edge:
    """Host check, security headers, one log line and one count a request, and an answer that leaks nothing when something fails.

    allowed_hosts: names without port; "*" alone lets every name in.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, allowed_hosts: Sequence[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._hosts = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        began = time.perf_counter()
        try:
            if "*" in self._hosts or _host(scope) in self._hosts:
                await self._app(scope, exchange.receive, exchange.send)
            else:
                await problem(421, [fault("request.host")], scope["path"])(scope, exchange.receive, exchange.send)
        except ClientDisconnect:
            exchange.status = DISCONNECTED
        except Exception:
            incident = secrets.token_hex(6)
            log.exception("http.failed", incident=incident)
            if exchange.status == 0:
                await failure(incident, scope["path"])(scope, exchange.receive, exchange.send)
        finally:
            self._note(scope, exchange.status or DISCONNECTED, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", ROUTE_UNMATCHED)
        self._metrics.request(route, scope["method"], status)
        log.info("http.request", route=route, method=scope["method"], status=status, ms=round(seconds * 1000, 1))


class _Exchange:
    """One request and its answer on their way through. status: 0 until the answer begins."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.status = 0
        self._receive = receive
        self._send = send
        # A client that waits for "100 Continue" and hears a final answer may keep its body to itself: the connection is then out of step.
        self._body_withheld = any(name == b"expect" for name, _ in scope["headers"])

    async def receive(self) -> Message:
        self._body_withheld = False
        return await self._receive()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message["headers"])
            given = {name for name, _ in headers}
            headers += [(name, value) for name, value in _HEADERS if name not in given]
            if self._body_withheld:
                headers.append((b"connection", b"close"))
            message = {**message, "headers": headers}
        await self._send(message)


def _host(scope: Scope) -> str:
    """The name asked for, without its port; empty unless exactly one was given."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1:
        return ""
    host: str = hosts[0].decode("latin-1").lower()
    return host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
