"""Agreements between regions, and the baselines that trips saved are counted from."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa

from gateway.model import Agreement, Baseline, CountsFrom, Delegations, Terms, china_day, significant

from .catalogue import covering
from .group import Group, columns_of
from .records import BaselineRecord, BaselineRow
from .tables import agreement as agreements_table
from .tables import baseline as baselines_table

Approval = Literal["approved", "unknown", "same-person", "already"]
Ending = Literal["ended", "unknown", "not-approved", "not-begun", "already"]
_ANY_CLASS = ""
_AGREEMENT = columns_of(agreements_table, Agreement)
_BASELINE = columns_of(baselines_table, BaselineRecord)
_BETWEEN = (
    sa.select(*_AGREEMENT)
    .where(
        agreements_table.c.destination.in_(sa.bindparam("destinations", expanding=True)),
        agreements_table.c.origin.in_(sa.bindparam("origins", expanding=True)),
        agreements_table.c.matter == sa.bindparam("sought"),
    )
    .order_by(agreements_table.c.id)
)

_VALID_BASELINES = sa.select(*_BASELINE).where(
    baselines_table.c.matter == sa.bindparam("kind"),
    baselines_table.c.destination.in_((sa.bindparam("own"), sa.bindparam("city"), sa.bindparam("its_province"))),
    baselines_table.c.applicant_class.in_((sa.bindparam("who"), _ANY_CLASS)),
    baselines_table.c.approved_at <= sa.bindparam("filed_at"),
    baselines_table.c.valid_from <= sa.bindparam("filed_on"),
    sa.or_(baselines_table.c.valid_to.is_(None), baselines_table.c.valid_to >= sa.bindparam("filed_on")),
)


class Agreements(Group):
    """Who handles what for whom, and how many visits it took before."""

    __slots__ = ()

    def import_(self, agreements: Iterable[Agreement], by: str, at: datetime) -> int:
        """Keep those not yet known by (document, origin, destination, matter); how many were new."""
        return sum(self._import_agreement(agreement, by, at) for agreement in agreements)

    def between(self, origin: str, destination: str, matter: str) -> list[Agreement]:
        """All lines of this matter whose regions cover the two, in force or not; the model chooses among them."""
        sought = {"origins": covering(origin), "destinations": covering(destination), "sought": matter}
        return self._all(_agreement, _BETWEEN, sought)

    def any_between(self, origin: str, destination: str) -> bool:
        """Whether any agreement, of whatever matter and time, covers the two regions."""
        return self._connection.execute(sa.select(agreements_table.c.id).where(*_pair(origin, destination)).limit(1)).first() is not None

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

    def end_baseline(self, id: int, on: date) -> Ending:
        """Let an approved baseline be valid until that day and no longer; its figures are never edited."""
        table = baselines_table.c
        open_ = sa.or_(table.valid_to.is_(None), table.valid_to > on)
        ended = sa.update(baselines_table).where(table.id == id, table.approved_at.is_not(None), table.valid_from <= on, open_)
        if self._changed(ended.values(valid_to=on)):
            return "ended"
        row = self._connection.execute(sa.select(table.approved_at, table.valid_from).where(table.id == id)).first()
        if row is None:
            return "unknown"
        if row.approved_at is None:
            return "not-approved"
        return "not-begun" if row.valid_from > on else "already"

    def baseline_record(self, id: int) -> BaselineRecord | None:
        """A baseline with who imported and who approved it."""
        return self._one(_baseline, sa.select(*_BASELINE).where(baselines_table.c.id == id))

    def enabled(self, day: date) -> set[tuple[str, str, str]]:
        """(origin, destination, matter) of every agreement in force on that day."""
        table = agreements_table.c
        statement = sa.select(table.origin, table.destination, table.matter).where(
            table.valid_from <= day, sa.or_(table.valid_to.is_(None), table.valid_to >= day)
        )
        return {(row[0], row[1], row[2]) for row in self._connection.execute(statement)}

    def baseline(self, destination: str, matter: str, applicant_class: str, filed_at: datetime) -> Baseline | None:
        """The baseline of a case filed at that moment: approved by then and valid on its day in China.

        Of the longest destination, the exact class before any class, the newest version. What is approved later does not touch the case.
        """
        own, city, its_province = destination, destination[:4] + "00", destination[:2] + "0000"
        sought = {
            "own": own, "city": city, "its_province": its_province, "kind": matter, "who": applicant_class,
            "filed_at": filed_at, "filed_on": china_day(filed_at),
        }  # fmt: skip
        best = max(
            self._all(_baseline, _VALID_BASELINES, sought),
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
            "terms": {name: value for name, value in asdict(agreement.terms).items() if value is not None} or None,
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


def _pair(origin: str, destination: str) -> tuple[sa.ColumnElement[bool], ...]:
    table = agreements_table.c
    return table.destination.in_(covering(destination)), table.origin.in_(covering(origin))


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
    terms: Mapping[str, Any] | None,
) -> Agreement:
    said = dict(terms or {})
    counts_from = said.pop("counts_from", None)
    agreed = Terms(**said, counts_from=CountsFrom(counts_from) if counts_from else None)
    return Agreement(document_number, origin, destination, matter, valid_from, valid_to, Delegations(**delegations), agreed)


def _baseline(*values: Any) -> BaselineRecord:
    named = dict(zip((column.name for column in _BASELINE), values, strict=True))
    return BaselineRecord(**named | {"applicant_class": named["applicant_class"] or None})
