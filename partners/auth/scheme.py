"""The seam of the auth schemes: what is signed, what a verified push yields, and how options reach their secrets."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Final, Protocol, Self

from lxml import etree

from gateway.errors import TongbanError
from gateway.model import Blob, PushRefused
from gateway.wire import Body, serialize_xml, splice
from partners.contract import Entropy, Secrets

_BY_NAME: Final = "secret:"
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True, slots=True)
class Parts:
    """A request that is ready but for its signature.

    message: bytes, or the SOAP envelope while it can still take a header. blobs: by the token that stands for each in the message.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    message: bytes | etree._Element = field(repr=False)
    blobs: Mapping[str, Blob] = field(repr=False)

    def rendered(self) -> bytes:
        """The message with its tokens."""
        return self.message if isinstance(self.message, bytes) else serialize_xml(self.message)

    def body(self) -> Body:
        """The message with the content that the tokens stand for, streaming."""
        return splice(self.rendered(), self.blobs)

    def with_headers(self, *headers: tuple[str, str]) -> Self:
        """The same with these headers added."""
        return replace(self, headers=(*self.headers, *headers))


@dataclass(frozen=True, slots=True)
class Verified:
    """A push that is genuine. nonce is to be kept until nonce_expires: while its timestamp would be accepted again."""

    nonce: str
    nonce_expires: datetime


class Scheme(Protocol):
    """One way of proving who calls: sign for what we send, verify for what we are sent."""

    needs_envelope: ClassVar[bool]
    """Whether the proof stands in a SOAP header, so that only an envelope can be signed."""
    verifies: ClassVar[bool]
    """Whether the proof covers the body, so that it can vouch for a push."""

    async def sign(self, parts: Parts, now: datetime, entropy: Entropy) -> Parts:
        """The request with its proof. Raises SecretMissingError."""

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Verified:
        """Raises PushRefused unless headers and body are the partner's; a scheme whose proof does not cover the body always does."""

    def vouch(self, body: bytes, now: datetime, entropy: Entropy) -> Mapping[str, str]:
        """The headers that `verify` takes for this body: what the partner would send. Raises SecretMissingError, and TypeError where
        the scheme cannot verify."""


class SecretMissingError(TongbanError):
    """A secret that the folder names is not there; nothing was sent."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "partner.secret-missing",
            f"缺少密钥“{name}”,或它不能读取。请写入密钥文件夹(TONGBAN_SECRETS),权限 0600。",
            f"The secret “{name}” is missing or cannot be read. Write it into the folder of secrets (TONGBAN_SECRETS), mode 0600.",
        )


class SchemeError(TongbanError):
    """A folder's auth section that cannot work; found when the partner is built."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__("partner.auth", zh, en)


@dataclass(frozen=True, slots=True)
class Options:
    """A scheme's options as the folder gives them: literals, or names of secrets that are looked up at each use."""

    scheme: str
    literals: Mapping[str, str]
    secrets: Secrets = field(repr=False)

    def expect(self, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        """Raise SchemeError unless exactly these options are given."""
        missing = [name for name in required if name not in self.literals]
        unknown = [name for name in self.literals if name not in (*required, *optional)]
        if missing or unknown:
            zh = [f"缺少 {name}" for name in missing] + [f"不认识 {name}" for name in unknown]
            en = [f"{name} is missing" for name in missing] + [f"{name} is unknown" for name in unknown]
            takes = ", ".join([*required, *(f"{name}?" for name in optional)]) or "-"
            raise SchemeError(
                f"认证方式 {self.scheme} 的选项有误:{'、'.join(zh)};选项为:{takes}。",
                f"The auth scheme {self.scheme} has wrong options: {', '.join(en)}; it takes: {takes}.",
            )

    def value(self, name: str) -> str:
        """The option's value at this moment. Raises SecretMissingError."""
        return resolve(self.literals[name], self.secrets)

    def header(self, name: str, default: str) -> str:
        """An option that names an HTTP header, checked. Raises SchemeError."""
        header = self.literals.get(name, default)
        if not _HEADER_NAME.fullmatch(header):
            raise SchemeError(f"选项 {name} 不是有效的请求头名称。", f"The option {name} is not a header's name.")
        return header


def resolve(text: str, secrets: Secrets) -> str:
    """The text, or the secret that it names. Raises SecretMissingError, whatever the secrets' own error says."""
    if not text.startswith(_BY_NAME):
        return text
    name = text.removeprefix(_BY_NAME)
    try:
        return secrets.get(name)
    except (TongbanError, LookupError, OSError):
        raise SecretMissingError(name) from None


class CannotVerify:
    """The half of a scheme whose proof does not cover the body: it cannot vouch for a push, so it refuses."""

    needs_envelope: ClassVar[bool] = False
    verifies: ClassVar[bool] = False

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Verified:
        """Always raises PushRefused."""
        raise PushRefused("scheme-cannot-verify")

    def vouch(self, body: bytes, now: datetime, entropy: Entropy) -> Mapping[str, str]:
        """Always raises TypeError: `incoming` accepts no such scheme."""
        raise TypeError("a scheme that cannot verify cannot vouch")
