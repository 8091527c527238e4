"""Messages held against each other: equal is what means the same, and every difference has its path."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.kit import Difference, message_differences, pretty, value_differences
from gateway.kit.compare import Wording
from gateway.wire import WireError

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
NAMES = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,6}", fullmatch=True)
JSONS = st.dictionaries(
    NAMES,
    st.recursive(
        st.one_of(TEXTS, st.integers(-(10**12), 10**12), st.booleans(), st.none()),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
        max_leaves=12,
    ),
    max_size=5,
)


def compact(value: Any) -> bytes:
    """As the adapter writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@given(JSONS)
def test_json_made_pretty_is_the_same_message(value: dict[str, Any]) -> None:
    """Indentation means nothing, and making it pretty again changes nothing."""
    message = pretty(compact(value))
    assert message_differences(compact(value), message.encode()) == ()
    assert pretty(message.encode()) == message
    assert json.loads(message) == value


@given(JSONS, JSONS)
def test_json_differs_exactly_when_its_values_do(one: dict[str, Any], other: dict[str, Any]) -> None:
    """No difference is missed, and none is invented."""
    assert (message_differences(compact(one), compact(other)) == ()) == (typed(one) == typed(other))


def typed(value: Any) -> Any:
    """Python takes True for 1; JSON does not."""
    if isinstance(value, dict):
        return {name: typed(below) for name, below in value.items()}
    return [typed(below) for below in value] if isinstance(value, list) else (type(value).__name__, value)


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ('{"a": 1}', '{"a": 1.0}', []),
        ('{"a": 12.50}', '{"a": 12.5}', []),
        ('{"a": 1}', '{"a": "1"}', [("a", "1", '"1"')]),
        ('{"a": true}', '{"a": 1}', [("a", "true", "1")]),
        ('{"a": null}', "{}", [("a", "null", None)]),
        ('{"a": 9007199254740993}', '{"a": 9007199254740992}', [("a", "9007199254740993", "9007199254740992")]),
        ('{"a": [1, {"b": "x"}]}', '{"a": [1, {"b": "y"}, 2]}', [("a[1].b", '"x"', '"y"'), ("a[2]", None, "2")]),
        ('{"a": {"b": 1}}', '{"a": [1]}', [("a", '{"b": 1}', "[1]")]),
    ],
)
def test_json_is_compared_by_value_and_told_by_path(one: str, other: str, found: list[tuple[str, str | None, str | None]]) -> None:
    """Numbers by value with all their digits, never a number for a text; what is on one side only is nothing on the other."""
    assert message_differences(one.encode(), other.encode()) == tuple(Difference("sent", *each) for each in found)


def test_digits_of_a_number_survive_being_made_pretty() -> None:
    """12.50 stays 12.50."""
    assert pretty(b'{"fee":12.50,"of":[]}') == '{\n  "fee": 12.50,\n  "of": []\n}\n'
    assert Decimal("12.50") == Decimal("12.5")


ENVELOPE = (
    """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"""
)
SECURITY = """<w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd">{}</w:Security>"""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<a xmlns="urn:x"><b>1</b></a>', '<p:a xmlns:p="urn:x">\n  <p:b>1</p:b>\n</p:a>'),
        ("<a><b/></a>", "<a>\n <b></b> </a>"),
        ('<a x="1" y="2"/>', "<a y='2' x='1'/>"),
        ("<a>1<!-- said --></a>", "<a>1</a>"),
        (ENVELOPE.format(header=SECURITY.format("now"), body="<a/>"), ENVELOPE.format(header="", body="<a/>")),
        (
            '<a xmlns:x="http://www.w3.org/2001/XMLSchema-instance" xmlns:t="urn:t" x:type="t:Kind"/>',
            '<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:u="urn:t" i:type="u:Kind"/>',
        ),
    ],
)
def test_what_a_writer_of_xml_may_choose_makes_no_difference(one: str, other: str) -> None:
    """Prefixes, also in xsi:type, order of attributes, indentation, comments, and the security header."""
    assert message_differences(one.encode(), other.encode()) == ()


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("<a><b>1</b></a>", "<a><b>2</b></a>", [("a/b", "1", "2")]),
        ("<a><b> 1</b></a>", "<a><b>1</b></a>", [("a/b", " 1", "1")]),
        ("<a><b>1</b><b>2</b></a>", "<a><b>1</b></a>", [("a/b[2]", "2", None)]),
        ("<a><b/><c/></a>", "<a><c/><b/></a>", [("a/*", "b c", "c b")]),
        ('<a x="1"/>', "<a/>", [("a/@x", "1", None)]),
        ("<a> <b/></a>", "<a>x<b/></a>", [("a", "", "x")]),
        ('<a xmlns="urn:x"/>', '<a xmlns="urn:y"/>', [("/", "{urn:x}a", "{urn:y}a")]),
        ('<a><b xmlns="urn:x">1</b></a>', "<a><b>1</b></a>", [("a/{urn:x}b", "1", None), ("a/b", None, "1")]),
        ("<a/>", '{"a": 1}', [("", "XML", "JSON")]),
    ],
)
def test_xml_is_told_by_path(one: str, other: str, found: list[tuple[str, str | None, str | None]]) -> None:
    """Text with its blanks, order of elements, attributes, namespaces."""
    assert message_differences(one.encode(), other.encode()) == tuple(Difference("sent", *each) for each in found)


