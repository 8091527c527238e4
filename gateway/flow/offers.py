"""What a hall can look up before it takes a file in: regions and matters."""

from typing import Any

from gateway.model import normalize_region

from .context import Context
from .refusal import RefusalKind, refuse


async def list_regions(ctx: Context) -> dict[str, Any]:
    """{"regions": [{"code", "name", "zone"}]}."""
    regions = await ctx.store.read(lambda tx: tx.catalogue.regions())
    return {"regions": [{"code": region.code, "name": region.name, "zone": region.zone} for region in regions]}


async def list_matters(ctx: Context, *, destination: str | None) -> dict[str, Any]:
    """{"matters": whole documents: materials, form, deadlines, hotline}."""
    try:
        code = normalize_region(destination) if destination is not None else None
    except ValueError:
        raise refuse(
            RefusalKind.INVALID, "query.invalid", name="destination", hint_zh="请使用地区代码。", hint_en="Use a region code."
        ) from None
    matters = await ctx.store.read(lambda tx: tx.catalogue.matters(code))
    return {"matters": [matter.model_dump(mode="json") for matter in matters]}
