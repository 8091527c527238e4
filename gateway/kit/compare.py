"""Two messages, or two values, held against each other: JSON by value, XML by its canonical form; every difference with its path."""

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any, Final

from lxml import etree

from gateway.wire import NumberText, decode, dump_json, parse_json, parse_xml

MAX_BYTES: Final = 256 * 1024 * 1024
"""Of an example's message: materials stand in it."""
_WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_XSI_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_PRESERVED: Final = "{http://www.w3.org/XML/1998/namespace}space"
_INDENT: Final = "  "


class _Nothing:
    """There is no such place."""


_NOTHING: Final = _Nothing()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where what was seen is not what was expected. part: `sent` or `expect`; None: there is nothing at this place.

    Texts of JSON and of expect.yaml stand in quotes, so that "1" and 1 can be told apart; XML's stand as they are.
    """

    part: str
    path: str
    expected: str | None
    seen: str | None


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Wording:
    """How what differs is put in words. name: of a JSON member; text: of a value, a number's digits and yes/no among them.

    Only what is a tree in the message is told as one. Names of XML need no words of their own: a partner's description gives them all.
    """

    name: Callable[[str], str] = _as_it_is
    text: Callable[[str], str] = _as_it_is


IN_FULL: Final = Wording()


def pretty(message: bytes) -> str:
    """The message as an example keeps it, a newline at its end: indented where that changes nothing. Raises WireError."""
    if not is_xml(message):
        return _written(_json(message), "\n") + "\n"
    root = parse_xml(message, max_bytes=MAX_BYTES)
    _without_security(root)
    _indent(root, "\n")
    return etree.tostring(root, encoding="unicode") + "\n"


def is_xml(message: bytes) -> bool:
    """Whether the message means to be XML."""
    return message.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def file_of(message: bytes) -> str:
    """What an example calls the file that it keeps this message in."""
    return f"sent.{'xml' if is_xml(message) else 'json'}"


def with_url(names: Mapping[str, str], body: bytes) -> bytes:
    """A JSON message as an example keeps it: names of its URL, then those of its body, of which there may be none."""
    if not names and body:
        return body
    inside, rest = dump_json({**names})[1:-1], body.strip()[1:-1]
    return b"{" + b",".join(part for part in (inside, rest) if part) + b"}"


def message_differences(expected: bytes | None, seen: bytes | None, word: Wording = IN_FULL) -> tuple[Difference, ...]:
    """What differs between two messages; None: no message, and of the other its size alone. Raises WireError for neither JSON nor XML."""
    if expected is None or seen is None:
        if expected is seen:
            return ()
        return (Difference("sent", "", *(None if one is None else _size(one) for one in (expected, seen))),)
    if is_xml(expected) != is_xml(seen):
        return (Difference("sent", "", *("XML" if is_xml(one) else "JSON" for one in (expected, seen))),)
    if not is_xml(expected):
        return tuple(_values("sent", "", _json(expected), _json(seen), word))
    one, other = _normal(expected), _normal(seen)
    if etree.tostring(one, method="c14n2") == etree.tostring(other, method="c14n2"):
        return ()
    return tuple(_elements(one, other, "", word))


def value_differences(expected: Mapping[str, Any], seen: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What differs between two levels of plain values, as expect.yaml writes them."""
    return tuple(_values("expect", "", expected, seen, IN_FULL))


def _size(message: bytes) -> str:
    return f"{file_of(message)}, {len(pretty(message).encode())} B"


def _json(message: bytes) -> Any:
    return parse_json(decode(message, None).encode(), max_bytes=MAX_BYTES, numbers_as_text=True)


def _values(part: str, path: str, expected: Any, seen: Any, word: Wording) -> Iterator[Difference]:
    if isinstance(expected, Mapping) and isinstance(seen, Mapping):
        for name in dict.fromkeys([*expected, *seen]):
            told = word.name(str(name))
            below = f"{path}.{told}" if path else told
            yield from _values(part, below, expected.get(name, _NOTHING), seen.get(name, _NOTHING), word)
    elif isinstance(expected, list | tuple) and isinstance(seen, list | tuple):
        for at, (one, other) in enumerate(zip_longest(expected, seen, fillvalue=_NOTHING)):
            yield from _values(part, f"{path}[{at}]", one, other, word)
    elif not _same(expected, seen):
        yield Difference(part, path, _shown(expected, word), _shown(seen, word))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, NumberText) and isinstance(other, NumberText):
        return Decimal(one) == Decimal(other)
    return type(one) is type(other) and bool(one == other)


def _shown(value: Any, word: Wording) -> str | None:
    return None if value is _NOTHING else _written(value, None, word)


