"""Transfers as the chain has them: every way of moving a coin, every way of reading it, no failures."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.domain.observations import MoveKind
from bot.domain.transfers import NATIVE, Channel
from tests.chain.abi import address, call_data
from tests.chain.lab import Lab
from tests.chain.parts import Tx
from tests.watchers.flows import code
from tests.watchers.flows.rig import (
    ANNA,
    BERT,
    FORWARDER,
    HELPER,
    HOT,
    WAD,
    Driver,
    Heard,
    driving,
    fields,
    one_block,
    pay,
    send_token,
    told,
    words,
)
from tests.watchers.proxy import Proxy
from watchers.evm.words import checksummed

pytestmark = pytest.mark.chain

WAYS = {
    "trace_block": (),
    "callTracer": ("trace_block",),
    "transactions": ("trace_block", "debug_traceBlockByHash"),
    "receipts one by one": ("trace_block", "debug_traceBlockByHash", "eth_getBlockReceipts"),
}


@asynccontextmanager
async def reading_by(lab: Lab, way: str) -> AsyncIterator[tuple[Driver, Proxy]]:
    async with Proxy(lab.anvil.url) as proxy, driving(lab, urls=[proxy.url]) as driver:
        proxy.lacks = frozenset(WAYS[way])
        lab.anvil.mine()
        await driver.look()
        yield driver, proxy


@pytest.mark.parametrize("way", WAYS)
async def test_what_moved_and_what_did_not(lab_v36: Lab, way: str) -> None:
    """Everything at once in one block, read in each way; without traces only contracts' sendings lack."""
    anvil = lab_v36.anvil
    trier, creator, suicide, delegator = (checksummed(address(0xC0DE0 + number)) for number in range(4))
    for at, what in (
        (FORWARDER, code.FORWARDER),
        (HELPER, code.REVERTING_FORWARDER),
        (trier, code.TRIER),
        (creator, code.CREATOR),
        (suicide, code.SUICIDE),
        (delegator, code.DELEGATOR),
    ):
        code.put(anvil, at, what)
    async with reading_by(lab_v36, way) as (driver, _):
        async with one_block(anvil) as txs:
            txs.append(fields(ANNA, HOT, 1))
            txs.append(fields(ANNA, FORWARDER, 2, words(HOT)))
            txs.append(fields(ANNA, HELPER, 4, words(HOT)))  # fails as a whole
            txs.append(fields(ANNA, trier, 16, words(HELPER, HOT)))  # its first half fails, inside
            txs.append(fields(ANNA, trier, 32, words(FORWARDER, HOT)))
            txs.append(fields(ANNA, creator, 64))
            txs.append(fields(BERT, suicide, 128, words(HOT)))
            txs.append(fields(BERT, delegator, 256, words(HOT, FORWARDER)))
            txs.append(fields(BERT, None, 512, "0x00"))
            txs.append(fields(BERT, BERT, 1_024))
            txs.append(fields(BERT, HOT, 0))
        seen = await driver.look()
    made = next(
        r["contractAddress"] for r in anvil.rpc("eth_getBlockReceipts", "latest") if r["contractAddress"]
    )
    top = [
        (ANNA, HOT, 1),
        (ANNA, FORWARDER, 2),
        (ANNA, trier, 16),
        (ANNA, trier, 32),
        (ANNA, creator, 64),
        (BERT, suicide, 128),
        (BERT, delegator, 256),
        (BERT, checksummed(made), 512),
    ]
    [created] = [one.receiver for one in seen.transfers if one.sender == creator] or [creator]
    inside = [
        (FORWARDER, HOT, 2),
        (trier, HOT, 8),
        (trier, FORWARDER, 16),
        (FORWARDER, HOT, 16),
        (trier, HOT, 16),
        (creator, created, 64),
        (suicide, HOT, 128),
        (delegator, HOT, 256),
    ]
    assert seen.traced is (way in {"trace_block", "callTracer"})
    by = {channel: [told(one)[1:] for one in seen.transfers if one.channel is channel] for channel in Channel}
    assert by[Channel.NATIVE] == top
    assert by[Channel.INTERNAL] == (inside if seen.traced else [])
    assert by[Channel.TOKEN] == []
    assert len({one.id for one in seen.transfers}) == len(seen.transfers)
    assert [one.index for one in seen.transfers] == sorted(one.index for one in seen.transfers)
    assert {one.origin for one in seen.transfers} == {ANNA, BERT}
    assert all(one.asset.address == NATIVE for one in seen.transfers)
    assert driver.watcher.health().traced is seen.traced


