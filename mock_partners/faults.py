"""Faults on the way: calls that fail before they are processed, and answers that are lost after it.

Drawn from the seed, the call's key (the outer number) and how many times that call came, so that a run repeats itself
whatever the order of arrival. Single faults can be queued by name, to force an exact situation.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from mock_partners.life import drawn

DROP_BEFORE = "drop-before"
DROP_AFTER = "drop-after-processing"
GARBAGE = "garbage"
SLOW = "slow"
_STATUS = {"http-500": 500, "http-502": 502, "http-503": 503}
LOSABLE = frozenset({"submit", "supplement", "withdraw"})
"""The calls that change something: there a lost answer matters."""
NAMES = (DROP_BEFORE, DROP_AFTER, GARBAGE, *_STATUS)

Process = Callable[[], web.Response]


@dataclass(frozen=True)
class Call:
    """One incoming call: its name, its path, the key its faults are drawn by, whether its answer may get lost."""

    name: str
    path: str
    key: str
    losable: bool


@dataclass(frozen=True)
class Fault:
    """One fault by name; `seconds` belongs to `slow`, `retry_after` to the HTTP errors."""

    name: str
    seconds: float = 0.0
    retry_after: bool = False

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """A fault from its name, or from `slow:SECONDS`; ValueError for anything else."""
        name, _, seconds = text.partition(":")
        if name == SLOW:
            return cls(SLOW, seconds=float(seconds))
        if text not in NAMES:
            raise ValueError(f"unknown fault; one of {', '.join(NAMES)}, slow:SECONDS")
        return cls(text)


class Faults:
    """What goes wrong with the calls of one simulated system."""

    def __init__(self, seed: int, *, transient: float = 0.0, lost_answer: float = 0.0) -> None:
        self.transient = transient
        self.lost_answer = lost_answer
        self.injected: Counter[str] = Counter()
        self._seed = seed
        self._arrivals: Counter[tuple[str, str]] = Counter()
        self._queued: deque[tuple[Fault, str | None]] = deque()

    def queue(self, fault: Fault, target: str | None) -> None:
        """Let the next call whose path or name is `target` (any call when None) meet this fault."""
        self._queued.append((fault, target))

    def arrivals(self, name: str, key: str) -> int:
        """How many times this call came for this key, faulty or not, since the process started."""
        return self._arrivals[name, key]

    async def answer(self, request: web.Request, call: Call, process: Process) -> web.Response:
        """Process the call and give its answer, or what a fault leaves of it."""
        self._arrivals[call.name, call.key] += 1
        fault = self._forced(call) or self._drawn(call)
        if fault is None:
            return process()
        if fault.name in _STATUS:
            headers = {"Retry-After": "1"} if fault.retry_after else {}
            text = "<html><body>the service is not available</body></html>"
            return web.Response(status=_STATUS[fault.name], text=text, content_type="text/html", headers=headers)
        if fault.name == DROP_BEFORE:
            return _drop(request)
        response = process()
        if fault.name == DROP_AFTER:
            return _drop(request)
        if fault.name == GARBAGE:
            return web.Response(body=b"\x1f\x8b{<not an answer\xff", content_type=response.content_type)
        await asyncio.sleep(fault.seconds)
        return response

    def _forced(self, call: Call) -> Fault | None:
        for place, (fault, target) in enumerate(self._queued):
            if target in (None, call.path, call.name):
                del self._queued[place]
                self.injected["forced"] += 1
                return fault
        return None

    def _drawn(self, call: Call) -> Fault | None:
        chance = drawn(self._seed, "fault", call.name, call.key, self._arrivals[call.name, call.key])
        if chance.random() < self.transient:
            self.injected["transient"] += 1
            name = chance.choice(("http-503", DROP_BEFORE, "http-502"))
            return Fault(name, retry_after=name == "http-503" and chance.random() < 0.5)
        if call.losable and chance.random() < self.lost_answer:
            self.injected["lost_answer"] += 1
            return Fault(DROP_AFTER)
        return None


def _drop(request: web.Request) -> web.Response:
    """Cut the connection; the response returned can no longer reach anyone."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
