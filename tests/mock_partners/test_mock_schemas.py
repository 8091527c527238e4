"""The published schemas are whole, load from their folders alone, and say what the simulated partners do."""

from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from mock_requests import EX, OPENAPI, SOAP_SCHEMAS, changed, leaves, soap_submission, submission, supplement, withdrawal
from ruamel.yaml import YAML
from zeep import Client as ZeepClient
from zeep.transports import Transport

from mock_partners.rest_paper import CODES

WSDL = SOAP_SCHEMAS / "MatterExchange.wsdl"


class FolderOnly(Transport):
    """A loader that answers only from files."""

    def load(self, url: str) -> bytes:
        if "://" in url and not url.startswith("file://"):
            raise AssertionError(f"the WSDL wants {url}")
        return Path(url.removeprefix("file://")).read_bytes()


@pytest.fixture(scope="module")
def soap() -> Any:
    """The WSDL as a caller loads it."""
    load: Any = ZeepClient  # untyped, as is all of this library
    transport: Any = FolderOnly
    return load(str(WSDL), transport=transport())


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    """The OpenAPI document as a caller reads it."""
    document: dict[str, Any] = YAML(typ="safe").load(OPENAPI.read_text("utf-8"))
    return document


def test_the_wsdl_offers_the_partner_first_and_the_callback_second(soap: Any) -> None:
    """The WSDL loads from its folder alone; both services are there with their operations and actions."""
    offered = {
        name: {operation.name: operation.soapaction for port in service.ports.values() for operation in port.binding.all().values()}
        for name, service in soap.wsdl.services.items()
    }
    assert list(offered.items()) == [
        (
            "MatterExchangeService",
            {name: f"urn:{name}" for name in ("SubmitMatter", "QueryMatter", "SupplementMatter", "WithdrawMatter")},
        ),
        ("StatusCallbackService", {"NotifyStatus": "urn:NotifyStatus"}),
    ]


def test_a_message_made_from_the_wsdl_fits_the_schema(soap: Any) -> None:
    """A submission with every element, built by a SOAP library, is valid by the XSD and equal to a hand-made one."""
    certificate = {"Type": "001", "Number": "91990101MA0TB00118"}
    root = etree.fromstring(soap_submission())
    material = {etree.QName(node).localname: node.text for node in root.iterfind(f".//{{{EX}}}Material/*")}
    message = soap.create_message(
        soap.service,
        "SubmitMatter",
        Head={
            "SenderCode": "TONGBAN",
            "SerialNo": "KS370171520200202611200000001A",
            "SendTime": "2026-11-20T09:30:00+08:00",
        },
        Matter={
            "Code": "000125001000",
            "Name": "企业设立登记",
            "HandlingArea": "520200",
            "ReceptionArea": "370171",
        },
        Applicant={
            "Kind": "ENTERPRISE",
            "Name": "虚构𠮷祥商贸有限公司",
            "Certificate": certificate,
            "Phone": "13800000000",
            "Address": "虚构市示例路1号",
            "LegalRepresentative": {"Name": "㛃某", "Certificate": {"Type": "111", "Number": "990101199003070015"}},
        },
        Form={"Item": [{"_value_1": "100", "name": "capital"}]},
        Materials={"Material": [{**material, "Size": int(material["Size"] or 0), "Content": b"%PDF-"}]},
    )
    made = message.find("{http://schemas.xmlsoap.org/soap/envelope/}Body")[0]
    etree.XMLSchema(file=str(SOAP_SCHEMAS / "MatterExchange.xsd")).assertValid(made)
    made.find(f".//{{{EX}}}Content").text = material["Content"]
    texts = [[text.strip() for text in tree.itertext() if text.strip()] for tree in (made, root)]
    assert texts[0] == texts[1]


def test_every_reference_in_the_openapi_document_resolves(openapi: dict[str, Any]) -> None:
    """No $ref points nowhere, and no component is left unused."""

    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            return [item for key, value in node.items() for item in ([value] if key == "$ref" else references(value))]
        return [item for value in node for item in references(value)] if isinstance(node, list) else []

    found = set(references(openapi))
    for reference in found:
        node: Any = openapi
        for key in reference.removeprefix("#/").split("/"):
            node = node[key]
    declared = {f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in openapi["components"][kind]}
    assert found == declared


def test_the_openapi_document_names_the_fields_that_the_partner_takes(openapi: dict[str, Any]) -> None:
    """Each object of a call lists exactly the fields of the request that the simulated partner is tested with."""
    schemas = openapi["components"]["schemas"]
    body = submission()
    answer = supplement("KS1", "HC20261120000001", {"noticeNo": "BZ1", "items": [{"itemNo": "1"}]})
    objects = {
        "SubmitRequest": body,
        "Applicant": body["applicant"],
        "File": body["files"][0],
        "SupplementRequest": answer,
        "SupplementItem": answer["items"][0],
        "SupplementFile": answer["files"][0],
        "WithdrawRequest": withdrawal("KS1", "HC20261120000001"),
    }
    for name, value in objects.items():
        assert set(schemas[name]["properties"]) == set(value)
        assert schemas[name]["additionalProperties"] is False
    assert set(answer) - set(schemas["SupplementRequest"]["required"]) == {"noticeNo"}
    assert set(schemas["Status"]["enum"]) == set(CODES.values())
    optional = set(schemas["Applicant"]["properties"]) - set(schemas["Applicant"]["required"])
    representative = {"legalName", "legalCertType", "legalCertNo"}
    assert optional == {"address"} | representative
    natural, others = schemas["Applicant"]["anyOf"]
    assert natural == {"properties": {"type": {"enum": ["1"]}}}
    assert set(others["required"]) == representative


def test_changing_a_request_changes_only_the_copy() -> None:
    """The mutations that the tests make leave the right request right."""
    body = submission()
    for path in leaves(body):
        assert changed(body, path, ...) != body
    assert body == submission()