async def test_both_ways_of_tracing_give_the_same_transfers(lab_v36: Lab) -> None:
    anvil = lab_v36.anvil
    code.put(anvil, FORWARDER, code.FORWARDER)
    heard = {}
    for way in ("trace_block", "callTracer"):
        taken = anvil.snapshot()
        async with reading_by(lab_v36, way) as (driver, _):
            async with one_block(anvil) as txs:
                txs += [fields(ANNA, FORWARDER, 2, words(HOT)), fields(BERT, FORWARDER, 3, words(HOT))]
            heard[way] = (await driver.look()).transfers
        anvil.revert(taken)
    assert heard["trace_block"] == heard["callTracer"] != ()


async def test_tokens_a_tokens_and_loans_are_told_with_who_did_what(any_lab: Lab) -> None:
    market = any_lab.market
    market.mint("USDC", ANNA, 500 * 10**6)
    async with driving(any_lab) as driver:
        await driver.look()
        sent = send_token(any_lab.anvil, market.reserves["USDC"].address, ANNA, HOT, 120 * 10**6)
        seen = await driver.look()
        assert [told(one) for one in seen.transfers] == [("USDC", ANNA, HOT, 120 * 10**6)]
        [one] = seen.transfers
        assert (one.tx, one.origin, one.channel) == (sent["transactionHash"], ANNA, Channel.TOKEN)
        weth = checksummed(market.reserves["WETH"].address)
        assert seen.prices[weth] == seen.prices[NATIVE] == market.price("WETH")
        assert seen.prices[checksummed(market.reserves["USDC"].atoken)] == market.price("USDC")
        assert seen.value(one.asset, one.amount) == 120 * market.price("USDC")
        assert (seen.priced_at, seen.missed, seen.traced) == (None, False, True)

        market.supply(ANNA, "WETH", 10 * WAD)
        move = await loan(driver)
        assert (move.kind, move.account, move.other, move.amount) == (MoveKind.SUPPLY, ANNA, ANNA, 10 * WAD)
        market.borrow(ANNA, "USDC", 18_000 * 10**6)
        move = await loan(driver)
        assert (move.kind, move.account, move.other) == (MoveKind.BORROW, ANNA, ANNA)
        assert (move.asset.symbol, move.amount, move.market) == ("USDC", 18_000 * 10**6, "lab")
        data = call_data("withdraw(address,uint256,address)", market.reserves["WETH"].address, WAD, BERT)
        market.send(Tx(ANNA, market.pool, data))
        move = await loan(driver)
        assert (move.kind, move.account, move.other, move.amount) == (MoveKind.WITHDRAW, ANNA, BERT, WAD)
        market.fund("USDC", BERT, 5 * 10**6)
        data = call_data(
            "repay(address,uint256,uint256,address)", market.reserves["USDC"].address, 5 * 10**6, 2, ANNA
        )
        market.send(Tx(BERT, market.pool, data))
        move = await loan(driver)
        assert (move.kind, move.account, move.other, move.amount) == (MoveKind.REPAY, ANNA, BERT, 5 * 10**6)
        market.transfer_atoken(ANNA, BERT, "WETH", WAD)
        seen = await driver.look()
        assert [told(one)[:3] for one in seen.transfers] == [("aWETH", ANNA, BERT)]
        market.scale_price("WETH", 7_000)
        market.liquidate(HOT, "WETH", "USDC", ANNA, 2_000 * 10**6)
        move = await loan(driver)
        assert (move.kind, move.account, move.other) == (MoveKind.REPAY, ANNA, HOT)
        assert (move.asset.symbol, move.amount) == ("USDC", 2_000 * 10**6)


async def loan(driver: Driver):
    await driver.look()
    return next(move for seen in reversed(driver.heard.blocks) for move in seen.loans)


async def test_contracts_that_lie_and_tokens_of_strangers_are_not_even_asked(lab_v36: Lab) -> None:
    market, anvil = lab_v36.market, lab_v36.anvil
    usdc = market.reserves["USDC"].address
    fake = code.put(anvil, address(0xFA4E), code.LIAR)
    async with Proxy(anvil.url) as proxy, driving(lab_v36, urls=[proxy.url]) as driver:
        await driver.look()
        pay(anvil, ANNA, fake, 0, words(ANNA, HOT, 10**30))
        assert (await driver.look()).transfers == ()
        asked = [body["params"][0] for body in proxy.bodies if body["method"] == "eth_getLogs"]
        assert all(checksummed(fake) not in one["address"] for one in asked)
        # A tracked contract that tells something of another shape, nothing at all, or of itself to itself.
        working = anvil.rpc("eth_getCode", usdc, "latest")
        code.put(anvil, usdc, code.FOUR_TOPICS)
        pay(anvil, ANNA, usdc, 0, words(ANNA, HOT, 7))
        code.put(anvil, usdc, code.LIAR)
        pay(anvil, ANNA, usdc, 0, words(ANNA, HOT, 0))
        pay(anvil, ANNA, usdc, 0, words(ANNA, ANNA, 5))
        code.put(anvil, usdc, code.DEPOSITED)
        pay(anvil, ANNA, usdc, 0, words(ANNA, 5))
        anvil.rpc("anvil_setCode", usdc, working)
        await driver.look()
        assert driver.heard.moves == []


