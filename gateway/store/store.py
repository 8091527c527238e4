"""The store: units of work on SQLite or PostgreSQL, and the attachments beside them."""

import asyncio
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa

from .attachments import Attachments
from .chunks import Chunks
from .errors import StoreError
from .folder import Folder
from .migrations import bring_up_to_date
from .sqlite import SqliteRunner
from .tx import Tx

if TYPE_CHECKING:
    from .postgres import PostgresRunner

T = TypeVar("T")


class Store:
    """One database, open. A unit is a pure synchronous function of a Tx: it runs whole or not at all."""

    def __init__(self, runner: "SqliteRunner | PostgresRunner", attachments: Attachments, lock_file: Path | None) -> None:
        self._runner = runner
        self._lock_file = lock_file
        self.attachments = attachments
        self.dialect = runner.dialect.name

    @classmethod
    def open(cls, url: str, *, attachments: Path | None = None, migrate: bool = True) -> "Store":
        """Open `sqlite:////path/file.db` or `postgresql://…`, migrating it if need be.

        attachments: the folder on SQLite, by default <file>.materials; unused on PostgreSQL. Raises StoreError.
        """
        chain = secrets.token_hex(8)
        try:
            parsed = sa.make_url(url)
        except sa.exc.ArgumentError as error:
            raise StoreError("store.url") from error
        if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
            return cls._open_sqlite(Path(parsed.database), attachments, chain, migrate)
        if parsed.get_backend_name() == "postgresql":
            return cls._open_postgres(parsed.set(drivername="postgresql+psycopg"), chain, migrate)
        raise StoreError("store.url", detail=parsed.get_backend_name())

    @classmethod
    def _open_sqlite(cls, path: Path, attachments: Path | None, chain: str, migrate: bool) -> "Store":
        runner = SqliteRunner(path, chain)
        _start(runner, migrate)
        folder = Folder(attachments or path.with_name(path.name + ".materials"))
        return cls(runner, folder, path.with_name(path.name + ".lock"))

    @classmethod
    def _open_postgres(cls, url: sa.URL, chain: str, migrate: bool) -> "Store":
        # The driver takes a fifth of a second to import, which only its users should spend.
        from .postgres import PostgresRunner

        runner = PostgresRunner(url, chain)
        _start(runner, migrate)
        return cls(runner, Chunks(runner.writer), None)

    async def write(self, unit: Callable[[Tx], T]) -> T:
        """Run the unit and commit it; its result comes only when it is on disk.

        What the unit raises is raised here and undoes it alone. On PostgreSQL it may be run a second time, so it has no effect
        outside its Tx. Raises StoreError; of its codes only store.commit-unknown leaves open whether the unit was saved.
        """
        return await self._runner.write(unit)

    async def read(self, unit: Callable[[Tx], T]) -> T:
        """Run the unit on one snapshot. Writing in it raises StoreError(store.read-only)."""
        return await self._runner.read(unit)

    def listen(self, callback: Callable[[], None]) -> None:
        """Call it on the running event loop after commits of units that wake, many commits perhaps once. Polling misses nothing."""
        self._runner.bell.listen(callback)

    def serve_lock(self) -> AbstractContextManager[None]:
        """Held by the one serving process of a SQLite file; raises StoreError(store.already-serving). PostgreSQL serves any number."""
        return nullcontext() if self._lock_file is None else _exclusive(self._lock_file)

    async def close(self) -> None:
        """Commit what waits and let go of the database."""
        await asyncio.to_thread(self._runner.close)


def _start(runner: "SqliteRunner | PostgresRunner", migrate: bool) -> None:
    try:
        bring_up_to_date(runner.writer, migrate=migrate)
        runner.start()
    except sa.exc.SQLAlchemyError as error:
        runner.close()
        raise runner.dialect.translate(error) from error
    except StoreError:
        runner.close()
        raise


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError("store.already-serving") from error
        yield
    finally:
        os.close(descriptor)
