"""The tip of a real chain: polled, subscribed, reorganised, shortened, and told by nodes that are behind."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import structlog

from bot.errors import SourceError
from tests.chain.node import Anvil
from tests.watchers.proxy import Proxy
from tests.watchers.speaker import Speaker
from watchers.evm import heads as heads_module
from watchers.evm.faults import RpcFault
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
                while not heads._feeds[0].alive:  # a head mined before the subscription is told to nobody
                    anvil.mine()
                    await asyncio.sleep(0.02)
                head = await heads.poll()
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


async def test_a_null_from_one_node_of_many_behind_a_url_is_no_reorganisation(anvil: Anvil) -> None:
    async with Proxy(anvil.url) as proxy, following(proxy.url) as heads:
        seen = []
        for _ in range(6):
            anvil.mine()
            seen.append((await heads.poll()).ref)
        proxy.knows = 2
        anvil.mine(3)
        with pytest.raises(SourceError, match="is behind block 6"):
            await heads.poll()
        assert heads.tip is not None
        assert heads.tip.ref == seen[-1]
        proxy.knows = None
        assert (await heads.poll()).number == 9
        assert [await heads.agrees(ref) for ref in seen] == [True] * 6


async def test_a_null_unmakes_no_block_below_one_that_is_gone(anvil: Anvil) -> None:
    async with Proxy(anvil.url) as proxy, following(proxy.url) as heads:
        seen = []
        for _ in range(3):
            anvil.mine(2)
            seen.append((await heads.poll()).ref)
        anvil.rpc("anvil_reorg", 1, [])
        proxy.knows = 3
        with pytest.raises(SourceError, match="is behind block 4"):
            await heads.poll()
        assert [await heads.agrees(ref) for ref in seen] == [True] * 3, "nothing was decided"
        proxy.knows = None
        assert (await heads.poll()).number == 6
        assert [await heads.agrees(ref) for ref in seen] == [True, True, False]


# ---- odd words and our own bugs ---------------------------------------------------------------------

A_HEAD = {"number": "0x1", "hash": "0x" + "12" * 32, "parentHash": "0x" + "34" * 32, "timestamp": "0x1"}


def told(result: object) -> str:
    return json.dumps({"jsonrpc": "2.0", "method": "eth_subscription", "params": {"result": result}})


ODD_FRAMES = {
    "no JSON": "hello",
    "a list": "[]",
    "a batch": f"[{told(A_HEAD)}]",
    "null": "null",
    "a text": '"error"',
    "nesting without end": "[" * 100_000,
    "a refusal": '{"error": {"code": -32601}}',
    "no parameters": '{"method": "eth_subscription"}',
    "parameters in a list": '{"method": "eth_subscription", "params": []}',
    "no head": told(None),
    "a head in a list": told([A_HEAD]),
    "a head without a hash": told(A_HEAD | {"hash": None}),
    "a hash that is none": told(A_HEAD | {"parentHash": 7}),
    "a number that is none": told(A_HEAD | {"number": 1}),
}


@pytest.mark.parametrize("odd", ODD_FRAMES)
async def test_odd_frames_are_a_fault_of_their_source(odd: str) -> None:
    heads = []

    async def note(head) -> None:
        heads.append(head)

    frames = ['{"id": 1, "result": "0x5"}', told(A_HEAD), ODD_FRAMES[odd]]
    async with Speaker(frames) as node, aiohttp.ClientSession() as session, asyncio.timeout(20):
        with pytest.raises(RpcFault):
            await HeadFeed(node.url, session)._listen(note)
    assert [head.number for head in heads] == [1]


async def test_our_own_bugs_end_neither_polling_nor_the_feed(
    anvil: Anvil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads_module, "_POLL_LEAST", 0.01)
    async with Speaker([told(A_HEAD)]) as node, following(anvil.url, node.url, poll_s=0.02) as heads:
        latest, accept = heads._pool.latest, heads._accept

        async def wrong(*_):
            raise ZeroDivisionError

        heads._pool.latest = heads._accept = wrong
        with structlog.testing.capture_logs() as logs:
            task = asyncio.create_task(heads.run())
            try:
                async with asyncio.timeout(20):
                    while heads.bugs < 3 or not heads._feeds[0].bugs:  # noqa: ASYNC110 - nobody tells
                        await asyncio.sleep(0.01)
                    assert heads.fault == "bug: ZeroDivisionError"
                    heads._pool.latest, heads._accept = latest, accept
                    anvil.mine()
                    assert (await heads.after("")).number == anvil.block_number()
                    while heads.fault:  # noqa: ASYNC110 - as above
                        await asyncio.sleep(0.01)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
    bugs = [line for line in logs if line["event"] in {"chain_bug", "head_feed_bug"}]
    assert sorted(line["event"] for line in bugs) == ["chain_bug", "head_feed_bug"], "each is told once"
    assert all(line["exc_info"] for line in bugs)
