"""The whole HTTP side on a real store (SQLite), with the furnished gateway of tests/flow behind it."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx
import pytest
from fastapi import FastAPI
from flow.harness import Desk, open_desk

from gateway.settings import Settings
from gateway.store import Store
from gateway.web import create_app


@pytest.fixture
async def desk(sqlite_url: str) -> AsyncIterator[Desk]:
    """A furnished gateway."""
    store = Store.open(sqlite_url)
    try:
        async with aclosing(open_desk(store)) as opening:
            async for desk in opening:
                yield desk
    finally:
        await store.close()


@pytest.fixture
def settings() -> Settings:
    """Small limits, so that tests can exceed them."""
    return Settings(max_body_bytes=200_000, max_material_bytes=100_000)


@pytest.fixture
def app(desk: Desk, settings: Settings) -> FastAPI:
    """The app in front of it."""
    return create_app(desk.ctx, settings)


@pytest.fixture
async def hall(app: FastAPI, desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """The hall's client, key included."""
    headers = {"Authorization": f"Bearer {desk.key}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.test", headers=headers) as client:
        yield client


@pytest.fixture
async def nobody(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.test") as client:
        yield client
