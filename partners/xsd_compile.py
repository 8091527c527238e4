"""All schemas of a WSDL compiled into one. libxml2 follows references itself: so it is shown copies that refer to one another only."""

import copy
import re
import tempfile
from pathlib import Path
from typing import Any, Final

from lxml import etree

from .wsdl_files import REFERENCES, XS, OutsideError, SchemaDocument, WsdlFiles, locate

_SCHEMA: Final = f"{XS}schema"
_NAMESPACES: Final = {"xs": XS[1:-1]}
_PREFIX: Final = "tongban-xsd-"
_COPY: Final = re.compile(rf"[^\s']*{_PREFIX}[^\s'/]*/([0-9]+)\.xsd")


class InvalidSchemaError(ValueError):
    """A schema that libxml2 does not accept. file, line: where in the document as received; why: its own words."""

    def __init__(self, file: Path, line: int, why: str) -> None:
        super().__init__(why)
        self.file = file
        self.line = line
        self.why = why


def compiled(files: WsdlFiles) -> etree.XMLSchema:
    """One schema that knows every element of every namespace. Raises InvalidSchemaError, and OSError without a place to write.

    Inline schemas that import one another without saying where, several schemas of one namespace and circular imports are all common;
    a driver for each namespace includes its documents once, and every import is pointed to a driver.
    """
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name:
        folder = Path(name)
        written = {id(document): f"{position}.xsd" for position, document in enumerate(files.schemas)}
        drivers: dict[str | None, list[SchemaDocument]] = {}
        for document in files.schemas:
            drivers.setdefault(document.namespace, []).append(document)
        named = {namespace: f"namespace-{position}.xsd" for position, namespace in enumerate(drivers)}
        for document in files.schemas:
            _write(folder / written[id(document)], _pointed(document, files, named, written))
        for namespace, documents in drivers.items():
            _write(folder / named[namespace], _driver(namespace, [written[id(document)] for document in documents]))
        everything = etree.Element(_SCHEMA, nsmap=_NAMESPACES)
        for namespace, file in named.items():
            reference = etree.SubElement(everything, f"{XS}import" if namespace else f"{XS}include", schemaLocation=file)
            if namespace:
                reference.set("namespace", namespace)
        _write(folder / "all.xsd", everything)
        try:
            return etree.XMLSchema(file=str(folder / "all.xsd"))
        except etree.XMLSchemaParseError as error:
            raise _invalid(error, files) from None


def _invalid(error: etree.XMLSchemaParseError, files: WsdlFiles) -> InvalidSchemaError:
    """The first thing that libxml2 complains of, at its place in the document it was copied from."""
    log: Any = error.error_log  # lxml-stubs leave its type empty
    first = next((entry for entry in log if Path(entry.filename or "").stem.isdecimal()), None)
    assert files.root is not None
    if first is None:
        return InvalidSchemaError(files.root, 1, str(error))
    document = files.schemas[int(Path(first.filename).stem)]
    begins: Any = document.node.sourceline  # where the opening tag ends, which in the copy is line 2
    return InvalidSchemaError(document.file, first.line - 2 + (begins or 1), _as_received(first.message.replace(XS, ""), files))


def _as_received(message: str, files: WsdlFiles) -> str:
    """libxml2's words with the names of the documents, not of their copies."""
    return _COPY.sub(lambda found: files.schemas[int(found[1])].file.name, message)


def _pointed(document: SchemaDocument, files: WsdlFiles, named: dict[str | None, str], written: dict[int, str]) -> etree._Element:
    """A copy whose references lead to the copies."""
    nsmap: Any = document.node.nsmap  # lxml-stubs do not know of default namespaces
    node = etree.Element(
        _SCHEMA, {str(name): str(value) for name, value in document.node.attrib.items()}, nsmap=nsmap
    )  # prefixes of ancestors may stand in values
    node.text = document.node.text  # with all comments and blanks: what libxml2 says of a line must be true of the original
    node.extend(copy.deepcopy(child) for child in document.node)
    for reference in list(node.iterchildren(*REFERENCES)):
        if reference.tag == f"{XS}import":
            file = named.get(reference.get("namespace"))
            if file is None or reference.get("namespace") == document.namespace:
                reference.attrib.pop("schemaLocation", "")
            else:
                reference.set("schemaLocation", file)
            continue
        target = _target(reference.get("schemaLocation"), document, files)
        found = next((one for one in files.schemas if one.file == target and one.namespace == document.namespace), None)
        if found is None:
            node.remove(reference)
        else:
            reference.set("schemaLocation", written[id(found)])
    return node


def _target(location: str | None, document: SchemaDocument, files: WsdlFiles) -> Path | None:
    try:
        return None if location is None else locate(files.folder, document.file, location)
    except OutsideError:
        return None


def _driver(namespace: str | None, files: list[str]) -> etree._Element:
    driver = etree.Element(_SCHEMA, nsmap=_NAMESPACES)
    if namespace:
        driver.set("targetNamespace", namespace)
    for file in files:
        etree.SubElement(driver, f"{XS}include", schemaLocation=file)
    return driver


def _write(path: Path, node: etree._Element) -> None:
    path.write_bytes(etree.tostring(node, encoding="UTF-8", xml_declaration=True))
