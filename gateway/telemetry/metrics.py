"""The metrics of table.py as Prometheus reads them, on registries of our own: nothing else's metrics mix in, and no two gateways share."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from gateway.errors import TongbanError
from gateway.model import province

from . import table
from .table import Declared

Scope = Literal["all", "process", "ledger"]


class TotalsRow(Protocol):
    """One sum of the ledger. origin, destination: region codes of any level. baseline, actual and saved are of the
    headline only; spent: trips of cases without a result."""

    @property
    def origin(self) -> str: ...
    @property
    def destination(self) -> str: ...
    @property
    def matter(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def result(self) -> str: ...
    @property
    def cases(self) -> int: ...
    @property
    def baseline(self) -> int: ...
    @property
    def actual(self) -> int: ...
    @property
    def saved(self) -> int: ...
    @property
    def spent(self) -> int: ...


@dataclass(frozen=True, slots=True)
class LedgerState:
    """The ledger as it stands."""

    totals: Iterable[TotalsRow]
    corrections: int


@dataclass(frozen=True, slots=True)
class StoreState:
    """The work at hand as it stands. jobs: (kind, lane, state) → number; paused: partner → whether; tickets: kind → open ones."""

    jobs: Mapping[tuple[str, str, str], int]
    oldest_due_seconds: float
    paused: Mapping[str, bool]
    tickets: Mapping[str, int]
    cases: Mapping[str, int]


class Metrics:
    """What happened in this process, and on request what stands in the store.

    store, ledger: give the present state when a scrape asks for it; a TongbanError of theirs leaves their metrics out of "all".
    """

    def __init__(self, store: Callable[[], Awaitable[StoreState]], ledger: Callable[[], Awaitable[LedgerState]]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._store = store
        self._ledger = ledger
        self._registry = CollectorRegistry()
        self._attempts = self._counter(table.ATTEMPTS)
        self._relays = self._counter(table.RELAYS)
        self._intake = self._counter(table.INTAKE)
        self._reports = self._counter(table.REPORTS)
        self._pushes = self._counter(table.PUSHES)
        self._requests = self._counter(table.HTTP_REQUESTS)
        self._clock_alarms = self._counter(table.CLOCK_ALARMS)
        self._shadows = self._counter(table.SHADOWS)
        seconds = table.ATTEMPT_SECONDS
        self._seconds = Histogram(seconds.name, seconds.help, seconds.labels, registry=self._registry, buckets=seconds.buckets)
        self._worker_up = Gauge(table.WORKER_UP.name, table.WORKER_UP.help, registry=self._registry)

    def _counter(self, declared: Declared) -> Counter:
        return Counter(declared.name, declared.help, declared.labels, registry=self._registry)

    def attempt(self, partner: str, step: str, verdict: str, seconds: float) -> None:
        """An attempt ended."""
        self._attempts.labels(partner, step, verdict).inc()
        self._seconds.labels(partner, step).observe(seconds)

    def relay(self, result: str) -> None:
        """A relay to a hall ended."""
        self._relays.labels(result).inc()

    def intake(self, result: str) -> None:
        """A hall submitted a case."""
        self._intake.labels(result).inc()

    def report(self, partner: str, channel: str, effect: str) -> None:
        """A report was folded into its case."""
        self._reports.labels(partner, channel, effect).inc()

    def push(self, partner: str, result: str) -> None:
        """A partner called us."""
        self._pushes.labels(partner, result).inc()

    def request(self, route: str, method: str, status: int) -> None:
        """A request was answered. route: the template, never the path."""
        self._requests.labels(route, method, str(status)).inc()

    def clock_alarm(self, clock: str, alarm: str) -> None:
        """A case's clock made us say something."""
        self._clock_alarms.labels(clock, alarm).inc()

    def shadow(self, partner: str, step: str, result: str) -> None:
        """A message was prepared with a shadow folder too, or could not be."""
        self._shadows.labels(partner, step, result).inc()

    def worker_up(self, up: bool) -> None:
        """The worker of this process started or ended."""
        self._worker_up.set(int(up))

    async def render(self, scope: Scope) -> tuple[bytes, str]:
        """(text exposition, content type). Raises TongbanError when "ledger" is asked for and cannot be had."""
        if scope == "process":
            return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4
        try:
            stored = CollectorRegistry()
            stored.register(_Present([*_store_families(await self._store()), *_ledger_families(await self._ledger())]))
        except TongbanError:
            # The process still tells of itself while its store is away; series that are absent are stale, not zero.
            if scope == "ledger":
                raise
            return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4
        own = b"" if scope == "ledger" else generate_latest(self._registry)
        return own + generate_latest(stored), CONTENT_TYPE_PLAIN_0_0_4


class _Present(Collector):
    """Families made for one scrape."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _store_families(state: StoreState) -> list[Metric]:
    return [
        _gauge(table.QUEUE_JOBS, {(kind, lane, standing): count for (kind, lane, standing), count in state.jobs.items()}),
        _gauge(table.OLDEST_DUE, {(): state.oldest_due_seconds}),
        _gauge(table.PARTNER_PAUSED, {(partner,): int(paused) for partner, paused in state.paused.items()}),
        _gauge(table.OPEN_TICKETS, {(kind,): count for kind, count in state.tickets.items()}),
        _gauge(table.CASES_OPEN, {(status,): count for status, count in state.cases.items()}),
    ]


def _ledger_families(state: LedgerState) -> list[Metric]:
    cases: dict[tuple[str, ...], int] = defaultdict(int)
    trips: dict[Declared, dict[tuple[str, ...], int]] = {
        declared: defaultdict(int) for declared in (table.TRIPS_BASELINE, table.TRIPS_ACTUAL, table.TRIPS_SAVED, table.TRIPS_SPENT)
    }
    for row in state.totals:
        labels = (province(row.origin), province(row.destination), row.matter, row.mode, row.result)
        cases[labels] += row.cases
        trips[table.TRIPS_BASELINE][labels] += row.baseline
        trips[table.TRIPS_ACTUAL][labels] += row.actual
        trips[table.TRIPS_SAVED][labels] += row.saved
        trips[table.TRIPS_SPENT][labels] += row.spent
    return [
        _counter(table.MATTERS_PROCESSED, cases),
        *(_gauge(declared, values) for declared, values in trips.items()),
        _counter(table.LEDGER_CORRECTIONS, {(): state.corrections}),
    ]


def _gauge(declared: Declared, values: Mapping[tuple[str, ...], float]) -> Metric:
    family = GaugeMetricFamily(declared.name, declared.help, labels=declared.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _counter(declared: Declared, values: Mapping[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(declared.name, declared.help, labels=declared.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family
