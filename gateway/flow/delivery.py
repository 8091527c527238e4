"""Delivery: a case's errands, each exactly once at the partner as far as the partner lets us know.

An attempt that was begun and never ended, or ended Unsure, is never simply repeated, nor is one that left under another version of the
folder: the partner is asked by our number first (the lost-answer protocol), unless its folder says that a repeated submit has no second
effect, or that a person must decide.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.model import (
    RAW,
    SUPPLEMENT,
    WITHDRAW,
    CaseFacts,
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
from gateway.store import MATTER_GONE, PARTNER_GONE, AttemptRecord, CaseRecord, JobKind, JobRecord, RoundRecord, Tx

from .attempting import QUERY, Attempted, OvertakenError, attempt, hold_partner
from .context import Context
from .dossier import case_facts
from .errands import (
    Errand,
    Footing,
    carried,
    footing,
    given_number,
    in_doubt,
    lacks_step,
    lost,
    next_errand,
    repeats,
    tries_at,
)
from .forwarding import forward
from .proof import UNTOLD, needs_number, proved
from .standing import UNSENT, Cause, advance, append_and_tell
from .tickets import WITHDRAW_BY_HAND, Ticket, open_ticket
from .tracking import StagedReport, at_partner, stage, take_report
from .withdrawal import withdraw_unsent


@dataclass(frozen=True, slots=True)
class _Todo:
    """An errand of a case. doubt: the attempt by which the partner perhaps has it; round: the supplement round it is about.

    repeats: whether its message perhaps left before, as it is; given: the partner's number as an earlier step gave it, so that the case
    was there before this one.
    """

    case: CaseRecord
    errand: Errand
    doubt: AttemptRecord | None
    round: RoundRecord | None
    repeats: bool
    given: str | None


async def deliver(ctx: Context, job: JobRecord) -> None:
    """Run errands as long as there is one that may run now, and say in one transaction what each came to."""
    while True:
        case = await ctx.store.read(lambda tx: tx.cases.get(job.case_id))
        partner = ctx.partners.get(case.partner) if case else None
        if case is None or partner is None:
            await _park(ctx, job, Ticket("no-partner", PARTNER_GONE))
            return
        if case.withdrawal_requested_at is not None and case.status in UNSENT and await _withdraw(ctx, case, partner):
            continue
        todo = await ctx.store.read(_planner(case, partner))
        if todo is None:
            await _end(ctx, job, case, partner)
            return
        try:
            if not await _do(ctx, job, partner, todo):
                return
        except OvertakenError:
            continue


async def _withdraw(ctx: Context, case: CaseRecord, partner: Partner) -> bool:
    now = ctx.clock.now()
    return await ctx.store.write(lambda tx: withdraw_unsent(tx, tx.cases.lock(case.id), partner.mapping_hash, now))


def _planner(case: CaseRecord, partner: Partner) -> Callable[[Tx], _Todo | None]:
    def unit(tx: Tx) -> _Todo | None:
        errand = next_errand(tx, case, partner)
        if errand is None:
            return None
        about = next((record for record in tx.rounds.of_case(case.id) if record.round == errand.round), None) if errand.round else None
        tries, version = tries_at(tx, case, errand), partner.mapping_hash
        return _Todo(case, errand, in_doubt(tx, case, tries, version), about, repeats(tries, version), given_number(tx, case, partner))

    return unit


async def _end(ctx: Context, job: JobRecord, case: CaseRecord, partner: Partner) -> None:
    """No step is left: the partner has the case, unless its folder no longer has steps for the matter."""
    if await ctx.store.read(lambda tx: lacks_step(tx, case, partner)):
        await _park(ctx, job, Ticket("no-partner", MATTER_GONE), lacked_by=partner)
        return
    now = ctx.clock.now()
    await ctx.store.write(lambda tx: _hand_over(tx, job, tx.cases.lock(case.id), partner, now))


async def _do(ctx: Context, job: JobRecord, partner: Partner, todo: _Todo) -> bool:
    """One call for the errand, or the query that must come before it. True when the next errand may follow at once."""
    errand = todo.errand
    before = footing(partner.manner.resend, todo.doubt)
    if before is Footing.ASK_A_PERSON:
        assert todo.doubt is not None
        await _park(ctx, job, _asks(todo.doubt))
        return False
    facts = await case_facts(ctx, todo.case, errand.step, errand.round)
    facts = replace(facts, partner_number=facts.partner_number or todo.given)
    if before is Footing.ASK_FIRST:
        assert todo.doubt is not None
        ripe = todo.doubt.begun_at + partner.manner.settle
        if ctx.clock.now() < ripe:
            # The lost call may still be at work over there; an answer "unknown" would prove nothing yet.
            await ctx.store.write(lambda tx: tx.jobs.reschedule(job, ripe, "settling", count=False))
            return False
        asked = await attempt(ctx, job, partner, todo.case, QUERY, facts)
        answer = _proved(partner, todo, facts, asked.outcome)
        if answer == UNTOLD:
            await ctx.store.write(lambda tx: asked.record(tx, ctx))
            if lost(todo.doubt) or todo.given is None:
                await _park(ctx, job, _asks(todo.doubt))
                return False
        elif answer is not None:
            return await _conclude(ctx, job, todo, asked, answer)
        elif await ctx.store.write(_not_there(ctx, todo, asked)):
            return True

    def wanted(tx: Tx) -> bool:
        case = tx.cases.lock(todo.case.id)
        return case.destination == todo.case.destination and next_errand(tx, case, partner) == errand

    done = await attempt(ctx, job, partner, todo.case, errand.step, facts, supplement_round=errand.round, wanted=wanted)
    if ctx.shadow is not None and done.outcome.exchange.perhaps_sent and not todo.repeats:
        ctx.shadow.beside(partner.name, errand.step, facts, done.finished_at)
    return await _conclude(ctx, job, todo, done, done.outcome.verdict)


def _asks(doubt: AttemptRecord) -> Ticket:
    """Somebody must find out whether the partner has it."""
    return Ticket("unsure", "answer-lost" if lost(doubt) else "folder-changed")


def _not_there(ctx: Context, todo: _Todo, asked: Attempted) -> Callable[[Tx], bool]:
    """Records that the partner surely has nothing. True: there is nothing to send again either, for the applicant withdraws."""

    def unit(tx: Tx) -> bool:
        asked.record(tx, ctx)
        case = tx.cases.lock(todo.case.id)
        here = case.destination == todo.case.destination
        return here and todo.errand.submits and withdraw_unsent(tx, case, asked.partner.mapping_hash, asked.finished_at, settled=todo.doubt)

    return unit


def _proved(partner: Partner, todo: _Todo, facts: CaseFacts, asked: Outcome) -> Verdict | None:
    """What the answer to a query means for the errand whose own answer is missing; None: it surely did not arrive."""
    errand, about = todo.errand, todo.round
    waits = max(about.issued_at, about.answered_at or about.issued_at) if about is not None else None
    later = errand.submits and not errand.first
    return proved(errand.step, todo.case, asked, lambda: needs_number(partner, errand.step, facts), later=later, notice_until=waits)


async def _conclude(ctx: Context, job: JobRecord, todo: _Todo, done: Attempted, verdict: Verdict) -> bool:
    """Draw the consequences of an attempt, in one transaction."""
    staged = await stage(ctx, todo.case, done)
    luck = ctx.chance.random()
    errand = todo.errand

    def unit(tx: Tx) -> bool:
        done.record(tx, ctx)
        case = tx.cases.lock(todo.case.id)
        if case.destination != todo.case.destination:
            # Forwarded while we called: what this partner says of it is about another place's case.
            tx.jobs.finish(job)
            return False
        if done.outcome.exchange.sent and not isinstance(verdict, Retry | Hold):
            tx.cases.transported(case.id, done.finished_at)
        if isinstance(verdict, Received):
            # A fact about the case, whoever holds the job by now.
            tx.attempts.save_step(case.id, errand.key, _step_values(todo, done, verdict), done.id, done.finished_at)
            if errand.final:
                _received(tx, ctx, job, case, done, verdict, staged)
            elif not errand.submits:
                carried(tx, case, errand, done.finished_at)
                for report in staged:
                    take_report(tx, ctx, done.partner, report, done.finished_at)
            return not errand.final and tx.jobs.holds(job)
        if not tx.jobs.holds(job):
            return False
        if errand.submits and case.status not in UNSENT:
            # A push came while we called: it says more than the way our call ended.
            _hand_over(tx, job, case, done.partner, done.finished_at)
        elif errand.submits and withdraw_unsent(tx, case, done.partner.mapping_hash, done.finished_at):
            return True
        elif not errand.submits and next_errand(tx, case, done.partner) != errand:
            # Nobody wants it any more: the case moved on, or ended, while we called.
            return True
        elif isinstance(verdict, Refused):
            if errand.submits:
                _refused(tx, ctx, job, case, done, verdict)
                return False
            _turned_down(tx, ctx, case, errand, done, verdict)
            return True
        elif isinstance(verdict, Hold):
            hold_partner(tx, ctx, job, done, verdict)
        else:
            _again_later(tx, ctx, job, case, done, verdict, luck)
        return False

    return await ctx.store.write(unit)


def _step_values(todo: _Todo, done: Attempted, verdict: Received) -> dict[str, str | None]:
    """What later steps may need of this one. They are kept in the clear, so what is said of the case itself is not among them."""
    if todo.errand.final or not todo.errand.submits or done.step != todo.errand.step:
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
    case = tx.cases.lock(case.id)
    if case.withdrawal_requested_at is not None and not done.partner.has(case.matter, WITHDRAW):
        open_ticket(tx, case.id, Ticket(WITHDRAW_BY_HAND, "no-step"), done.finished_at)
    if next_errand(tx, case, done.partner) is not None:
        tx.jobs.enqueue(JobKind.DELIVER, case.id, done.partner.name, done.finished_at)
    _hand_over(tx, job, case, done.partner, done.finished_at)


def _turned_down(tx: Tx, ctx: Context, case: CaseRecord, errand: Errand, done: Attempted, verdict: Refused) -> None:
    """The partner does not take the hall's answer, which may then answer again; or it does not let the applicant withdraw."""
    now, reason = done.finished_at, verdict.reason or RAW
    sealed = ctx.sealer.seal(verdict.message.encode(), f"case:{case.number}:opinion") if verdict.message else None
    if errand.step == SUPPLEMENT:
        tx.rounds.reopen(case.id, errand.round)
        detail: dict[str, str | int | bool | None] = {"round": errand.round, "reason": reason}
        advance(tx, case, Status.SUPPLEMENT_REQUIRED, Cause("gateway", now, now, opinion_sealed=sealed, detail=detail), report_time=None)
        open_ticket(tx, case.id, Ticket("supplement-refused", reason, {"round": errand.round}), now)
    else:
        tx.cases.ask_to_withdraw(case.id, None, None)
        append_and_tell(tx, case, "case.withdrawal-refused", now, {"reason": reason}, sealed)


