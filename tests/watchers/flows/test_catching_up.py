"""After a pause, a reorganisation, a restart, on poor and busy endpoints: every block once, in order."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
import structlog

from bot.domain.transfers import TransfersReorged
from bot.domain.units import BlockRef
from bot.errors import SourceError, StoreError
from tests.chain.abi import address
from tests.chain.lab import Lab
from tests.watchers.flows import code
from tests.watchers.flows.rig import (
    ANNA,
    BERT,
    FORWARDER,
    HOT,
    Heard,
    driving,
    fields,
    one_block,
    pay,
    send_token,
    words,
)
from tests.watchers.proxy import Proxy
from tests.watchers.recorder import PATIENCE_S, Recorder, open_eyes
from watchers.evm.faults import Kind, NoEndpoint, RpcFault
from watchers.flows import watcher
from watchers.flows.watcher import RUN, asked_to_wait

pytestmark = pytest.mark.chain

PAUSE = 2_100


def story(lab: Lab, stretches: int, each: int) -> list[tuple[str, int]]:
    """A pause in which something moves now and then, in each way; (symbol, amount) in order."""
    anvil, usdc = lab.anvil, lab.market.reserves["USDC"].address
    lab.market.mint("USDC", ANNA, 10**12)
    code.put(anvil, FORWARDER, code.FORWARDER)
    expected = []
    for number in range(1, stretches + 1):
        anvil.mine(each)
        send_token(anvil, usdc, ANNA, HOT, number)
        pay(anvil, ANNA, FORWARDER, number, words(HOT))
        expected += [("USDC", number), ("ETH", number)]
    return expected


def into(heard: Heard) -> list[tuple[str, int]]:
    return [(symbol, amount) for symbol, _, receiver, amount in heard.moves if receiver == HOT]


def in_a_row(heard: Heard) -> bool:
    return heard.numbers == list(range(heard.numbers[0], heard.numbers[0] + len(heard.numbers)))


@pytest.mark.parametrize("poor", ["rich", "no traces", "batch of 3", "ranges of 7", "hashes refused", "all"])
async def test_a_pause_is_caught_up(lab_v36: Lab, poor: str) -> None:
    async with Proxy(lab_v36.anvil.url) as proxy, driving(lab_v36, urls=[proxy.url]) as driver:
        await driver.look()
        expected = story(lab_v36, 5, 40)
        if poor in {"no traces", "all"}:
            proxy.lacks = frozenset({"trace_block", "debug_traceBlockByHash", "eth_getBlockReceipts"})
        if poor in {"batch of 3", "all"}:
            proxy.most_batch = 3
        if poor in {"ranges of 7", "all"}:
            proxy.widest = 7
        proxy.takes_hashes = poor not in {"hashes refused", "all"}
        seen = await driver.look()
    assert in_a_row(driver.heard)
    assert not any(block.missed for block in driver.heard.blocks)
    assert driver.watcher.bugs == 0
    if proxy.lacks:
        expected = [one for one in expected if one[0] == "USDC"]
        assert not seen.traced
        assert [one for _, _, to, one in driver.heard.moves if to == FORWARDER] == [1, 2, 3, 4, 5]
    assert into(driver.heard) == expected
    by_number = {block.as_of.number: block for block in driver.heard.blocks}
    for number in (seen.as_of.number - 1, seen.as_of.number - 60):
        header = lab_v36.anvil.block(number)
        assert by_number[number].as_of == BlockRef(number, header["hash"], int(header["timestamp"], 16))
        priced = by_number[number].priced_at
        assert priced is None or 0 < priced.number - number <= RUN
        assert by_number[number].prices


async def test_more_than_two_thousand_blocks_are_caught_up_in_few_requests(lab_v36: Lab, capsys) -> None:
    async with Proxy(lab_v36.anvil.url) as proxy, driving(lab_v36, urls=[proxy.url]) as driver:
        await driver.look()
        expected = story(lab_v36, 10, PAUSE // 10)
        proxy.sent = 0
        began = time.perf_counter()
        await driver.look()
        took = time.perf_counter() - began
    assert in_a_row(driver.heard)
    assert len(driver.heard.blocks) > PAUSE
    assert into(driver.heard) == expected
    with capsys.disabled():
        print(f"\n{len(driver.heard.blocks) - 1:,} blocks caught up: {proxy.sent} requests, {took:.1f} s")
    runs = -(-len(driver.heard.blocks) // RUN)
    assert proxy.sent < 12 * runs


async def test_busy_endpoints_are_waited_for(lab_v36: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a running watcher: it asks again after as long as it was told, with fewer questions at once."""
    slept: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await real(0)

    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(Proxy(lab_v36.anvil.url))
        driver = await stack.enter_async_context(driving(lab_v36, urls=[proxy.url]))
        await driver.look()
        expected = story(lab_v36, 3, 30)
        number = lab_v36.anvil.block_number()
        await driver.chain.heads.poll()
        proxy.busy = 4
        monkeypatch.setattr(watcher.asyncio, "sleep", sleep)
        task = asyncio.create_task(driver.watcher.run())
        async with driver.heard.news:
            await asyncio.wait_for(
                driver.heard.news.wait_for(lambda: driver.heard.numbers[-1] == number), PATIENCE_S
            )
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert 7.0 in slept, "Retry-After is obeyed"
    assert into(driver.heard) == expected
    assert in_a_row(driver.heard)


