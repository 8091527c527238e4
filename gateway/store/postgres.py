"""PostgreSQL: bounded threads, one transaction a unit, one repetition when nothing can have been saved."""

import asyncio
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg.pq import TransactionStatus

from .dialect import POSTGRES
from .errors import StoreError
from .postgres_bell import PostgresBell
from .tx import Tx

T = TypeVar("T")

_WRITERS = 8
_READERS = 4
_ATTACHMENTS = 8
"""Connections beside the units' own: each upload or download takes one, for one chunk at a time."""
_RECYCLE_SECONDS = 1800
_SESSION = ("SET statement_timeout = '60s'", "SET lock_timeout = '20s'", "SET idle_in_transaction_session_timeout = '60s'")
_DURABLE = {"fsync": "on", "full_page_writes": "on"}


class PostgresRunner:
    """Runs units on one database, READ COMMITTED with row locks; reads see one snapshot and cannot write."""

    def __init__(self, url: sa.URL, chain: str) -> None:
        self.dialect = POSTGRES
        # Each writer thread has its own audit chain: two units never wait for one head.
        self._chains = itertools.count(1)
        self._chain = chain
        self._local = threading.local()
        self.writer = sa.create_engine(
            url,
            pool_size=_WRITERS + _READERS + _ATTACHMENTS,
            max_overflow=0,
            pool_pre_ping=True,
            pool_recycle=_RECYCLE_SECONDS,
            hide_parameters=True,
        )
        sa.event.listen(self.writer, "connect", _prepare)
        self._reader = self.writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self.bell = PostgresBell(lambda: _plain_connection(self.writer))
        self._writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="tongban-writer")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="tongban-reader")
        self._closed = False

    def start(self) -> None:
        """Refuse a server that may lose what it acknowledged."""
        with self.writer.connect() as connection:
            for name, value in _DURABLE.items():
                if connection.exec_driver_sql(f"SHOW {name}").scalar_one() != value:
                    raise StoreError("store.durability", detail=name)
            if connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "off":
                raise StoreError("store.durability", detail="synchronous_commit")

    async def write(self, unit: Callable[[Tx], T]) -> T:
        return await self._in(self._writers, self._write, unit)

    async def read(self, unit: Callable[[Tx], T]) -> T:
        return await self._in(self._readers, self._read, unit)

    def close(self) -> None:
        """Finish what runs, then stop."""
        if self._closed:
            return
        self._closed = True
        self._writers.shutdown()
        self._readers.shutdown()
        self.bell.close()
        self.writer.dispose()

    async def _in(self, threads: ThreadPoolExecutor, run: Callable[[Callable[[Tx], T]], T], unit: Callable[[Tx], T]) -> T:
        if self._closed:
            raise StoreError("store.closed")
        return await asyncio.get_running_loop().run_in_executor(threads, run, unit)

    def _write(self, unit: Callable[[Tx], T]) -> T:
        try:
            return self._write_once(unit)
        except sa.exc.DBAPIError as error:
            if not self.dialect.worth_repeating(error):
                raise self.dialect.translate(error) from error
        except sa.exc.SQLAlchemyError as error:
            raise self.dialect.translate(error) from error
        try:
            return self._write_once(unit)
        except sa.exc.SQLAlchemyError as error:
            raise self.dialect.translate(error) from error

    def _write_once(self, unit: Callable[[Tx], T]) -> T:
        with self.writer.connect() as connection:
            tx = Tx(connection, self.dialect, self._own_chain())
            result = unit(tx)
            raw: Any = connection.connection.driver_connection
            if raw.info.transaction_status == TransactionStatus.INERROR:
                # COMMIT would answer ROLLBACK without an error, and a unit that swallowed one would be acknowledged.
                raise StoreError("store.commit-failed", detail="the unit swallowed an error")
            try:
                connection.commit()
            except sa.exc.DBAPIError as error:
                if error.connection_invalidated:
                    raise StoreError("store.commit-unknown", detail=type(error.orig).__name__) from error
                raise
        if tx.woken:
            self.bell.ring()
        return result

    def _read(self, unit: Callable[[Tx], T]) -> T:
        try:
            with self._reader.connect() as connection:
                return unit(Tx(connection, self.dialect, self._chain))
        except sa.exc.SQLAlchemyError as error:
            raise self.dialect.translate(error) from error

    def _own_chain(self) -> str:
        chain: str | None = getattr(self._local, "chain", None)
        if chain is None:
            chain = self._local.chain = f"{self._chain}-{next(self._chains)}"
        return chain


def _prepare(raw: Any, _record: Any) -> None:
    for setting in _SESSION:
        raw.execute(setting)
    raw.commit()


def _plain_connection(engine: sa.Engine) -> psycopg.Connection:
    """A connection outside the pool that commits by itself."""
    arguments, options = engine.dialect.create_connect_args(engine.url)
    return psycopg.connect(*arguments, **{**options, "autocommit": True})
