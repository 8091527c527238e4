"""Attachments as rows, for PostgreSQL: any node can deliver them, and one backup holds everything."""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from .attachments import PIECE, checked, put_through
from .dialect import POSTGRES
from .errors import StoreError
from .tables import attachment, attachment_chunk

_SLICE = 4 * PIECE
"""Bytes in one row."""


class Chunks:
    """Each row is its own short transaction, so that a slow upload holds no connection; the address is set at the end."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def begin(self) -> "ChunksUpload":
        return ChunksUpload(self._engine)

    def put(self, chunks: Iterable[bytes], address: str) -> int:
        if not self.exists(address):
            put_through(self.begin(), chunks, address)
        size = self._find(address, attachment.c.size)
        if size is None:
            raise StoreError("store.attachment-missing", detail=address)
        return int(size)

    def open(self, address: str) -> Iterator[bytes]:
        upload = self._find(address, attachment.c.upload)
        if upload is None:
            raise StoreError("store.attachment-missing", detail=address)
        return self._pieces(upload, address)

    def exists(self, address: str) -> bool:
        return self._find(address, attachment.c.upload) is not None

    def delete(self, address: str) -> bool:
        return _run(self._engine, sa.delete(attachment).where(attachment.c.address == checked(address))) > 0

    def sweep_temporary(self, older_than: datetime) -> int:
        return _run(self._engine, sa.delete(attachment).where(attachment.c.address.is_(None), attachment.c.begun_at < older_than))

    def _find(self, address: str, column: sa.Column[Any]) -> Any:
        found = sa.select(column).where(attachment.c.address == checked(address))
        with _database(), self._engine.connect() as connection:
            return connection.execute(found).scalar_one_or_none()

    def _pieces(self, upload: str, address: str) -> Iterator[bytes]:
        table = attachment_chunk.c
        # A connection is held for one row at a time, not for as long as the receiver takes.
        with _database(), self._engine.connect() as connection:
            rows = connection.execute(sa.select(sa.func.count()).where(table.upload == upload)).scalar_one()
        for position in range(rows):
            wanted = sa.select(table.content).where(table.upload == upload, table.position == position)
            with _database(), self._engine.connect() as connection:
                content = connection.execute(wanted).scalar_one_or_none()
            if content is None:
                raise StoreError("store.attachment-missing", detail=address)
            for start in range(0, len(content), PIECE):
                yield bytes(content[start : start + PIECE])


class ChunksUpload:
    """Rows under a random name until the address is known."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._upload = secrets.token_hex(16)
        self._buffer = bytearray()
        self._rows = 0
        self._size = 0
        self._ended = False
        _run(engine, sa.insert(attachment).values(upload=self._upload, size=0, begun_at=datetime.now(UTC)))

    def write(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= _SLICE:
            self._flush(_SLICE)

    def commit(self, address: str) -> None:
        checked(address)
        if self._buffer:
            self._flush(len(self._buffer))
        named = sa.update(attachment).where(attachment.c.upload == self._upload).values(address=address, size=self._size)
        try:
            if _run(self._engine, named) == 0:
                raise StoreError("store.attachment-missing", detail="the upload was swept")
        except StoreError as error:
            self.abort()
            if error.code != "store.conflict":
                raise
        self._ended = True

    def abort(self) -> None:
        if not self._ended:
            self._ended = True
            _run(self._engine, sa.delete(attachment).where(attachment.c.upload == self._upload))

    def _flush(self, size: int) -> None:
        content = bytes(self._buffer[:size])
        _run(self._engine, sa.insert(attachment_chunk).values(upload=self._upload, position=self._rows, content=content))
        del self._buffer[:size]
        self._rows += 1
        self._size += size


def _run(engine: sa.Engine, statement: sa.UpdateBase) -> int:
    with _database(), engine.begin() as connection:
        return connection.execute(statement).rowcount


@contextmanager
def _database() -> Iterator[None]:
    """Turns what the driver says into our error."""
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise POSTGRES.translate(error) from error
