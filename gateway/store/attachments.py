"""The attachment store: content by address, written once. Bytes arrive sealed and leave sealed."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from .errors import StoreError

PIECE = 64 * 1024
"""Bytes in one piece when reading."""
_ADDRESS = re.compile(r"[0-9a-f]{64}")


class Upload(Protocol):
    """Content that is still coming; nobody can read it before the commit."""

    def write(self, data: bytes) -> None:
        """Append."""

    def commit(self, address: str) -> None:
        """Make it durable under its address; when the address has content, that stands and this goes."""

    def abort(self) -> None:
        """Drop it; after the end of an upload it does nothing."""


class Attachments(Protocol):
    """Content by address: 64 lower-case hex digits, never a user's path. Every method blocks; call it in a thread."""

    def begin(self) -> Upload:
        """Content whose address is known only at its end."""

    def put(self, chunks: Iterable[bytes], address: str) -> int:
        """Keep the content durably; how many bytes stand under the address. What stands there already is not written again."""

    def open(self, address: str) -> Iterator[bytes]:
        """The content in pieces of 64 KiB. Raises StoreError(store.attachment-missing) at once."""

    def exists(self, address: str) -> bool:
        """Whether there is content under the address."""

    def delete(self, address: str) -> bool:
        """Remove it; False when there is none."""

    def sweep_temporary(self, older_than: datetime) -> int:
        """Remove uploads begun before that and never ended; how many."""


def checked(address: str) -> str:
    """The address, if it is one. Raises StoreError(store.address)."""
    if not _ADDRESS.fullmatch(address):
        raise StoreError("store.address")
    return address


def put_through(upload: Upload, chunks: Iterable[bytes], address: str) -> None:
    """Write all chunks and commit; whatever fails, nothing is left."""
    try:
        for chunk in chunks:
            upload.write(chunk)
        upload.commit(address)
    finally:
        upload.abort()
