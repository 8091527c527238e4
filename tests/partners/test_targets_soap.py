"""What a WSDL and its XSD say of messages, and what becomes of those that cannot be used."""

from collections.abc import Callable
from pathlib import Path

import pytest

from partners import Description, Target, TargetKind, describe
from partners.wsdl import Codec, WsdlError

ROOT = Path(__file__).parents[2]
OPEN = (
    '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"'
    ' xmlns:http="http://schemas.xmlsoap.org/wsdl/http/"'
    ' xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:s="urn:s" targetNamespace="urn:s">'
)
MESSAGES = """
  <message name="in"><part name="p" element="s:in"/></message>
  <message name="out"><part name="p" element="s:out"/></message>
"""
PORT = """
  <portType name="P"><operation name="apply"><documentation>申请</documentation>
    <input message="s:in"/><output message="s:out"/></operation></portType>
"""
BINDING = """
  <binding name="B" type="s:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="apply"><soap:operation soapAction=""/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>
"""
SERVICE = '<service name="S"><port name="p" binding="s:B"><soap:address location="http://127.0.0.1:9/x"/></port></service></definitions>'
CODE = '<xs:element name="code" type="xs:string"/>'
OUT = f'<xs:element name="out"><xs:complexType><xs:sequence>{CODE}</xs:sequence></xs:complexType></xs:element>'
Describe = Callable[..., Description]


def types(content: str, outside: str = "") -> str:
    """One inline schema whose request holds this content."""
    request = f'<xs:element name="in"><xs:complexType><xs:sequence>{content}</xs:sequence></xs:complexType></xs:element>'
    return f'<types><xs:schema targetNamespace="urn:s" elementFormDefault="qualified">{outside}{request}{OUT}</xs:schema></types>'


def wsdl(content: str = "", outside: str = "") -> str:
    return OPEN + types(content, outside) + MESSAGES + PORT + BINDING + SERVICE


@pytest.fixture
def described(tmp_path: Path) -> Describe:
    """The description of a folder with these files."""

    def read(main: str, **files: str) -> Description:
        (tmp_path / "main.wsdl").write_text(main, "utf-8")
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_xsd", ".xsd").replace("_wsdl", ".wsdl")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return describe(tmp_path, "soap")

    return read


def targets(description: Description) -> dict[str, Target]:
    """The request's places by their path; there are no flaws."""
    assert description.flaws == ()
    return {".".join(path): target for path, target in description.operations["apply"].request.walk()}


def test_the_shipped_description_is_read_whole() -> None:
    """Every operation, the partner's own call included, with kinds, attributes, texts, enumerations and what may be absent."""
    found = describe(ROOT / "mappings" / "guizhou-province" / "schemas", "soap")
    assert found.flaws == ()
    assert list(found.operations) == ["SubmitMatter", "QueryMatter", "SupplementMatter", "WithdrawMatter", "NotifyStatus"]
    submit = found.operations["SubmitMatter"]
    places = {".".join(path): target for path, target in submit.request.walk()}
    assert submit.about == "提交办件，成功返回收件号"
    assert places["Head.SendTime"].kind is TargetKind.MOMENT
    assert places["Applicant.Kind"].allowed == ("PERSON", "ENTERPRISE", "SOLE_TRADER")
    assert places["Applicant.Kind"].about == "申请人类别：PERSON 自然人，ENTERPRISE 企业及其他法人，SOLE_TRADER 个体工商户"
    assert places["Applicant.LegalRepresentative"].required is False
    assert (places["Form.Item"].repeats, places["Form.Item"].required) == (True, False)
    assert (places["Form.Item.@name"].required, places["Form.Item.#text"].longest) == (True, 2000)
    assert (places["Materials.Material.Size"].kind, places["Materials.Material.Content"].kind) == (TargetKind.INTEGER, TargetKind.CONTENT)
    query = {".".join(path): target.required for path, target in found.operations["QueryMatter"].request.walk()}
    assert query == {"SerialNo": False, "ReceiptNo": False}


