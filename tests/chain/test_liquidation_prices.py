"""The liquidation price and the close factor, asked of the contract: one unit of price decides.

A price set by a transaction takes effect a block later, so the prediction is made for that block's second.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from bot.domain.aave_v3 import position, with_prices
from bot.domain.close_factor import Liquidation, close_factor
from bot.domain.liquidation import liquidation_price, upper_price
from bot.domain.positions import Position
from bot.domain.units import WAD, Address, BaseAmount
from tests.chain.abi import MAX_UINT, call_data, ints, topic
from tests.chain.assets import EMODE_PRICE_302
from tests.chain.keeper import Keeper
from tests.chain.lab import Lab, lab
from tests.chain.node import BLOCK_SECONDS
from tests.chain.parts import BANK, Reserve, Tx
from tests.chain.population import KINDS, Plan

pytestmark = [pytest.mark.chain, pytest.mark.timeout(240)]

OWN_PRICE = EMODE_PRICE_302[1]
LIQUIDATION = "liquidationCall(address,address,address,uint256,bool)"
LIQUIDATED = topic("LiquidationCall(address,address,address,uint256,uint256,address,bool)")


@dataclass(frozen=True, slots=True)
class Bench:
    """A lab with the keeper's view of it, made for the block that comes next."""

    lab: Lab
    keeper: Keeper

    def predicted(self, user: str) -> Position:
        state = self.keeper.state
        then = replace(state.as_of, timestamp=state.as_of.timestamp + BLOCK_SECONDS)
        return position(replace(state, as_of=then), self.keeper.accounts[user])

    def reserve(self, asset: Address) -> Reserve:
        return next(
            one for one in self.lab.market.reserves.values() if int(one.address, 16) == int(asset, 16)
        )

    def priced(self, asset: Address, price: int) -> Tx:
        return Tx(BANK, self.reserve(asset).source, call_data("set(int256)", price), "price")

    def liquidation(self, user: str, one: Liquidation, amount: int) -> Tx:
        pair = (one.collateral.address, one.debt.address)
        return Tx(
            BANK, self.lab.market.pool, call_data(LIQUIDATION, *pair, user, amount, False), "liquidation"
        )

    def in_one_block(self, *txs: Tx) -> tuple[list[str], list[dict[str, object]]]:
        """Mine them in order in the next block; returns labels of the refused ones and the block's logs."""
        refused = self.lab.market.send_many(txs, per_block=len(txs))
        logs = self.lab.anvil.rpc("eth_getLogs", {"fromBlock": "latest", "toBlock": "latest"})
        return [tx.label for tx in refused], logs


