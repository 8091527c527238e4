"""What a file really is, by its bytes, and how its name may be shown. Neither the stated type nor the name is ever trusted."""

import struct
import unicodedata

_PDF = b"%PDF-"
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_ZIP = b"PK\x03\x04"
_CENTRAL = b"PK\x01\x02"
_END = b"PK\x05\x06"
_CENTRAL_LENGTH = 46
_HEAD = 16
_TAIL = 64 * 1024
_OFD_ENTRY = b"OFD.xml"
_NAME_LIMIT = 150
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
NAMELESS = "未命名"


class Sniffer:
    """Tells a stream's type while it passes: keeps the first bytes and the last 64 KiB, where a ZIP lists its entries."""

    def __init__(self) -> None:
        self._head = b""
        self._tail = b""

    def feed(self, piece: bytes) -> None:
        """The next bytes of the stream."""
        if len(self._head) < _HEAD:
            self._head += piece[: _HEAD - len(self._head)]
        self._tail = (self._tail + piece[-_TAIL:])[-_TAIL:]

    def result(self) -> str | None:
        """The extension ("pdf", "png", "jpg", "ofd"), or None for anything that is not on the list. Called when the stream has ended."""
        if self._head.startswith(_PDF):
            return "pdf"
        if self._head.startswith(_PNG):
            return "png"
        if self._head.startswith(_JPEG):
            return "jpg"
        return "ofd" if self._head.startswith(_ZIP) and _lists_ofd(self._tail) else None


def sniff(content: bytes) -> str | None:
    """The same of content that is all there."""
    sniffer = Sniffer()
    sniffer.feed(content)
    return sniffer.result()


def display_name(name: str) -> str:
    """A file's name as it may be shown and sent on: NFC, its last path component, no control or direction characters, at most 150.

    Never empty, never "." or ".."; the extension survives the cut. It is for display only: no path on disk is made of it.
    """
    visible = "".join(char for char in unicodedata.normalize("NFC", name) if unicodedata.category(char) not in _INVISIBLE)
    last = visible.replace("\\", "/").rstrip("/").rpartition("/")[2].strip(" .")
    stem, dot, extension = last.rpartition(".")
    if len(last) <= _NAME_LIMIT:
        return last or NAMELESS
    if not stem or len(extension) > _HEAD:
        return last[:_NAME_LIMIT]
    return stem[: _NAME_LIMIT - len(extension) - 1] + dot + extension


def _lists_ofd(tail: bytes) -> bool:
    """Whether the central directory of a ZIP, as far as the tail shows it, has an entry OFD.xml at the top (GB/T 33190-2016)."""
    end = tail.rfind(_END)
    if end < 0 or end + 20 > len(tail):
        return False
    (size,) = struct.unpack_from("<I", tail, end + 12)
    # A directory longer than the tail is read from its first whole record that the tail shows.
    place = end - size if size <= end else tail.find(_CENTRAL)
    while place >= 0 and place + _CENTRAL_LENGTH <= end and tail.startswith(_CENTRAL, place):
        name, extra, comment = struct.unpack_from("<HHH", tail, place + 28)
        if tail[place + _CENTRAL_LENGTH : place + _CENTRAL_LENGTH + name] == _OFD_ENTRY:
            return True
        place += _CENTRAL_LENGTH + name + extra + comment
    return False