def test_what_comments_say_of_an_element_is_kept(described: Describe) -> None:
    """On the line before, behind on the same line, or first within it; a heading apart from it is not meant."""
    content = """
      <!-- ======== 申请人 ======== -->

      <!-- 姓名 -->
      <xs:element name="xm" type="xs:string"/>
      <xs:element name="sfzh" type="xs:string"/> <!-- 身份证号 -->
      <xs:element name="lxdh" type="xs:string"/>
      <xs:element name="dz"><!-- 地址 --><xs:simpleType><xs:restriction base="xs:string"/></xs:simpleType></xs:element>
    """
    assert [(name, target.about) for name, target in targets(described(wsdl(content))).items()] == [
        ("xm", "姓名"),
        ("sfzh", "身份证号"),
        ("lxdh", ""),
        ("dz", "地址"),
    ]


def test_derived_types_carry_what_they_inherit(described: Describe) -> None:
    """Extension adds, restriction replaces, groups and references are written out, a choice asks for none of its branches."""
    outside = """
      <xs:complexType name="Base"><xs:sequence><xs:element name="no" type="xs:string"/></xs:sequence>
        <xs:attribute name="v" fixed="1"/></xs:complexType>
      <xs:complexType name="More"><xs:complexContent><xs:extension base="s:Base"><xs:sequence>
        <xs:element name="name" type="s:Name"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
      <xs:complexType name="Less"><xs:complexContent><xs:restriction base="s:More"><xs:sequence>
        <xs:element name="name" type="s:Name"/></xs:sequence></xs:restriction></xs:complexContent></xs:complexType>
      <xs:simpleType name="Name"><xs:restriction base="s:Text"><xs:maxLength value="20"/></xs:restriction></xs:simpleType>
      <xs:simpleType name="Text"><xs:restriction base="xs:string"><xs:pattern value="[a-z]*"/></xs:restriction></xs:simpleType>
      <xs:group name="G"><xs:choice><xs:element name="a" type="xs:int"/><xs:element ref="s:b"/></xs:choice></xs:group>
      <xs:element name="b" type="xs:boolean"/>
    """
    content = """
      <xs:element name="more" type="s:More"/><xs:element name="less" type="s:Less" minOccurs="0" maxOccurs="3"/>
      <xs:group ref="s:G"/><xs:element name="free"/><xs:any minOccurs="0"/>
    """
    found = described(wsdl(content, outside))
    places = targets(found)
    assert list(places) == ["more", "more.no", "more.name", "more.@v", "less", "less.name", "less.@v", "a", "b", "free"]
    assert (places["more.name"].longest, places["more.name"].pattern) == (20, "[a-z]*")
    assert places["more.@v"].allowed == ("1",)
    assert (places["less"].required, places["less"].repeats) == (False, True)
    assert (places["a"].required, places["b"].required, places["b"].kind) == (False, False, TargetKind.BOOLEAN)
    assert places["free"].kind is TargetKind.ANY
    assert found.operations["apply"].request.open is True


PART = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:d="urn:d" targetNamespace="urn:d" elementFormDefault="qualified">'


def test_a_description_of_many_files_is_one(tmp_path: Path) -> None:
    """An imported WSDL, inline schemas that import one another without saying where, files that include one another: all one message.

    The adapter builds from the same files what the description says.
    """
    (tmp_path / "parts").mkdir()
    (tmp_path / "main.wsdl").write_text(OPEN + '<import namespace="urn:s" location="parts/abstract.wsdl"/>' + BINDING + SERVICE, "utf-8")
    inline = '<xs:import namespace="urn:d"/>'
    content = '<xs:element name="who" type="d:Who" xmlns:d="urn:d"/>'
    own = '<xs:schema targetNamespace="urn:d"><xs:include schemaLocation="who.xsd"/></xs:schema>'
    abstract = OPEN + types(content, inline).replace("</types>", f"{own}</types>") + MESSAGES + PORT + "</definitions>"
    (tmp_path / "parts" / "abstract.wsdl").write_text(abstract, "utf-8")
    who = '<xs:complexType name="Who"><xs:sequence><xs:element name="no" type="d:No"/></xs:sequence></xs:complexType>'
    no = '<xs:simpleType name="No"><xs:restriction base="xs:string"><xs:length value="4"/></xs:restriction></xs:simpleType>'
    (tmp_path / "parts" / "who.xsd").write_text(f'{PART}<xs:include schemaLocation="no.xsd"/>{who}</xs:schema>', "utf-8")
    (tmp_path / "parts" / "no.xsd").write_text(f'{PART}<xs:include schemaLocation="who.xsd"/>{no}</xs:schema>', "utf-8")
    found = describe(tmp_path, "soap")
    assert [(flaw.code, flaw.file) for flaw in found.flaws] == [("schemas.circular", "parts/no.xsd")]
    assert {".".join(path): target.longest for path, target in found.operations["apply"].request.walk()} == {"who": None, "who.no": 4}
    Codec(tmp_path).load()


