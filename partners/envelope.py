"""SOAP envelopes as they arrive, 1.1 and 1.2: bytes → the payload's tree."""

from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from gateway.wire import parse_xml

SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"


class EnvelopeError(ValueError):
    """Well-formed XML that is no SOAP envelope with one payload. reason: a short stable word."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What the Body holds. name: without namespace, "Fault" for a fault; tree: what is inside it, as `tree_of` gives it."""

    name: str
    tree: dict[str, Any] = field(repr=False)


def read_envelope(data: bytes, *, charset: str | None, max_bytes: int) -> Payload:
    """The payload of an envelope. A fault of either version reads as Fault: {code, text, detail}.

    Exactly one Body directly under the Envelope, and one element in it, so that nothing can be read in two ways.
    Raises WireError when it is not acceptable XML, EnvelopeError when it is something else.
    """
    envelope = parse_xml(data, max_bytes=max_bytes, charset=charset)
    soap = etree.QName(envelope).namespace
    if soap not in (SOAP_11, SOAP_12) or etree.QName(envelope).localname != "Envelope":
        raise EnvelopeError("no-envelope")
    bodies = envelope.findall(f"{{{soap}}}Body")
    if len(bodies) != 1 or len(bodies[0]) != 1:
        raise EnvelopeError("no-single-payload")
    payload = bodies[0][0]
    if payload.tag == f"{{{soap}}}Fault":
        return Payload("Fault", {"Fault": _fault_11(payload) if soap == SOAP_11 else _fault_12(payload)})
    inside = tree_of(payload)
    return Payload(etree.QName(payload).localname, inside if isinstance(inside, dict) else {"#text": inside})


def tree_of(element: etree._Element) -> Any:
    """Text for an element that has only text; else a dict of @attributes, #text and children without namespaces, repeated ones as a list.

    xsi:nil reads as None; the text of an element that has children counts only where it is not blank.
    """
    if element.get(_NIL) in ("true", "1"):
        return None
    attributes = {f"@{etree.QName(name).localname}": value for name, value in element.attrib.items() if name != _NIL}
    text = (element.text or "") + "".join(child.tail or "" for child in element)
    if not attributes and not len(element):
        return text
    tree: dict[str, Any] = dict(attributes)
    if text.strip() or not len(element):
        tree["#text"] = text
    for child in element:
        name, value = etree.QName(child).localname, tree_of(child)
        if name not in tree:
            tree[name] = value
        elif isinstance(tree[name], list):
            tree[name].append(value)
        else:
            tree[name] = [tree[name], value]
    return tree


def _fault_11(fault: etree._Element) -> dict[str, Any]:
    detail = fault.find("detail")
    return {
        "code": _local(fault.findtext("faultcode")),
        "text": (fault.findtext("faultstring") or "").strip(),
        "detail": {} if detail is None else tree_of(detail),
    }


def _fault_12(fault: etree._Element) -> dict[str, Any]:
    names = {"s": SOAP_12}
    code = fault.findtext("s:Code/s:Subcode/s:Value", namespaces=names) or fault.findtext("s:Code/s:Value", namespaces=names)
    detail = fault.find("s:Detail", names)
    return {
        "code": _local(code),
        "text": (fault.findtext("s:Reason/s:Text", namespaces=names) or "").strip(),
        "detail": {} if detail is None else tree_of(detail),
    }


def _local(qname: str | None) -> str:
    """The prefix of a fault code is the document's own choice, its local name is the meaning."""
    return (qname or "").strip().rpartition(":")[2]
