"""The outcome ledger: one settlement a case, appended, never rewritten; every figure we publish is a sum of it."""

import sqlalchemy as sa

from .group import Group, columns_of, values_of
from .records import LedgerEntry, OutcomeRow
from .tables import ledger as ledger_table

_ENTRY = columns_of(ledger_table, LedgerEntry)


class Ledger(Group):
    """What was achieved."""

    __slots__ = ()

    def append(self, entry: LedgerEntry) -> bool:
        """Settle a case; False when it is settled already."""
        return self._insert_new(ledger_table, values_of(entry))

    def entries(self, case_id: int) -> list[LedgerEntry]:
        """The case's lines, oldest first."""
        return self._all(LedgerEntry, sa.select(*_ENTRY).where(ledger_table.c.case_id == case_id).order_by(ledger_table.c.id))

    def corrections(self) -> int:
        """How many lines are not settlements."""
        counted = sa.select(sa.func.count()).where(ledger_table.c.kind != "settlement")
        return int(self._connection.execute(counted).scalar_one())

    def totals(self) -> list[OutcomeRow]:
        """Sums by origin, destination, matter, mode and result, in that order; visits of eligible lines only.

        Test cases and queries are in none of them (domain page §5.5).
        """
        table = ledger_table.c
        keys = (table.origin, table.destination, table.matter, table.mode, table.result)
        sums = [_eligible(value) for value in (table.baseline, table.actual, table.baseline_long, table.actual_long)]
        counted = sa.select(*keys, sa.func.count(), _count(table.eligible.is_(sa.true())), _count(table.baseline.is_not(None)), *sums)
        return [_outcome(*row) for row in self._connection.execute(counted.where(_counts()).group_by(*keys).order_by(*keys))]


def _counts() -> sa.ColumnElement[bool]:
    return sa.func.coalesce(ledger_table.c.why_not, "").not_in(("test", "query"))


def _eligible(value: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((ledger_table.c.eligible.is_(sa.true()), value), else_=0)), 0)


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _outcome(
    origin: str,
    destination: str,
    matter: str,
    mode: str,
    result: str,
    cases: int,
    eligible_cases: int,
    with_baseline: int,
    baseline: int,
    actual: int,
    baseline_long: int,
    actual_long: int,
) -> OutcomeRow:
    return OutcomeRow(
        origin=origin,
        destination=destination,
        matter=matter,
        mode=mode,
        result=result,
        cases=cases,
        eligible_cases=eligible_cases,
        with_baseline=with_baseline,
        baseline=baseline,
        actual=actual,
        saved=baseline - actual,
        baseline_long=baseline_long,
        actual_long=actual_long,
    )
