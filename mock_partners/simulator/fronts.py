"""The two ways of being spoken to: reading a request and writing an answer, over REST and over SOAP."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import quote, unquote

from aiohttp import web
from lxml import etree

from mock_partners.envelope import WSSE, SoapError
from mock_partners.simulator.messages import Tree, UnreadableError, read_json, write_json, write_xml
from mock_partners.simulator.paper import Paper
from mock_partners.simulator.schemas_rest import RestSchemas
from mock_partners.simulator.schemas_soap import SOAP_11, SOAP_12, SoapSchemas, read_envelope
from mock_partners.simulator.weather import Answer

FINDING: Final = "X-Simulator-Finding"
"""The header that says what did not fit: a path and a rule, percent-encoded."""
NOT_SHOWN: Final = "not-shown"
_JSON: Final = "application/json; charset=utf-8"
_OPEN: Final = re.compile(r"\{([^{}]+)\}")
_XML: Final = {SOAP_11: "text/xml; charset=utf-8", SOAP_12: "application/soap+xml; charset=utf-8"}


@dataclass(frozen=True)
class Asked:
    """A request that could be read. keys: the operations it may mean; content: its message, what stands in its URL beside the body.

    body: what stands in the body alone; inside: what stands in the URL, by key; header: of SOAP; version: SOAP's namespace.
    """

    keys: tuple[str, ...]
    content: Tree
    header: etree._Element | None = None
    version: str = ""
    body: Tree = None
    inside: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class UnfitError(Exception):
    """A request that cannot be read at all, with what is answered."""

    def __init__(self, answer: Answer, finding: str) -> None:
        super().__init__(finding)
        self.answer = answer


class Front(Protocol):
    """What the desk needs of a transport."""

    def read(self, request: web.Request, raw: bytes) -> Asked:
        """The request; raises UnfitError."""

    def unfit(self, asked: Asked, key: str) -> str | None:
        """The path of what does not fit the schemas, and the rule; never a value."""

    def write(self, http: int, tree: Tree) -> Answer:
        """An answer made of an example."""

    def say(self, http: int, code: str, words: str, finding: str = "", version: str = "") -> Answer:
        """An answer that no example shows."""

    def action(self, operation: str) -> str | None:
        """The SOAPAction of an operation; None where there is no such thing."""

    def unchecked(self) -> tuple[str, ...]:
        """The operations of the folder that its schemas do not describe."""

    def broken(self) -> Mapping[str, str]:
        """The operations whose description turned out to be unusable, and why."""


class RestFront:
    """JSON by method and path."""

    def __init__(self, paper: Paper) -> None:
        self._keys = {way.key for way in paper.ways}
        self._schemas = RestSchemas(paper.schemas, self._keys)
        self._base = paper.base

    def read(self, request: web.Request, raw: bytes) -> Asked:
        """By method and path, with or without the path of the folder's endpoint before it."""
        inside = {key: found for key in self._keys if (found := self._means(key, request)) is not None}
        if not inside:
            raise UnfitError(self.say(404, "no-such-path", "没有这个接口"), f"{request.method} {request.path}")
        # `/cases/latest` is also a `/cases/{no}`: what is written out goes before what is left open.
        fixed = [key for key, found in inside.items() if not found] or list(inside)
        inside = {key: {**inside[key], **request.query} for key in fixed}
        try:
            body = read_json(raw) if raw else {}
        except UnreadableError:
            raise UnfitError(self.say(400, "not-json", "报文不是UTF-8编码的JSON", "/"), "/") from None
        content = {**inside[fixed[0]], **body} if isinstance(body, Mapping) else body
        return Asked(tuple(fixed), content, body=body, inside=inside)

    def _means(self, key: str, request: web.Request) -> dict[str, str] | None:
        """What the path says in the places that the key leaves open; None when it is another call."""
        method, _, path = key.partition(" ")
        pieces = _OPEN.split(path)
        pattern = "".join(f"(?P<p{at // 2}>[^/]+)" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces))
        found = re.search(f"{pattern}\\Z", request.rel_url.raw_path)
        if request.method != method or found is None:
            return None
        before = unquote(request.rel_url.raw_path[: found.start()])
        if before not in ("", self._base) and self._base is not None:
            return None
        return {name: unquote(found[f"p{at}"]) for at, name in enumerate(pieces[1::2])}

    def unfit(self, asked: Asked, key: str) -> str | None:
        """Against the OpenAPI description."""
        return self._schemas.unfit_url(key, asked.inside[key]) or self._schemas.unfit(key, asked.body)

    def broken(self) -> Mapping[str, str]:
        """Operations whose description is no schema."""
        return self._schemas.broken

    def write(self, http: int, tree: Tree) -> Answer:
        """JSON; an example in XML stays XML."""
        return Answer(http, write_xml(tree), _XML[SOAP_11]) if isinstance(tree, etree._Element) else Answer(http, write_json(tree), _JSON)

    def say(self, http: int, code: str, words: str, finding: str = "", version: str = "") -> Answer:
        """{"error", "message", "path"}."""
        said: dict[str, Any] = {"error": code, "message": words, **({"path": finding} if finding else {})}
        return Answer(http, write_json(said), _JSON, _found(finding))

    def action(self, operation: str) -> str | None:
        """None: REST has no such thing."""
        return None

    def unchecked(self) -> tuple[str, ...]:
        """Keys that no description has a body for."""
        return tuple(sorted(key for key in self._keys if key not in self._schemas))


