"""The simulated halls' webhook receiver: verifies Standard Webhooks, drops repeats, remembers every event document."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from mock_partners.faults import Call, Faults
from mock_partners.journal import Journal
from mock_partners.office import MAX_BODY_BYTES, fault_door, read_object


class HallReceiver:
    """The receiver of several halls; `secrets` maps a hall's id to its whsec_ secret. `app()` serves it."""

    def __init__(self, secrets: Mapping[str, str], *, seed: int = 0, fail: float = 0.0, journal: Path | None = None) -> None:
        self._webhooks = {hall: Webhook(secret) for hall, secret in secrets.items()}
        self._faults = Faults(seed, transient=fail)
        self._journal = Journal(journal)
        self._events = {(event["hall"], event["id"]): event for event in self._journal.replay()}
        self._rejected = 0
        self._repeated = 0

    def app(self) -> web.Application:
        """The application with the halls' hooks and the doors for looking in."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.add_routes(
            [
                web.post("/hooks/{hall}", self._receive),
                web.get("/_mock/events", self._show_events),
                web.get("/_mock/stats", self._show_stats),
                fault_door(self._faults),
            ]
        )
        app.cleanup_ctx.append(self._closing)
        return app

    async def _closing(self, _app: web.Application) -> AsyncIterator[None]:
        yield
        self._journal.close()

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        call = Call("hook", request.path, request.headers.get("webhook-id", ""), losable=False)
        return await self._faults.answer(request, call, lambda: self._take(request, body))

    def _take(self, request: web.Request, body: bytes) -> web.Response:
        hall = request.match_info["hall"]
        if hall not in self._webhooks:
            return self._reject(404, "no such hall")
        try:
            self._webhooks[hall].verify(body, dict(request.headers), json_parse=False)
        except (WebhookVerificationError, ValueError):  # the library lets ValueError out for a malformed signature
            return self._reject(401, "the signature does not hold")
        document = read_object(body)
        if document is None:
            return self._reject(400, "the body is not a JSON object")
        self._remember(hall, request.headers["webhook-id"], document)
        return web.Response(status=204)

    def _remember(self, hall: str, event_id: str, document: dict[str, Any]) -> None:
        if (hall, event_id) in self._events:
            self._repeated += 1
            return
        event = {"id": event_id, "hall": hall, "type": document.get("type"), "document": document}
        self._journal.append(**event)
        self._events[hall, event_id] = event

    def _reject(self, status: int, text: str) -> web.Response:
        self._rejected += 1
        return web.Response(status=status, text=text)

    async def _show_events(self, _request: web.Request) -> web.Response:
        return web.json_response({"events": list(self._events.values()), "rejected": self._rejected, "repeated": self._repeated})

    async def _show_stats(self, _request: web.Request) -> web.Response:
        injected = self._faults.injected
        return web.json_response(
            {
                "events": len(self._events),
                "rejected": self._rejected,
                "repeated": self._repeated,
                "faults": {name: injected[name] for name in ("transient", "forced")},
            }
        )
