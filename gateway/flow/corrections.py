"""Corrections of the ledger: a visit told too late, one recorded by mistake, a case that should never have counted."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from gateway.model import DraftVisit, Status, is_case_number
from gateway.security import Sealer
from gateway.store import LedgerEntry, NewEvent, NewVisit, Tx

from .draft_check import translate, visit_time_faults
from .evidence import reference_hash
from .examination import read_object
from .refusal import Refusal, RefusalKind, refuse
from .settlement import correct_case
from .standing import tell_hall

_MAX_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Correction:
    """What was wrong. strike: id of a visit recorded by mistake; visit: one not recorded, as JSON; exclude: a test or duplicate."""

    strike: int | None = None
    visit: bytes | None = None
    exclude: bool = False


def correct_outcome(tx: Tx, sealer: Sealer, number: str, correction: Correction, now: datetime) -> list[LedgerEntry]:
    """Mend what is on record and append the difference, in the month of `now`; the lines written, none when nothing differs.

    Raises Refusal: no such case, a part of a joint one, a case that is not handled, a visit that cannot be or is not there.
    """
    found = tx.cases.by_number(number) if is_case_number(number) else None
    if found is None:
        raise refuse(RefusalKind.UNKNOWN, "case.unknown")
    if found.parent_id is not None:
        raise refuse(RefusalKind.INVALID, "joint.part", number=tx.cases.lock(found.parent_id).number)
    case = tx.cases.lock(found.id)
    if not Status(case.status).terminal:
        raise refuse(RefusalKind.INVALID, "outcome.open")
    if correction.strike is not None and not tx.cases.strike_visit(case.id, correction.strike, now):
        raise refuse(RefusalKind.UNKNOWN, "visit.unknown")
    if correction.visit is not None:
        visit = _read(correction.visit)
        if faults := list(visit_time_faults(visit.at, case.received_at, now, "/at")):
            raise Refusal(RefusalKind.INVALID, faults)
        place, mark = visit.place or case.origin, reference_hash(sealer, visit.evidence)
        sealed = sealer.seal(visit.evidence.reference.encode(), f"case:{case.number}:visit")
        tx.cases.add_visit(case.id, NewVisit(place, visit.at, visit.purpose, visit.evidence.kind, sealed, now, mark))
        event = NewEvent(
            type="case.visit-recorded",
            before=None,
            after=None,
            actor="admin",
            place=place,
            occurred_at=visit.at,
            recorded_at=now,
            detail={"purpose": visit.purpose.value, "evidence": visit.evidence.kind.value},
        )
        tx.cases.append_event(case.id, event)
        tell_hall(tx, case, now)
    return correct_case(tx, case, now, exclude=correction.exclude)


def _read(raw: bytes) -> DraftVisit:
    try:
        return DraftVisit.model_validate(read_object(raw, _MAX_BYTES))
    except ValidationError as error:
        raise Refusal(RefusalKind.INVALID, list(translate(error))) from None