async def test_wrapping_and_unwrapping_are_transfers_with_the_wrapper(lab_v36: Lab) -> None:
    weth = lab_v36.market.reserves["WETH"].address
    wrapper = checksummed(weth)
    async with driving(lab_v36) as driver:
        await driver.look()
        lab_v36.market.mint("WETH", ANNA, 3)  # some wrappers tell it so
        for what, amount in ((code.DEPOSITED, 5), (code.WITHDRAWN, 7)):
            code.put(lab_v36.anvil, weth, what)
            pay(lab_v36.anvil, ANNA, weth, 0, words(ANNA, amount))
        await driver.look()
    assert driver.heard.blocks[-1].wrapper == wrapper
    assert driver.heard.moves == [
        ("WETH", wrapper, ANNA, 3),
        ("WETH", wrapper, ANNA, 5),
        ("WETH", ANNA, wrapper, 7),
    ]


# ---- requests ---------------------------------------------------------------------------------------

COSTS = {
    # (nothing happened, 30 transactions)
    "trace_block": (
        {"eth_getBlockByNumber": 1, "eth_getLogs": 1, "trace_block": 1, "eth_call": 1}
        | {"eth_getBlockTransactionCountByHash": 1},
        {"eth_getBlockByNumber": 1, "eth_getLogs": 1, "trace_block": 1, "eth_call": 1},
    ),
    "callTracer": (
        {"eth_getBlockByNumber": 1, "eth_getLogs": 1, "debug_traceBlockByHash": 1, "eth_call": 1},
        {"eth_getBlockByNumber": 1, "eth_getLogs": 1, "debug_traceBlockByHash": 1, "eth_call": 1},
    ),
    "transactions": (
        {"eth_getBlockByNumber": 1, "eth_getLogs": 1, "eth_getBlockByHash": 1, "eth_call": 1},
        {"eth_getBlockByNumber": 1, "eth_getLogs": 1, "eth_getBlockByHash": 1, "eth_call": 1}
        | {"eth_getBlockReceipts": 1},
    ),
}


@pytest.mark.parametrize("way", COSTS)
async def test_what_a_block_costs(lab_v36: Lab, way: str) -> None:
    """The head and the prices are the market watcher's own; labels and subscriptions play no part here."""
    anvil = lab_v36.anvil
    quiet, busy = COSTS[way]
    async with reading_by(lab_v36, way) as (driver, proxy):
        proxy.asked.clear()
        anvil.mine()
        await driver.look()
        assert proxy.asked == quiet
        for _ in range(2):
            async with one_block(anvil) as txs:
                txs += [fields(address(0xA000 + n), HOT, n + 1) for n in range(30)]
            proxy.asked.clear()
            seen = await driver.look()
            assert len(seen.transfers) == 30
            assert proxy.asked == busy


async def test_the_prices_that_the_market_watcher_read_are_not_read_again(lab_v36: Lab) -> None:
    async with Proxy(lab_v36.anvil.url) as proxy, driving(lab_v36, urls=[proxy.url]) as driver:
        await driver.look()
        lab_v36.anvil.mine()
        head = await driver.chain.heads.poll()
        await driver.chain.markets[0].reader.read(head.ref)
        proxy.asked.clear()
        await driver.watcher.step(head)
        assert proxy.asked["eth_call"] == 0


async def test_who_asks_for_the_block_that_is_being_read_waits_for_that(lab_v36: Lab) -> None:
    async with Proxy(lab_v36.anvil.url) as proxy, driving(lab_v36, urls=[proxy.url]) as driver:
        await driver.look()
        lab_v36.anvil.mine()
        head = await driver.chain.heads.poll()
        proxy.asked.clear()
        reader = driver.chain.markets[0].reader
        first, second = await asyncio.gather(reader.read(head.ref), reader.read(head.ref))
        assert first is second
        assert proxy.asked == {"eth_call": 1}


async def test_nothing_is_asked_while_nobody_wants_flows(lab_v36: Lab) -> None:
    heard = Heard(wanted=False)
    async with Proxy(lab_v36.anvil.url) as proxy, driving(lab_v36, heard, [proxy.url]) as driver:
        head = await driver.chain.heads.poll()
        proxy.asked.clear()
        await driver.watcher.step(head)
        assert (proxy.requests, heard.blocks) == (0, [])
        assert driver.watcher.health().head is None
        heard.wanted = True
        await driver.watcher.step(head)
        assert heard.numbers == [head.number]
        assert not heard.blocks[0].missed
        # Nobody wants them for a while: what was missed is read when somebody does again.
        heard.wanted = False
        lab_v36.anvil.mine(3)
        await driver.watcher.step(await driver.chain.heads.poll())
        heard.wanted = True
        lab_v36.anvil.mine()
        await driver.look()
        assert heard.numbers == [head.number + n for n in range(5)]
