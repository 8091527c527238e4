"""The WSDL codec: messages with the types of the XSD, faults with their places, and no way out of the folder."""

import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from partner_parts import Counter, blob_of

from gateway.wire import serialize_xml
from partners.tokens import Tokens, elide
from partners.wsdl import Codec, WsdlError

SCHEMAS = Path(__file__).parents[2] / "mappings" / "guizhou-province" / "schemas"
NS = "{http://exchange.example.gov/matter/2020}"


def tree() -> dict[str, Any]:
    content = blob_of(b"%PDF-1.4")
    return {
        "Head": {"SenderCode": "TONGBAN", "SerialNo": "KS1", "SendTime": datetime(2026, 11, 20, tzinfo=UTC)},
        "Matter": {"Code": "000109003000", "Name": "<&]]>㛃𠮷", "HandlingArea": "520000", "ReceptionArea": "370171"},
        "Applicant": {"Kind": "PERSON", "Name": "㛃", "Certificate": {"Type": "111", "Number": "1"}, "Phone": "13800000001"},
        "Form": {"Item": [{"@name": "a", "#text": "x"}, {"@name": "b", "#text": ""}]},
        "Materials": {
            "Material": [
                {"Code": "c", "Name": "n", "MediaType": "application/pdf", "Size": 8, "Sha256": content.sha256, "Content": content}
            ]
        },
    }


def faults(values: Any, codec: Codec | None = None, operation: str = "SubmitMatter") -> list[tuple[str, str]]:
    built = (codec or Codec(SCHEMAS)).request(operation, values, Tokens(Counter()))
    assert built.envelope is None or not built.misfits or built.misfits[0].fault.code == "mapping.value"
    return [(one.fault.code, one.fault.zh.partition("“")[2].partition("”")[0]) for one in built.misfits]


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec(SCHEMAS)


def test_a_message_has_the_schemas_names_order_and_types(codec: Codec) -> None:
    """Whatever order the mapping wrote it in; text comes out as the same text."""
    values = dict(reversed(tree().items()))
    tokens = Tokens(Counter())
    built = codec.request("SubmitMatter", values, tokens)
    assert (built.misfits, built.soap_action) == ((), "urn:SubmitMatter")
    request = built.envelope.find("{*}Body")[0]
    assert [child.tag.removeprefix(NS) for child in request] == ["Head", "Matter", "Applicant", "Form", "Materials"]
    assert request.findtext(f"{NS}Matter/{NS}Name") == "<&]]>㛃𠮷"
    assert request.findtext(f"{NS}Head/{NS}SendTime") == "2026-11-20T00:00:00Z"
    assert [(item.get("name"), item.text or "") for item in request.iter(f"{NS}Item")] == [("a", "x"), ("b", "")]


def test_content_stands_as_a_token_that_occurs_once(codec: Codec) -> None:
    """The bytes are spliced in while they are sent; the message that is kept names hash and size."""
    tokens = Tokens(Counter())
    message = serialize_xml(codec.request("SubmitMatter", tree(), tokens).envelope)
    (token,) = tokens.blobs
    assert message.count(token.encode()) == 1
    blob = tokens.blobs[token]
    assert f"<ns0:Content>«blob:{blob.sha256}:8»</ns0:Content>".encode() in elide(message, tokens.blobs)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("Head", None, ("mapping.missing", "Head")),
        ("Applicant.Certificate.Number", None, ("mapping.missing", "Applicant.Certificate.Number")),
        ("Applicant.Phone", "中文", ("mapping.value", "Applicant.Phone")),
        ("Applicant.Kind", "natural", ("mapping.value", "Applicant.Kind")),
        ("Applicant.Name", "", ("mapping.value", "Applicant.Name")),
        ("Applicant.Name", "a\x00b", ("mapping.value", "Applicant.Name")),
        ("Applicant.Name", ["a", "b"], ("mapping.value", "Applicant.Name")),
        ("Applicant.Name", {"a": "b"}, ("mapping.value", "Applicant.Name")),
        ("Applicant.Name", 7, ("mapping.value", "Applicant.Name")),
        ("Applicant.Name", True, ("mapping.value", "Applicant.Name")),
        ("Applicant", "text", ("mapping.value", "Applicant")),
        ("Applicant.Colour", "red", ("mapping.value", "Applicant.Colour")),
        ("Head.SendTime", "yesterday", ("mapping.value", "Head.SendTime")),
        ("Head.SendTime", 5, ("mapping.value", "Head.SendTime")),
        ("Materials.Material.0.Size", "many", ("mapping.value", "Materials.Material[0].Size")),
        ("Materials.Material.0.Size", -1, ("mapping.value", "Materials.Material[0].Size")),
        ("Materials.Material.0.Content", "dGV4dA==", ("mapping.value", "Materials.Material[0].Content")),
        ("Form.Item.1.@name", None, ("mapping.missing", "Form.Item[1].@name")),
        ("Form.Item.1.@name", "", ("mapping.value", "Form.Item[1].@name")),
        ("Form.Item.1.@colour", "red", ("mapping.value", "Form.Item[1].@colour")),
    ],
)
def test_a_target_that_is_missing_or_does_not_fit_is_one_fault_with_its_place(
    codec: Codec, path: str, value: Any, expected: tuple[str, str]
) -> None:
    """Never an exception, never the value."""
    values = tree()
    *way, last = path.split(".")
    at: Any = values
    for name in way:
        at = at[int(name)] if name.isdigit() else at[name]
    at[last] = value
    assert faults(values, codec) == [expected]


