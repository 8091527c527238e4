"""Halls and their keys."""

from datetime import datetime

import sqlalchemy as sa

from .group import Group, columns_of, values_of
from .jobs import Jobs
from .records import HallRecord, JobKind, KeyRecord
from .tables import hall as halls_table
from .tables import hall_key as keys_table

_HALL = columns_of(halls_table, HallRecord)
_HALL_BY_ID = sa.select(*_HALL).where(halls_table.c.id == sa.bindparam("hall"))
_KEY_BY_PREFIX = sa.select(*columns_of(keys_table, KeyRecord)).where(keys_table.c.prefix == sa.bindparam("sought"))


class Halls(Group):
    """Who may submit cases, and where they hear of them."""

    __slots__ = ()

    def add(self, hall: HallRecord) -> bool:
        """Keep a new hall; False when the id is taken."""
        return self._insert_new(halls_table, values_of(hall))

    def get(self, id: str) -> HallRecord | None:
        return self._one(HallRecord, _HALL_BY_ID, {"hall": id})

    def all(self) -> list[HallRecord]:
        """All halls by id, disabled ones included."""
        return self._all(HallRecord, sa.select(*_HALL).order_by(halls_table.c.id))

    def add_key(self, hall_id: str, prefix: str, digest: bytes, at: datetime) -> None:
        """Keep a key's digest; a hall may hold several while it changes keys. Raises StoreError for an unknown hall or a prefix in use."""
        self._insert(keys_table, {"hall_id": hall_id, "prefix": prefix, "digest": digest, "created_at": at})

    def key(self, prefix: str) -> KeyRecord | None:
        """The key with this prefix, revoked or not."""
        return self._one(KeyRecord, _KEY_BY_PREFIX, {"sought": prefix})

    def revoke_key(self, prefix: str, at: datetime) -> bool:
        """Revoke it; False when unknown or revoked before."""
        table = keys_table.c
        return self._changed(sa.update(keys_table).where(table.prefix == prefix, table.revoked_at.is_(None)).values(revoked_at=at))

    def set_webhook(self, hall_id: str, url: str | None, secret_sealed: bytes | None) -> bool:
        """Where the hall is told of its cases, or None for nowhere; False for an unknown hall.

        News that was laid aside because the old address did not take it goes on its way again.
        """
        changed = sa.update(halls_table).where(halls_table.c.id == hall_id)
        Jobs(self._connection, self._dialect).unpark_lane(JobKind.RELAY, f"hall:{hall_id}")
        return self._changed(changed.values(webhook_url=url, webhook_secret_sealed=secret_sealed))
