"""Agreements between regions, and the baselines that trips saved are counted from."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa

from gateway.model import Agreement, Baseline, Delegations, significant

from .catalogue import covering
from .group import Group, columns_of
from .records import BaselineRecord, BaselineRow
from .tables import agreement as agreements_table
from .tables import baseline as baselines_table

Approval = Literal["approved", "unknown", "same-person", "already"]
_ANY_CLASS = ""
_AGREEMENT = columns_of(agreements_table, Agreement)
_BASELINE = columns_of(baselines_table, BaselineRecord)


class Agreements(Group):
    """Who handles what for whom, and how many visits it took before."""

    __slots__ = ()

    def import_(self, agreements: Iterable[Agreement], by: str, at: datetime) -> int:
        """Keep those not yet known by (document, origin, destination, matter); how many were new."""
        return sum(self._import_agreement(agreement, by, at) for agreement in agreements)

    def applying(self, origin: str, destination: str, matter: str, day: date) -> list[Agreement]:
        """All that let `origin` take in this matter for `destination` on that day; the model chooses among them."""
        table = agreements_table.c
        statement = sa.select(*_AGREEMENT).where(
            table.matter == matter, table.destination.in_(covering(destination)), table.origin.in_(covering(origin))
        )
        found = self._all(_agreement, statement.order_by(table.id))
        return [agreement for agreement in found if agreement.applies(origin, destination, matter, day)]

    def import_baselines(self, rows: Iterable[BaselineRow], by: str, at: datetime) -> list[int]:
        """Keep each row as a new version, to be approved by somebody else; the ids, in order."""
        return [self._import_baseline(row, by, at) for row in rows]

    def pending_baselines(self) -> list[BaselineRecord]:
        """Those nobody has approved, oldest first."""
        table = baselines_table.c
        return self._all(_baseline, sa.select(*_BASELINE).where(table.approved_at.is_(None)).order_by(table.id))

    def approve_baseline(self, id: int, by: str, at: datetime) -> Approval:
        """Approve it, unless it is unknown, was imported by the same person, or is approved already."""
        table = baselines_table.c
        approval = sa.update(baselines_table).where(table.id == id, table.approved_at.is_(None), table.imported_by != by)
        if self._changed(approval.values(approved_by=by, approved_at=at)):
            return "approved"
        row = self._connection.execute(sa.select(table.approved_at).where(table.id == id)).first()
        if row is None:
            return "unknown"
        return "same-person" if row.approved_at is None else "already"

    def baseline(self, destination: str, matter: str, applicant_class: str, day: date) -> Baseline | None:
        """The approved baseline valid on that day: of the longest destination, the exact class before any class, the newest version."""
        table = baselines_table.c
        statement = sa.select(*_BASELINE).where(
            table.matter == matter,
            table.destination.in_(covering(destination)),
            table.applicant_class.in_((applicant_class, _ANY_CLASS)),
            table.approved_at.is_not(None),
            table.valid_from <= day,
            sa.or_(table.valid_to.is_(None), table.valid_to >= day),
        )
        best = max(
            self._all(_baseline, statement),
            key=lambda b: (len(significant(b.destination)), b.applicant_class is not None, b.version),
            default=None,
        )
        return None if best is None else Baseline(best.id, best.version, best.trips, best.long_trips)

    def _import_agreement(self, agreement: Agreement, by: str, at: datetime) -> bool:
        values = {
            "document_number": agreement.document_number,
            "origin": _canonical(agreement.origin),
            "destination": _canonical(agreement.destination),
            "matter": agreement.matter,
            "valid_from": agreement.valid_from,
            "valid_to": agreement.valid_to,
            "delegations": asdict(agreement.delegations),
            "imported_by": by,
            "imported_at": at,
        }
        return self._insert_new(agreements_table, values)

    def _import_baseline(self, row: BaselineRow, by: str, at: datetime) -> int:
        table = baselines_table.c
        key = {"destination": _canonical(row.destination), "matter": row.matter, "applicant_class": row.applicant_class or _ANY_CLASS}
        same = sa.select(sa.func.count()).where(*(table[name] == value for name, value in key.items()))
        version = self._connection.execute(same).scalar_one() + 1
        return self._insert_numbered(baselines_table, asdict(row) | key | {"version": version, "imported_by": by, "imported_at": at})


def _canonical(code: str) -> str:
    """Significant digits padded: `covers` reads both alike, an index lookup does not."""
    return code.ljust(6, "0")


def _agreement(
    document_number: str,
    origin: str,
    destination: str,
    matter: str,
    valid_from: date,
    valid_to: date | None,
    delegations: Mapping[str, bool],
) -> Agreement:
    return Agreement(document_number, origin, destination, matter, valid_from, valid_to, Delegations(**delegations))


def _baseline(*values: Any) -> BaselineRecord:
    named = dict(zip((column.name for column in _BASELINE), values, strict=True))
    return BaselineRecord(**named | {"applicant_class": named["applicant_class"] or None})
