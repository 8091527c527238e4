"""A partner's description as received: its files, copied as they are, what is wrong with them, and what they say beside the messages."""

import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from lxml import etree
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from gateway.errors import TongbanError
from gateway.mapping import Finding, Findings, Place, Transport
from gateway.wire import WireError, parse_xml
from partners import Flaw

MAX_FILES: Final = 500
_SUFFIXES: Final[dict[Transport, tuple[str, ...]]] = {"soap": (".wsdl",), "rest": (".yaml", ".yml", ".json")}
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
    """What is said beside the messages. endpoint: None when it is not said; scheme: of partners/auth, when its marks are there.

    others: the addresses of a WSDL that were not taken.
    """

    endpoint: str | None = None
    scheme: str | None = None
    others: tuple[str, ...] = ()

    def findings(self, name: str) -> tuple[Finding, ...]:
        """That a choice was made between addresses, in the partner's folder of that name."""
        findings = Findings()
        if self.others:
            taken = f"{self.endpoint} (其他 / others: {', '.join(self.others)})"
            findings.add(Place(f"{name}/partner.yaml"), "schemas.addresses", detail=taken)
        return findings.all()


@dataclass(frozen=True, slots=True)
class Received:
    """Where a copied description came from. source: as it was given; root: the folder, below or around it, that the copy mirrors."""

    source: Path
    root: Path

    def place(self, flaw: Flaw) -> Place:
        """Where to look: in what was given, since no copy may be left."""
        return Place(str(self.root / flaw.file if flaw.file else self.source), flaw.line)

    def told(self, flaw: Flaw) -> Flaw:
        """A flaw, and of a file that is missing from the copy, whether it was a link."""
        written = urlsplit(flaw.detail)
        if flaw.code != "schemas.missing" or written.scheme or not written.path or written.path.startswith("/"):
            return flaw
        path = (self.root / flaw.file).parent / unquote(written.path)
        return replace(flaw, code="schemas.link") if path.is_symlink() else flaw


def copy(source: Path, schemas: Path, transport: Transport) -> Received:
    """Copy a description into a folder, byte for byte: of a WSDL every file it leads to, each where it stands to the others.

    Nothing is copied that lies outside of the folder that was given, or in which the given file lies, and no link is followed. What is
    referred to and lies elsewhere, or in the net, is left out: whoever reads the copy says so. Raises ReceivedError.
    """
    if not source.exists():
        raise ReceivedError("kit.source", "没有这个文件或文件夹。", "There is no such file or folder.")
    whole = source.resolve()
    source = whole if source.is_symlink() else source
    within = whole if whole.is_dir() else whole.parent
    files = sorted(_files(whole, within, transport))
    if not files:
        raise _nothing(whole, transport)
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
    return Received(source, (source if source.is_dir() else source.parent) / root.relative_to(within))


def place_in(name: str) -> Callable[[Flaw], Place]:
    """Where a flaw stands in the partner's folder of that name."""
    return lambda flaw: Place(f"{name}/schemas/{flaw.file}".rstrip("/"), flaw.line)


def flaw_findings(flaws: Sequence[Flaw], place: Callable[[Flaw], Place], used: Collection[str] | None = None) -> tuple[Finding, ...]:
    """What is wrong with a description. used: the calls that are needed, None for all; what is wrong with others is advice."""
    findings, others = Findings(), []
    for flaw in flaws:
        told = Findings()
        told.add(place(flaw), flaw.code, detail=flaw.detail)
        (finding,) = told.all()
        if used is None or flaw.concerns(used) or finding.level == "advice":
            findings.add(place(flaw), flaw.code, detail=flaw.detail)
        else:
            others.append((flaw, finding))
    said = set(findings.all())
    for flaw, finding in others:
        if finding not in said:
            findings.add(place(flaw), "schemas.elsewhere", call=flaw.call, why_zh=finding.zh, why_en=finding.en)
    return findings.all()


def hints(schemas: Path, transport: Transport, operation: str | None) -> Hints:
    """What a description says of its address and its signing. operation: the one whose service is meant, where there are several."""
    if transport == "soap":
        trees = [tree for path in sorted(schemas.rglob("*")) if path.is_file() and (tree := _tree(path)) is not None]
        wsse = any(b"UsernameToken" in path.read_bytes() for path in schemas.rglob("*") if path.is_file())
        taken, *others = _soap_addresses(trees, operation) or [None]
        return Hints(taken, "wsse-username" if wsse else None, tuple(other for other in others if other is not None))
    texts = [path.read_bytes() for path in sorted(schemas.rglob("*")) if path.is_file()]
    tif = any(b"tif-signature" in text.lower() for text in texts)
    return Hints(next((url for text in texts if (url := _server(text))), None), "tif" if tif else None)


def _files(whole: Path, within: Path, transport: Transport) -> set[Path]:
    """The description's files: of a folder all that may be one, of a file what it leads to."""
    suffixes = _SUFFIXES[transport]
    row = _files_of(whole, suffixes) if whole.is_dir() else [whole]
    seen: set[Path] = set()
    while row and len(seen) < MAX_FILES:
        file = row.pop()
        if file not in seen and file.suffix.lower() in (*suffixes, *_BESIDE) and _is_own(file, within):
            seen.add(file)
            row += [_beside(file, written) for written in (_wsdl_references(file) if transport == "soap" else _json_references(file))]
    return seen


def _is_own(file: Path, within: Path) -> bool:
    """Whether it is a file in that folder, and no link leads to it."""
    try:
        return file.is_relative_to(within) and file.resolve() == file and file.is_file()
    except (OSError, ValueError):  # a reference longer than any name may be, or with a NUL
        return False


def _files_of(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in suffixes)


def _nothing(whole: Path, transport: Transport) -> ReceivedError:
    """Why there is nothing to copy."""
    other: Transport = "rest" if transport == "soap" else "soap"
    kind, its_option = ("OpenAPI", "--from-openapi") if transport == "soap" else ("WSDL", "--from-wsdl")
    if whole.suffix.lower() in _SUFFIXES[other] or (whole.is_dir() and _files_of(whole, _SUFFIXES[other])):
        return ReceivedError(
            "kit.source-other", f"这是 {kind}，新建时请用 {its_option}。", f"This is {kind}: a new folder takes it with {its_option}."
        )
    names = "、".join(_SUFFIXES[transport])
    if whole.is_file():
        return ReceivedError(
            "kit.source-name", f"文件名须以 {names} 结尾。请改名。", f"The file's name must end in {names.replace('、', ', ')}: rename it."
        )
    return ReceivedError(
        "kit.source-empty", f"其中没有接口描述文件（{names}）。", f"There is no description in it ({names.replace('、', ', ')})."
    )


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
    """The file a reference names, before any link is followed."""
    return Path(os.path.normpath(file.parent / unquote(urlsplit(written).path)))


def _tree(path: Path) -> etree._Element | None:
    try:
        return parse_xml(path.read_bytes())
    except (WireError, OSError):
        return None


def _soap_addresses(trees: list[etree._Element], operation: str | None) -> list[str | None]:
    """Each address once, that of the operation's service first."""
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
    return list(dict.fromkeys(location for location, _ in sorted(found, key=lambda one: operation not in one[1])))


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
