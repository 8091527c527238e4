"""Cases: their rows, their sealed documents, and by inheritance their history."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.model import Decision, Status

from .chain import START
from .errors import StoreError
from .group import columns_of, values_of
from .history import History
from .records import CaseRecord, NewCase, NewEvent
from .tables import case_body
from .tables import cases as cases_table

_CASE = columns_of(cases_table, CaseRecord)
_BY_ID = sa.select(*_CASE).where(cases_table.c.id == sa.bindparam("case"))
# key_share: who only refers to the case (a job, an attempt) need not wait.
_LOCKED = _BY_ID.with_for_update(key_share=True)
_BY_NUMBER = sa.select(*_CASE).where(cases_table.c.number == sa.bindparam("sought"))
_PARTS = sa.select(*_CASE).where(cases_table.c.parent_id == sa.bindparam("whole")).order_by(cases_table.c.id)
_CHANGE = sa.update(cases_table).where(cases_table.c.id == sa.bindparam("case"))
_BODY = ("document_sealed", "body_sealed")
Page = list[CaseRecord]


class Cases(History):
    """An applicant's business, from the counter to the decision."""

    __slots__ = ()

    def next_serial(self) -> int:
        """A number never given before, for the case number; gaps are allowed."""
        return self._dialect.next_serial(self._connection)

    def insert(self, case: NewCase) -> int:
        """Keep a new case; its id."""
        values = values_of(case) | {"relayed_seq": 0, "event_seq": 0, "event_head": START}
        body = {name: values.pop(name) for name in _BODY}
        id = self._insert_numbered(cases_table, values)
        self._insert(case_body, {"case_id": id, **body})
        return id

    def get(self, id: int) -> CaseRecord | None:
        return self._one(CaseRecord, _BY_ID, {"case": id})

    def lock(self, id: int) -> CaseRecord:
        """The case, with its row held until the unit ends; every change of a status begins here. Raises StoreError for an unknown one."""
        case = self._one(CaseRecord, _LOCKED, {"case": id})
        if case is None:
            raise StoreError("store.unknown-case")
        return case

    def parts(self, id: int) -> Page:
        """The parts of a joint case, that of the lead place first. Who locks several locks them in this order, and the whole after them."""
        return self._all(CaseRecord, _PARTS, {"whole": id})

    def lock_with_parts(self, id: int) -> CaseRecord:
        """The case, locked like its parts, if it is a whole that has any. Raises StoreError for an unknown one."""
        for part in self.parts(id):
            self.lock(part.id)
        return self.lock(id)

    def by_number(self, number: str) -> CaseRecord | None:
        return self._one(CaseRecord, _BY_NUMBER, {"sought": number})

    def by_partner_number(self, partner: str, partner_number: str) -> CaseRecord | None:
        """The partner's case of that number; None also when the partner gave the number twice, for a guess could expose a stranger."""
        table = cases_table.c
        named = sa.select(*_CASE).where(table.partner == partner, table.partner_number == partner_number).limit(2)
        found = self._all(CaseRecord, named)
        return found[0] if len(found) == 1 else None

    def list(self, hall_id: str, *, after: int | None, limit: int, status: str | None) -> Page:
        """A hall's cases, newest first; `after` is the id of the last one of the page before."""
        table = cases_table.c
        page = sa.select(*_CASE).where(table.hall_id == hall_id).order_by(table.id.desc()).limit(limit)
        if after is not None:
            page = page.where(table.id < after)
        if status is not None:
            page = page.where(table.status == Status(status))
        return self._all(CaseRecord, page)

    def recent(self, partner: str, limit: int) -> Page:
        """The partner's cases, newest first."""
        table = cases_table.c
        return self._all(CaseRecord, sa.select(*_CASE).where(table.partner == partner).order_by(table.id.desc()).limit(limit))

    def document(self, id: int) -> bytes:
        """The case's canonical document, sealed. Raises StoreError for an unknown case."""
        return self._body(id, "document_sealed")

    def body(self, id: int) -> bytes:
        """The raw body as the hall sent it, sealed. Raises StoreError for an unknown case."""
        return self._body(id, "body_sealed")

    def transported(self, id: int, at: datetime) -> None:
        """Bytes of the case left for the partner at `at`; only the first time is kept."""
        table = cases_table.c
        self._connection.execute(sa.update(cases_table).where(table.id == id, table.transported_at.is_(None)).values(transported_at=at))

    def set_partner_number(self, id: int, number: str | None, at: datetime) -> None:
        """The partner has it since `at`, under its own number if it gave one."""
        self._connection.execute(_CHANGE, {"case": id, "partner_number": number, "dispatched_at": at})

    def set_mapping(self, id: int, mapping_hash: str) -> None:
        """The case's message is made by this version of its partner's folder from now on."""
        self._connection.execute(_CHANGE, {"case": id, "mapping_hash": mapping_hash})

    def ask_to_withdraw(self, id: int, at: datetime | None, sealed: bytes | None) -> None:
        """The applicant wishes to withdraw, and why; None: no longer, for the partner has refused."""
        self._connection.execute(_CHANGE, {"case": id, "withdrawal_requested_at": at, "withdrawal_sealed": sealed})

    def mark_test(self, id: int) -> None:
        """The case turned out to be a test, and is in no count from now on."""
        self._connection.execute(_CHANGE, {"case": id, "is_test": True})

    def withdrawal(self, id: int) -> bytes | None:
        """Why the applicant wishes to withdraw, sealed; None when there is no such wish."""
        sealed: bytes | None = self._connection.execute(
            sa.select(cases_table.c.withdrawal_sealed).where(cases_table.c.id == id)
        ).scalar_one_or_none()
        return sealed

    def forward(self, id: int, destination: str, partner: str, matter_version: int, agreement: str | None, mapping_hash: str) -> None:
        """The case is another place's from now on, whose partner has not got it yet."""
        values = {"destination": destination, "partner": partner, "matter_version": matter_version, "agreement_document": agreement}
        there = {"mapping_hash": mapping_hash, "partner_number": None, "transported_at": None, "dispatched_at": None}
        self._connection.execute(_CHANGE, {"case": id, **values, **there})

    def move(self, case: CaseRecord, event: NewEvent, *, decision: str | None = None, handled_at: datetime | None = None) -> CaseRecord:
        """Append a change of status to a case as it was just locked, and bring it there; the case as it is then.

        One statement for the event and one for the row: a year's cases fold in minutes only so. decision, handled_at: as `advance`.
        """
        assert event.after is not None
        status = Status(event.after)
        digest = self._append(case.id, case.event_seq + 1, case.event_head, event)
        values: dict[str, Any] = {"status": status, "status_since": event.occurred_at}
        values |= {"event_seq": case.event_seq + 1, "event_head": digest}
        if decision is not None:
            values["decision"] = Decision(decision)
        if handled_at is not None:
            values["handled_at"] = handled_at
        self._connection.execute(_CHANGE, {"case": case.id, **values})
        return replace(case, **values)

    def advance(self, id: int, status: str, since: datetime, *, decision: str | None = None, handled_at: datetime | None = None) -> None:
        """Set the status; decision and handled_at stay as they are when not given."""
        values: dict[str, object] = {"case": id, "status": status, "status_since": since}
        if decision is not None:
            values["decision"] = decision
        if handled_at is not None:
            values["handled_at"] = handled_at
        self._connection.execute(_CHANGE, values)

    def open_count_by_status(self) -> dict[str, int]:
        """How many cases that are not handled stand at each status; a joint one once, as its whole; tests and walk-throughs nowhere."""
        table = cases_table.c
        counted = sa.select(table.status, sa.func.count()).where(
            table.handled_at.is_(None), table.parent_id.is_(None), table.is_test.is_(False)
        )
        counted = counted.group_by(table.status)
        return {row[0]: row[1] for row in self._connection.execute(counted)}

    def _body(self, id: int, column: str) -> bytes:
        content = self._connection.execute(sa.select(case_body.c[column]).where(case_body.c.case_id == id)).scalar_one_or_none()
        if content is None:
            raise StoreError("store.unknown-case")
        return bytes(content)
