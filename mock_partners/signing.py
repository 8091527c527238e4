"""Verifying the senders' signatures, and signing the pushes."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

NONCE_LIFETIME_SECONDS = 600.0
TIF_SKEW_SECONDS = 180
TOKEN_SKEW_SECONDS = 300
_TIF_HEADERS = {
    "x-tif-paasid": re.compile(r"[!-~]{1,64}"),
    "x-tif-timestamp": re.compile(r"[0-9]{10}"),
    "x-tif-nonce": re.compile(r"[0-9A-Za-z]{16,64}"),
    "x-tif-signature": re.compile(r"[0-9A-Fa-f]{64}"),
}
_CREATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?Z")


class SignatureRefusedError(Exception):
    """A signature that does not hold: the partner's code for it, and its words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message


class NonceMemory:
    """The nonces of the last ten minutes."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._order: deque[tuple[float, str]] = deque()

    def first_time(self, nonce: str, now: float) -> bool:
        """Remember a nonce; False when it was used within the last ten minutes."""
        while self._order and self._order[0][0] < now - NONCE_LIFETIME_SECONDS:
            self._seen.discard(self._order.popleft()[1])
        if nonce in self._seen:
            return False
        self._seen.add(nonce)
        self._order.append((now, nonce))
        return True


class Headers(Protocol):
    """Request headers of which one name may come several times."""

    def getall(self, key: str, default: list[str]) -> list[str]: ...


def tif_signature(timestamp: str, token: str, nonce: str) -> str:
    """The TIF signature: upper-case hex SHA-256 of timestamp, token, nonce, timestamp."""
    return hashlib.sha256(f"{timestamp}{token}{nonce}{timestamp}".encode()).hexdigest().upper()


@dataclass
class TifVerifier:
    """Checks the four x-tif headers against one caller's credentials."""

    paasid: str
    token: str
    nonces: NonceMemory
    clock: Callable[[], float] = time.time

    def verify(self, headers: Headers) -> None:
        """Accept the headers and use up their nonce; raises SignatureRefusedError with -11 … -15."""
        values = []
        for name, shape in _TIF_HEADERS.items():
            found = headers.getall(name, [])
            if len(found) != 1 or not shape.fullmatch(found[0]):
                raise SignatureRefusedError("-15", f"请求头缺失或格式不符：{name}")
            values.append(found[0])
        paasid, timestamp, nonce, signature = values
        now = self.clock()
        if not hmac.compare_digest(paasid, self.paasid):
            raise SignatureRefusedError("-11", "paasid未登记")
        if abs(int(timestamp) - now) > TIF_SKEW_SECONDS:
            raise SignatureRefusedError("-13", "时间戳超出允许范围")
        if not hmac.compare_digest(signature.upper(), tif_signature(timestamp, self.token, nonce)):
            raise SignatureRefusedError("-12", "签名不符")
        if not self.nonces.first_time(nonce, now):
            raise SignatureRefusedError("-14", "随机串重复")


@dataclass(frozen=True)
class UsernameToken:
    """The texts of a WS-Security UsernameToken as they stand in the header."""

    username: str
    digest: str
    nonce: str
    created: str


def token_digest(nonce: bytes, created: str, password: str) -> str:
    """Base64(SHA-1(nonce + created + password)), OASIS WSS UsernameToken Profile 1.0, §3.1."""
    joined = nonce + created.encode() + password.encode()
    return base64.b64encode(hashlib.sha1(joined, usedforsecurity=False).digest()).decode()


@dataclass
class TokenVerifier:
    """Checks UsernameTokens against one caller's name and password."""

    username: str
    password: str
    nonces: NonceMemory
    clock: Callable[[], float] = time.time

    def verify(self, token: UsernameToken) -> None:
        """Accept the token and use up its nonce; raises SignatureRefusedError with a wsse fault code."""
        try:
            nonce = base64.b64decode(token.nonce, validate=True)
        except (binascii.Error, ValueError):
            nonce = b""
        created = _moment(token.created)
        if not nonce or created is None:
            raise SignatureRefusedError("wsse:InvalidSecurity", "Nonce或Created格式不符")
        now = self.clock()
        if abs(created - now) > TOKEN_SKEW_SECONDS:
            raise SignatureRefusedError("wsse:MessageExpired", "Created超出时间窗")
        expected = token_digest(nonce, token.created, self.password)
        known = hmac.compare_digest(token.username.encode(), self.username.encode())
        if not hmac.compare_digest(token.digest.encode(), expected.encode()) or not known:
            raise SignatureRefusedError("wsse:FailedAuthentication", "用户名或口令摘要不符")
        if not self.nonces.first_time(nonce.hex(), now):
            raise SignatureRefusedError("wsse:InvalidSecurity", "Nonce重复")


def push_headers(key: str, secret: str, body: bytes) -> Mapping[str, str]:
    """The headers that sign one push: key id, seconds, a new nonce, lower-case hex HMAC-SHA256."""
    timestamp = str(int(time.time()))
    nonce = secrets.token_hex(16)
    signed = f"{timestamp}\n{nonce}\n".encode() + body
    return {
        "X-Push-Key": key,
        "X-Push-Timestamp": timestamp,
        "X-Push-Nonce": nonce,
        "X-Push-Signature": hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest(),
    }


def _moment(created: str) -> float | None:
    """Seconds since 1970 of a Created text; None when it is no UTC moment."""
    if not _CREATED.fullmatch(created):
        return None
    try:
        return datetime.fromisoformat(created).astimezone(UTC).timestamp()
    except ValueError:
        return None
