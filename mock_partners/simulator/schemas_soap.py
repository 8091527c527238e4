"""SOAP requests: which operation a body's element asks for, and whether it fits the WSDL's schemas as received. Nothing is fetched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from lxml import etree

from mock_partners.envelope import SoapError, read_xml
from mock_partners.simulator.paper import FolderError
from mock_partners.simulator.standards import STANDARDS

SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
_WSDL: Final = "{http://schemas.xmlsoap.org/wsdl/}"
_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")
_SOAP_BINDINGS: Final = ("{http://schemas.xmlsoap.org/wsdl/soap/}", "{http://schemas.xmlsoap.org/wsdl/soap12/}")
_XS: Final = "http://www.w3.org/2001/XMLSchema"


@dataclass(frozen=True)
class Envelope:
    """A received SOAP message. version: its namespace; header: None when there is none; content: the one element of its body."""

    version: str
    header: etree._Element | None
    content: etree._Element


def read_envelope(data: bytes) -> Envelope:
    """A SOAP 1.1 or 1.2 envelope; raises SoapError for anything else."""
    root = read_xml(data)
    name = etree.QName(root)
    if name.localname != "Envelope" or name.namespace not in (SOAP_11, SOAP_12):
        raise SoapError("soap:VersionMismatch", "不是SOAP报文")
    bodies = root.findall(f"{{{name.namespace}}}Body")
    if len(bodies) != 1 or len(bodies[0]) != 1:
        raise SoapError("soap:Client", "SOAP报文结构不符")
    return Envelope(str(name.namespace), root.find(f"{{{name.namespace}}}Header"), bodies[0][0])


class SoapSchemas:
    """The operations of a folder's WSDLs by name, and their XML schemas."""

    def __init__(self, folder: Path) -> None:
        self._wsdls = [(file, _parsed(file)) for file in sorted(folder.rglob("*.wsdl"))]
        if not self._wsdls:
            raise FolderError("schemas/", "没有 WSDL 文件", "there is no WSDL")
        parts = dict(_parts(self._wsdls))
        self.requests: dict[str, str] = {}
        for _, root in self._wsdls:
            for operation in root.iterfind(f"{_WSDL}portType/{_WSDL}operation"):
                given = operation.find(f"{_WSDL}input")
                message = "" if given is None else given.get("message", "").rpartition(":")[2]
                if message in parts:
                    self.requests[operation.get("name", "")] = parts[message]
        self.actions = dict(_actions(root for _, root in self._wsdls))
        self._schema = _schema(folder, self._wsdls)

    def operations(self, content: etree._Element, action: str) -> tuple[str, ...]:
        """The operations that a request with this element asks for; the SOAPAction decides between several."""
        found = tuple(name for name, element in self.requests.items() if element == content.tag)
        exact = tuple(name for name in found if self.actions.get(name) == action)
        return exact or found

    def unfit(self, content: etree._Element) -> str | None:
        """The path of the element that does not fit; None when all fits."""
        if self._schema.validate(content):
            return None
        errors: Any = self._schema.error_log  # a list of entries, which the type stubs do not know
        kind = str(errors[0].type_name).removeprefix("SCHEMAV_").lower()
        return f"{_named(content, errors[0].path or '')} ({kind})"


def _named(content: etree._Element, path: str) -> str:
    """libxml2's path, which has `*` for elements of a default namespace, in names without prefixes."""
    names, element = [etree.QName(content).localname], content
    for step in path.split("/")[2:]:
        name, _, place = step.rstrip("]").partition("[")
        children = [child for child in element.iterchildren("*") if name == "*" or etree.QName(child).localname == name.rpartition(":")[2]]
        if not 0 < int(place or 1) <= len(children):
            break
        element = children[int(place or 1) - 1]
        names.append(etree.QName(element).localname)
    return "/" + "/".join(names)


def _parsed(file: Path) -> etree._Element:
    try:
        return read_xml(_text(file).encode())
    except (SoapError, OSError, UnicodeError):
        raise FolderError(f"schemas/{file.name}", "不是可用的 XML", "no XML that can be used") from None


def _text(file: Path) -> str:
    """A file without its declaration: of its character set they say UTF-8 and mean GBK, and blanks stand before it."""
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    return _DECLARATION.sub("", text.lstrip(), count=1)


def _parts(wsdls: list[tuple[Path, etree._Element]]) -> Iterator[tuple[str, str]]:
    """(message, the element of its body in Clark notation)."""
    for _, root in wsdls:
        for message in root.iterfind(f"{_WSDL}message"):
            part = message.find(f"{_WSDL}part[@element]")
            if part is not None:
                prefix, _, name = part.get("element", "").rpartition(":")
                namespace = part.nsmap.get(prefix or None)
                yield message.get("name", ""), f"{{{namespace}}}{name}" if namespace else name