def test_all_values_that_do_not_fit_are_found_at_once(codec: Codec) -> None:
    """A clerk reads them together, in the message's order."""
    values = tree()
    values["Matter"]["HandlingArea"] = "52"
    values["Applicant"]["Phone"] = "x"
    values["Form"]["Item"][0]["@name"] = values["Form"]["Item"][1]["@name"] = ""
    assert [place for _, place in faults(values, codec)] == [
        "Matter.HandlingArea",
        "Applicant.Phone",
        "Form.Item[0].@name",
        "Form.Item[1].@name",
    ]


def test_a_choice_takes_exactly_one(codec: Codec) -> None:
    """Neither none nor both."""
    assert faults({"SerialNo": "KS1"}, codec, "QueryMatter") == []
    assert faults({}, codec, "QueryMatter") == [("mapping.value", "QueryMatterRequest")]
    both = codec.request("QueryMatter", {"SerialNo": "KS1", "ReceiptNo": "GZ000000000001"}, Tokens(Counter()))
    assert both.misfits


def test_the_reply_to_a_push_is_built_from_the_same_wsdl(codec: Codec) -> None:
    """Its operation belongs to another port; it is found all the same."""
    built = codec.response("NotifyStatus", {"ResultCode": "00", "ResultMessage": "已收到"}, Tokens(Counter()))
    assert built.envelope.findtext(f".//{NS}ResultCode") == "00"


def test_an_unknown_operation_is_an_error_that_names_it(codec: Codec) -> None:
    """A broken mapping, not a fault of the case."""
    with pytest.raises(WsdlError, match="no operation Nope"):
        codec.request("Nope", {}, Tokens(Counter()))


