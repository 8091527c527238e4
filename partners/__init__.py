"""The adapters: how partners are spoken to, and how their answers become verdicts.

A partner is built from its folder and from what wiring lends it: secrets, clock, entropy and the door to the outside.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from gateway.errors import TongbanError
from gateway.mapping import Folder, Place, Transport
from gateway.outbound import Origin

from . import auth
from .adapter import UNNAMED, Form, Heard, HttpPartner, UnreadableError, UnusableError
from .auth import SCHEMES
from .contract import Calls, Clock, Entropy, Secrets
from .documents import DOCUMENTS
from .patterns import fits
from .rest import JsonForm
from .sample import sample_answer
from .soap import SoapForm
from .targets import Description, Flaw, Operation, Target, TargetKind
from .targets_rest import describe_rest
from .targets_soap import describe_soap

_FORMS: Final[dict[str, type[JsonForm] | type[SoapForm]]] = {"rest": JsonForm, "soap": SoapForm}


class BuildError(TongbanError):
    """A folder that loads and cannot work. place: where in partner.yaml, or None for its schemas."""

    def __init__(self, cause: TongbanError, place: Place | None) -> None:
        super().__init__(cause.code, cause.zh, cause.en, detail=cause.detail)
        self.place = place


def build(folder: Folder, *, secrets: Secrets, clock: Clock, entropy: Entropy, outbound: Calls) -> HttpPartner:
    """The partner that a folder describes, its schemas read.

    Raises BuildError when its auth section names an unknown scheme or wrong options, and for schemas that cannot be used.
    """
    form: Form = _FORMS[folder.transport](folder.schemas)
    try:
        form.get_ready()
    except UnusableError as error:
        raise BuildError(error, None) from None
    try:
        scheme = auth.outgoing(folder.auth, secrets, envelopes=folder.transport == "soap")
    except auth.SchemeError as error:
        raise BuildError(error, folder.auth.place) from None
    try:
        vouching = auth.incoming(folder.push.auth, secrets) if folder.push else None
    except auth.SchemeError as error:
        raise BuildError(error, folder.push.auth.place if folder.push else None) from None
    return HttpPartner(folder, form, scheme, vouching, secrets=secrets, clock=clock, entropy=entropy, outbound=outbound)


def describe(schemas: Path, transport: Transport) -> Description:
    """What the partner's own WSDL or OpenAPI says of its messages; what cannot be used of it is a flaw, never an exception."""
    return describe_soap(schemas) if transport == "soap" else describe_rest(schemas)


def required_origin(folder: Folder, secrets: Secrets) -> Origin:
    """Whom the outbound door must let this partner call. Raises a TongbanError for what is no URL and for a missing secret."""
    return Origin.of(auth.resolve(folder.endpoint, secrets))


def vouch(folder: Folder, body: bytes, *, secrets: Secrets, now: datetime, entropy: Entropy) -> Mapping[str, str]:
    """The headers by which the folder's partner proves a push with this body: for trying pushes, never for sending them.

    Raises LookupError when the folder does not push, and what `build` raises for its push scheme.
    """
    if folder.push is None:
        raise LookupError("the partner does not push")
    try:
        scheme = auth.incoming(folder.push.auth, secrets)
    except auth.SchemeError as error:
        raise BuildError(error, folder.push.auth.place) from None
    return scheme.vouch(body, now, entropy)


__all__ = [
    "DOCUMENTS",
    "SCHEMES",
    "UNNAMED",
    "BuildError",
    "Calls",
    "Clock",
    "Description",
    "Entropy",
    "Flaw",
    "Heard",
    "HttpPartner",
    "Operation",
    "Secrets",
    "Target",
    "TargetKind",
    "UnreadableError",
    "build",
    "describe",
    "fits",
    "required_origin",
    "sample_answer",
    "vouch",
]
