"""Stand-ins for content while a message is only a tree: the bytes are spliced in as they are sent, and elided where the message is kept."""

import base64
from collections.abc import Mapping
from typing import Final

from gateway.model import Blob

from .contract import Entropy

_BYTES: Final = 24
"""Twice the hex digits, and eight of a counter: 56 characters of the Base64 alphabet, a whole number of quanta without padding."""


class Tokens:
    """The blobs of one message, each under a token that nobody could have put into a text.

    A token is itself valid Base64, so that a schema takes it.
    """

    def __init__(self, entropy: Entropy) -> None:
        self._stem = entropy.token(_BYTES).hex()
        self._count = 0
        self._blobs: dict[str, Blob] = {}

    def place(self) -> str:
        """A new token, for whatever the caller will put in its place."""
        self._count += 1
        return f"{self._stem}{self._count:08d}"

    def take(self, blob: Blob) -> str:
        """A new token that stands for the Base64 of the blob's content."""
        token = self.place()
        self._blobs[token] = blob
        return token

    def take_raw(self, blob: Blob) -> bytes:
        """The bytes whose Base64 is the token, for an encoder that will write Base64 itself."""
        return base64.b64decode(self.take(blob))

    @property
    def blobs(self) -> Mapping[str, Blob]:
        """By token."""
        return dict(self._blobs)


def elide(message: bytes, blobs: Mapping[str, Blob]) -> bytes:
    """The message with «blob:sha256:size» for each token: what is kept as evidence."""
    for token, blob in blobs.items():
        message = message.replace(token.encode(), f"«blob:{blob.sha256}:{blob.size}»".encode())
    return message
