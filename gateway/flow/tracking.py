"""Tracking: what partners say of cases, pulled or pushed. Kept raw first, then read, then folded into the status under the case's lock."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from gateway.model import (
    UNKNOWN_CASE,
    Effect,
    Hold,
    Partner,
    PushRefused,
    PushUnreadable,
    Received,
    Refused,
    Report,
    Retry,
    Status,
    follows,
)
from gateway.store import MATTER_GONE, PARTNER_GONE, CaseRecord, JobKind, JobRecord, NewEvent, ResultRecord, Tx

from .attempting import QUERY, Attempted, attempt, hold_partner
from .context import Context
from .dossier import case_facts
from .forwarding import forward
from .materials import keep
from .notices import ASKED, take_notice
from .results import seal_label
from .standing import UNSENT, Cause, advance, completes, tell_hall
from .tickets import Ticket, open_ticket

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class StagedReport:
    """A report whose result document, if any, is in the attachment store already. raw: the bytes it came in, sealed with their hash."""

    report: Report
    case_id: int | None
    channel: str
    sha256: bytes
    raw_sealed: bytes
    result: ResultRecord | None


class Numbered(Protocol):
    """What a case is called, on both sides."""

    @property
    def number(self) -> str:
        """Ours."""
        ...

    @property
    def partner_number(self) -> str | None:
        """The partner's, as far as it is known."""
        ...


@dataclass(frozen=True, slots=True)
class PushAnswer:
    """What the partner hears."""

    status: int
    media_type: str
    body: bytes


_PLAIN = "text/plain; charset=utf-8"
_REFUSED = PushAnswer(401, _PLAIN, b"refused")
_UNREADABLE = PushAnswer(422, _PLAIN, b"genuine, kept, but unreadable")
_NO_CASE = PushAnswer(404, _PLAIN, b"genuine and kept; no such case here")


async def track(ctx: Context, job: JobRecord) -> None:
    """Ask the partner where the case stands, and decide when to ask again."""
    case = await ctx.store.read(lambda tx: tx.cases.get(job.case_id))
    partner = ctx.partners.get(case.partner) if case else None
    if case is None or Status(case.status).terminal:
        await ctx.store.write(lambda tx: tx.jobs.finish(job))
        return
    if partner is None or not partner.steps(case.matter):
        await _wait_for_folder(ctx, job, PARTNER_GONE if partner is None else MATTER_GONE)
        return
    asked = await attempt(ctx, job, partner, case, QUERY, await case_facts(ctx, case))
    staged = await stage(ctx, case, asked)
    luck = ctx.chance.random()

    def unit(tx: Tx) -> None:
        effects = [take_report(tx, ctx, partner, report, asked.finished_at) for report in staged]
        verdict = asked.outcome.verdict
        news = not isinstance(verdict, Received) or any(effect is not Effect.DUPLICATE for effect in effects)
        asked.record(tx, ctx, evidence=news)
        if not tx.jobs.holds(job):
            return
        standing = tx.cases.get(case.id)
        if standing is None or standing.status.terminal or standing.destination != case.destination:
            # Handled, or forwarded by what was just said.
            tx.jobs.finish(job)
        elif isinstance(verdict, Hold):
            hold_partner(tx, ctx, job, asked, verdict)
        else:
            if isinstance(verdict, Refused):
                kind = "partner-lost-case" if verdict.reason == UNKNOWN_CASE else "query-refused"
                open_ticket(tx, case.id, Ticket(kind, verdict.reason or "raw"), asked.finished_at)
            advanced = Effect.ADVANCE in effects
            due = asked.finished_at + _pause(partner, job.tries, luck, verdict if isinstance(verdict, Retry) else None, advanced=advanced)
            tx.jobs.reschedule(job, due, "advanced" if advanced else "waiting", tries=0 if advanced else None)

    await ctx.store.write(unit)


async def _wait_for_folder(ctx: Context, job: JobRecord, reason: str) -> None:
    """Without the partner's folder nobody can be asked; the case stays on the list, and a person is told once."""
    now = ctx.clock.now()

    def unit(tx: Tx) -> None:
        if tx.jobs.reschedule(job, now + ctx.rules.hold, reason, count=False):
            open_ticket(tx, job.case_id, Ticket("no-partner", reason), now)

    await ctx.store.write(unit)


def _pause(partner: Partner, tries: int, luck: float, retry: Retry | None, *, advanced: bool) -> timedelta:
    """Until the next question: adaptive, short again after news; a failed question follows the retry schedule."""
    if retry is not None:
        return partner.manner.retry.delay(tries, luck, retry.after)
    poll = partner.manner.poll
    return poll[0] if advanced else poll[min(tries, len(poll) - 1)]


async def stage(ctx: Context, case: CaseRecord, done: Attempted) -> tuple[StagedReport, ...]:
    """The reports of an attempt, their result documents kept."""
    raw = done.outcome.exchange.received
    return tuple([await _stage(ctx, report, case, raw, "pull", done.partner.name) for report in done.outcome.reports])


