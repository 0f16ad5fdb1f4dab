"""Baskets: known cases, and the crossing against every price tried one by one."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.baskets import (
    Basket,
    Lead,
    Member,
    at_price,
    basket_of,
    basket_price,
    lead_held,
    lead_in,
    prices_at,
)
from bot.domain.liquidation import liquidation_price, upper_price
from bot.domain.positions import Position
from bot.domain.units import WAD, Asset, BaseAmount
from tests.domain.aave import (
    DAI,
    DOLLAR,
    USDC,
    USDT,
    V36,
    V302,
    WBTC,
    WETH,
    asset,
    market,
    owed,
    position,
    positions,
    reserve,
    supplied,
)

BOTH = pytest.mark.parametrize("revision", [V302, V36])
WSTETH, WEETH = asset(6, "wstETH", 18), asset(7, "weETH", 18)


def basket(*assets: Asset, lead: Asset | None = None) -> Basket:
    members = [Member(one.chain_id, one.address, one.symbol, "the test", lead=one == lead) for one in assets]
    return Basket("test", "Test", tuple(members))


ETHER = basket(WETH, WSTETH, WEETH, lead=WETH)
DOLLARS = basket(USDC, USDT, DAI, lead=USDC)


def of_ether(revision=V36) -> Position:
    """$45,000 of ether at thresholds 0.80, 0.75 and 0.70 against $25,000."""
    parts = [
        supplied(WETH, 5 * 10**18, 3_000 * DOLLAR, threshold=8000),
        supplied(WSTETH, 5 * 10**18, 3_600 * DOLLAR, threshold=7500),
        supplied(WEETH, 4 * 10**18, 3_000 * DOLLAR, threshold=7000),
    ]
    return position(parts, [owed(USDT, 25_000 * 10**6, DOLLAR, revision=revision)], revision=revision)


# --- known cases --------------------------------------------------------------------------------------------


@BOTH
def test_three_kinds_of_ether_fall_as_one(revision):
    """25,000 / (15,000 x 0.8 + 18,000 x 0.75 + 12,000 x 0.7) = 0.7375, of $3,000 $2,212.39."""
    at = of_ether(revision)
    found = basket_price(at, ETHER)
    assert found is not None
    assert not found.upper
    assert found.lead == Lead(WETH, BaseAmount(3_000 * DOLLAR))
    expected = Fraction(25_000, 33_900)
    # half-up releases truncate the average threshold to whole bps: 7,533.33 to 7,533
    near = Fraction(1, 10**9) if revision == V36 else Fraction(1, 10_000)
    assert abs(found.factor / expected - 1) < near
    assert found.move == found.factor - 1
    single = liquidation_price(at, WETH.address)
    assert single is not None
    assert single < found.price


@BOTH
def test_the_lead_may_be_an_asset_that_is_not_held(revision):
    parts = [supplied(WSTETH, 10 * 10**18, 3_600 * DOLLAR, threshold=8000)]
    at = position(parts, [owed(USDT, 14_400 * 10**6, DOLLAR, revision=revision)], revision=revision)
    found = basket_price(at, ETHER, Lead(WETH, BaseAmount(3_000 * DOLLAR)))
    assert found is not None
    assert found.price == 1_500 * DOLLAR  # wstETH from 3,600 to 1,800, its half
    own = basket_price(at, ETHER)
    assert own is not None
    assert (own.lead.asset, own.price) == (WSTETH, 1_800 * DOLLAR)


@BOTH
def test_both_sides_move(revision):
    """10 ETH x 0.8 less 3 owed leave 5 ETH to carry $10,000: $2,000; at a fixed debt price it were lower."""
    parts = [supplied(WSTETH, 10 * 10**18, 3_000 * DOLLAR, threshold=8000)]
    debts = [owed(WETH, 3 * 10**18, 3_000 * DOLLAR, revision=revision)]
    debts.append(owed(USDT, 10_000 * 10**6, DOLLAR, revision=revision))
    found = basket_price(position(parts, debts, revision=revision), ETHER)
    assert found is not None
    assert (found.price, found.upper) == (2_000 * DOLLAR, False)


@BOTH
def test_what_is_owed_more_than_carried_has_an_upper_price(revision):
    """Dollars x 0.8 against ether, with a little ether: 20,000 x 0.8 = (5 - 1 x 0.8) ETH x $3,809.52."""
    parts = [supplied(USDC, 20_000 * 10**6, DOLLAR, threshold=8000)]
    parts.append(supplied(WSTETH, 10**18, 2_000 * DOLLAR, threshold=8000))
    debts = [owed(WETH, 5 * 10**18, 2_000 * DOLLAR, revision=revision)]
    found = basket_price(position(parts, debts, revision=revision), ETHER)
    assert found is not None
    assert found.upper
    assert found.price == 3_809_52380952
    assert found.move > 0


@BOTH
def test_a_loop_within_the_basket_has_no_price(revision):
    """wstETH against ether, with a flag and without: the factor cancels."""
    parts = [supplied(WSTETH, 10 * 10**18, 3_600 * DOLLAR, threshold=9500)]
    debts = [owed(WETH, 11 * 10**18, 3_000 * DOLLAR, revision=revision)]
    assert basket_price(position(parts, debts, revision=revision), ETHER) is None
    idle = supplied(USDC, 10**12, DOLLAR, counts=False)
    assert basket_price(position([*parts, idle], debts, revision=revision), ETHER) is None


@BOTH
def test_no_price_decides(revision):
    at = of_ether(revision)
    assert basket_price(at, basket(WBTC)) is None
    assert basket_price(position(at.supplied, [], revision=revision), ETHER) is None
    rich = supplied(DAI, 10**24, DOLLAR)
    assert basket_price(position([*at.supplied, rich], at.owed, revision=revision), ETHER) is None
    poor = [supplied(USDC, 10**6, DOLLAR)]
    debts = [owed(WETH, 10**18, DOLLAR, revision=revision), owed(DAI, 10**24, DOLLAR, revision=revision)]
    assert basket_price(position(poor, debts, revision=revision), ETHER) is None
    # what is carried and owed cancels to nothing: 0.75 x 4 = 3
    even = [supplied(WSTETH, 4 * 10**18, DOLLAR, threshold=7500), supplied(DAI, 10**18, DOLLAR)]
    owes = [owed(WETH, 3 * 10**18, DOLLAR, revision=revision), owed(USDT, 1, DOLLAR, revision=revision)]
    assert basket_price(position(even, owes, revision=revision), ETHER) is None


@BOTH
def test_a_sick_position_has_the_price_to_rise_to(revision):
    parts = [supplied(WETH, 10 * 10**18, 1_000 * DOLLAR, threshold=8000)]
    at = position(parts, [owed(USDT, 16_000 * 10**6, DOLLAR, revision=revision)], revision=revision)
    found = basket_price(at, ETHER)
    assert found is not None
    assert (found.price, found.move) == (2_000 * DOLLAR, 1)


# --- who belongs, who leads ---------------------------------------------------------------------------------


def test_an_asset_belongs_by_chain_and_contract_never_by_symbol():
    fake = asset(99, "WETH", 18)
    other_chain = Asset(10, WETH.address, "WETH", 18)
    assert [ETHER.has(one) for one in (WETH, fake, other_chain)] == [True, False, False]
    assert basket_of(WSTETH, [DOLLARS, ETHER]) is ETHER
    assert basket_of(fake, [DOLLARS, ETHER]) is None


def test_who_leads():
    at = of_ether()
    assert lead_held(at, ETHER) == Lead(WETH, BaseAmount(3_000 * DOLLAR))
    assert lead_held(at, basket(WSTETH, WEETH, lead=WETH)) == Lead(WSTETH, BaseAmount(3_600 * DOLLAR))
    assert lead_held(at, basket(WBTC)) is None
    listed = market([reserve(0, WSTETH), reserve(1, WETH)], {0: 3_600 * DOLLAR, 1: 3_000 * DOLLAR})
    assert lead_in(listed, ETHER) == Lead(WETH, BaseAmount(3_000 * DOLLAR))
    assert lead_in(market([reserve(1, WETH)], {}), ETHER) is None
    assert lead_in(listed, DOLLARS) is None


# --- exactness ----------------------------------------------------------------------------------------------


def health_at(at: Position, of: Basket, lead: Lead, price: int) -> int:
    return at_price(at, of, lead, price).health_factor


subsets = st.lists(st.sampled_from([WETH, USDT, USDC, WBTC, DAI]), min_size=1, max_size=4, unique=True)


@given(positions(), subsets)
@settings(max_examples=300)
def test_the_health_factor_crosses_one_exactly_there(at, assets):
    of = basket(*assets)
    found = basket_price(at, of)
    if found is not None:
        beyond = found.price + (1 if found.upper else -1)
        assert health_at(at, of, found.lead, found.price) >= WAD
        assert health_at(at, of, found.lead, beyond) < WAD


@given(positions(), st.data())
def test_a_basket_of_one_is_the_asset_alone(at, data):
    one = data.draw(st.sampled_from([*at.supplied, *at.owed])).asset
    found = basket_price(at, basket(one))
    alone = liquidation_price(at, one.address) or upper_price(at, one.address)
    everything = {part.asset for part in (*at.supplied, *at.owed)} == {one}
    assert (found.price if found else None) == (None if everything else alone)


@st.composite
def cheap(draw, revision: int) -> tuple[Position, Basket, Lead]:
    """Prices so low that every one of them can be tried."""
    price = {one: draw(st.integers(1, 60), label=one.symbol) for one in (WETH, WSTETH, WEETH, USDC, DAI)}

    def amount(one: Asset) -> int:
        return draw(st.integers(1, 4_000)) * one.unit // 100

    def some(assets: Sequence[Asset], least: int) -> list[Asset]:
        return draw(st.lists(st.sampled_from(assets), min_size=least, max_size=3, unique=True))

    parts = [
        supplied(one, amount(one), price[one], threshold=draw(st.integers(2_000, 9_500)))
        for one in some((WETH, WSTETH, WEETH, DAI), 1)
    ]
    debts = [owed(one, amount(one), price[one], revision=revision) for one in some((USDC, WETH, WEETH), 1)]
    lead = draw(st.sampled_from([WETH, WSTETH, WEETH]))
    return position(parts, debts, revision=revision), ETHER, Lead(lead, BaseAmount(price[lead]))


def every_price(at: Position, of: Basket, lead: Lead, top: int) -> list[bool]:
    return [health_at(at, of, lead, price) >= WAD for price in range(top)]


TOP = 2_000


@pytest.mark.parametrize("revision", [V302, V36])
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_no_search_of_all_prices_finds_another(revision, data):
    """Below: the highest failing price is one under the answer; above: the lowest is one over it."""
    at, of, lead = data.draw(cheap(revision))
    found = basket_price(at, of, lead)
    if found is not None and found.price < TOP // 2:
        healthy = every_price(at, of, lead, TOP)
        failing = [price for price, holds in enumerate(healthy) if not holds]
        assert found.price == (failing[0] - 1 if found.upper else failing[-1] + 1)


@given(positions(), subsets, st.integers(1, 10**12))
def test_members_keep_their_proportion(at, assets, price):
    of = basket(*assets)
    lead = lead_held(at, of)
    if lead is None:
        return
    for part in (*at.supplied, *at.owed):
        moved = prices_at(at, of, lead, price).get(part.asset.address)
        assert (moved is not None) == of.has(part.asset)
        if moved is not None:
            assert 0 <= Fraction(part.price * price, lead.price) - moved < 1
    assert prices_at(at, of, lead, lead.price)[lead.asset.address] == lead.price