@pytest.fixture(scope="module", params=["3.0.2", "3.6"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with lab(request.param, accounts=1_010, seed=11) as opened:
        for symbol in opened.market.reserves:
            opened.market.fund(symbol, BANK, opened.market.amount(symbol, 10**10))
        opened.anvil.warp(40 * 86_400)  # interest to be reckoned with
        keeper = Keeper(opened.market, _some_of_each_kind(request.param, opened.population.plans))
        keeper.see(opened.anvil.block_number())
        yield Bench(opened, keeper)


def _some_of_each_kind(version: str, plans: Sequence[Plan]) -> list[str]:
    """Six indebted accounts of each kind. Where an eMode has its own price no asset's price decides."""
    rng = random.Random(3)
    indebted = [
        plan for plan in plans if plan.borrows and not (version == "3.0.2" and plan.emode == OWN_PRICE)
    ]
    by_kind = {kind: [plan.user for plan in indebted if plan.kind == kind] for kind in KINDS}
    return [user for users in by_kind.values() for user in rng.sample(users, min(6, len(users)))]


@pytest.fixture(autouse=True)
def _put_back(bench: Bench) -> Iterator[None]:
    taken = bench.lab.anvil.snapshot()
    yield
    bench.lab.anvil.revert(taken)


def answers(bench: Bench, user: str, *txs: Tx) -> tuple[int, list[str], list[dict[str, object]]]:
    """(contract's health factor afterwards, refused, logs) of one block, which is then undone."""
    taken = bench.lab.anvil.snapshot()
    refused, logs = bench.in_one_block(*txs)
    factor = bench.lab.market.health_factor(user)
    bench.lab.anvil.revert(taken)
    return factor, refused, logs


def repaid_and_seized(logs: Sequence[dict[str, object]]) -> tuple[int, int]:
    found = next(log for log in logs if log["topics"][0] == LIQUIDATED)  # type: ignore[index]
    repaid, seized, *_ = ints(str(found["data"]))
    return repaid, seized


def test_the_contract_crosses_one_at_the_said_price(bench: Bench) -> None:
    """At the price: health factor at least 1 and no liquidation; one unit below: under 1 and it passes."""
    tried: Counter[str] = Counter()
    for user in bench.keeper.accounts:
        now = bench.predicted(user)
        for part in now.supplied:
            asset = part.asset.address
            price = liquidation_price(now, asset)
            if price is None or price < 2:
                continue
            at = with_prices(now, {asset: BaseAmount(price - 1)})
            calls = (one for debt in at.owed if (one := close_factor(at, debt.asset.address, asset)))
            one = max(calls, key=lambda call: call.repay_value, default=None)
            if one is None:  # a few raw units that are worth nothing: no call could seize one
                assert at.totals.collateral_base < 10
                continue
            liquidation = bench.liquidation(user, one, MAX_UINT)
            factor, refused, _ = answers(bench, user, bench.priced(asset, price), liquidation)
            assert factor >= WAD
            assert refused == ["liquidation"]
            factor, _, _ = answers(bench, user, bench.priced(asset, price - 1))
            assert factor < WAD
            assert factor == at.health_factor
            _, refused, logs = answers(bench, user, bench.priced(asset, price - 1), liquidation)
            if refused:  # what is left would be dust: the liquidator takes what we said
                assert bench.lab.market.version != "3.0.2"
                less = bench.liquidation(user, one, one.repay)
                _, refused, logs = answers(bench, user, bench.priced(asset, price - 1), less)
                tried["without leaving dust"] += 1
            assert not refused
            repaid, seized = repaid_and_seized(logs)
            assert repaid == one.repay
            check_seized(bench, one, seized)
            tried["eMode" if now.emode else "no eMode"] += 1
            tried["one collateral" if len(now.supplied) == 1 else "several collaterals"] += 1
            tried[f"close factor {one.close_factor_bps // 100} %"] += 1
    print(f"\n{bench.lab.market.version}: {dict(tried)}")
    assert min(tried[kind] for kind in ("eMode", "no eMode", "one collateral", "several collaterals")) >= 3


def check_seized(bench: Bench, one: Liquidation, seized: int) -> None:
    """The log leaves the protocol's share of the penalty out: 10 % in the lab."""
    penalty = one.seize - (one.seize * 10_000 + (10_000 + one.penalty_bps) // 2) // (10_000 + one.penalty_bps)
    assert seized == one.seize - (penalty * 1_000 + 5_000) // 10_000


def test_the_contract_crosses_one_at_the_said_upper_price(bench: Bench) -> None:
    tried = 0
    for user in bench.keeper.accounts:
        now = bench.predicted(user)
        for part in now.owed:
            price = upper_price(now, part.asset.address)
            if price is None or price > 2**120:
                continue
            healthy, *_ = answers(bench, user, bench.priced(part.asset.address, price))
            above, *_ = answers(bench, user, bench.priced(part.asset.address, price + 1))
            assert healthy >= WAD > above
            tried += 1
    assert tried >= 12


@pytest.mark.parametrize("fall", [500, 970])
def test_the_next_liquidation_takes_what_was_said(bench: Bench, fall: int) -> None:
    """At so many per mille of the liquidation price: all close factors, and collateral that cannot pay."""
    tried: Counter[str] = Counter()
    for user in list(bench.keeper.accounts)[::2]:
        now = bench.predicted(user)
        for part in now.supplied:
            price = liquidation_price(now, part.asset.address)
            if price is None or (low := price * fall // 1000) < 1:
                continue
            at = with_prices(now, {part.asset.address: BaseAmount(low)})
            for debt in at.owed:
                one = close_factor(at, debt.asset.address, part.asset.address)
                if one is None:
                    continue
                liquidation = bench.liquidation(user, one, MAX_UINT)
                _, refused, logs = answers(bench, user, bench.priced(part.asset.address, low), liquidation)
                if refused:
                    less = bench.liquidation(user, one, one.repay)
                    _, refused, logs = answers(bench, user, bench.priced(part.asset.address, low), less)
                assert not refused
                assert repaid_and_seized(logs)[0] == one.repay
                held = next(held for held in at.supplied if held.asset == one.collateral)
                tried["all collateral" if one.seize == held.amount else "a part"] += 1
                tried[f"close factor {one.close_factor_bps // 100} %"] += 1
    print(f"\n{bench.lab.market.version}, {fall} per mille: {dict(tried)}")
    assert tried