def _actions(roots: Iterator[etree._Element]) -> Iterator[tuple[str, str]]:
    for root in roots:
        for operation in root.iterfind(f"{_WSDL}binding/{_WSDL}operation"):
            for binding in _SOAP_BINDINGS:
                said = operation.find(f"{binding}operation")
                if said is not None and said.get("soapAction"):
                    yield operation.get("name", ""), said.get("soapAction", "")


class _Within(etree.Resolver):
    """Gives what lies in the folder, and what was made up; everything else is empty, which is no schema."""

    def __init__(self, folder: Path, made: dict[str, str], homes: dict[str | None, str]) -> None:
        self._folder = folder.resolve()
        self._made = made
        self._homes = homes

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        """Called by the parser for every document it would open."""
        if system_url in self._made:
            return self.resolve_string(self._made[system_url], context, base_url=system_url)
        path = Path(unquote(urlsplit(system_url).path if "://" in system_url else system_url)).resolve()
        if urlsplit(system_url).scheme in ("", "file") and path.is_relative_to(self._folder) and path.is_file():
            schema = _parsed(path)
            _settle(schema, path, self._homes)
            return self.resolve_string(etree.tostring(schema), context, base_url=str(path))
        raise FolderError("schemas/", f"引用了文件夹之外的文件：{system_url}", f"a schema outside the folder is named: {system_url}")


def _settle(schema: etree._Element, file: Path, homes: dict[str | None, str]) -> None:
    """Lead imports to what is made up: those that say no place, and those of standards that name no file beside this one.

    The schema that a .NET DataSet carries, `ref="xs:schema"`, is declared nowhere: anything may stand there.
    """
    for said in schema.iterfind(f"{{{_XS}}}import"):
        namespace, location = said.get("namespace"), said.get("schemaLocation")
        delivered = location is not None and not urlsplit(location).scheme and (file.parent / unquote(location)).is_file()
        if namespace == _XS:
            said.attrib.pop("schemaLocation", "")
        elif namespace in homes and (location is None or (namespace in STANDARDS and not delivered)):
            said.set("schemaLocation", homes[namespace])
    for element in schema.iter(f"{{{_XS}}}element"):
        prefix, _, name = element.get("ref", "").rpartition(":")
        if name == "schema" and element.nsmap.get(prefix or None) == _XS:
            element.tag = f"{{{_XS}}}any"
            del element.attrib["ref"]
            element.set("namespace", _XS)
            element.set("processContents", "skip")


def _schema(folder: Path, wsdls: list[tuple[Path, etree._Element]]) -> etree.XMLSchema:
    """One schema of all that the WSDLs hold or import; schemas of one namespace are put together first, as libxml2 takes one each."""
    inline = [(file, schema) for file, root in wsdls for schema in root.iterfind(f"{_WSDL}types/{{{_XS}}}schema")]
    base = folder.resolve()
    homes = {schema.get("targetNamespace"): str(base / f"=ns{place}.xsd") for place, (_, schema) in enumerate(inline)}
    made = {str(base / f"=standard{place}.xsd"): text for place, text in enumerate(STANDARDS.values())}
    everywhere: dict[str | None, str] = dict(zip(STANDARDS, made, strict=True))
    everywhere.update(homes)
    below: dict[str | None, list[str]] = {}
    for place, (file, schema) in enumerate(inline):
        _settle(schema, file.resolve(), everywhere)
        url = str(file.resolve().parent / f"=inline{place}.xsd")
        made[url] = etree.tostring(schema, encoding="unicode", with_tail=False)
        below.setdefault(schema.get("targetNamespace"), []).append(url)
    for namespace, urls in below.items():
        target = "" if namespace is None else f' targetNamespace="{namespace}"'
        included = "".join(f'<xs:include schemaLocation="{url}"/>' for url in urls)
        made[homes[namespace]] = f'<xs:schema xmlns:xs="{_XS}"{target}>{included}</xs:schema>'
    imports = "".join(
        f'<xs:import schemaLocation="{url}"/>' if namespace is None else f'<xs:import namespace="{namespace}" schemaLocation="{url}"/>'
        for namespace, url in homes.items()
    )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    parser.resolvers.add(_Within(folder, made, {namespace: everywhere[namespace] for namespace in STANDARDS}))
    driver = f'<xs:schema xmlns:xs="{_XS}" targetNamespace="urn:all-of-the-folder">{imports}</xs:schema>'
    try:
        return etree.XMLSchema(etree.fromstring(driver.encode(), parser, base_url=str(base / "=all.xsd")))
    except etree.XMLSchemaParseError as error:
        why = re.sub(r"[^ ]*/", "", str(error))[:300]
        raise FolderError("schemas/", f"数据结构定义不可用：{why}", f"the schemas cannot be used: {why}") from None
