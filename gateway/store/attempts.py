"""Attempts: every call of a step, begun before its bytes leave; and the steps' results, which a retry resumes from."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from .group import Group, columns_of
from .records import AttemptRecord
from .tables import attempt as attempts_table
from .tables import step_result

_ATTEMPT = columns_of(attempts_table, AttemptRecord)
_CHANGE = sa.update(attempts_table).where(attempts_table.c.id == sa.bindparam("attempt"))
_LATEST = (
    sa.select(*_ATTEMPT)
    .where(attempts_table.c.case_id == sa.bindparam("case"), attempts_table.c.step == sa.bindparam("sought"))
    .order_by(attempts_table.c.id.desc())
    .limit(1)
)
_STEP = sa.select(step_result.c.result).where(step_result.c.case_id == sa.bindparam("case"), step_result.c.step == sa.bindparam("sought"))


class Attempts(Group):
    """What was tried, with the exact bytes, and what it came to."""

    __slots__ = ()

    def begin(self, case_id: int, step: str, partner: str, mapping_hash: str, at: datetime, worker: str, *, round: int = 0) -> int:
        """Record that a call is about to leave; its id. Commit before sending: only so is a crash between seen.

        round: the supplement round it is about.
        """
        values = {
            "case_id": case_id,
            "step": step,
            "partner": partner,
            "mapping_hash": mapping_hash,
            "begun_at": at,
            "worker": worker,
            "round": round,
            "perhaps_sent": True,
        }
        return self._insert_numbered(attempts_table, values)

    def finish(
        self,
        id: int,
        at: datetime,
        verdict: str,
        reason: str | None,
        http_status: int | None,
        request_sealed: bytes | None,
        response_sealed: bytes | None,
        *,
        perhaps_sent: bool = True,
    ) -> None:
        """Record how it ended. perhaps_sent: False when surely no byte of it left."""
        values = {
            "finished_at": at,
            "verdict": verdict,
            "reason": reason,
            "http_status": http_status,
            "request_sealed": request_sealed,
            "response_sealed": response_sealed,
            "perhaps_sent": perhaps_sent,
        }
        self._connection.execute(_CHANGE, {"attempt": id, **values})

    def last(self, case_id: int, step: str) -> AttemptRecord | None:
        """The latest attempt of the step; finished_at None when it never ended."""
        return self._one(AttemptRecord, _LATEST, {"case": case_id, "sought": step})

    def of_case(self, case_id: int) -> list[AttemptRecord]:
        """All attempts of the case, oldest first."""
        table = attempts_table.c
        return self._all(AttemptRecord, sa.select(*_ATTEMPT).where(table.case_id == case_id).order_by(table.id))

    def exchange(self, id: int) -> tuple[bytes | None, bytes | None] | None:
        """The sealed bytes out and back; None for an unknown attempt."""
        table = attempts_table.c
        row = self._connection.execute(sa.select(table.request_sealed, table.response_sealed).where(table.id == id)).first()
        return None if row is None else (row[0], row[1])

    def counts(self) -> dict[tuple[str, str, str], int]:
        """How many ended attempts by (partner, step, verdict)."""
        table = attempts_table.c
        keys = (table.partner, table.step, table.verdict)
        counted = sa.select(*keys, sa.func.count()).where(table.verdict.is_not(None)).group_by(*keys)
        return {(partner, step, verdict): count for partner, step, verdict, count in self._connection.execute(counted)}

    def save_step(self, case_id: int, step: str, values: Mapping[str, str | None], attempt_id: int, at: datetime) -> bool:
        """Keep what the step gave; False when it has a result already, which stands."""
        row = {"case_id": case_id, "step": step, "result": values, "attempt_id": attempt_id, "at": at}
        return self._insert_new(step_result, row)

    def forget_steps(self, case_id: int) -> None:
        """The case goes to another partner, where nothing is done yet. The attempts stay."""
        self._connection.execute(sa.delete(step_result).where(step_result.c.case_id == case_id))

    def forget_step(self, case_id: int, step: str) -> None:
        """The step is to be done anew. Its attempts stay."""
        self._connection.execute(sa.delete(step_result).where(step_result.c.case_id == case_id, step_result.c.step == step))

    def step(self, case_id: int, step: str) -> Mapping[str, str | None] | None:
        """What the step gave; None when it has not succeeded."""
        found: Mapping[str, str | None] | None = self._connection.execute(_STEP, {"case": case_id, "sought": step}).scalar_one_or_none()
        return found