def test_how_long_we_are_asked_to_wait() -> None:
    rated, dead = RpcFault(Kind.RATE, "a", retry_after=7), RpcFault(Kind.BROKEN, "b", retry_after=9)
    assert asked_to_wait(rated) == 7
    assert asked_to_wait(NoEndpoint([dead, rated, RpcFault(Kind.RATE, "c", retry_after=3)])) == 3
    assert asked_to_wait(NoEndpoint([dead])) == asked_to_wait(StoreError("x")) == 0


async def test_a_fault_in_the_middle_repeats_nothing(lab_v36: Lab) -> None:
    """The observer fails on the third block: the first two are not told again."""
    async with driving(lab_v36) as driver:
        await driver.look()
        expected = story(lab_v36, 2, 3)
        heard, real = driver.heard, driver.heard.transfers
        count = 0

        async def third(seen) -> None:
            nonlocal count
            count += 1
            if count == 3:
                raise StoreError("the store is away")
            await real(seen)

        heard.transfers = third  # type: ignore[method-assign]
        with pytest.raises(StoreError):
            await driver.look()
        assert len(heard.blocks) == 3
        await driver.look()
    assert in_a_row(heard)
    assert into(heard) == expected


async def test_a_restart_goes_on_after_the_cursor(lab_v36: Lab) -> None:
    heard = Heard()
    async with driving(lab_v36, heard) as driver:
        await driver.look()
    expected = story(lab_v36, 2, 20)
    async with driving(lab_v36, heard) as driver:
        await driver.look()
    assert in_a_row(heard)
    assert into(heard) == expected


