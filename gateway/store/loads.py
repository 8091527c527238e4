"""Loads: how a catalogue of any length comes into force in one moment.

A load is opened, filled in units of a few thousand rows that nobody sees, and made the one in force by one short unit. A version that is
there is never changed: what changed is a new version. A load that was given up or interrupted shows nothing and is swept by the next.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from gateway.model import Matter

from .catalogue import matter_values
from .group import Group
from .tables import catalogue_key as keys_table
from .tables import catalogue_load as loads_table
from .tables import matter as matters_table

_OPEN, _ACTIVE, _SWEPT = "open", "active", "swept"
Key = tuple[str, str]


class Fate(StrEnum):
    """What became of one entry of a file. REPEATED, TAKEN and BEHIND are faults: nothing of the entry is kept."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    ENDED = "ended"
    REPEATED = "repeated"
    TAKEN = "taken"
    BEHIND = "behind"


class Loads(Group):
    """Staged imports of matters."""

    __slots__ = ()

    def open(self, file: str, by: str, at: datetime) -> int:
        """Begin a load. Any other that is open is given up by this: its next `add` says so."""
        self._connection.execute(sa.update(loads_table).where(loads_table.c.state == _OPEN).values(state=_SWEPT))
        return self._insert_numbered(loads_table, {"file": file, "state": _OPEN, "opened_by": by, "opened_at": at})

    def add(self, load: int, entries: Sequence[tuple[Matter, bool]]) -> list[Fate] | None:
        """Stage matters and whether each names its own version; what became of each. None when the load was given up meanwhile.

        Without a version of its own, an entry that differs from the newest version becomes the next one. With one, it must be that
        very version (UNCHANGED), or newer than all.
        """
        # Locks the load's row: a load that is being opened elsewhere waits, and what it then sweeps is complete.
        held = sa.update(loads_table).where(loads_table.c.id == load, loads_table.c.state == _OPEN).values(state=_OPEN)
        if not self._changed(held):
            return None
        wanted = sorted({_key(matter) for matter, _ in entries})
        read = self._already_read(load, wanted)
        known = self._known(load, wanted)
        fates, fresh, new_keys = [], [], []
        for matter, numbered in entries:
            key = _key(matter)
            mark = matter.version if numbered else 0
            if (*key, mark) in read:
                fates.append(Fate.REPEATED)
                continue
            read.add((*key, mark))
            new_keys.append({"load_id": load, "code": key[0], "destination": key[1], "version": mark})
            fate, made = _decide(matter, numbered, known[key])
            fates.append(fate)
            if made is not None:
                known[key][made.version] = made
                fresh.append(matter_values(made) | {"load_id": load})
        if new_keys:
            self._connection.execute(sa.insert(keys_table), new_keys)
        if fresh:
            self._connection.execute(sa.insert(matters_table), fresh)
        return fates

    def activate(self, load: int, at: datetime) -> bool:
        """Make it the one in force, all at once; False when it was given up meanwhile."""
        ours = sa.update(loads_table).where(loads_table.c.id == load, loads_table.c.state == _OPEN)
        return self._changed(ours.values(state=_ACTIVE, activated_at=at))

    def give_up(self, load: int) -> None:
        """Nothing of it will be seen; sweeping takes its rows away."""
        self._connection.execute(sa.update(loads_table).where(loads_table.c.id == load, loads_table.c.state == _OPEN).values(state=_SWEPT))

    def sweep(self, limit: int) -> bool:
        """Take away up to so many rows of loads given up, and of keys no longer needed; whether more may be left."""
        swept = sa.select(loads_table.c.id).where(loads_table.c.state == _SWEPT)
        done = sa.select(loads_table.c.id).where(loads_table.c.state != _OPEN)
        removed = self._remove(matters_table, matters_table.c.load_id.in_(swept), limit)
        removed += self._remove(keys_table, keys_table.c.load_id.in_(done), limit)
        if not removed:
            self._connection.execute(sa.delete(loads_table).where(loads_table.c.state == _SWEPT))
        return removed > 0

    def _remove(self, table: sa.Table, which: sa.ColumnElement[bool], limit: int) -> int:
        primary = tuple(table.primary_key)
        chosen = sa.select(*primary).where(which).limit(limit)
        return self._connection.execute(sa.delete(table).where(sa.tuple_(*primary).in_(chosen))).rowcount

    def _already_read(self, load: int, wanted: Sequence[Key]) -> set[tuple[str, str, int]]:
        table = keys_table.c
        chosen = sa.select(table.code, table.destination, table.version)
        rows = self._connection.execute(chosen.where(table.load_id == load, sa.tuple_(table.code, table.destination).in_(wanted)))
        return {(row.code, row.destination, row.version) for row in rows}

    def _known(self, load: int, wanted: Sequence[Key]) -> defaultdict[Key, dict[int, Matter]]:
        """Every version of these matters that is in force or comes with this load."""
        table = matters_table.c
        hidden = sa.select(loads_table.c.id).where(loads_table.c.state != _ACTIVE, loads_table.c.id != load)
        chosen = sa.select(table.code, table.destination, table.version, table.definition).where(
            sa.tuple_(table.code, table.destination).in_(wanted), sa.or_(table.load_id.is_(None), table.load_id.not_in(hidden))
        )
        known: defaultdict[Key, dict[int, Matter]] = defaultdict(dict)
        for code, destination, version, definition in self._connection.execute(chosen):
            known[code, destination][version] = Matter.model_validate_json(definition)
        return known


def _key(matter: Matter) -> Key:
    return matter.code, matter.destination


def _decide(matter: Matter, numbered: bool, known: dict[int, Matter]) -> tuple[Fate, Matter | None]:
    """What becomes of an entry, and the version to keep."""
    newest = max(known, default=0)
    if numbered and matter.version in known:
        return (Fate.UNCHANGED if known[matter.version] == matter else Fate.TAKEN), None
    if numbered and matter.version < newest:
        return Fate.BEHIND, None
    made = matter if numbered else matter.model_copy(update={"version": newest + 1})
    if not known:
        return Fate.NEW, made
    before = known[newest].model_copy(update={"version": made.version})
    if before == made:
        return Fate.UNCHANGED, None
    if made.valid_to is not None and before == made.model_copy(update={"valid_to": before.valid_to}):
        return Fate.ENDED, made
    return Fate.CHANGED, made
