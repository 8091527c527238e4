"""What happened to a case: its chained events, its visits, its results."""

from dataclasses import fields
from datetime import datetime

import sqlalchemy as sa

from gateway.model import Visit

from .chain import event_hash
from .errors import StoreError
from .group import Group, columns_of
from .records import EventRecord, NewEvent, NewVisit, ResultRecord
from .tables import case_event, case_result, case_visit
from .tables import cases as cases_table

_EVENT = columns_of(case_event, EventRecord)
_VISIT = columns_of(case_visit, Visit)
_RESULT = columns_of(case_result, ResultRecord)


class History(Group):
    """The intents that only append."""

    __slots__ = ()

    def append_event(self, case_id: int, event: NewEvent) -> int:
        """Append it to the case's chain under the row's lock; its number. Raises StoreError for an unknown case."""
        table = cases_table.c
        locked = sa.select(table.event_seq, table.event_head).where(table.id == case_id).with_for_update(key_share=True)
        head = self._connection.execute(locked).first()
        if head is None:
            raise StoreError("store.unknown-case")
        said = {field.name: getattr(event, field.name) for field in fields(event)}
        unhashed = EventRecord(case_id=case_id, seq=head.event_seq + 1, **said, hash=b"")
        digest = event_hash(head.event_head, unhashed)
        self._connection.execute(sa.insert(case_event).values(case_id=case_id, seq=unhashed.seq, hash=digest, **said))
        self._connection.execute(sa.update(cases_table).where(table.id == case_id).values(event_seq=unhashed.seq, event_head=digest))
        return unhashed.seq

    def events(self, case_id: int, after_seq: int = 0) -> list[EventRecord]:
        """The case's events after that number, in order."""
        table = case_event.c
        return self._all(EventRecord, sa.select(*_EVENT).where(table.case_id == case_id, table.seq > after_seq).order_by(table.seq))

    def relayed(self, case_id: int, seq: int, at: datetime) -> None:
        """The hall has the events up to `seq`; a smaller number than before changes nothing."""
        table = cases_table.c
        self._connection.execute(
            sa.update(cases_table).where(table.id == case_id, table.relayed_seq < seq).values(relayed_seq=seq, relayed_at=at)
        )

    def add_visit(self, case_id: int, visit: NewVisit) -> int:
        """Keep a visit; its id."""
        values = {field.name: getattr(visit, field.name) for field in fields(visit)}
        insert = sa.insert(case_visit).values(case_id=case_id, **values).returning(case_visit.c.id)
        return int(self._connection.execute(insert).scalar_one())

    def visits(self, case_id: int) -> list[Visit]:
        """The case's visits in the order they were recorded."""
        return self._all(Visit, sa.select(*_VISIT).where(case_visit.c.case_id == case_id).order_by(case_visit.c.id))

    def add_result(self, case_id: int, result: ResultRecord) -> int:
        """Keep a result and give its id; the same content of the same case is kept once."""
        values = {field.name: getattr(result, field.name) for field in fields(result) if field.name != "id"}
        table = case_result.c
        insert = self._dialect.insert(case_result).values(case_id=case_id, **values).on_conflict_do_nothing().returning(table.id)
        id = self._connection.execute(insert).scalar_one_or_none()
        if id is None:
            kept = sa.select(table.id).where(table.case_id == case_id, table.sha256 == result.sha256)
            id = self._connection.execute(kept).scalar_one()
        return int(id)

    def results(self, case_id: int) -> list[ResultRecord]:
        """The case's results, oldest first."""
        return self._all(ResultRecord, sa.select(*_RESULT).where(case_result.c.case_id == case_id).order_by(case_result.c.id))
