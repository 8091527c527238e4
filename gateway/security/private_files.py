"""Files that only their owner may read: made whole or not at all, at once and for good."""

import os
import secrets
import stat
from pathlib import Path
from typing import IO


def is_exposed(file: IO[bytes]) -> bool:
    """Whether other users can read or write an open file."""
    return bool(stat.S_IMODE(os.fstat(file.fileno()).st_mode) & (stat.S_IRWXG | stat.S_IRWXO))


def write_private(path: Path, data: bytes, *, replacing: bool) -> None:
    """A file of mode 0600 with this content. Without replacing, the file of whoever was first stays. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replacing:
            temporary.replace(path)
        else:
            _link(temporary, path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _link(temporary: Path, path: Path) -> None:
    """Give the finished file its name, unless another process was first."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
