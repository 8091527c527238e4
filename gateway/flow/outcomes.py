"""Outcomes: the ledger's sums by whatever cut, and of one case everything that its lines stand on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from gateway.model import Account, CaseResult, Status, Visit, bundles, iso, reduction_percent, same_province
from gateway.store import CaseRecord, LedgerCell, LedgerEntry, StandingRecord, Store, Tx


class Cut(StrEnum):
    """By what outcomes can be told apart. Inter- and intra-provincial cases always are."""

    MONTH = "month"
    REGION = "region"
    MATTER = "matter"
    MODE = "mode"
    CLASS = "class"


class Reach(StrEnum):
    """Between provinces, or within one."""

    INTER = "inter-provincial"
    INTRA = "intra-provincial"


COLUMNS = {
    Cut.MONTH: ("month",),
    Cut.REGION: ("origin", "destination"),
    Cut.MATTER: ("matter",),
    Cut.MODE: ("mode",),
    Cut.CLASS: ("applicant_class",),
}
ACCOUNTS = {
    Account.APPROVED: ("计入成效：准予，有已审批的基准", "counts in the headline: approved, with an approved baseline"),
    Account.DENIED: ("单列：不予许可，有已审批的基准", "shown apart: denied, with an approved baseline"),
    Account.WITHOUT_RESULT: ("未取得结果，只计白跑次数", "ended without a result; its visits are trips spent"),
    Account.NO_BASELINE: (
        "收件时没有已审批且有效的基准，不计算", "no baseline was approved and valid when it was filed; nothing is computed",
    ),
    Account.NO_TRIP_NEEDED: ("基准为 0，本来就不用跑，不计入", "the baseline is 0: no visit was needed anyway; not in the rate"),
    Account.SAME_REGION: ("收件地就在办理地，不算通办", "the hall stands in the destination itself; not cross-region"),
    Account.QUERY: ("查询类，与办件分开计数", "a query, counted apart from cases"),
    Account.PART: ("多地联办的分件，计在整件", "a part of a joint case; it counts with the whole"),
    Account.TEST: ("测试件或走流程，不计入任何数", "a test or walk-through, in no count"),
    Account.EXCLUDED: ("经更正剔除，不计入", "taken out by a correction"),
}  # fmt: skip
"""What an account means, Chinese and English."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over handled cases. counted, baseline, actual, long_…: of the headline (approved, with a baseline).

    completed: approved cases, whether or not they have a baseline (covered: those that have); spent: trips of cases without a result.
    """

    handled: int = 0
    counted: int = 0
    baseline: int = 0
    actual: int = 0
    long_baseline: int = 0
    long_actual: int = 0
    completed: int = 0
    covered: int = 0
    denied: int = 0
    denied_counted: int = 0
    denied_baseline: int = 0
    denied_actual: int = 0
    without_result: int = 0
    spent: int = 0
    queries: int = 0

    def sum(self, other: "Figures") -> "Figures":
        """Both together."""
        return Figures(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @classmethod
    def of(cls, cell: LedgerCell) -> "Figures":
        """Those of one cell of the ledger."""
        account, cases = cell.account, cell.cases
        if account is Account.QUERY:
            return cls(queries=cases)
        if not account.handled:
            return cls()
        approved, denied = cell.result == CaseResult.APPROVED, cell.result == CaseResult.DENIED
        base = cls(
            handled=cases,
            completed=cases if approved else 0,
            covered=cell.with_baseline if approved else 0,
            denied=cases if denied else 0,
        )
        if account is Account.APPROVED:
            headline = cls(
                counted=cases,
                baseline=cell.baseline,
                actual=cell.actual,
                long_baseline=cell.baseline_long,
                long_actual=cell.actual_long,
            )
            return base.sum(headline)
        if account is Account.DENIED:
            return base.sum(cls(denied_counted=cases, denied_baseline=cell.baseline, denied_actual=cell.actual))
        if account is Account.WITHOUT_RESULT:
            return base.sum(cls(without_result=cases, spent=cell.actual))
        return base

    @property
    def saved(self) -> int:
        """Baseline − actual; signed."""
        return self.baseline - self.actual

    @property
    def long_saved(self) -> int:
        """The same of trips to another province."""
        return self.long_baseline - self.long_actual

    @property
    def reduction(self) -> float | None:
        """Ratio of the sums in per cent; None without a baseline."""
        return reduction_percent(self.baseline, self.saved)

    @property
    def coverage(self) -> float | None:
        """Approved cases with a baseline among the approved ones, in per cent; None without any."""
        return reduction_percent(self.completed, self.covered)

    def document(self) -> dict[str, Any]:
        """The sums; what is not computed is None, never 0."""
        headline: dict[str, Any] = {
            "baseline": self.baseline,
            "actual": self.actual,
            "saved": self.saved,
            "reduction_percent": self.reduction,
            "long_baseline": self.long_baseline,
            "long_actual": self.long_actual,
            "long_saved": self.long_saved,
        }
        denied = {
            "denied_baseline": self.denied_baseline,
            "denied_actual": self.denied_actual,
            "denied_saved": self.denied_baseline - self.denied_actual,
        }
        return {
            "handled": self.handled,
            "counted": self.counted,
            **_known(headline, computed=bool(self.counted or self.baseline or self.actual)),
            "coverage_percent": self.coverage,
            "denied": self.denied,
            **_known(denied, computed=bool(self.denied_counted or self.denied_baseline or self.denied_actual)),
            "without_result": self.without_result,
            "trips_spent_without_result": self.spent,
            "queries": self.queries,
        }


def _known(figures: dict[str, Any], *, computed: bool) -> dict[str, Any]:
    return figures if computed else dict.fromkeys(figures)


Line = tuple[tuple[str, ...], Reach, Figures]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The ledger's table. lines: (values of the columns of the cuts, scope, figures); sums: by scope; enabled: matters, by scope."""

    cuts: tuple[Cut, ...]
    lines: Sequence[Line]
    sums: Mapping[Reach, Figures]
    enabled: Mapping[Reach, int]
    regions: Mapping[str, str]
    matters: Mapping[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the lines' values."""
        return tuple(name for cut in self.cuts for name in COLUMNS[cut])

    @property
    def total(self) -> Figures:
        """Both scopes together: for a recount, never for publishing."""
        return self.sums[Reach.INTER].sum(self.sums[Reach.INTRA])

    def by_matter(self) -> list[tuple[str, Reach, Figures]]:
        """The lines summed by matter and scope, in order; empty when matters are not told apart."""
        if Cut.MATTER not in self.cuts:
            return []
        place = self.columns.index("matter")
        sums: dict[tuple[str, Reach], Figures] = defaultdict(Figures)
        for values, reach, figures in self.lines:
            sums[values[place], reach] = sums[values[place], reach].sum(figures)
        return [(*key, figures) for key, figures in sorted(sums.items())]

    def document(self) -> dict[str, Any]:
        """The whole table."""
        return {
            "rows": [
                dict(zip(self.columns, values, strict=True)) | {"scope": scope.value} | figures.document()
                for values, scope, figures in self.lines
            ],
            "sums": {scope.value: {"matters_enabled": self.enabled[scope]} | self.sums[scope].document() for scope in Reach},
        }


async def read_outcomes(
    store: Store, today: date, cuts: tuple[Cut, ...] = (Cut.REGION, Cut.MATTER), *, since: str | None = None, until: str | None = None
) -> Outcomes:
    """The table as the ledger stands. since, until: months (YYYY-MM), both included; matters are counted as enabled today."""

    def unit(tx: Tx) -> Outcomes:
        cells = tx.ledger.cells(since=since, until=until)
        lines, sums = add_up(cells, cuts)
        regions = {region.code: region.name for region in tx.catalogue.regions()}
        return Outcomes(cuts, lines, sums, _enabled(tx, today), regions, _names(tx, cells, today))

    return await store.read(unit)


def _names(tx: Tx, cells: Iterable[LedgerCell], today: date) -> dict[str, str]:
    """What these matters are called today, where they are still offered."""
    names: dict[str, str] = {}
    for code, destination in {(cell.matter, cell.destination) for cell in cells}:
        if code not in names and (matter := tx.catalogue.matter(code, destination, today)) is not None:
            names[code] = matter.name
    return names


def add_up(cells: Iterable[LedgerCell], cuts: tuple[Cut, ...]) -> tuple[list[Line], dict[Reach, Figures]]:
    """The figures of each cut and scope, in order, and those of each scope."""
    names = tuple(name for cut in cuts for name in COLUMNS[cut])
    lines: dict[tuple[tuple[str, ...], Reach], Figures] = defaultdict(Figures)
    sums = {scope: Figures() for scope in Reach}
    for cell in cells:
        if cell.account is Account.SAME_REGION:
            continue
        scope = scope_of(cell.origin, cell.destination)
        key = tuple(str(getattr(cell, name)) for name in names), scope
        figures = Figures.of(cell)
        lines[key] = lines[key].sum(figures)
        sums[scope] = sums[scope].sum(figures)
    return [(*key, figures) for key, figures in sorted(lines.items())], sums


def scope_of(origin: str, destination: str) -> Reach:
    """Whether the two are in one province."""
    return Reach.INTRA if same_province(origin, destination) else Reach.INTER


def _enabled(tx: Tx, today: date) -> dict[Reach, int]:
    """How many matters of a destination can be taken in elsewhere today, by agreements in force on matters that the catalogue has."""
    agreed = tx.agreements.enabled(today)
    known = {code for code in {matter for _, _, matter in agreed} if tx.catalogue.matter_known(code)}
    found: dict[Reach, set[tuple[str, str]]] = {scope: set() for scope in Reach}
    for origin, destination, matter in agreed:
        if matter in known:
            found[scope_of(origin, destination)].add((destination, matter))
    return {scope: len(matters) for scope, matters in found.items()}


async def explain_case(store: Store, number: str) -> dict[str, Any] | None:
    """Why a case counts as it does: the rule, the visits, the baseline, the bundle, each line. None: there is no such case.

    whole: of a part of a joint case, the number that it counts with; the visits are told there.
    """

    def unit(tx: Tx) -> dict[str, Any] | None:
        case = tx.cases.by_number(number)
        return None if case is None else _explanation(tx, case)

    return await store.read(unit)


def _explanation(tx: Tx, case: CaseRecord) -> dict[str, Any]:
    entries = tx.ledger.entries(case.id)
    bundle = next((entry.bundle_id for entry in entries if entry.bundle_id is not None), None)
    standings = tx.ledger.standings(case.id, bundle)
    standing = standings.get(case.id)
    whole = tx.cases.get(case.parent_id) if case.parent_id is not None else None
    record = tx.agreements.baseline_record(standing.baseline_id) if standing and standing.baseline_id else None
    account = standing.account if standing else None
    zh, en = ACCOUNTS[account] if account else ("尚未办结，不计算", "not handled yet; nothing is computed")
    return {
        "number": case.number,
        "whole": whole.number if whole else None,
        "status": case.status.value,
        "handled": Status(case.status).terminal,
        "scope": scope_of(case.origin, case.destination).value,
        "result": standing.result if standing else None,
        "account": account.value if account else None,
        "rule_zh": zh,
        "rule_en": en,
        "visits": [
            {
                "id": visit.id,
                "place": visit.place,
                "at": iso(visit.at),
                "purpose": visit.purpose.value,
                "evidence": visit.evidence.value,
                "long": not same_province(visit.place, case.origin),
                "counts": visit.struck_at is None and Visit(visit.place, visit.at, visit.purpose, visit.evidence).counts,
                "struck": visit.struck_at is not None,
            }
            for visit in tx.cases.visit_records(case.id)
        ],
        "baseline": None
        if record is None
        else {
            "id": record.id,
            "version": record.version,
            "destination": record.destination,
            "matter": record.matter,
            "trips": record.trips,
            "long_trips": record.long_trips,
            "method": record.method.value,
            "source": record.source,
            "valid_from": record.valid_from.isoformat(),
            "valid_to": record.valid_to.isoformat() if record.valid_to else None,
            "imported_by": record.imported_by,
            "approved_by": record.approved_by,
            "approved_at": iso(record.approved_at) if record.approved_at else None,
        },
        "bundle": _bundle(tx, case, standings, bundle),
        "lines": [_line(entry) for entry in entries],
    }


def _bundle(tx: Tx, case: CaseRecord, standings: Mapping[int, StandingRecord], bundle: int | None) -> dict[str, Any] | None:
    """The cases of the same account that share a visit with this one. None: it stands alone."""
    own = standings.get(case.id)
    if own is None or bundle is None:
        return None
    visits = tx.cases.visits_of(standings)
    alike = [id_ for id_, standing in standings.items() if standing.account is own.account]
    groups = ([alike[position] for position in group] for group in bundles([visits[id_] for id_ in alike]))
    members = next(group for group in groups if case.id in group)
    if len(members) == 1:
        return None
    others = [tx.cases.get(id_) for id_ in members if id_ != case.id]
    return {"id": bundle, "shared_with": [other.number for other in others if other is not None], "share": f"1/{len(members)}"}


def _line(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "month": entry.month,
        "recorded_at": iso(entry.settled_at),
        "account": entry.account.value,
        "result": entry.result,
        "counted": entry.counted,
        "baseline": entry.baseline,
        "actual": entry.actual,
        "saved": None if entry.baseline is None else entry.baseline - entry.actual,
        "long_baseline": entry.baseline_long,
        "long_actual": entry.actual_long,
        "corrects": entry.corrects,
    }
