"""Regions and matters."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from gateway.model import Matter, Region, significant

from .group import Group, columns_of
from .tables import matter as matters_table
from .tables import region as regions_table

_REGION = columns_of(regions_table, Region)


def covering(code: str) -> tuple[str, ...]:
    """The canonical codes of the regions that contain `code`: itself, its city, its province."""
    return tuple({code, code[:4] + "00", code[:2] + "0000"})


class Catalogue(Group):
    """What may be handled, and where."""

    __slots__ = ()

    def put_region(self, region: Region) -> None:
        """Keep a region; one with this code is replaced."""
        insert = self._dialect.insert(regions_table).values(code=region.code, name=region.name, zone=region.zone)
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=["code"], set_={"name": insert.excluded.name, "zone": insert.excluded.zone})
        )

    def region(self, code: str) -> Region | None:
        return self._one(Region, sa.select(*_REGION).where(regions_table.c.code == code))

    def regions(self) -> list[Region]:
        """All regions by code."""
        return self._all(Region, sa.select(*_REGION).order_by(regions_table.c.code))

    def put_matter(self, matter: Matter) -> None:
        """Keep one version of a matter as one destination offers it; the same version is replaced."""
        insert = self._dialect.insert(matters_table).values(
            code=matter.code,
            destination=matter.destination,
            version=matter.version,
            valid_from=matter.valid_from,
            valid_to=matter.valid_to,
            definition=matter.model_dump_json(),
        )
        replaced = {name: insert.excluded[name] for name in ("valid_from", "valid_to", "definition")}
        self._connection.execute(insert.on_conflict_do_update(index_elements=["code", "destination", "version"], set_=replaced))

    def matter(self, code: str, destination: str, day: date) -> Matter | None:
        """The matter in force at the destination on that day: of the longest destination that covers it, the newest version."""
        table = matters_table.c
        in_force = sa.select(table.definition, table.destination, table.version).where(
            table.code == code,
            table.destination.in_(covering(destination)),
            table.valid_from <= day,
            sa.or_(table.valid_to.is_(None), table.valid_to >= day),
        )
        found = max(
            self._connection.execute(in_force).all(), key=lambda row: (len(significant(row.destination)), row.version), default=None
        )
        return None if found is None else Matter.model_validate_json(found.definition)

    def matter_known(self, code: str) -> bool:
        """Whether any destination offers it or ever did."""
        return self._connection.execute(sa.select(matters_table.c.code).where(matters_table.c.code == code).limit(1)).first() is not None

    def matters(self, destination: str | None) -> list[Matter]:
        """All versions of all matters, of one destination (what covers it included) or of every one; by code, destination, version."""
        table = matters_table.c
        chosen = sa.select(table.definition).order_by(table.code, table.destination, table.version)
        if destination is not None:
            chosen = chosen.where(table.destination.in_(covering(destination)))
        rows: Sequence[str] = self._connection.execute(chosen).scalars().all()
        return [Matter.model_validate_json(definition) for definition in rows]
