"""Reading SOAP envelopes: one payload, both versions' faults, and nothing that could be read in two ways."""

import pytest

from gateway.wire import WireError
from partners.envelope import SOAP_11, SOAP_12, EnvelopeError, read_envelope


def wrapped(body: str, soap: str = SOAP_11, before: str = "", after: str = "") -> bytes:
    return f'<s:Envelope xmlns:s="{soap}">{before}<s:Body>{body}</s:Body>{after}</s:Envelope>'.encode()


def read(data: bytes, charset: str | None = None) -> object:
    return read_envelope(data, charset=charset, max_bytes=10_000).tree


def test_the_payload_becomes_a_tree_of_names_without_namespaces() -> None:
    """Text, levels, attributes, repeats, null and the empty text are told apart."""
    body = (
        '<a:R xmlns:a="urn:a" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><a:Code>00</a:Code><b:L xmlns:b="urn:b">'
        '<b:I name="x">1</b:I><b:I name="y"/></b:L><a:E/><a:N i:nil="true"/><a:T> 中 </a:T></a:R>'
    )
    payload = read_envelope(wrapped(body), charset=None, max_bytes=10_000)
    assert payload.name == "R"
    assert payload.tree == {
        "Code": "00",
        "L": {"I": [{"@name": "x", "#text": "1"}, {"@name": "y", "#text": ""}]},
        "E": "",
        "N": None,
        "T": " 中 ",
    }


def test_text_split_by_a_comment_is_read_whole() -> None:
    """A reader that takes the first text node would see another value than the one that was signed."""
    assert read(wrapped("<R><Code>0<!-- x -->1</Code></R>")) == {"Code": "01"}


def test_a_payload_that_is_only_text_is_a_level_with_that_text() -> None:
    """Expressions always see names."""
    assert read(wrapped("<R>ok</R>")) == {"#text": "ok"}


def test_a_soap_1_1_fault_reads_as_code_text_and_detail() -> None:
    """The code's prefix is the document's own choice and is dropped."""
    detail = "<detail><V><Element>Phone</Element></V></detail>"
    fault = f"<s:Fault><faultcode>w:FailedAuthentication</faultcode><faultstring> 口令不符 </faultstring>{detail}</s:Fault>"
    assert read(wrapped(fault)) == {"Fault": {"code": "FailedAuthentication", "text": "口令不符", "detail": {"V": {"Element": "Phone"}}}}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("<s:Value>s:Sender</s:Value>", "Sender"),
        ("<s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:MessageExpired</s:Value></s:Subcode>", "MessageExpired"),
    ],
)
def test_a_soap_1_2_fault_reads_the_same(code: str, expected: str) -> None:
    """The subcode, where there is one, says more than Sender or Receiver."""
    fault = f'<s:Fault><s:Code>{code}</s:Code><s:Reason><s:Text xml:lang="en">no</s:Text></s:Reason></s:Fault>'
    assert read(wrapped(fault, SOAP_12)) == {"Fault": {"code": expected, "text": "no", "detail": {}}}


@pytest.mark.parametrize(
    "data",
    [
        wrapped("<A/><B/>"),
        wrapped(""),
        wrapped("<A/>", after=f'<s:Body xmlns:s="{SOAP_11}"><B/></s:Body>'),
        f'<s:Envelope xmlns:s="{SOAP_11}"><s:Header><s:Body><A/></s:Body></s:Header></s:Envelope>'.encode(),
        b"<html><body>Login</body></html>",
        b'<Envelope xmlns="urn:other"><Body><A/></Body></Envelope>',
    ],
    ids=["two-payloads", "no-payload", "two-bodies", "body-in-header", "html", "other-namespace"],
)
def test_what_could_be_read_in_two_ways_or_is_no_envelope_is_not_read(data: bytes) -> None:
    """Signature wrapping lives on the second reading."""
    with pytest.raises(EnvelopeError):
        read(data)


@pytest.mark.parametrize("data", [b"", b"oops", b"<!DOCTYPE a><a/>", wrapped("<A>")[:-4], b"<a>" * 300])
def test_what_is_not_acceptable_xml_is_the_parsers_error(data: bytes) -> None:
    """The one hardened parser decides."""
    with pytest.raises(WireError):
        read(data)


def test_an_answer_that_claims_the_wrong_encoding_is_read() -> None:
    """GB18030 bytes under a UTF-8 header: real partners do it."""
    data = b'<?xml version="1.0" encoding="gb2312"?>' + wrapped("<R><T>㛃𠮷</T></R>").decode().encode("gb18030")
    assert read(data, "utf-8") == {"T": "㛃𠮷"}
