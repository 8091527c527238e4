"""What is sealed can be opened with the same key and the same `about`, and in no other way."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import SettingsError
from gateway.security import Keyring, Sealer, SealError

FRAME = 64 * 1024
SEALER = Sealer(Keyring.new())


def _sealed(plain: bytes, about: str = "a", sealer: Sealer = SEALER) -> bytes:
    return b"".join(sealer.seal_stream([plain], about))


def _opened(sealed: bytes, about: str = "a", sealer: Sealer = SEALER) -> bytes:
    return b"".join(sealer.open_stream([sealed], about))


@given(st.binary(max_size=300), st.text(max_size=30).filter(lambda text: text.isprintable()))
def test_a_sealed_value_opens_to_the_same_bytes(plain: bytes, about: str) -> None:
    """Sealing and opening are inverse, and the sealed form holds no run of the plain bytes."""
    sealed = SEALER.seal(plain, about)
    assert SEALER.open(sealed, about) == plain
    assert len(plain) < 8 or plain not in sealed


def test_every_altered_byte_of_a_sealed_value_is_found() -> None:
    """No single byte of version, key id, nonce, ciphertext or tag can change unnoticed, nor can the end be cut."""
    sealed = SEALER.seal(b"990101", "case:1:document")
    for place in range(len(sealed)):
        altered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(SealError):
            SEALER.open(altered, "case:1:document")
        with pytest.raises(SealError):
            SEALER.open(sealed[:place], "case:1:document")


def test_a_value_cannot_be_moved_to_another_case() -> None:
    """The same bytes under another `about` do not open: a row's sealed column is worth nothing in another row."""
    with pytest.raises(SealError):
        SEALER.open(SEALER.seal(b"x", "case:1:document"), "case:2:document")


def test_a_seal_error_says_nothing_of_the_content() -> None:
    """The error has a stable code and neither plain bytes nor `about` in its text."""
    with pytest.raises(SealError) as caught:
        SEALER.open(SEALER.seal(b"secret words", "case:1")[:-1], "case:1")
    assert caught.value.code == "seal.broken"
    assert "secret words" not in str(caught.value) + caught.value.zh + caught.value.en
    assert caught.value.__cause__ is None


def test_equal_values_are_sealed_differently() -> None:
    """Nobody can see from the sealed bytes that two values are equal."""
    assert SEALER.seal(b"same", "a") != SEALER.seal(b"same", "a")
    assert _sealed(b"same") != _sealed(b"same")


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 2 * FRAME + 7])
@pytest.mark.parametrize("piece", [1000, FRAME, 3 * FRAME])
def test_a_stream_opens_to_the_same_bytes_however_it_is_cut(size: int, piece: int) -> None:
    """Sizes of pieces, on the way in and out, do not matter; frames' borders are no special case."""
    plain = bytes(index % 251 for index in range(size))
    pieces = [plain[start : start + piece] for start in range(0, size, piece)]
    sealed = b"".join(SEALER.seal_stream(pieces, "a"))
    cut = [sealed[start : start + 777] for start in range(0, len(sealed), 777)]
    assert b"".join(SEALER.open_stream(cut, "a")) == plain


def test_an_incremental_stream_is_bound_to_what_is_known_only_at_its_end() -> None:
    """`about` is given when the stream ends, and opening needs the same one."""
    stream = SEALER.stream()
    sealed = stream.update(b"x" * FRAME) + stream.update(b"y") + stream.finish("address")
    assert _opened(sealed, "address") == b"x" * FRAME + b"y"
    with pytest.raises(SealError):
        _opened(sealed, "another")


def test_a_stream_that_was_cut_short_is_refused() -> None:
    """Truncation is found at every border: in the head, at a frame's end, within a frame, in a tag."""
    sealed = _sealed(b"z" * (2 * FRAME + 5))
    frame = FRAME + 16
    for length in (0, 10, 21, 21 + 5, 21 + frame, 21 + 2 * frame, len(sealed) - 1):
        with pytest.raises(SealError):
            _opened(sealed[:length])


def test_frames_cannot_be_reordered_repeated_or_exchanged() -> None:
    """Every frame is bound to its index and to its own stream."""
    head, frame = 21, FRAME + 16
    one, other = _sealed(b"1" * (3 * FRAME)), _sealed(b"2" * (3 * FRAME))
    first, second, rest = one[head : head + frame], one[head + frame : head + 2 * frame], one[head + 2 * frame :]
    for forged in (
        one[:head] + second + first + rest,
        one[:head] + first + first + second + rest,
        one[:head] + second + rest,
        one[:head] + other[head : head + frame] + second + rest,
        other[:head] + one[head:],
    ):
        with pytest.raises(SealError):
            _opened(forged)


