"""An outgoing body whose attachments stay where they are until the moment they are sent."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol, Self

from gateway.wire.errors import WireError

PIECE: Final = 65_536
_RAW_PIECE: Final = PIECE // 4 * 3  # a multiple of 3: base64 of each piece joins without padding inside


class Source(Protocol):
    """Bytes that can be read again and again: their number, and a fresh reading of them."""

    @property
    def size(self) -> int:
        """Number of bytes."""

    def open(self) -> Iterator[bytes]:
        """The bytes in pieces of any length; an iterator with `close` is closed when reading ends early."""


@dataclass(frozen=True, slots=True)
class Base64Of:
    """The base64 text of a source (RFC 4648 §4, padded, no line breaks)."""

    source: Source = field(repr=False)

    @property
    def length(self) -> int:
        """Bytes of base64, known without reading."""
        return (self.source.size + 2) // 3 * 4


@dataclass(frozen=True, slots=True)
class Body:
    """A request body in parts, sent as a stream of pieces of at most 64 KiB."""

    parts: tuple[bytes | Base64Of, ...] = field(repr=False)

    @classmethod
    def of(cls, data: bytes) -> Self:
        """A body that is these bytes."""
        return cls((data,) if data else ())

    @property
    def length(self) -> int:
        """Exact number of bytes, known without reading any source."""
        return sum(len(part) if isinstance(part, bytes) else part.length for part in self.parts)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The bytes; sources are read off the event loop and closed however the reading ends.

        Raises WireError `body.size` when a source gives more or fewer bytes than its size, and what the source raises.
        """
        for part in self.parts:
            if isinstance(part, bytes):
                for at in range(0, len(part), PIECE):
                    yield part[at : at + PIECE]
            else:
                pieces = _base64_pieces(part.source)
                step: asyncio.Future[bytes | None] | None = None
                try:
                    while True:
                        step = asyncio.get_running_loop().run_in_executor(None, next, pieces, None)
                        # Shielded: when the call is cancelled the thread goes on, and its end must still be seen.
                        piece = await asyncio.shield(step)
                        if piece is None:
                            break
                        yield piece
                finally:
                    if step is None or step.done():
                        pieces.close()
                    else:
                        step.add_done_callback(partial(_close_after, pieces))


def splice(rendered: bytes, sources: Mapping[str, Source]) -> Body:
    """Replace each token in a rendered message by the base64 of its source.

    sources: by token, plain ASCII; each must occur exactly once, else WireError `body.token`.
    """
    found: list[tuple[int, int, Source]] = []
    for token, source in sources.items():
        if not token or not token.isascii() or rendered.count(mark := token.encode("ascii")) != 1:
            raise WireError("body.token")
        at = rendered.index(mark)
        found.append((at, at + len(mark), source))
    parts: list[bytes | Base64Of] = []
    done = 0
    for start, end, source in sorted(found, key=lambda hit: hit[0]):
        if start < done:
            raise WireError("body.token", detail="two placeholders overlap")
        parts += [rendered[done:start], Base64Of(source)]
        done = end
    parts.append(rendered[done:])
    return Body(tuple(part for part in parts if part))


def _base64_pieces(source: Source) -> Generator[bytes, None, None]:
    """Base64 of a source in pieces of 64 KiB; runs in a thread."""
    reading = source.open()
    try:
        left = source.size
        waiting = bytearray()
        for data in reading:
            left -= len(data)
            if left < 0:
                raise WireError("body.size", detail="more bytes than the recorded size")
            waiting += data
            while len(waiting) >= _RAW_PIECE:
                yield base64.b64encode(waiting[:_RAW_PIECE])
                del waiting[:_RAW_PIECE]
        if left:
            raise WireError("body.size", detail="fewer bytes than the recorded size")
        if waiting:
            yield base64.b64encode(waiting)
    finally:
        close = getattr(reading, "close", None)
        if close is not None:
            close()


def _close_after(pieces: Generator[bytes, None, None], _step: "asyncio.Future[bytes | None]") -> None:
    """Close a reading whose last step outlived its reader."""
    pieces.close()
