"""Tickets: what a person must decide or mend."""

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from .group import Group, columns_of
from .records import TicketRecord
from .tables import ticket as tickets_table

_TICKET = columns_of(tickets_table, TicketRecord)
_OPEN_OF_NO_CASE = sa.select(tickets_table.c.id).where(
    tickets_table.c.case_id.is_(None), tickets_table.c.kind == sa.bindparam("sought"), tickets_table.c.closed_at.is_(None)
)
Tickets_ = list[TicketRecord]


class Tickets(Group):
    """The operator's list."""

    __slots__ = ()

    def open(self, case_id: int | None, kind: str, reason: str, at: datetime, detail: Mapping[str, str | int | bool | None]) -> int | None:
        """Open a ticket; its id, or None when the case, or for no case the gateway, has an open one of that kind."""
        if case_id is None and self._connection.execute(_OPEN_OF_NO_CASE, {"sought": kind}).first() is not None:
            return None
        values = {"case_id": case_id, "kind": kind, "reason": reason, "opened_at": at, "detail": detail}
        return self._insert_new_numbered(tickets_table, values)

    def list(self, open_only: bool = True) -> Tickets_:
        """Tickets, oldest first."""
        chosen = sa.select(*_TICKET).order_by(tickets_table.c.id)
        return self._all(TicketRecord, chosen.where(tickets_table.c.closed_at.is_(None)) if open_only else chosen)

    def open_of(self, case_id: int) -> Tickets_:
        """The case's open tickets, oldest first."""
        table = tickets_table.c
        chosen = sa.select(*_TICKET).where(table.case_id == case_id, table.closed_at.is_(None)).order_by(table.id)
        return self._all(TicketRecord, chosen)

    def get(self, id: int) -> TicketRecord | None:
        return self._one(TicketRecord, sa.select(*_TICKET).where(tickets_table.c.id == id))

    def close_moot(self, case_id: int, kinds: Collection[str], by: str, at: datetime, resolution: str) -> None:
        """Close the case's open tickets of these kinds, if there are any: nobody needs to do anything about them any more."""
        table = tickets_table.c
        moot = sa.update(tickets_table).where(table.case_id == case_id, table.closed_at.is_(None), table.kind.in_(kinds))
        self._connection.execute(moot.values(closed_at=at, closed_by=by, resolution=resolution))

    def close(self, id: int, by: str, at: datetime, resolution: str) -> bool:
        """Close it; False when unknown or closed."""
        table = tickets_table.c
        still_open = sa.update(tickets_table).where(table.id == id, table.closed_at.is_(None))
        return self._changed(still_open.values(closed_at=at, closed_by=by, resolution=resolution))