def _hand_over(tx: Tx, job: JobRecord, case: CaseRecord, partner: Partner, now: datetime) -> None:
    """Delivery ends; from now on we ask how the case stands, unless it is handled already."""
    if partner.manner.poll and not Status(case.status).terminal:
        tx.jobs.enqueue(JobKind.TRACK, case.id, partner.name, now + partner.manner.poll[0])
    tx.jobs.finish(job)
    tx.wake()


def _refused(tx: Tx, ctx: Context, job: JobRecord, case: CaseRecord, done: Attempted, verdict: Refused) -> None:
    """The partner said no before accepting anything: reception must mend it; the authority has decided nothing.

    One that names the competent office is followed there.
    The partner's own words go with the event: they may say more than the reason, and are all there is where it is raw.
    """
    if verdict.competent is not None:
        partner = forward(tx, ctx, case, verdict.competent, done.finished_at)
        if partner is not None:
            tx.jobs.finish(job)
            tx.jobs.enqueue(JobKind.DELIVER, case.id, partner.name, done.finished_at)
            tx.wake()
            return
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


async def _park(ctx: Context, job: JobRecord, ticket: Ticket, *, lacked_by: Partner | None = None) -> None:
    """Lay the case aside for a person. lacked_by: whose folder has no step for it; it is among what this version of it parked."""
    now = ctx.clock.now()

    def unit(tx: Tx) -> None:
        if lacked_by is not None:
            tx.cases.lock(job.case_id)  # before the job, as everywhere
        if tx.jobs.park(job, ticket.reason):
            open_ticket(tx, job.case_id, ticket, now)
            if lacked_by is not None:
                tx.cases.set_mapping(job.case_id, lacked_by.mapping_hash)

    await ctx.store.write(unit)
