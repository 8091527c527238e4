"""Attachments in a folder, for SQLite: <first two digits>/<address>; what is on its way lies in incoming/."""

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from .attachments import PIECE, checked, put_through
from .errors import StoreError

_INCOMING = "incoming"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Folder:
    """A file is synced, renamed into place, and both folders synced: a row that names it is committed only after."""

    def __init__(self, root: Path) -> None:
        self._root = root
        with _disk():
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            (root / _INCOMING).mkdir(mode=0o700, exist_ok=True)
            _sync_folder(root.parent)
            _sync_folder(root)

    def begin(self) -> "FolderUpload":
        with _disk():
            return FolderUpload(self._root)

    def put(self, chunks: Iterable[bytes], address: str) -> int:
        path = _path(self._root, address)
        if path.exists():
            # Who wrote it may have died before its name was durable.
            with _disk():
                _sync_place(path)
        else:
            put_through(self.begin(), chunks, address)
        return path.stat().st_size

    def open(self, address: str) -> Iterator[bytes]:
        try:
            file = _path(self._root, address).open("rb")
        except FileNotFoundError as error:
            raise StoreError("store.attachment-missing", detail=address) from error
        return _pieces(file)

    def exists(self, address: str) -> bool:
        return _path(self._root, address).exists()

    def delete(self, address: str) -> bool:
        path = _path(self._root, address)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        _sync_folder(path.parent)
        return True

    def sweep_temporary(self, older_than: datetime) -> int:
        swept = 0
        for path in (self._root / _INCOMING).iterdir():
            try:
                if path.stat().st_mtime < older_than.timestamp():
                    path.unlink()
                    swept += 1
            except FileNotFoundError:
                continue  # its upload has just ended
        return swept


class FolderUpload:
    """A file under a random name until its address is known."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = root / _INCOMING / secrets.token_hex(16)
        descriptor = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "wb")

    def write(self, data: bytes) -> None:
        with _disk():
            self._file.write(data)

    def commit(self, address: str) -> None:
        final = _path(self._root, address)
        with _disk():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            final.parent.mkdir(mode=0o700, exist_ok=True)
            if not final.exists():
                self._path.rename(final)
            # Synced also when it stood there: its own upload may not have come that far yet.
            _sync_place(final)
        self.abort()

    def abort(self) -> None:
        try:
            self._file.close()
        except OSError:
            pass  # the rest could not be flushed: it goes anyway
        finally:
            self._path.unlink(missing_ok=True)


@contextmanager
def _disk() -> Iterator[None]:
    """Turns what the operating system says into our error."""
    try:
        yield
    except OSError as error:
        code = "store.full" if error.errno in _FULL else "store.failed"
        raise StoreError(code, detail=os.strerror(error.errno or 0)) from error


def _path(root: Path, address: str) -> Path:
    return root / checked(address)[:2] / address


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def _sync_place(path: Path) -> None:
    """Make a content's name durable, and that of its folder."""
    _sync_folder(path.parent)
    _sync_folder(path.parent.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
