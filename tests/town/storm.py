"""A storm over both platforms: peers that keep the published limits, a crowd, the product in its own process.

    async with storm(folder, store_url, plan, telegram=30, discord=30, speed=5) as here:
        await here.rage()
        print(here.reckon("telegram"))

The product is killed and started at will; the ledgers are here and see it all.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.store.connect import close_client, open_client
from bot.store.outbox import StoredOutbox
from bot.store.watchbook import StoredWatchBook
from tests.chat.discord.interactions import Interaction, State
from tests.chat.discord.ledger import Entry as DiscordEntry
from tests.chat.discord.server import DiscordPeer
from tests.chat.latency import Latency
from tests.chat.telegram.ledger import Entry
from tests.chat.telegram.rates import Rates
from tests.chat.telegram.server import TelegramPeer
from tests.town.crowd import Chat, Plan, discord_chats, settle_in, telegram_chats
from tests.town.part import Brief
from tests.town.reckoning import Ledger, Reckoning, news_of, reckon

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
PEOPLE_WAIT_S = 30.0


@dataclass(slots=True)
class Storm:
    """`waits` are the seconds that people waited for answers, by platform."""

    telegram: TelegramPeer
    discord: DiscordPeer
    chats: Sequence[Chat]
    plan: Plan
    brief: Brief
    outbox: StoredOutbox
    waits: dict[str, list[float]] = field(default_factory=lambda: {"telegram": [], "discord": []})
    unanswered: int = 0
    read: Counter[str] = field(default_factory=Counter)
    """Alerts that were read by now, repeated ones too, by platform."""
    _part: asyncio.subprocess.Process | None = None
    _began: dict[str, int] = field(default_factory=dict)
    _stored: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def ledgers(self) -> Mapping[str, Ledger]:
        return {"telegram": self.telegram.ledger, "discord": self.discord.ledger}

    def of(self, platform: str) -> list[Chat]:
        return [chat for chat in self.chats if chat.platform == platform]

    def note(self, platform: str, entry: Entry | DiscordEntry) -> None:
        """For the ledgers."""
        self.read[platform] += sum(1 for _ in news_of(entry))

    # The product

    async def start(self) -> None:
        """Until both platforms have it on the line."""
        with (Path(self.brief.folder) / "part.log").open("ab") as log:
            self._part = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.town.part",
                str(self.brief),
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        starts = sum(1 for _ in self.telegram.ledger.called("deleteWebhook"))
        assert await self._line() == "ready"
        await self.discord.until(lambda: self.discord.line.live and self.discord.dc.commands, PATIENCE_S)
        await self.telegram.until(
            lambda: sum(1 for _ in self.telegram.ledger.called("deleteWebhook")) > starts, PATIENCE_S
        )

    async def kill(self) -> None:
        """kill -9, and see it gone on both lines."""
        assert self._part is not None
        self._part.kill()
        await self._part.wait()
        await self.discord.until(lambda: not self.discord.line.live, PATIENCE_S)

    async def stop(self) -> None:
        if self._part is not None and self._part.returncode is None:
            assert self._part.stdin is not None
            self._part.stdin.close()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._part.wait()
            except TimeoutError:
                self._part.kill()
                raise

    async def block(self, block: Sequence[int]) -> None:
        """Returns when what it leads to is in the outbox."""
        await self._tell(json.dumps(block))
        assert await self._line() == f"block {block[0]}"

    async def stats(self) -> Mapping[str, float]:
        """`cpu_s`, `peak_mib`, `round_trips` of this life of the product."""
        await self._tell("stats")
        told: Mapping[str, float] = json.loads(await self._line())
        return told

    async def _tell(self, line: str) -> None:
        assert self._part is not None
        assert self._part.stdin is not None
        self._part.stdin.write(f"{line}\n".encode())
        await self._part.stdin.drain()

    async def _line(self) -> str:
        assert self._part is not None
        assert self._part.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            return (await self._part.stdout.readline()).decode().strip()

    # The storm

    async def rage(self, *, every_s: float = 0.0, kill_at: int = -1) -> None:
        """All blocks, `every_s` apart. The product is killed while it works on block `kill_at` of them; its
        successor is given that block once more, as its eyes would.
        """
        first, *blocks = self.plan.blocks
        await self.block(first)
        self._began = {name: ledger.clock_ms() for name, ledger in self.ledgers.items()}
        for index, block in enumerate(blocks):
            if index:
                await asyncio.sleep(every_s)
            if block is blocks[-1]:
                self._stored = {name: (0, ledger.clock_ms()) for name, ledger in self.ledgers.items()}
            if index == kill_at:
                await self._tell(json.dumps(block))
                await self.kill()
                await self.start()
            await self.block(block)
        self._stored = {
            name: (len(ledger.entries), self._stored[name][1]) for name, ledger in self.ledgers.items()
        }

    async def told(self, within_s: float) -> None:
        """Until every chat has read as many alerts as it is to read, or too long."""
        with suppress(TimeoutError):
            for name, ledger in self.ledgers.items():
                due = len(self.of(name)) * self.plan.alerts
                await ledger.until(lambda name=name, due=due: self.read[name] >= due, within_s)

    async def calm(self, within_s: float = PATIENCE_S) -> None:
        """Until nothing waits any more; nobody may be asking."""
        async with asyncio.timeout(within_s):
            while (await self.outbox.counts())["waiting"]:  # noqa: ASYNC110  the store tells nobody
                await asyncio.sleep(0.05)

    def reckon(self, platform: str) -> Reckoning:
        stored, stored_ms = self._stored[platform]
        return reckon(
            self.ledgers[platform],
            self.of(platform),
            self.plan,
            began_ms=self._began[platform],
            stored=stored,
            stored_ms=stored_ms,
        )

    def refused(self, platform: str) -> dict[str, int]:
        """429s by the limit that was exceeded."""
        if platform == "telegram":
            limits = [one.limit for one in self.telegram.refused]
        else:
            limits = [one.scope for one in self.discord.ledger.calls if one.status == 429]
        return {limit: limits.count(limit) for limit in sorted(set(limits))}

    # People who ask meanwhile

    @asynccontextmanager
    async def asking(self, every_s: float) -> AsyncIterator[None]:
        """On each platform somebody asks every so often, in turn in each chat."""
        tasks = [asyncio.create_task(self._ask(self.of(name), every_s)) for name in self.ledgers]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, chats: Sequence[Chat], every_s: float) -> None:
        async with asyncio.TaskGroup() as askers:
            while True:
                for chat in chats:
                    if chat.platform == "telegram" or self.discord.line.live:
                        askers.create_task(self._ask_in(chat))
                    await asyncio.sleep(every_s)

    async def _ask_in(self, chat: Chat) -> None:
        ledger = self.ledgers[chat.platform]
        asked_ms, after = ledger.clock_ms(), len(ledger.entries)
        asked = chat.ask()
        try:
            if isinstance(asked, Interaction):
                await ledger.until(lambda: asked.state is State.ANSWERED, PEOPLE_WAIT_S)
                answered_ms = asked.answered_ms or 0
            else:
                answered_ms = await self._answered(chat, after)
        except TimeoutError:
            self.unanswered += 1
            return
        self.waits[chat.platform].append((answered_ms - asked_ms) / 1000)

    async def _answered(self, chat: Chat, after: int) -> int:
        """When the answer to a question came that was asked when the ledger was so long."""

        def is_answer(entry: Entry) -> bool:
            return entry.chat_id == chat.room and "ship" not in entry.text

        return (await self.telegram.wait_for(is_answer, PEOPLE_WAIT_S, after=after)).at_ms


@asynccontextmanager
async def storm(
    folder: Path,
    store_url: str,
    plan: Plan,
    *,
    telegram: int,
    discord: int,
    speed: int = 1,
    grouping: bool = False,
    latency: Latency = float,
    judged: int = 1,
) -> AsyncIterator[Storm]:
    """An empty store, so many chats on each platform, the product on the line. `speed`: see `part.Brief`.
    Of Discord's requests each `judged`th is held against its published API.
    """
    client = open_client(store_url)
    await client.flushall()
    peers = TelegramPeer(limits=True), DiscordPeer(limits=True)
    peers[0].rates = Rates(speed)
    peers[1].limits.speed = speed
    peers[1].judged = judged
    for peer in peers:
        peer.latency = latency
    async with peers[0] as t, peers[1] as d:
        chats = [*telegram_chats(t, telegram), *discord_chats(d, discord)]
        await settle_in(StoredWatchBook(client), chats, plan, grouping=grouping)
        people = (*t.tg.world.chats, *d.world.users)
        allow = [f"telegram/{one}" for one in people if 10_000 <= one < 20_000]
        allow += [f"discord/{one}" for one in people if 20_000 <= one < 30_000]
        brief = Brief(
            store_url,
            str(folder),
            t.base_url.removesuffix("/bot"),
            t.token,
            d.api,
            d.token,
            tuple(allow),
            speed,
        )
        here = Storm(t, d, chats, plan, brief, StoredOutbox(client))
        for name, ledger in here.ledgers.items():
            ledger.on_accept.append(partial(here.note, name))
        try:
            await here.start()
            yield here
        finally:
            with suppress(ProcessLookupError):
                await here.stop()
            await close_client(client)
