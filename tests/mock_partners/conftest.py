"""Simulated partners served on loopback within the test's own event loop."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from mock_requests import SOAP_SCHEMAS, TIF, USER

from mock_partners import rest, soap
from mock_partners.office import Options
from mock_partners.push import Callback

Client = TestClient[Any, Any]
Serve = Callable[[web.Application], Awaitable[Client]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve an application and give a client for it."""
    clients: list[Client] = []

    async def start(app: web.Application) -> Client:
        client: Client = TestClient(TestServer(app))
        clients.append(client)
        await client.start_server()
        return client

    yield start
    for client in clients:
        await client.close()


@pytest.fixture
def rest_app() -> Callable[..., web.Application]:
    """Makes the REST partner; cases move by hand unless a pace is given."""

    def make(**options: Any) -> web.Application:
        chosen = Options(**{"areas": rest.DEFAULT_AREAS, "pace": 3600.0, **options})
        return rest.RestPartner(rest.Credentials(**TIF), chosen).app()

    return make


@pytest.fixture
def soap_app() -> Callable[..., web.Application]:
    """Makes the SOAP partner; cases move by hand unless a pace is given, pushes go nowhere unless a callback is."""

    def make(callback: str = "http://127.0.0.1:9/", schemas: Path = SOAP_SCHEMAS, **options: Any) -> web.Application:
        chosen = Options(**{"areas": soap.DEFAULT_AREAS, "pace": 3600.0, **options})
        target = Callback(callback, "key-1", "push-secret", first_interval=0.01)
        return soap.SoapPartner(soap.Credentials(**USER), target, schemas, chosen).app()

    return make


@pytest.fixture
async def rest_client(serve: Serve, rest_app: Callable[..., web.Application]) -> Client:
    """A faultless REST partner."""
    return await serve(rest_app())


@pytest.fixture
async def soap_client(serve: Serve, soap_app: Callable[..., web.Application]) -> Client:
    """A faultless SOAP partner."""
    return await serve(soap_app())
