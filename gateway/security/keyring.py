"""The key file: the keys that seal personal data, several by id and one current, and the root of the keyed indexes.

JSON: {"version": 1, "current": "<id>", "keys": {"<id, 8 hex>": "<base64, 32 bytes>"}, "index": "<base64, 32 bytes>"}; mode 0600.
A rotation adds a key and makes it current; the old ones stay for what they sealed. The index root never changes: addresses hang on it.
Losing the file is losing everything that was sealed: back it up apart from the database.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

from gateway.errors import SettingsError

from .private_files import is_exposed, write_private

KEY_ID_BYTES: Final = 4
_KEY_BYTES: Final = 32
_MAX_FILE_BYTES: Final = 1024 * 1024
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Keyring:
    """AES-256 keys by id (4 bytes). current: the id under which new content is sealed. index: 32 bytes, for addresses and search."""

    current: bytes
    keys: Mapping[bytes, bytes] = field(repr=False)
    index: bytes = field(repr=False)

    def key(self, key_id: bytes | None = None) -> bytes:
        """The key of that id, or the current one. Raises KeyError."""
        return self.keys[self.current if key_id is None else key_id]

    @classmethod
    def new(cls) -> Self:
        """A ring of one fresh key."""
        key_id = secrets.token_bytes(KEY_ID_BYTES)
        return cls(key_id, {key_id: secrets.token_bytes(_KEY_BYTES)}, secrets.token_bytes(_KEY_BYTES))

    def rotated(self) -> "Keyring":
        """The same ring with a fresh current key."""
        key_id = secrets.token_bytes(KEY_ID_BYTES)
        while key_id in self.keys:
            key_id = secrets.token_bytes(KEY_ID_BYTES)
        return replace(self, current=key_id, keys={**self.keys, key_id: secrets.token_bytes(_KEY_BYTES)})

    @classmethod
    def create(cls, path: Path) -> "Keyring":
        """The ring of the file, which is made when there is none. Of two processes that start at once, both get the same."""
        if not path.exists():
            _write(path, cls.new(), replacing=False)
        return cls.load(path)

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """The ring of the file. Raises SettingsError when it is absent, open to other users or unreadable."""
        try:
            with path.open("rb") as file:
                if is_exposed(file):
                    raise SettingsError(
                        "key-file.exposed",
                        "密钥文件可被其他用户读写。请执行 chmod 600 后重试。",
                        "The key file is open to other users. Set its mode to 600 (chmod 600) and try again.",
                        detail=str(path),
                    )
                return _parse(json.loads(file.read(_MAX_FILE_BYTES)))
        except FileNotFoundError:
            raise SettingsError(
                "key-file.missing",
                "没有密钥文件(TONGBAN_KEY_FILE)。已封存的内容没有它就无法打开,请从备份恢复;PostgreSQL 新装请先运行 tongban keys create。",
                "There is no key file (TONGBAN_KEY_FILE). What was sealed cannot be opened without it; restore it from the backup. "
                "A new installation on PostgreSQL runs tongban keys create first.",
                detail=str(path),
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            # The cause is not chained: a decoder's exception carries what it was reading.
            raise SettingsError(
                "key-file.unreadable",
                "密钥文件(TONGBAN_KEY_FILE)无法读取或内容损坏。请核对权限,或从备份恢复。",
                "The key file (TONGBAN_KEY_FILE) cannot be read or is damaged. Check its permissions or restore it from the backup.",
                detail=f"{path}: {type(error).__name__}",
            ) from None

    def save(self, path: Path) -> None:
        """Replace the file with this ring, at once and for good. Raises OSError."""
        _write(path, self, replacing=True)


def _parse(document: Any) -> Keyring:
    if document["version"] != _VERSION:
        raise ValueError("another version")
    keys = {bytes.fromhex(key_id): _decode(key) for key_id, key in document["keys"].items()}
    ring = Keyring(bytes.fromhex(document["current"]), keys, _decode(document["index"]))
    if ring.current not in keys or any(len(key_id) != KEY_ID_BYTES for key_id in keys):
        raise ValueError("key ids")
    return ring


def _decode(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != _KEY_BYTES:
        raise ValueError("key length")
    return key


def _write(path: Path, ring: Keyring, *, replacing: bool) -> None:
    document = {
        "version": _VERSION,
        "current": ring.current.hex(),
        "keys": {key_id.hex(): base64.b64encode(key).decode("ascii") for key_id, key in ring.keys.items()},
        "index": base64.b64encode(ring.index).decode("ascii"),
    }
    write_private(path, json.dumps(document, indent=1).encode("ascii"), replacing=replacing)
