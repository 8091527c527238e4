"""The trace of responsibility: who held a case from when to when, from its event chain, which is verified first."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.model import FORWARDED, Calendar, Holder, Holding, Stay, extensions_in, holder, holdings, iso, pauses_in, stays
from gateway.store import CaseRecord, EventRecord, HallRecord, Tx, event_hash

from .cases import own_case
from .clocks import clock_document, clocks_of
from .context import Context
from .views import part_document, status_document


async def case_trace(ctx: Context, hall: HallRecord, number: str) -> dict[str, Any]:
    """The trace of one of the hall's own cases."""
    now = ctx.clock.now()
    return await ctx.store.read(lambda tx: trace_document(tx, own_case(tx, hall, number), now))


def trace_document(tx: Tx, case: CaseRecord, now: datetime) -> dict[str, Any]:
    """The trace at `now`. Where the chain is broken it says so, and tells only what the events before the break say."""
    events = tx.cases.events(case.id)
    broken = _broken_at(case, events)
    sound = events if broken is None else events[: broken - 1]
    filed_for = next((str(event.detail["from"]) for event in sound if event.type == FORWARDED), case.destination)
    calendars: dict[str, Calendar] = {}

    def calendar_of(stay: Stay) -> Calendar:
        place = case.origin if holder(stay.status) is Holder.RECEPTION else stay.forwarded_to or filed_for
        if place not in calendars:
            calendars[place] = tx.calendars.of(place)
        return calendars[place]

    walked = stays(sound)
    held = holdings(walked, calendar_of, now)
    whole = tx.cases.get(case.parent_id) if case.parent_id is not None else None
    return {
        "number": case.number,
        "test": case.is_test,
        "status": status_document(case.status),
        "decision": case.decision,
        "parent": whole.number if whole else None,
        "parts": [part_document(part) for part in tx.cases.parts(case.id)] if case.parts else [],
        "chain": {"whole": broken is None, "events": case.event_seq, "broken_at": broken},
        "holdings": [_holding_document(case, holding, filed_for) for holding in held],
        "forwardings": [
            {"at": iso(event.occurred_at), "part": event.detail.get("part")}
            | {name: event.detail[name] for name in ("from", "to", "partner", "agreement")}
            for event in sound
            if event.type == FORWARDED
        ],
        "endings": [_stay_document(stay) for stay in walked if stay.status.terminal],
        "totals": _totals(held),
        "clocks": [clock_document(reading) for reading in clocks_of(tx, case, now, sound)],
        "pauses": [
            {"kind": pause.kind.value, "notice": pause.notice, "since": iso(pause.start), "until": iso(pause.end) if pause.end else None}
            for pause in ([] if case.parts else pauses_in(sound))
        ],
        "extensions": [{"days": extension.days, "at": iso(extension.at)} for extension in extensions_in(sound)],
    }


def _broken_at(case: CaseRecord, events: Sequence[EventRecord]) -> int | None:
    """The number of the first event that was changed, is missing or is too many; None when the chain is whole to its recorded end."""
    head = b""
    for number, event in enumerate(events, start=1):
        if event.seq != number or event_hash(head, event) != event.hash:
            return number
        head = event.hash
    return None if (len(events), head) == (case.event_seq, case.event_head) else len(events) + 1


def _holding_document(case: CaseRecord, holding: Holding, filed_for: str) -> dict[str, Any]:
    # Of a whole the hands of its parts are told together; whose they were, each part's own trace tells.
    places = {Holder.RECEPTION: case.origin} | ({} if case.parts else {Holder.HANDLING: holding.stays[0].forwarded_to or filed_for})
    return {
        "holder": holding.holder.value,
        "zh": holding.holder.zh,
        "place": places.get(holding.holder),
        "since": iso(holding.since),
        "until": iso(holding.until) if holding.until else None,
        "calendar_seconds": _seconds(holding.calendar_time),
        "working_seconds": _seconds(holding.working_time),
        "stays": [_stay_document(stay) for stay in holding.stays],
    }


def _stay_document(stay: Stay) -> dict[str, Any]:
    return {"status": status_document(stay.status), "since": iso(stay.since), "by": stay.actor, "inferred": stay.inferred}


def _totals(held: Sequence[Holding]) -> list[dict[str, Any]]:
    """The time in each hand, in the order in which they first had the case."""
    calendar: dict[Holder, timedelta] = defaultdict(timedelta)
    working: dict[Holder, timedelta] = defaultdict(timedelta)
    for holding in held:
        calendar[holding.holder] += holding.calendar_time
        working[holding.holder] += holding.working_time
    return [
        {"holder": holder.value, "zh": holder.zh, "calendar_seconds": _seconds(time), "working_seconds": _seconds(working[holder])}
        for holder, time in calendar.items()
    ]


def _seconds(time: timedelta) -> int:
    return int(time.total_seconds())
