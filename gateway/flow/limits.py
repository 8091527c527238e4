"""What the handling place tells on paper of a case's time, written down by an operator: a pause's notice, an extension."""

from collections.abc import Mapping
from datetime import datetime

from gateway.model import EXTENDED, PAUSE_NOTED, ClockName, ClockState, PauseKind, Status
from gateway.store import CaseRecord, NewEvent, Tx

from .clocks import arm, clocks_of
from .standing import tell_hall


def note_pause(tx: Tx, case: CaseRecord, kind: PauseKind, notice: str, now: datetime) -> bool:
    """Write down the kind and the written notice of the special procedure that a locked case is in; False when it is in none.

    The whole of a joint case is in none itself: its part is.
    """
    if case.parts or case.status is not Status.SUSPENDED:
        return False
    _write(tx, case, PAUSE_NOTED, {"kind": kind.value, "notice": notice}, now)
    return True


def extend(tx: Tx, case: CaseRecord, days: int, approver: str, why: str, now: datetime) -> bool:
    """Lengthen the handling limit of a locked case, by days of its own unit; False when its handling is not going on, or has no limit."""
    handling = next((reading for reading in clocks_of(tx, case, now) if reading.clock is ClockName.HANDLING), None)
    if handling is None or handling.limit is None or handling.state not in (ClockState.RUNNING, ClockState.PAUSED):
        return False
    _write(tx, case, EXTENDED, {"days": days, "approver": approver, "why": why}, now)
    return True


def _write(tx: Tx, case: CaseRecord, type: str, detail: Mapping[str, str | int | bool | None], now: datetime) -> None:
    event = NewEvent(
        type=type, before=None, after=None, actor="admin", place=case.destination, occurred_at=now, recorded_at=now, detail=detail
    )
    tx.cases.append_event(case.id, event)
    tell_hall(tx, case, now)
    arm(tx, case, now)