async def _stage(ctx: Context, report: Report, case: CaseRecord | None, raw: bytes, channel: str, partner: str) -> StagedReport:
    result = None
    if report.result is not None and case is not None and concerns(report, case):
        content = b"".join(report.result.content.open())
        document = report.result
        result = ResultRecord(
            id=0,
            label_sealed=seal_label(ctx.sealer, case, document),
            media_type=document.content.media_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            address=await keep(ctx, content, hashlib.sha256(content).hexdigest()),
            at=report.at or ctx.clock.now(),
        )
    return StagedReport(
        report=report,
        case_id=case.id if case else None,
        channel=channel,
        sha256=_said(report),
        raw_sealed=ctx.sealer.seal(raw, f"report:{partner}"),
        result=result,
    )


def _said(report: Report) -> bytes:
    """What makes a report the same as another: all that was said of the case, not the envelope's own time or nonce."""
    result = report.result
    said = [report.our_number, report.partner_number, report.code, report.at.isoformat() if report.at else None, report.opinion]
    said += [result.name, result.number, result.content.sha256] if result else []
    said += [report.reason] if report.reason else []
    said += ["competent", report.competent] if report.competent else []
    if report.notice is not None:
        said += ["notice", *(part for item in report.notice.items for part in (item.code, item.text, item.material))]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).digest()


def take_report(tx: Tx, ctx: Context, partner: Partner, staged: StagedReport, now: datetime) -> Effect:
    """Keep a report and fold it into its case. An unknown code is kept and shown, never guessed; a repeated report changes nothing."""
    report = staged.report
    kept = tx.reports.keep(
        partner.name, staged.case_id, staged.channel, staged.sha256, staged.raw_sealed, report.code, report.partner_number, report.at, now
    )
    effect = Effect.DUPLICATE if kept is None else _fold(tx, ctx, partner, staged, kept, now)
    if kept is not None:
        tx.reports.conclude(kept, effect.value)
    ctx.metrics.report(partner.name, staged.channel, effect.value)
    return effect


def _fold(tx: Tx, ctx: Context, partner: Partner, staged: StagedReport, report_id: int, now: datetime) -> Effect:
    report = staged.report
    case = tx.cases.lock(staged.case_id) if staged.case_id is not None else None
    if case is None or case.partner != partner.name:
        # Of no case of ours, or of one that went on to another partner meanwhile.
        open_ticket(tx, None, Ticket(f"unknown-case:{partner.name}", "report", {"code": report.code}), now)
        return Effect.UNKNOWN
    if not concerns(report, case):
        open_ticket(tx, case.id, Ticket("another-case", "report"), now)
        return Effect.UNKNOWN
    readable = report.status is not None or report.competent is not None
    fresh = readable and tx.reports.claim_event(partner.name, case.number, _event_code(report), report.at)
    if fresh and _forwarded(tx, ctx, case, report, now):
        return Effect.ADVANCE
    if report.status is None:
        open_ticket(tx, case.id, Ticket("unknown-code", "report", {"code": report.code}), now)
        return Effect.UNKNOWN
    case = at_partner(tx, case, report.partner_number, now)
    effect = Effect.DUPLICATE
    if fresh:
        effect, case = _tell(tx, ctx, case, report, report_id, now)
    elif take_notice(tx, ctx, case, report, effect, now):
        # The list may come after the notice, in a report that is else the same.
        tell_hall(tx, case, now)
        effect = Effect.ADVANCE
    # The document may come after the decision, in a report that is else the same.
    if staged.result is not None and completes(report) and report.status == case.status:
        tx.cases.add_result(case.id, staged.result)
        _complete(tx, case, staged.result, report.at or now, now)
        effect = Effect.ADVANCE
    return effect


def _event_code(report: Report) -> str:
    """What tells events of one moment apart: the code, and the notice's own number where there is one."""
    return report.code if report.notice is None or report.notice.number is None else f"{report.code} {report.notice.number}"


def _tell(tx: Tx, ctx: Context, case: CaseRecord, report: Report, report_id: int, now: datetime) -> tuple[Effect, CaseRecord]:
    """Fold an event that is told for the first time. One that finds the case still with us ends its delivery too."""
    assert report.status is not None
    sealed = ctx.sealer.seal(report.opinion.encode(), f"case:{case.number}:opinion") if report.opinion else None
    detail = {"reason": report.reason} if report.reason else None
    cause = Cause("handling", report.at or now, now, case.destination, report.code, report_id, sealed, detail)
    asked = case.status in ASKED
    effect, told = advance(tx, case, report.status, cause, report_time=report.at)
    if take_notice(tx, ctx, told, report, effect, now):
        if effect is Effect.DUPLICATE:
            # The same status again, but more is asked for: the hall must hear of it.
            tell_hall(tx, told, now)
            effect = Effect.ADVANCE
    elif asked and told.status not in ASKED:
        tx.rounds.close(told.id, now)
    if case.status in UNSENT and told.status not in UNSENT and not tx.jobs.unpark(JobKind.DELIVER, case.id, now):
        tx.jobs.enqueue(JobKind.DELIVER, case.id, case.partner, now)
    if effect is Effect.LATE and report.status > case.status and not follows(case.status, report.status):
        # Not late but impossible from here: asking again would bring the same for ever.
        open_ticket(tx, case.id, Ticket("contradiction", "report", {"code": report.code}), now)
    return effect, told


