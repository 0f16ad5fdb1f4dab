"""Cures, baskets and time, asked of the contract: one raw unit, one base unit and one second decide."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

import pytest

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.aave_v3 import position
from bot.domain.baskets import Basket, Lead, Member, at_price, basket_price, lead_in, prices_at
from bot.domain.cures import GOOD_FOR_SECONDS, addition, repayment
from bot.domain.lifetime import later, seconds_until_liquidation
from bot.domain.units import HF_NO_DEBT, WAD, Address, Wad
from tests.chain.abi import call_data
from tests.chain.assets import EMODE_PRICE_302
from tests.chain.lab import Lab, lab
from tests.chain.node import BLOCK_SECONDS
from tests.chain.parts import BANK, STABLE, VARIABLE, Tx
from tests.chain.population import KINDS, Plan
from tests.chain.whatif_bench import Bench, fill_wallets, mine

pytestmark = [pytest.mark.chain, pytest.mark.timeout(240)]

OWN_PRICE = EMODE_PRICE_302[1]
WHALE = "0x00000000000000000000000000000000000000E1"
MINUTE, YEAR = 60, 365 * 86_400


@dataclass(frozen=True, slots=True)
class Ward:
    """Indebted accounts of each kind with full wallets, read at the last block."""

    lab: Lab
    bench: Bench

    @property
    def state(self) -> MarketState:
        return self.bench.keeper.state

    def account(self, user: str) -> AccountState:
        return self.bench.keeper.accounts[user]

    def symbol(self, asset: Address) -> str:
        reserves = self.lab.market.reserves.values()
        return next(one.symbol for one in reserves if int(one.address, 16) == int(asset, 16))

    def repay(self, user: str, symbol: str, amount: int, mode: int) -> Tx:
        data = call_data(
            "repay(address,uint256,uint256,address)",
            self.lab.market.reserves[symbol].address,
            amount,
            mode,
            user,
        )
        return Tx(user, self.lab.market.pool, data, "repay")

    def priced(self, asset: Address, price: int) -> Tx:
        source = self.lab.market.reserves[self.symbol(asset)].source
        return Tx(BANK, source, call_data("set(int256)", price), "price")

    def words_after(
        self, user: str, txs: Sequence[Tx], seconds: int
    ) -> tuple[tuple[int, ...], list[str | None]]:
        """The contract's six words after these, so many seconds on; then all is undone."""
        market = self.lab.market
        taken = market.anvil.snapshot()
        try:
            answers = mine(market, txs, self.state.as_of.timestamp + seconds)
            return market.account_data(user), answers
        finally:
            market.anvil.revert(taken)


@pytest.fixture(scope="module", params=["3.0.2", "3.6"])
def ward(request: pytest.FixtureRequest) -> Iterator[Ward]:
    with lab(request.param, accounts=1_010, seed=11) as opened:
        users = _some_of_each_kind(opened.population.plans)
        fill_wallets(opened.market, users)
        opened.anvil.warp(40 * 86_400)  # interest to be reckoned with
        yield Ward(opened, Bench(opened.market, users))


def _some_of_each_kind(plans: Sequence[Plan]) -> list[str]:
    rng = random.Random(3)
    indebted = [plan for plan in plans if plan.borrows]
    by_kind = {kind: [plan.user for plan in indebted if plan.kind == kind] for kind in KINDS}
    return [user for users in by_kind.values() for user in rng.sample(users, min(8, len(users)))]


