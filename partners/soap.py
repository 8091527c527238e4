"""SOAP partners: document/literal messages by the partner's own WSDL; faults of 1.1 and 1.2 read as answers."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from lxml import etree

from gateway.mapping import PushSpec, StepMapping
from gateway.wire import WireError, serialize_xml

from .adapter import Message, UnreadableError, UnusableError
from .envelope import SOAP_12, EnvelopeError, Payload, read_envelope
from .rest import charset_of
from .tokens import Tokens
from .wsdl import Built, Codec, WsdlError

_MEDIA_TYPE: Final = "text/xml; charset=utf-8"


class SoapForm:
    """XML out and in. Satisfies the adapter's Form."""

    def __init__(self, schemas: Path) -> None:
        self._codec = Codec(schemas)

    def get_ready(self) -> None:
        """Read the WSDL. Raises UnusableError."""
        try:
            self._codec.load()
        except WsdlError as error:
            raise UnusableError(error.detail or error.code) from None

    def request(self, step: StepMapping, tree: Any, tokens: Tokens) -> Message:
        """The operation's envelope. Raises UnusableError."""
        built = self._build(self._codec.request, step.operation, tree, tokens)
        if built.envelope is None or built.misfits:
            return Message("POST", "", (), None, built.misfits)
        return Message("POST", "", _headers(built), built.envelope)

    def read(self, body: bytes, content_type: str | None, max_bytes: int) -> Mapping[str, Any]:
        """What the response element holds, or Fault. Raises UnreadableError."""
        return _payload(body, content_type, max_bytes).tree

    def read_push(self, push: PushSpec, body: bytes, content_type: str | None, max_bytes: int) -> Mapping[str, Any]:
        """What the pushed request element holds. Raises UnreadableError, for another operation's too, and UnusableError."""
        payload = _payload(body, content_type, max_bytes)
        try:
            expected = self._codec.request_element(push.operation or "")
        except WsdlError as error:
            raise UnusableError(error.detail or error.code) from None
        if payload.name != expected:
            raise UnreadableError("another-operation")
        return payload.tree

    def reply(self, push: PushSpec, tree: Any, tokens: Tokens) -> tuple[bytes, str]:
        """The push operation's response envelope. Raises UnusableError."""
        built = self._build(self._codec.response, push.operation, tree, tokens)
        if built.envelope is None or built.misfits:
            raise UnusableError("the reply to a push does not fit the WSDL")
        return serialize_xml(built.envelope), _MEDIA_TYPE

    def _build(self, build: Callable[[str, Any, Tokens], Built], operation: str | None, tree: Any, tokens: Tokens) -> Built:
        if operation is None:
            raise UnusableError("no operation")
        try:
            return build(operation, tree, tokens)
        except WsdlError as error:
            raise UnusableError(error.detail or error.code) from None


def _payload(body: bytes, content_type: str | None, max_bytes: int) -> Payload:
    try:
        return read_envelope(body, charset=charset_of(content_type), max_bytes=max_bytes)
    except WireError as error:
        raise UnreadableError(error.code, line=error.line, column=error.column) from None
    except EnvelopeError as error:
        raise UnreadableError(str(error)) from None


def _headers(built: Built) -> tuple[tuple[str, str], ...]:
    """SOAP 1.1 names the action in a header of its own, 1.2 in the media type."""
    assert built.envelope is not None
    if etree.QName(built.envelope).namespace == SOAP_12:
        return (("Content-Type", f'application/soap+xml; charset=utf-8; action="{built.soap_action}"'), ("Accept", "application/soap+xml"))
    return (("Content-Type", _MEDIA_TYPE), ("Accept", "text/xml"), ("SOAPAction", f'"{built.soap_action}"'))
