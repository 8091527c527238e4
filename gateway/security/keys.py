"""Hall keys: a random secret shown once; we keep its digest and find it by its prefix."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

_SHAPE = re.compile(r"tb_([a-z2-7]{12})_[A-Za-z0-9_-]{43}")
_PREFIX_BYTES = 8
_PREFIX_LENGTH = 12
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewKey:
    """text: the whole key, for the hall only, never stored. prefix: not secret, names the key. digest: 32 bytes, stored."""

    text: str = field(repr=False)
    prefix: str
    digest: bytes = field(repr=False)


def new_hall_key() -> NewKey:
    """A fresh key "tb_<prefix>_<secret>" with 256 random bits in its secret."""
    prefix = base64.b32encode(secrets.token_bytes(_PREFIX_BYTES)).decode("ascii").lower()[:_PREFIX_LENGTH]
    text = f"tb_{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return NewKey(text, prefix, digest_of(text))


def digest_of(text: str) -> bytes:
    """SHA-256 of the whole key. A fast digest is enough: there is nothing to guess in 256 random bits."""
    return hashlib.sha256(text.encode("ascii")).digest()


def parse(text: str) -> tuple[str, bytes] | None:
    """(prefix, digest) of something that has a key's shape, None for anything else."""
    shape = _SHAPE.fullmatch(text)
    return None if shape is None else (shape[1], digest_of(text))


def matches(one: bytes, other: bytes) -> bool:
    """Whether two digests are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(one, other)
