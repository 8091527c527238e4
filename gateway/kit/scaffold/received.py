"""A partner's description as it was received: its files, copied as they are, and what they say beside the messages."""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from lxml import etree
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from gateway.errors import TongbanError
from gateway.mapping import Transport
from gateway.wire import WireError, parse_xml

MAX_FILES: Final = 500
_WSDL: Final = "{http://schemas.xmlsoap.org/wsdl/}"
_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_REFERENCES: Final = {f"{_WSDL}import": "location", **{f"{_XS}{name}": "schemaLocation" for name in ("import", "include", "redefine")}}
_ADDRESSES: Final = tuple(f"{{http://schemas.xmlsoap.org/wsdl/{soap}/}}address" for soap in ("soap", "soap12"))
_BESIDE: Final = (".xsd", ".xml")
"""What a description may lead to beside files of its own kind; a reference to anything else is not followed."""
_REF: Final = re.compile(r"""\$ref["']?\s*:\s*["']?([^"'#\s,}]+)""")
_BLOCK: Final = re.compile(rb"^(?:servers|swagger|host|basePath|schemes):.*\n?(?:(?:[ \t#-].*)?\n)*", re.MULTILINE)
"""What of a YAML description says where the partner is; the rest, which may be long, was read elsewhere."""
_VARIABLE: Final = re.compile(r"\{([^{}]+)\}")


class ReceivedError(TongbanError):
    """A description that cannot be used at all. places: what is wrong with it."""

    def __init__(self, code: str, zh: str, en: str, places: Sequence[object] = (), *, detail: str | None = None) -> None:
        super().__init__(code, zh, en, detail=detail)
        self.places = tuple(places)


@dataclass(frozen=True, slots=True)
class Hints:
    """What is said beside the messages. endpoint: None when it is not said; scheme: of partners/auth, when its marks are there."""

    endpoint: str | None = None
    scheme: str | None = None


def copy(source: Path, schemas: Path, transport: Transport) -> None:
    """Copy a description into a folder, byte for byte: of a WSDL every file it leads to, each where it stands to the others.

    What it refers to and is not there, or stands elsewhere in the net, is left out: whoever reads the copy says so. Raises ReceivedError.
    """
    if not source.exists():
        raise ReceivedError("kit.source", "没有这个文件或文件夹。", "There is no such file or folder.")
    files = sorted(_files(source, transport))
    if not files:
        raise ReceivedError(
            "kit.source-empty", "其中没有接口描述文件（WSDL 或 OpenAPI）。", "There is no description in it (WSDL or OpenAPI)."
        )
    root = Path(os.path.commonpath([file.parent for file in files]))
    for file in files:
        to = schemas / file.relative_to(root)
        to.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(file, to)
        except OSError as error:
            raise ReceivedError(
                "kit.source-unreadable", f"无法读取 {file.name}。", f"{file.name} cannot be read.", detail=type(error).__name__
            ) from None


def hints(schemas: Path, transport: Transport, operation: str | None) -> Hints:
    """What a description says of its address and its signing. operation: the one whose service is meant, where there are several."""
    if transport == "soap":
        trees = [tree for path in sorted(schemas.rglob("*")) if path.is_file() and (tree := _tree(path)) is not None]
        wsse = any(b"UsernameToken" in path.read_bytes() for path in schemas.rglob("*") if path.is_file())
        return Hints(_soap_address(trees, operation), "wsse-username" if wsse else None)
    texts = [path.read_bytes() for path in sorted(schemas.rglob("*")) if path.is_file()]
    tif = any(b"tif-signature" in text.lower() for text in texts)
    return Hints(next((url for text in texts if (url := _server(text))), None), "tif" if tif else None)


def _files(source: Path, transport: Transport) -> set[Path]:
    """The description's files: of a folder all that may be one, of a file what it leads to."""
    suffixes = (".wsdl",) if transport == "soap" else (".yaml", ".yml", ".json")
    inside = sorted(path for path in source.rglob("*") if path.suffix.lower() in suffixes) if source.is_dir() else [source]
    row = [path.resolve() for path in inside]
    seen: set[Path] = set()
    while row and len(seen) < MAX_FILES:
        file = row.pop()
        if file not in seen and file.suffix.lower() in (*suffixes, *_BESIDE) and file.is_file():
            seen.add(file)
            row += [_beside(file, written) for written in (_wsdl_references(file) if transport == "soap" else _json_references(file))]
    return seen


def _json_references(file: Path) -> Iterator[str]:
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return
    for found in _REF.finditer(text):
        if not urlsplit(found[1]).scheme and not urlsplit(found[1]).netloc:
            yield found[1]


def _wsdl_references(file: Path) -> Iterator[str]:
    tree = _tree(file)
    for node in tree.iter(*_REFERENCES) if tree is not None else ():
        written = node.get(_REFERENCES[str(node.tag)])
        if written is not None and not urlsplit(written).scheme and not urlsplit(written).netloc:
            yield written


def _beside(file: Path, written: str) -> Path:
    return (file.parent / unquote(urlsplit(written).path)).resolve()


def _tree(path: Path) -> etree._Element | None:
    try:
        return parse_xml(path.read_bytes())
    except (WireError, OSError):
        return None


def _soap_address(trees: list[etree._Element], operation: str | None) -> str | None:
    bound = {
        binding.get("name"): {child.get("name") for child in binding.iterchildren(f"{_WSDL}operation")}
        for tree in trees
        for binding in tree.iterchildren(f"{_WSDL}binding")
    }
    found = [
        (address.get("location"), bound.get((port.get("binding") or "").rpartition(":")[2], set()))
        for tree in trees
        for port in tree.iter(f"{_WSDL}port")
        for address in port.iterchildren(*_ADDRESSES)
    ]
    meant = [location for location, operations in found if operation in operations] or [location for location, _ in found]
    return meant[0] if meant else None


def _server(data: bytes) -> str | None:
    """The first server of an OpenAPI description, its variables at their defaults; of Swagger 2.0 its host."""
    try:
        document = YAML(typ="safe", pure=True).load(data if data.lstrip()[:1] == b"{" else b"".join(_BLOCK.findall(data)))
        if "swagger" in document and document.get("host"):
            scheme = (document.get("schemes") or ["https"])[0]
            return f"{scheme}://{document['host']}{document.get('basePath') or ''}".rstrip("/")
        server = document["servers"][0]
        variables = server.get("variables") or {}
        url = _VARIABLE.sub(lambda found: str(variables[found[1]]["default"]), str(server["url"])).rstrip("/")
    except (YAMLError, UnicodeError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return url if urlsplit(url).scheme in ("http", "https") else None
