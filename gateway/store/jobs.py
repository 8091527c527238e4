"""The queue: at most one job of a kind for a case, claimed under a lease with a fencing number."""

import functools
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from .columns import Instant
from .dialect import Dialect, Insert
from .group import Group, columns_of
from .records import JobKind, JobRecord, ParkedRecord
from .tables import attempt, cases, partner_state
from .tables import job as jobs_table

WAITING, LEASED, PARKED = "waiting", "leased", "parked"
HELD = "hold:"
"""How the reason of a job begins that waits because its partner is held."""
PARTNER_GONE, MATTER_GONE = "partner-gone", "matter-gone"
"""The reasons of jobs that are parked because there is no folder for the case, or the folder has no step for it."""
_JOB = columns_of(jobs_table, JobRecord)
_table = jobs_table.c
_HELD = (_table.id == sa.bindparam("job"), _table.fence == sa.bindparam("held"), _table.state == LEASED)
_WANTED_AS_CLAIMED = _table.wanted == sa.bindparam("claimed")
_HOLDS = sa.select(_table.id).where(*_HELD).with_for_update()
_CHANGE = sa.update(jobs_table).where(*_HELD)
_DELETE = sa.delete(jobs_table).where(*_HELD, _WANTED_AS_CLAIMED)
_DROP = sa.delete(jobs_table).where(_table.case_id == sa.bindparam("case"), _table.kind == sa.bindparam("unwanted"), _table.state != LEASED)
_RE_ARM = _CHANGE.values(state=WAITING, ready_at=_table.due_at, worker=None, tries=0, first_try_at=None, reason=None)
_RESCHEDULE = sa.update(jobs_table).where(*_HELD, _WANTED_AS_CLAIMED)
_PARK = _CHANGE.values(state=PARKED, ready_at=None, worker=None)


