"""`none`: a partner that asks for no proof (a private line, mutual TLS in front). It cannot vouch for a push."""

from dataclasses import dataclass
from datetime import datetime

from partners.contract import Entropy

from .scheme import CannotVerify, Options, Parts


@dataclass(frozen=True, slots=True)
class NoAuth(CannotVerify):
    """No options."""

    options: Options

    def __post_init__(self) -> None:
        self.options.expect(())

    async def sign(self, parts: Parts, now: datetime, entropy: Entropy) -> Parts:
        """The request as it is."""
        return parts