def test_values_and_streams_cannot_stand_for_each_other() -> None:
    """A stream is not opened as a value, nor a value as a stream."""
    with pytest.raises(SealError):
        SEALER.open(_sealed(b"x" * 40), "a")
    with pytest.raises(SealError):
        _opened(SEALER.seal(b"x" * 40, "a"))


def test_after_a_rotation_old_content_opens_and_new_content_needs_the_new_key() -> None:
    """A rotated ring opens what the old one sealed; the old ring cannot open what was sealed since; addresses stay."""
    old = Keyring.new()
    new = old.rotated()
    before, after = Sealer(old), Sealer(new)
    assert after.open(before.seal(b"x", "a"), "a") == b"x"
    assert _opened(_sealed(b"x", sealer=before), sealer=after) == b"x"
    with pytest.raises(SealError):
        before.open(after.seal(b"x", "a"), "a")
    with pytest.raises(SealError):
        _opened(_sealed(b"x", sealer=after), sealer=before)
    assert before.content_address(b"\0" * 32) == after.content_address(b"\0" * 32)


def test_addresses_and_search_hashes_are_keyed_and_apart() -> None:
    """The same input gives the same hash under one key file, another under another, and never the same for two uses."""
    other = Sealer(Keyring.new())
    address = SEALER.content_address(b"abc")
    assert re.fullmatch(r"[0-9a-f]{64}", address)
    assert address == SEALER.content_address(b"abc") != other.content_address(b"abc")
    assert SEALER.search_hash("abc") == SEALER.search_hash("abc") != other.search_hash("abc")
    assert SEALER.search_hash("abc").hex() != address


def test_the_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    """A fresh file has mode 0600 and no left-overs beside it; a second create gives the same keys; a saved rotation is read back."""
    path = tmp_path / "keys"
    ring = Keyring.create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys"]
    assert Keyring.create(path) == ring == Keyring.load(path)
    ring.rotated().save(path)
    rotated = Keyring.load(path)
    assert rotated.current != ring.current
    assert rotated.key(ring.current) == ring.key()
    assert path.stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_get_the_same_keys(tmp_path: Path) -> None:
    """Eight at once make one file: nobody seals under keys that another's file then replaces."""
    path, together = tmp_path / "keys", threading.Barrier(8)

    def start(_: int) -> Keyring:
        together.wait()
        return Keyring.create(path)

    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(start, range(8)))
    assert all(ring == rings[0] for ring in rings)
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    """Keys that others could have read or written are not used."""
    path = tmp_path / "keys"
    Keyring.create(path)
    path.chmod(mode)
    with pytest.raises(SettingsError) as caught:
        Keyring.load(path)
    assert caught.value.code == "key-file.exposed"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"version": 2, "current": "00000000", "keys": {}, "index": ""}',
        b'{"version": 1, "current": "00000000", "keys": {}, "index": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}',
        b'{"version": 1, "current": "00", "keys": {"00": "AAAA"}, "index": "AAAA"}',
        b'{"version": 1, "current": "00", "keys": ["00"], "index": "AAAA"}',
    ],
)
def test_a_damaged_key_file_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    """Whatever the file holds, the error is ours and says nothing of the content."""
    path = tmp_path / "keys"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError) as caught:
        Keyring.load(path)
    assert caught.value.code == "key-file.unreadable"
    assert caught.value.__cause__ is None


def test_a_missing_key_file_is_not_made_by_loading(tmp_path: Path) -> None:
    """A lost key file is an error, never silently replaced by keys that open nothing."""
    with pytest.raises(SettingsError) as caught:
        Keyring.load(tmp_path / "keys")
    assert caught.value.code == "key-file.missing"
    assert list(tmp_path.iterdir()) == []


def test_keys_are_in_no_repr() -> None:
    """Neither ring nor sealer shows a key when printed."""
    shown = repr(SEALER) + repr(SEALER.keyring)
    assert SEALER.keyring.key().hex() not in shown
    assert repr(SEALER.keyring.key()) not in shown
    assert repr(SEALER.keyring.index) not in shown