def test_a_type_that_contains_itself_is_free_below(described: Describe) -> None:
    """A tree of departments is read once and told."""
    node = '<xs:complexType name="N"><xs:sequence><xs:element name="n" type="s:N" minOccurs="0"/></xs:sequence></xs:complexType>'
    found = described(wsdl('<xs:element name="top" type="s:N"/>', node))
    assert [flaw.code for flaw in found.flaws] == ["schemas.recursive"]
    assert found.operations["apply"].request.children[0].children[0].kind is TargetKind.ANY


def test_a_type_without_end_is_cut(described: Describe) -> None:
    """Levels that double twenty times are not written out."""
    inner = '<xs:element name="{0}" type="s:L{1}"/>'
    levels = "".join(
        f'<xs:complexType name="L{n}"><xs:sequence>{inner.format("a", n + 1)}{inner.format("b", n + 1)}</xs:sequence></xs:complexType>'
        for n in range(20)
    )
    last = '<xs:simpleType name="L20"><xs:restriction base="xs:string"/></xs:simpleType>'
    assert [flaw.code for flaw in described(wsdl('<xs:element name="top" type="s:L0"/>', levels + last)).flaws] == ["schemas.too-large"]


@pytest.mark.parametrize(("kind", "body"), [("group", "<xs:sequence>{}</xs:sequence>"), ("attributeGroup", "{}")])
def test_groups_that_double_are_cut_even_when_they_are_empty(described: Describe, kind: str, body: str) -> None:
    """Forty groups, each using the next one twice, hold no place at all and would still take years to walk."""
    used = [f'<xs:{kind} ref="s:G{n}"/>' * 2 if n <= 40 else "" for n in range(1, 42)]
    groups = "".join(f'<xs:{kind} name="G{n}">{body.format(below)}</xs:{kind}>' for n, below in enumerate(used))
    level = f'<xs:complexType name="L"><xs:{kind} ref="s:G0"/></xs:complexType>'
    assert [flaw.code for flaw in described(wsdl('<xs:element name="top" type="s:L"/>', groups + level)).flaws] == ["schemas.too-large"]


def test_what_contains_itself_is_called_by_its_elements_name_where_its_type_has_none(described: Describe) -> None:
    """A finding without a name helps nobody."""
    below = '<xs:element ref="s:N" minOccurs="0"/>'
    node = f'<xs:element name="N"><xs:complexType><xs:sequence>{below}</xs:sequence></xs:complexType></xs:element>'
    assert [(flaw.code, flaw.detail) for flaw in described(wsdl('<xs:element ref="s:N"/>', node)).flaws] == [("schemas.recursive", "N")]


def test_what_stands_beside_soap_is_passed_over(described: Describe, tmp_path: Path) -> None:
    """HTTP bindings with parts of plain types, as many toolkits write them, are no flaw."""
    get = """
      <message name="get"><part name="a" type="xs:string"/></message>
      <portType name="G"><operation name="apply"><input message="s:get"/><output message="s:out"/></operation></portType>
      <binding name="H" type="s:G"><http:binding verb="GET"/><operation name="apply"><http:operation location="/l"/>
        <input><http:urlEncoded/></input><output/></operation></binding>
    """
    found = described(OPEN + types(CODE) + MESSAGES + PORT + get + BINDING + get.replace('"H"', '"H2"').replace('"G"', '"G2"') + SERVICE)
    assert found.flaws == ()
    assert list(targets(found)) == ["code"]
    assert Codec(tmp_path).request_element("apply") == "in"


