"""The one hardened XML parser, and the one serialiser.

libxml2 never sees the document's own encoding or a document type: the bytes are decoded here, the prolog is checked
here, and what reaches the parser is UTF-8 without a declaration. Comments and processing instructions are dropped, so
that no text can be split by them and read in halves; comments stay only where somebody asks for them by name.
"""

import re
from typing import Final

from lxml import etree

from gateway.wire.charset import decode
from gateway.wire.errors import WireError, place

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_DEPTH: Final = 200
MAX_ELEMENTS: Final = 100_000
MAX_ATTRIBUTES_OF_ONE: Final = 200
MAX_ATTRIBUTES: Final = 200_000

_SLICE: Final = 65_536
_DECLARED: Final = re.compile(rb"""\s*<\?xml\s[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_DECLARATION: Final = re.compile(r"\s*<\?xml\s[^>]*\?>")
_MISC: Final = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse_xml(data: bytes, *, max_bytes: int = MAX_BYTES, charset: str | None = None, comments: bool = False) -> etree._Element:
    """The root element of a document, or WireError.

    charset: what the HTTP header says, if anything; the XML declaration is asked next (gateway.wire.charset decides).
    comments: keep them in the tree, for a description that is read for what people wrote in it; never for a message.
    Refused: any DOCTYPE, more than `max_bytes`, depth over 200, over 100,000 elements, over 200 attributes and namespace
    declarations on one element or 200,000 in all, character sets outside UTF-8 and GB18030, and what is not well-formed.
    """
    if len(data) > max_bytes:
        raise WireError("xml.too-large", detail=f"{len(data)} bytes, {max_bytes} accepted")
    declared = _DECLARED.match(data[:400].removeprefix(b"\xef\xbb\xbf"))
    text = decode(data, charset, declared[1].decode("ascii") if declared else None)
    declaration = _DECLARATION.match(text)
    # A newline for each newline of the declaration keeps the places in errors true.
    start = declaration.end() if declaration else 0
    _refuse_doctype(text, start)
    return _parse("\n" * text.count("\n", 0, start) + text[start:], comments)


def serialize_xml(element: etree._Element) -> bytes:
    """The document in UTF-8, with its XML declaration; not indented, since white space may be signed."""
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True)


def xml_text_ok(text: str) -> bool:
    """Whether every character may stand in XML 1.0 (production 2, Char)."""
    return _ILLEGAL.search(text) is None


def _refuse_doctype(text: str, start: int) -> None:
    """A document type can stand only before the root element, so that is where it is looked for."""
    at = start
    while misc := _MISC.match(text, at):
        at = misc.end()
    if text.startswith("<!", at):
        line, column = place(text, at)
        raise WireError("xml.doctype", line=line, column=column)


def _parse(text: str, comments: bool) -> etree._Element:
    parser = etree.XMLPullParser(
        events=("start-ns", "start", "end"),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=not comments,
        remove_pis=True,
    )
    limits = _Limits()
    data = text.encode()
    try:
        for at in range(0, len(data), _SLICE):
            parser.feed(data[at : at + _SLICE])
            limits.count(parser)
        return parser.close()
    except etree.XMLSyntaxError as error:
        limits.count(parser)
        line, column = error.position
        raise WireError("xml.malformed", line=line or None, column=column if line else None) from None


class _Limits:
    """What has been seen of a document so far; read after every slice, so that a bomb is stopped in its first."""

    def __init__(self) -> None:
        self.depth = self.elements = self.attributes = self.namespaces = 0

    def count(self, parser: etree.XMLPullParser) -> None:
        for event, item in parser.read_events():
            if event == "end":
                self.depth -= 1
            elif event == "start-ns":
                self.namespaces += 1
            else:
                assert isinstance(item, etree._Element)
                own = len(item.attrib) + self.namespaces
                self.namespaces = 0
                self.depth += 1
                self.elements += 1
                self.attributes += own
                if self.depth > MAX_DEPTH:
                    raise WireError("xml.too-deep")
                if self.elements > MAX_ELEMENTS:
                    raise WireError("xml.elements")
                if own > MAX_ATTRIBUTES_OF_ONE or self.attributes > MAX_ATTRIBUTES:
                    raise WireError("xml.attributes")
