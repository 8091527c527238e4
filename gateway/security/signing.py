"""The key that signs an installation's reports: Ed25519 (RFC 8032), made at its first use, beside the keys that seal.

It vouches for reports and for nothing else; losing it loses nothing but the proof that later reports come from the same installation.
"""

import hashlib
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key

from gateway.errors import SettingsError
from gateway.settings import Settings

from .private_files import is_exposed, write_private

SUFFIX: Final = ".signing"
_MAX_FILE_BYTES: Final = 64 * 1024


class ReportKey:
    """A key that signs reports. public: its 32 raw bytes, for everybody."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, data: bytes) -> bytes:
        """The signature of exactly these bytes; 64 bytes."""
        return self._key.sign(data)

    @classmethod
    def create(cls, path: Path) -> "ReportKey":
        """The key of the file, which is made when there is none. Raises SettingsError."""
        if not path.exists():
            pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            try:
                write_private(path, pem, replacing=False)
            except OSError as error:
                raise _unusable(path, error) from None
        return cls.load(path)

    @classmethod
    def load(cls, path: Path) -> "ReportKey":
        """The key of the file. Raises SettingsError when it is absent, open to other users, or no such key."""
        try:
            with path.open("rb") as file:
                if is_exposed(file):
                    raise SettingsError(
                        "signing-key.exposed",
                        "报告签名密钥文件可被其他用户读写。请执行 chmod 600 后重试。",
                        "The file of the key that signs reports is open to other users. Set its mode to 600 (chmod 600) and try again.",
                        detail=str(path),
                    )
                key = load_pem_private_key(file.read(_MAX_FILE_BYTES), None)
        except (OSError, ValueError, TypeError) as error:
            raise _unusable(path, error) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise _unusable(path, TypeError())
        return cls(key)


def report_key_file(settings: Settings) -> Path:
    """Where the installation's key lies: beside the sealing keys, with a suffix of its own."""
    return settings.sealing_keys.with_name(settings.sealing_keys.name + SUFFIX)


def has_signed(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether the key of these 32 raw bytes has signed exactly this data."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public: bytes) -> str:
    """What people compare: the first 32 hex digits of the public key's SHA-256."""
    return hashlib.sha256(public).hexdigest()[:32]


def _unusable(path: Path, error: Exception) -> SettingsError:
    # The cause is not chained: a decoder's exception may carry what it was reading.
    return SettingsError(
        "signing-key.unusable",
        "报告签名密钥文件无法写入、读取或内容损坏。请核对权限；删除后会在下次签名时重新生成。",
        "The file of the key that signs reports cannot be written or read, or is damaged. Check its permissions; once it is deleted, "
        "the next signature makes a new one.",
        detail=f"{path}: {type(error).__name__}",
    )
