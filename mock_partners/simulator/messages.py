"""Messages as trees, JSON or XML alike: their leaves by path, and the same tree with other texts.

A path is the names from the top; `*` stands for any place in a JSON list, `@name` for an attribute. A text that itself holds JSON or XML is
looked into: its path goes on after `#`.
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lxml import etree

from mock_partners.envelope import SoapError, read_xml

Place = tuple[str, ...]
Change = Callable[[Place, str], str]
Tree = Any
"""A JSON value, or an lxml element."""


class UnreadableError(ValueError):
    """Bytes that are not the message they should be."""


def read_json(data: bytes) -> Tree:
    """The JSON value in UTF-8 bytes; raises UnreadableError, also for a key that comes twice."""
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("no JSON in UTF-8") from error


def write_json(tree: Tree) -> bytes:
    """The bytes of a JSON value."""
    return json.dumps(tree, ensure_ascii=False).encode("utf-8")


def write_xml(tree: etree._Element) -> bytes:
    """The bytes of a document."""
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")


def leaves(tree: Tree) -> Iterator[tuple[Place, str]]:
    """(path, text) of everything that says something, in the message's order; numbers as text, yes/no and null left out."""
    if isinstance(tree, etree._Element):
        return _leaves_xml(tree, ())
    return _leaves_json(tree, ())


def changed(tree: Tree, change: Change) -> Tree:
    """A copy whose every text is what `change` makes of it; a number stays a number when its new text is one."""
    if isinstance(tree, etree._Element):
        return _changed_xml(copy.deepcopy(tree), (), change)
    return _changed_json(tree, (), change)


def local(element: etree._Element) -> str:
    """An element's name without its namespace."""
    return etree.QName(element).localname


def _leaves_json(value: Tree, path: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves_json(item, (*path, name))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves_json(item, (*path, "*"))
    elif isinstance(value, str):
        yield from _leaves_text(value, path)
    elif value is not None and not isinstance(value, bool):
        yield path, str(value)


def _leaves_xml(element: etree._Element, path: Place) -> Iterator[tuple[Place, str]]:
    for name, value in element.attrib.items():
        yield (*path, f"@{etree.QName(name).localname}"), str(value)
    if len(element):
        for child in element.iterchildren("*"):
            yield from _leaves_xml(child, (*path, local(child)))
    elif element.text is not None:
        yield from _leaves_text(element.text, path)


def _leaves_text(text: str, path: Place) -> Iterator[tuple[Place, str]]:
    inner = _within(text)
    if inner is None:
        yield path, text
    else:
        for further, leaf in leaves(inner):
            yield (*path, "#", *further), leaf


def _changed_json(value: Tree, path: Place, change: Change) -> Tree:
    if isinstance(value, Mapping):
        return {name: _changed_json(item, (*path, name), change) for name, item in value.items()}
    if isinstance(value, list):
        return [_changed_json(item, (*path, "*"), change) for item in value]
    if isinstance(value, str):
        return _changed_text(value, path, change)
    if isinstance(value, bool) or value is None:
        return value
    text = change(path, str(value))
    return value if text == str(value) else (int(text) if text.isdecimal() else text)


def _changed_xml(element: etree._Element, path: Place, change: Change) -> etree._Element:
    for name, value in element.attrib.items():
        element.set(name, change((*path, f"@{etree.QName(name).localname}"), str(value)))
    if len(element):
        for child in element.iterchildren("*"):
            _changed_xml(child, (*path, local(child)), change)
    elif element.text is not None:
        element.text = _changed_text(element.text, path, change)
    return element


def _changed_text(text: str, path: Place, change: Change) -> str:
    inner = _within(text)
    if inner is None:
        return change(path, text)
    below: Change = lambda further, leaf: change((*path, "#", *further), leaf)  # noqa: E731 - one expression, named for its type
    new = changed(inner, below)
    if isinstance(new, etree._Element):
        head = text[: text.find("?>") + 2] if text.lstrip().startswith("<?") else ""
        return head + etree.tostring(new, encoding="unicode")
    return json.dumps(new, ensure_ascii=False)


def _within(text: str) -> Tree | None:
    """The message that a text holds; None when it holds none."""
    begin = text.lstrip()[:1]
    if begin in ("{", "["):
        try:
            return read_json(text.encode("utf-8"))
        except (UnreadableError, UnicodeEncodeError):
            return None
    if begin == "<":
        try:
            return read_xml(text.encode("utf-8"))
        except (SoapError, UnicodeEncodeError):
            return None
    return None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _no_constant(_name: str) -> Any:
    raise ValueError("not a JSON number")
