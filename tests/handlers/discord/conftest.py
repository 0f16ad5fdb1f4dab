"""The stand that the tests of this folder work on, and a desk that answers as the outbox would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from bot.ports import Request
from tests.contract.discord_stand import DiscordStand, discord_gateway, discord_stand
from tests.contract.stands import Notebook, PlaceNotes, words


class Desk(Notebook):
    """A notebook with a steward, whose owner can wait for what is written; `answers` goes out at once."""

    def __init__(self, stand: DiscordStand, *, answers: str = "", flash: str = "") -> None:
        super().__init__(flash=flash)
        self.stand, self.answers = stand, answers
        self.steward = PlaceNotes(wrote=stand.peer.ledger.change)
        self.wrote = stand.peer.ledger.change

    async def handle(self, request: Request) -> None:
        await super().handle(request)
        if self.answers and request.text:
            await self.stand.sender.send(request.place, words(self.answers), answer_to=request.answer_to)

    async def heard(self, count: int = 1) -> list[Request]:
        await self.stand.peer.until(lambda: len(self.requests) >= count)
        return self.requests

    async def told(self, count: int = 1) -> list[tuple[Any, ...]]:
        await self.stand.peer.until(lambda: len(self.steward.happened) >= count)
        return self.steward.happened


@asynccontextmanager
async def at_work(desk: Desk, **more: Any) -> AsyncIterator["asyncio.Task[None]"]:
    """A gateway that listens, its commands published."""
    stand = desk.stand
    gateway = discord_gateway(stand.line, **({"steward": desk.steward} | more))
    task = asyncio.create_task(gateway.run(desk))
    try:
        await stand.peer.until(lambda: task.done() or (stand.peer.line.live and stand.peer.dc.commands))
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[DiscordStand]:
    async with discord_stand(tmp_path) as stand:
        assert isinstance(stand, DiscordStand)
        yield stand
