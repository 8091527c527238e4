"""One call of a step, with its evidence: recorded as begun before its bytes leave, and what it came to as soon as it is known."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from gateway.model import CaseFacts, Hold, Outcome, Partner, verdict_name
from gateway.store import HELD, CaseRecord, Fenced, JobRecord, Tx

from .context import Context
from .tickets import Ticket, open_ticket

log = structlog.get_logger()

QUERY = "query"
PERSON = "person"
"""Who made an attempt that was no call of ours."""


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
            perhaps_sent=exchange.perhaps_sent,
        )


class OvertakenError(Exception):
    """What was to be called for is no longer wanted: somebody else changed the case first. Nothing was sent."""


async def attempt(
    ctx: Context,
    job: JobRecord,
    partner: Partner,
    case: CaseRecord,
    step: str,
    facts: CaseFacts,
    *,
    supplement_round: int = 0,
    wanted: Callable[[Tx], bool] | None = None,
) -> Attempted:
    """Call a step of the partner's. The attempt is on disk as begun before the first byte leaves.

    supplement_round: the one it is about. wanted: asked in the unit that begins the attempt, with the case locked.
    Raises Fenced, and calls nobody, when the job is another worker's by now: that one sees the attempts before it and none after.
    Raises OvertakenError, and calls nobody, when it is not wanted any more.
    """
    begun = ctx.clock.now()

    def begin(tx: Tx) -> int:
        # The case before the job, as everywhere: who locks them the other way round waits for us, and we for him.
        overtaken = wanted is not None and not wanted(tx)
        if not tx.jobs.holds(job):
            raise Fenced
        if overtaken:
            raise OvertakenError
        if wanted is not None and case.mapping_hash != partner.mapping_hash:
            # What the partner gets is made by the folder in force, which is no longer the one at the counter.
            tx.cases.set_mapping(case.id, partner.mapping_hash)
        return tx.attempts.begin(case.id, step, partner.name, partner.mapping_hash, begun, ctx.process, round=supplement_round)

    attempt_id = await ctx.store.write(begin)
    outcome = await partner.run(step, facts)
    finished = ctx.clock.now()
    seconds = (finished - begun).total_seconds()
    verdict = verdict_name(outcome.verdict)
    ctx.metrics.attempt(partner.name, step, verdict, seconds)
    tell = log.warning if isinstance(outcome.verdict, Hold) else log.info
    about = {"case": case.number, "partner": partner.name, "step": step, "verdict": verdict, "http_status": outcome.exchange.http_status}
    tell("attempt.finished", **about, reason=getattr(outcome.verdict, "reason", None), milliseconds=round(seconds * 1000))
    return Attempted(attempt_id, case, partner, step, outcome, finished)


def hold_partner(tx: Tx, ctx: Context, job: JobRecord, done: Attempted, verdict: Hold) -> None:
    """Nothing gets through until somebody mends it: the partner rests, one alert is raised, no try is counted."""
    until = done.finished_at + ctx.rules.hold
    if tx.partners.pause(done.partner.name, until, verdict.reason, done.finished_at):
        open_ticket(tx, None, Ticket(f"partner-held:{done.partner.name}", verdict.reason), done.finished_at)
    tx.jobs.reschedule(job, until, HELD + verdict.reason, count=False)
