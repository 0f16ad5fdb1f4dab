"""Requests a block, counted in front of the node: wallets do not change them, only wallets that moved do."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from bot.domain.markets import Chain
from tests.bench.crowd import EVERYONE, Crowd, crowd
from tests.bench.relay import Relay
from tests.bench.table import show
from tests.chain.abi import address
from tests.watchers.proxy import Proxy
from tests.watchers.recorder import Recorder, lab_market, only_eye
from watchers.aave.eyes import AaveEyes, ChainPlan

pytestmark = [pytest.mark.bench, pytest.mark.chain, pytest.mark.timeout(600)]

SIZES = (1, 100, EVERYONE)
QUIET_BLOCKS = 20
BLOCK_S = 12
NEVER_S = 10_000.0
PACE_BLOCKS, PACE_BLOCK_S = 5, 4
STRANGERS = tuple(address(0x57A9 + number) for number in range(100))


@dataclass(slots=True)
class Watching:
    """Eyes on the crowd's first accounts, behind counters; the chain moves when the bench says so."""

    crowd: Crowd
    proxy: Proxy
    relay: Relay | None
    eyes: AaveEyes
    recorder: Recorder
    now: list[float]

    def asked(self) -> Counter[str]:
        return self.proxy.asked + (self.relay.asked if self.relay else Counter())

    async def cost(self, make: Callable[[], None], *, passing_s: float = 0) -> Counter[str]:
        """What one block costs; with the clock held, no reading is compared with the contract."""
        before = self.asked()
        self.now[0] += passing_s
        make()
        if self.relay is None:
            await only_eye(self.eyes).heads.poll()
        block = await self.recorder.reached(self.crowd.lab.anvil.block_number())
        assert len(block.positions) >= len(self.recorder.accounts), "somebody was not judged"
        return self.asked() - before


@asynccontextmanager
async def watching(opened: Crowd, size: int, *, subscribed: bool) -> AsyncIterator[Watching]:
    recorder = Recorder(opened.users[:size])
    now = [0.0]
    async with Proxy(opened.lab.anvil.url) as proxy, Relay(opened.lab.anvil.ws_url) as relay:
        chain = Chain("lab", opened.lab.anvil.chain_id, "Lab chain", "ETH", block_ms=BLOCK_S * 1000)
        urls = (proxy.url, relay.url) if subscribed else (proxy.url,)
        plan = ChainPlan(chain, urls, (lab_market(opened.lab),), poll_s=NEVER_S)
        async with AaveEyes([plan], lambda: now[0]) as eyes:
            task = asyncio.create_task(eyes.run(recorder))
            try:
                made = Watching(opened, proxy, relay if subscribed else None, eyes, recorder, now)
                await recorder.reached(opened.lab.anvil.block_number())
                if subscribed:
                    await asyncio.wait_for(relay.answered.wait(), 20)
                yield made
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


@dataclass(slots=True)
class Costs:
    """Of one number of wallets: requests by what happened in the block."""

    quiet: Counter[str]
    checks: float
    fallen: int
    strangers: int
    moved: dict[int, int]


async def measure(opened: Crowd, size: int, *, subscribed: bool) -> Costs:
    async with watching(opened, size, subscribed=subscribed) as here:
        anvil = opened.lab.anvil
        quiet = await here.cost(anvil.mine)
        for _ in range(QUIET_BLOCKS):
            assert await here.cost(anvil.mine) == quiet
        timed = [await here.cost(anvil.mine, passing_s=BLOCK_S) for _ in range(QUIET_BLOCKS)]
        checks = (sum(map(Counter.total, timed)) - QUIET_BLOCKS * quiet.total()) / QUIET_BLOCKS
        assert checks > 0
        fallen = await here.cost(lambda: opened.fall(EVERYONE, 1.2))
        strangers = await here.cost(lambda: opened.stir(STRANGERS))
        moved = {}
        for count in (k for k in (1, 10, 100, EVERYONE) if k <= size):
            moved[count] = (await here.cost(partial(opened.stir, opened.users[:count]))).total()
            last = here.recorder.blocks[-1]
            assert sum(bool(seen.moves) for seen in last.positions) == count
        return Costs(quiet, checks, fallen.total(), strangers.total(), moved)


@pytest.mark.parametrize("subscribed", [False, True], ids=["polling", "subscription"])
async def test_requests_a_block(*, subscribed: bool) -> None:
    with crowd() as opened:
        costs = {size: await measure(opened, size, subscribed=subscribed) for size in SIZES}
    first = costs[SIZES[0]]
    for one in costs.values():
        assert one.quiet == first.quiet
        assert one.checks == first.checks
        assert one.fallen == one.strangers == one.quiet.total()
        for count, total in one.moved.items():
            assert total == costs[EVERYONE].moved[count], "who moved is all that counts"
    rows = [
        (
            f"{size:,} wallets",
            one.quiet.total(),
            f"+{one.checks:.2f}",
            one.fallen,
            one.strangers,
            *(one.moved.get(count, "") for count in costs[EVERYONE].moved),
        )
        for size, one in costs.items()
    ]
    heads = ["requests a block", "quiet", "cross-check", "prices fell", "100 strangers moved"]
    how = "heads by subscription" if subscribed else "one poll of the head a block"
    by_method = ", ".join(f"{method} {count}" for method, count in first.quiet.items())
    show(
        f"Requests a block, {how}: {by_method}",
        [*heads, *(f"{count:,} moved" for count in costs[EVERYONE].moved)],
        rows,
    )


async def test_requests_at_the_polls_own_pace() -> None:
    """A chain that really ticks: the head is asked for until it is there."""
    with crowd() as opened:
        anvil = opened.lab.anvil
        recorder = Recorder(opened.users)
        async with Proxy(anvil.url) as proxy:
            chain = Chain("lab", anvil.chain_id, "Lab chain", "ETH", block_ms=PACE_BLOCK_S * 1000)
            plan = ChainPlan(chain, (proxy.url,), (lab_market(opened.lab),))
            ahead = anvil.now() - time.time()  # the lab's calendar is not ours
            async with AaveEyes([plan], lambda: time.time() + ahead) as eyes:
                anvil.set_interval(PACE_BLOCK_S)
                anvil.rpc("evm_setIntervalMining", PACE_BLOCK_S)
                task = asyncio.create_task(eyes.run(recorder))
                first = (await recorder.reached(anvil.block_number())).as_of.number
                before, asked_at = proxy.asked.copy(), len(recorder.blocks)
                for number in range(PACE_BLOCKS):
                    await recorder.reached(first + number + 1)
                asked = proxy.asked - before
                read = len(recorder.blocks) - asked_at
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
    assert asked["eth_getLogs"] == read == PACE_BLOCKS
    rows = [(method, f"{count / PACE_BLOCKS:.1f}") for method, count in asked.items()]
    rows.append(("all", f"{asked.total() / PACE_BLOCKS:.1f}"))
    show(
        f"Requests a block when polls pace themselves: {EVERYONE:,} wallets, {PACE_BLOCKS} blocks "
        f"{PACE_BLOCK_S} s apart, one of four readings compared with the contract",
        ["method", "a block"],
        rows,
    )
