"""The usual way through a storm: all messages gathered at once, the library's own limiter in between.

Both know nothing after a crash, tell nothing apart by urgency, and keep no order that they were not given.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import discord
from discord.http import HTTPClient, Route, handle_message_parameters
from telegram.error import TelegramError
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from tests.chat.discord.server import DiscordPeer
from tests.chat.telegram.server import TelegramPeer
from tests.town.crowd import Chat, Plan

os.environ.setdefault("PTB_TIMEDELTA", "true")  # without it even being told to wait warns

CONNECTIONS = 256
for library in ("telegram", "discord"):
    logging.getLogger(library).setLevel(logging.CRITICAL)  # each message that they give up is a page of log


class Rival(Protocol):
    """`send` raises what its library raises when it gives up."""

    name: str

    async def send(self, chat: Chat, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Ptb:
    """python-telegram-bot with its AIORateLimiter, as its documentation sets it up."""

    bot: ExtBot[Any]
    name: str = "python-telegram-bot, AIORateLimiter"

    async def send(self, chat: Chat, text: str) -> None:
        thread = chat.place.split("/")[2:]
        await self.bot.send_message(chat.room, text, message_thread_id=int(thread[0]) if thread else None)


@dataclass(frozen=True, slots=True)
class DiscordPy:
    """discord.py's HTTPClient, which limits by buckets and tries five times."""

    http: HTTPClient
    name: str = "discord.py, HTTPClient"

    async def send(self, chat: Chat, text: str) -> None:
        with handle_message_parameters(content=text) as params:
            await self.http.send_message(chat.room, params=params)


@asynccontextmanager
async def ptb(peer: TelegramPeer) -> AsyncIterator[Ptb]:
    bot = ExtBot(
        peer.token,
        base_url=peer.base_url,
        request=HTTPXRequest(CONNECTIONS, pool_timeout=60.0, read_timeout=20.0),
        rate_limiter=AIORateLimiter(),
    )
    async with bot:
        yield Ptb(bot)


@asynccontextmanager
async def discord_py(peer: DiscordPeer) -> AsyncIterator[DiscordPy]:
    base = Route.BASE
    Route.BASE = peer.api
    http = HTTPClient(asyncio.get_running_loop())
    try:
        await http.static_login(peer.token)
        yield DiscordPy(http)
    finally:
        await http.close()
        Route.BASE = base


@dataclass(slots=True)
class Run:
    """How a rival fared: messages given up, seconds that askers waited."""

    given_up: int = 0
    waits: list[float] = field(default_factory=list)

    async def send(self, rival: Rival, chat: Chat, text: str) -> None:
        try:
            await rival.send(chat, text)
        except (TelegramError, discord.DiscordException, OSError):
            self.given_up += 1

    async def rage(self, rival: Rival, chats: Sequence[Chat], plan: Plan, every_s: float) -> None:
        """Each block's alerts are gathered when it comes, whatever still waits."""
        async with asyncio.TaskGroup() as senders:
            told = dict.fromkeys(range(plan.slow + 1), 0)
            for index in range(len(plan.blocks) - 1):
                if index:
                    await asyncio.sleep(every_s)
                for ship in news_of_block(plan, index):
                    health = plan.told(ship)[told[ship]]
                    told[ship] += 1
                    for chat in chats:
                        words = f"ship{ship} HF {health}: the position comes near liquidation"
                        senders.create_task(self.send(rival, chat, words))

    async def answer(self, rival: Rival, chats: Sequence[Chat], every_s: float) -> None:
        """Somebody asks every so often and is answered by the same means; until cancelled."""

        async def one(chat: Chat) -> None:
            began = time.monotonic()
            await self.send(rival, chat, "an answer")
            self.waits.append(time.monotonic() - began)

        async with asyncio.TaskGroup() as askers:
            while True:
                for chat in chats:
                    askers.create_task(one(chat))
                    await asyncio.sleep(every_s)


def news_of_block(plan: Plan, index: int) -> list[int]:
    """The wallets of which something is told at the first, second or third block."""
    return [0, plan.sudden] if index == 2 else list(range(plan.slow))
