"""What every group of intents stands on: the unit's connection, its dialect, and rows that become records."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import sqlalchemy as sa

from .dialect import Dialect

R = TypeVar("R")


class Group:
    """A group of intents within one unit of work."""

    __slots__ = ("_connection", "_dialect")

    def __init__(self, connection: sa.Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    def _changed(self, statement: sa.UpdateBase) -> bool:
        """Whether the statement touched a row."""
        # Without the option SQLAlchemy forgets the count of an INSERT.
        return self._connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount > 0

    def _one(self, make: Callable[..., R], statement: sa.Select[Any]) -> R | None:
        row = self._connection.execute(statement).first()
        return None if row is None else make(*row)

    def _all(self, make: Callable[..., R], statement: sa.Select[Any]) -> list[R]:
        return [make(*row) for row in self._connection.execute(statement)]


def columns_of(table: sa.Table, record: Any) -> Sequence[sa.Column[Any]]:
    """The table's columns in the order of the record's fields, which have the same names."""
    return [table.c[field.name] for field in fields(record)]
