"""300 chats on both platforms, 3,000 alerts in a minute, limits as published, people asking all the time.

Every request takes 50 to 200 ms. What is true of a storm at any size is asserted; times are only printed.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.delivery.worker import SENDS_AT_ONCE
from bot.store.embedded import EmbeddedStore
from tests.bench.storm_rivals import Rival, Run, discord_py, ptb
from tests.bench.table import percentile, show
from tests.chat.discord.server import DiscordPeer
from tests.chat.latency import Latency
from tests.chat.telegram.server import TelegramPeer
from tests.town.crowd import Chat, Plan, discord_chats, telegram_chats
from tests.town.reckoning import Reckoning, reckon
from tests.town.storm import storm

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]
logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # clients that hang up in mid-request

CHATS = 150
"""On each platform."""
PLAN = Plan(slow=4)
BLOCK_S = 12.0
ASKED_EVERY_S = 0.2
"""On each platform, in turn in each chat."""
WITHIN_S = 240.0
JUDGED = 25
"""Of Discord's requests one is held against its description, or the peers would need more than the bot."""
HEADS = (
    "",
    "messages",
    "lost",
    "twice",
    "out of order",
    "429s",
    "last critical s",
    "last s",
    "answers p50 s",
    "p99 s",
)


def far_away() -> Latency:
    rng = random.Random(7)
    return lambda: rng.uniform(0.05, 0.2)


def row(name: str, found: Reckoning, refused: dict[str, int], waits: list[float]) -> tuple[object, ...]:
    told = ", ".join(f"{count} {limit}" for limit, count in refused.items())
    return (
        name,
        found.messages,
        len(found.lost),
        len(found.repeated),
        len(found.misplaced),
        told or 0,
        f"{found.last_critical_ms / 1000:.1f}",
        f"{found.last_ms / 1000:.1f}",
        f"{percentile(waits, 50):.2f}" if waits else "",
        f"{percentile(waits, 99):.2f}" if waits else "",
    )


async def _ours(
    folder: Path, *, grouping: bool = False, kill_at: int = -1
) -> tuple[list[Sequence[object]], list[str]]:
    async with (
        EmbeddedStore(folder) as store,
        storm(
            folder,
            store.url,
            PLAN,
            telegram=CHATS,
            discord=CHATS,
            grouping=grouping,
            latency=far_away(),
            judged=JUDGED,
        ) as here,
    ):
        before = await here.stats()
        async with here.asking(ASKED_EVERY_S):
            await here.rage(every_s=BLOCK_S, kill_at=kill_at)
            await here.told(WITHIN_S)
        await here.calm()
        after = await here.stats()
        name = "underkeel" + ", grouped" * grouping + ", killed" * (kill_at >= 0)
        rows: list[Sequence[object]] = []
        for platform in here.ledgers:
            found = here.reckon(platform)
            assert (found.lost, found.misplaced) == ([], [])
            if kill_at < 0:
                assert not found.repeated
                assert found.passed <= SENDS_AT_ONCE
            rows.append(row(f"{platform}: {name}", found, here.refused(platform), here.waits[platform]))
        if kill_at >= 0:
            return rows, []
        assert here.unanswered == 0
        sent = len(here.telegram.ledger.entries) + len(here.discord.ledger.entries)
        used = after["cpu_s"] - before["cpu_s"]
        trips = after["round_trips"] - before["round_trips"]
        return rows, [
            name,
            str(sent),
            f"{used:.1f}",
            f"{1000 * used / sent:.1f}",
            f"{trips / sent:.1f}",
            f"{after['peak_mib']:.0f}",
        ]


async def _rival(rival: Rival, peer: TelegramPeer | DiscordPeer, chats: list[Chat]) -> tuple[object, ...]:
    run = Run()
    began = peer.ledger.clock_ms()
    asking = asyncio.create_task(run.answer(rival, chats, ASKED_EVERY_S))
    with suppress(TimeoutError):
        async with asyncio.timeout(WITHIN_S):
            await run.rage(rival, chats, PLAN, BLOCK_S)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    critical = began + int(2 * BLOCK_S * 1000)
    found = reckon(peer.ledger, chats, PLAN, began_ms=began, stored=0, stored_ms=critical)
    if isinstance(peer, TelegramPeer):
        limits = [one.limit for one in peer.refused]
    else:
        limits = [one.scope for one in peer.ledger.calls if one.status == 429]
    refused = {limit: limits.count(limit) for limit in sorted(set(limits))}
    return row(f"{chats[0].platform}: {rival.name}", found, refused, run.waits)


async def test_a_storm(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = []
    own: list[list[str]] = []
    for name, grouping in (("alone", False), ("grouped", True)):
        told, used = await _ours(tmp_path / name, grouping=grouping)
        rows += told
        own.append(used)
    peer, other = TelegramPeer(limits=True), DiscordPeer(limits=True)
    peer.latency, other.latency, other.judged = far_away(), far_away(), JUDGED
    async with peer:
        chats = telegram_chats(peer, CHATS)
        if find_spec("aiolimiter") is not None:  # an extra of the library's
            async with ptb(peer) as rival:
                rows.append(await _rival(rival, peer, chats))
    async with other:
        chats = discord_chats(other, CHATS)
        async with discord_py(other) as client:
            rows.append(await _rival(client, other, chats))
    show(
        f"A storm: {2 * CHATS} chats, {2 * CHATS * PLAN.alerts:,} alerts, three blocks {BLOCK_S:.0f} s apart",
        HEADS,
        rows,
    )
    show(
        "What it cost us, answers included",
        ["", "messages", "CPU s", "CPU ms a message", "round trips a message", "peak MiB"],
        own,
    )


async def test_a_storm_with_a_death(tmp_path: Path) -> None:
    """kill -9 while the second block is being judged; whoever asks meanwhile waits for the successor."""
    rows, _ = await _ours(tmp_path / "killed", kill_at=1)
    show("The same, the product killed and started again in its midst", HEADS, rows)
