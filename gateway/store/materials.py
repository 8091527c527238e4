"""Materials: what a hall uploaded. The bytes lie in the attachments, the rows say whose they are."""

from dataclasses import fields
from datetime import datetime

import sqlalchemy as sa

from .group import Group, columns_of
from .records import MaterialRecord
from .tables import case_result
from .tables import material as materials_table

_MATERIAL = columns_of(materials_table, MaterialRecord)


class Materials(Group):
    """Documents of cases, and uploads that wait for theirs."""

    __slots__ = ()

    def add(self, material: MaterialRecord) -> None:
        """Keep it; one that names a case is attached to it after those that are."""
        values = {field.name: getattr(material, field.name) for field in fields(material)}
        position = None if material.case_id is None else self._next_position(material.case_id)
        self._connection.execute(sa.insert(materials_table).values(**values, position=position))

    def get(self, id: str, hall_id: str) -> MaterialRecord | None:
        """The hall's own material; another hall's is unknown."""
        table = materials_table.c
        return self._one(MaterialRecord, sa.select(*_MATERIAL).where(table.id == id, table.hall_id == hall_id))

    def attach(self, id: str, hall_id: str, case_id: int, code: str, name_sealed: bytes) -> bool:
        """Make an upload part of a case; False when it is not the hall's or has a case already."""
        table = materials_table.c
        loose = sa.update(materials_table).where(table.id == id, table.hall_id == hall_id, table.case_id.is_(None))
        position = self._next_position(case_id)
        return self._changed(loose.values(case_id=case_id, code=code, name_sealed=name_sealed, position=position))

    def of_case(self, case_id: int) -> list[MaterialRecord]:
        """The case's materials in the order of attachment."""
        table = materials_table.c
        return self._all(MaterialRecord, sa.select(*_MATERIAL).where(table.case_id == case_id).order_by(table.position))

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
        table = materials_table.c
        last = sa.select(sa.func.coalesce(sa.func.max(table.position), 0)).where(table.case_id == case_id)
        return int(self._connection.execute(last).scalar_one()) + 1
