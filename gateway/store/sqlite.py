"""SQLite: one writer thread that commits the waiting units together, and a few readers beside it."""

import asyncio
import concurrent.futures
import os
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pysqlite3.dbapi2 as driver
import sqlalchemy as sa

from .bell import Bell
from .dialect import SQLITE
from .errors import StoreError
from .tx import Tx
from .versions import require

T = TypeVar("T")

GROUP = 64
"""Units committed together at most: beyond it the sync is paid for and only the first unit waits longer."""
_READERS = 4
_BUSY_SECONDS = 15
_JOURNAL_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    unit: Callable[[Tx], Any]
    future: "concurrent.futures.Future[Any]"


@dataclass(frozen=True, slots=True)
class _Ended:
    result: Any
    error: BaseException | None


class _TransactionLostError(Exception):
    """SQLite rolled everything back by itself (disk full, I/O error), units of the group that had succeeded included."""


class SqliteRunner:
    """Runs units on one file. WAL, synchronous FULL; every writing transaction begins IMMEDIATE, so none is upgraded and refused."""

    def __init__(self, path: Path, chain: str) -> None:
        require(driver.sqlite_version_info)
        self.dialect = SQLITE
        self.bell = Bell()
        self._chain = chain
        # SQLite gives its side files the mode of the main one.
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise StoreError("store.unreachable", detail=type(error).__name__) from error
        self.writer = _engine(path, begin="BEGIN IMMEDIATE", pool_size=1)
        self._reader = _engine(path, begin="BEGIN", pool_size=_READERS, query_only=True)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="tongban-reader")
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="tongban-writer", daemon=True)

    def start(self) -> None:
        """Begin to serve; after the migration, which uses the writer's connection itself."""
        self._thread.start()

    async def write(self, unit: Callable[[Tx], T]) -> T:
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        with self._gate:
            if self._closed:
                raise StoreError("store.closed")
            self._queue.put(_Waiting(unit, future))
        return await asyncio.wrap_future(future)

    async def read(self, unit: Callable[[Tx], T]) -> T:
        if self._closed:
            raise StoreError("store.closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, unit)

    def close(self) -> None:
        """Commit what waits, then stop."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        if self._thread.ident is not None:
            self._thread.join()
        self._readers.shutdown()
        self.bell.close()
        self._reader.dispose()
        self.writer.dispose()

    def _read(self, unit: Callable[[Tx], T]) -> T:
        try:
            with self._reader.begin() as connection:
                return unit(Tx(connection, self.dialect, self._chain))
        except sa.exc.SQLAlchemyError as error:
            raise self.dialect.translate(error) from error

    def _run(self) -> None:
        more = True
        while more:
            first = self._queue.get()
            if first is None:
                return
            group = [first]
            while len(group) < GROUP:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    more = False
                    break
                group.append(following)
            self._commit([waiting for waiting in group if waiting.future.set_running_or_notify_cancel()])

    def _commit(self, group: Sequence[_Waiting]) -> None:
        """One transaction for the whole group. Nobody is answered before its commit, and everybody is after it, whatever happens."""
        try:
            ended, woken = self._run_group(group)
        except BaseException as error:
            cause = error.__cause__ if isinstance(error, _TransactionLostError) else error
            for waiting in group:
                failure = self.dialect.translate(cause or error)
                failure.__cause__ = cause
                waiting.future.set_exception(failure)
            return
        if woken:
            self.bell.ring()
        for waiting, end in zip(group, ended, strict=True):
            if end.error is None:
                waiting.future.set_result(end.result)
            else:
                waiting.future.set_exception(end.error)

    def _run_group(self, group: Sequence[_Waiting]) -> tuple[list[_Ended], bool]:
        ended: list[_Ended] = []
        woken = False
        with self.writer.begin() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            for waiting in group:
                tx = Tx(connection, self.dialect, self._chain)
                end = self._run_one(raw, tx, waiting.unit)
                woken = woken or (tx.woken and end.error is None)
                ended.append(end)
        return ended, woken

    def _run_one(self, raw: Any, tx: Tx, unit: Callable[[Tx], Any]) -> _Ended:
        """One unit under its own savepoint: when it raises, it alone is undone."""
        raw.execute("SAVEPOINT unit")
        try:
            end = _Ended(unit(tx), None)
        except BaseException as error:
            if not raw.in_transaction:
                raise _TransactionLostError from error
            raw.execute("ROLLBACK TO unit")
            end = _Ended(None, self._own(error))
        if not raw.in_transaction:
            raise _TransactionLostError
        raw.execute("RELEASE unit")
        return end

    def _own(self, error: BaseException) -> BaseException:
        if not isinstance(error, sa.exc.SQLAlchemyError):
            return error
        translated = self.dialect.translate(error)
        translated.__cause__ = error
        return translated


def _engine(path: Path, *, begin: str, pool_size: int, query_only: bool = False) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite+pysqlite", database=str(path)), module=driver, pool_size=pool_size, max_overflow=0, hide_parameters=True
    )

    @sa.event.listens_for(engine, "connect")
    def connect(raw: Any, _record: Any) -> None:
        # The driver begins nothing by itself; `begin` below does.
        raw.isolation_level = None
        raw.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
        (mode,) = raw.execute("PRAGMA journal_mode = WAL").fetchone()
        raw.execute("PRAGMA synchronous = FULL")
        (synchronous,) = raw.execute("PRAGMA synchronous").fetchone()
        if (mode, synchronous) != ("wal", 2):
            raise StoreError("store.durability", detail=f"journal_mode {mode}, synchronous {synchronous}")
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")
        raw.execute("PRAGMA mmap_size = 0")
        raw.execute("PRAGMA trusted_schema = OFF")
        if query_only:
            raw.execute("PRAGMA query_only = ON")

    @sa.event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        if not query_only:
            connection.exec_driver_sql("PRAGMA query_only = OFF")
        connection.exec_driver_sql(begin)

    @sa.event.listens_for(engine, "handle_error")
    def fence(context: sa.ExceptionContext) -> None:
        # When SQLite has ended the transaction, what a unit still writes would commit by itself: refuse it until the next begin.
        raw = None if context.connection is None or context.connection.closed else context.connection.connection.driver_connection
        if raw is not None and not raw.in_transaction:
            raw.execute("PRAGMA query_only = ON")

    return engine
