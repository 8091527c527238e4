"""SOAP 1.1 envelopes: reading them with a parser that trusts nothing, writing them, and WS-Security headers."""

from dataclasses import dataclass

from lxml import etree

from mock_partners.signing import SignatureRefusedError, UsernameToken

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
EX = "http://exchange.example.gov/matter/2020"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{_WSS}wssecurity-secext-1.0.xsd"
WSU = f"{_WSS}wssecurity-utility-1.0.xsd"
PASSWORD_DIGEST = f"{_WSS}username-token-profile-1.0#PasswordDigest"
BASE64_BINARY = f"{_WSS}soap-message-security-1.0#Base64Binary"
MEDIA_TYPE = "text/xml"


class SoapError(Exception):
    """What is answered with a soap:Fault: its code as prefix:name, its words, perhaps a detail element."""

    def __init__(self, code: str, message: str, detail: etree._Element | None = None) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.detail = detail


@dataclass(frozen=True)
class Message:
    """A received envelope: its header (or None) and the one element of its body."""

    header: etree._Element | None
    content: etree._Element


def read_xml(data: bytes) -> etree._Element:
    """The root of an XML document in UTF-8 without a document type; raises SoapError soap:Client for anything else."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SoapError("soap:Client", "报文不是UTF-8编码") from error
    if b"<!DOCTYPE" in data or b"\x00" in data:
        raise SoapError("soap:Client", "报文不得含文档类型定义")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,  # a material's text may exceed libxml2's 10 MB; without a DOCTYPE nothing can expand
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise SoapError("soap:Client", "报文不是格式良好的XML") from error


def read_message(data: bytes) -> Message:
    """A SOAP 1.1 envelope; raises SoapError soap:VersionMismatch or soap:Client."""
    root = read_xml(data)
    if root.tag != f"{{{SOAP}}}Envelope":
        raise SoapError("soap:VersionMismatch", "不是SOAP 1.1报文")
    bodies = root.findall(f"{{{SOAP}}}Body")
    headers = root.findall(f"{{{SOAP}}}Header")
    if len(bodies) != 1 or len(headers) > 1 or len(bodies[0]) != 1 or len(root) != len(bodies) + len(headers):
        raise SoapError("soap:Client", "SOAP报文结构不符")
    return Message(headers[0] if headers else None, bodies[0][0])


def username_token(header: etree._Element | None) -> UsernameToken:
    """The UsernameToken of a header; raises SignatureRefusedError wsse:InvalidSecurity when it is not exactly there."""
    found = [] if header is None else header.findall(f"{{{WSSE}}}Security/{{{WSSE}}}UsernameToken")
    names = {
        f"{{{WSSE}}}Username": "username",
        f"{{{WSSE}}}Password": "digest",
        f"{{{WSSE}}}Nonce": "nonce",
        f"{{{WSU}}}Created": "created",
    }
    if len(found) != 1 or sorted(str(child.tag) for child in found[0]) != sorted(names):
        raise SignatureRefusedError("wsse:InvalidSecurity", "安全头缺失或格式不符")
    password = found[0].find(f"{{{WSSE}}}Password")
    nonce = found[0].find(f"{{{WSSE}}}Nonce")
    if password is None or password.get("Type") != PASSWORD_DIGEST:
        raise SignatureRefusedError("wsse:InvalidSecurity", "只接受PasswordDigest")
    if nonce is None or nonce.get("EncodingType", BASE64_BINARY) != BASE64_BINARY:
        raise SignatureRefusedError("wsse:InvalidSecurity", "Nonce须为Base64Binary")
    return UsernameToken(**{names[str(child.tag)]: child.text or "" for child in found[0]})


def element(name: str, *content: etree._Element | str | None) -> etree._Element:
    """An element of the exchange namespace; None in the content stands for what is left out."""
    made = etree.Element(f"{{{EX}}}{name}", nsmap={"ex": EX})
    for part in content:
        if isinstance(part, str):
            made.text = part
        elif part is not None:
            made.append(part)
    return made


def write_message(content: etree._Element) -> bytes:
    """The content in a SOAP 1.1 envelope, UTF-8."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(content)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def write_fault(fault: SoapError) -> bytes:
    """A SOAP 1.1 envelope with a soap:Fault."""
    content = etree.Element(f"{{{SOAP}}}Fault", nsmap={"soap": SOAP, "wsse": WSSE})
    etree.SubElement(content, "faultcode").text = fault.code
    etree.SubElement(content, "faultstring").text = fault.message
    if fault.detail is not None:
        etree.SubElement(content, "detail").append(fault.detail)
    return write_message(content)