def test_many_threads_share_one_codec() -> None:
    """It loads once and mixes nothing up."""
    codec, seen = Codec(SCHEMAS), []

    def build(number: int) -> None:
        values = tree() | {"Head": tree()["Head"] | {"SerialNo": f"KS{number}"}}
        seen.append((f"KS{number}", codec.request("SubmitMatter", values, Tokens(Counter())).envelope.findtext(f".//{NS}SerialNo")))

    threads = [threading.Thread(target=build, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert all(sent == built for sent, built in seen)


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1:9/evil.xsd", "file:///etc/passwd", "/etc/passwd", "../../outside.xsd", "missing.xsd"],
)
def test_schemas_are_loaded_from_the_folder_only(tmp_path: Path, location: str) -> None:
    """No request leaves and no other file is read, whatever a WSDL or XSD refers to."""
    (tmp_path / "outside.xsd").write_text("<schema xmlns='http://www.w3.org/2001/XMLSchema'/>")
    folder = tmp_path / "p" / "schemas"
    shutil.copytree(SCHEMAS, folder)
    for name in ("MatterExchange.wsdl", "MatterExchange.xsd"):
        file = folder / name
        document = etree.fromstring(file.read_bytes())
        kept = file.read_bytes()
        schema = document if name.endswith("xsd") else document.find(".//{*}schema")
        schema.insert(0, etree.Element("{http://www.w3.org/2001/XMLSchema}import", namespace="urn:x", schemaLocation=location))
        file.write_bytes(etree.tostring(document))
        with pytest.raises(WsdlError):
            Codec(folder).load()
        file.write_bytes(kept)
    Codec(folder).load()


@pytest.mark.parametrize(
    "text", ["", "<a", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<definitions xmlns='http://schemas.xmlsoap.org/wsdl/'/>"]
)
def test_a_wsdl_that_cannot_be_used_is_one_error(tmp_path: Path, text: str) -> None:
    """With none of its content in the error."""
    (tmp_path / "a.wsdl").write_text(text)
    codec = Codec(tmp_path)
    with pytest.raises(WsdlError) as failed:
        codec.request("SubmitMatter", tree(), Tokens(Counter()))
    assert failed.value.detail
    assert "ENTITY" not in str(failed.value)


OPTIONAL_PARTS = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t">
<types><x:schema targetNamespace="urn:t" elementFormDefault="qualified">
  <x:group name="Both"><x:sequence><x:element name="A" type="x:string"/><x:element name="B" type="x:string"/></x:sequence></x:group>
  <x:element name="Ask"><x:complexType><x:sequence>
    <x:element name="No" type="x:string"/>
    <x:group ref="t:Both" minOccurs="0"/>
    <x:sequence minOccurs="0"><x:element name="C" type="x:string"/></x:sequence>
    <x:choice minOccurs="0">
      <x:sequence><x:element name="D" type="x:string"/><x:element name="E" type="x:string"/></x:sequence>
      <x:element name="F" type="x:string"/>
    </x:choice>
  </x:sequence></x:complexType></x:element>
  <x:element name="Answer" type="x:string"/>
</x:schema></types>
<message name="i"><part name="p" element="t:Ask"/></message><message name="o"><part name="p" element="t:Answer"/></message>
<portType name="P"><operation name="Go"><input message="t:i"/><output message="t:o"/></operation></portType>
<binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
  <operation name="Go"><s:operation/><input><s:body use="literal"/></input><output><s:body use="literal"/></output></operation>
</binding>
<service name="S"><port name="P" binding="t:B"><s:address location="http://127.0.0.1:9/"/></port></service></definitions>"""


@pytest.mark.parametrize(
    ("names", "missing"),
    [("", ""), ("AB", ""), ("C", ""), ("DE", ""), ("F", ""), ("ABCDE", ""), ("ABCF", ""), ("A", "B"), ("ABE", "D")],
)
def test_what_stands_together_may_be_left_out_together(tmp_path: Path, names: str, missing: str) -> None:
    """An optional group, an optional sequence, a branch of a choice: all of it or nothing; of a part the rest is missing."""
    (tmp_path / "a.wsdl").write_text(OPTIONAL_PARTS)
    built = Codec(tmp_path).request("Go", {"No": "1", **dict.fromkeys(names, "x")}, Tokens(Counter()))
    assert [(one.fault.code, missing in one.fault.zh) for one in built.misfits] == ([("mapping.missing", True)] if missing else [])
    if not missing:
        assert [child.tag for child in built.envelope.find("{*}Body")[0]] == [f"{{urn:t}}{name}" for name in ("No", *names)]


RARER_TYPES = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t">
<types><x:schema targetNamespace="urn:t" elementFormDefault="qualified">
  <x:simpleType name="T">{}</x:simpleType>
  <x:element name="Ask"><x:complexType><x:sequence><x:element name="E" type="t:T"/></x:sequence>
    <x:attribute name="a"/><x:attribute name="b" type="t:T"/></x:complexType></x:element>
  <x:element name="Answer" type="x:string"/>
</x:schema></types>
<message name="i"><part name="p" element="t:Ask"/></message><message name="o"><part name="p" element="t:Answer"/></message>
<portType name="P"><operation name="Go"><input message="t:i"/><output message="t:o"/></operation></portType>
<binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
  <operation name="Go"><s:operation/><input><s:body use="literal"/></input><output><s:body use="literal"/></output></operation>
</binding>
<service name="S"><port name="P" binding="t:B"><s:address location="http://127.0.0.1:9/"/></port></service></definitions>"""
STATE_OR_NUMBER = """<x:union memberTypes="x:int"><x:simpleType><x:restriction base="x:string"><x:enumeration value="none"/>
  </x:restriction></x:simpleType></x:union>"""


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (STATE_OR_NUMBER, "none", "nine"),
        (STATE_OR_NUMBER, "7", "7.5"),
        ('<x:union memberTypes="x:gYear x:gYearMonth"/>', "2026-11", "11-2026"),
        ('<x:list itemType="x:int"/>', "1 2 30", "1 b"),
        *(
            (f'<x:restriction base="x:{name}"/>', right, wrong)
            for name, right, wrong in [
                ("anyURI", "urn:a:b", "http://[::"), ("gYear", "2026", "26"), ("gYearMonth", "2026-11", "2026"), ("gMonth", "--11", "11"),
                ("gMonthDay", "--11-20", "11-20"), ("gDay", "---20", "20"), ("duration", "P5D", "5 days"), ("hexBinary", "0AFF", "0AF"),
                ("QName", "name", "a b"),
            ]
        ),
    ],
)  # fmt: skip
def test_the_rarer_types_are_written_as_texts(tmp_path: Path, kind: str, right: str, wrong: str) -> None:
    """Unions, lists, parts of a date, addresses and attributes without a type: what fits is sent as it is, what does not is a fault."""
    (tmp_path / "a.wsdl").write_text(RARER_TYPES.format(kind))
    codec = Codec(tmp_path)
    built = codec.request("Go", {"E": right, "@a": "any", "@b": right}, Tokens(Counter()))
    assert built.misfits == ()
    request = built.envelope.find("{*}Body")[0]
    assert (request[0].text, request.get("a"), request.get("b")) == (right, "any", right)
    assert {one.fault.code for one in codec.request("Go", {"E": wrong}, Tokens(Counter())).misfits} == {"mapping.value"}