class Jobs(Group):
    """What is to be done, when, and who is doing it.

    A job that somebody asks for while it is out is never lost: `finish` and an uncounted `reschedule` bring it back due at once.
    """

    __slots__ = ()

    def enqueue(self, kind: str, case_id: int, lane: str, due_at: datetime) -> None:
        """Ask for a job. One that waits is due at the earlier of both moments; one that is leased or parked remembers it was wanted."""
        values = {
            "kind": kind,
            "case_id": case_id,
            "lane": lane,
            "state": WAITING,
            "due_at": due_at,
            "ready_at": due_at,
            "tries": 0,
            "fence": 0,
            "wanted": 1,
        }
        self._connection.execute(_enqueue(self._dialect), values)

    def claim(
        self,
        now: datetime,
        lease_until: datetime,
        worker: str,
        limit: int,
        *,
        exclude_lanes: Collection[str] = (),
        per_lane: Mapping[str, int] | None = None,
        elsewhere: int | None = None,
    ) -> list[JobRecord]:
        """Lease up to `limit` ready jobs, those ready longest first: waiting and due, or leased by somebody whose lease ran out.

        Lanes excluded, paused, or full are passed over. per_lane: how many more a lane takes; elsewhere: one that is not named there,
        any number for None.
        """
        room = dict(per_lane or {})
        closed = set(exclude_lanes) | {lane for lane, free in room.items() if free <= 0}
        claimed: list[JobRecord] = []
        while len(claimed) < limit:
            chosen, filled = [], False
            for id, lane in self._ready(now, closed, limit - len(claimed)):
                if lane in closed:
                    continue
                chosen.append(id)
                if elsewhere is not None:
                    room.setdefault(lane, elsewhere)
                if lane in room:
                    room[lane] -= 1
                    if room[lane] == 0:
                        closed.add(lane)
                        filled = True
            claimed += self._lease(chosen, now, lease_until, worker)
            if not filled:
                break
        return claimed

    def holds(self, job: JobRecord) -> bool:
        """Whether the job is still the claimer's, and on PostgreSQL stays so until the unit ends; for a write only, since it locks."""
        return self._connection.execute(_HOLDS, _as_held(job)).first() is not None

    def finish(self, job: JobRecord) -> bool:
        """The job is done and goes, or comes back fresh when it was asked for meanwhile. False: the caller no longer holds it."""
        return self._changed(_DELETE, _as_held(job) | {"claimed": job.wanted}) or self._changed(_RE_ARM, _as_held(job))

    def reschedule(self, job: JobRecord, due_at: datetime, reason: str, *, count: bool = True, tries: int | None = None) -> bool:
        """Do it again at due_at. count False gives this try back; tries sets their number. False: the caller no longer holds it."""
        values = _as_held(job) | {"state": WAITING, "due_at": due_at, "ready_at": due_at, "worker": None, "reason": reason}
        if tries is not None:
            values["tries"] = tries
        elif not count:
            values["tries"] = job.tries - 1
        if values.get("tries") == 0:
            values["first_try_at"] = None
        if count and tries is None:
            # A try that failed keeps its distance even when the job was asked for: the partner would only fail again.
            return self._changed(_CHANGE, values)
        at_once = values | {"due_at": job.due_at, "ready_at": job.due_at}
        return self._changed(_RESCHEDULE, values | {"claimed": job.wanted}) or self._changed(_CHANGE, at_once)

    def park(self, job: JobRecord, reason: str) -> bool:
        """Lay it aside until a person has looked. False: the caller no longer holds it."""
        return self._changed(_PARK, _as_held(job) | {"reason": reason})

    def unpark(self, kind: str, case_id: int, now: datetime) -> bool:
        """Let a parked job run again, due now, with all its tries. False: there is none."""
        table = jobs_table.c
        parked = sa.update(jobs_table).where(table.kind == kind, table.case_id == case_id, table.state == PARKED)
        return self._changed(parked.values(**_waiting(now), tries=0, first_try_at=None, reason=None))

    def release_held(self, lane: str, now: datetime) -> int:
        """Let what waited for a held partner run now; how many."""
        table = jobs_table.c
        held = sa.update(jobs_table).where(table.lane == lane, table.state == WAITING, table.reason.startswith(HELD))
        return self._connection.execute(held.values(**_waiting(sa.literal(now, Instant)), reason=None)).rowcount

    def unpark_lane(self, kind: str, lane: str) -> int:
        """Let all parked jobs of a kind in a lane run again, due since they were, with all their tries; how many."""
        table = jobs_table.c
        parked = sa.update(jobs_table).where(table.kind == kind, table.lane == lane, table.state == PARKED)
        return self._connection.execute(parked.values(**_waiting(table.due_at), tries=0, first_try_at=None, reason=None)).rowcount

    def parked(self, kind: str, query: str, *, mapping: str = "", case_id: int | None = None) -> list[ParkedRecord]:
        """The parked jobs of a kind, in the order their cases were last tried.

        query: the step that only asks, whose attempts change nothing; mapping: how the hash begins under which a case was last tried.
        """
        chosen = _parked(query).where(_table.kind == kind, _HASH.startswith(mapping, autoescape=True))
        return self._all(ParkedRecord, chosen if case_id is None else chosen.where(_table.case_id == case_id))

    def drop(self, kind: str, case_id: int) -> None:
        """Nobody wants the job any more; one that is out ends by itself."""
        self._connection.execute(_DROP, {"case": case_id, "unwanted": kind})

    def renew(self, jobs: Iterable[JobRecord], lease_until: datetime) -> int:
        """Lengthen the leases that are still held; how many are."""
        return sum(self._changed(_CHANGE, _as_held(job) | {"ready_at": lease_until}) for job in jobs)

    def release_all(self, now: datetime, worker: str | None) -> int:
        """End a worker's leases, or every lease when worker is None (nobody else can be alive); how many."""
        table = jobs_table.c
        leased = sa.update(jobs_table).where(table.state == LEASED)
        if worker is not None:
            leased = leased.where(table.worker == worker)
        # due_at can lie ahead when the clock was set back while the job was out.
        due = sa.case((table.due_at > now, sa.literal(now, Instant)), else_=table.due_at)
        return self._connection.execute(leased.values(**_waiting(due))).rowcount

    def depth(self) -> dict[tuple[JobKind, str], tuple[int, int, int]]:
        """(waiting, leased, parked) by (kind, lane)."""
        table = jobs_table.c
        counts = [sa.func.sum(sa.case((table.state == state, 1), else_=0)) for state in (WAITING, LEASED, PARKED)]
        rows = self._connection.execute(sa.select(table.kind, table.lane, *counts).group_by(table.kind, table.lane))
        return {(kind, lane): (int(waiting), int(leased), int(parked)) for kind, lane, waiting, leased, parked in rows}

    def oldest_due(self, now: datetime) -> datetime | None:
        """Since when the job that is ready longest is ready, paused lanes included; None when nothing is."""
        return self._first_ready(jobs_table.c.ready_at <= now)

    def next_due(self) -> datetime | None:
        """When the next job can be claimed, a paused lane's not before its pause ends; it may be past. None when there is none."""
        paused = sa.select(partner_state.c.partner, partner_state.c.paused_until).where(partner_state.c.paused_until.is_not(None))
        pauses = {row.partner: row.paused_until for row in self._connection.execute(paused)}
        moments = [self._first_ready(jobs_table.c.lane.not_in(list(pauses)))]
        for lane, until in pauses.items():
            first = self._first_ready(jobs_table.c.lane == lane)
            moments.append(None if first is None else max(first, until))
        return min((moment for moment in moments if moment is not None), default=None)

    def _ready(self, now: datetime, closed: Collection[str], limit: int) -> list[tuple[int, str]]:
        table = jobs_table.c
        paused = sa.select(partner_state.c.partner).where(partner_state.c.paused_until > now)
        ready = (
            sa.select(table.id, table.lane)
            .where(table.ready_at <= now, table.lane.not_in(paused), table.lane.not_in(sorted(closed)))
            .order_by(table.ready_at, table.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [(id, lane) for id, lane in self._connection.execute(ready)]

    def _lease(self, ids: Collection[int], now: datetime, lease_until: datetime, worker: str) -> list[JobRecord]:
        if not ids:
            return []
        table = jobs_table.c
        leased = (
            sa.update(jobs_table)
            .where(table.id.in_(ids))
            .values(
                state=LEASED,
                ready_at=lease_until,
                worker=worker,
                fence=table.fence + 1,
                tries=table.tries + 1,
                first_try_at=sa.func.coalesce(table.first_try_at, sa.literal(now, table.first_try_at.type)),
            )
            .returning(*_JOB)
        )
        by_id = {row.id: JobRecord(*row) for row in self._connection.execute(leased)}
        return [by_id[id] for id in ids]

    def _first_ready(self, condition: sa.ColumnElement[bool]) -> datetime | None:
        table = jobs_table.c
        first = sa.select(table.ready_at).where(table.ready_at.is_not(None), condition).order_by(table.ready_at).limit(1)
        return self._connection.execute(first).scalar_one_or_none()


def _as_held(job: JobRecord) -> dict[str, Any]:
    return {"job": job.id, "held": job.fence}


def _waiting(due: Any) -> dict[str, Any]:
    return {"state": WAITING, "due_at": due, "ready_at": due, "worker": None}


# A folder that lacked the step has made no attempt; the case has its hash, and the job the time: of its only try, or of the latest.
_LACKED = _table.reason == MATTER_GONE
_LACKED_AT = sa.case((_table.first_try_at > _table.due_at, _table.first_try_at), else_=_table.due_at)
_HASH = sa.case((_LACKED, cases.c.mapping_hash), else_=sa.func.coalesce(attempt.c.mapping_hash, cases.c.mapping_hash))
_TRIED_AT = sa.case((_LACKED, _LACKED_AT), else_=sa.func.coalesce(attempt.c.begun_at, _table.first_try_at, cases.c.received_at))


def _parked(query: str) -> sa.Select[Any]:
    """The columns of ParkedRecord, over every parked job."""
    tried = sa.alias(attempt)
    changing = (tried.c.case_id == _table.case_id, tried.c.partner == cases.c.partner, tried.c.step != query)
    latest = sa.select(sa.func.max(tried.c.id)).where(*changing).scalar_subquery()
    columns = (cases.c.id, cases.c.number, cases.c.partner, _table.reason, attempt.c.id, _HASH, _TRIED_AT)
    joined = jobs_table.join(cases, cases.c.id == _table.case_id).join(attempt, attempt.c.id == latest, isouter=True)
    # A parked job is never ready, by which the index finds it.
    return sa.select(*columns).select_from(joined).where(_table.state == PARKED, _table.ready_at.is_(None)).order_by(_TRIED_AT, _table.id)


@functools.cache
def _enqueue(dialect: Dialect) -> Insert:
    insert = dialect.insert(jobs_table)
    sooner = sa.and_(_table.state == WAITING, _table.due_at > insert.excluded.due_at)
    return insert.on_conflict_do_update(
        index_elements=["case_id", "kind"],
        set_={
            "wanted": _table.wanted + 1,
            # A case that was forwarded has its job with another partner now.
            "lane": insert.excluded.lane,
            "due_at": sa.case((sooner, insert.excluded.due_at), else_=_table.due_at),
            "ready_at": sa.case((sooner, insert.excluded.due_at), else_=_table.ready_at),
        },
    )
