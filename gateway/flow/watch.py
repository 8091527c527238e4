"""What operators and probes look at: is it fit to serve, and how do queue, partners and ledger stand."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.errors import TongbanError
from gateway.store import Store, Tx
from gateway.telemetry import LedgerState, StoreState

from .context import Context

_PROBE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """checks: name → "ok" or a stable code."""

    ok: bool
    checks: Mapping[str, str]


async def readiness(ctx: Context) -> Readiness:
    """Whether the database answers and its clock of work can be read, within five seconds."""
    checks = {"database": "ok", "partners": "ok" if ctx.partners else "none-loaded"}
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            await ctx.store.read(lambda tx: tx.jobs.next_due())
    except TimeoutError:
        checks["database"] = "timeout"
    except TongbanError as error:
        checks["database"] = error.code
    return Readiness(all(value == "ok" for value in checks.values()), checks)


async def store_state(store: Store, partners: Iterable[str], now: datetime) -> StoreState:
    """The work at hand, from one snapshot."""

    def unit(tx: Tx) -> StoreState:
        jobs = {
            (kind.value, lane, state): count
            for (kind, lane), counts in tx.jobs.depth().items()
            for state, count in zip(("waiting", "leased", "parked"), counts, strict=True)
        }
        oldest = tx.jobs.oldest_due(now)
        held = {state.partner for state in tx.partners.all() if state.paused_until and state.paused_until > now}
        tickets = Counter(ticket.kind.partition(":")[0] for ticket in tx.tickets.list(open_only=True))
        late = (now - oldest).total_seconds() if oldest else 0.0
        return StoreState(jobs, late, {name: name in held for name in partners}, tickets, tx.cases.open_count_by_status())

    return await store.read(unit)


async def ledger_state(store: Store) -> LedgerState:
    """The ledger's sums."""
    return await store.read(lambda tx: LedgerState(tx.ledger.totals(), tx.ledger.corrections()))
