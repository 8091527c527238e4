"""What happened to a case: its chained events, its visits, its results."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from gateway.model import Visit

from .chain import event_hash
from .errors import StoreError
from .group import Group, columns_of, values_of
from .records import EventRecord, NewEvent, NewVisit, ResultRecord, VisitRecord
from .tables import case_event, case_result, case_visit
from .tables import cases as cases_table

_CASE: sa.BindParameter[int] = sa.bindparam("case")
_LOCKED_HEAD = sa.select(cases_table.c.event_seq, cases_table.c.event_head).where(cases_table.c.id == _CASE).with_for_update(key_share=True)
_SET_HEAD = sa.update(cases_table).where(cases_table.c.id == _CASE)
_RELAYED = sa.update(cases_table).where(cases_table.c.id == _CASE, cases_table.c.relayed_seq < sa.bindparam("told"))
_EVENTS = (
    sa.select(*columns_of(case_event, EventRecord))
    .where(case_event.c.case_id == _CASE, case_event.c.seq > sa.bindparam("after_seq"))
    .order_by(case_event.c.seq)
)
_VISIT = columns_of(case_visit, Visit)
_VISITS = sa.select(*_VISIT).where(case_visit.c.case_id == _CASE, case_visit.c.struck_at.is_(None)).order_by(case_visit.c.id)
_VISITS_OF = (
    sa.select(case_visit.c.case_id, *_VISIT)
    .where(case_visit.c.case_id.in_(sa.bindparam("cases", expanding=True)), case_visit.c.struck_at.is_(None))
    .order_by(case_visit.c.id)
)
_VISIT_RECORDS = sa.select(*columns_of(case_visit, VisitRecord)).where(case_visit.c.case_id == _CASE).order_by(case_visit.c.id)
_RESULTS = sa.select(*columns_of(case_result, ResultRecord)).where(case_result.c.case_id == _CASE).order_by(case_result.c.id)


class History(Group):
    """The intents that only append."""

    __slots__ = ()

    def append_event(self, case_id: int, event: NewEvent) -> int:
        """Append it to the case's chain under the row's lock; its number. Raises StoreError for an unknown case."""
        head = self._connection.execute(_LOCKED_HEAD, {"case": case_id}).first()
        if head is None:
            raise StoreError("store.unknown-case")
        seq = head.event_seq + 1
        digest = self._append(case_id, seq, head.event_head, event)
        self._connection.execute(_SET_HEAD, {"case": case_id, "event_seq": seq, "event_head": digest})
        return int(seq)

    def _append(self, case_id: int, seq: int, head: bytes, event: NewEvent) -> bytes:
        """The event behind that head of the chain; the new head."""
        said = values_of(event)
        digest = event_hash(head, EventRecord(case_id=case_id, seq=seq, **said, hash=b""))
        self._insert(case_event, {"case_id": case_id, "seq": seq, **said, "hash": digest})
        return digest

    def events(self, case_id: int, after_seq: int = 0) -> list[EventRecord]:
        """The case's events after that number, in order."""
        return self._all(EventRecord, _EVENTS, {"case": case_id, "after_seq": after_seq})

    def relayed(self, case_id: int, seq: int, at: datetime) -> None:
        """The hall has the events up to `seq`; a smaller number than before changes nothing."""
        self._connection.execute(_RELAYED, {"case": case_id, "told": seq, "relayed_seq": seq, "relayed_at": at})

    def add_visit(self, case_id: int, visit: NewVisit) -> int:
        """Keep a visit; its id."""
        return self._insert_numbered(case_visit, {"case_id": case_id, **values_of(visit)})

    def visits(self, case_id: int) -> list[Visit]:
        """The case's visits that stand, in the order they were recorded."""
        return self._all(Visit, _VISITS, {"case": case_id})

    def visits_of(self, case_ids: Collection[int]) -> dict[int, tuple[Visit, ...]]:
        """The standing visits of several cases, by case."""
        found: dict[int, tuple[Visit, ...]] = dict.fromkeys(case_ids, ())
        for case_id, *visit in self._connection.execute(_VISITS_OF, {"cases": list(case_ids)}):
            found[case_id] += (Visit(*visit),)
        return found

    def visit_records(self, case_id: int) -> list[VisitRecord]:
        """All visits ever recorded for the case, struck ones too."""
        return self._all(VisitRecord, _VISIT_RECORDS, {"case": case_id})

    def strike_visit(self, case_id: int, visit_id: int, at: datetime) -> bool:
        """Let a visit that was recorded by mistake count no longer; False when the case has no such standing visit."""
        table = case_visit.c
        struck = sa.update(case_visit).where(table.id == visit_id, table.case_id == case_id, table.struck_at.is_(None))
        return self._changed(struck.values(struck_at=at))

    def add_result(self, case_id: int, result: ResultRecord) -> int:
        """Keep a result and give its id; the same content of the same case is kept once."""
        values = values_of(result) | {"case_id": case_id}
        del values["id"]
        id = self._insert_new_numbered(case_result, values)
        if id is None:
            table = case_result.c
            kept = sa.select(table.id).where(table.case_id == case_id, table.sha256 == result.sha256)
            id = self._connection.execute(kept).scalar_one()
        return int(id)

    def results(self, case_id: int) -> list[ResultRecord]:
        """The case's results, oldest first."""
        return self._all(ResultRecord, _RESULTS, {"case": case_id})
