"""An answer to a SOAP call as its partner would write it: what a new folder is tried with before the partner has said anything."""

from pathlib import Path
from typing import Any

from gateway.wire import serialize_xml

from .tokens import Tokens
from .wsdl import Codec, WsdlError


class _NoEntropy:
    """Nothing in a sample is secret, and no content is spliced in."""

    def token(self, nbytes: int) -> bytes:
        return bytes(nbytes)


def sample_answer(schemas: Path, operation: str, tree: Any) -> bytes | None:
    """The envelope that has this tree for the content of its response element; None where WSDL or tree do not give one."""
    try:
        built = Codec(schemas).response(operation, tree, Tokens(_NoEntropy()))
    except WsdlError:
        return None
    return None if built.envelope is None else serialize_xml(built.envelope)
