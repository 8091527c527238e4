"""A request that carries an Idempotency-Key is carried out once, and says the same whenever it comes again."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable

from gateway.store import HallRecord, Tx

from .context import Context
from .refusal import RefusalKind, refuse

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
ACCEPTED_STATUS = 202
Claim = Callable[[Tx, bytes, int], None]
"""Takes the key, in the unit that keeps everything else, with the answer and the id of the case it belongs to."""


class Accepted:
    """An acknowledged request. body: the answer, byte for byte the same whenever the same request comes again."""

    __slots__ = ("body", "number", "replayed")

    def __init__(self, body: bytes, *, replayed: bool) -> None:
        self.number: str = json.loads(body)["number"]
        self.body = body
        self.replayed = replayed


class TwinError(Exception):
    """Another process took the same key first: what this unit wrote must not stand."""


class Once:
    """Remembers which keys are in hand in this process; across processes the store's unique key decides."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._in_hand: set[tuple[str, str]] = set()

    async def run(self, hall: HallRecord, key: str | None, said: bytes, take: Callable[[Claim], Awaitable[bytes]]) -> Accepted:
        """Carry `take` out, or say again what was said when this key came first. said: all that makes the request what it is.

        Raises Refusal when there is no good key, when it came with something else, or while it is in hand.
        """
        if key is None:
            raise refuse(RefusalKind.NO_KEY, "idempotency.missing")
        if not _KEY.fullmatch(key):
            raise refuse(RefusalKind.NO_KEY, "idempotency.invalid")
        if (hall.id, key) in self._in_hand:
            raise refuse(RefusalKind.IN_HAND, "idempotency.in-hand")
        self._in_hand.add((hall.id, key))
        try:
            digest = hashlib.sha256(said).digest()
            return await self._said_before(hall, key, digest) or await self._take(hall, key, digest, take)
        finally:
            self._in_hand.discard((hall.id, key))

    async def _take(self, hall: HallRecord, key: str, digest: bytes, take: Callable[[Claim], Awaitable[bytes]]) -> Accepted:
        def claim(tx: Tx, answer: bytes, case_id: int) -> None:
            if not tx.idempotency.claim(hall.id, key, digest, ACCEPTED_STATUS, answer, case_id, self._ctx.clock.now()):
                raise TwinError

        try:
            return Accepted(await take(claim), replayed=False)
        except TwinError:
            twin = await self._said_before(hall, key, digest)
        if twin is None:
            raise refuse(RefusalKind.IN_HAND, "idempotency.in-hand")
        return twin

    async def _said_before(self, hall: HallRecord, key: str, digest: bytes) -> Accepted | None:
        earlier = await self._ctx.store.read(lambda tx: tx.idempotency.find(hall.id, key))
        if earlier is None:
            return None
        if earlier.body_sha256 != digest:
            raise refuse(RefusalKind.INVALID, "idempotency.reused")
        return Accepted(earlier.response, replayed=True)
