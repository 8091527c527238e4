"""Tracking: what partners say of cases, pulled or pushed. Kept raw first, then read, then folded into the status under the case's lock."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

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
)
from gateway.security import display_name
from gateway.store import CaseRecord, JobRecord, NewEvent, ResultRecord, Tx

from .attempting import QUERY, Attempted, attempt
from .context import Context
from .dossier import case_facts
from .materials import keep
from .standing import Cause, advance, completes
from .tickets import Ticket, open_ticket

log = structlog.get_logger()
_FINAL = frozenset({Status.APPROVED, Status.DENIED})


@dataclass(frozen=True, slots=True)
class StagedReport:
    """A report whose result document, if any, is in the attachment store already. raw: the bytes it came in, sealed with their hash."""

    report: Report
    case_id: int | None
    channel: str
    sha256: bytes
    raw_sealed: bytes
    result: ResultRecord | None


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
    if case is None or partner is None or Status(case.status).terminal:
        await ctx.store.write(lambda tx: tx.jobs.finish(job))
        return
    asked = await attempt(ctx, partner, case, QUERY, await case_facts(ctx, case))
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
        if standing is None or Status(standing.status).terminal:
            tx.jobs.finish(job)
        elif isinstance(verdict, Hold):
            until = asked.finished_at + ctx.rules.hold
            if tx.partners.pause(partner.name, until, verdict.reason, asked.finished_at):
                open_ticket(tx, None, Ticket(f"partner-held:{partner.name}", verdict.reason), asked.finished_at)
            tx.jobs.reschedule(job, until, f"hold:{verdict.reason}", count=False)
        else:
            if isinstance(verdict, Refused):
                kind = "partner-lost-case" if verdict.reason == UNKNOWN_CASE else "query-refused"
                open_ticket(tx, case.id, Ticket(kind, verdict.reason or "raw"), asked.finished_at)
            advanced = Effect.ADVANCE in effects
            due = asked.finished_at + _pause(partner, job.tries, luck, verdict if isinstance(verdict, Retry) else None, advanced=advanced)
            tx.jobs.reschedule(job, due, "advanced" if advanced else "waiting", tries=0 if advanced else None)

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
    if report.result is not None and case is not None:
        content = b"".join(report.result.content.open())
        document = report.result
        result = ResultRecord(
            id=0,
            name=document.name,
            number=document.number,
            file_name=display_name(document.content.name),
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
    report, case_id = staged.report, staged.case_id
    if case_id is None or report.status is None:
        open_ticket(tx, case_id, Ticket("unknown-code" if case_id else "unknown-case", "report", {"code": report.code}), now)
        return Effect.UNKNOWN
    case = tx.cases.lock(case_id)
    number = report.partner_number or case.partner_number or ""
    if not tx.reports.claim_event(partner.name, number, report.code, report.at):
        return Effect.DUPLICATE
    if case.partner_number is None and report.partner_number is not None:
        tx.cases.set_partner_number(case.id, report.partner_number, now)
    sealed = ctx.sealer.seal(report.opinion.encode(), f"case:{case.number}:opinion") if report.opinion else None
    at = report.at or now
    cause = Cause("handling", at, now, case.destination, report.code, report_id, sealed)
    effect, case = advance(tx, case, report.status, cause, report_time=report.at)
    if staged.result is not None and Status(case.status) in _FINAL:
        tx.cases.add_result(case.id, staged.result)
        if completes(report):
            _complete(tx, case, staged.result, at, now)
    return effect


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
