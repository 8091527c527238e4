"""Filing: what came in, or was uploaded before, becomes part of a case."""

from dataclasses import replace
from datetime import datetime

from gateway.store import HallRecord, MaterialRecord, Tx

from .context import Context
from .examination import FiledMaterial
from .materials import keep
from .refusal import RefusalKind, refuse


async def keep_material(ctx: Context, hall: HallRecord, filed: FiledMaterial, now: datetime, *, round: int = 0) -> MaterialRecord:
    """The record of one material; its content is in the attachment store when this returns. round: of the supplement it belongs to."""
    if filed.uploaded is not None:
        sealed = ctx.sealer.seal(filed.name.encode(), f"material:{filed.uploaded.id}")
        return replace(filed.uploaded, code=filed.code, name_sealed=sealed, round=round, item=filed.item)
    material_id = "mat_" + ctx.chance.token(16).hex()
    return MaterialRecord(
        id=material_id,
        hall_id=hall.id,
        case_id=None,
        code=filed.code,
        name_sealed=ctx.sealer.seal(filed.name.encode(), f"material:{material_id}"),
        media_type=filed.media_type,
        extension=filed.extension,
        size=filed.size,
        sha256=filed.sha256,
        address=await keep(ctx, filed.content, filed.sha256),
        created_at=now,
        round=round,
        item=filed.item,
    )


def copy_for(ctx: Context, material: MaterialRecord, case_id: int) -> MaterialRecord:
    """The same content as a material of another case: a row of its own, the bytes are kept once."""
    name = ctx.sealer.open(material.name_sealed, f"material:{material.id}")
    id_ = "mat_" + ctx.chance.token(16).hex()
    return replace(material, id=id_, case_id=case_id, name_sealed=ctx.sealer.seal(name, f"material:{id_}"))


def attach(tx: Tx, hall: HallRecord, case_id: int, material: MaterialRecord) -> None:
    """Make a kept material the case's. Refuses an upload that another case took meanwhile."""
    if tx.materials.get(material.id, hall.id) is None:
        tx.materials.add(material)
    code, name = material.code or "", material.name_sealed
    if not tx.materials.attach(material.id, hall.id, case_id, code, name, round=material.round, item=material.item):
        raise refuse(RefusalKind.INVALID, "material.unknown", "/materials")