def targets(factor: int) -> list[Wad]:
    """1.5 where that is more than there is, and a fifth above what there is."""
    return [Wad(factor * 6 // 5)] if factor >= 15 * WAD // 10 else [Wad(15 * WAD // 10), Wad(factor * 6 // 5)]


# --- cures --------------------------------------------------------------------------------------------------


def test_the_exact_repayment_reaches_the_target_and_one_unit_less_does_not(ward: Ward) -> None:
    tried: Counter[str] = Counter()
    then = later(ward.state, BLOCK_SECONDS)
    for user in ward.bench.users:
        held = ward.account(user)
        at = position(then, held)
        for debt in at.owed:
            symbol = ward.symbol(debt.asset.address)
            own = next(one for one in held.holdings if one.reserve == ward.lab.market.reserves[symbol].id)
            mode = VARIABLE if own.scaled_debt else STABLE
            for target in targets(at.health_factor):
                cure = repayment(then, held, debt.asset.address, target)
                if cure is None or cure.exact == 0:
                    tried["none will do"] += 1
                    continue
                words, said = ward.words_after(
                    user, [ward.repay(user, symbol, cure.exact, mode)], BLOCK_SECONDS
                )
                assert (words[5] >= target, said) == (True, [None])
                words, _ = ward.words_after(
                    user, [ward.repay(user, symbol, cure.exact - 1, mode)], BLOCK_SECONDS
                )
                assert words[5] < target
                assert cure.suggested is None or cure.suggested >= cure.exact
                if cure.suggested is not None:
                    hour = BLOCK_SECONDS + GOOD_FOR_SECONDS
                    words, said = ward.words_after(
                        user, [ward.repay(user, symbol, cure.suggested, mode)], hour
                    )
                    assert (words[5] >= target, said) == (True, [None])
                    tried["an hour later"] += 1
                tried["stable" if mode == STABLE else "variable"] += 1
    print(f"\n{ward.lab.market.version}, repaid: {dict(tried)}")
    assert tried["variable"] >= 60
    assert tried["an hour later"] >= 60


def test_the_exact_addition_reaches_the_target_and_one_unit_less_does_not(ward: Ward) -> None:
    tried: Counter[str] = Counter()
    then = later(ward.state, BLOCK_SECONDS)
    for user in ward.bench.users:
        held = ward.account(user)
        at = position(then, held)
        for part in (one for one in at.supplied if one.counts):
            symbol = ward.symbol(part.asset.address)
            for target in targets(at.health_factor):
                cure = addition(then, held, part.asset.address, target)
                if cure is None:
                    tried["none will do"] += 1
                    continue
                assert cure.exact > 0
                assert cure.suggested is not None
                add = ward.lab.market.supply_tx
                words, said = ward.words_after(user, [add(user, symbol, cure.exact)], BLOCK_SECONDS)
                assert (words[5] >= target, said) == (True, [None])
                words, _ = ward.words_after(user, [add(user, symbol, cure.exact - 1)], BLOCK_SECONDS)
                assert words[5] < target
                hour = BLOCK_SECONDS + GOOD_FOR_SECONDS
                words, said = ward.words_after(user, [add(user, symbol, cure.suggested)], hour)
                assert (words[5] >= target, said) == (True, [None])
                tried["eMode" if at.emode else "no eMode"] += 1
    print(f"\n{ward.lab.market.version}, added: {dict(tried)}")
    assert min(tried["eMode"], tried["no eMode"]) >= 10


# --- baskets ------------------------------------------------------------------------------------------------


def basket(ward: Ward, key: str, symbols: Sequence[str]) -> Basket:
    reserves = [ward.state.reserves[ward.lab.market.reserves[symbol].id].asset for symbol in symbols]
    members = [
        Member(one.chain_id, one.address, one.symbol, "the lab", lead=one.symbol == symbols[0])
        for one in reserves
    ]
    return Basket(key, key.upper(), tuple(members))


def test_the_contract_crosses_one_where_the_basket_does(ward: Ward) -> None:
    """All prices of the basket are set to what was said: health factor 1 or more; a unit beyond: under 1."""
    tried: Counter[str] = Counter()
    then = later(ward.state, BLOCK_SECONDS)
    baskets = [basket(ward, "eth", ("WETH", "wstETH")), basket(ward, "usd", ("USDC", "USDT", "DAI", "TUSD"))]
    for user in ward.bench.users:
        at = position(then, ward.account(user))
        if ward.lab.market.version == "3.0.2" and at.emode == OWN_PRICE:
            continue  # there the category's own price decides, not the assets'
        for of in baskets:
            lead = lead_in(ward.state, of)
            found = basket_price(at, of, lead)
            if found is None:
                tried[f"{of.key}: none"] += 1
                continue
            beyond = found.price + (1 if found.upper else -1)
            prices = [
                price
                for either in (found.price, beyond)
                for price in prices_at(at, of, found.lead, either).values()
            ]
            if not 0 < min(prices) <= max(prices) < 2**100:
                continue  # a residue that is worth nothing; the oracle has no price of 0
            healthy, sick = (asked(ward, user, of, found.lead, price) for price in (found.price, beyond))
            assert healthy[5] >= WAD > sick[5]
            assert sick == astuple(at_price(at, of, found.lead, beyond).totals)
            members = {part.asset.address for part in (*at.supplied, *at.owed) if of.has(part.asset)}
            tried[f"{of.key} {'upper' if found.upper else 'lower'}"] += 1
            tried["several members"] += len(members) > 1
    print(f"\n{ward.lab.market.version}, baskets: {dict(tried)}")
    assert min(tried["eth lower"], tried["eth upper"], tried["usd upper"], tried["several members"]) >= 3


def asked(ward: Ward, user: str, of: Basket, lead: Lead, price: int) -> tuple[int, ...]:
    at = position(ward.state, ward.account(user))
    txs = [ward.priced(asset, moved) for asset, moved in prices_at(at, of, lead, price).items()]
    words, said = ward.words_after(user, txs, BLOCK_SECONDS)
    assert set(said) <= {None}
    return words


# --- time ---------------------------------------------------------------------------------------------------


def _lend_out(ward: Ward) -> None:
    """Rates as where nearly everything is lent: nobody of the lab would live to see its end otherwise."""
    market = ward.lab.market
    market.supply(WHALE, "WBTC", market.amount("WBTC", 10**11))
    for symbol, reserve in market.reserves.items():
        if symbol not in ("WBTC", "PT", "TUSD"):  # its own, not lent, siloed
            market.borrow(WHALE, symbol, ward.bench.liquidity[reserve.id].available * 19 // 20)


def test_the_contract_goes_under_one_in_the_second_that_was_said(ward: Ward) -> None:
    """Nothing happens but blocks: one a second before, one at it, and one a minute later."""
    tried: Counter[str] = Counter()
    market = ward.lab.market
    untouched = market.anvil.snapshot()
    _lend_out(ward)
    ward.bench.look()
    for user in ward.bench.users:
        held = ward.account(user)
        seconds = seconds_until_liquidation(ward.state, held)
        if seconds is None:
            tried["never"] += 1
            after, _ = ward.words_after(user, [], 10 * YEAR)
            assert after[5] >= WAD
            continue
        if seconds > 1:
            before, _ = ward.words_after(user, [], seconds - 1)
            assert before[5] >= WAD
            tried["within a year" if seconds < YEAR else "later"] += 1
        under, _ = ward.words_after(user, [], max(seconds, 1))
        assert under[5] < WAD
        assert under == astuple(position(later(ward.state, max(seconds, 1)), held).totals)
        assert under[5] != HF_NO_DEBT
        still, _ = ward.words_after(user, [], max(seconds, 1) + MINUTE)
        assert still[5] < WAD
    market.anvil.revert(untouched)
    ward.bench.look()
    print(f"\n{market.version}, time: {dict(tried)}")
    assert min(tried["within a year"], tried["later"]) >= 3