XXE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
IMPORT = '<xs:import namespace="urn:d" schemaLocation="{}"/>'


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (XXE + wsdl(), "schemas.doctype"),
        (wsdl()[:-20], "schemas.unreadable"),
        ("<html/>", "schemas.page"),
        ('<description xmlns="http://www.w3.org/ns/wsdl"/>', "schemas.version"),
        (wsdl(outside=IMPORT.format("http://example.gov/d.xsd")), "schemas.outside"),
        (wsdl(outside=IMPORT.format("//example.gov/d.xsd")), "schemas.outside"),
        (wsdl(outside=IMPORT.format("../d.xsd")), "schemas.outside"),
        (wsdl(outside=IMPORT.format("/etc/passwd")), "schemas.outside"),
        (wsdl(outside=IMPORT.format("d.xsd")), "schemas.missing"),
        (wsdl('<xs:element name="a" type="s:None"/>'), "schemas.missing"),
        (wsdl('<xs:element ref="s:none"/>'), "schemas.missing"),
        (wsdl("<xs:documentation/>"), "schemas.invalid"),
        (wsdl('<xs:element name="a" maxOccurs="many"/>'), "schemas.invalid"),
        (wsdl().replace('type="s:P"', 'type="s:Q"'), "schemas.missing"),
    ],
)
def test_a_description_that_cannot_be_used_is_a_flaw(described: Describe, tmp_path: Path, text: str, code: str) -> None:
    """Told at its place, never a traceback, and nothing outside is read; the adapter refuses the same file."""
    found = described(text)
    assert code in {flaw.code for flaw in found.flaws}
    assert all(flaw.file == "main.wsdl" for flaw in found.flaws)
    with pytest.raises(WsdlError):
        Codec(tmp_path).load()


def test_a_schema_that_is_none_is_told_in_the_parsers_words_at_its_line(described: Describe) -> None:
    """In an inline schema as in a file of its own, though what is compiled is a copy."""
    lines = wsdl('\n\n<xs:element name="a" minOccurs="-1"/>').splitlines()
    [flaw] = described("\n".join(lines)).flaws
    assert "minOccurs" in lines[flaw.line - 1]
    assert "minOccurs" in flaw.detail
    outside = f'{PART}\n<!-- a\n b -->\n  <xs:simpleType name="x"/></xs:schema>'
    [flaw] = described(wsdl(outside=IMPORT.format("d.xsd")), d_xsd=outside).flaws
    assert (flaw.code, flaw.file, flaw.line) == ("schemas.invalid", "d.xsd", 4)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (wsdl().replace('message name="in"', 'message name="other"'), "schemas.missing"),
        (wsdl().replace('<part name="p" element="s:in"/>', ""), "schemas.part"),
        (wsdl().replace('element="s:in"', 'type="xs:string"'), "schemas.part"),
        (wsdl().replace('soap:operation soapAction=""', 'soap:operation style="rpc"'), "schemas.rpc"),
        (wsdl().replace('use="literal"', 'use="encoded"'), "schemas.rpc"),
        (OPEN + types("") + MESSAGES + PORT + SERVICE, "schemas.empty"),
    ],
)
def test_an_operation_that_cannot_be_called_is_a_flaw(described: Describe, text: str, code: str) -> None:
    """A message of no part or of a plain type, rpc and encoded calls: the operation is left out, and told."""
    found = described(text)
    assert [(flaw.code, flaw.file) for flaw in found.flaws] == [(code, "main.wsdl")]
    assert found.operations == {}


def test_an_address_that_is_missing_is_only_told(described: Describe) -> None:
    """The endpoint stands in partner.yaml; the operations are there all the same."""
    found = described(wsdl().replace('<soap:address location="http://127.0.0.1:9/x"/>', ""))
    assert [flaw.code for flaw in found.flaws] == ["schemas.no-address"]
    assert list(found.operations) == ["apply"]


def test_no_wsdl_two_and_what_nobody_needs_are_told(described: Describe, tmp_path: Path) -> None:
    """Nothing to begin with, two to choose from, and a schema that nothing refers to."""
    assert [flaw.code for flaw in describe(tmp_path, "soap").flaws] == ["schemas.wsdl"]
    assert [(flaw.code, flaw.file) for flaw in described(wsdl(), extra_xsd=f"{PART}</xs:schema>").flaws] == [
        ("schemas.unused", "extra.xsd")
    ]
    assert [flaw.code for flaw in described(wsdl(), other_wsdl=wsdl()).flaws] == ["schemas.several"]


