"""Reports: what partners said, kept raw once, and what came of it."""

from datetime import datetime

import sqlalchemy as sa

from .group import Group, columns_of
from .records import ReportRecord
from .tables import push_nonce, report_event
from .tables import report as reports_table

_REPORT = columns_of(reports_table, ReportRecord)
_CHANGE = sa.update(reports_table).where(reports_table.c.id == sa.bindparam("report"))
_EXPIRE = sa.delete(push_nonce).where(push_nonce.c.expires_at < sa.bindparam("now"))


class Reports(Group):
    """The partners' words, pulled or pushed."""

    __slots__ = ()

    def keep(
        self,
        partner: str,
        case_id: int | None,
        channel: str,
        sha256: bytes,
        raw_sealed: bytes,
        code: str | None,
        partner_number: str | None,
        event_at: datetime | None,
        at: datetime,
    ) -> int | None:
        """Keep a report; its id, or None when this partner gave the same bytes for that case before. sha256: of the plain bytes."""
        values = {
            "partner": partner,
            "case_id": case_id,
            "scope": case_id or 0,
            "channel": channel,
            "sha256": sha256,
            "raw_sealed": raw_sealed,
            "code": code,
            "partner_number": partner_number,
            "event_at": event_at,
            "received_at": at,
        }
        return self._insert_new_numbered(reports_table, values)

    def claim_event(self, partner: str, case_number: str, code: str, event_at: datetime | None) -> bool:
        """Whether this event of the case, by our number, is told for the first time.

        Without a time always True: the caller compares it with the case's last.
        """
        if event_at is None:
            return True
        event = {"partner": partner, "case_number": case_number, "code": code, "event_at": event_at}
        return self._insert_new(report_event, event)

    def conclude(self, report_id: int, effect: str) -> None:
        """Note what the report did to the case."""
        self._connection.execute(_CHANGE, {"report": report_id, "effect": effect})

    def unknown(self, limit: int) -> list[ReportRecord]:
        """Reports for the operator, newest first: with a code nobody knows, or of no case of ours."""
        table = reports_table.c
        open_questions = sa.select(*_REPORT).where(sa.or_(table.effect == "unknown", table.case_id.is_(None)))
        return self._all(ReportRecord, open_questions.order_by(table.id.desc()).limit(limit))

    def raw(self, report_id: int) -> bytes | None:
        """The partner's bytes, sealed."""
        table = reports_table.c
        content: bytes | None = self._connection.execute(sa.select(table.raw_sealed).where(table.id == report_id)).scalar_one_or_none()
        return content

    def nonce(self, partner: str, nonce: str, expires_at: datetime, now: datetime) -> bool:
        """Take a push's nonce; False when it was taken before. Nonces that ran out go as new ones come."""
        fresh = self._insert_new(push_nonce, {"partner": partner, "nonce": nonce, "expires_at": expires_at})
        self._connection.execute(_EXPIRE, {"now": now})
        return fresh
