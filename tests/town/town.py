"""A town: the whole product but the chain, in this process, talking to both wire peers over real sockets.

    async with town(tmp_path, store_url) as here:
        here.telegram.member.send(here.telegram.group, "/wallets")
        await here.feed.health(109)

Store, outbox, monitor, desk, steward, delivery, gateways and senders are the real ones, put together by the
parts of `bot.app`; what the chain would answer is in `here.chain`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr
from redis.asyncio import Redis

from bot.app import _ears, _mouths  # what `run` runs, without its signals
from bot.app.house import House
from bot.app.platforms import Line, open_lines
from bot.monitor import Monitor
from bot.settings import Settings
from bot.steward import Steward
from bot.store.connect import close_client, open_client
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PACING
from bot.store.watchbook import StoredWatchBook
from bot.supervise import Supervisor
from handlers.commands.access import FloodGate
from handlers.commands.desk import FrontDesk
from tests.chat.discord.server import DiscordPeer
from tests.chat.telegram.server import TelegramPeer
from tests.town.chain import Chain
from tests.town.clock import DAY_S, TownClock
from tests.town.feeding import Feed
from tests.town.furniture import STALE_AFTER_S, furnished
from tests.town.people import DiscordSide, TelegramSide, on_discord, on_telegram


@dataclass(
    slots=True, repr=False
)  # at each turn of a fixture asyncio makes a text of it, with all its ledgers
class Town:
    """`house` and `lines` are the product as it runs now; `restart` makes both anew."""

    telegram: TelegramSide
    discord: DiscordSide
    client: Redis
    settings: Settings
    clock: TownClock
    limits: bool
    chain: Chain = field(default_factory=Chain)
    lines: tuple[Line, ...] = ()
    crashes: list[tuple[str, BaseException]] = field(default_factory=list)
    """Bugs in parts of the product; a town that saw one does not end well."""
    away: set[str] = field(default_factory=set)
    """Platforms that their gateways cannot reach."""
    _line_changed: asyncio.Event = field(default_factory=asyncio.Event)
    _house: House | None = None
    _feed: Feed | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _running: asyncio.Task[int] | None = None
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def house(self) -> House:
        assert self._house is not None
        return self._house

    @property
    def outbox(self) -> StoredOutbox:
        return self.house.outbox

    @property
    def book(self) -> StoredWatchBook:
        return self.house.book

    @property
    def monitor(self) -> Monitor:
        return self.house.monitor

    @property
    def desk(self) -> FrontDesk:
        return self.house.desk

    @property
    def steward(self) -> Steward:
        return self.house.steward

    @property
    def feed(self) -> Feed:
        assert self._feed is not None
        return self._feed

    async def start(self) -> None:
        """Begin as `bot.app.run` does; ends when both platforms hear and know the commands."""
        self._house = furnished(
            self.client,
            self.settings,
            self.clock,
            self.chain,
            pacing=PACING if self.limits else {},
            gate=None if self.limits else FloodGate(most=100_000),
        )
        self._overhear()
        number = self._feed.number if self._feed is not None else None
        self._feed = Feed(self.house.monitor, self.clock, outbox=self.outbox, book=self.book)
        self._feed.number = self._feed.number if number is None else number
        await self.book.settle()
        await self.monitor.start()
        await self.house.flows.start()
        await self.outbox.adopt_leases()
        self._stack, self._stop = AsyncExitStack(), asyncio.Event()
        self.lines = await open_lines(self.settings, self.house, self._stack)
        parts = (*_mouths(self.house, self.lines), *_ears(self.house, self.lines))
        self._running = asyncio.create_task(Supervisor(on_crash=self._crashed).run(parts, self._stop))
        await self.discord.peer.until(lambda: self.discord.peer.line.live and self.discord.peer.dc.commands)

    async def stop(self) -> None:
        """End as a signal would; the store and the platforms stay."""
        self._stop.set()
        if self._running is not None:
            await self._running
        await self._stack.aclose()

    async def restart(self) -> None:
        """The product ends and begins anew, its memory in the store."""
        await self.stop()
        await self.start()

    async def line_told(self, platform: str, *, trouble: bool) -> None:
        """Wait until a platform's gateway has lost it, or has it back."""
        async with asyncio.timeout(60):
            while (platform in self.away) is not trouble:
                self._line_changed.clear()
                await self._line_changed.wait()

    def _overhear(self) -> None:
        """What gateways tell the steward of their lines."""
        tell = self.steward.line

        def line(platform: str, trouble: str) -> None:
            tell(platform, trouble)
            (self.away.add if trouble else self.away.discard)(platform)
            self._line_changed.set()

        self.steward.line = line  # type: ignore[method-assign]

    def _crashed(self, part: str, error: BaseException) -> None:
        self.crashes.append((part, error))
        self.house.crashed(part, error)


@asynccontextmanager
async def town(
    folder: Path,
    store_url: str,
    *,
    limits: bool = False,
    allow: Sequence[str] = (),
    behind_s: float = DAY_S,
) -> AsyncIterator[Town]:
    """A town with an empty store. Its operators are let in, and so is whom `allow` names (`telegram/5`).

    `limits`: the peers refuse what comes too fast, and the product paces itself. `behind_s`: how long before
    the wall's clock the town's begins, see `clock`.
    """
    client = open_client(store_url)
    await client.flushall()
    async with TelegramPeer(limits=limits) as telegram, DiscordPeer(limits=limits) as discord:
        here = Town(
            on_telegram(telegram),
            on_discord(discord),
            client,
            settings_of(folder, telegram, discord, allow),
            TownClock(-behind_s),
            limits,
        )
        try:
            for operator in (
                here.telegram.chat(here.telegram.operator),
                here.discord.chat(here.discord.operator),
            ):
                await StoredWatchBook(client).add_operator(operator)
            await here.start()
            yield here
        finally:
            await here.stop()
            await close_client(client)
        assert not here.crashes, here.crashes


def settings_of(folder: Path, telegram: TelegramPeer, discord: DiscordPeer, allow: Sequence[str]) -> Settings:
    return Settings(
        data_dir=folder,
        telegram_token=SecretStr(telegram.token),
        telegram_api=telegram.base_url.removesuffix("/bot"),
        discord_token=SecretStr(discord.token),
        discord_api=discord.api,
        allow=tuple(one.replace("/", ":", 1) for one in allow),
        stale_after_s=STALE_AFTER_S,
    )
