"""What the one XML parser takes and what it refuses."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.wire import WireError, parse_xml, serialize_xml, xml_text_ok


def refused(data: bytes, charset: str | None = None) -> str:
    """The code a document is refused with."""
    with pytest.raises(WireError) as caught:
        parse_xml(data, charset=charset)
    return caught.value.code


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha">' + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x.dtd"> %x;]><a/>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
        b'<!DOCTYPE a PUBLIC "-//X" "http://127.0.0.1:1/a.dtd"><a/>',
        LAUGHS + b"]><l>&j;</l>",
        b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 50_000 + b'">]><a>' + b"&x;" * 50_000 + b"</a>",
        b"<!DOCTYPE a><a/>",
        b"<!DOCTYPE html><html/>",
        b"<!doctype a><a/>",
        b'<?xml version="1.0"?><!DOCTYPE a><a/>',
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- <a> --><?pi <a>?>\n\t<!DOCTYPE a><a/>',
        b"<!-- a --><!-- b --><!DOCTYPE a [<!ATTLIST a b CDATA 'c'>]><a/>",
        b"<!--><!DOCTYPE a><a/> --><!DOCTYPE a><a/>",
        '<?xml version="1.0" encoding="gb2312"?><!--中文--><!DOCTYPE a><a/>'.encode("gb2312"),
    ],
)
def test_a_document_type_is_refused_in_any_form(data: bytes) -> None:
    """XXE, billion laughs and quadratic blow-up all need a DOCTYPE, and none is taken."""
    assert refused(data) == "xml.doctype"


def test_the_word_doctype_in_content_is_only_text() -> None:
    """A message that carries another as text is not refused for what it carries."""
    text = "<!DOCTYPE a><a/>"
    assert parse_xml(f"<a><!-- {text} --><![CDATA[{text}]]></a>".encode()).text == text


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<a>" * 201 + b"</a>" * 201, "xml.too-deep"),
        (b"<a>" * 100_000, "xml.too-deep"),
        (b"<a>" + b"<b/>" * 100_000 + b"</a>", "xml.elements"),
        (b"<a>" + b"<b/>" * 1_000_000 + b"</a>", "xml.elements"),
        (b"<a " + b" ".join(b'a%d=""' % i for i in range(201)) + b"/>", "xml.attributes"),
        (b"<a " + b" ".join(b'a%d=""' % i for i in range(200_000)) + b"/>", "xml.attributes"),
        (b"<a " + b" ".join(b'xmlns:a%d="u"' % i for i in range(201)) + b"/>", "xml.attributes"),
        (b"<a>" + b'<b c="" d="" e=""/>' * 70_000 + b"</a>", "xml.attributes"),
        (b"<a>" + b"x" * 5_242_880 + b"</a>", "xml.too-large"),
        (b"", "xml.malformed"),
        (b"   ", "xml.malformed"),
        (b"text", "xml.malformed"),
        (b'{"json": 1}', "xml.malformed"),
        (b"<a>", "xml.malformed"),
        (b"<a></b>", "xml.malformed"),
        (b"<a/><b/>", "xml.malformed"),
        (b"<a/>trailing", "xml.malformed"),
        (b"<a>&undefined;</a>", "xml.malformed"),
        (b"<a>&#0;</a>", "xml.malformed"),
        (b"<a>\x01</a>", "xml.malformed"),
        (b"<a b='1' b='2'/>", "xml.malformed"),
        (b"<p:a/>", "xml.malformed"),
        (b"<a b='<'/>", "xml.malformed"),
        (b"\x1f\x8b\x08\x00\x01", "charset.forbidden"),
    ],
)
def test_what_is_too_much_or_not_xml_is_refused(data: bytes, code: str) -> None:
    """Each limit and each way of being broken has its stable code."""
    assert refused(data) == code


@pytest.mark.parametrize(
    "data",
    [
        b"<a>" * 200 + b"</a>" * 200,
        b"<a>" + b"<b/>" * 99_999 + b"</a>",
        b"<a " + b" ".join(b'a%d=""' % i for i in range(200)) + b"/>",
    ],
)
def test_a_limit_is_what_is_still_accepted(data: bytes) -> None:
    """The last document inside a limit passes."""
    assert parse_xml(data).tag == "a"


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("<a>x</a>".encode("utf-16"), None),
        ("<a>x</a>".encode("utf-16-le"), None),
        ('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16-be"), None),
        ("<a>x</a>".encode("utf-32"), None),
        (b'<?xml version="1.0" encoding="UTF-16"?><a/>', None),
        (b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-', None),
        (b"+/v8-+ADw-a/+AD4-", None),
        (b"<a/>", "utf-7"),
        (b"<a/>", "utf-16"),
        (b'<?xml version="1.0" encoding="cp037"?><a/>', None),
        (b'<?xml version="1.0" encoding="x-made-up"?><a/>', None),
        (b"<a>\0</a>", None),
    ],
)
def test_character_set_tricks_are_refused(data: bytes, charset: str | None) -> None:
    """A document type hidden from a reader of bytes by UTF-16, UTF-7 or EBCDIC is never reached."""
    assert refused(data, charset) == "charset.forbidden"


@pytest.mark.parametrize(
    ("declared", "sent", "http"),
    [
        ("UTF-8", "utf-8", None),
        ("gb2312", "utf-8", None),
        ("GBK", "utf-8", "utf-8"),
        ("gb2312", "utf-8", "gbk"),
        ("GB18030", "gb18030", None),
        ("gb2312", "gb18030", "utf-8"),
        ("UTF-8", "gb18030", None),
        ("UTF-8", "gb18030", "ISO-8859-1"),
        (None, "utf-8", None),
        (None, "gb18030", None),
        (None, "gb18030", '"GB2312"'),
    ],
)
def test_t13_rare_characters_survive_every_lie_about_the_character_set(declared: str | None, sent: str, http: str | None) -> None:
    """㛃 and 𠮷 come out right whatever the HTTP header and the declaration claim."""
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    assert parse_xml(f"{head}<姓名>㛃𠮷路</姓名>".encode(sent), charset=http).text == "㛃𠮷路"


def test_short_gb_text_that_is_also_utf8_is_read_as_declared() -> None:
    """路 in GB2312 is the middle dot in UTF-8; the declaration decides."""
    data = "<a>路</a>".encode("gb2312")
    assert parse_xml(b'<?xml version="1.0" encoding="gb2312"?>' + data).text == "路"
    assert parse_xml(data).text == "·"


def test_neither_utf8_nor_gb18030_is_refused() -> None:
    """Bytes are never replaced by guesses."""
    assert refused(b"<a>\xff\xff</a>") == "charset.undecodable"
    assert refused(b"\xef\xbb\xbf<a>\xd6\xd0</a>") == "charset.undecodable"


def test_text_cannot_be_split_by_comments_or_instructions() -> None:
    """What is read as an element's text is all of it."""
    root = parse_xml(b"<a>appro<!-- x -->ved<?y z?>!<![CDATA[<]]></a>")
    assert (root.text, len(root)) == ("approved!<", 0)


