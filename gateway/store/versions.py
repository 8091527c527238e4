"""Which SQLite libraries may be used: those without the WAL-reset bug (https://sqlite.org/wal.html#walresetbug)."""

from .errors import StoreError

Version = tuple[int, int, int]

_FIRST_AFFECTED: Version = (3, 7, 0)
_FIXED: Version = (3, 51, 3)
_BACKPORTS: tuple[Version, ...] = ((3, 44, 6), (3, 50, 7))


def loses_rows(version: Version) -> bool:
    """Whether this library can skip committed transactions in a checkpoint when several connections use one WAL file."""
    if version < _FIRST_AFFECTED or version >= _FIXED:
        return False
    return not any(version[:2] == fixed[:2] and version >= fixed for fixed in _BACKPORTS)


def require(version: Version) -> None:
    """Raise StoreError(store.sqlite-version) for a library that may not be used: with the bug, or older than WAL."""
    if loses_rows(version) or version < _FIRST_AFFECTED:
        raise StoreError("store.sqlite-version", detail=".".join(map(str, version)))
