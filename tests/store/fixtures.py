"""Fixtures of everything that runs on a store; `conftest.py` files import them by name."""

from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from bot.store.connect import close_client, open_client
from tests.store.server import server


@pytest.fixture(scope="session")
def store_url() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture
async def client(store_url: str) -> AsyncIterator[Redis]:
    """A client of an empty store."""
    opened = open_client(store_url)
    await opened.flushall()
    yield opened
    await close_client(opened)
