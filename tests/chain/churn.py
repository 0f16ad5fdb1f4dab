"""Life in a market: seeded blocks of moves by its accounts, of prices and of time, for tests that watch.

Some moves are refused by the contracts, as some are in life; what was mined is in the blocks to be read.
"""

import random
from collections.abc import Iterator, Sequence

from tests.chain.abi import MAX_UINT, call_data, selector
from tests.chain.assets import ASSETS, EMODES_36, EMODES_302
from tests.chain.market import Market
from tests.chain.parts import BANK, OWNER, Tx
from tests.chain.population import Plan

_DAY = 86_400
_LIQUIDATION = "liquidationCall(address,address,address,uint256,bool)"


def churn(market: Market, plans: Sequence[Plan], seed: int, blocks: int, per_block: int = 8) -> Iterator[int]:
    """Mine `blocks` blocks of `per_block` moves; yields each one's number, when the test may look.

    One block in eight comes days after the one before it, and prices wander by a few percent with a fall now
    and then, so that accounts are liquidated. 200 blocks take about 5 s.
    """
    rng = random.Random(seed)
    for asset in ASSETS:
        market.fund(asset.symbol, BANK, market.amount(asset.symbol, 10**10))
    for number in range(blocks):
        if number % 8 == 7:
            ahead = rng.randint(1, 15 * _DAY)
            market.anvil.rpc("evm_setNextBlockTimestamp", market.anvil.now() + ahead)
        txs = [_move(rng, market, plans) for _ in range(per_block)]
        if number % 10 == 9:
            txs += _liquidations(rng, market, plans)
        market.send_many([*txs, *_prices(rng, market)], per_block=len(txs) + 4)
        yield market.anvil.block_number()


def _move(rng: random.Random, market: Market, plans: Sequence[Plan]) -> Tx:
    plan = rng.choice(plans)
    kind = rng.choice(("supply", "withdraw", "borrow", "repay", "switch", "emode", "transfer"))
    held, held_raw = rng.choice(plan.supplies)
    if kind == "supply":
        symbol = held if rng.random() < 0.6 else rng.choice(ASSETS).symbol
        return market.supply_tx(BANK, symbol, max(1, market.amount(symbol, rng.randint(0, 5_000))), plan.user)
    if kind == "withdraw":
        part = held_raw // rng.randint(3, 100) if rng.random() < 0.9 else MAX_UINT
        return _withdrawal(plan, market, held, part)
    if kind in ("borrow", "repay") and plan.borrows:
        owed, owed_raw, mode = rng.choice(plan.borrows)
        if kind == "borrow":
            return market.borrow_tx(plan.user, owed, max(1, owed_raw // rng.randint(10, 100)), mode)
        # Three times what was borrowed repays all of it, interest included.
        return _repayment(plan, market, owed, 3 * owed_raw if rng.random() < 0.2 else owed_raw // 3 + 1, mode)
    if kind == "emode":
        modes = EMODES_36 if market.version == "3.6" else EMODES_302
        return market.emode_tx(plan.user, rng.choice([0, *(mode.category for mode in modes)]))
    if kind == "transfer":
        data = call_data("transfer(address,uint256)", rng.choice(plans).user, held_raw // rng.randint(5, 100))
        return Tx(plan.user, market.reserves[held].atoken, data, f"transfer a{held}")
    return market.collateral_tx(plan.user, held, on=rng.random() < 0.6)


def _withdrawal(plan: Plan, market: Market, symbol: str, amount: int) -> Tx:
    asset = market.reserves[symbol].address
    data = call_data("withdraw(address,uint256,address)", asset, amount, plan.user)
    return Tx(plan.user, market.pool, data, f"withdraw {symbol}")


def _repayment(plan: Plan, market: Market, symbol: str, amount: int, mode: int) -> Tx:
    asset = market.reserves[symbol].address
    data = call_data("repay(address,uint256,uint256,address)", asset, amount, mode, plan.user)
    return Tx(BANK, market.pool, data, f"repay {symbol}")


def _prices(rng: random.Random, market: Market) -> list[Tx]:
    sources = {symbol: reserve.source for symbol, reserve in market.reserves.items()} | market.emode_sources
    txs = []
    for symbol in rng.sample(sorted(sources), rng.randint(0, 3)):
        old = int(market.call(sources[symbol], call_data("latestAnswer()")), 16)
        fall = rng.random() < 0.08
        new = old * (rng.randint(880, 950) if fall else rng.randint(985, 1018)) // 1000 + rng.randint(0, 9)
        txs.append(Tx(OWNER, sources[symbol], call_data("set(int256)", new), f"price {symbol}"))
    return txs


def _liquidations(rng: random.Random, market: Market, plans: Sequence[Plan]) -> list[Tx]:
    ask = selector("getUserAccountData(address)")
    plans = rng.sample(plans, min(200, len(plans)))
    calls = [{"to": market.pool, "data": f"{ask}{plan.user[2:]:0>64}"} for plan in plans]
    answers = market.anvil.batch(("eth_call", (call, "latest")) for call in calls)
    factors = [int(answer[-64:], 16) for answer in answers]
    sick = [plan for plan, factor in zip(plans, factors, strict=True) if factor < 10**18 and plan.borrows]
    return [_liquidation(rng, market, plan) for plan in rng.sample(sick, min(3, len(sick)))]


def _liquidation(rng: random.Random, market: Market, plan: Plan) -> Tx:
    seized = market.reserves[rng.choice(plan.supplies)[0]].address
    repaid = market.reserves[rng.choice(plan.borrows)[0]].address
    amount = rng.choice((MAX_UINT, MAX_UINT, rng.randint(1, 10**9)))
    data = call_data(_LIQUIDATION, seized, repaid, plan.user, amount, rng.random() < 0.4)
    return Tx(BANK, market.pool, data, "liquidation")