def test_of_two_versions_of_soap_the_first_port_counts(tmp_path: Path) -> None:
    """Envelope and action are of one and the same port, whichever binding is written first."""
    second = """<binding name="B12" type="t:P"><z:binding xmlns:z="http://schemas.xmlsoap.org/wsdl/soap12/"
      transport="http://schemas.xmlsoap.org/soap/http"/><operation name="Go"><z:operation xmlns:z="http://schemas.xmlsoap.org/wsdl/soap12/"
      soapAction="urn:go12"/><input><z:body xmlns:z="http://schemas.xmlsoap.org/wsdl/soap12/" use="literal"/></input>
      <output><z:body xmlns:z="http://schemas.xmlsoap.org/wsdl/soap12/" use="literal"/></output></operation></binding>"""
    port = """<port name="P12" binding="t:B12"><z:address xmlns:z="http://schemas.xmlsoap.org/wsdl/soap12/"
      location="http://127.0.0.1:9/12"/></port>"""
    both = OPTIONAL_PARTS.replace('<service name="S">', f'{second}<service name="S">')
    envelopes = []
    for number, (old, new) in enumerate([('<service name="S">', f'<service name="S">{port}'), ("</service>", f"{port}</service>")]):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "a.wsdl").write_text(both.replace(old, new))
        built = Codec(folder).request("Go", {"No": "1"}, Tokens(Counter()))
        envelopes.append((etree.QName(built.envelope).namespace, built.soap_action))
    assert envelopes == [("http://www.w3.org/2003/05/soap-envelope", "urn:go12"), ("http://schemas.xmlsoap.org/soap/envelope/", "")]


def test_content_with_its_media_type_travels_as_mtom_descriptions_want_it(tmp_path: Path) -> None:
    """xmlmime is imported by its address in the net, and bundled."""
    imported = '<x:import namespace="http://www.w3.org/2005/05/xmlmime" schemaLocation="http://www.w3.org/2005/05/xmlmime"/>'
    text = RARER_TYPES.format('<x:restriction base="x:string"/>')
    text = text.replace('  <x:simpleType name="T">', f'{imported}<x:simpleType name="T">')
    text = text.replace('name="E" type="t:T"', 'name="E" type="m:base64Binary" xmlns:m="http://www.w3.org/2005/05/xmlmime"')
    (tmp_path / "a.wsdl").write_text(text)
    tokens = Tokens(Counter())
    tree = {"E": {"#text": blob_of(b"%PDF"), "@contentType": "application/pdf"}}
    built = Codec(tmp_path).request("Go", tree, tokens)
    assert built.misfits == ()
    sent = built.envelope.find("{*}Body")[0][0]
    assert sent.get("{http://www.w3.org/2005/05/xmlmime}contentType") == "application/pdf"
    assert list(tokens.blobs) == [sent.text]
    assert [one.target for one in Codec(tmp_path).request("Go", {"E": tree["E"] | {"@contentType": "x"}}, tokens).misfits] == [
        "E.@contentType"
    ]
