"""Folders that cannot be served say why, and odd ones are served all the same."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from mock_requests import call, code_of, envelope, look, post, soap_query, soap_submission, submission, tif_headers
from simulator_parts import OUTER, REST, SOAP, SOAP_OUTER, copied, replaced, simulated

from mock_partners.simulator import FolderError, Options, SimulatedPartner, read_paper
from mock_partners.simulator.schemas_rest import RestSchemas
from mock_partners.simulator.schemas_soap import SoapSchemas

LOCATION = 'schemaLocation="MatterExchange.xsd"'
BOMB = "openapi: 3.0.0\nx0: &x0 [1, 1]\n" + "".join(f"x{n}: &x{n} [*x{n - 1}, *x{n - 1}]\n" for n in range(1, 40))
OUTSIDE = "outside the folder|cannot be used"
OPENAPI, WSDL, XSD = "schemas/openapi.yaml", "schemas/MatterExchange.wsdl", "schemas/MatterExchange.xsd"


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        (REST, replaced("partner.yaml", "transport: rest", "transport: fax"), "partner.yaml: .*transport"),
        (REST, replaced("partner.yaml", "language: 1", "language: [1"), "partner.yaml:[0-9]+: .*YAML"),
        (REST, lambda folder: (folder / "partner.yaml").unlink(), "partner.yaml: .*cannot be read"),
        (REST, lambda folder: (folder / "steps" / "common.yaml").unlink(), "common.yaml: .*cannot be read"),
        (REST, lambda folder: shutil.rmtree(folder / "matters"), "no matters"),
        (REST, lambda folder: (folder / "steps" / "common.yaml").write_text(BOMB), "common.yaml: .*too large"),
        (REST, lambda folder: (folder / OPENAPI).write_text(BOMB), "openapi.yaml: .*too large"),
        (REST, lambda folder: (folder / "codes" / "status.csv").unlink(), "no statuses"),
        (REST, replaced(OPENAPI, "#/components/schemas/SubmitRequest", "#/components/schemas/None"), "leads nowhere"),
        (REST, replaced(OPENAPI, "#/components/schemas/SubmitRequest", "http://127.0.0.1:9/other.yaml"), "leads nowhere"),
        (REST, replaced(OPENAPI, "#/components/schemas/SubmitRequest", "../partner.yaml"), "leads nowhere"),
        (REST, replaced(OPENAPI, "openapi:", "openapi: [\nopenapi:"), "YAML"),
        (REST, lambda folder: shutil.copy(folder / OPENAPI, folder / "schemas" / "second.yaml"), "more than one"),
        (SOAP, lambda folder: (folder / WSDL).unlink(), "no WSDL"),
        (
            SOAP,
            replaced(WSDL, LOCATION, 'schemaLocation="http://127.0.0.1:9/x.xsd"'),
            OUTSIDE,
        ),
        (
            SOAP,
            replaced(WSDL, LOCATION, 'schemaLocation="../partner.yaml"'),
            OUTSIDE,
        ),
        (SOAP, replaced(WSDL, "<!--", '<!DOCTYPE a SYSTEM "file:///etc/passwd">\n<!--'), "no XML"),
        (SOAP, replaced(XSD, 'type="ex:HeadType"', 'type="ex:NoneType"'), "cannot be used"),
    ],
)
def test_a_folder_that_cannot_be_served_says_why(tmp_path: Path, name: str, change: Any, said: str) -> None:
    """With its file; nothing is fetched."""
    with pytest.raises(FolderError, match=said):
        simulated(name, root=copied(tmp_path, name, change))


def test_a_broken_example_says_so(tmp_path: Path) -> None:
    """Its case, or what is expected."""
    case = "examples/household-move-spouse/a-submit-gives-their-number/case.json"
    changes = (lambda folder: (folder / case).write_text("{"), replaced(case, '"now"', '"then"'), lambda folder: (folder / case).unlink())
    for place, change in enumerate(changes):
        with pytest.raises(FolderError, match=r"^examples/household-move-spouse/a-submit-gives-their-number: "):
            simulated(REST, root=copied(tmp_path / str(place), REST, change))


def without(*examples: str) -> Any:
    """A change: the examples of these names are gone."""

    def change(folder: Path) -> None:
        for name in examples:
            for found in folder.glob(f"examples/*/{name}"):
                shutil.rmtree(found)

    return change


async def test_what_no_example_shows_is_not_served(serve: Any, tmp_path: Path) -> None:
    """501 or a fault of ours, and nothing is done."""
    gone = without("a-submit-gives-their-number", "a-sole-trader-names-its-operator")
    client = await serve(simulated(REST, root=copied(tmp_path, REST, gone)))
    status, said = await post(client, "/api/matter/submit", submission())
    assert (status, said["error"]) == (501, "not-shown")
    other = await serve(simulated(SOAP, root=copied(tmp_path, SOAP, gone)))
    assert code_of((await call(other, "SubmitMatter", envelope(soap_submission())))[1]) == "soap:Server"
    assert [(await look(each, "cases"))["cases"] for each in (client, other)] == [[], []]


async def test_an_unknown_case_is_answered_without_an_example_too(serve: Any, tmp_path: Path) -> None:
    """By the transport's own means."""
    gone = without("a-case-they-never-got-is-known-to-be-missing")
    client = await serve(simulated(REST, root=copied(tmp_path, REST, gone)))
    assert (await post(client, "/api/matter/query", {"outerNo": OUTER}))[0] == 404
    other = await serve(simulated(SOAP, root=copied(tmp_path, SOAP, gone)))
    assert code_of((await call(other, "QueryMatter", envelope(soap_query("SerialNo", SOAP_OUTER))))[1]) == "soap:Client"


