"""What a WSDL says of a call beside its messages, an XSD of a value beside its type, and a digest of all that they say."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from lxml import etree

from .targets import Facts
from .wsdl_files import REFERENCES, WSDL, XS, WsdlFiles, elements

SOAP: Final = ("{http://schemas.xmlsoap.org/wsdl/soap/}", "{http://schemas.xmlsoap.org/wsdl/soap12/}")
_VERSIONS: Final = dict(zip(SOAP, ("1.1", "1.2"), strict=True))
_FACETS: Final = {
    "length": "minLength", "minLength": "minLength", "minInclusive": "minimum", "maxInclusive": "maximum",
    "minExclusive": "exclusiveMinimum", "maxExclusive": "exclusiveMaximum", "totalDigits": "totalDigits",
    "fractionDigits": "fractionDigits",
}  # fmt: skip
_BITS: Final = {"long": 63, "int": 31, "short": 15, "byte": 7}
_RANGES: Final = {
    **{name: (str(-(2**bits)), str(2**bits - 1)) for name, bits in _BITS.items()},
    **{f"unsigned{name.capitalize()}": ("0", str(2 ** (bits + 1) - 1)) for name, bits in _BITS.items()},
    "nonNegativeInteger": ("0", ""), "positiveInteger": ("1", ""), "nonPositiveInteger": ("", "0"), "negativeInteger": ("", "-1"),
}  # fmt: skip
_PLAIN: Final = frozenset(
    {"string", "normalizedString", "token", "integer", "decimal", "float", "double", "boolean", "dateTime", "date", "base64Binary",
     "anyType", "anySimpleType", *_RANGES}
)  # fmt: skip
"""Types of XML Schema that are a kind or a range; all others are a form of a text."""
_ONE: Final = ("0", "1")
_PROSE: Final = (f"{XS}annotation", f"{WSDL}documentation")


def of_type(local: str) -> Facts:
    """What one of XML Schema's own types asks of a text."""
    if local in _RANGES:
        return tuple((name, limit) for name, limit in zip(("minimum", "maximum"), _RANGES[local], strict=True) if limit)
    return () if local in _PLAIN else (("format", local),)


def facets(node: etree._Element) -> Facts:
    """Of a restriction: its limits; of a simpleType without one: which list or union it is."""
    found = {_FACETS[kind]: part.get("value", "") for part in elements(node) if (kind := part.tag.removeprefix(XS)) in _FACETS}
    for part in elements(node):
        if part.tag in (f"{XS}list", f"{XS}union"):
            found["format"] = f"{part.tag.removeprefix(XS)} {part.get('itemType') or part.get('memberTypes') or ''}".strip()
    return tuple(found.items())


def occurrences(node: etree._Element) -> Facts:
    """How often an element stands, beyond being optional or a list; and whether it may be nil."""
    least, most = node.get("minOccurs", "1"), node.get("maxOccurs", "1")
    found = [("minItems", least)] if least not in _ONE else []
    found += [("maxItems", most)] if most not in (*_ONE, "unbounded") else []
    return (*found, *([("nullable", "true")] if node.get("nillable") in ("true", "1") else []))


def merged(above: Facts, own: Facts) -> Facts:
    """Limits, one's own in the place of inherited ones of the same name."""
    return tuple({**dict(above), **dict(own)}.items())


def addresses(wsdls: Iterable[etree._Element]) -> dict[str, str]:
    """Where each binding is reached, by its name; the first port counts."""
    found: dict[str, str] = {}
    for tree in wsdls:
        for port in tree.iterfind(f"{WSDL}service/{WSDL}port"):
            address = next((node for soap in SOAP if (node := port.find(f"{soap}address")) is not None), None)
            if address is not None:
                found.setdefault((port.get("binding") or "").rpartition(":")[2], address.get("location", ""))
    return found


def wire(carrier: etree._Element, bound: etree._Element, address: str) -> Facts:
    """How a call travels. carrier: soap:binding; bound: the binding's operation."""
    soap = next(namespace for namespace in SOAP if str(carrier.tag).startswith(namespace))
    action = next((node.get("soapAction", "") for namespace in SOAP if (node := bound.find(f"{namespace}operation")) is not None), "")
    headers = [node for namespace in SOAP for node in bound.iterfind(f"{WSDL}input/{namespace}header")]
    wanted = " ".join(sorted(f"{(node.get('message') or '').rpartition(':')[2]}.{node.get('part', '')}" for node in headers))
    said = {"soap": _VERSIONS[soap], "action": action, "address": address, "headers": wanted}
    return tuple((name, value) for name, value in said.items() if value)


def digest(files: WsdlFiles) -> str:
    """Of every document, without what is said to people alone, and without the names of files."""
    documents = {id(node): node for node in (*files.wsdls.values(), *(schema.node for schema in files.schemas))}
    inline = {id(schema.node) for schema in files.schemas if schema.node.getparent() is not None}
    said = sorted("\n".join(_said(node)) for key, node in documents.items() if key not in inline)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _said(node: etree._Element) -> Iterator[str]:
    """An element, line by line, with what is in it."""
    if not isinstance(node.tag, str) or node.tag in _PROSE:
        return
    left_out = "schemaLocation" if node.tag in REFERENCES else "location" if node.tag == f"{WSDL}import" else ""
    yield f"<{node.tag} {sorted((str(name), value) for name, value in node.attrib.items() if name != left_out)}"
    yield (node.text or "").strip()
    for child in node:
        yield from _said(child)
    yield ">"
