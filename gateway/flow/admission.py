"""Which hall is asking."""

from gateway.security import matches
from gateway.security import parse as parse_hall_key
from gateway.store import HallRecord

from .context import Context
from .refusal import RefusalKind, refuse

_NOBODY = bytes(32)


async def authenticate(ctx: Context, authorization: str | None) -> HallRecord:
    """The hall whose key stands in the Authorization header. Refuses with one and the same text whatever is wrong with the key."""
    if authorization is None:
        raise refuse(RefusalKind.UNAUTHENTICATED, "auth.missing")
    scheme, _, credentials = authorization.partition(" ")
    parsed = parse_hall_key(credentials.strip()) if scheme.lower() == "bearer" else None
    if parsed is None:
        raise refuse(RefusalKind.UNAUTHENTICATED, "auth.refused")
    prefix, digest = parsed

    key, hall = await ctx.store.read(lambda tx: ((key := tx.halls.key(prefix)), tx.halls.get(key.hall_id) if key else None))
    genuine = matches(key.digest if key else _NOBODY, digest)
    if not genuine or key is None or key.revoked_at is not None or hall is None or hall.disabled_at is not None:
        raise refuse(RefusalKind.UNAUTHENTICATED, "auth.refused")
    return hall
