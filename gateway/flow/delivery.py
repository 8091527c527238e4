"""Delivery: a case's changing steps, each exactly once at the partner as far as the partner lets us know.

An attempt that was begun and never ended, or ended Unsure, is never simply repeated: the partner is asked by our number first
(the lost-answer protocol), unless its folder says that a repeated submit has no second effect, or that a person must decide.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

from gateway.model import (
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

from .attempting import QUERY, Attempted, attempt
from .context import Context
from .dossier import case_facts
from .standing import Cause, advance
from .tickets import Ticket, open_ticket
from .tracking import StagedReport, stage, take_report


class _Footing(Enum):
    """What is known of a step before it is called."""

    CLEAR = auto()
    ASK_FIRST = auto()
    ASK_A_PERSON = auto()


@dataclass(frozen=True, slots=True)
class _Open:
    """A case with a step still to do. last: the latest attempt at it."""

    case: CaseRecord
    step: str
    final: bool
    last: AttemptRecord | None


async def deliver(ctx: Context, job: JobRecord) -> None:
    """Run the next step that has no result yet, and say in one transaction what it came to."""
    go_on = True
    while go_on:
        case = await ctx.store.read(lambda tx: tx.cases.get(job.case_id))
        partner = ctx.partners.get(case.partner) if case else None
        if case is None or partner is None:
            await _park(ctx, job, Ticket("no-partner", "partner-gone"))
            return
        todo = await _next_step(ctx, case, partner)
        if todo is None:
            await ctx.store.write(lambda tx: tx.jobs.finish(job))
            return
        go_on = await _do(ctx, job, partner, todo)


async def _next_step(ctx: Context, case: CaseRecord, partner: Partner) -> _Open | None:
    return await ctx.store.read(lambda tx: _open_step(tx, case, partner))


def _open_step(tx: Tx, case: CaseRecord, partner: Partner) -> _Open | None:
    if Status(case.status).terminal:
        return None
    steps = partner.steps(case.matter)
    for step in steps:
        if tx.attempts.step(case.id, step) is None:
            return _Open(case, step, step == steps[-1], tx.attempts.last(case.id, step))
    return None


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
        asked = await attempt(ctx, partner, todo.case, QUERY, facts)
        verdict = asked.outcome.verdict
        if not (isinstance(verdict, Refused) and verdict.reason == UNKNOWN_CASE):
            return await _conclude(ctx, job, todo, asked, _as_answer_to_submit(asked.outcome))
        await ctx.store.write(lambda tx: asked.record(tx, ctx))
    done = await attempt(ctx, partner, todo.case, todo.step, facts)
    return await _conclude(ctx, job, todo, done, done.outcome.verdict)


def _footing(partner: Partner, last: AttemptRecord | None) -> _Footing:
    lost = last is not None and (last.finished_at is None or last.verdict == "unsure")
    if not lost or partner.manner.resend == "idempotent":
        return _Footing.CLEAR
    return _Footing.ASK_FIRST if partner.manner.resend == "query" else _Footing.ASK_A_PERSON


def _as_answer_to_submit(asked: Outcome) -> Verdict:
    """What the answer to a query means for the step whose own answer was lost; the number may stand in what it reports of the case."""
    verdict = asked.verdict
    if isinstance(verdict, Received):
        number = verdict.number or next((report.partner_number for report in asked.reports if report.partner_number), None)
        return Received(number) if number else Unsure("query-without-number")
    if isinstance(verdict, Refused):
        return Unsure("query-refused")
    return Unsure(verdict.reason) if isinstance(verdict, Retry) else verdict


async def _conclude(ctx: Context, job: JobRecord, todo: _Open, done: Attempted, verdict: Verdict) -> bool:
    """Draw the consequences of an attempt, in one transaction."""
    staged = await stage(ctx, todo.case, done)
    luck = ctx.chance.random()

    def unit(tx: Tx) -> bool:
        done.record(tx, ctx)
        case = tx.cases.lock(todo.case.id)
        if not isinstance(verdict, Retry | Hold):
            tx.cases.transported(case.id, done.finished_at)
        if isinstance(verdict, Received):
            # A fact about the case, whoever holds the job by now.
            tx.attempts.save_step(case.id, todo.step, _step_values(done, verdict), done.id, done.finished_at)
            if todo.final:
                _received(tx, ctx, job, case, done, verdict, staged)
            return not todo.final and tx.jobs.holds(job)
        if not tx.jobs.holds(job):
            return False
        if isinstance(verdict, Refused):
            _refused(tx, job, case, done, verdict)
        elif isinstance(verdict, Hold):
            hold_partner(tx, ctx, job, done, verdict)
        else:
            _again_later(tx, ctx, job, case, done, verdict, luck)
        return False

    return await ctx.store.write(unit)


def _step_values(done: Attempted, verdict: Received) -> dict[str, str | None]:
    values = {key: value for key, value in done.outcome.values.items() if isinstance(value, str)}
    return values | {"number": verdict.number}


def _received(
    tx: Tx, ctx: Context, job: JobRecord, case: CaseRecord, done: Attempted, verdict: Received, staged: tuple[StagedReport, ...]
) -> None:
    """The partner has the case: keep its number, fold what it already says, and start asking how the case stands."""
    if verdict.number is not None and case.partner_number is None:
        tx.cases.set_partner_number(case.id, verdict.number, done.finished_at)
        case = replace(case, partner_number=verdict.number)
    cause = Cause("gateway", done.finished_at, done.finished_at, detail={"partner_number": verdict.number})
    advance(tx, case, Status.DISPATCHED, cause, report_time=None)
    for report in staged:
        take_report(tx, ctx, done.partner, report, done.finished_at)
    if done.partner.manner.poll:
        tx.jobs.enqueue(JobKind.TRACK, case.id, done.partner.name, done.finished_at + done.partner.manner.poll[0])
    tx.jobs.finish(job)
    tx.wake()


def _refused(tx: Tx, job: JobRecord, case: CaseRecord, done: Attempted, verdict: Refused) -> None:
    """The partner said no before accepting anything: reception must mend it; the authority has decided nothing."""
    reason = verdict.reason or "raw"
    cause = Cause("gateway", done.finished_at, done.finished_at, detail={"reason": reason})
    advance(tx, case, Status.DISPATCH_FAILED, cause, report_time=None)
    open_ticket(tx, case.id, Ticket("refused", reason), done.finished_at)
    tx.jobs.park(job, f"refused:{reason}")


def hold_partner(tx: Tx, ctx: Context, job: JobRecord, done: Attempted, verdict: Hold) -> None:
    """Nothing gets through until somebody mends it: the partner rests, one alert is raised, no try is counted."""
    until = done.finished_at + ctx.rules.hold
    if tx.partners.pause(done.partner.name, until, verdict.reason, done.finished_at):
        open_ticket(tx, None, Ticket(f"partner-held:{done.partner.name}", verdict.reason), done.finished_at)
    tx.jobs.reschedule(job, until, f"hold:{verdict.reason}", count=False)


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
