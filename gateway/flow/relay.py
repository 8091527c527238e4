"""Relay: the hall hears every change of its case, in order, signed (Standard Webhooks), until it has answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.model import iso
from gateway.outbound import OutboundError, Request
from gateway.security import sign as sign_webhook
from gateway.store import CaseRecord, EventRecord, HallRecord, JobRecord, Tx
from gateway.wire import Body

from .cases import open_opinion
from .context import Context
from .tickets import Ticket, open_ticket
from .views import dump, event_document

_ANSWER_CAP = 64 * 1024
GONE = 410


@dataclass(frozen=True, slots=True)
class _News:
    case: CaseRecord
    hall: HallRecord | None
    events: Sequence[EventRecord]


async def relay(ctx: Context, job: JobRecord) -> None:
    """Tell the hall what it has not heard yet. A hall without a webhook reads for itself; then there is nothing to send."""

    def unit(tx: Tx) -> _News | None:
        case = tx.cases.get(job.case_id)
        return _News(case, tx.halls.get(case.hall_id), tx.cases.events(case.id, case.relayed_seq)) if case else None

    news = await ctx.store.read(unit)
    if news is None or news.hall is None or news.hall.webhook_url is None or news.hall.webhook_secret_sealed is None:
        await ctx.store.write(lambda tx: tx.jobs.finish(job))
        return
    secret = ctx.sealer.open(news.hall.webhook_secret_sealed, f"hall:{news.hall.id}:webhook").decode()
    told, failure = news.case.relayed_seq, None
    for event in news.events:
        failure = await _tell(ctx, news.case, news.hall.webhook_url, secret, event)
        ctx.metrics.relay(failure or "told")
        if failure is not None:
            break
        told = event.seq
    await ctx.store.write(lambda tx: _settle(tx, ctx, job, told, failure))


async def _tell(ctx: Context, case: CaseRecord, url: str, secret: str, event: EventRecord) -> str | None:
    """Send one event; None when the hall has it, else a short reason."""
    payload = {
        "type": event.type,
        "timestamp": iso(event.recorded_at),
        "data": event_document(case, event, open_opinion(ctx, case, event)),
    }
    body = dump(payload)
    headers = sign_webhook(secret, f"evt_{case.number}_{event.seq}", ctx.clock.now(), body)
    request = Request("POST", url, (("content-type", "application/json"), *headers.items()), Body.of(body))
    try:
        answer = await ctx.webhooks.call(request, deadline_seconds=ctx.rules.relay_timeout_seconds, max_bytes=_ANSWER_CAP)
    except OutboundError as error:
        return error.code
    if 200 <= answer.status < 300:
        return None
    return "gone" if answer.status == GONE else "refused"


def _settle(tx: Tx, ctx: Context, job: JobRecord, told: int, failure: str | None) -> None:
    now = ctx.clock.now()
    tx.cases.relayed(job.case_id, told, now)
    if failure is None:
        tx.jobs.finish(job)
        return
    due = now + ctx.rules.relay.delay(job.tries, ctx.chance.random())
    if failure != "gone" and due <= ctx.rules.relay.gives_up_at(job.first_try_at or now):
        tx.jobs.reschedule(job, due, failure)
    elif tx.jobs.park(job, failure):
        open_ticket(tx, job.case_id, Ticket("relay-failed", failure), now)
