"""Pushing statuses to the callback of whoever submitted a case, again and again until it is acknowledged."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

from mock_partners.cases import Case, Milestone
from mock_partners.envelope import EX, MEDIA_TYPE, SoapError, read_message
from mock_partners.signing import push_headers

LAST_INTERVAL_SECONDS = 5.0
TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True)
class Callback:
    """Where pushes go and how they are signed; the first repetition comes after `first_interval` seconds, then ever later."""

    url: str
    key: str
    secret: str
    first_interval: float = 0.3


@dataclass
class Pusher:
    """Sends each case's milestones in order, one at a time; different cases go side by side."""

    callback: Callback
    render: Callable[[Case, Milestone], bytes]
    acknowledged: Callable[[Case], None]
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
        if case.number not in self._busy:
            self._busy[case.number] = asyncio.get_running_loop().create_task(self._tell(case))

    async def _tell(self, case: Case) -> None:
        interval = self.callback.first_interval
        while case.told < len(case.history):
            if await self._send(self.render(case, case.history[case.told])):
                self.counts["acknowledged"] += 1
                self.acknowledged(case)
                interval = self.callback.first_interval
            else:
                await asyncio.sleep(interval)
                interval = min(interval * 2, LAST_INTERVAL_SECONDS)
        # Before anything else can run, lest a milestone reached right now find the case still busy and wait for ever.
        del self._busy[case.number]

    async def _send(self, body: bytes) -> bool:
        """Send one push, signed anew, and read whether it is acknowledged."""
        assert self._session is not None
        self.counts["sent"] += 1
        headers = {
            "Content-Type": f"{MEDIA_TYPE}; charset=utf-8",
            "SOAPAction": '"urn:NotifyStatus"',
            **push_headers(self.callback.key, self.callback.secret, body),
        }
        try:
            async with self._session.post(self.callback.url, data=body, headers=headers, allow_redirects=False) as answer:
                return 200 <= answer.status < 300 and _says_received(await answer.read())
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False


def _says_received(body: bytes) -> bool:
    try:
        content = read_message(body).content
    except SoapError:
        return False
    return content.tag == f"{{{EX}}}NotifyStatusResponse" and content.findtext(f"{{{EX}}}ResultCode") == "00"
