"""`tongban outcomes`: what was achieved, from the ledger: matters processed and trips saved (domain page §5)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any

import typer

from gateway.cli.desk import AsJson, at_desk
from gateway.cli.speech import Column, console, print_json, table
from gateway.model import CaseResult, reduction_percent
from gateway.store import OutcomeRow, Store, Tx

app = typer.Typer()

TITLE = ("成效：办件与跑动", "outcomes: cases and trips")
COLUMNS = (
    Column("收件地 → 办理地", "origin → destination"),
    Column("事项", "matter"),
    Column("办结", "processed", number=True),
    Column("基准跑动", "baseline", number=True),
    Column("实际跑动", "actual", number=True),
    Column("减少跑动", "saved", number=True),
    Column("减少比例", "reduction", number=True),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over handled cases. processed: all of them; the trips are those of eligible cases only, as the ledger says.

    approved, covered: the approved cases, and those of them that have an approved baseline.
    """

    processed: int = 0
    approved: int = 0
    covered: int = 0
    baseline: int = 0
    actual: int = 0
    long_baseline: int = 0
    long_actual: int = 0

    def sum(self, other: "Figures") -> "Figures":
        """Both together."""
        return Figures(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @classmethod
    def of(cls, row: OutcomeRow) -> "Figures":
        """Those of one row of the ledger."""
        approved = row.result == CaseResult.APPROVED
        return cls(
            row.cases,
            row.cases if approved else 0,
            row.with_baseline if approved else 0,
            row.baseline,
            row.actual,
            row.baseline_long,
            row.actual_long,
        )

    @property
    def saved(self) -> int:
        """Baseline − actual; signed."""
        return self.baseline - self.actual

    @property
    def reduction(self) -> float | None:
        """Ratio of the sums in per cent; None without a baseline."""
        return reduction_percent(self.baseline, self.saved)

    @property
    def coverage(self) -> float | None:
        """Approved cases with a baseline among the approved ones, in per cent; None without any."""
        return round(100 * self.covered / self.approved, 1) if self.approved else None

    def document(self) -> dict[str, Any]:
        """The sums as JSON."""
        return {
            "processed": self.processed,
            "baseline": self.baseline,
            "actual": self.actual,
            "saved": self.saved,
            "reduction_percent": self.reduction,
            "long_saved": self.long_baseline - self.long_actual,
        }


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The ledger's table: by (origin, destination, matter), the sum of all, and the names to show."""

    lines: Mapping[tuple[str, str, str], Figures]
    total: Figures
    regions: Mapping[str, str]
    matters: Mapping[str, str]


async def read_outcomes(store: Store) -> Outcomes:
    """The table as the ledger stands."""

    def unit(tx: Tx) -> Outcomes:
        lines, total = add_up(tx.ledger.totals())
        regions = {region.code: region.name for region in tx.catalogue.regions()}
        return Outcomes(lines, total, regions, {matter.code: matter.name for matter in tx.catalogue.matters(None)})

    return await store.read(unit)


def add_up(rows: Iterable[OutcomeRow]) -> tuple[dict[tuple[str, str, str], Figures], Figures]:
    """The figures of each origin, destination and matter, in their order, and of all."""
    lines: dict[tuple[str, str, str], Figures] = defaultdict(Figures)
    total = Figures()
    for row in rows:
        identity = (row.origin, row.destination, row.matter)
        figures = Figures.of(row)
        lines[identity] = lines[identity].sum(figures)
        total = total.sum(figures)
    return dict(sorted(lines.items())), total


def print_outcomes(outcomes: Outcomes, *, stderr: bool = False) -> None:
    """The table, with its sums and what share of it has baselines."""

    def place(code: str) -> str:
        return outcomes.regions.get(code, code)

    def name(matter: str) -> str:
        return f"{matter} {outcomes.matters.get(matter, '')}".strip()

    rows = [
        (f"{place(origin)} → {place(destination)}", name(matter), *_cells(figures))
        for (origin, destination, matter), figures in outcomes.lines.items()
    ]
    total = outcomes.total
    by_matter: dict[str, Figures] = defaultdict(Figures)
    for (_, _, matter), figures in outcomes.lines.items():
        by_matter[matter] = by_matter[matter].sum(figures)
    sums = [("全部 / all", name(matter), *_cells(figures)) for matter, figures in sorted(by_matter.items())]
    screen = console(stderr=stderr)
    screen.print(table(TITLE, COLUMNS, rows))
    screen.print(table(("合计", "sums"), COLUMNS, [*sums, ("全部 / all", "全部 / all", *_cells(total))]))
    screen.print(
        f"有基准的准予办件 / approved cases with a baseline: {total.covered}/{total.approved} ({_percent(total.coverage) or '—'})"
        f"；跨省跑动减少 / trips to another province saved: {total.long_baseline - total.long_actual}"
    )


def _cells(figures: Figures) -> tuple[object, ...]:
    if not figures.baseline:
        return figures.processed, None, None, None, None
    return figures.processed, figures.baseline, figures.actual, figures.saved, _percent(figures.reduction)


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f} %"


@app.command("outcomes")
def outcomes_command(as_json: AsJson = False) -> None:
    """成效表：办结、基准、实际、减少 / the outcome table: processed, baseline, actual, saved"""
    outcomes = at_desk(lambda desk: read_outcomes(desk.store))
    if not as_json:
        print_outcomes(outcomes)
        return
    rows = [
        {"origin": origin, "destination": destination, "matter": matter} | figures.document()
        for (origin, destination, matter), figures in outcomes.lines.items()
    ]
    print_json({"rows": rows, "total": outcomes.total.document() | {"coverage_percent": outcomes.total.coverage}})
