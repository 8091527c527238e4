"""`tif`: the header signature of Tencent-style government gateways, as x-tif-* or x-rio-* (domain page §3.1).

SHA-256, upper-case hex, of timestamp + token + nonce + timestamp; timestamp in seconds. It does not cover the body,
so it cannot vouch for a push.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from partners.contract import Entropy

from .scheme import CannotVerify, Options, Parts, SchemeError

PREFIXES: Final = ("x-tif", "x-rio")


@dataclass(frozen=True, slots=True)
class Tif(CannotVerify):
    """Options: paasid, token; prefix x-tif (default) or x-rio."""

    options: Options

    def __post_init__(self) -> None:
        self.options.expect(("paasid", "token"), ("prefix",))
        if self._prefix not in PREFIXES:
            raise SchemeError(f"选项 prefix 可取 {PREFIXES}。", f"The option prefix is one of {PREFIXES}.")

    @property
    def _prefix(self) -> str:
        return self.options.literals.get("prefix", PREFIXES[0])

    async def sign(self, parts: Parts, now: datetime, entropy: Entropy) -> Parts:
        """Adds -paasid, -timestamp, -nonce (32 hex digits) and -signature."""
        timestamp = str(int(now.timestamp()))
        nonce = entropy.token(16).hex()
        prefix = self._prefix
        return parts.with_headers(
            (f"{prefix}-paasid", self.options.value("paasid")),
            (f"{prefix}-timestamp", timestamp),
            (f"{prefix}-nonce", nonce),
            (f"{prefix}-signature", signature(timestamp, self.options.value("token"), nonce)),
        )


def signature(timestamp: str, token: str, nonce: str) -> str:
    """The profile's signature: 64 upper-case hex digits."""
    return hashlib.sha256(f"{timestamp}{token}{nonce}{timestamp}".encode()).hexdigest().upper()
