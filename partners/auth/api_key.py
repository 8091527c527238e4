"""`api-key`: a fixed key in one header, as OpenAPI's `apiKey` and RFC 6750's `Bearer` have it. It does not cover the body."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from partners.contract import Entropy

from .scheme import CannotVerify, Options, Parts

_DEFAULT: Final = "X-API-Key"


@dataclass(frozen=True, slots=True)
class ApiKey(CannotVerify):
    """Options: key; header X-API-Key (default) or another; word, which stands before the key: `Bearer` in the header Authorization."""

    options: Options

    def __post_init__(self) -> None:
        self.options.expect(("key",), ("header", "word"))
        self.options.header("header", _DEFAULT)

    async def sign(self, parts: Parts, now: datetime, entropy: Entropy) -> Parts:
        """Adds the header."""
        word = self.options.literals.get("word", "")
        return parts.with_headers((self.options.header("header", _DEFAULT), f"{word} {self.options.value('key')}".lstrip()))
