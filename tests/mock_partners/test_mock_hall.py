"""The halls' receiver verifies Standard Webhooks, refuses what does not hold, and remembers each event once."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from mock_requests import Client, interfere, look

from mock_partners.hall import HallReceiver

Serve = Callable[[web.Application], Awaitable[Client]]
KEY = b"a key of the hall for tests only"
SECRETS = {"hall-1": "whsec_" + base64.b64encode(KEY).decode(), "hall-2": "whsec_" + base64.b64encode(KEY[::-1]).decode()}
EVENT = json.dumps({"type": "case.status", "data": {"number": "KS1", "name": "㛃"}}, ensure_ascii=False).encode()


def signed(body: bytes = EVENT, *, event: str = "evt_1", at: float | None = None) -> dict[str, str]:
    """The three headers by the Standard Webhooks specification: v1, base64 of HMAC-SHA256 over id.timestamp.body."""
    timestamp = str(int(time.time() if at is None else at))
    mac = hmac.new(KEY, f"{event}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": event, "webhook-timestamp": timestamp, "webhook-signature": signature}


async def send(client: Client, headers: dict[str, str], body: bytes = EVENT, hall: str = "hall-1") -> int:
    """Deliver one webhook; the HTTP status."""
    async with client.post(f"/hooks/{hall}", data=body, headers=headers) as answer:
        return answer.status


@pytest.fixture
async def hall(serve: Serve) -> Client:
    """A receiver for two halls."""
    return await serve(HallReceiver(SECRETS).app())


async def test_a_signed_event_is_remembered_once(hall: Client) -> None:
    """An event is kept with its hall, type and document; the same id again is acknowledged and not kept twice."""
    assert await send(hall, signed()) == 204
    assert await send(hall, signed()) == 204
    assert await send(hall, signed(event="evt_2")) == 204
    seen = await look(hall, "events")
    assert [(event["id"], event["hall"], event["type"]) for event in seen["events"]] == [
        ("evt_1", "hall-1", "case.status"),
        ("evt_2", "hall-1", "case.status"),
    ]
    assert seen["events"][0]["document"] == json.loads(EVENT)
    assert (seen["rejected"], seen["repeated"]) == (0, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "evt_9"},
        {"webhook-timestamp": str(1_700_000_000)},
        {"webhook-timestamp": "soon"},
        {"webhook-signature": "v1," + base64.b64encode(bytes(32)).decode()},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-signature": "no comma"},
        {"webhook-signature": "v1,???"},
        {"webhook-signature": ""},
    ],
    ids=repr,
)
async def test_an_altered_header_is_refused(hall: Client, change: dict[str, str]) -> None:
    """Any header that is not what was signed gives 401, and nothing is kept."""
    assert await send(hall, {**signed(), **change}) == 401
    assert await look(hall, "events") == {"events": [], "rejected": 1, "repeated": 0}


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
async def test_a_missing_header_is_refused(hall: Client, name: str) -> None:
    """Each of the three headers is needed."""
    assert await send(hall, {key: value for key, value in signed().items() if key != name}) == 401


async def test_another_body_hall_or_time_is_refused(hall: Client) -> None:
    """A body changed after signing, another hall's secret and a signature six minutes old give 401, no hall gives 404."""
    assert await send(hall, signed(), EVENT + b" ") == 401
    assert await send(hall, signed(), b"\xff") == 401
    assert await send(hall, signed(), hall="hall-2") == 401
    assert await send(hall, signed(at=time.time() - 360)) == 401
    assert await send(hall, signed(), hall="hall-3") == 404
    assert await send(hall, signed(b"[]"), b"[]") == 400
    assert (await look(hall, "events"))["rejected"] == 6


async def test_a_failing_receiver_keeps_nothing_and_a_lost_answer_keeps_the_event(serve: Serve) -> None:
    """A failure comes before the event is kept; an answer dropped after it makes the sender repeat what is known."""
    client = await serve(HallReceiver(SECRETS, fail=1.0).app())
    for _ in range(5):
        try:
            assert await send(client, signed()) in {502, 503}
        except aiohttp.ClientConnectionError:
            continue
    assert (await look(client, "events"))["events"] == []
    await interfere(client, "fault", {"transient": 0, "next": "drop-after-processing"})
    with pytest.raises(aiohttp.ClientConnectionError):
        await send(client, signed())
    assert await send(client, signed()) == 204
    seen: dict[str, Any] = await look(client, "stats")
    assert (seen["events"], seen["repeated"]) == (1, 1)


async def test_a_restart_forgets_no_event(serve: Serve, tmp_path: Path) -> None:
    """A receiver started on the journal of another knows its events, and takes repeats for repeats."""
    journal = tmp_path / "journal"
    first = await serve(HallReceiver(SECRETS, journal=journal).app())
    await send(first, signed())
    kept = (await look(first, "events"))["events"]
    await first.close()
    second = await serve(HallReceiver(SECRETS, journal=journal).app())
    assert await send(second, signed()) == 204
    assert await look(second, "events") == {"events": kept, "rejected": 0, "repeated": 1}
