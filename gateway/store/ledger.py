"""The outcome ledger: lines are appended, never rewritten, and each holds what it adds; every figure we publish is a sum of it."""

from datetime import date

import sqlalchemy as sa

from gateway.model import Account, Trips

from .group import Group, columns_of, values_of
from .records import LedgerCell, LedgerEntry, OutcomeRow, StandingRecord
from .tables import baseline as baseline_table
from .tables import bundle as bundle_table
from .tables import ledger as ledger_table

_LINE = ledger_table.c
_ENTRY = columns_of(ledger_table, LedgerEntry)
_HANDLED = tuple(account for account in Account if account.handled)
_FIGURES = (_LINE.baseline, _LINE.baseline_long, _LINE.actual, _LINE.actual_long)
_SUMS = {figure.name: sa.func.coalesce(sa.func.sum(figure), 0) for figure in _FIGURES}
_BUNDLE = (
    sa.select(bundle_table.c.id)
    .where(
        bundle_table.c.applicant_hash == sa.bindparam("applicant"),
        bundle_table.c.destination == sa.bindparam("at"),
        bundle_table.c.filed_on == sa.bindparam("filed"),
    )
    .with_for_update()
)
_ENTERED = (
    sa.select(
        _LINE.id,
        _LINE.case_id,
        _LINE.account,
        _LINE.result,
        _LINE.origin,
        _LINE.baseline_id,
        baseline_table.c.trips,
        baseline_table.c.long_trips,
    )
    .select_from(ledger_table.outerjoin(baseline_table, baseline_table.c.id == _LINE.baseline_id))
    .where(_LINE.counted == 1)
    .order_by(_LINE.id)
)
_ENTERED_BUNDLE = _ENTERED.where(_LINE.bundle_id == sa.bindparam("bundle"))
_ENTERED_CASE = _ENTERED.where(_LINE.case_id == sa.bindparam("case"))
_RECORDED = sa.select(*_SUMS.values()).where(_LINE.account == sa.bindparam("in_account"))
_RECORDED_BUNDLE = _RECORDED.where(_LINE.bundle_id == sa.bindparam("bundle"))
_RECORDED_CASE = _RECORDED.where(_LINE.case_id == sa.bindparam("case"))


class Ledger(Group):
    """What was achieved."""

    __slots__ = ()

    def open_bundle(self, applicant_hash: bytes, destination: str, filed_on: date) -> int:
        """The id of an applicant's bundle of that day, its row held until the unit ends; made when there is none."""
        self._insert_new(bundle_table, {"applicant_hash": applicant_hash, "destination": destination, "filed_on": filed_on})
        sought = {"applicant": applicant_hash, "at": destination, "filed": filed_on}
        return int(self._connection.execute(_BUNDLE, sought).scalar_one())

    def append(self, entry: LedgerEntry) -> bool:
        """Append a line; False when it is a settlement and the case is settled already."""
        return self._insert_new(ledger_table, values_of(entry))

    def entries(self, case_id: int) -> list[LedgerEntry]:
        """The case's lines, oldest first."""
        return self._all(LedgerEntry, sa.select(*_ENTRY).where(_LINE.case_id == case_id).order_by(_LINE.id))

    def standings(self, case_id: int, bundle_id: int | None) -> dict[int, StandingRecord]:
        """Where this case and all others of its bundle stand, by case; who is not settled is not there."""
        if bundle_id is None:
            entered = self._all(StandingRecord, _ENTERED_CASE, {"case": case_id})
        else:
            entered = self._all(StandingRecord, _ENTERED_BUNDLE, {"bundle": bundle_id})
        return {standing.case_id: standing for standing in entered}

    def recorded(self, account: Account, case_id: int, bundle_id: int | None) -> Trips:
        """What the lines of this case, or of its whole bundle, add up to in that account."""
        by_bundle = bundle_id is not None
        values = {"bundle": bundle_id} if by_bundle else {"case": case_id}
        statement = _RECORDED_BUNDLE if by_bundle else _RECORDED_CASE
        return Trips(*map(int, self._connection.execute(statement, values | {"in_account": account}).one()))

    def corrections(self) -> int:
        """How many lines are not settlements."""
        counted = sa.select(sa.func.count()).where(_LINE.kind != "settlement")
        return int(self._connection.execute(counted).scalar_one())

    def totals(self) -> list[OutcomeRow]:
        """Sums by origin, destination, matter, mode and result, in that order; no test cases, queries or cases of the region's own hall."""
        keys = (_LINE.origin, _LINE.destination, _LINE.matter, _LINE.mode, _LINE.result)
        sums = (
            _sum(1, _LINE.kind == "settlement"),
            *(_sum(value, _LINE.account == Account.APPROVED) for value in (_LINE.counted, _LINE.baseline, _LINE.actual)),
            _sum(_LINE.actual, _LINE.account == Account.WITHOUT_RESULT),
        )
        return self._all(OutcomeRow, sa.select(*keys, *sums).where(_LINE.account.in_(_HANDLED)).group_by(*keys).order_by(*keys))

    def cells(self, *, since: str | None = None, until: str | None = None) -> list[LedgerCell]:
        """The finest sums, of the months from `since` to `until` (YYYY-MM, both included); what nobody counts is in none of them."""
        keys = (
            _LINE.month, _LINE.origin, _LINE.destination, _LINE.matter, _LINE.mode, _LINE.applicant_class, _LINE.result, _LINE.account,
        )  # fmt: skip
        cases = sa.func.sum(_LINE.counted), _sum(_LINE.counted, _LINE.baseline_id.is_not(None))
        figures = [_SUMS[name] for name in ("baseline", "actual", "baseline_long", "actual_long")]
        statement = sa.select(*keys, *cases, *figures).where(_LINE.account.not_in((Account.PART, Account.TEST, Account.EXCLUDED)))
        if since is not None:
            statement = statement.where(_LINE.month >= since)
        if until is not None:
            statement = statement.where(_LINE.month <= until)
        return self._all(LedgerCell, statement.group_by(*keys).order_by(*keys))


def _sum(value: sa.ColumnElement[int] | int, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, value), else_=0)), 0)
