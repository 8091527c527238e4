"""The WSDL brain: zeep builds messages from a folder's own WSDL and XSD; it never sees the network and never carries a message.

It is given the documents that wsdl_files read, and no others. What zeep builds is then held against the XSD by libxml2, because zeep checks
no lengths, patterns and enumerations. The exceptions of both carry content, so none of them leaves this module.
"""

import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import zeep
from lxml import etree
from zeep.transports import Transport
from zeep.wsdl.bindings.soap import SoapBinding

from gateway.errors import TongbanError

from .standards import STANDARDS
from .target import Misfit, step_into, unfit, unusable
from .tokens import Tokens
from .wsdl_files import gather
from .xsd_compile import compiled
from .xsd_values import ValueBuilder

_WHY: Final = {
    "SCHEMAV_CVC_MINLENGTH_VALID": ("内容过短", "it is too short"),
    "SCHEMAV_CVC_MAXLENGTH_VALID": ("内容过长", "it is too long"),
    "SCHEMAV_CVC_LENGTH_VALID": ("长度不符", "it has the wrong length"),
    "SCHEMAV_CVC_PATTERN_VALID": ("格式不符", "it does not have the required form"),
    "SCHEMAV_CVC_ENUMERATION_VALID": ("不在可选值之内", "it is not one of the accepted values"),
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": ("类型不符", "it is of the wrong type"),
    "SCHEMAV_ELEMENT_CONTENT": ("结构不符", "its content has the wrong shape"),
}
_OTHERWISE: Final = ("不符合接口定义", "it does not fit the interface description")


class WsdlError(TongbanError):
    """A folder's WSDL or XSD that cannot be used, or an operation it lacks. detail never holds content."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "partner.wsdl",
            "对接目录中的 WSDL 或 XSD 无法使用。请核对 schemas 目录。",
            "The folder's WSDL or XSD cannot be used. Check schemas/.",
            detail=detail,
        )


@dataclass(frozen=True, slots=True)
class Built:
    """A message as far as it could be built. envelope: None when nothing could be built; misfits: what the XSD does not take."""

    envelope: etree._Element | None = field(repr=False)
    soap_action: str
    misfits: tuple[Misfit, ...]


@dataclass(frozen=True, slots=True)
class _Loaded:
    operations: dict[str, Any]
    schema: etree.XMLSchema


class Codec:
    """One folder's WSDL. Loaded at first use, once; used under a lock, since zeep promises nothing about threads."""

    def __init__(self, schemas: Path) -> None:
        self._folder = schemas
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    def load(self) -> None:
        """Read the WSDL now, which takes some tens of milliseconds. Raises WsdlError."""
        with self._lock:
            self._load()

    def operations(self) -> frozenset[str]:
        """The names of those that can be called. Raises WsdlError."""
        with self._lock:
            return frozenset(self._load().operations)

    def request(self, operation: str, tree: Any, tokens: Tokens) -> Built:
        """The envelope of a call. tree: the content of the operation's request element; blobs become tokens. Raises WsdlError."""
        return self._build(operation, "input", tree, tokens)

    def response(self, operation: str, tree: Any, tokens: Tokens) -> Built:
        """The envelope with which a partner's own call is answered."""
        return self._build(operation, "output", tree, tokens)

    def request_element(self, operation: str) -> str:
        """The name, without namespace, of the element that calls an operation. Raises WsdlError."""
        with self._lock:
            return str(_operation(self._load(), operation).input.body.name)

    def _build(self, name: str, side: str, tree: Any, tokens: Tokens) -> Built:
        with self._lock:
            loaded = self._load()
            operation = _operation(loaded, name)
            message = getattr(operation, side)
            builder = ValueBuilder(tokens)
            values = builder.build(message.body.type, tree, "")
            if builder.misfits:
                return Built(None, operation.soapaction or "", tuple(builder.misfits))
            try:
                envelope = message.serialize(**values).content
            except Exception:
                # zeep raises its own errors, TypeError, ValueError and isodate's; all quote the value they stumble on.
                return Built(None, operation.soapaction or "", (unusable(),))
            payload = envelope.find("{*}Body")[0]
            return Built(envelope, operation.soapaction or "", _held_against(loaded.schema, payload, tree))

    def _load(self) -> _Loaded:
        if self._loaded is None:
            try:
                self._loaded = _read(self._folder)
            except WsdlError:
                raise
            except Exception as error:
                # of a description that is wrong in a way nobody foresaw, zeep raises AssertionError, AttributeError and TypeError, too
                raise WsdlError(str(error)[:200] or type(error).__name__) from None
        return self._loaded


