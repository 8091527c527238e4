"""httpx's transport interface over aiohttp: one request, once, to the address that was checked.

aiohttp's conveniences are off, each because it would change what was asked for or how often: resending on a reused
connection, redirects, cookies, proxies from the environment, decompression, re-quoting of URLs, default headers.
"""

import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, Final

import aiohttp
import httpx
from aiohttp.abc import AbstractStreamWriter
from yarl import URL

from gateway.outbound.addresses import AddressRules
from gateway.outbound.errors import Border, OutboundError
from gateway.outbound.origin import Origin

# Keys of httpx.Request.extensions that this transport reads.
URL_AS_GIVEN: Final = "url_as_given"  # str: the whole URL, its target as it must appear on the wire
BORDER: Final = "border"  # Border: told when the connection stands

_OURS: Final = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
# aiohttp computes these itself: Host from the URL, the length from the body.
_FRAMING: Final = frozenset({"host", "content-length"})


class RefusedAddressError(OSError):
    """The address about to be connected to is against the rules; raised inside aiohttp's connecting."""


class _CarriedError(Exception):
    """Carries an error past aiohttp's resending, which looks only for its own classes."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends each request at most once. Every failure is an OutboundError that says on which side of the border it fell.

    rules: decide on each address at its socket, whatever name, number or cached answer led there.
    tls: the context for https; limit: connections at the same time, waiting included in the caller's deadline.
    There are no time limits in here: the caller's deadline cancels the call, and that leaves the pool sound.
    A request with a body carries Content-Length.
    """

    def __init__(self, *, rules: AddressRules, tls: ssl.SSLContext, limit: int) -> None:
        self._rules = rules
        self._tls = tls
        self._limit = limit
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer's head, with its body still to be read; OutboundError as `failure` says."""
        border: Border = request.extensions[BORDER]
        url: str = request.extensions[URL_AS_GIVEN]
        origin = Origin.of(url)
        if self._closed:
            raise OutboundError("outbound.closed", border.sent)
        upload = _Upload(request) if int(request.headers.get("content-length", 0)) else None

        def failed(error: Exception) -> OutboundError:
            if upload is not None and upload.unread is not None:
                return OutboundError("outbound.body", border.sent, detail=type(upload.unread).__name__)
            return _failure(error, border, origin)

        try:
            response = await self._open().request(
                request.method,
                URL(url, encoded=True),
                data=upload,
                headers=[
                    (name.decode("ascii"), value.decode("ascii"))
                    for name, value in request.headers.raw
                    if name.lower().decode("ascii") not in _FRAMING
                ],
                skip_auto_headers=_OURS,
                allow_redirects=False,
                trace_request_ctx=border,
            )
        except _CarriedError as carried:
            raise failed(carried.error) from None
        except aiohttp.ClientError as error:
            raise failed(error) from None
        return httpx.Response(response.status, headers=list(response.raw_headers), stream=_Download(response, failed), request=request)

    async def aclose(self) -> None:
        """Close every connection; later requests are refused with `outbound.closed`."""
        self._closed = True
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        """The session, made at the first request, since it belongs to the event loop that runs it."""
        if self._session is None:
            trace = aiohttp.TraceConfig()
            trace.on_connection_create_end.append(_cross)
            trace.on_connection_reuseconn.append(_cross)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=self._tls,
                    limit=self._limit,
                    resolver=aiohttp.ThreadedResolver(),
                    socket_factory=self._socket,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_read=None, sock_connect=None),
                auto_decompress=False,
                trust_env=False,
                trace_configs=[trace],
                middlewares=(_once,),
            )
        return self._session

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket for an address that passes the rules; the last step before connecting, so nothing can come between."""
        family, kind, protocol, _, address = info
        if reason := self._rules.refusal(address[0]):
            raise RefusedAddressError(reason)
        return socket.socket(family, kind, protocol)


async def _cross(_session: aiohttp.ClientSession, context: Any, _parameters: Any) -> None:
    context.trace_request_ctx.crossed = True


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending GET, PUT or DELETE again when a reused connection breaks."""
    try:
        return await handler(request)
    except Exception as error:
        raise _CarriedError(error) from error


class _Upload(aiohttp.Payload):
    """A request's stream as aiohttp wants it; closed by the task that reads it, however that ends."""

    def __init__(self, request: httpx.Request) -> None:
        super().__init__(request.stream)
        self._size = int(request.headers["content-length"])
        self.unread: Exception | None = None

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Not offered: the body is read once, while it is sent."""
        raise TypeError("a streamed body has no text")

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send the pieces; what the source raises is kept in `unread`."""
        pieces: AsyncGenerator[bytes, None] = self._value.__aiter__()
        async with aclosing(pieces):
            while True:
                try:
                    piece = await anext(pieces, None)
                except Exception as error:
                    self.unread = error
                    raise
                if piece is None:
                    return
                await writer.write(piece)


class _Download(httpx.AsyncByteStream):
    """An answer's body as it comes in; its connection is kept when read to the end and dropped otherwise."""

    def __init__(self, response: aiohttp.ClientResponse, failed: Callable[[Exception], OutboundError]) -> None:
        self._response = response
        self._failed = failed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._response.content.iter_any():
                yield piece
        except Exception as error:
            raise self._failed(error) from None

    async def aclose(self) -> None:
        self._response.close()


def _failure(error: Exception, border: Border, origin: Origin) -> OutboundError:
    """Our error for one of aiohttp's or the system's."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    match error:
        case aiohttp.ClientConnectorDNSError():
            code = "outbound.dns"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            code = "outbound.tls"
        case aiohttp.ClientConnectorError() if isinstance(cause, RefusedAddressError):
            code = "outbound.refused-address"
        case aiohttp.ClientPayloadError():
            code = "outbound.incomplete"
        case aiohttp.ClientResponseError():
            code = "outbound.protocol"
        case _:
            code = "outbound.reset" if border.crossed else "outbound.connect"
    return OutboundError(code, border.sent, detail=f"{origin}: {_kind(cause)}")


def _kind(cause: BaseException) -> str:
    """What went wrong in words that hold nothing received and nothing sent."""
    match cause:
        case RefusedAddressError():
            return str(cause)
        case ssl.SSLCertVerificationError():
            return cause.verify_message
        case OSError() if cause.strerror:
            return f"{type(cause).__name__}: {cause.strerror}"
        case _:
            return type(cause).__name__
