"""The tip of a real chain: polled, subscribed, reorganised, shortened, and told by nodes that are behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bot.errors import SourceError
from tests.chain.node import Anvil
from tests.watchers.proxy import Proxy
from watchers.evm.head_feed import HeadFeed
from watchers.evm.heads import Heads
from watchers.evm.rpc import RpcPool

pytestmark = pytest.mark.chain


@asynccontextmanager
async def following(url: str, feed_url: str = "", poll_s: float = 3600.0) -> AsyncIterator[Heads]:
    async with aiohttp.ClientSession() as session:
        feeds = [HeadFeed(feed_url, session)] if feed_url else []
        yield Heads(RpcPool([url], session), lambda: 0.0, feeds=feeds, poll_s=poll_s)


async def test_a_subscription_tells_heads_between_polls(anvil: Anvil) -> None:
    async with Proxy(anvil.url) as proxy, following(proxy.url, anvil.ws_url) as heads:
        task = asyncio.create_task(heads.run())
        try:
            async with asyncio.timeout(20):
                head = await heads.after("")
                while not heads._feeds[0].alive:
                    anvil.mine()
                    head = await heads.after(head.hash)
                proxy.asked.clear()
                for _ in range(3):
                    anvil.mine()
                    head = await heads.after(head.hash)
            assert head.number == anvil.block_number()
            assert not proxy.asked, "heads that follow each other cost nothing"
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_a_dead_subscription_leaves_polling(anvil: Anvil) -> None:
    async with following(anvil.url, "ws://127.0.0.1:1", poll_s=0.02) as heads:
        task = asyncio.create_task(heads.run())
        try:
            async with asyncio.timeout(20):
                head = await heads.after("")
                anvil.mine()
                assert (await heads.after(head.hash)).number == head.number + 1
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(("depth", "more"), [(1, 0), (1, 3), (5, 0), (5, 1), (5, 7)])
async def test_a_reorganisation_unmakes_just_the_blocks_above_the_fork(
    anvil: Anvil, depth: int, more: int
) -> None:
    async with following(anvil.url) as heads:
        seen = []
        for _ in range(10):
            anvil.mine()
            seen.append((await heads.poll()).ref)
        anvil.rpc("anvil_reorg", depth, [])
        anvil.mine(more)
        await heads.poll()
        assert [await heads.agrees(ref) for ref in seen] == [True] * (10 - depth) + [False] * depth
        assert heads.tip is not None
        assert heads.tip.number == seen[-1].number + more


async def test_a_chain_that_came_back_shorter(anvil: Anvil) -> None:
    async with following(anvil.url) as heads:
        anvil.mine(2)
        base = (await heads.poll()).ref
        taken = anvil.snapshot()
        old = []
        for _ in range(4):
            anvil.mine()
            old.append((await heads.poll()).ref)
        anvil.revert(taken)
        assert (await heads.poll()).ref == old[-1], "an older block of the same chain may be a slow node's"
        anvil.mine(1, seconds=5)
        head = await heads.poll()
        assert (head.number, head.parent) == (base.number + 1, base.hash)
        assert await heads.agrees(base)
        assert [await heads.agrees(ref) for ref in old] == [False] * 4


async def test_skipped_blocks_are_no_reorganisation(anvil: Anvil) -> None:
    async with following(anvil.url) as heads:
        first = (await heads.poll()).ref
        anvil.mine(50)
        head = await heads.poll()
        assert head.number == first.number + 50
        assert await heads.agrees(first)


async def test_a_node_that_is_behind_changes_nothing(anvil: Anvil) -> None:
    anvil.mine(10)
    async with Proxy(anvil.url) as proxy, following(proxy.url) as heads:
        tip = await heads.poll()
        for number in (9, 3):
            proxy.frozen = number
            assert await heads.poll() == tip
        proxy.frozen = 8
        missing = tip.ref
        heads._canon.clear()
        with pytest.raises(SourceError, match="is behind block 10"):
            await heads.agrees(missing)
