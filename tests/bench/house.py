"""Our whole road in one process, built as `bot.app` builds it: eyes, monitor, embedded store, delivery.

Two things differ: the platform has no pacing, or a thousand messages would take Telegram's 36 seconds; and
the sender only notes when it was called.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.delivery.worker import DeliveryWorker
from bot.domain.markets import Chain
from bot.domain.observations import BlockSeen
from bot.domain.rules import DEFAULT_RULES
from bot.domain.units import Address
from bot.messages.atlas import Atlas
from bot.messages.compose import Composer
from bot.messages.model import Message
from bot.monitor import Monitor
from bot.store.connect import close_client, open_client
from bot.store.embedded import EmbeddedStore
from bot.store.judgements import StoredJudgements
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PlatformPace
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import ChatSettings, Destination, WalletTarget, Watch
from tests.bench.crowd import Crowd
from tests.watchers.recorder import lab_market, only_eye
from watchers.aave.eyes import AaveEyes, ChainPlan

PLATFORM = "telegram"
NEVER_S = 10_000.0
PATIENCE_S = 120.0


def place(account: Address) -> str:
    """Everybody has a chat of their own."""
    return Destination(PLATFORM, str(int(account[2:14], 16))).id


class NotingSender:
    """Fits `bot.ports.Sender`: notes when it was called for whom, and takes no time."""

    platform = PLATFORM

    def __init__(self) -> None:
        self.calls: list[tuple[str, float]] = []
        self._wanted = 0
        self._enough = asyncio.Event()

    async def send(self, to: Destination, message: Message, reply_to: str = "", **_more: str) -> str:
        self.calls.append((to.id, time.perf_counter()))
        if len(self.calls) >= self._wanted:
            self._enough.set()
        return str(len(self.calls))

    async def edit(self, to: Destination, message_id: str, message: Message) -> None:
        raise NotImplementedError

    async def delete(self, to: Destination, message_id: str) -> None:
        raise NotImplementedError

    def clear(self) -> None:
        self.calls.clear()

    async def until(self, count: int) -> None:
        """Wait for so many calls since the last `clear`."""
        self._wanted = count
        self._enough.clear()
        if len(self.calls) < count:
            await asyncio.wait_for(self._enough.wait(), PATIENCE_S)


class Stages:
    """Seconds spent by stage since the last `clear`, of all messages together; they overlap in time."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def watch(self, thing: object, method: str, stage: str) -> None:
        """Time a coroutine method of an object that we own."""
        work = getattr(thing, method)

        async def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return await work(*args, **kwargs)
            finally:
                self.seconds[stage] += time.perf_counter() - began

        setattr(thing, method, timed)


class Watcher:
    """An Observer before the monitor: notes when a reading came and when it was decided and saved."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self.following = monitor.following
        self.cursor = monitor.cursor
        self.reorged = monitor.reorged
        self.seen: BlockSeen | None = None
        self.read_at = self.saved_at = 0.0
        self._news = asyncio.Condition()

    async def block(self, seen: BlockSeen) -> None:
        self.read_at = time.perf_counter()
        await self._monitor.block(seen)
        self.saved_at = time.perf_counter()
        async with self._news:
            self.seen = seen
            self._news.notify_all()

    async def decided(self, number: int) -> BlockSeen:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: self.seen is not None and self.seen.as_of.number >= number)
        assert self.seen is not None
        return self.seen


@dataclass(frozen=True, slots=True)
class House:
    """What runs, and where its moments are noted."""

    eyes: AaveEyes
    watcher: Watcher
    sender: NotingSender
    outbox: StoredOutbox
    stages: Stages

    async def look(self, number: int, alerts: int) -> Mapping[Address, int]:
        """One block from asking for the head to the last send call; everybody's health factor, wad."""
        await only_eye(self.eyes).heads.poll()
        seen = await self.watcher.decided(number)
        await self.sender.until(alerts)
        healths = {one.position.account: one.health_factor for one in seen.positions}
        return healths | {one.account: one.health_factor for one in seen.glances}

    async def settled(self) -> None:
        """All that was sent is acknowledged, so that nothing of this round disturbs the next."""
        async with asyncio.timeout(PATIENCE_S):
            while (await self.outbox.counts())["waiting"]:  # noqa: ASYNC110  the store tells nobody
                await asyncio.sleep(0.02)


@asynccontextmanager
async def open_house(crowd: Crowd, folder: Path) -> AsyncIterator[House]:
    """Everybody is watched with the default rules, each in a chat of its own; the first block is judged."""
    anvil = crowd.lab.anvil
    anvil.catch_up()  # blocks of another day are no sight, and everybody would be told
    chain = Chain("lab", anvil.chain_id, "Lab chain", "ETH", block_ms=12_000)
    market = lab_market(crowd.lab)
    plan = ChainPlan(chain, (anvil.url,), (market,), poll_s=NEVER_S)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(EmbeddedStore(folder))
        client = open_client(store.url)
        stack.push_async_callback(close_client, client)
        outbox = StoredOutbox(client, pacing={PLATFORM: PlatformPace()})
        book = StoredWatchBook(client)
        for account in crowd.users:
            await book.add(Watch("", 0, place(account), WalletTarget(account), DEFAULT_RULES))
        judgements = StoredJudgements(client, outbox)
        eyes = await stack.enter_async_context(AaveEyes([plan], time.time))
        monitor = Monitor(book, judgements, clock=time.time, stale_after_s=86_400)
        await monitor.start()
        composer = Composer(Atlas.of((market,), (chain,)))
        stages = Stages()

        def compose(payload: Any, settings: ChatSettings, **more: bool) -> Message:
            began = time.perf_counter()
            made = composer.compose(payload, settings, now=int(time.time()), **more)
            stages.seconds["compose"] += time.perf_counter() - began
            return made

        stages.watch(judgements, "save", "save")
        stages.watch(outbox, "claim", "claim")
        stages.watch(outbox, "done", "acknowledge")
        stages.watch(book, "settings", "chat settings")
        sender, watcher = NotingSender(), Watcher(monitor)
        worker = DeliveryWorker(
            outbox,
            book,
            sender,
            compose,
            changed=outbox.changed(PLATFORM),
            clock=time.time,
            rng=random.Random(0),
        )
        tasks = [asyncio.create_task(worker.run()), asyncio.create_task(eyes.run(watcher))]
        try:
            await watcher.decided(anvil.block_number())
            yield House(eyes, watcher, sender, outbox, stages)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
