"""What holds for every request: the form of errors, headers, the log line, the count, and silence about what failed."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
import structlog
from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from gateway.flow import Refusal, RefusalKind
from gateway.model import fault
from gateway.store import StoreError
from gateway.telemetry import LedgerState, Metrics, StoreState
from gateway.web import problems
from gateway.web.edge import Edge

from .servers import running

SECRET = "990101199003070011"


async def no_store() -> StoreState:
    return StoreState({}, 0.0, {}, {}, {})


async def no_ledger() -> LedgerState:
    return LedgerState([], 0)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(no_store, no_ledger)


@pytest.fixture
def app(metrics: Metrics) -> FastAPI:
    """An app whose routes fail in every way there is."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    problems.install(app)
    app.add_middleware(Edge, metrics=metrics, allowed_hosts=("gateway.test", "[::1]"))

    @app.get("/refused/{kind}")
    async def refused(kind: RefusalKind) -> Response:
        raise Refusal(kind, [fault("field.missing", "/matter"), fault("region.unknown", "/destination")])

    @app.get("/things/{number}")
    async def things(number: Annotated[str, Path(pattern="^[a-z]+$")], limit: Annotated[int, Query(ge=1, le=9)] = 1) -> Response:
        return Response(b"ok")

    @app.post("/things/{number}")
    async def change(number: str, request: Request) -> Response:
        return Response(await request.body())

    @app.get("/store")
    async def store() -> Response:
        raise StoreError("store.full", detail="on purpose")

    @app.get("/crash")
    async def crash() -> Response:
        raise RuntimeError(SECRET)

    @app.get("/crash-midway")
    async def crash_midway() -> Response:
        async def chunks() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError(SECRET)

        return StreamingResponse(chunks(), headers={"Content-Length": "8"})

    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.test") as client:
        yield client


def test_every_kind_of_refusal_has_a_status_and_every_status_a_title() -> None:
    """No refusal can reach a hall without an HTTP status and a title in both languages."""
    assert set(problems.STATUS) == set(RefusalKind)
    assert set(problems.STATUS.values()) <= set(problems.TITLES)
    assert all(" / " in title for title in problems.TITLES.values())


@pytest.mark.parametrize("kind", list(RefusalKind))
async def test_a_refusal_becomes_problem_details(client: httpx.AsyncClient, kind: RefusalKind) -> None:
    """Every refusal is RFC 9457 with all its faults, and the headers that its status calls for."""
    answer = await client.get(f"/refused/{kind.value}?limit=1")
    document = answer.json()
    assert answer.status_code == document["status"] == problems.STATUS[kind]
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["instance"] == f"/refused/{kind.value}"
    assert [(f["pointer"], f["code"]) for f in document["errors"]] == [("/matter", "field.missing"), ("/destination", "region.unknown")]
    assert set(document) == {"type", "title", "status", "detail", "instance", "errors"}
    assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)
    assert ("retry-after" in answer.headers) == (answer.status_code in (409, 503))


async def test_an_unknown_address_is_a_problem_too(client: httpx.AsyncClient) -> None:
    """404 of the router has the same form; a slash too many is not redirected."""
    for path in ("/nowhere", "/crash/", "/things/a/b", "/%00", "/..%2f"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:tongban:problem:route.unknown")


async def test_a_wrong_method_is_told_all_the_right_ones(client: httpx.AsyncClient) -> None:
    """405 lists the methods of every route with that path, not only of the first."""
    answer = await client.delete("/things/a")
    assert (answer.status_code, answer.headers["allow"], answer.json()["errors"][0]["code"]) == (405, "GET, POST", "method.unknown")


@pytest.mark.parametrize("value", ["abc", "0", "10", "", "1" * 5000, "NaN", "%00", "1.5"])
async def test_a_bad_parameter_is_named_and_not_repeated(client: httpx.AsyncClient, value: str) -> None:
    """A query parameter that is not valid is told by name; its value, which might be anybody's, is not given back."""
    answer = await client.get(f"/things/a?limit={value}")
    fault = answer.json()["errors"][0]
    assert (answer.status_code, fault["code"]) == (422, "query.invalid")
    assert "limit" in fault["zh"]
    assert "limit" in fault["en"]
    assert answer.json()["instance"] == "/things/a"


async def test_a_path_that_cannot_name_anything_is_unknown(client: httpx.AsyncClient) -> None:
    """A path parameter of the wrong form is the same 404 as a thing that does not exist."""
    answer = await client.get("/things/A%00")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "case.unknown")


