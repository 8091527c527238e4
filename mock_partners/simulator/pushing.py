"""Pushing statuses, again and again until acknowledged; late, repeated and out of order where the scenario says so."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from mock_partners.envelope import SoapError, read_xml
from mock_partners.life import drawn
from mock_partners.simulator.cases import Case, Cases
from mock_partners.simulator.examples import body_of
from mock_partners.simulator.messages import Tree, UnreadableError, leaves, read_json
from mock_partners.simulator.scenario import Pushes
from mock_partners.simulator.weather import Answer

FIRST_INTERVAL: Final = 0.3
LAST_INTERVAL: Final = 5.0
TIMEOUT_SECONDS: Final = 15.0


@dataclass(frozen=True)
class Post:
    """How pushes go out. render: a case's milestone as a message, None when no example shows it; headers: what is added to its body.

    thanks: the texts that an acknowledgement has, by place; empty when a 2xx is enough.
    """

    url: str
    render: Callable[[Case, int], Answer | None]
    headers: Callable[[bytes], Mapping[str, str]]
    thanks: Mapping[tuple[str, ...], str]
    first_interval: float = FIRST_INTERVAL


@dataclass
class Pusher:
    """Sends each case's milestones one at a time; different cases go side by side."""

    post: Post
    cases: Cases
    pushes: Pushes
    seed: int
    counts: dict[str, int]
    _session: aiohttp.ClientSession | None = None
    _busy: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def start(self) -> None:
        """Open the client; needs a running event loop."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=64),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
        )

    async def stop(self) -> None:
        """Send nothing more; what is not acknowledged stays so."""
        tasks = tuple(self._busy.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def notice(self, case: Case) -> None:
        """See to it that everything the case reached gets told."""
        if self._session is not None and case.number not in self._busy:
            self._busy[case.number] = asyncio.get_running_loop().create_task(self._tell(case))

    async def _tell(self, case: Case) -> None:
        while (place := self._next(case)) is not None:
            message = self.post.render(case, place)
            if message is None:
                self.cases.told(case, place)
                self.counts["not_shown"] += 1
                continue
            if self._meets("late", case, place, self.pushes.late):
                self.counts["late"] += 1
                await asyncio.sleep(self.pushes.late_by)
            await self._until_acknowledged(message)
            if self._meets("repeated", case, place, self.pushes.repeated):
                self.counts["repeated"] += 1
                await self._send(message)
            self.cases.told(case, place)
        # Before anything else can run, lest a milestone reached right now find the case still busy and wait for ever.
        del self._busy[case.number]

    def _next(self, case: Case) -> int | None:
        """The place of the milestone to be told now; one that is to come out of order lets the next go first, and waits for it."""
        untold = [place for place in range(len(case.history)) if place not in case.told]
        if not untold:
            return None
        first, *others = untold
        if first + 1 not in case.told and self._meets("out of order", case, first, self.pushes.out_of_order):
            if others:
                self.counts["out_of_order"] += 1
                return others[0]
            if first == len(case.history) - 1 and self.cases.moves_on(case):
                return None
        return first

    def _meets(self, what: str, case: Case, place: int, share: float) -> bool:
        return drawn(self.seed, "push", what, case.number, place).random() < share

    async def _until_acknowledged(self, message: Answer) -> None:
        interval = self.post.first_interval
        while not await self._send(message):
            await asyncio.sleep(interval)
            interval = min(interval * 2, LAST_INTERVAL)
        self.counts["acknowledged"] += 1

    async def _send(self, message: Answer) -> bool:
        """Send one push, signed anew, and read whether it is acknowledged."""
        assert self._session is not None
        self.counts["sent"] += 1
        headers = {"Content-Type": message.content_type, **dict(message.headers), **self.post.headers(message.body)}
        try:
            async with self._session.post(self.post.url, data=message.body, headers=headers, allow_redirects=False) as answer:
                return 200 <= answer.status < 300 and self._thanked(await answer.read())
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    def _thanked(self, body: bytes) -> bool:
        try:
            said = dict(leaves(message_of(body))) if self.post.thanks else {}
        except (SoapError, UnreadableError):
            return False
        return all(said.get(place) == text for place, text in self.post.thanks.items())


def message_of(body: bytes) -> Tree:
    """The message in these bytes without its envelope; raises SoapError or UnreadableError."""
    return body_of(read_xml(body)) if body.lstrip().startswith(b"<") else read_json(body)