async def test_a_refusal_for_a_field_is_as_an_example_shows_it(serve: Any, tmp_path: Path) -> None:
    """With the path beside it, in the header."""
    expect = "examples/household-move-spouse/a-wrong-check-digit-is-refused/expect.yaml"
    root = copied(tmp_path, REST, replaced(expect, "applicant-invalid", "field-invalid"))
    client = await serve(simulated(REST, root=root))
    async with client.post("/api/matter/submit", data=b'{"outerNo": "KS1"}', headers=tif_headers()) as answer:
        assert (answer.status, (await answer.json())["code"]) == (200, "1003")
        assert answer.headers["X-Simulator-Finding"] == "/itemCode (required)"


async def test_steps_that_share_a_path_are_told_apart_by_what_they_always_send(serve: Any, tmp_path: Path) -> None:
    """One address for all, and a field that names the service."""

    def change(folder: Path) -> None:
        steps = folder / "steps" / "common.yaml"
        text = steps.read_text("utf-8")
        for step in ("submit", "query", "supplement", "withdraw"):
            text = text.replace(f"path: /api/matter/{step}\n    send:\n", f"path: /gateway\n    send:\n      service: {step}\n")
        steps.write_text(text, "utf-8")

    client = await serve(simulated(REST, root=copied(tmp_path, REST, change)))
    made = await post(client, "/gateway", {**submission(), "service": "submit"})
    asked = await post(client, "/gateway", {"service": "query", "outerNo": OUTER})
    assert asked[1]["data"]["bizNo"] == made[1]["data"]["bizNo"]
    assert (await look(client, "stats"))["calls"] == {"submit": 1, "query": 1}


async def test_the_path_of_the_endpoint_may_stand_before_a_step_s(serve: Any, tmp_path: Path) -> None:
    """And may be left out."""
    root = copied(tmp_path, REST, replaced("partner.yaml", "http://127.0.0.1:9210", "http://127.0.0.1:9210/city/"))
    client = await serve(simulated(REST, root=root))
    answers = [await post(client, path, {"outerNo": OUTER}) for path in ("/city/api/matter/query", "/api/matter/query")]
    assert [answer[1]["code"] for answer in answers] == ["1404", "1404"]


async def test_another_prefix_of_the_signature_is_followed(serve: Any, tmp_path: Path) -> None:
    """The folder's own."""
    client = await serve(simulated(REST, root=copied(tmp_path, REST, replaced("partner.yaml", "prefix: x-tif", "prefix: x-rio"))))
    headers = tif_headers()
    renamed = {name.replace("x-tif", "x-rio"): value for name, value in headers.items()}
    assert [(await post(client, "/api/matter/submit", submission(), each))[0] for each in (headers, renamed)] == [401, 200]


