"""`wsse-username`: WS-Security UsernameToken with a password digest (OASIS WSS UsernameToken Profile 1.0 §3.1).

PasswordDigest = Base64(SHA-1(nonce + created + password)). It does not cover the body, so it cannot vouch for a push.
"""

import base64
import copy
import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar, Final

from lxml import etree

from partners.contract import Entropy

from .scheme import CannotVerify, Options, Parts

_OASIS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE: Final = f"{_OASIS}-wssecurity-secext-1.0.xsd"
WSU: Final = f"{_OASIS}-wssecurity-utility-1.0.xsd"
_PROFILE: Final = f"{_OASIS}-username-token-profile-1.0#PasswordDigest"
_BASE64: Final = f"{_OASIS}-soap-message-security-1.0#Base64Binary"


@dataclass(frozen=True, slots=True)
class WsseUsername(CannotVerify):
    """Options: username, password."""

    needs_envelope: ClassVar[bool] = True
    options: Options

    def __post_init__(self) -> None:
        self.options.expect(("username", "password"))

    async def sign(self, parts: Parts, now: datetime, entropy: Entropy) -> Parts:
        """The envelope with a wsse:Security header, mustUnderstand. A message that is no envelope is a programming error (TypeError)."""
        if isinstance(parts.message, bytes):
            raise TypeError("a message without an envelope has no place for a security header")
        envelope = copy.deepcopy(parts.message)
        soap = etree.QName(envelope).namespace
        header = envelope.find(f"{{{soap}}}Header")
        if header is None:
            header = etree.Element(f"{{{soap}}}Header")
            envelope.insert(0, header)
        security = etree.SubElement(header, f"{{{WSSE}}}Security", {f"{{{soap}}}mustUnderstand": "1"}, nsmap={"wsse": WSSE, "wsu": WSU})
        token = etree.SubElement(security, f"{{{WSSE}}}UsernameToken")
        nonce = entropy.token(16)
        created = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
        etree.SubElement(token, f"{{{WSSE}}}Username").text = self.options.value("username")
        password = etree.SubElement(token, f"{{{WSSE}}}Password", {"Type": _PROFILE})
        password.text = digest(nonce, created, self.options.value("password"))
        etree.SubElement(token, f"{{{WSSE}}}Nonce", {"EncodingType": _BASE64}).text = base64.b64encode(nonce).decode()
        etree.SubElement(token, f"{{{WSU}}}Created").text = created
        return replace(parts, message=envelope)


def digest(nonce: bytes, created: str, password: str) -> str:
    """The profile's PasswordDigest."""
    # SHA-1 is the profile's own choice; the secret's strength, not the hash's collisions, carries it.
    return base64.b64encode(hashlib.sha1(nonce + created.encode() + password.encode()).digest()).decode()  # noqa: S324
