"""The key that signs reports: made once, for its owner only, and nothing else passes for its signature."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.errors import SettingsError
from gateway.security import ReportKey, fingerprint, has_signed, report_key_file
from gateway.settings import Settings


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    """The second use finds the first one's key, mode 0600."""
    path = tmp_path / "t.db.keys.signing"
    key = ReportKey.create(path)
    assert (ReportKey.create(path).public, ReportKey.load(path).public) == (key.public, key.public)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_signature_fits_its_data_and_its_key_alone(tmp_path: Path) -> None:
    """Another byte, another key, or no key at all: no."""
    key, other = ReportKey.create(tmp_path / "a"), ReportKey.create(tmp_path / "b")
    signature = key.sign(b"report")
    assert has_signed(key.public, signature, b"report")
    assert not has_signed(key.public, signature, b"Report")
    assert not has_signed(other.public, signature, b"report")
    assert not has_signed(key.public, b"", b"report")
    assert not has_signed(b"short", signature, b"report")
    assert fingerprint(key.public) != fingerprint(other.public)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    """Whoever could read it could sign."""
    path = tmp_path / "key"
    ReportKey.create(path)
    path.chmod(mode)
    with pytest.raises(SettingsError) as error:
        ReportKey.create(path)
    assert error.value.code == "signing-key.exposed"


def x25519() -> bytes:
    """A key of another kind."""
    return X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n", x25519()])
def test_a_damaged_key_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    """Never replaced in silence, and no exception of a library."""
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(SettingsError) as error:
        ReportKey.create(path)
    assert error.value.code == "signing-key.unusable"
    assert path.read_bytes() == content


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    """As where the folder of the keys is missing."""
    with pytest.raises(SettingsError) as error:
        ReportKey.create(tmp_path / "missing" / "key")
    assert error.value.code == "signing-key.unusable"


def test_the_key_lies_beside_the_sealing_keys(tmp_path: Path) -> None:
    """Under a name of its own."""
    settings = Settings(key_file=tmp_path / "sealing")
    assert report_key_file(settings) == tmp_path / "sealing.signing"


def test_the_key_is_in_no_repr(tmp_path: Path) -> None:
    """A log line could hold it."""
    path = tmp_path / "key"
    key = ReportKey.create(path)
    secret = path.read_text("ascii").splitlines()[1]
    assert secret not in repr(key)
    assert secret not in repr(vars(key))
