"""The files of a WSDL: the one that all hangs on, what it imports and includes, and what stands in the way.

Only the folder's own files are read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from lxml import etree

from gateway.wire import WireError, parse_xml

from .targets import Flaw

WSDL: Final = "{http://schemas.xmlsoap.org/wsdl/}"
XS: Final = "{http://www.w3.org/2001/XMLSchema}"
REFERENCES: Final = (f"{XS}import", f"{XS}include", f"{XS}redefine")
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
        return next((flaw for flaw in self.flaws if flaw.code not in _HARMLESS), None)

    def name(self, file: Path) -> str:
        """A file's path within the folder."""
        return file.relative_to(self.folder).as_posix()

    def flaw(self, code: str, file: Path | str, node: etree._Element | None = None, detail: str = "") -> None:
        """Note what is wrong, once."""
        line: Any = node.sourceline if node is not None else 1  # lxml-stubs leave its type open
        flaw = Flaw(code, file if isinstance(file, str) else self.name(file), line or 1, detail[:200])
        if flaw not in self.flaws:
            self.flaws.append(flaw)


def gather(folder: Path) -> WsdlFiles:
    """Every document that the folder's WSDL leads to."""
    files = WsdlFiles(folder.resolve())
    reader = _Reader(files)
    files.root = reader.root()
    if files.root is not None:
        reader.wsdl(files.root)
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

    @property
    def unread(self) -> set[Path]:
        """Files that could not be read, about which all is said."""
        return {path for path, node in self._parsed.items() if node is None}

    def root(self) -> Path | None:
        """The one WSDL that no other imports."""
        found = {path: node for path in files_of(self._files.folder, ".wsdl") if (node := self._read(path)) is not None}
        for path, node in list(found.items()):
            if node.tag != f"{WSDL}definitions":
                self._files.flaw("schemas.version", path, node, "WSDL 2.0" if str(node.tag).startswith(_WSDL_2) else "")
                del found[path]
        references = [(path, node) for path, tree in found.items() for node in tree.iterchildren(f"{WSDL}import")]
        imported = {self._location(path, node, "location", tell=False) for path, node in references}
        first = [path for path in found if path not in imported] or [
            path for path, node in found.items() if node.find(f"{WSDL}service") is not None
        ]
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
                self._parsed[path] = parse_xml(path.read_bytes(), comments=True)
            except WireError as error:
                code = "schemas.doctype" if error.code == "xml.doctype" else "schemas.unreadable"
                self._files.flaws.append(Flaw(code, self._files.name(path), error.line or 1, error.code))
            except OSError as error:
                self._files.flaw("schemas.unreadable", path, None, type(error).__name__)
        return self._parsed[path]


def locate(folder: Path, file: Path, written: str) -> Path:
    """The file that a reference in another file names. Raises OutsideError for addresses and for what leaves the folder."""
    parts = urlsplit(written)
    if parts.scheme or parts.netloc:
        raise OutsideError(written)
    path = (file.parent / unquote(parts.path)).resolve()
    if not path.is_relative_to(folder):
        raise OutsideError(written)
    return path


def elements(node: etree._Element) -> Iterator[etree._Element]:
    """The children that are elements of XML Schema, annotations left out."""
    for child in node:
        if isinstance(child.tag, str) and child.tag.startswith(XS) and child.tag != f"{XS}annotation":
            yield child
