"""All that differs between SQLite and PostgreSQL in our statements and errors.

Row locks (`FOR UPDATE`, `SKIP LOCKED`) need no line here: SQLite's only writer holds the whole file, and the compiler leaves them out.
"""

from typing import Any, Protocol, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from . import tables
from .errors import StoreError

Insert = postgresql.Insert
"""INSERT … ON CONFLICT; both constructs have the same surface."""

_RAISE_COUNTER = (
    sa.update(tables.counter)
    .where(tables.counter.c.name == tables.CASE_SERIAL.name)
    .values(value=tables.counter.c.value + 1)
    .returning(tables.counter.c.value)
)
_NEXT_VALUE = sa.select(tables.CASE_SERIAL.next_value())


class Dialect(Protocol):
    """What a group of intents may ask of the database it runs on."""

    name: str

    def __hash__(self) -> int:
        """There is one of each, and prebuilt statements are kept by it."""

    def insert(self, table: sa.Table) -> Insert:
        """An INSERT that knows ON CONFLICT."""

    def next_serial(self, connection: sa.Connection) -> int:
        """The next case serial; gaps are allowed, repetitions are not."""

    def translate(self, error: BaseException) -> StoreError:
        """Our error for one of the driver's, without what the row said."""

    def worth_repeating(self, error: sa.exc.DBAPIError) -> bool:
        """Whether the unit surely left nothing behind and may succeed when run again."""


class Sqlite:
    """SQLite through pysqlite3."""

    name = "sqlite"
    _codes = {  # noqa: RUF012 - a table, never written
        "SQLITE_FULL": "store.full",
        "SQLITE_BUSY": "store.busy",
        "SQLITE_LOCKED": "store.busy",
        "SQLITE_CONSTRAINT": "store.conflict",
        "SQLITE_READONLY": "store.read-only",
        "SQLITE_CANTOPEN": "store.unreachable",
        "SQLITE_NOTADB": "store.unreachable",
    }

    def insert(self, table: sa.Table) -> Insert:
        return cast(Insert, sqlite.insert(table))

    def next_serial(self, connection: sa.Connection) -> int:
        return int(connection.execute(_RAISE_COUNTER).scalar_one())

    def translate(self, error: BaseException) -> StoreError:
        name = str(getattr(_origin(error), "sqlite_errorname", type(error).__name__))
        family = "_".join(name.split("_")[:2])
        return StoreError(self._codes.get(family, "store.failed"), detail=name)

    def worth_repeating(self, error: sa.exc.DBAPIError) -> bool:
        return False


class Postgres:
    """PostgreSQL through psycopg 3."""

    name = "postgresql"
    _codes = {  # noqa: RUF012 - a table, never written
        "53100": "store.full",
        "25006": "store.read-only",
        "55P03": "store.busy",
        "57014": "store.busy",
        "40001": "store.busy",
        "40P01": "store.busy",
    }

    def insert(self, table: sa.Table) -> Insert:
        return postgresql.insert(table)

    def next_serial(self, connection: sa.Connection) -> int:
        return int(connection.execute(_NEXT_VALUE).scalar_one())

    def translate(self, error: BaseException) -> StoreError:
        state = getattr(_origin(error), "sqlstate", None)
        if state is None:
            lost = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
            return StoreError("store.unreachable" if lost else "store.failed", detail=type(_origin(error)).__name__)
        by_class = {"08": "store.unreachable", "28": "store.unreachable", "57": "store.unreachable", "23": "store.conflict"}
        return StoreError(self._codes.get(state) or by_class.get(state[:2], "store.failed"), detail=f"SQLSTATE {state}")

    def worth_repeating(self, error: sa.exc.DBAPIError) -> bool:
        return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in ("40001", "40P01")


SQLITE = Sqlite()
POSTGRES = Postgres()


def _origin(error: BaseException) -> Any:
    return getattr(error, "orig", None) or error
