"""Rejections: what authorities and their systems said no to, counted for those who can prevent the next."""

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa

from gateway.model import FORWARDED, NOT_COMPETENT, RAW, Status

from .group import Group
from .records import RawWords, RejectionRow
from .tables import attempt as attempts_table
from .tables import case_event as events_table
from .tables import cases as cases_table

REFUSED, NOT_ACCEPTED, DENIED = "refused", "not-accepted", "denied"
"""Where a case was rejected: by the partner's system at its door, by the authority before acceptance, by its decision."""
_STAGES = {Status.NOT_ACCEPTED.value: NOT_ACCEPTED, Status.DENIED.value: DENIED}
_WHOSE = (cases_table.c.hall_id, cases_table.c.matter, cases_table.c.partner)
_CASES = sa.func.count(sa.distinct(cases_table.c.id))
# Of a joint case the parts are rejected, each by its place; its whole only follows them.
_REAL = sa.and_(cases_table.c.is_test.is_(False), cases_table.c.parts == 0)
_attempt, _event = attempts_table.c, events_table.c
# "Not ours, it is X's": the case went on to X in the same moment, or once a person had seen to a way there.
_FORWARDED = sa.exists().where(
    _event.case_id == _attempt.case_id,
    _event.type == FORWARDED,
    sa.or_(
        _event.recorded_at == _attempt.finished_at,
        sa.and_(_event.recorded_at > _attempt.finished_at, _attempt.reason == NOT_COMPETENT),
    ),
)
# By the partner that was called, which a case that was forwarded has left.
_REFUSED_BY = (cases_table.c.hall_id, cases_table.c.matter, _attempt.partner)
_AT_THE_DOOR = (
    sa.select(_attempt.reason, *_REFUSED_BY, _CASES)
    .join(cases_table, cases_table.c.id == _attempt.case_id)
    .where(_attempt.verdict == "refused", _attempt.step != "query", _REAL, ~_FORWARDED)
    .group_by(_attempt.reason, *_REFUSED_BY)
)
_TOLD = (
    sa.select(_event.after, _event.detail, *_WHOSE, _CASES)
    .join(cases_table, cases_table.c.id == _event.case_id)
    .where(_event.after.in_(tuple(_STAGES)), _event.inferred.is_(False), _REAL)
    .group_by(_event.after, _event.detail, *_WHOSE)
)
# The canonical JSON text itself: a reason that is missing, or is said to be raw.
_detail = sa.type_coerce(_event.detail, sa.Text)
_WORDS = (
    sa.select(_event.after, cases_table.c.number, *_WHOSE, _event.opinion_sealed)
    .join(cases_table, cases_table.c.id == _event.case_id)
    .where(
        _event.after.in_((*_STAGES, Status.DISPATCH_FAILED.value)),
        _event.inferred.is_(False),
        _event.opinion_sealed.is_not(None),
        sa.or_(_detail.not_like('%"reason":%'), _detail.like(f'%"reason":"{RAW}"%')),
        _REAL,
    )
    .order_by(_event.recorded_at.desc(), cases_table.c.id.desc())
)


class Rejections(Group):
    """Read from attempts and events; test cases are no cases."""

    __slots__ = ()

    def counted(self) -> list[RejectionRow]:
        """How many cases were rejected, by stage, reason, hall, matter and partner. A reason that is none of the list is RAW."""
        counts: Counter[tuple[str, str, str, str, str]] = Counter()
        for reason, hall, matter, partner, cases in self._connection.execute(_AT_THE_DOOR):
            counts[REFUSED, reason or RAW, hall, matter, partner] += cases
        for after, detail, hall, matter, partner, cases in self._connection.execute(_TOLD):
            counts[_STAGES[after], str(detail.get("reason") or RAW), hall, matter, partner] += cases
        return [RejectionRow(*key, cases) for key, cases in counts.items()]

    def raw_words(self, limit: int) -> Sequence[RawWords]:
        """The partners' own words of the latest rejections without a reason of the list, sealed; newest first."""
        rows = self._connection.execute(_WORDS.limit(limit))
        return [RawWords(_STAGES.get(row[0], REFUSED), row[1], row[2], row[3], row[4], row[5]) for row in rows]