@pytest.mark.parametrize("why", ["too long", "ranges refused", "pruned"])
async def test_what_cannot_be_had_is_said(lab_v36: Lab, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if why == "too long":  # a day of blocks takes the lab's node a minute
        monkeypatch.setattr(watcher, "MOST_BLOCKS", 60)
    async with Proxy(lab_v36.anvil.url) as proxy, driving(lab_v36, urls=[proxy.url]) as driver:
        await driver.look()
        pay(lab_v36.anvil, ANNA, HOT, 5)
        lab_v36.anvil.mine(70)
        if why == "ranges refused":
            proxy.widest = 0
        if why == "pruned":
            proxy.forgot = lab_v36.anvil.block_number() - 70
        seen = await driver.look()
        assert seen.missed
        assert len(driver.heard.blocks) == 2, "it goes on at the head"
        assert seen.as_of.number == lab_v36.anvil.block_number()
        proxy.widest = proxy.forgot = None
        pay(lab_v36.anvil, BERT, HOT, 7)
        assert not (await driver.look()).missed
    assert into(driver.heard) == [("ETH", 7)]


async def test_old_prices_that_nobody_has_are_asked_for_once_a_pause(lab_v36: Lab) -> None:
    async with Proxy(lab_v36.anvil.url) as proxy, driving(lab_v36, urls=[proxy.url]) as driver:
        await driver.look()
        expected = story(lab_v36, 1, 4 * RUN)
        proxy.takes_hashes, proxy.pruned = False, lab_v36.anvil.block_number() - 1
        proxy.asked.clear()
        seen = await driver.look()
        assert proxy.asked["eth_call"] <= 4, "hashes refused, one old block, the newest"
    assert into(driver.heard) == expected
    assert {block.priced_at for block in driver.heard.blocks[1:-1]} == {seen.as_of}
    assert all(block.prices for block in driver.heard.blocks)


async def test_headers_that_are_no_chain_are_refused(lab_v36: Lab) -> None:
    lab_v36.anvil.mine(5)
    async with driving(lab_v36) as driver:
        await driver.look()
        number = lab_v36.anvil.block_number()
        parent = lab_v36.anvil.block(number - 3)["hash"]
        reader = driver.watcher._reader
        found = await reader.headers(number - 2, number, BlockRef(number - 3, parent, 0), number)
        assert [one.head.number for one in found] == [number - 2, number - 1, number]
        with pytest.raises(SourceError, match="two branches"):
            await reader.headers(number - 2, number, BlockRef(number - 3, "0x" + "ab" * 32, 0), number)


async def test_a_head_whose_parent_is_not_ours_is_refused(lab_v36: Lab) -> None:
    async with driving(lab_v36) as driver:
        await driver.look()
        for blocks in (1, 3):
            lab_v36.anvil.mine(blocks)
            head = replace(await driver.chain.heads.poll(), parent="0x" + "ab" * 32)
            with pytest.raises(SourceError, match="another branch"):
                await driver.watcher.step(head)
            assert len(driver.heard.blocks) == 1, "nor is anything below it told"


async def test_logs_and_headers_of_a_range_must_be_one_nodes(lab_v36: Lab) -> None:
    async with (
        Proxy(lab_v36.anvil.url) as first,
        Proxy(lab_v36.anvil.url) as second,
        driving(lab_v36, urls=[first.url, second.url]) as driver,
    ):
        await driver.look()
        expected = story(lab_v36, 1, 10)
        first.answer, first.only = (502, "<html>"), "eth_getLogs"
        with pytest.raises(SourceError, match="endpoints changed"):
            await driver.look()
        await driver.look()
    assert into(driver.heard) == expected
    assert in_a_row(driver.heard)


async def test_what_is_listed_in_the_very_block_is_read_in_it(lab_v36: Lab) -> None:
    """As the watcher meets it: the market it knew had one reserve less."""
    market, anvil = lab_v36.market, lab_v36.anvil
    market.mint("PT", ANNA, 9)
    async with driving(lab_v36) as driver:
        await driver.look()
        reader = driver.chain.markets[0].reader
        known = reader.structure
        assert known is not None
        assert known.reserves[-1].asset.symbol == "PT"
        reader._adopt(replace(known, listing=known.listing[:-1], reserves=known.reserves[:-1]))
        driver.watcher._reader._follow()
        send_token(anvil, market.reserves["PT"].address, ANNA, HOT, 9)
        await driver.look()
    assert into(driver.heard) == [("PT", 9)]


async def test_that_something_was_missed_is_said_even_when_the_next_block_fails_first(
    lab_v36: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "MOST_BLOCKS", 5)
    async with driving(lab_v36) as driver:
        await driver.look()
        lab_v36.anvil.mine(10)
        driver.heard.raises = StoreError("the store is away")
        with pytest.raises(StoreError):
            await driver.look()
        driver.heard.raises = None
        lab_v36.anvil.mine()
        assert (await driver.look()).missed
        lab_v36.anvil.mine()
        assert not (await driver.look()).missed


async def test_blocks_that_come_faster_than_they_are_read_cost_no_more_prices(lab_v36: Lab) -> None:
    """A chain of a block every 250 ms, read every 2 s: all eight are told, at the newest prices."""
    anvil = lab_v36.anvil
    async with Proxy(anvil.url) as proxy, driving(lab_v36, urls=[proxy.url]) as driver:
        await driver.look()
        for number in range(8):
            pay(anvil, ANNA, HOT, number + 1)
        proxy.asked.clear()
        proxy.sent = 0
        seen = await driver.look()
        assert proxy.asked == {
            "eth_getBlockByNumber": 2 + 7,
            "eth_getLogs": 2,
            "trace_block": 8,
            "eth_call": 1,
        }
        assert proxy.sent == 8, "two of heads, headers, two of logs, two of traces, prices"
    assert [amount for *_, amount in driver.heard.moves] == list(range(1, 9))
    assert {block.priced_at for block in driver.heard.blocks[1:]} == {seen.as_of, None}
    assert in_a_row(driver.heard)


async def test_catching_up_does_not_take_the_market_watchers_back_in_time(lab_v36: Lab) -> None:
    async with driving(lab_v36) as driver:
        await driver.look()
        stale = await driver.chain.heads.poll()
        story(lab_v36, 1, 70)
        newest = await driver.chain.heads.poll()
        reader = driver.chain.markets[0].reader
        await reader.read(newest.ref)
        driver.heard.saved = driver.heard.blocks[0].as_of
        lab_v36.anvil.mine()
        driver.watcher._decided = stale.number - 1
        driver.watcher._trail.pop()
        await driver.watcher.step(stale)
        assert reader._last is not None
        assert reader._last.as_of == newest.ref
        assert driver.heard.blocks[-1].prices


@pytest.mark.parametrize("how", ["reorg", "revert"])
async def test_blocks_that_are_gone_are_taken_back_and_the_others_told(lab_v36: Lab, how: str) -> None:
    anvil = lab_v36.anvil
    async with driving(lab_v36) as driver:
        await driver.look()
        pay(anvil, ANNA, HOT, 1)
        await driver.look()
        fork = anvil.block_number()
        taken = anvil.snapshot()
        for amount in (2, 3, 4):
            pay(anvil, ANNA, HOT, amount)
        await driver.look()
        assert [amount for *_, amount in driver.heard.moves] == [1, 2, 3, 4]
        if how == "reorg":
            anvil.reorg(3)
        else:
            anvil.revert(taken)
        for amount in (5, 6, 7, 8):
            pay(anvil, BERT, HOT, amount)
        await driver.look()
    assert driver.heard.gone == [TransfersReorged(anvil.chain_id, fork)]
    assert [amount for *_, amount in driver.heard.moves] == [1, 5, 6, 7, 8]
    assert in_a_row(driver.heard)


async def test_after_a_restart_a_cursor_that_is_gone_takes_back_enough(lab_v36: Lab) -> None:
    anvil = lab_v36.anvil
    anvil.mine(watcher.UNKNOWN_FORK + 6)
    pay(anvil, ANNA, HOT, 8)
    heard = Heard()
    async with driving(lab_v36, heard) as driver:
        await driver.look()
    cursor = heard.numbers[-1]
    taken = anvil.block_number()
    anvil.reorg(3)
    pay(anvil, ANNA, HOT, 9)
    async with driving(lab_v36, heard) as driver:
        await driver.look()
    assert taken == cursor
    assert heard.gone == [TransfersReorged(anvil.chain_id, cursor - watcher.UNKNOWN_FORK)]
    assert heard.numbers == list(range(cursor - watcher.UNKNOWN_FORK + 1, cursor + 2))
    assert into(heard) == [("ETH", 9)]


async def test_a_head_of_another_branch_is_not_put_on_top(lab_v36: Lab) -> None:
    """Read by an old head after the chain moved on: nothing is decided."""
    anvil = lab_v36.anvil
    async with driving(lab_v36) as driver:
        await driver.look()
        taken = anvil.snapshot()
        pay(anvil, ANNA, HOT, 1)
        stale = await driver.chain.heads.poll()
        anvil.revert(taken)
        pay(anvil, BERT, HOT, 2)
        with pytest.raises(SourceError):
            await driver.watcher.step(stale)
        await driver.look()
    assert [amount for *_, amount in driver.heard.moves] == [2]


async def test_a_node_without_traces_beside_one_that_has_them(lab_v36: Lab) -> None:
    """The second one is asked for traces alone, and stays second for all else; that is logged once."""
    anvil = lab_v36.anvil
    code.put(anvil, FORWARDER, code.FORWARDER)
    async with Proxy(anvil.url) as first, Proxy(anvil.url) as second:
        first.lacks = frozenset({"trace_block", "debug_traceBlockByHash"})
        async with driving(lab_v36, urls=[first.url, second.url]) as driver:
            with structlog.testing.capture_logs() as logs:
                await driver.look()
                for amount in (1, 2, 3):
                    pay(anvil, ANNA, FORWARDER, amount, words(HOT))
                    assert (await driver.look()).traced
            lacking = [entry["method"] for entry in logs if entry["event"] == "endpoint_lacks"]
            assert lacking == ["trace_block"]
            assert driver.chain.pool.host == f"127.0.0.1:{first.port}"
    assert into(driver.heard) == [("ETH", 1), ("ETH", 2), ("ETH", 3)]
    assert first.asked["trace_block"] == 1, "it is not asked again soon"
    assert set(second.asked) <= {"trace_block", "eth_getBlockByNumber"}


async def test_a_missing_method_is_asked_for_again_after_an_hour(lab_v36: Lab) -> None:
    async with Proxy(lab_v36.anvil.url) as proxy, driving(lab_v36, urls=[proxy.url]) as driver:
        proxy.lacks = frozenset({"trace_block", "debug_traceBlockByHash"})
        assert not (await driver.look()).traced
        proxy.lacks = frozenset()
        lab_v36.anvil.mine()
        assert not (await driver.look()).traced
        [endpoint] = driver.chain.pool._endpoints
        assert set(endpoint.lacks) == {"trace_block", "debug_traceBlockByHash"}
        endpoint.lacks = dict.fromkeys(endpoint.lacks, 0.0)
        lab_v36.anvil.mine()
        assert (await driver.look()).traced
        assert endpoint.lacks == {"debug_traceBlockByHash": 0.0}


@pytest.mark.parametrize(
    "lie", [[], [{"blockHash": "0x" + "00" * 32}], None], ids=["nothing", "another block", "null"]
)
async def test_traces_of_another_block_are_not_believed(lab_v36: Lab, lie) -> None:
    async with Proxy(lab_v36.anvil.url) as proxy, driving(lab_v36, urls=[proxy.url]) as driver:
        await driver.look()
        pay(lab_v36.anvil, ANNA, HOT, 1)
        proxy.answer, proxy.only = (200, {"result": lie}), "trace_block"
        with pytest.raises(SourceError):
            await driver.look()
        proxy.answer = None
        await driver.look()
    assert into(driver.heard) == [("ETH", 1)]


async def test_traces_of_no_known_shape_lead_to_another_way(lab_v36: Lab) -> None:
    async with Proxy(lab_v36.anvil.url) as proxy, driving(lab_v36, urls=[proxy.url]) as driver:
        await driver.look()
        proxy.answer, proxy.only = (200, {"result": {"traces": 7}}), "trace_block"
        pay(lab_v36.anvil, ANNA, HOT, 1)
        assert (await driver.look()).traced
        assert proxy.asked["debug_traceBlockByHash"] == 1
    assert into(driver.heard) == [("ETH", 1)]


async def test_both_watchers_run_side_by_side(lab_v36: Lab) -> None:
    """The whole eyes: markets and transfers on the same heads, health of both, ended together."""
    anvil, heard, recorder = lab_v36.anvil, Heard(), Recorder()
    async with open_eyes(lab_v36) as eyes:
        assert eyes.flow_health() == ()
        task = asyncio.create_task(eyes.run(recorder, heard))
        await recorder.reached(anvil.block_number())
        async with one_block(anvil) as txs:
            txs.append(fields(address(0xABC), HOT, 3))
        async with heard.news:
            await asyncio.wait_for(heard.news.wait_for(lambda: into(heard) == [("ETH", 3)]), PATIENCE_S)
        [health] = eyes.flow_health()
        assert (health.chain_id, health.title, health.fault) == (anvil.chain_id, "Lab chain", "")
        assert health.traced
        assert health.endpoint == f"127.0.0.1:{anvil.port}"
        assert [one.asset.symbol for one in eyes.tracked()][:3] == ["ETH", "WETH", "aWETH"]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