async def test_a_failing_store_is_503(client: httpx.AsyncClient) -> None:
    """When the store cannot do it, the hall is told to come again, and not what failed."""
    answer = await client.get("/store")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "on purpose" not in answer.text


async def test_a_crash_tells_nobody_anything(client: httpx.AsyncClient) -> None:
    """An unexpected exception is a 500 with an incident number; its text is neither answered nor bound to the log's event."""
    with structlog.testing.capture_logs() as logs:
        answer = await client.get("/crash")
    [failed] = [entry for entry in logs if entry["event"] == "http.failed"]
    assert answer.status_code == 500
    assert failed["incident"] in answer.json()["detail"]
    assert SECRET not in answer.text
    assert SECRET not in json.dumps(logs, default=repr).replace("exc_info", "")


async def test_a_crash_in_the_middle_breaks_the_answer_off(app: FastAPI, metrics: Metrics) -> None:
    """A download that fails half-way must not look whole: the connection ends before the promised length."""
    async with running(app) as server, server.connection() as wire:
        await wire.send(b"GET /crash-midway HTTP/1.1\r\nHost: gateway.test\r\n\r\n")
        received = await wire.rest()
    assert received.endswith(b"\r\n\r\nhalf")


async def test_security_headers_are_on_every_answer(client: httpx.AsyncClient) -> None:
    """Answers of routes, of the router and of crashes alike cannot be sniffed, cached, framed or run."""
    for path in ("/things/a", "/nowhere", "/crash", "/refused/invalid"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("host", ["evil.example", "", "gateway.test.evil.example", "evil@gateway.test", "[::2]"])
async def test_another_hosts_name_is_refused(client: httpx.AsyncClient, host: str) -> None:
    """A Host that is not ours never reaches a route."""
    answer = await client.get("/things/a", headers={"Host": host})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (421, "request.host")


@pytest.mark.parametrize("host", ["gateway.test", "GATEWAY.test:8080", "[::1]:8080"])
async def test_our_own_name_is_taken_with_any_port(client: httpx.AsyncClient, host: str) -> None:
    """The port and the case of the name do not matter."""
    assert (await client.get("/things/a", headers={"Host": host})).status_code == 200


async def test_one_line_and_one_count_a_request_by_template(client: httpx.AsyncClient, metrics: Metrics) -> None:
    """Log and metric know a request by its route's template: no path, no query, no body."""
    with structlog.testing.capture_logs() as logs:
        await client.post(f"/things/{SECRET}?q={SECRET}", content=SECRET)
        await client.get(f"/{SECRET}")
    lines = [(entry["route"], entry["method"], entry["status"]) for entry in logs if entry["event"] == "http.request"]
    assert lines == [("/things/{number}", "POST", 200), ("unmatched", "GET", 404)]
    exposed = (await metrics.render("process"))[0].decode()
    assert 'tongban_http_requests_total{method="POST",route="/things/{number}",status="200"} 1.0' in exposed
    assert SECRET not in json.dumps(logs, default=repr) + exposed


async def test_a_refused_expectation_ends_the_connection(app: FastAPI) -> None:
    """Who waits for "100 Continue" and is refused may withhold the body: the connection is closed, so that nothing is misread."""
    async with running(app) as server, server.connection() as wire:
        await wire.send(b"POST /nowhere HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        status, headers, _ = await wire.answer()
        assert (status, headers["connection"], await wire.rest()) == (404, "close", b"")


async def test_an_expectation_that_is_met_keeps_the_connection(app: FastAPI) -> None:
    """When the body was asked for, the connection goes on."""
    async with running(app) as server, server.connection() as wire:
        await wire.send(b"POST /things/a HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert await wire.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await wire.send(b"12345")
        status, headers, body = await wire.answer()
        assert (status, body, headers.get("connection")) == (200, b"12345", None)


async def test_a_client_that_goes_away_is_no_failure(app: FastAPI, metrics: Metrics) -> None:
    """A connection dropped in the middle of a body is counted as such and logged as no error."""
    with structlog.testing.capture_logs() as logs:
        async with running(app) as server, server.connection() as wire:
            await wire.send(b"POST /things/a HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: 5\r\n\r\n12")
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == []
    assert 'status="499"} 1.0' in (await metrics.render("process"))[0].decode()
