"""Sealing: AES-256-GCM under named keys, bound to what the sealed bytes are about.

A sealed value:  1 | key id 4 | nonce 12 | ciphertext and tag.  Associated data: version, key id, about.
A sealed stream: 2 | key id 4 | salt 16  | frames.  Every frame holds 64 KiB of plain text, the last one what is left, each followed by
its tag. The frames' key comes from the named key and the salt by HKDF, so frames of two streams can never be exchanged, and a frame's
nonce is its index. Associated data of a frame: the header, its index, whether it is the last; of the last one also `about`.
`about` stands in the last frame only, since the address of an uploaded attachment is known only when its last byte has passed:
truncation, reordering, repetition and a whole file put in another's place are all detected, the last one when the end is reached.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.errors import TongbanError

from .keyring import KEY_ID_BYTES, Keyring

FRAME: Final = 64 * 1024
_VALUE, _STREAM = b"\x01", b"\x02"
_NONCE, _SALT, _TAG = 12, 16, 16
_VALUE_HEAD = 1 + KEY_ID_BYTES + _NONCE
_STREAM_HEAD = 1 + KEY_ID_BYTES + _SALT


class SealError(TongbanError):
    """Sealed bytes that cannot be opened: another key, other bytes, or another thing's. Says nothing of the content."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "seal.broken",
            "封存的内容无法打开:密钥不符、内容被改动,或不属于此处。请核对密钥文件,并检查数据是否被改动。",
            "Sealed content cannot be opened: wrong key, altered, or not of this place. Check the key file and whether data were altered.",
            detail=detail,
        )


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals and opens. `about` says what the bytes are ("case:17:document"); it is not secret, and opening needs the same."""

    keyring: Keyring = field(repr=False)

    def seal(self, plain: bytes, about: str) -> bytes:
        """The bytes sealed under the current key. At most 2^32 values a key (random nonces, NIST SP 800-38D §8.3)."""
        head = _VALUE + self.keyring.current
        nonce = secrets.token_bytes(_NONCE)
        return head + nonce + AESGCM(self.keyring.key()).encrypt(nonce, plain, head + about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """The plain bytes. Raises SealError."""
        if len(sealed) < _VALUE_HEAD + _TAG or sealed[:1] != _VALUE:
            raise SealError("not a sealed value")
        head, nonce = sealed[: 1 + KEY_ID_BYTES], sealed[1 + KEY_ID_BYTES : _VALUE_HEAD]
        try:
            return AESGCM(self._key(head[1:])).decrypt(nonce, sealed[_VALUE_HEAD:], head + about.encode())
        except InvalidTag:
            raise SealError("value does not match its seal") from None

    def stream(self) -> "StreamSealer":
        """A fresh sealed stream, for bytes that arrive piece by piece."""
        head = _STREAM + self.keyring.current + secrets.token_bytes(_SALT)
        return StreamSealer(head, _frames_key(self.keyring.key(), head))

    def seal_stream(self, chunks: Iterable[bytes], about: str) -> Iterator[bytes]:
        """The chunks, of any sizes, as a sealed stream."""
        stream = self.stream()
        for chunk in chunks:
            if sealed := stream.update(chunk):
                yield sealed
        yield stream.finish(about)

    def open_stream(self, sealed: Iterable[bytes], about: str) -> Iterator[bytes]:
        """The plain bytes of a sealed stream in frames, each verified before it is given.

        Raises SealError, at the latest in place of the last frame: what was given before it is worth nothing until the iterator has ended.
        """
        buffer = bytearray()
        aead: AESGCM | None = None
        head = b""
        index = 0
        for chunk in sealed:
            buffer += chunk
            if aead is None:
                if len(buffer) < _STREAM_HEAD:
                    continue
                head = bytes(buffer[:_STREAM_HEAD])
                del buffer[:_STREAM_HEAD]
                if head[:1] != _STREAM:
                    raise SealError("not a sealed stream")
                aead = AESGCM(_frames_key(self._key(head[1 : 1 + KEY_ID_BYTES]), head))
            # A full frame may be the last one: it is opened only when something follows it.
            while len(buffer) > FRAME + _TAG:
                yield _open_frame(aead, head, index, bytes(buffer[: FRAME + _TAG]), None)
                del buffer[: FRAME + _TAG]
                index += 1
        if aead is None:
            raise SealError("stream ends in its head")
        if last := _open_frame(aead, head, index, bytes(buffer), about):
            yield last

    def content_address(self, sha256_plain: bytes) -> str:
        """The attachment store's address of content, 64 hex characters: keyed, so that it does not reveal the plain hash."""
        return hmac.new(_derived(self.keyring.index, b"content address"), sha256_plain, hashlib.sha256).hexdigest()

    def search_hash(self, text: str) -> bytes:
        """32 bytes by which a sealed value is found again, exactly as given; keyed, so that short numbers cannot be tried out."""
        return hmac.new(_derived(self.keyring.index, b"search"), text.encode(), hashlib.sha256).digest()

    def _key(self, key_id: bytes) -> bytes:
        try:
            return self.keyring.key(key_id)
        except KeyError:
            raise SealError("sealed under a key that the key file does not have") from None


class StreamSealer:
    """Seals a stream while it passes: what `update` and `finish` give, in order, is the sealed stream. Holds at most one frame."""

    def __init__(self, head: bytes, key: bytes) -> None:
        self._head = head
        self._aead = AESGCM(key)
        self._buffer = bytearray()
        self._index = 0
        self._begun = False

    def update(self, chunk: bytes) -> bytes:
        """The sealed bytes that are ready after this chunk; perhaps none."""
        self._buffer += chunk
        ready = [self._opening()]
        while len(self._buffer) > FRAME:
            ready.append(self._seal(bytes(self._buffer[:FRAME]), None))
            del self._buffer[:FRAME]
        return b"".join(ready)

    def finish(self, about: str) -> bytes:
        """The rest of the sealed stream, bound to what it is about. Nothing may follow."""
        return self._opening() + self._seal(bytes(self._buffer), about)

    def _opening(self) -> bytes:
        head = b"" if self._begun else self._head
        self._begun = True
        return head

    def _seal(self, plain: bytes, about: str | None) -> bytes:
        sealed = self._aead.encrypt(_frame_nonce(self._index), plain, _frame_about(self._head, self._index, about))
        self._index += 1
        return sealed


def _open_frame(aead: AESGCM, head: bytes, index: int, sealed: bytes, about: str | None) -> bytes:
    if len(sealed) < _TAG:
        raise SealError("stream ends in a tag")
    try:
        return aead.decrypt(_frame_nonce(index), sealed, _frame_about(head, index, about))
    except InvalidTag:
        raise SealError(f"frame {index} does not match its seal") from None


def _frame_nonce(index: int) -> bytes:
    return index.to_bytes(_NONCE, "big")


def _frame_about(head: bytes, index: int, about: str | None) -> bytes:
    """about None: not the last frame."""
    place = index.to_bytes(8, "big")
    return head + place + b"\x00" if about is None else head + place + b"\x01" + about.encode()


def _frames_key(key: bytes, head: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=head[-_SALT:], info=b"tongban stream").derive(key)


def _derived(index: bytes, use: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"tongban " + use).derive(index)
