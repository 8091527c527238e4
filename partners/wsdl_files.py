"""The files of a WSDL: the one that all hangs on, what it imports and includes, and what stands in the way.

Only the folder's own files are read, and of the standards' schemas those of partners.standards. Whoever builds with the description takes
the trees that were read here, not the files: so that a file is read in one way.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from lxml import etree

from gateway.wire import WireError, parse_xml, serialize_xml

from .papers import is_blank, kind_of
from .standards import STANDARDS
from .targets import Flaw

WSDL: Final = "{http://schemas.xmlsoap.org/wsdl/}"
XS: Final = "{http://www.w3.org/2001/XMLSchema}"
REFERENCES: Final = (f"{XS}import", f"{XS}include", f"{XS}redefine")
_NAMING: Final = ("type", "binding", "message", "element", "ref", "base", "itemType", "memberTypes", "substitutionGroup", "refer")
"""Attributes of WSDL and XML Schema that hold qualified names."""
_WSDL_2: Final = "{http://www.w3.org/ns/wsdl}"
_HARMLESS: Final = frozenset({"schemas.circular", "schemas.unused", "schemas.abstract", "schemas.header"})


class OutsideError(ValueError):
    """A reference that leaves the folder."""


@dataclass(frozen=True, slots=True)
class SchemaDocument:
    """One xs:schema, a file of its own or inline in a WSDL. namespace: of what it declares, the includer's for one without its own."""

    node: etree._Element
    file: Path
    namespace: str | None


@dataclass(slots=True)
class WsdlFiles:
    """root: None when there is nothing to begin with; wsdls and schemas: every document once, in the order they are referred to."""

    folder: Path
    root: Path | None = None
    wsdls: dict[Path, etree._Element] = field(default_factory=dict)
    schemas: list[SchemaDocument] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)

    @property
    def broken(self) -> Flaw | None:
        """The first flaw with which no message can be built."""
        return next((flaw for flaw in self.flaws if flaw.code not in _HARMLESS and not flaw.call), None)

    @property
    def documents(self) -> dict[Path, bytes]:
        """Every file that was taken in, as it was understood: in UTF-8, its imports of standards led to the bundled files."""
        trees = {schema.file: schema.node for schema in self.schemas} | self.wsdls
        return {path: serialize_xml(tree) for path, tree in trees.items()}

    def name(self, file: Path) -> str:
        """A file's path within the folder."""
        return file.relative_to(self.folder).as_posix()

    def flaw(self, code: str, file: Path | str, node: etree._Element | None = None, detail: str = "", call: str = "") -> None:
        """Note what is wrong, once."""
        line: Any = node.sourceline if node is not None else 1  # lxml-stubs leave its type open
        flaw = Flaw(code, file if isinstance(file, str) else self.name(file), line or 1, detail[:200], call)
        if flaw not in self.flaws:
            self.flaws.append(flaw)


def gather(folder: Path) -> WsdlFiles:
    """Every document that the folder's WSDL leads to."""
    files = WsdlFiles(folder.resolve())
    reader = _Reader(files)
    files.root = reader.root()
    if files.root is not None:
        reader.wsdl(files.root)
        reader.take_standards()
        used = {*files.wsdls, *(schema.file for schema in files.schemas), *reader.unread}
        for file in files_of(files.folder, ".wsdl", ".xsd"):
            if file not in used:
                files.flaw("schemas.unused", file)
    return files


