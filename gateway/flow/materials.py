"""Materials: sniffed, hashed and sealed while they stream; their bytes are on disk before anything names them."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from gateway.model import MEDIA_TYPES, Blob
from gateway.security import Sniffer, display_name, sniff
from gateway.store import HallRecord, MaterialRecord, ResultRecord, StoreError

from .context import Archive, Context
from .refusal import RefusalKind, refuse

ACCEPTED = ", ".join(MEDIA_TYPES)


@dataclass(frozen=True, slots=True)
class Kept:
    """Content that lies in the attachment store. extension: one of MEDIA_TYPES."""

    size: int
    sha256: str
    extension: str
    address: str


def inspect(content: bytes) -> tuple[str, str | None]:
    """(sha256, extension) of a whole content."""
    return hashlib.sha256(content).hexdigest(), sniff(content)


async def keep(ctx: Context, content: bytes, sha256: str) -> str:
    """Seal a content that is in memory and put it into the attachment store, where the same content is kept once; its address."""
    address = ctx.sealer.content_address(bytes.fromhex(sha256))
    await asyncio.to_thread(lambda: ctx.store.attachments.put(ctx.sealer.seal_stream([content], address), address))
    return address


async def upload_material(ctx: Context, hall: HallRecord, name: str, chunks: AsyncIterator[bytes]) -> dict[str, Any]:
    """Take one material in by itself; its id is then named in a case.

    Refuses oversized, empty or wrong-typed content and keeps nothing of it.
    """
    kept = await _stream_in(ctx, chunks)
    material_id = "mat_" + ctx.chance.token(16).hex()
    shown = display_name(name)
    record = MaterialRecord(
        id=material_id,
        hall_id=hall.id,
        case_id=None,
        code=None,
        name_sealed=ctx.sealer.seal(shown.encode(), f"material:{material_id}"),
        media_type=MEDIA_TYPES[kept.extension],
        extension=kept.extension,
        size=kept.size,
        sha256=kept.sha256,
        address=kept.address,
        created_at=ctx.clock.now(),
    )
    await ctx.store.write(lambda tx: tx.materials.add(record))
    return {"id": record.id, "name": shown, "media_type": record.media_type, "size": record.size, "sha256": record.sha256}


async def _stream_in(ctx: Context, chunks: AsyncIterator[bytes]) -> Kept:
    """Seal the stream into the attachment store; a content of no accepted type, empty or too large leaves nothing behind."""
    limit = ctx.rules.max_material_bytes
    digest, sniffer, size = hashlib.sha256(), Sniffer(), 0
    sealing = ctx.sealer.stream()
    upload = await asyncio.to_thread(ctx.store.attachments.begin)
    try:
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise refuse(RefusalKind.TOO_LARGE, "material.too-large", limit=limit)
            digest.update(chunk)
            sniffer.feed(chunk)
            await asyncio.to_thread(upload.write, sealing.update(chunk))
        if size == 0:
            raise refuse(RefusalKind.INVALID, "material.empty")
        extension = sniffer.result()
        if extension is None:
            raise refuse(RefusalKind.INVALID, "material.type", allowed=ACCEPTED)
        address = ctx.sealer.content_address(digest.digest())
        await asyncio.to_thread(upload.write, sealing.finish(address))
        await asyncio.to_thread(upload.commit, address)
    except BaseException:
        await asyncio.to_thread(upload.abort)
        raise
    return Kept(size, digest.hexdigest(), extension, address)


def stored_blob(ctx: Archive, record: MaterialRecord | ResultRecord, name: str) -> Blob:
    """The Blob of a content in the attachment store. Reading it fails at the end when the bytes are not those that were kept."""

    def read() -> Iterator[bytes]:
        digest = hashlib.sha256()
        for piece in ctx.sealer.open_stream(ctx.store.attachments.open(record.address), record.address):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != record.sha256:
            raise StoreError("store.attachment-changed")

    return Blob(name, record.size, record.sha256, record.media_type, read)