def _forwarded(tx: Tx, ctx: Context, case: CaseRecord, report: Report, now: datetime) -> bool:
    """Whether a report that names the competent office moved the case there; only before acceptance."""
    before_acceptance = case.status in UNSENT or case.status in (Status.DISPATCHED, Status.PRECHECK)
    refuses = report.status in (None, Status.NOT_ACCEPTED)
    if not (before_acceptance and refuses and report.competent is not None):
        return False
    partner = forward(tx, ctx, case, report.competent, now)
    if partner is None:
        return False
    cause = Cause("gateway", report.at or now, now, detail={"competent": report.competent})
    advance(tx, tx.cases.lock(case.id), Status.DISPATCHING, cause, report_time=None)
    # Anew, in the new partner's lane, whatever became of the delivery before.
    tx.jobs.drop(JobKind.DELIVER, case.id)
    tx.jobs.enqueue(JobKind.DELIVER, case.id, partner.name, now)
    tx.wake()
    return True


def concerns(report: Report, case: Numbered) -> bool:
    """Whether a report is of this case: by our number where it gives one, else by the partner's."""
    if report.our_number is not None:
        return report.our_number == case.number
    return case.partner_number is None or report.partner_number == case.partner_number


def at_partner(tx: Tx, case: CaseRecord, number: str | None, now: datetime) -> CaseRecord:
    """Note that the partner has the case, since now if we did not know it yet, and under this number if it has none yet."""
    if case.dispatched_at is None or (case.partner_number is None and number is not None):
        tx.cases.set_partner_number(case.id, case.partner_number or number, case.dispatched_at or now)
        tx.cases.transported(case.id, now)
    return tx.cases.lock(case.id)


def _complete(tx: Tx, case: CaseRecord, result: ResultRecord, at: datetime, now: datetime) -> None:
    """The electronic result in our hands is the delivery to the reception place."""
    tx.cases.append_event(
        case.id,
        NewEvent(
            type="case.result-received", before=None, after=None, actor="gateway", place=None, occurred_at=at, recorded_at=now,
            detail={"sha256": result.sha256, "size": result.size},
        ),
    )  # fmt: skip
    advance(tx, tx.cases.lock(case.id), Status.COMPLETED, Cause("gateway", at, now, detail={"delivery": "electronic"}), report_time=None)


async def take_push(ctx: Context, partner_name: str, headers: Mapping[str, str], body: bytes) -> PushAnswer | None:
    """A partner's own call: verified, kept, folded, and only then acknowledged. None: there is no such partner, or it does not push."""
    partner = ctx.partners.get(partner_name)
    if partner is None:
        return None
    now = ctx.clock.now()
    try:
        push = partner.read_push(headers, body)
    except PushRefused as refused:
        ctx.metrics.push(partner_name, "refused")
        log.warning("push.refused", partner=partner_name, reason=refused.reason)
        return _REFUSED
    except PushUnreadable as error:
        unreadable = error
        await ctx.store.write(lambda tx: _keep_unreadable(tx, ctx, partner, body, unreadable, now))
        ctx.metrics.push(partner_name, "unreadable")
        return _UNREADABLE
    cases = [await ctx.store.read(_finder(partner, report)) for report in push.reports]
    staged = [await _stage(ctx, report, case, body, "push", partner.name) for report, case in zip(push.reports, cases, strict=True)]

    def unit(tx: Tx) -> str:
        if not tx.reports.nonce(partner.name, push.nonce, push.nonce_expires, now):
            return "replayed"
        for report in staged:
            take_report(tx, ctx, partner, report, now)
        return "taken" if all(cases) else "unknown-case"

    result = await ctx.store.write(unit)
    ctx.metrics.push(partner_name, result)
    if result == "replayed":
        return _REFUSED
    if result == "unknown-case":
        return _NO_CASE
    return PushAnswer(200, push.media_type, push.reply)


def _finder(partner: Partner, report: Report) -> Callable[[Tx], CaseRecord | None]:
    return lambda tx: _find_case(tx, partner, report)


def _find_case(tx: Tx, partner: Partner, report: Report) -> CaseRecord | None:
    case = tx.cases.by_number(report.our_number) if report.our_number else None
    if case is None and report.partner_number:
        case = tx.cases.by_partner_number(partner.name, report.partner_number)
    return case if case is not None and case.partner == partner.name else None


def _keep_unreadable(tx: Tx, ctx: Context, partner: Partner, body: bytes, error: PushUnreadable, now: datetime) -> None:
    tx.reports.nonce(partner.name, error.nonce, error.nonce_expires, now)
    sealed = ctx.sealer.seal(body, f"report:{partner.name}")
    kept = tx.reports.keep(partner.name, None, "push", hashlib.sha256(body).digest(), sealed, None, None, None, now)
    if kept is not None:
        tx.reports.conclude(kept, Effect.UNKNOWN.value)
        open_ticket(tx, None, Ticket(f"unreadable-push:{partner.name}", error.reason), now)