def test_a_header_that_is_not_the_security_header_counts() -> None:
    """What a partner wants in the header is part of the message."""
    one, other = (ENVELOPE.format(header=header, body="<a/>").encode() for header in (SECURITY.format("") + "<h>1</h>", "<h>2</h>"))
    assert message_differences(one, other) == (Difference("sent", "Envelope/Header/h", "1", "2"),)


ELEMENTS = st.recursive(
    st.tuples(NAMES, st.one_of(st.just(""), TEXTS), st.just([])),
    lambda inner: st.tuples(NAMES, st.one_of(st.just(""), TEXTS), st.lists(st.tuples(inner, st.one_of(st.just(""), TEXTS)), max_size=3)),
    max_leaves=10,
)


def built(element: tuple[str, str, list[Any]]) -> etree._Element:
    """A tree with text before and between its children."""
    name, text, children = element
    made = etree.Element(name)
    made.text = text or None
    for child, tail in children:
        made.append(built(child))
        made[-1].tail = tail or None
    return made


@given(ELEMENTS)
def test_xml_made_pretty_is_the_same_message(element: tuple[str, str, list[Any]]) -> None:
    """Indented only where white space means nothing; making it pretty again changes nothing."""
    message = etree.tostring(built(element), encoding="UTF-8")
    made = pretty(message)
    assert message_differences(message, made.encode()) == ()
    assert pretty(made.encode()) == made


@given(ELEMENTS, ELEMENTS)
def test_a_difference_of_xml_is_always_told(one: tuple[str, str, list[Any]], other: tuple[str, str, list[Any]]) -> None:
    """Canonical forms that differ give at least one difference."""
    messages = [etree.tostring(built(each), encoding="UTF-8") for each in (one, other)]
    forms = [etree.tostring(etree.fromstring(pretty(message).encode()), method="c14n2") for message in messages]
    assert (message_differences(messages[0], messages[1]) == ()) == (forms[0] == forms[1])


def test_what_is_neither_is_an_error_and_never_a_traceback_of_a_parser() -> None:
    """Garbage is WireError."""
    for garbage in (b"", b"{", b"<a>", b"\xff\xfe\x00"):
        with pytest.raises(WireError):
            message_differences(garbage, b"{}" if not garbage.startswith(b"<") else b"<a/>")


def test_a_message_that_was_not_to_leave_differs_as_a_whole() -> None:
    """Nothing on one side is said so, and of the other how large its file would be; it is not quoted."""
    assert message_differences(None, None) == ()
    assert message_differences(None, b'{"a":"\xe7\x8e\x8b"}') == (Difference("sent", "", None, "sent.json, 17 B"),)
    assert message_differences(b"<a><b/></a>", None) == (Difference("sent", "", "sent.xml, 16 B", None),)
    assert [len(pretty(each).encode()) for each in (b'{"a":"\xe7\x8e\x8b"}', b"<a><b/></a>")] == [17, 16]


LOOKS = Wording(name=lambda name: name if name in ("a", "b") else f"N{len(name)}", text=lambda text: f"T{len(text)}")


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ('{"a": {"b": "x"}}', '{"a": {"b": "<b>"}}', [("a.b", '"T1"', '"T3"')]),
        ('{"a": "{\\"b\\": 1}"}', '{"a": true}', [("a", '"T8"', "T4")]),
        ('{"a": 12.50}', '{"a": null}', [("a", "T5", "null")]),
        ('{"a": {"name": [1, {"b": "x"}]}}', "{}", [("a", '{"N4": [T1, {"b": "T1"}]}', None)]),
        ('{"name": 1}', '{"name": 2}', [("N4", "T1", "T1")]),
        ("<a><b>&lt;b&gt;x</b></a>", "<a><b/></a>", [("a/b", "T4", "T0")]),
        ('<a><b c="&lt;b"/></a>', "<a><b/></a>", [("a/b/@c", "T2", None)]),
        ('<a><b c="xx"><d>&lt;b&gt;</d></b>tail</a>', "<a>tail</a>", [("a", "T0<b/>T4", "T4"), ("a/b", '<b c="T2">  <d>T3</d></b>', None)]),
    ],
)
def test_what_is_told_of_a_message_is_put_in_the_words_that_are_asked_for(one: str, other: str, found: list[tuple[str, Any, Any]]) -> None:
    """Whatever a leaf looks like, it is a leaf; levels and lists are told as such, and every name and text in them in other words."""
    assert message_differences(one.encode(), other.encode(), LOOKS) == tuple(Difference("sent", *each) for each in found)


def test_values_of_expect_yaml_are_compared_the_same_way() -> None:
    """A missing verdict, another status, a null one."""
    expected = {"report": {"status": "71", "code": "13"}}
    found = value_differences(expected, {"report": {"status": None, "code": "13"}, "verdict": {"is": "received"}})
    assert found == (
        Difference("expect", "report.status", '"71"', "null"),
        Difference("expect", "verdict", None, '{"is": "received"}'),
    )
