"""Proposals of routes: which office partners name when they say that a case is not theirs."""

from datetime import datetime

import sqlalchemy as sa

from .group import Group, columns_of
from .records import ProposalRecord
from .tables import route_proposal as proposals_table

_PROPOSAL = columns_of(proposals_table, ProposalRecord)


class Proposals(Group):
    """One for each way a case was turned; counted, and closed by a person."""

    __slots__ = ()

    def note(self, origin: str, destination: str, matter: str, competent: str, case: str, at: datetime) -> None:
        """One more case was turned this way, unless it was the one told last. A proposal that was closed stays closed, and counts on."""
        table = proposals_table.c
        key = {"origin": origin, "destination": destination, "matter": matter, "competent": competent}
        seen = sa.update(proposals_table).where(*(table[name] == value for name, value in key.items()))
        told = {"last_at": at, "last_case": case}
        new = key | told | {"cases": 1, "first_at": at}
        if not self._insert_new(proposals_table, new):
            self._connection.execute(seen.values(cases=table.cases + sa.case((table.last_case == case, 0), else_=1), **told))

    def list(self, *, open_only: bool = True) -> "list[ProposalRecord]":
        """Proposals, those of most cases first."""
        chosen = sa.select(*_PROPOSAL).order_by(proposals_table.c.cases.desc(), proposals_table.c.id)
        return self._all(ProposalRecord, chosen.where(proposals_table.c.closed_at.is_(None)) if open_only else chosen)

    def close(self, id: int, by: str, at: datetime, resolution: str) -> bool:
        """Close it; False when unknown or closed."""
        table = proposals_table.c
        still_open = sa.update(proposals_table).where(table.id == id, table.closed_at.is_(None))
        return self._changed(still_open.values(closed_at=at, closed_by=by, resolution=resolution))
