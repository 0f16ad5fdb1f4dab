"""What flows cost the monitor and the store: 100,000 learned addresses, a full log, a large block."""

import gc
import os
import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.deposits import Learner
from bot.domain.rules import SumRule, TransferRule, UnusualRule
from bot.domain.transfers import TransfersSeen
from bot.ports import FlowChange, Verdicts
from tests.bench.table import percentile, show
from tests.monitor.flow_desk import ETH, HOT, PRICES, USDT, WHALE, FlowDesk, at, sends, who
from tests.store.fixtures import client, store_url

__all__ = ["client", "store_url"]
pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

LEARNED = 100_000
KEPT = 100_000
TRANSFERS = 1_300
WATCHES = 1_000
BLOCKS = 40
MB = 1 << 20


def rss() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def used(client) -> int:
    return int((await client.info("memory"))["used_memory"])


async def taught(desk: FlowDesk) -> str:
    """The record of an address with as much evidence as is kept."""
    deposit = who(0xDDDD)
    for sweep in range(4):
        await desk.block(2 * sweep + 1, sends(WHALE, deposit, 100 + sweep))
        await desk.block(2 * sweep + 2, sends(deposit, HOT, 100 + sweep))
    text = (await desk.log.load(1))[1][deposit]
    assert len(Learner(1, {deposit: text}).learned(deposit).evidence) == 3
    return text


def other_hashes(text: str, chance: random.Random) -> str:
    """The same evidence with other transactions: no two records share their bytes."""
    parts = text.split('"0x')
    return parts[0] + "".join(f'"0x{chance.getrandbits(256):064x}{part[64:]}' for part in parts[1:])


def busy(number: int, chance: random.Random) -> TransfersSeen:
    """A block of which one transfer in twenty touches an exchange."""
    moves = []
    for index in range(TRANSFERS):
        asset = (ETH, USDT)[index % 2]
        people = (who(chance.randrange(10**6, 2 * 10**6)), who(chance.randrange(10**6, 2 * 10**6)))
        sender, receiver = (
            (people[0], HOT) if index % 40 == 0 else (HOT, people[1]) if index % 40 == 20 else people
        )
        amount = chance.randrange(1, 50) if asset is ETH else chance.randrange(1_000, 100_000)
        moves.append(
            sends(sender, receiver, amount, asset=asset, tx=f"0x{number:032x}{index:032x}", index=index)
        )
    return TransfersSeen(1, at(number), tuple(moves), prices=PRICES)


async def test_memory_and_time(client):
    chance = random.Random(7)
    desk = await FlowDesk(client).again()
    await desk.follow(TransferRule())
    text = await taught(desk)
    rows = []

    empty = await used(client)
    for first in range(0, LEARNED, 5_000):
        some = {who(10**9 + first + i): other_hashes(text, chance) for i in range(5_000)}
        await desk.judgements.save(Verdicts("flows:1", None, flows=FlowChange(1, 9 + first, (), {}, some)))
    await client.delete("uk:{core}:flow_journal:1")
    rows.append((f"store: {LEARNED:,} learned addresses", f"{(await used(client) - empty) / MB:.0f} MB"))

    before = rss()
    began = time.perf_counter()
    learned = await FlowDesk(client).again()
    await learned.monitor.transfers(TransfersSeen(1, at(9), (), prices=PRICES))
    rows.append(("read after a restart: learned addresses", f"{time.perf_counter() - began:.2f} s"))
    rows.append(("process: learned addresses", f"{(rss() - before) / MB:.0f} MB"))
    del learned

    for index in range(WATCHES):
        rules = (TransferRule((1 + index % 20) * 1_000_000), SumRule(50_000_000), UnusualRule())
        await desk.follow(*rules, to=f"telegram/{index}", assets=("eth",) if index % 2 else ())
    empty = await used(client)
    flow = (await desk.log.load(1))[2][0]

    for first in range(0, KEPT, 5_000):
        some = tuple(
            replace(
                flow,
                id=f"0x{first + i:064x}:native:0",
                tx=f"0x{first + i:064x}",
                sender=who(first + i),
                value=10**11 + i,
                at=at(9).timestamp + (first + i) // 100,
            )
            for i in range(5_000)
        )
        await desk.judgements.save(Verdicts("flows:1", None, flows=FlowChange(1, 9 + first, some)))
    await client.delete("uk:{core}:flow_journal:1")
    rows.append((f"store: {KEPT:,} flows kept one by one", f"{(await used(client) - empty) / MB:.0f} MB"))

    del desk, some
    before = rss()
    began = time.perf_counter()
    desk = await FlowDesk(client).again()
    await desk.monitor.transfers(TransfersSeen(1, at(100), (), prices=PRICES))
    rows.append((f"read again with both, {WATCHES:,} alerts said", f"{time.perf_counter() - began:.2f} s"))
    rows.append((f"process: both and {WATCHES:,} watches", f"{(rss() - before) / MB:.0f} MB"))

    times = []
    for number in range(200, 200 + BLOCKS):
        seen = busy(number, chance)
        began = time.perf_counter()
        await desk.monitor.transfers(seen)
        times.append(time.perf_counter() - began)
    rows.append(
        (
            f"a block of {TRANSFERS:,} transfers, {WATCHES:,} watches, median",
            f"{percentile(times, 50) * 1000:.0f} ms",
        )
    )
    rows.append(("the same, worst of 40", f"{max(times) * 1000:.0f} ms"))
    show("Flows: memory and time", ("what", "cost"), rows)
