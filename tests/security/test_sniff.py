"""A file is what its bytes say; a name is only ever shown."""

import io
import unicodedata
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import MEDIA_TYPES
from gateway.security import Sniffer, display_name, sniff


def _zip(*names: str, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
        archive.comment = comment
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (b"%PDF-1.7\n...", "pdf"),
        (b"\x89PNG\r\n\x1a\n....", "png"),
        (b"\xff\xd8\xff\xe0....", "jpg"),
        (_zip("OFD.xml", "Doc_0/Document.xml"), "ofd"),
        (_zip("Doc_0/Document.xml", "OFD.xml", comment="注释".encode()), "ofd"),
        (_zip("word/document.xml", "[Content_Types].xml"), None),
        (_zip("Doc_0/OFD.xml"), None),
        (_zip(), None),
        (b"PK\x03\x04", None),
        (b"PK\x03\x04" + b"PK\x05\x06" + b"\xff" * 30, None),
        (b" %PDF-1.7", None),
        (b"MZ\x90\x00", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_only_the_listed_types_are_recognised(content: bytes, extension: str | None) -> None:
    """Bytes decide; a ZIP is OFD only when its directory lists OFD.xml at the top."""
    assert sniff(content) == extension
    assert extension is None or extension in MEDIA_TYPES


@pytest.mark.parametrize("piece", [1, 5, 70_000])
def test_a_stream_is_recognised_however_it_is_cut(piece: int) -> None:
    """An OFD of 400 KB fed in pieces is still an OFD: the head and the tail are enough."""
    content = _zip("OFD.xml", *(f"Doc_0/Pages/Page_{index}/Content.xml" for index in range(300)))
    padded = b"PK\x03\x04" + b"\0" * 300_000 + content if piece > 1 else content
    sniffer = Sniffer()
    for start in range(0, len(padded), piece):
        sniffer.feed(padded[start : start + piece])
    assert sniffer.result() == "ofd"


def test_a_directory_longer_than_the_tail_is_read_as_far_as_it_shows() -> None:
    """A document of very many pages, whose directory is over 64 KiB, is recognised when OFD.xml stands in the part that is kept."""
    pages = [f"Doc_0/Pages/Page_{index}/Content.xml" for index in range(1000)]
    assert sniff(_zip(*pages, "OFD.xml")) == "ofd"
    assert sniff(_zip(*pages)) is None


@given(st.binary(max_size=200))
def test_no_bytes_make_the_sniffer_fail(tail: bytes) -> None:
    """Random bytes after a ZIP's first four, with an end record somewhere, never raise."""
    assert sniff(b"PK\x03\x04" + tail + b"PK\x05\x06" + tail) in (None, "ofd")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("身份证.pdf", "身份证.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\张\\扫描件.png", "扫描件.png"),
        ("/abs/x.pdf", "x.pdf"),
        ("a\0b\r\n.pdf", "ab.pdf"),
        ("\u202egpj.exe", "gpj.exe"),
        ("e\u0301.pdf", "é.pdf"),
        ("𠮷㛃䶮.ofd", "𠮷㛃䶮.ofd"),
        ("..", "未命名"),
        ("///", "未命名"),
        ("", "未命名"),
        ("\ud800", "未命名"),
        ("长" * 200 + ".pdf", "长" * 146 + ".pdf"),
        ("a" * 200, "a" * 150),
        ("." + "a" * 200, "a" * 150),
    ],
)
def test_a_name_is_shown_without_what_could_deceive(name: str, shown: str) -> None:
    """Paths, controls, direction marks and surrogates go; the extension survives the cut; something is always left."""
    assert display_name(name) == shown


@given(st.text(max_size=400))
def test_every_name_becomes_one_that_can_be_shown(name: str) -> None:
    """For any text: 1 to 150 characters, encodable, no separator, no control, and showing it again changes nothing."""
    shown = display_name(name)
    assert 1 <= len(shown) <= 150
    assert not set(shown) & {"/", "\\", "\0"}
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in shown)
    shown.encode("utf-8")
    assert display_name(shown) == shown
