"""The adapters: how partners are spoken to, and how their answers become verdicts.

A partner is built from its folder and from what wiring lends it: secrets, clock, entropy and the door to the outside.
"""

from typing import Final

from gateway.mapping import Folder
from gateway.model import Partner
from gateway.outbound import Origin, Outbound

from . import auth
from .adapter import Form, HttpPartner
from .contract import Clock, Entropy, Secrets
from .rest import JsonForm
from .soap import SoapForm

_FORMS: Final[dict[str, type[JsonForm] | type[SoapForm]]] = {"rest": JsonForm, "soap": SoapForm}


def build(folder: Folder, *, secrets: Secrets, clock: Clock, entropy: Entropy, outbound: Outbound) -> Partner:
    """The partner that a folder describes, its schemas read.

    Raises a TongbanError when its auth section names an unknown scheme or wrong options, and for schemas that cannot be used.
    """
    form: Form = _FORMS[folder.transport](folder.schemas)
    form.get_ready()
    return HttpPartner(folder, form, secrets=secrets, clock=clock, entropy=entropy, outbound=outbound)


def required_origin(folder: Folder, secrets: Secrets) -> Origin:
    """Whom the outbound door must let this partner call. Raises a TongbanError for what is no URL and for a missing secret."""
    return Origin.of(auth.resolve(folder.endpoint, secrets))


__all__ = [
    "Clock",
    "Entropy",
    "Secrets",
    "build",
    "required_origin",
]
