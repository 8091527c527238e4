"""Bodies whose attachments are encoded while they are sent."""

import asyncio
import base64
import threading
from collections.abc import Iterator
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire import Base64Of, Body, WireError, splice


class Bytes:
    """A source over bytes that knows where it was read and whether it was closed."""

    def __init__(self, data: bytes, piece: int = 1000) -> None:
        self.data, self.piece, self.size = data, piece, len(data)
        self.threads: set[int] = set()
        self.opened = self.closed = 0

    def open(self) -> Iterator[bytes]:
        self.opened += 1
        try:
            for at in range(0, len(self.data), self.piece):
                self.threads.add(threading.get_ident())
                yield self.data[at : at + self.piece]
        finally:
            self.closed += 1


async def sent(body: Body) -> list[bytes]:
    """All pieces of a body."""
    async with aclosing(body.chunks()) as pieces:
        return [piece async for piece in pieces]


@given(st.binary(max_size=400), st.integers(1, 100), st.binary(max_size=20))
def test_the_length_is_exact_without_reading(data: bytes, piece: int, around: bytes) -> None:
    """The announced length is that of the bytes that follow, and those are plain base64."""
    source = Bytes(data, piece)
    body = Body((around, Base64Of(source), around))
    length = body.length
    assert source.opened == 0
    whole = b"".join(asyncio.run(sent(body)))
    assert (whole, length) == (around + base64.b64encode(data) + around, len(whole))


async def test_a_large_source_is_sent_in_bounded_pieces_off_the_loop() -> None:
    """Pieces are at most 64 KiB, reading happens in other threads, and the source can be sent again."""
    source = Bytes(bytes(range(256)) * 4000, 100_000)
    body = Body((b"x" * 150_000, Base64Of(source)))
    for _ in range(2):
        pieces = await sent(body)
        assert max(map(len, pieces)) == 65_536
        assert b"".join(pieces) == b"x" * 150_000 + base64.b64encode(source.data)
    assert threading.get_ident() not in source.threads
    assert (source.opened, source.closed) == (2, 2)


@pytest.mark.parametrize("claimed", [0, 2999, 3001])
async def test_a_source_that_lies_about_its_size_is_an_error(claimed: int) -> None:
    """A body never has another length than announced without anyone noticing."""
    source = Bytes(b"x" * 3000)
    source.size = claimed
    with pytest.raises(WireError) as caught:
        await sent(Body((Base64Of(source),)))
    assert (caught.value.code, source.closed) == ("body.size", 1)


async def test_reading_that_stops_early_closes_the_source() -> None:
    """A body left half sent holds no file open."""
    source = Bytes(b"x" * 1_000_000)
    async with aclosing(Body((Base64Of(source),)).chunks()) as pieces:
        await anext(pieces)
    assert source.closed == 1


async def test_cancelling_while_a_read_hangs_closes_the_source_when_it_returns() -> None:
    """A thread cannot be interrupted; its file is closed once it comes back."""
    go, reading, closed = threading.Event(), asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    class Slow:
        size = 3

        def open(self) -> Iterator[bytes]:
            try:
                loop.call_soon_threadsafe(reading.set)
                go.wait(10)
                yield b"abc"
            finally:
                loop.call_soon_threadsafe(closed.set)

    task = asyncio.create_task(sent(Body((Base64Of(Slow()),))))
    await reading.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not closed.is_set()
    go.set()
    await asyncio.wait_for(closed.wait(), 10)


async def test_tokens_are_replaced_wherever_they_stand() -> None:
    """Order in the message decides, not order in the mapping; bytes around the tokens stay as they were."""
    body = splice(b"<a>T1</a><b>T2</b>", {"T2": Bytes(b"two"), "T1": Bytes(b"one")})
    assert b"".join(await sent(body)) == b"<a>b25l</a><b>dHdv</b>"
    assert b"".join(await sent(splice(b"T1", {"T1": Bytes(b"")}))) == b""
    assert splice(b"plain", {}) == Body.of(b"plain")


@pytest.mark.parametrize(
    ("rendered", "tokens"),
    [(b"none", ["T1"]), (b"T1 T1", ["T1"]), (b"abc", ["ab", "bc"]), (b"x", [""]), ("名".encode(), ["名"])],
)
def test_a_token_that_is_not_there_exactly_once_is_an_error(rendered: bytes, tokens: list[str]) -> None:
    """An attachment can neither vanish nor land in a place that a text made up."""
    with pytest.raises(WireError) as caught:
        splice(rendered, {token: Bytes(b"x") for token in tokens})
    assert caught.value.code == "body.token"


def test_bodies_do_not_show_their_content() -> None:
    """A body may be printed in an error or a log."""
    assert "secret" not in repr(Body((b"secret", Base64Of(Bytes(b"secret")))))
    assert Body.of(b"").length == 0
