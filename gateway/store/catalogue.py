"""Regions and matters."""

import itertools
from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa

from gateway.model import Matter, Region, significant

from .group import Group, columns_of
from .tables import catalogue_load as loads_table
from .tables import matter as matters_table
from .tables import region as regions_table

_REGION = columns_of(regions_table, Region)
_UNSEEN = sa.select(loads_table.c.id).where(loads_table.c.state != "active")
_SEEN = sa.or_(matters_table.c.load_id.is_(None), matters_table.c.load_id.not_in(_UNSEEN))
_VERSION = sa.select(matters_table.c.definition, matters_table.c.destination).where(
    matters_table.c.code == sa.bindparam("sought"),
    matters_table.c.destination.in_(sa.bindparam("places", expanding=True)),
    matters_table.c.version == sa.bindparam("number"),
    _SEEN,
)
PAGE = 1000


def covering(code: str) -> tuple[str, ...]:
    """The canonical codes of the regions that contain `code`: itself, its city, its province."""
    return tuple({code, code[:4] + "00", code[:2] + "0000"})


def matter_values(matter: Matter) -> dict[str, Any]:
    """The row of a version of a matter."""
    return {
        "code": matter.code,
        "destination": matter.destination,
        "version": matter.version,
        "valid_from": matter.valid_from,
        "valid_to": matter.valid_to,
        "definition": matter.model_dump_json(exclude_none=True),
    }


class Catalogue(Group):
    """What may be handled, and where."""

    __slots__ = ()

    def put_region(self, region: Region) -> None:
        """Keep a region; one with this code is replaced."""
        names = [column.name for column in _REGION]
        insert = self._dialect.insert(regions_table).values({name: getattr(region, name) for name in names})
        replaced = {name: insert.excluded[name] for name in names if name != "code"}
        self._connection.execute(insert.on_conflict_do_update(index_elements=["code"], set_=replaced))

    def region(self, code: str) -> Region | None:
        return self._one(Region, sa.select(*_REGION).where(regions_table.c.code == code))

    def regions(self) -> list[Region]:
        """All regions by code."""
        return self._all(Region, sa.select(*_REGION).order_by(regions_table.c.code))

    def put_matter(self, matter: Matter) -> bool:
        """Keep one version of a matter as one destination offers it; False when that version is there: a version is never changed."""
        return self._insert_new(matters_table, matter_values(matter))

    def matter(self, code: str, destination: str, day: date) -> Matter | None:
        """The matter in force at the destination on that day, of the longest destination that covers it.

        Of the versions of one destination that have begun, the newest decides: when it has ended, that destination offers none.
        """
        table = matters_table.c
        begun = sa.select(table.definition, table.destination, table.version, table.valid_to).where(
            table.code == code, table.destination.in_(covering(destination)), table.valid_from <= day, _SEEN
        )
        newest: dict[str, Any] = {}
        for row in sorted(self._connection.execute(begun), key=lambda row: row.version):
            newest[row.destination] = row
        offered = [row for row in newest.values() if row.valid_to is None or day <= row.valid_to]
        found = max(offered, key=lambda row: len(significant(row.destination)), default=None)
        return None if found is None else Matter.model_validate_json(found.definition)

    def matter_periods(self, code: str, destination: str) -> list[tuple[date, date | None]]:
        """From when to when each version was or will be offered there, in their order; empty when no version ever was."""
        table = matters_table.c
        chosen = sa.select(table.valid_from, table.valid_to).where(table.code == code, table.destination.in_(covering(destination)), _SEEN)
        ordered = chosen.order_by(table.valid_from, table.version)
        return [(row.valid_from, row.valid_to) for row in self._connection.execute(ordered)]

    def matter_version(self, code: str, destination: str, version: int) -> Matter | None:
        """That version, in force or not, of the longest destination that covers this one and has it: what a case was filed under."""
        named = self._connection.execute(_VERSION, {"sought": code, "places": covering(destination), "number": version})
        found = max(named, key=lambda row: len(significant(row.destination)), default=None)
        return None if found is None else Matter.model_validate_json(found.definition)

    def matter_known(self, code: str) -> bool:
        """Whether any destination offers it or ever did."""
        return (
            self._connection.execute(sa.select(matters_table.c.code).where(matters_table.c.code == code, _SEEN).limit(1)).first()
            is not None
        )

    def matters(self, destination: str | None) -> list[Matter]:
        """All versions of all matters, of one destination (what covers it included) or of every one; by code, destination, version."""
        table = matters_table.c
        chosen = sa.select(table.definition).where(_SEEN).order_by(table.code, table.destination, table.version)
        if destination is not None:
            chosen = chosen.where(table.destination.in_(covering(destination)))
        return [Matter.model_validate_json(definition) for definition in self._connection.execute(chosen).scalars()]

    def every_matter(self, destination: str | None = None) -> Iterator[Matter]:
        """The same, of one destination itself, page by page within one snapshot: memory does not grow with the catalogue."""
        table = matters_table.c
        key = sa.tuple_(table.code, table.destination, table.version)
        chosen = sa.select(table.definition).where(_SEEN).order_by(table.code, table.destination, table.version).limit(PAGE)
        if destination is not None:
            chosen = chosen.where(table.destination == destination)
        page = chosen
        while definitions := self._connection.execute(page).scalars().all():
            last = None
            for definition in definitions:
                last = Matter.model_validate_json(definition)
                yield last
            assert last is not None
            page = chosen.where(key > (last.code, last.destination, last.version))

    def offered(self, day: date, destination: str | None = None) -> Iterator[Matter]:
        """Every matter in force on that day, of one destination itself or of every one; page by page."""
        for _, versions in itertools.groupby(self.every_matter(destination), key=lambda matter: (matter.code, matter.destination)):
            begun = [matter for matter in versions if matter.valid_from <= day]
            if begun and begun[-1].in_force(day):
                yield begun[-1]
