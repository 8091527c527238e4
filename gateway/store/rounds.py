"""Supplement rounds: what an authority asked for, what the hall answered, and when the authority had it."""

from datetime import datetime

import sqlalchemy as sa

from .group import Group, columns_of, values_of
from .records import RoundRecord
from .tables import supplement_round as rounds_table

_OF_CASE = (
    sa.select(*columns_of(rounds_table, RoundRecord)).where(rounds_table.c.case_id == sa.bindparam("case")).order_by(rounds_table.c.round)
)
_CHANGE = sa.update(rounds_table).where(rounds_table.c.case_id == sa.bindparam("case"), rounds_table.c.round == sa.bindparam("sought"))
_CLOSE = sa.update(rounds_table).where(rounds_table.c.case_id == sa.bindparam("case"), rounds_table.c.closed_at.is_(None))


class Rounds(Group):
    """Rounds are opened, answered, received and closed in this order, under the case's lock; none is ever removed."""

    __slots__ = ()

    def open(self, record: RoundRecord) -> None:
        """Keep a new round; the ones before it are closed."""
        self.close(record.case_id, record.recorded_at)
        self._insert(rounds_table, values_of(record))

    def of_case(self, case_id: int) -> list[RoundRecord]:
        """The case's rounds, first to last."""
        return self._all(RoundRecord, _OF_CASE, {"case": case_id})

    def answer(self, case_id: int, number: int, at: datetime, answer_sealed: bytes) -> None:
        """The hall has answered."""
        values = {"case": case_id, "sought": number, "answered_at": at, "answer_sealed": answer_sealed}
        self._connection.execute(_CHANGE, values)

    def reopen(self, case_id: int, number: int) -> None:
        """The partner refused the answer: the hall may answer again."""
        self._connection.execute(_CHANGE, {"case": case_id, "sought": number, "answered_at": None, "answer_sealed": None})

    def receive(self, case_id: int, number: int, at: datetime) -> None:
        """The partner has the answer."""
        self._connection.execute(_CHANGE, {"case": case_id, "sought": number, "received_at": at, "closed_at": at})

    def close(self, case_id: int, at: datetime) -> None:
        """Nothing is asked any more, whether or not it was answered through us."""
        self._connection.execute(_CLOSE, {"case": case_id, "closed_at": at})
