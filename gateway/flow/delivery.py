"""Delivery: a case's changing steps, each exactly once at the partner as far as the partner lets us know.

An attempt that was begun and never ended, or ended Unsure, is never simply repeated: the partner is asked by our number first
(the lost-answer protocol), unless its folder says that a repeated submit has no second effect, or that a person must decide.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from gateway.model import (
    RAW,
    UNKNOWN_CASE,
    Hold,
    Outcome,
    Partner,
    Received,
    Refused,
    Retry,
    Status,
    Unsure,
    Verdict,
)
from gateway.store import AttemptRecord, CaseRecord, JobKind, JobRecord, Tx

from .attempting import QUERY, Attempted, attempt, hold_partner
from .context import Context
from .dossier import case_facts
from .standing import UNSENT, Cause, advance
from .tickets import Ticket, open_ticket
from .tracking import StagedReport, at_partner, concerns, stage, take_report


class _Footing(Enum):
    """What is known of a step before it is called."""

    CLEAR = auto()
    ASK_FIRST = auto()
    ASK_A_PERSON = auto()


@dataclass(frozen=True, slots=True)
class _Open:
    """A case with a step still to do. last: the latest attempt at one without a result, whatever the folder called it then."""

    case: CaseRecord
    step: str
    final: bool
    last: AttemptRecord | None


async def deliver(ctx: Context, job: JobRecord) -> None:
    """Run the next step that has no result yet, and say in one transaction what it came to."""
    while True:
        case = await ctx.store.read(lambda tx: tx.cases.get(job.case_id))
        partner = ctx.partners.get(case.partner) if case else None
        if case is None or partner is None:
            await _park(ctx, job, Ticket("no-partner", "partner-gone"))
            return
        todo = await _next_step(ctx, case, partner)
        if todo is None:
            await _end(ctx, job, case, partner)
            return
        if not await _do(ctx, job, partner, todo):
            return


async def _end(ctx: Context, job: JobRecord, case: CaseRecord, partner: Partner) -> None:
    """No step is left: the partner has the case, unless its folder no longer has steps for the matter."""
    if case.status in UNSENT and not partner.steps(case.matter):
        await _park(ctx, job, Ticket("no-partner", "matter-gone"))
        return
    now = ctx.clock.now()
    await ctx.store.write(lambda tx: _hand_over(tx, job, tx.cases.lock(case.id), partner, now))


async def _next_step(ctx: Context, case: CaseRecord, partner: Partner) -> _Open | None:
    return await ctx.store.read(lambda tx: _open_step(tx, case, partner))


def _open_step(tx: Tx, case: CaseRecord, partner: Partner) -> _Open | None:
    if case.status not in UNSENT:
        return None
    steps = partner.steps(case.matter)
    for step in steps:
        if tx.attempts.step(case.id, step) is None:
            return _Open(case, step, step == steps[-1], _last_without_result(tx, case))
    return None


def _last_without_result(tx: Tx, case: CaseRecord) -> AttemptRecord | None:
    changing = (attempt for attempt in reversed(tx.attempts.of_case(case.id)) if attempt.step != QUERY)
    return next((attempt for attempt in changing if tx.attempts.step(case.id, attempt.step) is None), None)


async def _do(ctx: Context, job: JobRecord, partner: Partner, todo: _Open) -> bool:
    """One call of the open step, or of the query that must come before it. True when the next step may follow at once."""
    footing = _footing(partner, todo.last)
    if footing is _Footing.ASK_A_PERSON:
        await _park(ctx, job, Ticket("unsure", "answer-lost"))
        return False
    facts = await case_facts(ctx, todo.case)
    if footing is _Footing.ASK_FIRST:
        assert todo.last is not None
        ripe = todo.last.begun_at + partner.manner.settle
        if ctx.clock.now() < ripe:
            # The lost call may still be at work over there; an answer "unknown" would prove nothing yet.
            await ctx.store.write(lambda tx: tx.jobs.reschedule(job, ripe, "settling", count=False))
            return False
        asked = await attempt(ctx, job, partner, todo.case, QUERY, facts)
        verdict = asked.outcome.verdict
        if not (isinstance(verdict, Refused) and verdict.reason == UNKNOWN_CASE):
            return await _conclude(ctx, job, todo, asked, _as_answer_to_submit(todo.case, asked.outcome))
        await ctx.store.write(lambda tx: asked.record(tx, ctx))
    done = await attempt(ctx, job, partner, todo.case, todo.step, facts)
    return await _conclude(ctx, job, todo, done, done.outcome.verdict)


def _footing(partner: Partner, last: AttemptRecord | None) -> _Footing:
    lost = last is not None and (last.finished_at is None or last.verdict == "unsure")
    if not lost or partner.manner.resend == "idempotent":
        return _Footing.CLEAR
    return _Footing.ASK_FIRST if partner.manner.resend == "query" else _Footing.ASK_A_PERSON


def _as_answer_to_submit(case: CaseRecord, asked: Outcome) -> Verdict:
    """What the answer to a query means for the step whose own answer was lost; the number may stand in what it reports of the case."""
    verdict = asked.verdict
    if not all(concerns(report, case) for report in asked.reports):
        return Unsure("another-case")
    if isinstance(verdict, Received):
        number = verdict.number or next((report.partner_number for report in asked.reports if report.partner_number), None)
        return Received(number) if number else Unsure("query-without-number")
    return Unsure("query-refused") if isinstance(verdict, Refused) else verdict


async def _conclude(ctx: Context, job: JobRecord, todo: _Open, done: Attempted, verdict: Verdict) -> bool:
    """Draw the consequences of an attempt, in one transaction."""
    staged = await stage(ctx, todo.case, done)
    luck = ctx.chance.random()

    def unit(tx: Tx) -> bool:
        done.record(tx, ctx)
        case = tx.cases.lock(todo.case.id)
        if done.outcome.exchange.sent and not isinstance(verdict, Retry | Hold):
            tx.cases.transported(case.id, done.finished_at)
        if isinstance(verdict, Received):
            # A fact about the case, whoever holds the job by now.
            tx.attempts.save_step(case.id, todo.step, _step_values(todo, done, verdict), done.id, done.finished_at)
            if todo.final:
                _received(tx, ctx, job, case, done, verdict, staged)
            return not todo.final and tx.jobs.holds(job)
        if not tx.jobs.holds(job):
            return False
        if case.status not in UNSENT:
            # A push came while we called: it says more than the way our call ended.
            _hand_over(tx, job, case, done.partner, done.finished_at)
        elif isinstance(verdict, Refused):
            _refused(tx, ctx, job, case, done, verdict)
        elif isinstance(verdict, Hold):
            hold_partner(tx, ctx, job, done, verdict)
        else:
            _again_later(tx, ctx, job, case, done, verdict, luck)
        return False

    return await ctx.store.write(unit)


def _step_values(todo: _Open, done: Attempted, verdict: Received) -> dict[str, str | None]:
    """What later steps may need of this one. They are kept in the clear, so what is said of the case itself is not among them."""
    if todo.final or done.step != todo.step:
        return {"number": verdict.number}
    values = {key: value for key, value in done.outcome.values.items() if isinstance(value, str)}
    return values | {"number": verdict.number}


def _received(
    tx: Tx, ctx: Context, job: JobRecord, case: CaseRecord, done: Attempted, verdict: Received, staged: tuple[StagedReport, ...]
) -> None:
    """The partner has the case: keep its number, fold what it already says, and start asking how the case stands."""
    case = at_partner(tx, case, verdict.number, done.finished_at)
    cause = Cause("gateway", done.finished_at, done.finished_at, detail={"partner_number": verdict.number})
    advance(tx, case, Status.DISPATCHED, cause, report_time=None)
    for report in staged:
        take_report(tx, ctx, done.partner, report, done.finished_at)
    _hand_over(tx, job, tx.cases.lock(case.id), done.partner, done.finished_at)


def _hand_over(tx: Tx, job: JobRecord, case: CaseRecord, partner: Partner, now: datetime) -> None:
    """Delivery ends; from now on we ask how the case stands, unless it is handled already."""
    if partner.manner.poll and not Status(case.status).terminal:
        tx.jobs.enqueue(JobKind.TRACK, case.id, partner.name, now + partner.manner.poll[0])
    tx.jobs.finish(job)
    tx.wake()


def _refused(tx: Tx, ctx: Context, job: JobRecord, case: CaseRecord, done: Attempted, verdict: Refused) -> None:
    """The partner said no before accepting anything: reception must mend it; the authority has decided nothing.

    The partner's own words go with the event: they may say more than the reason, and are all there is where it is raw.
    """
    reason = verdict.reason or RAW
    sealed = ctx.sealer.seal(verdict.message.encode(), f"case:{case.number}:opinion") if verdict.message else None
    cause = Cause("gateway", done.finished_at, done.finished_at, opinion_sealed=sealed, detail={"reason": reason})
    advance(tx, case, Status.DISPATCH_FAILED, cause, report_time=None)
    open_ticket(tx, case.id, Ticket("refused", reason), done.finished_at)
    tx.jobs.park(job, f"refused:{reason}")


def _again_later(tx: Tx, ctx: Context, job: JobRecord, case: CaseRecord, done: Attempted, verdict: Retry | Unsure, luck: float) -> None:
    manner = done.partner.manner
    asked = verdict.after if isinstance(verdict, Retry) else None
    due = done.finished_at + manner.retry.delay(job.tries, luck, asked)
    if isinstance(verdict, Unsure):
        due = max(due, done.finished_at + manner.settle)
    if due <= manner.retry.gives_up_at(job.first_try_at or done.finished_at):
        tx.jobs.reschedule(job, due, verdict.reason)
        return
    cause = Cause("gateway", done.finished_at, done.finished_at, detail={"reason": verdict.reason})
    advance(tx, case, Status.DISPATCH_FAILED, cause, report_time=None)
    open_ticket(tx, case.id, Ticket("exhausted", verdict.reason), done.finished_at)
    tx.jobs.park(job, f"exhausted:{verdict.reason}")


async def _park(ctx: Context, job: JobRecord, ticket: Ticket) -> None:
    now = ctx.clock.now()

    def unit(tx: Tx) -> None:
        if tx.jobs.park(job, ticket.reason):
            open_ticket(tx, job.case_id, ticket, now)

    await ctx.store.write(unit)