def test_wsdls_that_import_one_another_have_an_end(described: Describe) -> None:
    """The one with a service is where reading begins."""
    back = OPEN + '<import namespace="urn:s" location="main.wsdl"/>' + types("") + MESSAGES + PORT + "</definitions>"
    found = described(OPEN + '<import namespace="urn:s" location="back.wsdl"/>' + BINDING + SERVICE, back_wsdl=back)
    assert [flaw.code for flaw in found.flaws] == ["schemas.circular"]
    assert list(found.operations) == ["apply"]


A, B = '<xs:element name="a" type="xs:int"/>', '<xs:element name="b" type="xs:int"/>'


@pytest.mark.parametrize(
    ("content", "one_of"),
    [
        (f"<xs:choice>{A}{B}</xs:choice>", ("a", "b")),
        (f"<xs:choice minOccurs='0'>{A}{B}</xs:choice>", ()),
        (f"<xs:choice>{A}<xs:sequence minOccurs='0'>{B}</xs:sequence></xs:choice>", ()),
        (f"<xs:choice>{A}<xs:any namespace='##other'/></xs:choice>", ()),
        (f"<xs:choice maxOccurs='9'>{A}<xs:choice>{B}{CODE}</xs:choice></xs:choice>", ("a", "b", "code")),
        (f"<xs:choice>{A}<xs:sequence>{B}{CODE}</xs:sequence></xs:choice>", ("a", "b", "code")),
        (f"<xs:choice>{A}<xs:choice minOccurs='0'>{B}{CODE}</xs:choice></xs:choice>", ()),
        (f"<xs:choice>{A}</xs:choice>{B}", ()),
    ],
)
def test_of_a_choice_one_branch_must_stand(described: Describe, content: str, one_of: tuple[str, ...]) -> None:
    """Unless it, or a branch of it, may be empty; a choice of one branch is none."""
    assert {target.one_of for target in targets(described(wsdl(content))).values()} == {one_of}


def test_what_is_abstract_is_told_with_what_stands_for_it(described: Describe) -> None:
    """An abstract element, and an element of an abstract type; a type that only inherits from one is as good as any."""
    outside = """
      <xs:complexType name="T" abstract="true"><xs:sequence/></xs:complexType>
      <xs:complexType name="U"><xs:complexContent><xs:extension base="s:T"/></xs:complexContent></xs:complexType>
      <xs:element name="Doc" abstract="true" type="s:U"/><xs:element name="Pdf" substitutionGroup="s:Doc" type="s:U"/>
    """
    found = described(wsdl('<xs:element ref="s:Doc"/><xs:element name="t" type="s:T"/><xs:element name="u" type="s:U"/>', outside))
    assert [(flaw.code, flaw.detail) for flaw in found.flaws] == [("schemas.abstract", "Doc (Pdf)"), ("schemas.abstract", "t: T")]
    assert list(found.operations) == ["apply"]


def test_a_header_that_is_asked_for_is_told(described: Describe) -> None:
    """A step sends a body; the operation is there all the same."""
    found = described(wsdl().replace("<input><soap:body", '<input><soap:header message="s:in" part="p" use="literal"/><soap:body'))
    assert [(flaw.code, flaw.detail) for flaw in found.flaws] == [("schemas.header", "apply")]
    assert list(found.operations) == ["apply"]


