"""`$json` and `$xml`: a level of a message that travels as one text."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from .documents import ENCODINGS, write_json, write_xml, xml_name
from .findings import Findings, nearest
from .nodes import Items, Level, Node, Text

JSON: Final = "$json"
XML: Final = "$xml"
ENCODING: Final = "$encoding"
AS_TEXT: Final = frozenset({JSON, XML, ENCODING})

Write = Callable[[Any], str]


def writer(node: Level, each: bool, findings: Findings) -> Write | None:
    """What writes the level as the text it asks to be; None for a level that stays one. each: whether it has an `$each`."""
    if ENCODING in node.entries and XML not in node.entries:
        findings.add(node.entries[ENCODING][0].place, "message.encoding")
    if XML in node.entries:
        if JSON in node.entries or each:
            findings.add(node.entries[XML][0].place, "message.one-root")
        _name_elements(node, findings)
        encoding = _encoding(node.get(ENCODING), findings)
        return partial(write_xml, _root(node.entries[XML][1], findings), encoding=encoding)
    if JSON not in node.entries:
        return None
    _word(node.entries[JSON][1], ("true",), findings)
    return write_json


def _root(node: Node, findings: Findings) -> str:
    if isinstance(node, Text) and xml_name(node.value):
        return node.value
    findings.add(node.place, "expression.xml-name", name=node.value if isinstance(node, Text) else "")
    return "_"


def _encoding(node: Node | None, findings: Findings) -> str | None:
    return None if node is None else _word(node, ENCODINGS, findings)


def _word(node: Node, allowed: tuple[str, ...], findings: Findings) -> str | None:
    if isinstance(node, Text) and node.value in allowed:
        return node.value
    given = node.value if isinstance(node, Text) else ""
    findings.add(node.place, "form.choice", allowed=", ".join(allowed), hint=nearest(given, allowed))
    return None


def _name_elements(node: Node, findings: Findings) -> None:
    """The keys below must be names that XML has; what a level brings with it is looked at when it is written."""
    if isinstance(node, Level):
        for key, (written, below) in node.entries.items():
            plain = key.removesuffix("?").removeprefix("@")
            if not key.startswith("$") and plain != "#text" and not xml_name(plain):
                findings.add(written.place, "expression.xml-name", name=plain)
            _name_elements(below, findings)
    elif isinstance(node, Items):
        for item in node.items:
            _name_elements(item, findings)
