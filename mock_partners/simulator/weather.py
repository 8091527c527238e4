"""Faults of single calls, drawn from the seed, the step, the case and how many times that call came; and how each is answered."""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from mock_partners.life import drawn
from mock_partners.simulator.scenario import Scenario

BEFORE: Final = ("errors", "reset_before", "expired_token")
"""What keeps a call from being processed."""
AFTER: Final = ("reset_after", "garbage", "wrong_charset", "drip", "duplicate_answer")
"""What becomes of the answer to a call that was processed."""
KINDS: Final = (*BEFORE, *AFTER)
_PAGE: Final = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
_ERRORS: Final = {500: "500 Internal Server Error", 502: "502 Bad Gateway", 503: "503 Service Unavailable", 504: "504 Gateway Time-out"}
_DROPS: Final = 20


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()

    def response(self) -> web.Response:
        """The same for aiohttp."""
        return web.Response(status=self.status, body=self.body, headers=[("Content-Type", self.content_type), *self.headers])


@dataclass(frozen=True)
class Call:
    """One arrival: the step, the number it is about, and which arrival of the two it is."""

    step: str
    key: str
    count: int


class WeatherStation:
    """Decides and does what goes wrong with the calls of one simulated partner."""

    def __init__(self, seed: int, scenario: Scenario) -> None:
        self.injected: Counter[str] = Counter()
        self._seed = seed
        self._scenario = scenario
        self._arrivals: Counter[tuple[str, str]] = Counter()
        self._queued: deque[tuple[str, str | None]] = deque()

    def queue(self, kind: str, step: str | None) -> None:
        """Let the next call of this step (of any when None) meet this fault; ValueError for an unknown kind."""
        if kind not in KINDS:
            raise ValueError(f"unknown fault; one of {', '.join(KINDS)}")
        self._queued.append((kind, step))

    def arrival(self, step: str, key: str) -> Call:
        """Count one call."""
        self._arrivals[step, key] += 1
        return Call(step, key, self._arrivals[step, key])

    def fault(self, call: Call) -> str | None:
        """The fault that this call meets; None when it meets none. A queued one comes before a drawn one."""
        kind = self._forced(call.step) or self._drawn(call)
        if kind:
            self.injected[kind] += 1
        return kind

    async def wait(self, call: Call) -> None:
        """Let the time pass that the answer takes."""
        seconds = self._scenario.of(call.step).latency.draw(self._chance("latency", call))
        if seconds > 0:
            await asyncio.sleep(seconds)

    def named(self, call: Call) -> str | None:
        """The example that the scenario gives this case in this step, the same at every repetition."""
        chance = drawn(self._seed, "answer", call.step, call.key).random()
        for name, said in self._scenario.of(call.step).answers.items():
            if chance < said.share:
                return name
            chance -= said.share
        return None

    async def do(self, request: web.Request, kind: str | None, call: Call, process: Callable[[], Answer]) -> web.StreamResponse:
        """Process the call and answer it, or do what the fault leaves of that; `expired_token` is the caller's to answer."""
        if kind == "errors":
            return self._error(call)
        if kind == "reset_before":
            return _reset(request)
        answer = process()
        match kind:
            case "reset_after":
                return _reset(request)
            case "garbage":
                return self._garbage(answer, call)
            case "wrong_charset":
                return Answer(answer.status, _miscoded(answer.body), answer.content_type, answer.headers).response()
            case "drip":
                return await _dripped(request, answer, self._scenario.of(call.step).drip.over)
            case "duplicate_answer":
                return await _doubled(request, answer)
        return answer.response()

    def _chance(self, what: str, call: Call) -> random.Random:
        return drawn(self._seed, what, call.step, call.key, call.count)

    def _forced(self, step: str) -> str | None:
        for place, (kind, target) in enumerate(self._queued):
            if target in (None, step):
                del self._queued[place]
                return kind
        return None

    def _drawn(self, call: Call) -> str | None:
        weather = self._scenario.of(call.step)
        for kind in KINDS:
            share = weather.drip.share if kind == "drip" else getattr(weather, kind)
            if share and self._chance(kind, call).random() < share:
                return kind
        return None

    def _error(self, call: Call) -> web.Response:
        chance = self._chance("which error", call)
        status = chance.choice(tuple(_ERRORS))
        headers = {"Retry-After": "1"} if status == 503 and chance.random() < 0.5 else {}
        return web.Response(status=status, text=_PAGE.format(_ERRORS[status]), content_type="text/html", headers=headers)

    def _garbage(self, answer: Answer, call: Call) -> web.Response:
        """An answer cut off, a page for people, or bytes that mean nothing; always with the partner's own content type and 200."""
        page = _PAGE.format("系统维护中").encode()
        body = self._chance("which garbage", call).choice((answer.body[: len(answer.body) // 2], page, b"\x1f\x8b{<not an answer\xff"))
        return Answer(200, body, answer.content_type).response()


def _reset(request: web.Request) -> web.Response:
    """Cut the connection; the response returned can no longer reach anyone."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _miscoded(body: bytes) -> bytes:
    """GB18030 under a header that says UTF-8; UTF-16 where nothing would differ."""
    text = body.decode("utf-8")
    return text.encode("utf-16" if text.isascii() else "gb18030")


async def _dripped(request: web.Request, answer: Answer, seconds: float) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=[("Content-Type", answer.content_type), *answer.headers])
    response.content_length = len(answer.body)
    await response.prepare(request)
    size = -(-len(answer.body) // _DROPS) or 1
    for start in range(0, len(answer.body), size):
        await asyncio.sleep(seconds / _DROPS)
        await response.write(answer.body[start : start + size])
    await response.write_eof()
    return response


async def _doubled(request: web.Request, answer: Answer) -> web.StreamResponse:
    """The answer, and the same once more on the connection, which nobody asked for."""
    response = web.StreamResponse(status=answer.status, headers=[("Content-Type", answer.content_type), *answer.headers])
    response.content_length = len(answer.body)
    await response.prepare(request)
    await response.write(answer.body)
    await response.write_eof()
    if request.transport is not None:
        head = f"HTTP/1.1 {answer.status} OK\r\nContent-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n\r\n"
        request.transport.write(head.encode() + answer.body)
    return response