def _written(value: Any, newline: str | None, word: Wording = IN_FULL) -> str:
    """A value as JSON, each number with its own digits; on one line, or indented."""
    inner = None if newline is None else newline + _INDENT
    if isinstance(value, Mapping) and value:
        parts = [f"{_quoted(word.name(str(name)))}: {_written(below, inner, word)}" for name, below in value.items()]
        return _enclosed("{", parts, "}", newline)
    if isinstance(value, list | tuple) and value:
        return _enclosed("[", [_written(below, inner, word) for below in value], "]", newline)
    if isinstance(value, NumberText):
        return word.text(str(value))
    if isinstance(value, str):
        return _quoted(word.text(value))
    return word.text(json.dumps(value)) if isinstance(value, bool | int | float) else json.dumps(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _enclosed(opening: str, parts: list[str], closing: str, newline: str | None) -> str:
    if newline is None:
        return opening + ", ".join(parts) + closing
    return opening + newline + _INDENT + f",{newline}{_INDENT}".join(parts) + newline + closing


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"


def _normal(message: bytes) -> etree._Element:
    """The document without what a writer may choose: prefixes, indentation, and without the security header, which differs each time."""
    root = parse_xml(message, max_bytes=MAX_BYTES)
    _without_security(root)
    spaces = {etree.QName(element).namespace for element in root.iter(etree.Element)}
    spaces |= {etree.QName(name).namespace for element in root.iter(etree.Element) for name in element.attrib}
    prefixes = {f"n{at}": space for at, space in enumerate(sorted(space for space in spaces if space and "XML/1998" not in space))}
    return _renamed(root, prefixes, None)


def _renamed(element: etree._Element, prefixes: Mapping[str, str], parent: etree._Element | None) -> etree._Element:
    attributes = {str(name): _meant(str(name), str(value), element) for name, value in sorted(element.attrib.items())}
    if parent is None:
        copied = etree.Element(element.tag, attributes, nsmap=dict(prefixes))
    else:
        copied = etree.SubElement(parent, element.tag, attributes)
    blank = _only_elements(element)
    copied.text = None if blank else element.text
    for child in element:
        _renamed(child, prefixes, copied).tail = None if blank else child.tail
    return copied


def _meant(name: str, value: str, element: etree._Element) -> str:
    """xsi:type is a name with a prefix; what is meant is its namespace."""
    if name != _XSI_TYPE:
        return value
    prefix, _, local = value.strip().rpartition(":")
    return f"{{{element.nsmap.get(prefix or None) or ''}}}{local}"


def _only_elements(element: etree._Element) -> bool:
    """Whether white space in it is indentation: it has children, no text of its own, and does not ask for its spaces to be kept."""
    if not len(element) or element.get(_PRESERVED) == "preserve":
        return False
    return not (element.text or "").strip() and not any((child.tail or "").strip() for child in element)


def _without_security(envelope: etree._Element) -> None:
    for header in envelope.findall("{*}Header"):
        for security in header.findall(f"{{{_WSSE}}}Security"):
            header.remove(security)
        if not len(header):
            envelope.remove(header)


def _indent(element: etree._Element, newline: str) -> None:
    if not _only_elements(element):
        return
    element.text = newline + _INDENT
    for child in element:
        _indent(child, newline + _INDENT)
        child.tail = newline + _INDENT
    element[-1].tail = newline


def _elements(expected: etree._Element, seen: etree._Element, above: str, word: Wording) -> Iterator[Difference]:
    """Two elements at the same place."""
    if expected.tag != seen.tag:
        yield Difference("sent", above or "/", str(expected.tag), str(seen.tag))
        return
    path = above or etree.QName(expected).localname
    for name in sorted({*expected.attrib, *seen.attrib}, key=str):
        values = expected.get(name), seen.get(name)
        if values[0] != values[1]:
            yield Difference("sent", f"{path}/@{etree.QName(name).localname}", *(None if one is None else word.text(one) for one in values))
    if _texts(expected) != _texts(seen):
        yield Difference("sent", path, *("".join(_worded(_texts(element), word)) for element in (expected, seen)))
    order = [[str(child.tag) for child in element] for element in (expected, seen)]
    if order[0] != order[1] and Counter(order[0]) == Counter(order[1]):
        yield Difference("sent", f"{path}/*", *(" ".join(etree.QName(tag).localname for tag in tags) for tags in order))
    for tag in dict.fromkeys([*order[0], *order[1]]):
        pairs = list(zip_longest(expected.findall(tag), seen.findall(tag)))
        for at, (one, other) in enumerate(pairs, start=1):
            below = f"{path}/{_name(tag, [*order[0], *order[1]])}" + (f"[{at}]" if len(pairs) > 1 else "")
            if one is not None and other is not None:
                yield from _elements(one, other, below, word)
            else:
                yield Difference("sent", below, *(None if lone is None else _outline(lone, word) for lone in (one, other)))


def _name(tag: str, among: list[str]) -> str:
    """The local name; with its namespace where two siblings differ in nothing else."""
    local = etree.QName(tag).localname
    return local if all(other == tag for other in among if etree.QName(other).localname == local) else tag


def _texts(element: etree._Element) -> list[tuple[str, str]]:
    """An element's own text, piece by piece: the name of the child before it, empty for the first, and the piece."""
    return [("", element.text or ""), *((etree.QName(child).localname, child.tail) for child in element if child.tail)]


def _worded(texts: list[tuple[str, str]], word: Wording) -> Iterator[str]:
    for child, text in texts:
        yield (f"<{child}/>" if child else "") + word.text(text)


def _outline(element: etree._Element, word: Wording) -> str:
    """What stands at a place that the other side lacks."""
    if not len(element):
        return _short(word.text(element.text or ""))
    lone = copy.deepcopy(element)
    lone.tail = None
    for part in lone.iter(etree.Element):
        part.text, part.tail = (text and word.text(text) for text in (part.text, part.tail))
        for name, value in part.attrib.items():
            part.set(name, word.text(str(value)))
    etree.cleanup_namespaces(lone)
    _indent(lone, "")
    return _short("".join(etree.tostring(lone, encoding="unicode").split("\n")))
