"""Materials: what a hall uploaded. The bytes lie in the attachments, the rows say whose they are."""

from datetime import datetime

import sqlalchemy as sa

from .group import Group, columns_of, values_of
from .records import MaterialRecord
from .tables import case_result
from .tables import material as materials_table

_MATERIAL = columns_of(materials_table, MaterialRecord)
_ITS_HALLS = (materials_table.c.id == sa.bindparam("material"), materials_table.c.hall_id == sa.bindparam("hall"))
_IN_CASE = materials_table.c.case_id == sa.bindparam("case")
_OF_HALL = sa.select(*_MATERIAL).where(*_ITS_HALLS)
_OF_CASE = sa.select(*_MATERIAL).where(_IN_CASE).order_by(materials_table.c.position)
_ATTACH = sa.update(materials_table).where(*_ITS_HALLS, materials_table.c.case_id.is_(None))
_LAST_POSITION = sa.select(sa.func.coalesce(sa.func.max(materials_table.c.position), 0)).where(_IN_CASE)


class Materials(Group):
    """Documents of cases, and uploads that wait for theirs."""

    __slots__ = ()

    def add(self, material: MaterialRecord) -> None:
        """Keep it; one that names a case is attached to it after those that are."""
        position = None if material.case_id is None else self._next_position(material.case_id)
        self._insert(materials_table, values_of(material) | {"position": position})

    def get(self, id: str, hall_id: str) -> MaterialRecord | None:
        """The hall's own material; another hall's is unknown."""
        return self._one(MaterialRecord, _OF_HALL, {"material": id, "hall": hall_id})

    def attach(
        self, id: str, hall_id: str, case_id: int, code: str, name_sealed: bytes, *, round: int = 0, item: str | None = None
    ) -> bool:
        """Make an upload part of a case; False when it is not the hall's or has a case already."""
        values = {"case_id": case_id, "code": code, "name_sealed": name_sealed, "position": self._next_position(case_id)}
        return self._changed(_ATTACH, {"material": id, "hall": hall_id, **values, "round": round, "item": item})

    def of_case(self, case_id: int) -> list[MaterialRecord]:
        """The case's materials in the order of attachment."""
        return self._all(MaterialRecord, _OF_CASE, {"case": case_id})

    def orphans(self, before: datetime) -> list[MaterialRecord]:
        """Uploads older than `before` that no case took, oldest first."""
        table = materials_table.c
        loose = sa.select(*_MATERIAL).where(table.case_id.is_(None), table.created_at < before)
        return self._all(MaterialRecord, loose.order_by(table.created_at))

    def delete(self, id: str) -> str | None:
        """Forget an upload no case has taken; the address that nothing names any more and may be deleted, else None."""
        table = materials_table.c
        loose = sa.delete(materials_table).where(table.id == id, table.case_id.is_(None)).returning(table.address)
        address: str | None = self._connection.execute(loose).scalar_one_or_none()
        if address is None:
            return None
        named = sa.select(
            sa.or_(
                sa.exists().where(table.address == address),
                sa.exists().where(case_result.c.address == address),
            )
        )
        return None if self._connection.execute(named).scalar_one() else address

    def _next_position(self, case_id: int) -> int:
        return int(self._connection.execute(_LAST_POSITION, {"case": case_id}).scalar_one()) + 1