async def test_a_scheme_that_is_not_known_is_not_checked_and_said_so(serve: Any, tmp_path: Path) -> None:
    """Anyone is let in."""
    change = replaced("partner.yaml", "scheme: tif\n  prefix: x-tif", "scheme: bearer")
    client = await serve(simulated(REST, root=copied(tmp_path, REST, change)))
    assert (await post(client, "/api/matter/submit", submission(), {}))[0] == 200


def test_a_matter_s_own_steps_lie_over_the_shared_ones(tmp_path: Path) -> None:
    """As the folder's language says."""
    matter = "matters/household-move-spouse.yaml"
    root = copied(tmp_path, REST, replaced(matter, "extends: common", "extends: common\nsteps:\n  submit:\n    path: /other"))
    keys = {way.matter_file: way.key for way in read_paper(root / REST).ways if way.step == "submit"}
    assert keys["household-move-spouse"] == "POST /other"
    assert keys["sole-trader-registration"] == "POST /api/matter/submit"


RECENT = {"type": ["object", "null"], "properties": {"a": {"const": 1}}}
ENDLESS = {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}}


@pytest.mark.parametrize(
    ("document", "body", "finding"),
    [
        ({"swagger": "2.0", "basePath": "/v1", "definitions": {"A": {"type": "object", "required": ["a"]}}}, {}, "/a (required)"),
        (
            {"openapi": "3.1.0", "components": {"schemas": {"A": RECENT}}},
            {"a": 2},
            "/a (const)",
        ),
        (
            {
                "openapi": "3.0.0",
                "components": {"schemas": {"A": ENDLESS}},
            },
            {"a": {"a": 1}},
            "/a/a (type)",
        ),
    ],
)
def test_all_versions_of_openapi_are_read(tmp_path: Path, document: dict[str, Any], body: Any, finding: str) -> None:
    """JSON files too, and schemas that name themselves."""
    at = "#/definitions/A" if "swagger" in document else "#/components/schemas/A"
    if "swagger" in document:
        operation: dict[str, Any] = {"parameters": [{"in": "body", "name": "b", "schema": {"$ref": at}}]}
    else:
        operation = {"requestBody": {"content": {"application/json": {"schema": {"$ref": at}}}}}
    document["paths"] = {"/a/{id}": {"post": operation}}
    (tmp_path / "api.json").write_text(json.dumps(document))
    schemas = RestSchemas(tmp_path)
    assert schemas.unfit("POST /a/{id}", body) == finding
    assert ("POST /v1/a/{id}" in schemas) == ("swagger" in document)
    assert schemas.unfit("POST /b", body) is None


def test_schemas_that_stand_in_the_wsdl_are_put_together(tmp_path: Path) -> None:
    """Two of one namespace, and one that imports it without saying where."""
    xs, wsdl = "http://www.w3.org/2001/XMLSchema", "http://schemas.xmlsoap.org/wsdl/"
    (tmp_path / "s.wsdl").write_text(f"""<w:definitions xmlns:w="{wsdl}" xmlns:xs="{xs}" xmlns:a="urn:a" xmlns:b="urn:b">
      <w:types>
        <xs:schema targetNamespace="urn:a"><xs:simpleType name="T"><xs:restriction base="xs:int"/></xs:simpleType></xs:schema>
        <xs:schema targetNamespace="urn:a"><xs:element name="E" type="xs:string"/></xs:schema>
        <xs:schema targetNamespace="urn:b" elementFormDefault="qualified"><xs:import namespace="urn:a"/>
          <xs:element name="Ask"><xs:complexType><xs:sequence>
            <xs:element name="N" type="a:T" maxOccurs="2"/><xs:element ref="a:E"/></xs:sequence></xs:complexType></xs:element></xs:schema>
      </w:types>
      <w:message name="AskIn"><w:part name="p" element="b:Ask"/></w:message>
      <w:portType name="P"><w:operation name="Ask"><w:input message="AskIn"/></w:operation></w:portType>
    </w:definitions>""")
    schemas = SoapSchemas(tmp_path)
    good = etree.fromstring('<Ask xmlns="urn:b" xmlns:a="urn:a"><N>1</N><a:E>x</a:E></Ask>')
    bad = etree.fromstring('<Ask xmlns="urn:b" xmlns:a="urn:a"><N>1</N><N>two</N><a:E>x</a:E></Ask>')
    assert schemas.operations(good, "") == ("Ask",)
    assert (schemas.unfit(good), schemas.unfit(bad)) == (None, "/Ask/N (cvc_datatype_valid_1_2_1)")


