"""The adapters: how partners are spoken to, and how their answers become verdicts.

A partner is built from its folder and from what wiring lends it: secrets, clock, entropy and the door to the outside.
"""

from typing import Final

from gateway.errors import TongbanError
from gateway.mapping import Folder, Place
from gateway.model import Partner
from gateway.outbound import Origin

from . import auth
from .adapter import Form, HttpPartner, UnusableError
from .contract import Calls, Clock, Entropy, Secrets
from .rest import JsonForm
from .soap import SoapForm

_FORMS: Final[dict[str, type[JsonForm] | type[SoapForm]]] = {"rest": JsonForm, "soap": SoapForm}


class BuildError(TongbanError):
    """A folder that loads and cannot work. place: where in partner.yaml, or None for its schemas."""

    def __init__(self, cause: TongbanError, place: Place | None) -> None:
        super().__init__(cause.code, cause.zh, cause.en, detail=cause.detail)
        self.place = place


def build(folder: Folder, *, secrets: Secrets, clock: Clock, entropy: Entropy, outbound: Calls) -> Partner:
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


def required_origin(folder: Folder, secrets: Secrets) -> Origin:
    """Whom the outbound door must let this partner call. Raises a TongbanError for what is no URL and for a missing secret."""
    return Origin.of(auth.resolve(folder.endpoint, secrets))


__all__ = [
    "BuildError",
    "Calls",
    "Clock",
    "Entropy",
    "Secrets",
    "build",
    "required_origin",
]
