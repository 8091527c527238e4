"""Partners' pushes, probes, metrics, and the worker's life beside the app."""

import asyncio
import json

import httpx
import pytest
import structlog
from fastapi import FastAPI
from flow.harness import START, Desk

from gateway.flow import Worker
from gateway.settings import Settings
from gateway.web import create_app

GENUINE = {"X-Signature": "genuine"}


def push(number: str, nonce: str = "n-1", **about: str) -> bytes:
    return json.dumps(
        {"our": number, "theirs": "P-1", "code": "A", "status": "50", "at": START.isoformat(), "nonce": nonce} | about
    ).encode()


async def test_a_genuine_push_gets_the_partners_own_answer(nobody: httpx.AsyncClient, desk: Desk) -> None:
    """The partner hears what it expects, in its media type, and the case has moved."""
    number = (await desk.submit()).number
    await desk.work()
    answer = await nobody.post("/push/v1/somewhere", content=push(number), headers=GENUINE)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"OK", "text/plain")
    assert (await desk.case(number)).status == "50"


async def test_a_forged_or_repeated_push_is_refused(nobody: httpx.AsyncClient, desk: Desk) -> None:
    """A bad signature and a nonce that was seen are refused; header names are matched in any case."""
    number = (await desk.submit()).number
    await desk.work()
    assert (await nobody.post("/push/v1/somewhere", content=push(number))).status_code == 401
    assert (await nobody.post("/push/v1/somewhere", content=push(number), headers={"x-SIGNATURE": "genuine"})).status_code == 200
    assert (await nobody.post("/push/v1/somewhere", content=push(number), headers=GENUINE)).status_code != 200


@pytest.mark.parametrize("path", ["/push/v1/nowhere", "/push/v1/..", "/push/v1/A%00", "/push/v1/", "/push/v1/a/b"])
async def test_a_push_to_nobody_is_404(nobody: httpx.AsyncClient, path: str) -> None:
    """A partner that is not there is an unknown address like any other."""
    answer = await nobody.post(path, content=b"x", headers=GENUINE)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "route.unknown")


async def test_a_push_has_a_limit(nobody: httpx.AsyncClient, settings: Settings) -> None:
    """An oversized push is 413 before anybody verifies it."""
    assert (await nobody.post("/push/v1/somewhere", content=bytes(settings.max_body_bytes + 1), headers=GENUINE)).status_code == 413


async def test_probes_tell_life_and_fitness_apart(nobody: httpx.AsyncClient, desk: Desk) -> None:
    """With its store gone the process is alive and not ready; the problem names the check that failed."""
    assert (await nobody.get("/livez")).json() == {"status": "alive"}
    assert (await nobody.get("/readyz")).json()["status"] == "ready"
    await desk.store.close()
    assert (await nobody.get("/livez")).status_code == 200
    answer = await nobody.get("/readyz")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.json()["checks"]["database"] != "ok"


async def test_metrics_come_by_scope(nobody: httpx.AsyncClient, desk: Desk) -> None:
    """process and ledger split what "all" shows together, and a scope that is none is named."""
    await nobody.get("/livez")
    await desk.submit()
    process, ledger, whole = [(await nobody.get(f"/metrics?scope={scope}")).text for scope in ("process", "ledger", "all")]
    assert "tongban_http_requests_total" in process
    assert "tongban_http_requests_total" not in ledger
    assert "tongban_queue_jobs" in ledger
    assert "tongban_queue_jobs" not in process
    assert {"tongban_http_requests_total", "tongban_queue_jobs"} <= {line.partition("{")[0] for line in whole.splitlines()}
    answer = await nobody.get("/metrics?scope=x")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "query.invalid")


async def test_metrics_without_a_store(nobody: httpx.AsyncClient, desk: Desk) -> None:
    """The ledger's figures are 503 while they cannot be read, never zero; the process still tells of itself."""
    await desk.store.close()
    assert (await nobody.get("/metrics?scope=ledger")).status_code == 503
    assert (await nobody.get("/metrics")).status_code == 200


async def test_the_worker_lives_as_long_as_the_app(desk: Desk, settings: Settings) -> None:
    """Started with the app, the worker takes what is due; at the end it is let finish and gone."""
    worker = Worker(desk.ctx)
    desk.store.listen(worker.wake)
    app = create_app(desk.ctx, settings, worker)
    taken = asyncio.Event()
    desk.partner.on_call = lambda step: taken.set()
    async with app.router.lifespan_context(app):
        await desk.submit()
        await taken.wait()
        assert "tongban_worker_up 1.0" in (await desk.ctx.metrics.render("process"))[0].decode()
    assert app.state.working.done()
    assert "tongban_worker_up 0.0" in (await desk.ctx.metrics.render("process"))[0].decode()


class Failing(Worker):
    """A worker that ends at once, and badly."""

    async def run(self) -> None:
        raise RuntimeError("on purpose")


async def test_a_dead_worker_is_told_by_log_and_livez(desk: Desk, settings: Settings) -> None:
    """A worker that ended by itself makes the process unfit to go on: the log says so at once, and /livez is 503."""
    app: FastAPI = create_app(desk.ctx, settings, Failing(desk.ctx))
    with structlog.testing.capture_logs() as logs:
        async with app.router.lifespan_context(app):
            await asyncio.wait({app.state.working})
            assert [entry["event"] for entry in logs] == ["worker.failed"]
            assert await liveness(app) == 503


async def liveness(app: FastAPI) -> int:
    """The status of /livez."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.test") as client:
        return (await client.get("/livez")).status_code