class SoapFront:
    """SOAP 1.1 and 1.2 by the body's element."""

    def __init__(self, paper: Paper) -> None:
        self._schemas = SoapSchemas(paper.schemas)
        self._keys = {way.key for way in paper.ways}

    def read(self, request: web.Request, raw: bytes) -> Asked:
        """By the body's element, and by the SOAPAction where that leaves a choice."""
        try:
            envelope = read_envelope(raw)
        except SoapError as error:
            raise UnfitError(self.say(500, "not-soap", error.message, "/"), "/") from None
        action = request.headers.get("SOAPAction", "").strip('"')
        keys = tuple(name for name in self._schemas.operations(envelope.content, action) if name in self._keys)
        if not keys:
            name = etree.QName(envelope.content).localname
            raise UnfitError(self.say(500, "no-such-operation", "没有这个操作", f"/{name}", envelope.version), f"/{name}")
        return Asked(keys, envelope.content, envelope.header, envelope.version)

    def unfit(self, asked: Asked, key: str) -> str | None:
        """Against the WSDL's schemas."""
        return self._schemas.unfit(asked.content)

    def broken(self) -> Mapping[str, str]:
        """None: a schema that is none keeps the simulation from starting."""
        return {}

    def write(self, http: int, tree: Tree) -> Answer:
        """The envelope as the example has it; a fault of SOAP has HTTP 500 where the example says nothing else."""
        return Answer(http, write_xml(tree), _XML.get(str(etree.QName(tree).namespace), _XML[SOAP_11]))

    def say(self, http: int, code: str, words: str, finding: str = "", version: str = "") -> Answer:
        """A SOAP fault; `code` is a name of WS-Security, or a word that stands for the sender's fault, `not-shown` for our own."""
        version = version or SOAP_11
        envelope = etree.Element(f"{{{version}}}Envelope", nsmap={"soap": version, "wsse": WSSE})
        fault = etree.SubElement(etree.SubElement(envelope, f"{{{version}}}Body"), f"{{{version}}}Fault")
        text = f"{words} {finding}".strip()
        ours = code == NOT_SHOWN
        if version == SOAP_11:
            etree.SubElement(fault, "faultcode").text = code if ":" in code else f"soap:{'Server' if ours else 'Client'}"
            etree.SubElement(fault, "faultstring").text = text
        else:
            place = etree.SubElement(fault, f"{{{version}}}Code")
            etree.SubElement(place, f"{{{version}}}Value").text = f"soap:{'Receiver' if ours else 'Sender'}"
            if ":" in code:
                etree.SubElement(etree.SubElement(place, f"{{{version}}}Subcode"), f"{{{version}}}Value").text = code
            reason = etree.SubElement(etree.SubElement(fault, f"{{{version}}}Reason"), f"{{{version}}}Text")
            reason.set("{http://www.w3.org/XML/1998/namespace}lang", "zh")
            reason.text = text
        return Answer(500 if http >= 400 else http, write_xml(envelope), _XML[version], _found(finding))

    def action(self, operation: str) -> str | None:
        """As the WSDL's binding says; empty when it says nothing."""
        return self._schemas.actions.get(operation, "")

    def unchecked(self) -> tuple[str, ...]:
        """Operations that no WSDL has."""
        return tuple(sorted(self._keys - self._schemas.requests.keys()))


def _found(finding: str) -> tuple[tuple[str, str], ...]:
    return ((FINDING, quote(finding, safe="/()@*-_. ")),) if finding else ()


FRONTS: Final[Mapping[str, type[RestFront] | type[SoapFront]]] = {"rest": RestFront, "soap": SoapFront}
