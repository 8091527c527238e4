"""Auth schemes, named after their profile in the domain page §3.1; adding one is a module and a line here."""

from typing import Final

from gateway.mapping import AuthSpec
from partners.contract import Secrets

from .api_key import ApiKey
from .hmac_body import HmacBody
from .none import NoAuth
from .scheme import Options, Parts, Scheme, SchemeError, SecretMissingError, Verified, resolve
from .tif import Tif
from .wsse_username import WsseUsername

SCHEMES: Final[dict[str, type[ApiKey] | type[HmacBody] | type[NoAuth] | type[Tif] | type[WsseUsername]]] = {
    "api-key": ApiKey,
    "hmac-body": HmacBody,
    "none": NoAuth,
    "tif": Tif,
    "wsse-username": WsseUsername,
}


def outgoing(spec: AuthSpec, secrets: Secrets, *, envelopes: bool) -> Scheme:
    """The scheme by which we prove ourselves. envelopes: whether messages are SOAP. Raises SchemeError where it could never sign."""
    chosen = scheme(spec, secrets)
    if chosen.needs_envelope and not envelopes:
        raise SchemeError(f"认证方式 {spec.scheme} 只用于 SOAP。", f"The auth scheme {spec.scheme} is for SOAP only.")
    return chosen


def incoming(spec: AuthSpec, secrets: Secrets) -> Scheme:
    """The scheme by which a partner proves its pushes. Raises SchemeError for one that could never verify."""
    chosen = scheme(spec, secrets)
    if not chosen.verifies:
        able = ", ".join(name for name, known in SCHEMES.items() if known.verifies)
        raise SchemeError(
            f"认证方式 {spec.scheme} 不覆盖报文内容,不能用于推送;可用:{able}。",
            f"The auth scheme {spec.scheme} does not cover the body and cannot vouch for a push; known are: {able}.",
        )
    return chosen


def scheme(spec: AuthSpec, secrets: Secrets) -> Scheme:
    """The scheme that a folder names. Raises SchemeError, which lists the known ones, for another."""
    if spec.scheme not in SCHEMES:
        known = "、".join(SCHEMES)
        raise SchemeError(
            f"没有认证方式“{spec.scheme}”,可用:{known}。",
            f"There is no auth scheme “{spec.scheme}”; known are: {', '.join(SCHEMES)}.",
        )
    return SCHEMES[spec.scheme](Options(spec.scheme, spec.options, secrets))


__all__ = [
    "SCHEMES",
    "Options",
    "Parts",
    "Scheme",
    "SchemeError",
    "SecretMissingError",
    "Verified",
    "incoming",
    "outgoing",
    "resolve",
    "scheme",
]
