"""Bodies under a cap and against the clock, and the names of uploads."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from urllib.parse import quote

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import fault
from gateway.web.bodies import JSON, Patience, file_name, read_body, refuse_forms, stream_body
from gateway.web.problems import RejectedError

TOO_LARGE = fault("material.too-large", limit=10)


def asking(headers: dict[str, str], pieces: Iterable[bytes] = (), *, ends: bool = True) -> Request:
    """A request with these headers, whose body comes in these pieces and, unless it ends, leaves the reader waiting."""
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]

    async def receive() -> dict[str, object]:
        if messages:
            return messages.pop(0)
        if not ends:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()],
    }
    return Request(scope, receive)  # type: ignore[arg-type]


async def status_of(request: Request, limit: int = 10) -> int:
    with pytest.raises(RejectedError) as refused:
        await read_body(request, limit, media_type=JSON)
    return refused.value.status


async def test_a_body_up_to_the_limit_is_read_whole() -> None:
    """The limit itself is still accepted, in however many pieces it comes."""
    request = asking({"content-type": "application/json; charset=utf-8", "content-length": "10"}, [b"12345", b"", b"67890"])
    assert await read_body(request, 10, media_type=JSON) == b"1234567890"


async def test_a_body_that_declares_too_much_is_refused_unread() -> None:
    """A Content-Length over the limit is 413 before a byte is waited for."""
    assert await status_of(asking({"content-type": JSON, "content-length": "11"}, ends=False)) == 413


async def test_an_undeclared_body_is_refused_at_the_byte_that_is_too_many() -> None:
    """A chunked body is cut at the limit; what follows is not waited for."""
    assert await status_of(asking({"content-type": JSON}, [b"123456", b"789012"], ends=False)) == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "٣", "9" * 5000, "", "1_0"])
async def test_an_odd_length_is_refused_in_words(length: str) -> None:
    """A Content-Length that is no plain number, or an absurd one, is a 4xx and never a crash."""
    headers = {"content-type": JSON}
    request = asking(headers)
    request.scope["headers"].append((b"content-length", length.encode()))
    assert await status_of(request) in (400, 413)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "GZIP"])
async def test_an_encoded_body_is_refused(encoding: str) -> None:
    """No decompression, no bomb: any Content-Encoding is 415."""
    assert await status_of(asking({"content-type": JSON, "content-encoding": encoding}, [b"x"])) == 415


@pytest.mark.parametrize(
    "media_type", ["", "text/plain", "application/xml", "text/json", "application/jsonp", "multipart/form-data; boundary=x"]
)
async def test_json_is_wanted_as_json(media_type: str) -> None:
    """A JSON route takes application/json and nothing else."""
    assert await status_of(asking({"content-type": media_type}, [b"{}"])) == 415


async def test_a_body_that_stops_is_408() -> None:
    """Waiting has an end: a body that stops in the middle is refused."""
    with pytest.raises(RejectedError) as refused:
        await read_body(asking({}, [b"1"], ends=False), 10, patience=Patience(0.02))
    assert refused.value.status == 408


async def test_an_upload_is_given_time_for_what_it_brings() -> None:
    """With a rate, every byte that came buys its time; without one, none does."""
    assert Patience(15, 1024).allows(10 * 1024) == 25
    assert Patience(30).allows(10 * 1024) == 30


async def test_only_waiting_counts_against_the_client() -> None:
    """Time that we spend on a piece is ours: a slow consumer does not make the client late."""

    async def consume(chunks: AsyncIterator[bytes]) -> int:
        size = 0
        async for chunk in chunks:
            size += len(chunk)
            await asyncio.to_thread(asyncio.run, asyncio.sleep(0.03))
        return size

    assert await consume(stream_body(asking({}, [b"1", b"2", b"3"]), 10, TOO_LARGE, Patience(0.05))) == 3


@pytest.mark.parametrize("media_type", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "Multipart/Form-Data"])
async def test_an_upload_is_no_form(media_type: str) -> None:
    """A form around a file would be kept as if it were the file; it is refused with a hint instead."""
    with pytest.raises(RejectedError) as refused:
        refuse_forms(asking({"content-type": media_type}))
    assert refused.value.status == 415


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment; filename*=UTF-8''%E8%BA%AB%E4%BB%BD%E8%AF%81.pdf", "身份证.pdf"),
        ("attachment; filename=\"plain.pdf\"; filename*=utf-8'zh'%F0%A0%AE%B7.pdf", "𠮷.pdf"),
        ('attachment; filename="a \\"b\\".pdf"', 'a "b".pdf'),
        ("attachment; filename=bare.png", "bare.png"),
        ("inline;FILENAME=\"x;filename*=UTF-8''evil.pdf;\"", "x;filename*=UTF-8''evil.pdf;"),
    ],
)
async def test_the_name_comes_from_content_disposition(header: str, name: str) -> None:
    """The extended form wins over the plain one, and what stands inside quotes is only text."""
    assert file_name(asking({"content-disposition": header}), None) == name


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_every_name_survives_its_encoding(name: str) -> None:
    """RFC 8187 carries any name, and it is read back as it was."""
    assert file_name(asking({"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}), None) == name


@given(st.text(st.characters(max_codepoint=255)))
def test_no_header_breaks_the_reading_of_names(header: str) -> None:
    """Any Content-Disposition gives a name or a refusal."""
    with suppress(RejectedError):
        assert file_name(asking({"content-disposition": header}), None)


async def test_a_long_header_is_read_in_no_time() -> None:
    """The patterns for names match in linear time, even on what almost fits."""
    for almost in ('attachment; filename="' + "\\a" * 20_000, "attachment" + "; filename=" * 5_000, ";" + " " * 30_000):
        with pytest.raises(RejectedError):
            file_name(asking({"content-disposition": almost}), None)
