"""Content is an opaque Blob: its name, size, hash and type are known; its bytes are read only while they are sent."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Blob:
    """A material's or result's content. size in bytes; sha256 lower-case hex of the plain bytes; read yields the plain bytes in order."""

    name: str
    size: int
    sha256: str
    media_type: str
    read: Callable[[], Iterator[bytes]] = field(repr=False, compare=False)

    def open(self) -> Iterator[bytes]:
        """The plain bytes, piece by piece; each call starts anew."""
        return self.read()

    @classmethod
    def absent(cls, name: str, size: int, sha256: str, media_type: str) -> "Blob":
        """A Blob for dry preparation: everything is known of it but its bytes, and reading it is a mistake."""
        return cls(name, size, sha256, media_type, _nothing)


def _nothing() -> Iterator[bytes]:
    raise RuntimeError("a dry preparation read content")
