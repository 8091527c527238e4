"""Who may call: the folder's auth scheme, as far as it is known here, and the signature of what is pushed."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from mock_partners.envelope import username_token
from mock_partners.signing import Headers, NonceMemory, SignatureRefusedError, TifVerifier, TokenVerifier

_TIF: Final = "x-tif"
_PUSH_HEADERS: Final = {
    "key_header": "X-Push-Key",
    "timestamp_header": "X-Push-Timestamp",
    "nonce_header": "X-Push-Nonce",
    "signature_header": "X-Push-Signature",
}


class SecretMissingError(LookupError):
    """A secret that the folder names is not in the secrets file; its text is the name."""


@dataclass(frozen=True)
class Secrets:
    """The secrets file: values by name, with or without the folder's name and a slash before it."""

    folder: str
    values: Mapping[str, str]

    def resolve(self, option: str) -> str:
        """An option's text, or the secret it names; raises SecretMissingError."""
        if not option.startswith("secret:"):
            return option
        name = option.removeprefix("secret:")
        for known in (name, name.removeprefix(f"{self.folder}/")):
            if known in self.values:
                return self.values[known]
        raise SecretMissingError(name)


class Guard:
    """Checks a caller's proof: that it is there, and, with secrets, that it holds. `zh` and `en` say which."""

    def __init__(self, auth: Mapping[str, Any], found: Secrets | None, clock: Callable[[], float]) -> None:
        self._check: Callable[[Headers, etree._Element | None], None] = lambda headers, header: None
        scheme = str(auth.get("scheme", "none"))
        options = {name: str(value) for name, value in auth.items()}
        if scheme == "none":
            self.zh, self.en = "对方不要求认证", "this partner asks for no proof"
        elif scheme == "api-key":
            self._check = _api_key(options, found)
            said = ("已校验", "is checked") if found is not None else ("只校验有无", "is checked for its presence only")
            self.zh, self.en = f"认证方式 {scheme} {said[0]}", f"the auth scheme {scheme} {said[1]}"
        elif scheme not in ("tif", "wsse-username"):
            self.zh, self.en = f"认证方式 {scheme} 不作校验", f"the auth scheme {scheme} is not checked"
        elif found is None:
            self._check = _tif_presence(options) if scheme == "tif" else lambda _, header: _discard(username_token(header))
            self.zh, self.en = f"认证方式 {scheme} 只校验有无", f"of the auth scheme {scheme} only the presence is checked"
        else:
            self._check = _tif(options, found, clock) if scheme == "tif" else _wsse(options, found, clock)
            self.zh, self.en = f"认证方式 {scheme} 已校验", f"the auth scheme {scheme} is checked"

    def check(self, headers: Headers, header: etree._Element | None) -> None:
        """Raise SignatureRefusedError unless the caller's proof is as it should be."""
        self._check(headers, header)


class _Renamed:
    """Headers under the names that the verifier knows, for a folder with another prefix."""

    def __init__(self, headers: Headers, prefix: str) -> None:
        self._headers = headers
        self._prefix = prefix

    def getall(self, key: str, default: list[str]) -> list[str]:
        """As the headers' own."""
        return self._headers.getall(key.replace(_TIF, self._prefix, 1), default)


def _tif(options: Mapping[str, str], found: Secrets, clock: Callable[[], float]) -> Callable[[Headers, etree._Element | None], None]:
    verifier = TifVerifier(found.resolve(options.get("paasid", "")), found.resolve(options.get("token", "")), NonceMemory(), clock)
    prefix = options.get("prefix", _TIF)
    return lambda headers, _: verifier.verify(_Renamed(headers, prefix))


def _tif_presence(options: Mapping[str, str]) -> Callable[[Headers, etree._Element | None], None]:
    prefix = options.get("prefix", _TIF)

    def check(headers: Headers, _: etree._Element | None) -> None:
        for name in ("paasid", "timestamp", "nonce", "signature"):
            if len(headers.getall(f"{prefix}-{name}", [])) != 1:
                raise SignatureRefusedError("-15", f"请求头缺失：{prefix}-{name}")

    return check


def _api_key(options: Mapping[str, str], found: Secrets | None) -> Callable[[Headers, etree._Element | None], None]:
    name = options.get("header", "X-API-Key")
    wanted = None if found is None else f"{options.get('word', '')} {found.resolve(options.get('key', ''))}".lstrip()

    def check(headers: Headers, _: etree._Element | None) -> None:
        given = headers.getall(name, [])
        if len(given) != 1 or (wanted is not None and not hmac.compare_digest(given[0].encode(), wanted.encode())):
            raise SignatureRefusedError("-15", f"请求头缺失或不符：{name}")

    return check


def _wsse(options: Mapping[str, str], found: Secrets, clock: Callable[[], float]) -> Callable[[Headers, etree._Element | None], None]:
    verifier = TokenVerifier(found.resolve(options.get("username", "")), found.resolve(options.get("password", "")), NonceMemory(), clock)
    return lambda _, header: verifier.verify(username_token(header))


def _discard(_token: object) -> None:
    """Reading the token has already refused what is no token."""


class PushSigner:
    """Signs pushes as the folder's `hmac-body` says; any other scheme cannot be signed here (ValueError)."""

    def __init__(self, auth: Mapping[str, Any], found: Secrets, clock: Callable[[], float]) -> None:
        if auth.get("scheme") != "hmac-body":
            raise ValueError(f"推送的认证方式 {auth.get('scheme')} 无法签名 / pushes with {auth.get('scheme')} cannot be signed")
        self._names = {option: str(auth.get(option, name)) for option, name in _PUSH_HEADERS.items()}
        self._key = found.resolve(str(auth.get("key_id", "")))
        self._secret = found.resolve(str(auth.get("secret", ""))).encode()
        self._clock = clock

    def headers(self, body: bytes) -> dict[str, str]:
        """The four headers of one push, with a new nonce."""
        timestamp, nonce = str(int(self._clock())), secrets.token_hex(16)
        signature = hmac.new(self._secret, f"{timestamp}\n{nonce}\n".encode() + body, hashlib.sha256).hexdigest()
        return dict(zip(self._names.values(), (self._key, timestamp, nonce, signature), strict=True))
