"""Metrics say what happened here and what stands in the ledger, and keep the two apart."""

from dataclasses import dataclass
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.errors import TongbanError
from gateway.telemetry import TABLE, LedgerState, Metrics, Scope, StoreState

STORE = StoreState(
    jobs={("deliver", "some-partner", "waiting"): 3, ("relay", "hall:one", "parked"): 1},
    oldest_due_seconds=2.5,
    paused={"some-partner": True, "other": False},
    tickets={"exhausted": 2},
    cases={"60": 7},
)


@dataclass(frozen=True)
class Row:
    """A sum of the ledger, as the store gives it."""

    origin: str
    destination: str
    matter: str = "000117001001"
    mode: str = "proxy"
    result: str = "approved"
    cases: int = 1
    baseline: int = 3
    actual: int = 1
    saved: int = 2
    spent: int = 0


def metrics(store: Any = STORE, rows: tuple[Row, ...] = (), corrections: int = 0) -> Metrics:
    async def give_store() -> StoreState:
        if isinstance(store, Exception):
            raise store
        return store

    async def give_ledger() -> LedgerState:
        return LedgerState(rows, corrections)

    return Metrics(give_store, give_ledger)


async def samples(given: Metrics, scope: Scope) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample of a scrape, as a scraper reads it: (name, labels) → value."""
    body, content_type = await given.render(scope)
    assert content_type.startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def _labels(**labels: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


async def test_every_declared_metric_and_no_other_is_exposed() -> None:
    """The table is the whole truth: each metric once, with its kind and labels, in the scope it names."""
    given = metrics(rows=(Row("220100", "520200"),), corrections=1)
    given.attempt("p", "submit", "received", 0.2)
    given.relay("delivered")
    given.intake("accepted")
    given.report("p", "pull", "advance")
    given.push("p", "kept")
    given.request("/api/v1/cases", "POST", 202)
    given.clock_alarm("handling", "overdue")
    given.shadow("p", "submit", "same")
    given.worker_up(True)
    for scope in ("process", "ledger"):
        body, _ = await given.render(scope)
        exposed = {
            family.name + ("_total" if family.type == "counter" else ""): (family.type, family)
            for family in text_string_to_metric_families(body.decode())
        }
        declared = {metric.name: metric for metric in TABLE if metric.scope == scope}
        assert exposed.keys() == declared.keys()
        for name, (kind, family) in exposed.items():
            assert kind == declared[name].kind
            assert family.documentation == declared[name].help
            assert set(family.samples[0].labels) - {"le"} == set(declared[name].labels)


async def test_what_happened_is_counted() -> None:
    """Counters add up by label, and the histogram holds what was observed."""
    given = metrics()
    for verdict in ("received", "received", "retry"):
        given.attempt("p", "submit", verdict, 0.3)
    found = await samples(given, "process")
    assert found["tongban_attempts_total", _labels(partner="p", step="submit", verdict="received")] == 2
    assert found["tongban_attempts_total", _labels(partner="p", step="submit", verdict="retry")] == 1
    assert found["tongban_attempt_seconds_bucket", _labels(partner="p", step="submit", le="0.25")] == 0
    assert found["tongban_attempt_seconds_bucket", _labels(partner="p", step="submit", le="0.5")] == 3
    assert found["tongban_worker_up", ()] == 0


async def test_the_ledger_is_summed_over_provinces() -> None:
    """Cities of one province and zones under them make one series, and negative savings stay negative."""
    given = metrics(
        rows=(
            Row("370171", "220100"),
            Row("370871", "220200", cases=4, baseline=6, actual=9, saved=-3),
            Row("370171", "520200", result="denied", baseline=0, actual=0, saved=0),
            Row("370171", "520200", result="withdrawn", baseline=0, actual=0, saved=0, cases=0, spent=2),
        ),
        corrections=2,
    )
    found = await samples(given, "ledger")
    labels = _labels(origin="370000", destination="220000", matter="000117001001", mode="proxy", result="approved")
    assert found["tongban_matters_processed_total", labels] == 5
    assert found["tongban_trips_baseline", labels] == 9
    assert found["tongban_trips_actual", labels] == 10
    assert found["tongban_trips_saved", labels] == -1
    spent = _labels(origin="370000", destination="520000", matter="000117001001", mode="proxy", result="withdrawn")
    assert found["tongban_trips_spent_without_result", spent] == 2
    assert found["tongban_ledger_corrections_total", ()] == 2
    assert sum(value for (name, _), value in found.items() if name == "tongban_matters_processed_total") == 6


async def test_the_store_is_shown_as_it_stands() -> None:
    """Queue, pauses, tickets and open cases are those of the moment of the scrape."""
    found = await samples(metrics(), "ledger")
    assert found["tongban_queue_jobs", _labels(kind="deliver", lane="some-partner", state="waiting")] == 3
    assert found["tongban_oldest_due_seconds", ()] == 2.5
    assert found["tongban_partner_paused", _labels(partner="some-partner")] == 1
    assert found["tongban_partner_paused", _labels(partner="other")] == 0
    assert found["tongban_open_tickets", _labels(kind="exhausted")] == 2
    assert found["tongban_cases_open", _labels(status="60")] == 7


async def test_all_is_the_two_scopes_together() -> None:
    """Nothing is in both scopes, so that sums over processes stay true."""
    given = metrics(rows=(Row("220100", "520200"),))
    given.intake("accepted")
    process, ledger = await samples(given, "process"), await samples(given, "ledger")
    assert process.keys().isdisjoint(ledger.keys())
    assert await samples(given, "all") == process | ledger


async def test_a_store_that_is_away_does_not_silence_the_process() -> None:
    """Asked for all, the process tells of itself and leaves the ledger's series out; asked for the ledger, it says that it cannot."""
    given = metrics(store=TongbanError("store.unavailable", "不可用", "unavailable"))
    given.intake("accepted")
    assert await samples(given, "all") == await samples(given, "process")
    with pytest.raises(TongbanError):
        await given.render("ledger")


async def test_two_gateways_in_one_process_count_apart() -> None:
    """No registry is shared: what one counts the other does not show."""
    one, other = metrics(), metrics()
    one.intake("accepted")
    assert ("tongban_intake_total", _labels(result="accepted")) in await samples(one, "process")
    assert ("tongban_intake_total", _labels(result="accepted")) not in await samples(other, "process")
