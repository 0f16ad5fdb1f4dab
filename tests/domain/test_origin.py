"""Out of the words kept with a position comes all that comes out of the whole market."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.aave_state import EModeCategory, Holding
from bot.domain.aave_v3 import position, with_prices
from bot.domain.baskets import Basket, Member, lead_in
from bot.domain.cures import addition, repayment
from bot.domain.lifetime import later
from bot.domain.origin import Origins
from bot.domain.units import RAY, Asset, BaseAmount
from tests.domain.aave import DAI, DOLLAR, USDC, USDT, WBTC, WETH, account, market, reserve
from tests.domain.test_cures import sick
from tests.domain.test_screening import TOKENS, states


def basket(key: str, *assets: Asset) -> Basket:
    """Led by the first."""
    members = (Member(one.chain_id, one.address, one.symbol, "", one == assets[0]) for one in assets)
    return Basket(key, key, tuple(members))


BASKETS = (basket("ether", WETH, WBTC), basket("dollars", USDC, USDT, DAI))


def origin_of(where, who, baskets: Sequence[Basket] = BASKETS):
    return Origins(where, baskets).of(who)


@given(states())
def test_the_six_words_now_and_later_are_those_of_the_whole_market(state):
    where, who = state
    kept = origin_of(where, who)
    assert kept.account == who
    assert position(kept.market, kept.account) == position(where, who)
    assert position(later(kept.market, 86_400), who).totals == position(later(where, 86_400), who).totals
    for one in BASKETS:
        if any(one.has(where.reserves[held.reserve].asset) for held in who.holdings):
            assert lead_in(kept.market, one) == lead_in(where, one)


@given(sick(), st.data())
@settings(max_examples=40)
def test_cures_are_those_of_the_whole_market(case, data):
    where, who, target = case
    kept = origin_of(where, who)
    token = data.draw(st.sampled_from([TOKENS[held.reserve] for held in who.holdings]))
    for cure in (repayment, addition):
        assert cure(kept.market, who, token.address, target) == cure(where, who, token.address, target)


def a_market(prices=(0, 1, 2, 3, 4)):
    emodes = [EModeCategory(number, 9000, 9300, 10100, "e", 0b1, 0b1) for number in (1, 2)]
    reserves = [reserve(index, token) for index, token in enumerate(TOKENS)]
    return market(reserves, dict.fromkeys(prices, DOLLAR), emodes=emodes)


def test_nothing_is_kept_but_what_is_held_or_flagged_and_what_leads():
    who = account(Holding(3, RAY), Holding(1, 0, 10**6), collateral=[3], borrowed=[1], emode=2)
    kept = origin_of(a_market(), who).market
    assert [kept.reserves[index].asset.symbol for index in kept.reserves] == ["WETH", "USDT", "USDC", "WBTC"]
    assert kept.prices.keys() == kept.reserves.keys()
    assert kept.emodes.keys() == {2}
    alone = origin_of(a_market(), account(Holding(3, RAY), collateral=[0]), ()).market
    assert alone.reserves.keys() == {0, 3}, "a flag without a holding is asked for by what-ifs"
    nothing = origin_of(a_market(), account()).market
    assert (nothing.reserves, nothing.emodes, nothing.prices) == ({}, {}, {})


def test_a_lead_without_a_price_leads_nobody():
    kept = origin_of(a_market(prices=(1, 3, 4)), account(Holding(3, RAY), Holding(1, 1))).market
    assert kept.reserves.keys() == {1, 3}
    assert origin_of(a_market(prices=()), account(Holding(7, 1))).market.reserves == {}


@pytest.mark.parametrize("price", [DOLLAR, 2 * DOLLAR])
def test_other_prices_are_nobodys_stored_words(price):
    where, who = a_market(), account(Holding(0, 10**18), collateral=[0])
    known = replace(position(where, who), origin=origin_of(where, who))
    assert with_prices(known, {WETH.address: BaseAmount(price)}).origin is None
