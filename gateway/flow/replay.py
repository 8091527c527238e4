"""Replay: the cases that one version of a partner's folder parked, run again with the folder in force; nothing is sent again blindly.

A case's window is told by its latest attempt to change something at its partner: under which hash it was made, and when. Whether the
partner perhaps has it is decided as every delivery decides it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import partial

from gateway.errors import TongbanError
from gateway.store import PARTNER_GONE, JobKind, ParkedRecord, Store, TicketRecord, Tx

from .attempting import QUERY
from .errands import Footing, Procedure, footing, in_doubt, lacks_step, next_errand, tries_at
from .persons import run_again

REPLAYED = "replayed"
_WAITING = frozenset({"refused", "exhausted", "unsure", "no-partner"})
"""Kinds of tickets that are about a parked delivery which a folder may have caused."""


class Left(Enum):
    """Why a case is left as it is: for a person."""

    PERHAPS_THERE = "perhaps-there"
    SETTLED = "no-ticket"
    NO_FOLDER = "no-folder"
    CRASHED = "crashed"
    ENDED = "case-ended"
    TAKEN = "not-parked-any-more"


@dataclass(frozen=True, slots=True)
class InForce:
    """A partner's folder as it is now."""

    mapping_hash: str
    resend: str
    procedure: Procedure


@dataclass(frozen=True, slots=True)
class Window:
    """Which cases. mapping: the hash or how it begins; since: from that moment on; until: before that one."""

    mapping: str
    since: datetime
    until: datetime | None = None
    partner: str | None = None

    def holds(self, parked: ParkedRecord) -> bool:
        """Whether the case is among them, its hash apart."""
        in_time = self.since <= parked.tried_at and (self.until is None or parked.tried_at < self.until)
        return in_time and self.partner in (None, parked.partner)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What becomes of one case. asks: the partner, which perhaps has it, is asked first; left: None when it runs again.

    tickets: those that close with it. same: by the version that made its message, which is still in force.
    """

    case: ParkedRecord
    tickets: tuple[TicketRecord, ...] = ()
    asks: bool = False
    left: Left | None = None
    same: bool = False


class AmbiguousHashError(TongbanError):
    """The beginning of a hash that several have."""

    def __init__(self, hashes: list[str]) -> None:
        super().__init__("replay.ambiguous", "有多个版本的哈希以此开头，请写长一些。", "Several hashes begin like this; give more of it.")
        self.places = tuple(hashes)


async def replay(
    store: Store,
    window: Window,
    in_force: Mapping[str, InForce],
    *,
    by: str,
    now: datetime,
    note: Callable[[Tx, Replayed], None] | None,
) -> list[Replayed]:
    """Let the parked cases of the window run again that safely may, each in a unit of its own; what became of every one of them.

    by: who closes the tickets. note: called in the unit of each case that runs again; without it nothing is changed, only told.
    Raises AmbiguousHashError.
    """
    told = []
    for case in filter(window.holds, await parked_under(store, window.mapping)):
        if note is None:
            told.append(await store.read(partial(_judged, case=case, in_force=in_force)))
        else:
            told.append(await store.write(partial(_run, case=case, in_force=in_force, by=by, now=now, note=note)))
    return told


async def parked_under(store: Store, mapping: str) -> list[ParkedRecord]:
    """The parked cases of one hash, given whole or by its beginning, at any time and partner. Raises AmbiguousHashError."""
    parked = await store.read(lambda tx: tx.jobs.parked(JobKind.DELIVER, QUERY, mapping=mapping))
    if len(hashes := sorted({case.mapping_hash for case in parked})) > 1:
        raise AmbiguousHashError(hashes)
    return parked


def _run(
    tx: Tx, case: ParkedRecord, in_force: Mapping[str, InForce], by: str, now: datetime, note: Callable[[Tx, Replayed], None]
) -> Replayed:
    tx.cases.lock(case.case_id)
    judged = _judged(tx, case, in_force)
    if judged.left is not None:
        return judged
    if not run_again(tx, judged.tickets[0], now, asked=False):
        return Replayed(case, left=Left.TAKEN)
    for ticket in judged.tickets:
        tx.tickets.close(ticket.id, by, now, REPLAYED)
    note(tx, judged)
    return judged


def _judged(tx: Tx, case: ParkedRecord, in_force: Mapping[str, InForce]) -> Replayed:
    """Whether the case may run again. What was read of it before may have been overtaken by a person or a worker."""
    if case not in tx.jobs.parked(JobKind.DELIVER, QUERY, case_id=case.case_id):
        return Replayed(case, left=Left.TAKEN)
    record, folder = tx.cases.get(case.case_id), in_force.get(case.partner)
    if record is None or record.status.terminal:
        return Replayed(case, left=Left.ENDED)
    tickets = tuple(ticket for ticket in tx.tickets.open_of(case.case_id) if ticket.kind in _WAITING)
    if not tickets:
        # Closed by hand while the job stayed parked: a person has settled it otherwise. A crash is a fault of ours, not of a folder.
        crashed = any(ticket.kind == f"crashed:{JobKind.DELIVER}" for ticket in tx.tickets.open_of(case.case_id))
        return Replayed(case, left=Left.CRASHED if crashed else Left.SETTLED)
    if folder is None or lacks_step(tx, record, folder.procedure):
        return Replayed(case, left=Left.NO_FOLDER)
    errand = next_errand(tx, record, folder.procedure)
    doubt = in_doubt(tx, record, tries_at(tx, record, errand), folder.mapping_hash) if errand is not None else None
    before = footing(folder.resend, doubt)
    if before is Footing.ASK_A_PERSON:
        return Replayed(case, left=Left.PERHAPS_THERE)
    # A case that waited for its partner's folder may find the same again, and does well by it.
    same = folder.mapping_hash == case.mapping_hash and case.reason != PARTNER_GONE
    return Replayed(case, tickets, before is Footing.ASK_FIRST, same=same)