@pytest.mark.parametrize(
    ("declared", "limits"),
    [
        ('type="xs:int"', {"minimum": "-2147483648", "maximum": "2147483647"}),
        ('type="xs:positiveInteger"', {"minimum": "1"}),
        ('type="xs:unsignedByte"', {"minimum": "0", "maximum": "255"}),
        ('type="xs:string"', {}),
        ('type="xs:anyURI"', {"format": "anyURI"}),
        ('type="xs:string" nillable="true" minOccurs="2" maxOccurs="5"', {"minItems": "2", "maxItems": "5", "nullable": "true"}),
        ('type="s:money"', {"minimum": "0", "totalDigits": "12", "fractionDigits": "2"}),
        ('type="s:less"', {"minimum": "10", "totalDigits": "12", "fractionDigits": "2"}),
        ('type="s:code"', {"minLength": "6"}),
        ('type="s:codes"', {"format": "list s:code"}),
    ],
)
def test_limits_are_kept_by_json_schemas_names(described: Describe, declared: str, limits: dict[str, str]) -> None:
    """The facets of a type and of what it restricts, the range of a type of XML Schema's own, how often an element stands."""
    outside = """
      <xs:simpleType name="money"><xs:restriction base="xs:decimal"><xs:minInclusive value="0"/><xs:totalDigits value="12"/>
        <xs:fractionDigits value="2"/></xs:restriction></xs:simpleType>
      <xs:simpleType name="less"><xs:restriction base="s:money"><xs:minInclusive value="10"/></xs:restriction></xs:simpleType>
      <xs:simpleType name="code"><xs:restriction base="xs:string"><xs:length value="6"/></xs:restriction></xs:simpleType>
      <xs:simpleType name="codes"><xs:list itemType="s:code"/></xs:simpleType>
    """
    found = targets(described(wsdl(f'<xs:element name="a" {declared}/>', outside)))
    assert dict(found["a"].limits) == limits


def test_places_have_their_namespaces_and_their_order(described: Describe) -> None:
    """A local element has the schema's own only where it is qualified; what a group or a base brings stands where it is taken in."""
    outside = """
      <xs:element name="far" type="xs:string"/>
      <xs:group name="g"><xs:sequence><xs:element name="b" type="xs:string"/><xs:element name="c" type="xs:string"/></xs:sequence>
      </xs:group>
      <xs:complexType name="base"><xs:sequence><xs:element name="x" type="xs:string"/><xs:element name="y" type="xs:string"/></xs:sequence>
        <xs:attribute name="q" form="qualified" type="xs:string"/><xs:attribute name="u" type="xs:string"/></xs:complexType>
      <xs:complexType name="more"><xs:complexContent><xs:extension base="s:base"><xs:sequence><xs:element name="z" type="xs:string"/>
        </xs:sequence></xs:extension></xs:complexContent></xs:complexType>
      <xs:complexType name="any"><xs:all><xs:element name="m" type="xs:string"/><xs:element name="n" type="xs:string"/></xs:all>
      </xs:complexType>
    """
    content = """
      <xs:element name="a" form="unqualified" type="s:any"/><xs:group ref="s:g"/>
      <xs:choice><xs:element name="d" type="xs:string"/><xs:element name="e" type="xs:string"/></xs:choice>
      <xs:element ref="s:far"/><xs:element name="f" type="s:more"/>
    """
    found = targets(described(wsdl(content, outside)))
    assert {name: target.rank for name, target in found.items() if "." not in name} == {
        "a": 0,
        "b": 1,
        "c": 2,
        "d": 3,
        "e": 3,
        "far": 4,
        "f": 5,
    }
    assert [found[f"f.{name}"].rank for name in "xyz"] == [0, 1, 2]
    assert [found[f"a.{name}"].rank for name in "mn"] == [0, 0]
    assert {name for name, target in found.items() if target.namespace == ""} == {"a", "f.@u"}
    assert {target.namespace for target in found.values()} == {"", "urn:s"}


def test_how_a_call_travels_is_kept_by_names(described: Describe) -> None:
    """SOAP's version, the action, both elements, the port's address; 1.2 is not 1.1."""
    text = wsdl().replace('soapAction=""', 'soapAction="urn:apply"')
    said = {"soap": "1.1", "action": "urn:apply", "address": "http://127.0.0.1:9/x", "element": "in", "answer": "out"}
    assert dict(described(text).operations["apply"].wire) == said
    found = described(text.replace("wsdl/soap/", "wsdl/soap12/")).operations["apply"]
    assert dict(found.wire) == said | {"soap": "1.2"}
    assert (found.request.name, found.request.namespace) == ("", "urn:s")


def test_the_digest_leaves_out_what_is_said_to_people(described: Describe) -> None:
    """Comments, documentation and blanks do not count, everything else does."""
    one = described(wsdl(CODE)).digest
    assert described(wsdl(f"<!-- 代码 -->\n{CODE}").replace("申请", "申办")).digest == one
    assert described(wsdl(CODE.replace("/>", ' default="1"/>'))).digest != one