@pytest.mark.parametrize(
    ("content", "imported", "good", "bad"),
    [
        ('<xs:element name="F" xmlns:m="http://www.w3.org/2005/05/xmlmime" type="m:base64Binary"/>',
         ("http://www.w3.org/2005/05/xmlmime", "http://www.w3.org/2005/05/xmlmime"), "<F>QQ==</F>", "<F>QQ==<G/></F>"),
        ('<xs:element name="F"><xs:complexType><xs:attribute ref="xml:space"/></xs:complexType></xs:element>',
         ("http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2001/xml.xsd"), '<F xml:space="default"/>', '<F xml:space="wide"/>'),
        ('<xs:element ref="xs:schema"/><xs:any processContents="skip"/>', ("http://www.w3.org/2001/XMLSchema", "http://www.w3.org/2001/XMLSchema.xsd"),
         '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"/><Rows/>', "<Rows/>"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_what_standards_declare_is_known_and_a_wrong_encoding_is_read(
    tmp_path: Path, content: str, imported: tuple[str, str], good: str, bad: str, encoding: str
) -> None:
    """Imported by an address of the net, which nothing is fetched from; a blank before the declaration does no harm either."""
    xs, wsdl = "http://www.w3.org/2001/XMLSchema", "http://schemas.xmlsoap.org/wsdl/"
    text = f"""
      <?xml version="1.0" encoding="UTF-8"?><w:definitions xmlns:w="{wsdl}" xmlns:xs="{xs}" xmlns:b="urn:b"><!-- 办件 -->
      <w:types><xs:schema targetNamespace="urn:b" elementFormDefault="qualified">
        <xs:import namespace="{imported[0]}" schemaLocation="{imported[1]}"/>
        <xs:element name="Ask"><xs:complexType><xs:sequence>{content}</xs:sequence></xs:complexType></xs:element></xs:schema></w:types>
      <w:message name="AskIn"><w:part name="p" element="b:Ask"/></w:message>
      <w:portType name="P"><w:operation name="Ask"><w:input message="AskIn"/></w:operation></w:portType></w:definitions>"""
    (tmp_path / "s.wsdl").write_bytes(text.encode(encoding))
    schemas = SoapSchemas(tmp_path)
    assert schemas.unfit(etree.fromstring(f'<Ask xmlns="urn:b">{good}</Ask>')) is None
    assert schemas.unfit(etree.fromstring(f'<Ask xmlns="urn:b">{bad}</Ask>')) is not None


def test_what_is_wrong_with_a_call_that_no_step_uses_does_no_harm(tmp_path: Path) -> None:
    """The others are served, and held against their schemas."""
    lost = '  /old: {post: {requestBody: {content: {application/json: {schema: {$ref: "#/lost"}}}}, responses: {}}}\n'
    simulated(REST, root=copied(tmp_path, REST, replaced(OPENAPI, "paths:\n", f"paths:\n{lost}")))


def test_an_introduction_says_what_is_served(tmp_path: Path) -> None:
    """Where each status comes from, what is not checked, how a case goes."""
    folder = copied(tmp_path, SOAP, without("a-push-tells-of-receipt")) / SOAP
    lines = "\n".join(SimulatedPartner(read_paper(folder), Options()).introduction())
    assert "BJGZ=shown" in lines
    assert "SL=grafted" in lines
    assert "SJ=renamed" in lines
    assert "only the presence is checked" in lines
    assert "SJ → SL (50, 2 s) → BJGZ (40, 2 s) → SPCL (60, 2 s) → BJ-Y (70, 2 s)" in lines


async def test_numbers_are_found_in_json_and_xml_that_travel_within_a_text(serve: Any, tmp_path: Path) -> None:
    """In an example, or, where no example of the step sends them, by what the step says that it sends."""

    def change(folder: Path) -> None:
        without("a-case-in-review-is-in-review", "a-case-they-never-got-is-known-to-be-missing")(folder)
        for sent in folder.glob("examples/*/*/sent.json"):
            said = json.loads(sent.read_bytes())
            if said.keys() == {"outerNo"}:
                sent.unlink()
        steps = folder / "steps" / "common.yaml"
        old, new = (
            "      outerNo: ${case.number}\n    read:\n      our",
            "      q:\n        $json: true\n        $each: ${materials}\n        no: ${case.number}\n",
        )
        text = steps.read_text("utf-8")
        assert old in text
        steps.write_text(text.replace(old, f"{new}    read:\n      our"), "utf-8")
        openapi = folder / OPENAPI
        openapi.write_text(openapi.read_text("utf-8").replace("  /api/matter/query:", "  /api/matter/not-described:"), "utf-8")

    client = await serve(simulated(REST, root=copied(tmp_path, REST, change)))
    await post(client, "/api/matter/submit", submission())
    known, unknown = [await post(client, "/api/matter/query", {"q": json.dumps([{"no": number}])}) for number in (OUTER, f"{OUTER}X")]
    assert known[1]["data"]["outerNo"] == OUTER
    assert unknown[0] == 404


@pytest.mark.parametrize("odd", ["type: file", "enum: 5", 'pattern: "^\\\\p{Han}+$"'])
async def test_a_description_that_is_no_schema_is_not_validated_and_said_so(serve: Any, tmp_path: Path, odd: str) -> None:
    """As soon as a request needs it; the partner is served all the same."""
    lines: list[str] = []
    place = '        mobile:\n          type: string\n          pattern: "^[0-9]{11}$"\n'
    root = copied(tmp_path, REST, replaced(OPENAPI, place, f"        mobile:\n          {odd}\n"))
    client = await serve(simulated(REST, root=root, log=lines.append))
    assert (await post(client, "/api/matter/submit", submission()))[0] == 200
    assert [line for line in lines if "no schema" in line and "POST /api/matter/submit" in line]
    assert (await post(client, "/api/matter/query", {"outerNo": 1}))[0] == 400


async def test_before_a_path_stands_what_a_secret_endpoint_may_have(serve: Any, tmp_path: Path) -> None:
    """Of an endpoint that only a secret names, the path is not known; of another it is."""
    root = copied(tmp_path, REST, replaced("partner.yaml", "endpoint: http://127.0.0.1:9210", "endpoint: secret:harbin-changchun/endpoint"))
    hidden, plain = await serve(simulated(REST, root=root)), await serve(simulated(REST))
    statuses = [(await post(client, "/some/where/api/matter/query", {"outerNo": OUTER}))[0] for client in (hidden, plain)]
    assert statuses == [200, 404]


def test_a_journal_that_is_not_this_partner_s_keeps_it_from_starting(tmp_path: Path) -> None:
    """It is not taken for effects of its own."""
    journal = tmp_path / "effects.jsonl"
    for line in ('{"effect": "begun", "number": "x"}', '{"effect": "other"}', "[]", "{"):
        journal.write_text(line + "\n")
        with pytest.raises(ValueError):
            simulated(REST, journal=journal)


async def test_where_no_number_is_shown_each_message_is_a_case(serve: Any, tmp_path: Path) -> None:
    """And the introduction says so."""

    def change(folder: Path) -> None:
        replaced("steps/common.yaml", "outerNo: ${case.number}\n      itemCode", "outerNo: KS${case.number}\n      itemCode")(folder)
        for sent in folder.glob("examples/*/*/sent.json"):
            sent.unlink()

    root = copied(tmp_path, REST, change)
    client = await serve(simulated(REST, root=root))
    first, again, other = [
        (await post(client, "/api/matter/submit", submission(number)))[1]["data"]["bizNo"] for number in ("KS1", "KS1", "KS2")
    ]
    assert first == again != other
    introduction = SimulatedPartner(read_paper(root / REST), Options()).introduction()
    assert any("each message is a case: submit" in line for line in introduction)


def test_of_several_reports_an_example_shows_its_own_case_s(tmp_path: Path) -> None:
    """Others in the same answer are other cases."""
    expect = "examples/household-move-spouse/a-case-in-review-is-in-review/expect.yaml"

    def change(folder: Path) -> None:
        text = (folder / expect).read_text("utf-8")
        head, _, report = text.partition("report:\n")
        own = report.replace("  our_number", "- our_number", 1)
        (folder / expect).write_text(f'{head}reports:\n- {{our_number: OTHER, code: "3", status: "50"}}\n{own}', "utf-8")

    paper = read_paper(copied(tmp_path, REST, change) / REST)
    (example,) = [each for each in paper.examples if each.name == "a-case-in-review-is-in-review"]
    assert (example.code, example.theirs) == ("8", "HC20261120000001")
