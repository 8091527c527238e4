"""What every group of intents stands on: the unit's connection, its dialect, and rows that become records.

Statements are built once, as constants or by the cached functions here, and given their values when they run:
building one costs several times what running it does.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import sqlalchemy as sa

from .dialect import Dialect

R = TypeVar("R")
Values = Mapping[str, Any]


class Group:
    """A group of intents within one unit of work."""

    __slots__ = ("_connection", "_dialect")

    def __init__(self, connection: sa.Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    def _insert(self, table: sa.Table, values: Values) -> None:
        self._connection.execute(_plain_insert(table), values)

    def _insert_numbered(self, table: sa.Table, values: Values) -> int:
        """Insert and give the row's id."""
        return int(self._connection.execute(_plain_insert(table, numbered=True), values).scalar_one())

    def _insert_new(self, table: sa.Table, values: Values) -> bool:
        """Insert unless any of the table's keys is taken; whether it was inserted."""
        return self._connection.execute(_new_insert(self._dialect, table), values).first() is not None

    def _insert_new_numbered(self, table: sa.Table, values: Values) -> int | None:
        """Insert unless any of the table's keys is taken; the row's id, or None."""
        id: int | None = self._connection.execute(_new_insert(self._dialect, table), values).scalar_one_or_none()
        return id

    def _changed(self, statement: sa.UpdateBase, values: Values | None = None) -> bool:
        """Whether an UPDATE or DELETE touched a row."""
        return self._connection.execute(statement, values).rowcount > 0

    def _one(self, make: Callable[..., R], statement: sa.Select[Any], values: Values | None = None) -> R | None:
        row = self._connection.execute(statement, values).first()
        return None if row is None else make(*row)

    def _all(self, make: Callable[..., R], statement: sa.Select[Any], values: Values | None = None) -> list[R]:
        return [make(*row) for row in self._connection.execute(statement, values)]


def columns_of(table: sa.Table, record: Any) -> Sequence[sa.Column[Any]]:
    """The table's columns in the order of the record's fields, which have the same names."""
    return [table.c[name] for name in _names(record)]


def values_of(record: Any) -> dict[str, Any]:
    """The record's fields by name, as they are."""
    kind: Any = type(record)
    return {name: getattr(record, name) for name in _names(kind)}


@functools.cache
def _names(record: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))


@functools.cache
def _plain_insert(table: sa.Table, *, numbered: bool = False) -> sa.Insert:
    insert = sa.insert(table)
    return insert.returning(table.c.id) if numbered else insert


@functools.cache
def _new_insert(dialect: Dialect, table: sa.Table) -> sa.Insert:
    # Told by the key it returns: an INSERT's row count is not to be had on every driver.
    return dialect.insert(table).on_conflict_do_nothing().returning(next(iter(table.primary_key)))
