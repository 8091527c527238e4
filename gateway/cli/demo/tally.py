"""What the gateway's own store says of the demo's cases, read beside the serving process."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.model import Decision, Status, china_day
from gateway.store import CaseRecord, EventRecord, Store, Tx

if TYPE_CHECKING:
    from gateway.flow import Outcomes

UNENDED = "unended"
"""Of an attempt that was begun, and never heard of again: the process died in it."""

TURNS = {"supplemented": "补正", "refused": "不予受理或不予许可", "withdrawn": "撤件", "forwarded": "转至有权办理地"}
"""What may become of a case beside the straight way; a case may take several."""


@dataclass(frozen=True, slots=True)
class Tally:
    """handled: cases whose status is terminal. attempts: by partner, step and verdict.

    unsure_resolved: cases of which a call was lost on the way, and which the partner is known to have all the same.
    turns: how many cases took each turn of TURNS.
    """

    handled: int
    attempts: Mapping[tuple[str, str, str], int]
    unsure_resolved: int
    turns: Mapping[str, int]
    outcomes: "Outcomes"

    def attempts_with(self, verdict: str | None = None) -> int:
        """Attempts that came to this verdict, or all."""
        return sum(count for (_, _, came_to), count in self.attempts.items() if verdict in (None, came_to))


async def read_tally(store: Store, numbers: Iterable[str]) -> Tally:
    """The tally of these cases, and the ledger."""
    from gateway.flow import read_outcomes  # with all that it brings, too slow for the other commands

    outcomes = await read_outcomes(store, china_day(datetime.now(UTC)))

    def unit(tx: Tx) -> Tally:
        handled = unsure_resolved = 0
        attempts: Counter[tuple[str, str, str]] = Counter()
        turns = dict.fromkeys(TURNS, 0)
        for number in numbers:
            case = tx.cases.by_number(number)
            if case is None:
                continue
            handled += Status(case.status).terminal
            made = tx.attempts.of_case(case.id)
            attempts.update((attempt.partner, attempt.step, attempt.verdict or UNENDED) for attempt in made)
            lost = any(attempt.verdict in (None, "unsure") for attempt in made)
            unsure_resolved += lost and case.partner_number is not None
            for turn in _turns(case, tx.cases.events(case.id)):
                turns[turn] += 1
        return Tally(handled, dict(sorted(attempts.items())), unsure_resolved, turns, outcomes)

    return await store.read(unit)


def _turns(case: CaseRecord, events: Iterable[EventRecord]) -> Iterator[str]:
    """The turns of TURNS that a case took."""
    types = {event.type for event in events}
    if "case.supplement-received" in types:
        yield "supplemented"
    if case.decision is Decision.DENIED or case.status is Status.NOT_ACCEPTED:
        yield "refused"
    if case.status is Status.WITHDRAWN:
        yield "withdrawn"
    if "case.forwarded" in types:
        yield "forwarded"


async def explain(store: Store, numbers: Iterable[str]) -> list[str]:
    """Why each of these cases is not done: its status, the latest attempt, what waits for a person."""

    def unit(tx: Tx) -> list[str]:
        waiting = {ticket.case_id: ticket for ticket in tx.tickets.list(open_only=True)}
        lines = []
        for number in numbers:
            case = tx.cases.by_number(number)
            if case is None:
                lines.append(f"{number}: 网关没有此办件 / the gateway does not have it")
                continue
            attempts = tx.attempts.of_case(case.id)
            last = f"{attempts[-1].step} {attempts[-1].verdict or UNENDED} {attempts[-1].reason or ''}".strip() if attempts else "—"
            ticket = waiting.get(case.id)
            lines.append(
                f"{number}: {Status(case.status).zh} / status {case.status}; last attempt: {last}; "
                f"told {case.relayed_seq} of {case.event_seq} events; ticket: {f'{ticket.kind} {ticket.reason}' if ticket else '—'}"
            )
        return lines

    return await store.read(unit)