def files_of(folder: Path, *suffixes: str) -> list[Path]:
    """The folder's own files with one of these suffixes, in order; links are none of them. folder: resolved."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in suffixes and path.is_file() and path.resolve() == path)


class _Reader:
    def __init__(self, files: WsdlFiles) -> None:
        self._files = files
        self._parsed: dict[Path, etree._Element | None] = {}
        self._open: list[Path] = []
        self._taken: set[tuple[Path, str | None]] = set()
        self._standards: dict[str, list[etree._Element]] = {}

    @property
    def unread(self) -> set[Path]:
        """Files that could not be read, about which all is said."""
        return {path for path, node in self._parsed.items() if node is None}

    def root(self) -> Path | None:
        """The one WSDL that leads to all others; where they import one another in a circle, the first with a service."""
        found = {path: node for path in files_of(self._files.folder, ".wsdl") if (node := self._read(path)) is not None}
        for path, node in list(found.items()):
            if node.tag != f"{WSDL}definitions":
                tag = etree.QName(node).localname
                page = tag.lower() == "html"
                kind = "WSDL 2.0" if str(node.tag).startswith(_WSDL_2) else f"<{tag}>"
                self._files.flaw("schemas.page" if page else "schemas.version", path, node, "" if page else kind)
                del found[path]
        leads = {
            path: {self._location(path, node, "location", tell=False) for node in tree.iterchildren(f"{WSDL}import")} - {path}
            for path, tree in found.items()
        }
        imported = set[Path | None]().union(*leads.values())
        first: list[Path] = []
        reached: set[Path | None] = set()
        for path in sorted(found, key=lambda path: (path in imported, found[path].find(f"{WSDL}service") is None)):
            if path not in reached:
                first.append(path)
                row: list[Path | None] = [path]
                while row:
                    at = row.pop()
                    if at not in reached:
                        reached.add(at)
                        row += leads.get(at, ()) if at is not None else ()
        if len(first) > 1:
            self._files.flaw("schemas.several", first[1], None, ", ".join(path.name for path in first))
        elif not first and not self._files.flaws:
            self._files.flaw("schemas.wsdl", "")
        return first[0] if len(first) == 1 else None

    def wsdl(self, path: Path) -> None:
        """Take in a WSDL and all that it leads to."""
        node = self._read(path)
        if node is None:
            return
        if node.tag == f"{XS}schema":
            self._schema(node, path, node.get("targetNamespace"))
            return
        self._files.wsdls[path] = node
        self._open.append(path)
        for reference in node.iterchildren(f"{WSDL}import"):
            found = self._location(path, reference, "location")
            if found in self._open:
                self._files.flaw("schemas.circular", path, reference)
            elif found is not None and found not in self._files.wsdls:
                self.wsdl(found)
        for types in node.iterchildren(f"{WSDL}types"):
            for inline in types.iterchildren(f"{XS}schema"):
                self._schema(inline, path, inline.get("targetNamespace"))
        self._open.pop()

    def _schema(self, node: etree._Element, file: Path, namespace: str | None) -> None:
        self._files.schemas.append(SchemaDocument(node, file, namespace))
        self._open.append(file)
        for reference in node.iterchildren(*REFERENCES):
            if self._is_standard(file, reference):
                continue
            found = self._location(file, reference, "schemaLocation")
            if found is None:
                continue
            if found in self._open:
                self._files.flaw("schemas.circular", file, reference)
                continue
            tree = self._read(found)
            if tree is None:
                continue
            if tree.tag != f"{XS}schema":
                self._files.flaw("schemas.missing", file, reference, found.name)
                continue
            own = tree.get("targetNamespace") or (None if reference.tag == f"{XS}import" else namespace)
            if (found, own) not in self._taken:
                self._taken.add((found, own))
                self._schema(tree, found, own)
        self._open.pop()

    def _is_standard(self, file: Path, reference: etree._Element) -> bool:
        """Whether an import names a standard's namespace, and no file of the folder; that import is answered in the end."""
        namespace = reference.get("namespace", "")
        if reference.tag != f"{XS}import" or self._location(file, reference, "schemaLocation", tell=False) is not None:
            return False
        if namespace == XS[1:-1]:
            reference.attrib.pop("schemaLocation", "")
            return True
        if namespace in STANDARDS:
            self._standards.setdefault(namespace, []).append(reference)
        return namespace in STANDARDS

    def take_standards(self) -> None:
        """Lead the imports of standards to the bundled files, unless the description brings that namespace itself."""
        held = {schema.namespace for schema in self._files.schemas}
        for namespace, references in self._standards.items():
            bundled = STANDARDS[namespace]
            for reference in references:
                reference.attrib.pop("schemaLocation", "")
                if namespace not in held:
                    reference.set("schemaLocation", bundled.as_uri())
            if namespace not in held:
                self._files.schemas.append(SchemaDocument(parse_xml(bundled.read_bytes()), bundled, namespace))

    def _location(self, file: Path, node: etree._Element, attribute: str, *, tell: bool = True) -> Path | None:
        """The file a reference names; None when it names none, or when that is a flaw."""
        written = node.get(attribute)
        if written is None:
            return None
        code = "schemas.missing"
        try:
            found = locate(self._files.folder, file, written)
            if found.is_file():
                return found
        except OutsideError:
            code = "schemas.outside"
        if tell:
            self._files.flaw(code, file, node, written)
        return None

    def _read(self, path: Path) -> etree._Element | None:
        if path not in self._parsed:
            self._parsed[path] = None
            try:
                data = path.read_bytes()
            except OSError as error:
                self._files.flaw("schemas.unreadable", path, None, type(error).__name__)
                return None
            try:
                tree = parse_xml(data, comments=True)
            except WireError as error:
                self._files.flaws.append(_unread(self._files.name(path), data, error))
                return None
            undeclared = next(_undeclared(tree), None)
            if undeclared is not None:
                self._files.flaw("schemas.prefix", path, *undeclared)
                return None
            _open_data_sets(tree)
            self._parsed[path] = tree
        return self._parsed[path]