XS = "http://www.w3.org/2001/XMLSchema"
XML_NS, MIME, ENC = "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2005/05/xmlmime", "http://schemas.xmlsoap.org/soap/encoding/"
FILE = f'<xs:element name="file" xmlns:m="{MIME}" type="m:base64Binary" m:expectedContentTypes="application/pdf"/>'
SPOKEN = '<xs:element name="note"><xs:complexType><xs:sequence/><xs:attribute ref="xml:lang"/><xs:attribute ref="xml:space"/></xs:complexType></xs:element>'  # fmt: skip # noqa: E501
DATA_SET = '<xs:element name="rows"><xs:complexType><xs:sequence><xs:element ref="xs:schema"/><xs:any/></xs:sequence></xs:complexType></xs:element>'  # fmt: skip # noqa: E501


@pytest.mark.parametrize(
    ("content", "outside", "places"),
    [
        (FILE, f'<xs:import namespace="{MIME}" schemaLocation="{MIME}"/>', {"file", "file.#text", "file.@contentType"}),
        (FILE, f'<xs:import namespace="{MIME}" schemaLocation="lost/xmlmime.xsd"/>', {"file", "file.#text", "file.@contentType"}),
        (FILE.replace("2005/05", "2004/11"), f'<xs:import namespace="{MIME.replace("2005/05", "2004/11")}"/>',
         {"file", "file.#text", "file.@contentType"}),
        (SPOKEN, f'<xs:import namespace="{XML_NS}"/>', {"note", "note.@lang", "note.@space"}),
        (SPOKEN, f'<xs:import namespace="{XML_NS}" schemaLocation="http://www.w3.org/2001/xml.xsd"/>',
         {"note", "note.@lang", "note.@space"}),
        (f'<xs:element name="c" xmlns:e="{ENC}" type="e:base64"/>', f'<xs:import namespace="{ENC}" schemaLocation="{ENC}"/>', {"c"}),
        (f'<xs:element name="c" xmlns:e="{ENC}" type="e:base64"/>', f'<xs:import namespace="{ENC}"/>', {"c"}),
        (DATA_SET, "", {"rows"}),
        (DATA_SET, f'<xs:import namespace="{XS}" schemaLocation="{XS}.xsd"/>', {"rows"}),
    ],
)  # fmt: skip
def test_what_standards_declare_is_there_and_not_fetched(
    described: Describe, tmp_path: Path, content: str, outside: str, places: set[str]
) -> None:
    """By an address, by a file that nobody delivered, or by no place at all; libxml2 and zeep know it, too."""
    found = described(wsdl(content, outside))
    assert found.flaws == ()
    assert set(targets(found)) == places
    Codec(tmp_path).load()


def test_a_standards_schema_that_is_delivered_counts(described: Describe, tmp_path: Path) -> None:
    """The folder's own file and an inline schema stand before the bundled ones."""
    own = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{MIME}"><xs:simpleType name="base64Binary"><xs:restriction base="xs:base64Binary"/></xs:simpleType></xs:schema>'  # fmt: skip # noqa: E501
    plain = FILE.replace(' m:expectedContentTypes="application/pdf"', "")
    imported = f'<xs:import namespace="{MIME}" schemaLocation="own.xsd"/>'
    assert set(targets(described(wsdl(plain, imported), own_xsd=own))) == {"file"}
    inline = wsdl(plain, imported.replace("own.xsd", MIME)).replace("</types>", f"{own}</types>")
    (tmp_path / "own.xsd").unlink()
    assert set(targets(described(inline))) == {"file"}
    Codec(tmp_path).load()


@pytest.mark.parametrize(
    "data",
    [
        b"\n  " + b'<?xml version="1.0" encoding="UTF-8"?>' + wsdl(CODE).encode(),
        ('<?xml version="1.0" encoding="UTF-8"?>' + wsdl(CODE)).encode("gb18030"),
        ('<?xml version="1.0" encoding="gb2312"?>' + wsdl(CODE)).encode("gb18030"),
        b"\xef\xbb\xbf" + wsdl(CODE).encode(),
    ],
    ids=["leading blank", "GBK said to be UTF-8", "GBK", "byte order mark"],
)
def test_what_is_described_can_be_built(tmp_path: Path, data: bytes) -> None:
    """Whoever builds messages takes the documents as they were read here."""
    (tmp_path / "main.wsdl").write_bytes(data)
    assert describe(tmp_path, "soap").flaws == ()
    assert Codec(tmp_path).operations() == {"apply"}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [('type="s:P"', 'type="q:P"', 8), ('element="s:in"', 'element="q:in"', 2), ('type="xs:string"', 'type="q:string"', 1)],
)
def test_a_prefix_that_nothing_declares_is_told_at_its_line(described: Describe, old: str, new: str, line: int) -> None:
    """Where a component is named, before anybody stumbles on it."""
    found = described(wsdl(CODE).replace(old, new))
    assert [(flaw.code, flaw.line, flaw.detail) for flaw in found.flaws] == [("schemas.prefix", line, "q")]


