"""Fixtures of the peer's own tests: a peer on a socket, and a real python-telegram-bot Bot talking to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import telegram

from tests.chat.telegram.server import TelegramPeer


@pytest.fixture(autouse=True)
def _retry_after_is_a_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "PTB_TIMEDELTA", "true"
    )  # without it even raising RetryAfter warns, and warnings are errors


@pytest.fixture
async def peer() -> AsyncIterator[TelegramPeer]:
    async with TelegramPeer() as peer:
        yield peer


@pytest.fixture
async def bot(peer: TelegramPeer) -> AsyncIterator[telegram.Bot]:
    bot = telegram.Bot(peer.token, base_url=peer.base_url)
    async with bot:
        yield bot
