"""One call of a step, with its evidence: recorded as begun before its bytes leave, and what it came to as soon as it is known."""

from dataclasses import dataclass
from datetime import datetime

from gateway.model import CaseFacts, Outcome, Partner, verdict_name
from gateway.store import CaseRecord, Tx

from .context import Context

QUERY = "query"


@dataclass(frozen=True, slots=True)
class Attempted:
    """A finished call that is not stored yet: `record` does it, in the transaction that draws the consequences."""

    id: int
    case: CaseRecord
    partner: Partner
    step: str
    outcome: Outcome
    finished_at: datetime

    def record(self, tx: Tx, ctx: Context, *, evidence: bool = True) -> None:
        """Store the verdict; the exact bytes too, unless they are no news."""
        exchange = self.outcome.exchange
        about = f"case:{self.case.number}:attempt:{self.id}"
        tx.attempts.finish(
            self.id,
            self.finished_at,
            verdict_name(self.outcome.verdict),
            getattr(self.outcome.verdict, "reason", None),
            exchange.http_status,
            ctx.sealer.seal(exchange.sent, about + ":sent") if evidence else None,
            ctx.sealer.seal(exchange.received, about + ":received") if evidence else None,
        )


async def attempt(ctx: Context, partner: Partner, case: CaseRecord, step: str, facts: CaseFacts) -> Attempted:
    """Call a step of the partner's. The attempt is on disk as begun before the first byte leaves."""
    begun = ctx.clock.now()
    attempt_id = await ctx.store.write(lambda tx: tx.attempts.begin(case.id, step, partner.name, partner.mapping_hash, begun, ctx.process))
    outcome = await partner.run(step, facts)
    finished = ctx.clock.now()
    seconds = (finished - begun).total_seconds()
    ctx.metrics.attempt(partner.name, step, verdict_name(outcome.verdict), seconds)
    return Attempted(attempt_id, case, partner, step, outcome, finished)
