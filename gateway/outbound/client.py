"""The one door to the outside: a request goes out at most once and comes back as an answer or as an OutboundError."""

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

import httpx

from gateway.errors import SettingsError
from gateway.outbound.addresses import AddressRules
from gateway.outbound.errors import Border, OutboundError, Sent
from gateway.outbound.origin import Origin, split
from gateway.outbound.transport import BORDER, URL_AS_GIVEN, AiohttpTransport
from gateway.wire import Body

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE: Final = re.compile(r"[\t -~]*")
# Where a message begins and ends, and whom it reaches, is said by this room alone.
_FRAMING: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_DEFAULTS: Final = (("Accept", "*/*"), ("User-Agent", "Tongban"))


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be sent. url: absolute, visible ASCII, its path and query go out byte for byte."""

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: Body = field(default_factory=lambda: Body.of(b""), repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status. headers: read without regard to case; elapsed: seconds, waiting included."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    elapsed: float


class Outbound:
    """Calls to allow-listed origins over one pool of connections.

    origins: who may be called; everything else is refused before anything is looked up.
    rules: which addresses the names may lead to. limit: connections at the same time.
    ca_file: the only authorities to trust (PEM); without it, the system's. SettingsError when it cannot be read.
    """

    def __init__(self, *, origins: frozenset[Origin], rules: AddressRules, ca_file: Path | None = None, limit: int = 100) -> None:
        self._origins = origins
        self._transport = AiohttpTransport(rules=rules, tls=_tls(ca_file), limit=limit)

    async def call(self, request: Request, *, deadline_seconds: float, max_bytes: int) -> Answer:
        """Send the request once and read its answer to the end.

        deadline_seconds: for everything, from waiting for a connection to the last byte of the answer.
        max_bytes: of the answer's body. Redirects are answers. Raises OutboundError.
        """
        origin, target = split(request.url)
        if origin not in self._origins:
            raise OutboundError("outbound.refused-origin", Sent.SURELY_NOT, detail=str(origin))
        border = Border()
        # httpx is given the origin alone: it would re-quote the target, which breaks signed URLs.
        outgoing = httpx.Request(
            request.method,
            f"{origin}/",
            headers=_headers(request),
            stream=_Stream(request.body),
            extensions={URL_AS_GIVEN: f"{origin}{target}", BORDER: border},
        )
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(deadline_seconds):
                # Not through httpx.AsyncClient: it logs URLs, keeps cookies, and fails on an odd Location header.
                response = await self._transport.handle_async_request(outgoing)
                try:
                    body = await _read(response, max_bytes, border)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise OutboundError("outbound.timeout", border.sent, detail=str(origin)) from None
        return Answer(response.status_code, response.headers, body, loop.time() - started)

    async def aclose(self) -> None:
        """Close every connection; calls from now on fail with `outbound.closed`."""
        await self._transport.aclose()


class _Stream(httpx.AsyncByteStream):
    """A Body as httpx carries it."""

    def __init__(self, body: Body) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        async with aclosing(self._body.chunks()) as pieces:
            async for piece in pieces:
                yield piece


def _headers(request: Request) -> list[tuple[str, str]]:
    """The header lines to send, or `outbound.bad-header` before anything leaves."""
    if not _TOKEN.fullmatch(request.method):
        raise OutboundError("outbound.bad-header", Sent.SURELY_NOT, detail="the method")
    for name, value in request.headers:
        if not _TOKEN.fullmatch(name) or name.lower() in _FRAMING:
            raise OutboundError("outbound.bad-header", Sent.SURELY_NOT, detail=f"the name {name[:40]!a}")
        if not _VALUE.fullmatch(value):
            raise OutboundError("outbound.bad-header", Sent.SURELY_NOT, detail=f"the value of {name[:40]}")
    given = {name.lower() for name, _ in request.headers}
    return [
        *request.headers,
        *((name, value) for name, value in _DEFAULTS if name.lower() not in given),
        ("Accept-Encoding", "identity"),
        ("Content-Length", str(request.body.length)),
    ]


async def _read(response: httpx.Response, max_bytes: int, border: Border) -> bytes:
    """The answer's body, as it is; a compressed one is refused, since its size could not be bounded by its bytes."""
    encodings = response.headers.get_list("content-encoding", split_commas=True)
    if any(encoding.strip().lower() not in ("", "identity") for encoding in encodings):
        raise OutboundError("outbound.encoding", border.sent)
    body = bytearray()
    async with aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_raw())) as pieces:
        async for piece in pieces:
            body += piece
            if len(body) > max_bytes:
                raise OutboundError("outbound.too-large", border.sent, detail=f"more than {max_bytes} bytes")
    return bytes(body)


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    """Certificates and host names verified, TLS 1.2 or later; unlike the standard default it logs no keys on request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if ca_file is None:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            "settings.ca-file",
            "对方证书颁发机构的文件无法读取，请检查其路径与 PEM 格式。",
            "The file with the other side's certificate authorities cannot be read; check its path and that it is PEM.",
            detail=type(error).__name__,
        ) from None
    return context
