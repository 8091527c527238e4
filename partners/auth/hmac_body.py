"""`hmac-body`: HMAC-SHA256 over timestamp, nonce and the raw body, in headers. It covers the body, so it can vouch for a push.

Signature = lower-case hex HMAC-SHA256(secret, timestamp + "\\n" + nonce + "\\n" + body); timestamp in seconds.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from gateway.model import PushRefused
from partners.contract import Entropy

from .scheme import Options, Parts, SecretMissingError, Verified

SKEW: Final = timedelta(seconds=300)
_DEFAULT_HEADERS: Final = {
    "key_header": "X-Push-Key",
    "timestamp_header": "X-Push-Timestamp",
    "nonce_header": "X-Push-Nonce",
    "signature_header": "X-Push-Signature",
}
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_NONCE: Final = re.compile(r"[0-9A-Za-z_=+/.-]{8,128}")


@dataclass(frozen=True, slots=True)
class HmacBody:
    """Options: key_id, secret; key_header, timestamp_header, nonce_header, signature_header rename the headers."""

    needs_envelope: ClassVar[bool] = False
    verifies: ClassVar[bool] = True
    options: Options

    def __post_init__(self) -> None:
        self.options.expect(("key_id", "secret"), tuple(_DEFAULT_HEADERS))
        for name in _DEFAULT_HEADERS:
            self._name(name)

    async def sign(self, parts: Parts, now: datetime, entropy: Entropy) -> Parts:
        """Adds the four headers; the body is read once, streaming, to be hashed."""
        timestamp, nonce = _fresh(now, entropy)
        mac = self._mac(timestamp, nonce)
        async for chunk in parts.body().chunks():
            mac.update(chunk)
        return parts.with_headers(*self._headers(timestamp, nonce, mac.hexdigest()))

    def vouch(self, body: bytes, now: datetime, entropy: Entropy) -> dict[str, str]:
        """The four headers for a body that is at hand."""
        timestamp, nonce = _fresh(now, entropy)
        mac = self._mac(timestamp, nonce)
        mac.update(body)
        return dict(self._headers(timestamp, nonce, mac.hexdigest()))

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Verified:
        """The signature is checked before the timestamp, so that only the partner learns that its clock is off."""
        given = {name.lower(): value for name, value in headers.items()}
        key, timestamp, nonce, signature = (self._required(given, name) for name in _DEFAULT_HEADERS)
        if not _SECONDS.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
            raise PushRefused("header-malformed")
        try:
            known = self.options.value("key_id")
            mac = self._mac(timestamp, nonce)
        except SecretMissingError:
            raise PushRefused("secret-missing") from None
        mac.update(body)
        same_key = hmac.compare_digest(key.encode(), known.encode())
        same_signature = hmac.compare_digest(signature.encode(), mac.hexdigest().encode())
        if not (same_key and same_signature):
            raise PushRefused("signature")
        if abs(int(timestamp) - now.timestamp()) > SKEW.total_seconds():
            raise PushRefused("expired")
        return Verified(nonce, datetime.fromtimestamp(int(timestamp), UTC) + 2 * SKEW)

    def _headers(self, timestamp: str, nonce: str, signature: str) -> tuple[tuple[str, str], ...]:
        values = (self.options.value("key_id"), timestamp, nonce, signature)
        return tuple((self._name(option), value) for option, value in zip(_DEFAULT_HEADERS, values, strict=True))

    def _name(self, option: str) -> str:
        return self.options.header(option, _DEFAULT_HEADERS[option])

    def _required(self, given: Mapping[str, str], option: str) -> str:
        value = given.get(self._name(option).lower(), "")
        if not value:
            raise PushRefused("header-missing")
        if not value.isascii():
            raise PushRefused("header-malformed")
        return value

    def _mac(self, timestamp: str, nonce: str) -> hmac.HMAC:
        secret = self.options.value("secret").encode()
        return hmac.new(secret, f"{timestamp}\n{nonce}\n".encode(), hashlib.sha256)


def _fresh(now: datetime, entropy: Entropy) -> tuple[str, str]:
    """A timestamp and a nonce."""
    return str(int(now.timestamp())), entropy.token(16).hex()
