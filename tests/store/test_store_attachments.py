"""Attachments: durable under their address or not there at all, on both engines."""

import errno
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.store import Store, StoreError
from gateway.store.attachments import PIECE

ADDRESS = "ab" + "0" * 62
OTHER = "cd" + "1" * 62


def _rights_of_others(root: Path) -> set[int]:
    return {path.stat().st_mode & 0o077 for path in (root, *root.rglob("*"))}


def content(store: Store, address: str = ADDRESS) -> bytes:
    return b"".join(store.attachments.open(address))


async def test_content_survives(store: Store, store_url: str) -> None:
    """What was put is read again in pieces, by another process too, and its size is told."""
    data = os.urandom(5 * PIECE + 7)
    assert store.attachments.put((data[n : n + 1000] for n in range(0, len(data), 1000)), ADDRESS) == len(data)
    assert store.attachments.exists(ADDRESS)
    assert not store.attachments.exists(OTHER)
    another = Store.open(store_url)
    pieces = list(another.attachments.open(ADDRESS))
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) == PIECE
    await another.close()


async def test_an_address_is_written_once(store: Store) -> None:
    """A second put under an address reads nothing of its source and leaves the first content."""
    store.attachments.put([b"first"], ADDRESS)

    def unread() -> Iterator[bytes]:
        pytest.fail("the source was read")
        yield b""

    assert store.attachments.put(unread(), ADDRESS) == 5
    late = store.attachments.begin()
    late.write(b"second")
    late.commit(ADDRESS)
    assert content(store) == b"first"
    assert store.attachments.sweep_temporary(datetime.now(UTC) + timedelta(hours=1)) == 0


async def test_empty_content_is_content(store: Store) -> None:
    """No bytes at all are kept and read as none."""
    assert store.attachments.put([], ADDRESS) == 0
    assert content(store) == b""


async def test_a_partial_upload_is_never_seen(store: Store) -> None:
    """Neither while it comes in nor after it is dropped is there anything under the address, and nothing lies about."""
    upload = store.attachments.begin()
    upload.write(b"x" * 5 * PIECE)
    assert not store.attachments.exists(ADDRESS)
    upload.abort()
    upload.abort()

    def broken() -> Iterator[bytes]:
        yield b"x" * PIECE
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.attachments.put(broken(), OTHER)
    assert not store.attachments.exists(OTHER)
    assert store.attachments.sweep_temporary(datetime.now(UTC) + timedelta(hours=1)) == 0


async def test_uploads_whose_process_died_are_swept(store: Store) -> None:
    """The sweep removes uploads begun before the moment and leaves younger ones, which can still be committed."""
    dead = store.attachments.begin()
    dead.write(b"x" * 4 * PIECE)
    assert store.attachments.sweep_temporary(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.attachments.sweep_temporary(datetime.now(UTC) + timedelta(hours=1)) == 1
    with pytest.raises(StoreError):
        dead.commit(OTHER)
    assert not store.attachments.exists(OTHER)
    dead.abort()
    upload = store.attachments.begin()
    upload.write(b"alive")
    assert store.attachments.sweep_temporary(datetime.now(UTC) - timedelta(hours=1)) == 0
    upload.commit(ADDRESS)
    assert content(store) == b"alive"


async def test_deleted_content_is_gone(store: Store) -> None:
    """Reading what is not there fails at once, before the first piece; deleting it again is no deed."""
    store.attachments.put([b"first"], ADDRESS)
    assert store.attachments.delete(ADDRESS) is True
    assert store.attachments.delete(ADDRESS) is False
    with pytest.raises(StoreError) as caught:
        store.attachments.open(ADDRESS)
    assert caught.value.code == "store.attachment-missing"


@pytest.mark.parametrize("address", ["", "../../etc/passwd", "AB" + "0" * 62, "a" * 63, "a" * 65, "a" * 64 + "\n", "/" * 64])
async def test_only_addresses_are_addresses(store: Store, address: str) -> None:
    """Anything but 64 lower-case hex digits is refused everywhere, and an upload committed under it leaves nothing."""
    attachments = store.attachments
    calls: list[Callable[[], object]] = [
        lambda: attachments.open(address),
        lambda: attachments.exists(address),
        lambda: attachments.delete(address),
        lambda: attachments.put([b"x"], address),
    ]
    for call in calls:
        with pytest.raises(StoreError) as caught:
            call()
        assert caught.value.code == "store.address"


async def test_the_folder_syncs_before_it_answers(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is synced before it gets its name, and the folder of the name after; all of it is the owner's alone."""
    store = Store.open(sqlite_url)
    done: list[str] = []
    real_sync, real_rename = os.fsync, Path.rename

    def sync(descriptor: int) -> None:
        done.append("sync " + Path(f"/proc/self/fd/{descriptor}").readlink().parent.name[:8])
        real_sync(descriptor)

    def rename(path: Path, target: Path) -> Path:
        done.append("rename")
        return real_rename(path, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "rename", rename)
    store.attachments.put([b"x"], ADDRESS)
    assert done[0] == "sync incoming"
    assert done.index("sync incoming") < done.index("rename") < len(done) - 1 - done[::-1].index("sync tongban.")
    assert _rights_of_others(Path(sqlite_url.removeprefix("sqlite:///") + ".materials")) == {0}
    await store.close()


async def test_content_that_stands_is_synced_before_it_is_relied_on(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first writer may have died between the rename and the sync of the folders: the second syncs both before it answers."""
    store = Store.open(sqlite_url)
    store.attachments.put([b"x"], ADDRESS)
    root = Path(sqlite_url.removeprefix("sqlite:///") + ".materials")
    synced: set[Path] = set()
    real = os.fsync

    def sync(descriptor: int) -> None:
        synced.add(Path(f"/proc/self/fd/{descriptor}").readlink())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    store.attachments.put([b"x"], ADDRESS)
    assert synced == {root, root / ADDRESS[:2]}
    await store.close()


async def test_a_full_disk_is_said_and_leaves_nothing(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the file cannot be synced for want of space the upload fails with store.full and nothing stands under the address."""
    store = Store.open(sqlite_url)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreError) as caught:
            store.attachments.put([b"x"], ADDRESS)
    assert caught.value.code == "store.full"
    assert not store.attachments.exists(ADDRESS)
    assert store.attachments.sweep_temporary(datetime.now(UTC) + timedelta(hours=1)) == 0
    await store.close()