def _unread(name: str, data: bytes, error: WireError) -> Flaw:
    """Why a file is no XML that can be read, in words for people."""
    if is_blank(data):
        return Flaw("schemas.blank", name)
    kind = kind_of(data)
    if kind == "HTML":
        return Flaw("schemas.page", name)
    if error.code == "xml.doctype":
        return Flaw("schemas.doctype", name, error.line or 1)
    if error.code.startswith("charset."):
        return Flaw("schemas.encoding", name)
    if error.code == "xml.malformed" and kind and not kind.startswith("WSDL"):
        return Flaw("schemas.version", name, 1, kind)
    if error.code == "xml.malformed":
        return Flaw("schemas.unreadable", name, error.line or 1, "XML")
    return Flaw("schemas.too-large", name, error.line or 1, error.en.rstrip("."))


def _undeclared(tree: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Where a component is named with a prefix that nothing declares."""
    for node in tree.iter(f"{WSDL}*", f"{XS}*"):
        for name in (name for attribute in _NAMING for name in node.get(attribute, "").split()):
            prefix, colon, _ = name.partition(":")
            if colon and prefix != "xml" and prefix not in node.nsmap:
                yield node, prefix


def _open_data_sets(tree: etree._Element) -> None:
    """A .NET DataSet holds a schema and its rows: `<element ref="xs:schema"/>` refers to what no schema declares, and means any schema."""
    for node in list(tree.iter(f"{XS}element")):
        prefix, _, local = node.get("ref", "").rpartition(":")
        if local == "schema" and node.nsmap.get(prefix or None) == XS[1:-1]:
            node.tag = f"{XS}any"
            del node.attrib["ref"]
            node.set("namespace", XS[1:-1])
            node.set("processContents", "skip")


def locate(folder: Path, file: Path, written: str) -> Path:
    """The file that a reference in another file names. Raises OutsideError for addresses and for what leaves the folder."""
    parts = urlsplit(written)
    if parts.scheme or parts.netloc:
        raise OutsideError(written)
    try:
        path = (file.parent / unquote(parts.path)).resolve()
        path.is_file()
    except (OSError, ValueError):  # longer than any name may be, or with a NUL
        raise OutsideError(written) from None
    if not path.is_relative_to(folder):
        raise OutsideError(written)
    return path


def elements(node: etree._Element) -> Iterator[etree._Element]:
    """The children that are elements of XML Schema, annotations left out."""
    for child in node:
        if isinstance(child.tag, str) and child.tag.startswith(XS) and child.tag != f"{XS}annotation":
            yield child
