"""The line to a partner whose conformance is tried: paced, counted and bounded; it keeps the last answer, and can lose one."""

import asyncio
from typing import Final

import partners
from gateway.outbound import Answer, OutboundError, Request, Sent

_HEARD: Final = frozenset({"outbound.encoding", "outbound.incomplete", "outbound.protocol", "outbound.too-large"})
"""Failures of calls that somebody answered."""


class SpentError(Exception):
    """The calls or the time that a run may take are used up."""


class TrialLine:
    """The real door to the outside with a trial's manners. per_second: what the partner bears; calls, seconds: what the run may take.

    count, answered: calls that were made, and those that somebody answered; silent: nobody answered the last one;
    cut: whether the last answer that was to be lost had begun to come.
    """

    def __init__(self, door: partners.Calls, *, per_second: float, calls: int, seconds: float) -> None:
        self.count = self.answered = 0
        self.answer: Answer | None = None
        self.silent = self.cut = False
        self._door = door
        self._between = 1 / per_second
        self._calls = calls
        self._ends = asyncio.get_running_loop().time() + seconds
        self._free = 0.0
        self._loses = False

    def lose_next(self) -> None:
        """The next answer is lost: the connection is closed when its first byte arrives, so that the partner surely had the request."""
        self._loses, self.cut = True, False

    async def call(self, request: Request, *, deadline_seconds: float, max_bytes: int) -> Answer:
        """As Outbound.call, in its turn. Raises OutboundError, and SpentError before anything leaves."""
        await self._turn()
        if self.count >= self._calls:
            raise SpentError
        self.count += 1
        self.answer = None
        if not self._loses:
            self.answer = await self._called(request, deadline_seconds=deadline_seconds, max_bytes=max_bytes)
            return self.answer
        self._loses = False
        try:
            await self._called(request, deadline_seconds=deadline_seconds, max_bytes=0)
        except OutboundError as error:
            if error.sent is Sent.SURELY_NOT:
                raise
        self.cut = not self.silent
        raise OutboundError("outbound.reset", Sent.PERHAPS)

    async def _called(self, request: Request, *, deadline_seconds: float, max_bytes: int) -> Answer:
        self.silent = True
        try:
            answer = await self._door.call(request, deadline_seconds=deadline_seconds, max_bytes=max_bytes)
        except OutboundError as error:
            self._heard(error.code in _HEARD)
            raise
        self._heard(True)
        return answer

    def _heard(self, somebody: bool) -> None:
        self.silent = not somebody
        self.answered += somebody

    async def rest(self, seconds: float) -> None:
        """Wait that long. Raises SpentError when the run's time would be over before."""
        await self._until(asyncio.get_running_loop().time() + seconds)

    async def _turn(self) -> None:
        start = max(asyncio.get_running_loop().time(), self._free)
        self._free = start + self._between
        await self._until(start)

    async def _until(self, moment: float) -> None:
        if moment >= self._ends:
            raise SpentError
        await asyncio.sleep(moment - asyncio.get_running_loop().time())
