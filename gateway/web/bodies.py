"""Bodies in: read by us, under a cap and against the clock, never by a framework's parser."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from fastapi import Request

from gateway.model import Fault, fault

from .problems import RejectedError

JSON: Final = "application/json"
_PARAMETER: Final = re.compile(r""";\s*+([!#$%&'*+\-.^_`|~0-9A-Za-z]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s;"]*+))\s*+""")
_EXTENDED: Final = re.compile(r"utf-8'[^']*+'([!#$&+\-.^_`|~%0-9A-Za-z]++)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long we wait for a body: `seconds`, and one more for every `bytes_per_second` that came. Only waiting counts, not our work."""

    seconds: float
    bytes_per_second: int | None = None

    def allows(self, received: int) -> float:
        """Seconds that may have been waited in all, once `received` bytes are here."""
        return self.seconds + (received / self.bytes_per_second if self.bytes_per_second else 0)


JSON_PATIENCE: Final = Patience(30)
UPLOAD_PATIENCE: Final = Patience(15, 32 * 1024)


async def read_body(request: Request, limit: int, *, media_type: str | None = None, patience: Patience = JSON_PATIENCE) -> bytes:
    """The whole body. media_type: what it must be declared as. Raises RejectedError: 408, 413, 415."""
    if media_type is not None and _media_type(request) != media_type:
        raise RejectedError(415, fault("body.media-type", expected=media_type))
    return b"".join([chunk async for chunk in stream_body(request, limit, fault("body.too-large", limit=limit), patience)])


def stream_body(request: Request, limit: int, too_large: Fault, patience: Patience) -> AsyncIterator[bytes]:
    """The body as it comes in. Refuses at once what declares itself too large or encoded. Raises RejectedError: 408, 413, 415."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise RejectedError(415, fault("body.encoding"))
    declared = request.headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdecimal()):
        raise RejectedError(400, fault("request.malformed"))
    if len(declared) > 19 or int(declared) > limit:
        raise RejectedError(413, too_large)
    return _chunks(request, limit, too_large, patience)


async def _chunks(request: Request, limit: int, too_large: Fault, patience: Patience) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    stream = request.stream()
    received, waited = 0, 0.0
    while True:
        began = loop.time()
        try:
            async with asyncio.timeout(patience.allows(received) - waited):
                chunk = await anext(stream, None)
        except TimeoutError:
            raise RejectedError(408, fault("body.slow")) from None
        waited += loop.time() - began
        if chunk is None:
            return
        received += len(chunk)
        if received > limit:
            raise RejectedError(413, too_large)
        if chunk:
            yield chunk


def refuse_forms(request: Request) -> None:
    """An upload is the bare file. Raises RejectedError 415 for the forms that browsers and client libraries would wrap it in."""
    if _media_type(request) in ("multipart/form-data", "application/x-www-form-urlencoded"):
        raise RejectedError(415, fault("body.media-type", expected="application/octet-stream"))


def file_name(request: Request, given: str | None) -> str:
    """The upload's name, from the query or Content-Disposition (RFC 6266; RFC 8187 for filename*). Raises RejectedError 422 without one."""
    name = given or _disposition_name(request.headers.get("content-disposition", ""))
    if not name:
        raise RejectedError(422, fault("material.name"))
    return name


def _disposition_name(header: str) -> str | None:
    """filename*, else filename. Parameters are read one after the other, so that none can hide in another's quotes."""
    names: dict[str, str] = {}
    at = len(header.partition(";")[0])
    while parameter := _PARAMETER.match(header, at):
        at = parameter.end()
        quoted = parameter[2]
        names.setdefault(parameter[1].lower(), parameter[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
    if extended := _EXTENDED.fullmatch(names.get("filename*", "")):
        try:
            return unquote_to_bytes(extended[1]).decode()
        except UnicodeDecodeError:
            return None
    return names.get("filename")


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
