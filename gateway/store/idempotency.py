"""Idempotency keys: what a hall's key was answered with, committed together with the case."""

from datetime import datetime

import sqlalchemy as sa

from .group import Group, columns_of
from .records import IdempotencyRecord
from .tables import cases as cases_table
from .tables import idempotency as keys_table

_BY_KEY = sa.select(*columns_of(keys_table, IdempotencyRecord)).where(
    keys_table.c.hall_id == sa.bindparam("hall"), keys_table.c.key == sa.bindparam("sought")
)


class Idempotency(Group):
    """One answer for one key of one hall."""

    __slots__ = ()

    def find(self, hall_id: str, key: str) -> IdempotencyRecord | None:
        return self._one(IdempotencyRecord, _BY_KEY, {"hall": hall_id, "sought": key})

    def claim(self, hall_id: str, key: str, body_sha256: bytes, status: int, response: bytes, case_id: int | None, at: datetime) -> bool:
        """Take the key with its answer; False when a twin has it, and then nothing else of this unit may stand.

        On PostgreSQL a twin that has not committed yet is waited for.
        """
        values = {
            "hall_id": hall_id,
            "key": key,
            "body_sha256": body_sha256,
            "status": status,
            "response": response,
            "case_id": case_id,
            "created_at": at,
        }
        return self._insert_new(keys_table, values)

    def purge(self, before: datetime) -> int:
        """Forget keys older than `before`, but none of an open case; how many."""
        still_open = sa.select(cases_table.c.id).where(cases_table.c.id == keys_table.c.case_id, cases_table.c.handled_at.is_(None))
        old = sa.delete(keys_table).where(keys_table.c.created_at < before, ~still_open.exists())
        return self._connection.execute(old).rowcount
