"""Joint handling (多地联办): what the whole of several parts is, by where they stand and whoever moved first (domain page §4.3.7)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from .status import Decision, Status, Transition, fold

S = Status
_ORDER = (
    S.DRAFT, S.RECEIVED, S.RECEPTION_SUPPLEMENT, S.DISPATCH_FAILED, S.DISPATCHING, S.DISPATCHED, S.PRECHECK, S.SUPPLEMENT_REQUIRED,
    S.SUPPLEMENT_SENT, S.ACCEPTED, S.IN_REVIEW, S.SUSPENDED, S.FORWARDED, S.DENIED, S.APPROVED, S.DELIVERY_FAILED, S.DELIVERING,
)  # fmt: skip
_RANK = {status: rank for rank, status in enumerate(_ORDER)} | {S.APPROVED: _ORDER.index(S.DENIED)}
_UNDECIDED = (S.NOT_ACCEPTED, S.TERMINATED, S.RECEPTION_RETURNED, S.WITHDRAWN, S.VOIDED)
"""Endings without a decision; of several the first names the whole: an authority's word weighs more than the applicant's or ours."""
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a part stands and what was decided of it; the same of the whole, whose decision stands only once all parts have ended."""

    status: Status
    decision: Decision | None = None


def advancement(status: Status) -> int:
    """How far a status is: the order of the codes, but what failed comes before what is going on, and 75 is before a decision."""
    return len(_ORDER) if status.terminal else _RANK[status]


def whole_of(parts: Collection[Standing]) -> Standing:
    """What the whole of these parts is; there is at least one.

    While a part is open: the least advanced one's status. Then: denied if one was; else undecided if one was; else approved, or revoked.
    """
    still_open = [part.status for part in parts if not part.status.terminal]
    denials = [part.status for part in parts if part.decision is Decision.DENIED]
    undecided = next((status for status in _UNDECIDED if any(part.status is status for part in parts)), None)
    if still_open:
        least = min(still_open, key=advancement)
        if undecided is not None and not denials and advancement(least) > advancement(S.IN_REVIEW):
            # It can no longer be approved, and must not look as if it were.
            return Standing(S.IN_REVIEW)
        if least in (S.APPROVED, S.DENIED):
            return Standing(S.DENIED if denials else S.APPROVED)
        return Standing(least)
    if denials:
        return Standing(S.COMPLETED if S.COMPLETED in denials else S.REVOKED, Decision.DENIED)
    if undecided is not None:
        return Standing(undecided)
    return Standing(S.REVOKED if any(part.status is S.REVOKED for part in parts) else S.COMPLETED, Decision.APPROVED)


def steps_to(before: Status, after: Status) -> tuple[Transition, ...]:
    """How the whole gets from one status to another: by published steps where they overtake no part, else by one direct step."""
    if before is after:
        return ()
    path = fold(before, _EVER, after, None).transitions
    if path and all(advancement(step.after) <= advancement(after) for step in path):
        return path
    return (Transition(before, after),)
