"""Bytes to text, when what is said about their character set may be a lie.

Partners declare gb2312 and send UTF-8, declare UTF-8 and send GBK, or declare nothing. The declarations are tried in
their order, then UTF-8, then GB18030 (the superset of GBK and GB2312). Two things keep a wrong guess from passing as
text: UTF-8 is decoded strictly, and bytes declared as a GB set which form UTF-8 characters of three or more bytes
(which is what Chinese takes in UTF-8, and what real GB text does not form by chance) are read as UTF-8.
"""

import codecs
from typing import Final

from gateway.wire.errors import WireError

_UTF8: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_GB: Final = frozenset({"gb2312", "gb_2312-80", "euc-cn", "gbk", "gb18030", "gb18030-2005", "cp936", "ms936", "x-gbk"})
# What servers say when nobody told them anything: it carries no information.
_SILENT: Final = frozenset({"iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "cp1252"})

_FOREIGN_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE, b"+/v")


def decode(data: bytes, *declared: str | None) -> str:
    """The text of `data`, without a byte order mark.

    declared: what is said of the character set, the most trusted first; None where nothing is said.
    Raises WireError: `charset.forbidden` for a declared set outside the UTF-8 and GB families (UTF-16, UTF-7, EBCDIC …)
    or bytes that look like one; `charset.undecodable` when neither UTF-8 nor GB18030 fits.
    """
    if data.startswith(codecs.BOM_UTF8):
        return _strict(data[len(codecs.BOM_UTF8) :], "utf-8")
    if data.startswith(_FOREIGN_BOMS) or b"\0" in data:
        raise WireError("charset.forbidden")
    said = [family for family in map(_family, declared) if family is not None]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _strict(data, "gb18030")
    if said and said[0] == "gb18030" and not text.isascii() and max(text) < "\u0800":
        return _strict(data, "gb18030")
    return text


def _family(declared: str | None) -> str | None:
    """utf-8, gb18030, or None when the declaration says nothing."""
    name = (declared or "").strip().strip("\"'").lower()
    if not name or name in _SILENT:
        return None
    if name in _UTF8:
        return "utf-8"
    if name in _GB:
        return "gb18030"
    raise WireError("charset.forbidden")


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise WireError("charset.undecodable", detail=f"{encoding} fails at byte {error.start}") from None
