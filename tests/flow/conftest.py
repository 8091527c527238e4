"""A furnished gateway for every test, on both databases."""

from collections.abc import AsyncIterator

import pytest_asyncio

from gateway.store import Store

from .harness import Desk, open_desk


@pytest_asyncio.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    """The harness on the store of the day (SQLite and PostgreSQL)."""
    async for furnished in open_desk(store):
        yield furnished