def test_an_error_says_where_and_never_what() -> None:
    """Line and column count from the document's own start; its content stays out of the message."""
    with pytest.raises(WireError) as caught:
        parse_xml('<?xml version="1.0"\n encoding="utf-8"?>\n<a>990101199001011234张三</b>'.encode())
    error = caught.value
    assert error.line == 3
    assert "第 3 行" in error.zh
    assert "99010" not in f"{error} {error.zh} {error.detail}"
    assert "张三" not in f"{error} {error.zh} {error.detail}"
    assert error.__suppress_context__


def test_external_things_are_not_opened(tmp_path: Path) -> None:
    """XInclude and schema locations stay plain data."""
    target = tmp_path / "secret"
    target.write_text("secret")
    root = parse_xml(b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include parse="text" href="%s"/></a>' % target.as_uri().encode())
    assert b"secret<" not in etree.tostring(root)
    assert len(root) == 1


def test_leading_white_space_before_the_declaration_is_passed_over() -> None:
    """A blank line before the declaration is common and harmless."""
    assert parse_xml(b'\n <?xml version="1.0" encoding="gb2312"?>\n<a/>').tag == "a"


def test_what_is_serialised_is_read_back() -> None:
    """UTF-8 with a declaration, no entities for Chinese, prefixes kept."""
    data = serialize_xml(parse_xml('<s:a xmlns:s="urn:x"><b c="㛃">𠮷 ]]&gt;</b></s:a>'.encode()))
    assert data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert "㛃".encode() in data
    assert parse_xml(data)[0].text == "𠮷 ]]>"


@given(st.text(max_size=30))
def test_exactly_the_text_that_xml_can_hold_is_ok(text: str) -> None:
    """xml_text_ok agrees with what can be built and parsed back."""
    element = etree.Element("a")
    try:
        element.text = text
    except ValueError:
        assert not xml_text_ok(text)
    else:
        back = parse_xml(serialize_xml(element)).text if xml_text_ok(text) else None
        assert back is None or back == text or not text
        assert xml_text_ok(text) or any(c in text for c in "\ufffe\uffff")


@given(st.binary(max_size=200) | st.text("<>!?/-[]abDOCTYPE&;\"' \n", max_size=80).map(str.encode))
def test_any_bytes_give_a_tree_or_a_wire_error(data: bytes) -> None:
    """No other exception leaves the parser, and no tree it gives has a document type."""
    try:
        root = parse_xml(data)
    except WireError:
        return
    assert root.getroottree().docinfo.internalDTD is None


def test_t14_the_end_of_a_cdata_section_is_text_like_any_other() -> None:
    """`]]>` written by us comes back whole, and so it does from a partner that splits it over two sections."""
    element = etree.Element("a")
    element.text = "经营范围 ]]> <b>&"
    assert parse_xml(serialize_xml(element)).text == element.text
    assert parse_xml(b"<a><![CDATA[x ]]]]><![CDATA[> y]]></a>").text == "x ]]> y"