@pytest.mark.parametrize(
    ("content", "code", "detail"),
    [
        (b"<!DOCTYPE html><html><body>404</body></html>", "schemas.page", ""), (b"<HTML><body/></HTML>", "schemas.page", ""),
        (b"<html><hr></html>", "schemas.page", ""), (b" \n", "schemas.blank", ""), (b"openapi: 3.0.0\n", "schemas.version", "OpenAPI"),
        ("<x/>".encode("utf-16"), "schemas.encoding", ""), (b"<x><y></x>", "schemas.unreadable", "XML"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_wsdl_is_called_what_it_is(tmp_path: Path, content: bytes, code: str, detail: str) -> None:
    """A page that was saved, an empty file, OpenAPI."""
    (tmp_path / "main.wsdl").write_bytes(content)
    assert [(flaw.code, flaw.detail) for flaw in describe(tmp_path, "soap").flaws] == [(code, detail)]


def test_two_wsdls_that_import_each_other_are_one_description(described: Describe, tmp_path: Path) -> None:
    """Either leads to the other, so that reading may begin with any."""
    back = OPEN + '<import namespace="urn:s" location="main.wsdl"/><service name="T"/></definitions>'
    found = described(wsdl(CODE).replace("<types>", '<import namespace="urn:s" location="back.wsdl"/><types>', 1), back_wsdl=back)
    assert [flaw.code for flaw in found.flaws] == ["schemas.circular"]
    assert list(found.operations) == ["apply"]


def test_what_is_wrong_with_one_operation_is_told_of_it(described: Describe) -> None:
    """The other can be used, and built."""
    both = wsdl(CODE).replace("</portType>", '<operation name="old"><input message="s:lost"/></operation></portType>')
    both = both.replace("</binding>", '<operation name="old"><soap:operation soapAction=""/><input><soap:body use="literal"/></input></operation></binding>')  # fmt: skip # noqa: E501
    found = described(both)
    assert list(found.operations) == ["apply"]
    assert [(flaw.code, flaw.call) for flaw in found.flaws] == [("schemas.missing", "old")]
    assert [found.flaws[0].concerns([name]) for name in ("apply", "old")] == [False, True]


def test_a_complaint_names_the_file_as_received(described: Describe) -> None:
    """Never the copy that libxml2 was shown, whose name differs every time."""
    own = f'{PART}<xs:include schemaLocation="loop.xsd"/></xs:schema>'
    found = described(wsdl(CODE, '<xs:include schemaLocation="loop.xsd"/>'), loop_xsd=own)
    told = [flaw for flaw in found.flaws if flaw.code == "schemas.invalid"]
    assert told
    assert all("loop.xsd" in flaw.detail and "/" not in flaw.detail for flaw in told)


def test_what_cannot_be_built_is_told_before_anything_is_sent(described: Describe) -> None:
    """A binding's port type by its name in another namespace: whoever reads by names alone understands it, and no message can be made."""
    found = described(wsdl(CODE).replace('<binding name="B" type="s:P">', '<binding name="B" type="o:P" xmlns:o="urn:other">'))
    assert [flaw.code for flaw in found.flaws] == ["schemas.unbuildable"]


@pytest.mark.parametrize("location", ["a%00b.xsd", "x" * 5000 + ".xsd", "a//../\u00e9.xsd"])
def test_a_name_that_no_file_has_is_a_flaw(described: Describe, location: str) -> None:
    """With a NUL, or longer than any name may be."""
    found = described(wsdl(CODE, f'<xs:include schemaLocation="{location}"/>'))
    assert found.flaws[0].code in ("schemas.outside", "schemas.missing")
