"""A gateway at work on the peer, for the tests of this folder: what the desk and the steward were told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from bot.ports import Request
from tests.contract.stands import Notebook, PlaceNotes
from tests.contract.telegram_stand import TelegramStand, telegram_gateway


class Ears(Notebook):
    """A desk with its steward; `happened` is what the steward was told."""

    def __init__(self) -> None:
        super().__init__()
        self.news = asyncio.Event()
        self.wrote = self.news.set
        self.steward = PlaceNotes(wrote=self.news.set)
        self.happened = self.steward.happened

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.news.clear()
                await self.news.wait()

    async def heard(self, count: int) -> list[Request]:
        await self.until(lambda: len(self.requests) >= count)
        return self.requests


@asynccontextmanager
async def at_work(stand: TelegramStand, ears: Ears, **more: Any) -> AsyncIterator[Ears]:
    task = asyncio.create_task(telegram_gateway(stand.bot, steward=ears.steward, **more).run(ears))
    try:
        yield ears
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