def _operation(loaded: _Loaded, name: str) -> Any:
    if name not in loaded.operations:
        raise WsdlError(f"no operation {name}")
    return loaded.operations[name]


class _ReadOnly(Transport):
    """zeep's way to the documents that were read already, and to nothing else."""

    _close_session = False

    def __init__(self, documents: Mapping[Path, bytes]) -> None:
        # zeep's own constructor would open a requests session; there is none here.
        self._documents = documents

    def load(self, url: str) -> bytes:
        """The document of a file; raises OSError for whatever was not read."""
        if url in STANDARDS:  # zeep asks for what a type of SOAP's encoding needs, whether it is imported or not
            return STANDARDS[url].read_bytes()
        parts = urlsplit(url)
        found = self._documents.get(Path(unquote(parts.path)).resolve()) if parts.scheme == "file" else None
        if found is None:
            raise OSError("no part of the description")
        return found

    def _never(self, *_args: Any, **_kwargs: Any) -> Any:
        raise OSError("messages do not travel here")

    get = post = post_xml = _never


def _read(folder: Path) -> _Loaded:
    files = gather(folder)
    if files.root is None or files.broken is not None:
        flaw = files.broken
        raise WsdlError(f"{flaw.code} {flaw.file}:{flaw.line} {flaw.detail}".strip() if flaw else "no WSDL")
    settings = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, xml_huge_tree=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of operations it cannot complete, which are missed when a step names them
        client = zeep.Client(files.root.as_uri(), transport=_ReadOnly(files.documents), settings=settings)  # type: ignore[no-untyped-call]
    operations: dict[str, Any] = {}
    parts = list(client.wsdl._definitions.values())  # zeep itself offers the first document's only
    ports = [port.binding for part in parts for service in part.services.values() for port in service.ports.values()]
    bindings = [binding for part in parts for binding in part.bindings.values()]
    for binding in (*ports, *bindings):  # of an operation that several ports have, the first one's counts
        if isinstance(binding, SoapBinding):  # many toolkits write HTTP bindings of the same operations beside it
            for name, operation in binding._operations.items():
                operations.setdefault(name, operation)
    return _Loaded(operations, compiled(files))


def _held_against(schema: etree.XMLSchema, payload: etree._Element, tree: Any) -> tuple[Misfit, ...]:
    """What libxml2 finds, one misfit a place; its messages quote values, so only the rule's name and the place are taken from it."""
    if schema.validate(etree.ElementTree(payload)):
        return ()
    log: Any = schema.error_log  # lxml-stubs leave its type empty
    errors = [(error.type_name, error.path or "", _attribute(error.message)) for error in log]
    if any(kind == "SCHEMAV_CVC_ELT_1" for kind, _, _ in errors):
        return (unusable(),)  # the schema does not declare the message's element
    places = {f"{_target(path, tree)}{attribute}": kind for kind, path, attribute in reversed(errors)}
    return tuple(unfit(target or etree.QName(payload).localname, *_WHY.get(kind, _OTHERWISE)) for target, kind in reversed(places.items()))


def _attribute(message: str) -> str:
    """Which attribute of the element is meant; libxml2 says it only in words, before the value."""
    head = message.partition(": ")[0].partition("', attribute '")[2]
    return f".@{head.rstrip(chr(39)).rpartition('}')[2]}" if head else ""


def _target(path: str, tree: Any) -> str:
    """/ns0:Request/ns0:Form/ns0:Item[2] → Form.Item[1]: what the folder's author wrote. libxml2 gives no index to an only child."""
    target = ""
    for part in path.strip("/").split("/")[1:]:
        name, _, index = part.rpartition(":")[2].partition("[")
        target = step_into(target, name)
        tree = tree.get(name) if isinstance(tree, dict) else None
        if isinstance(tree, list):
            position = int(index.rstrip("]") or 1) - 1
            target = step_into(target, position)
            tree = tree[position]
    return target
