"""Liquidation prices, distance, cures and the close factor: known cases, and exactness as properties."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.aave_v3 import with_prices
from bot.domain.close_factor import close_factor, next_liquidation
from bot.domain.liquidation import (
    cure_add,
    cure_repay,
    distance,
    distance_bps,
    distance_wad,
    liquidation_price,
    round_up_significant,
    upper_price,
)
from bot.domain.positions import Position
from bot.domain.units import HF_NO_DEBT, WAD, Address, BaseAmount, Wad
from tests.domain.aave import (
    DAI,
    DOLLAR,
    USDC,
    USDT,
    V36,
    V302,
    WBTC,
    WETH,
    owed,
    position,
    positions,
    supplied,
    wads,
)

BOTH = pytest.mark.parametrize("revision", [V302, V36])


def health_at(at: Position, asset: Address, price: int) -> int:
    return with_prices(at, {asset: BaseAmount(price)}).health_factor


def eth_loan(revision=V36, *, eth=10, price=3_000, dollars=15_000, threshold=8300):
    parts = [supplied(WETH, eth * 10**18, price * DOLLAR, threshold=threshold)]
    return position(parts, [owed(USDT, dollars * 10**6, DOLLAR, revision=revision)], revision=revision)


# --- liquidation prices -------------------------------------------------------------------------------------


@BOTH
def test_the_wallet_of_trend_research(revision):
    """2026-02-01: 175,800 WETH against 274 M USDT at threshold 0.83; the press forgot it: $1,558."""
    price = liquidation_price(eth_loan(revision, eth=175_800, dollars=274_000_000), WETH.address)
    assert price is not None
    # 274e6 / (175,800 x 0.83) = 1877.82...
    assert price == -(-274_000_000 * DOLLAR * 100 // (175_800 * 83))
    assert abs(price - 1_877_80000000) <= 5 * 10**6


@BOTH
def test_one_collateral_and_one_debt(revision):
    at = eth_loan(revision, threshold=7500)
    assert liquidation_price(at, WETH.address) == 2_000 * DOLLAR
    assert upper_price(at, USDT.address) == 150_000_000
    assert health_at(at, WETH.address, 2_000 * DOLLAR) == WAD
    assert health_at(at, WETH.address, 2_000 * DOLLAR - 1) < WAD
    assert health_at(at, USDT.address, 150_000_000) >= WAD
    assert health_at(at, USDT.address, 150_000_001) < WAD


@BOTH
def test_a_position_that_is_liquidatable_now_has_the_price_to_rise_to(revision):
    at = eth_loan(revision, price=1_900, threshold=7500)
    assert at.health_factor < WAD
    assert liquidation_price(at, WETH.address) == 2_000 * DOLLAR


@BOTH
def test_no_price_decides(revision):
    no_debt = position([supplied(WETH, 10**18, DOLLAR)], [], revision=revision)
    assert liquidation_price(no_debt, WETH.address) is None
    at = eth_loan(revision)
    for asset in (WBTC.address, USDT.address):
        assert liquidation_price(at, asset) is None
    for asset in (WBTC.address, WETH.address):
        assert upper_price(at, asset) is None
    flagged_off = replace(at, supplied=(*at.supplied, supplied(DAI, 10**18, DOLLAR, counts=False)))
    assert liquidation_price(flagged_off, DAI.address) is None


@BOTH
def test_healthy_whatever_one_of_two_collaterals_is_worth(revision):
    parts = [supplied(WETH, 10**19, 3_000 * DOLLAR), supplied(WBTC, 10**6, 60_000 * DOLLAR)]
    at = position(parts, [owed(USDT, 1_000 * 10**6, DOLLAR, revision=revision)], revision=revision)
    assert liquidation_price(at, WBTC.address) is None
    assert liquidation_price(at, WETH.address) == pytest.approx(60_24096386, abs=2 * 10**10)


@BOTH
def test_no_price_of_the_debt_saves_what_other_debt_has_sunk(revision):
    parts = [supplied(DAI, 10**18, DOLLAR)]
    debts = [owed(token, 10**20, DOLLAR, revision=revision) for token in (WETH, DAI)]
    assert upper_price(position(parts, debts, revision=revision), WETH.address) is None


@BOTH
def test_an_asset_on_both_sides_counts_net(revision):
    """8 ETH of threshold 0.75 less 2 ETH owed leave 4 ETH to carry $6,000: $1,500 from below."""
    parts = [supplied(WETH, 8 * 10**18, 3_000 * DOLLAR, threshold=7500)]
    debts = [owed(WETH, 2 * 10**18, 3_000 * DOLLAR, revision=revision)]
    debts.append(owed(USDT, 6_000 * 10**6, DOLLAR, revision=revision))
    at = position(parts, debts, revision=revision)
    assert liquidation_price(at, WETH.address) == 1_500 * DOLLAR
    assert upper_price(at, WETH.address) is None
    # the other way round, 2 ETH less 4: net debt of 2.5 ETH against $5,000 x 0.75, $1,500 from above
    parts = [supplied(WETH, 2 * 10**18, 1_000 * DOLLAR, threshold=7500)]
    parts.append(supplied(USDT, 5_000 * 10**6, DOLLAR, threshold=7500))
    at = position(parts, [owed(WETH, 4 * 10**18, 1_000 * DOLLAR, revision=revision)], revision=revision)
    assert liquidation_price(at, WETH.address) is None
    assert upper_price(at, WETH.address) == 1_500 * DOLLAR


@given(positions(), st.data())
def test_the_health_factor_crosses_one_exactly_at_the_liquidation_price(at, data):
    asset = data.draw(st.sampled_from(at.supplied)).asset.address
    price = liquidation_price(at, asset)
    if price is not None:
        assert health_at(at, asset, price) >= WAD
        assert health_at(at, asset, price - 1) < WAD


@given(positions(), st.data())
def test_the_health_factor_crosses_one_exactly_at_the_upper_price(at, data):
    asset = data.draw(st.sampled_from(at.owed)).asset.address
    price = upper_price(at, asset)
    if price is not None:
        assert health_at(at, asset, price) >= WAD
        assert health_at(at, asset, price + 1) < WAD


@given(positions(), st.integers(1, 10**15), st.data())
def test_no_liquidatable_price_lies_above_the_liquidation_price(at, above, data):
    part = data.draw(st.sampled_from(at.supplied))
    assume(all(debt.asset != part.asset for debt in at.owed))  # there, rounding leaves a ragged edge
    price = liquidation_price(at, part.asset.address)
    if price is None:
        assert not at.totals.debt_base or health_at(at, part.asset.address, 0) >= WAD
    else:
        assert health_at(at, part.asset.address, price + above) >= WAD


def failing_prices(at: Position, asset: Address, prices: range) -> list[int]:
    return [price for price in prices if health_at(at, asset, price) < WAD]


@pytest.mark.parametrize("debt", [1_304_985, 1_306_979, 1_308_973])
def test_the_liquidation_price_on_the_sawtooth_is_the_highest_crossing(debt):
    """Half-up releases: of all prices at which the health factor is below 1, just above the last."""
    parts = [supplied(WETH, 10**18, 10**6, threshold=8000), supplied(DAI, 10**18, 10**6, threshold=6002)]
    at = position(parts, [owed(USDC, 10**6, debt, revision=V302)], revision=V302)
    price = liquidation_price(at, DAI.address)
    assert price is not None
    near = range(price - 1_000, price + 1_000)
    failing = failing_prices(at, DAI.address, near)
    assert failing[-1] + 1 == price
    assert len(failing) < price - near.start  # there is a healthy price below it


@pytest.mark.parametrize(
    ("cents", "owed_cents", "threshold", "others", "price"),
    [(39, 23, 7325, (285, 233), 111), (43, 1, 6579, (22, 126), 403), (58, 26, 8532, (78, 242), 771)],
)
def test_an_asset_that_nearly_cancels_has_a_ragged_edge(cents, owed_cents, threshold, others, price):
    """With cents of a token on each side, rounding crosses 1 several times; the answer is above them all."""
    parts = [
        supplied(USDC, cents * 10**4, 100, threshold=threshold),
        supplied(DAI, others[0] * 10**16, 100, threshold=8000),
    ]
    at = position(parts, [owed(USDC, owed_cents * 10**4, 100), owed(USDT, others[1] * 10**4, 100)])
    failing = failing_prices(at, USDC.address, range(2_000))
    assert len(failing) != failing[-1] + 1
    assert liquidation_price(at, USDC.address) == failing[-1] + 1 == price


# --- distance -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("health_factor", "bps"),
    [
        (1_071 * 10**15, 662),  # AAVE.md: 1.071 is 6.6 %
        (2 * WAD, 5_000),
        (WAD, 0),
        (WAD - 1, -1),
        (5 * 10**17, -10_000),
    ],
)
def test_distance_is_rounded_towards_liquidation(health_factor, bps):
    assert distance_bps(Wad(health_factor)) == bps
    assert distance_wad(Wad(health_factor)) == (10**18 - -(-(10**36) // health_factor))
    assert distance(Wad(health_factor)) == 1 - Fraction(WAD, health_factor)


def test_the_ends_of_distance():
    assert distance_bps(HF_NO_DEBT) is None
    assert distance_wad(HF_NO_DEBT) is None
    assert distance(HF_NO_DEBT) is None
    lowest = distance_bps(Wad(0))
    assert lowest is not None
    assert lowest == distance_bps(Wad(1)) < -(10**20)


# --- cures --------------------------------------------------------------------------------------------------


@BOTH
def test_what_to_repay_and_what_to_add(revision):
    """10 ETH x $1,900 x 0.75 = $14,250 against $15,000: to 1.5 repay $5,500, or add $8,250 / 0.75 / 1,900."""
    at = eth_loan(revision, price=1_900, threshold=7500)
    assert cure_repay(at, USDT.address, Wad(15 * 10**17)) == 5_500 * 10**6
    assert cure_add(at, WETH.address, Wad(15 * 10**17)) == pytest.approx(8_250 * 10**18 / 0.75 / 1_900)
    assert round_up_significant(5_789_473_684_210_526_316, 4) == 5_790_000_000_000_000_000


@BOTH
def test_no_cure_is_needed_or_none_is_possible(revision):
    healthy = eth_loan(revision)
    for asset in (WETH.address, USDT.address, WBTC.address):
        assert cure_repay(healthy, asset, Wad(WAD)) == 0
        assert cure_add(healthy, asset, Wad(WAD)) == 0
    sick = position(
        [supplied(WETH, 10**18, DOLLAR)],
        [owed(token, 10**6, DOLLAR, revision=revision) for token in (USDC, USDT)],
        revision=revision,
    )
    assert cure_repay(sick, USDC.address, Wad(WAD)) is None  # the other debt alone is too much
    assert cure_repay(sick, WBTC.address, Wad(WAD)) is None
    assert cure_add(sick, WBTC.address, Wad(WAD)) is None
    empty = position([], [owed(USDC, 10**6, DOLLAR, revision=revision)], revision=revision)
    assert empty.health_factor == 0
    assert cure_repay(empty, USDC.address, Wad(WAD)) is not None


def repaid(at: Position, asset: Address, amount: int) -> int:
    debts = [
        owed(
            part.asset, part.amount - amount * (part.asset.address == asset), part.price, revision=at.revision
        )
        for part in at.owed
    ]
    return position(at.supplied, debts, revision=at.revision).health_factor


def added(at: Position, asset: Address, amount: int) -> int:
    parts = [
        supplied(
            part.asset,
            part.amount + amount * (part.asset.address == asset),
            part.price,
            threshold=part.threshold_bps,
        )
        for part in at.supplied
    ]
    return position(parts, at.owed, revision=at.revision).health_factor


@given(positions(), wads, st.data())
def test_the_repayment_is_enough_and_one_raw_unit_less_is_not(at, target, data):
    part = data.draw(st.sampled_from(at.owed))
    asset = part.asset.address
    amount = cure_repay(at, asset, target)
    if amount is None:
        assert repaid(at, asset, part.amount) < target
    else:
        assert repaid(at, asset, amount) >= target
        assert amount == 0 or repaid(at, asset, amount - 1) < target


@given(positions(), wads, st.integers(0, 10**30), st.data())
def test_the_addition_is_enough_and_one_raw_unit_less_is_not(at, target, more, data):
    asset = data.draw(st.sampled_from(at.supplied)).asset.address
    amount = cure_add(at, asset, target)
    assert amount is not None
    assert added(at, asset, amount) >= target
    if amount:
        assert added(at, asset, amount - 1) < target
        assert added(at, asset, amount + more) >= target


@given(st.integers(0, 10**40), st.integers(1, 8))
def test_rounding_up_never_falls_short(raw, digits):
    rounded = round_up_significant(raw, digits)
    assert raw <= rounded <= raw + raw // 10 ** (digits - 1)
    assert len(str(rounded).rstrip("0")) <= digits


# --- the next liquidation -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("revision", "dollars", "price", "bps", "share"),
    [
        (V302, 15_000, 1_950, 5_000, Fraction(1, 2)),
        (V302, 15_000, 1_900, 10_000, Fraction(1)),  # HF is exactly 0.95
        (V302, 1_500, 195, 5_000, Fraction(1, 2)),  # small, and still half
        (V36, 15_000, 1_950, 5_000, Fraction(1, 2)),
        (V36, 15_000, 1_900, 10_000, Fraction(1)),
        (V36, 1_500, 195, 10_000, Fraction(1)),  # under $2,000
        (V36, 15_000, 3_000, 5_000, Fraction(1, 2)),  # healthy: what the first one could take
    ],
)
def test_the_close_factor(revision, dollars, price, bps, share):
    at = eth_loan(revision, dollars=dollars, price=price, threshold=7500)
    one = close_factor(at, USDT.address, WETH.address)
    assert one is not None
    assert one.close_factor_bps == bps
    assert one.repay == dollars * 10**6 * share
    assert one.penalty_bps == 500
    assert one.seize_value == pytest.approx(one.repay_value * 1.05)
    assert next_liquidation(at) == one


def test_from_33_on_half_of_the_whole_debt_may_be_taken_from_one_asset():
    debts = [(USDT, 3_000), (USDC, 3_000), (DAI, 3_000)]
    parts = [supplied(WETH, 10**19, 1_195 * DOLLAR, threshold=7500)]

    def repay(revision):
        owes = [owed(token, dollars * token.unit, DOLLAR, revision=revision) for token, dollars in debts]
        one = close_factor(position(parts, owes, revision=revision), USDT.address, WETH.address)
        assert one is not None
        assert one.close_factor_bps == 5_000
        return one.repay

    assert (repay(V302), repay(6), repay(V36)) == (1_500 * 10**6, 3_000 * 10**6, 3_000 * 10**6)


def test_a_collateral_that_cannot_pay_limits_the_repayment():
    parts = [
        supplied(WETH, 10**18, 1_050 * DOLLAR, threshold=7500),
        supplied(WBTC, 10**7, 64_000 * DOLLAR, threshold=7500),
    ]
    at = position(parts, [owed(USDT, 6_000 * 10**6, DOLLAR)])
    one = close_factor(at, USDT.address, WETH.address)
    assert one is not None
    assert (one.repay, one.seize) == (1_000 * 10**6, 10**18)
    best = next_liquidation(at)
    assert best is not None
    assert best.collateral == WBTC


def test_no_dust_is_left_from_33_on():
    """$2,500 of one debt in $4,600: half is $2,300 and would leave $200, so $1,500 is the most."""
    parts = [supplied(WETH, 10**19, 610 * DOLLAR, threshold=7500)]
    debts = [owed(USDT, 2_500 * 10**6, DOLLAR), owed(USDC, 2_100 * 10**6, DOLLAR)]
    at = position(parts, debts)
    assert 95 * 10**16 < at.health_factor < WAD
    one = close_factor(at, USDT.address, WETH.address)
    assert one is not None
    assert one.repay == 1_500 * 10**6
    other = close_factor(at, USDC.address, WETH.address)
    assert other is not None
    assert other.repay == 2_100 * 10**6


def test_nothing_to_liquidate():
    assert next_liquidation(position([supplied(WETH, 1, 1)], [])) is None
    at = position([supplied(WETH, 1, 1, counts=False)], [owed(USDT, 1, 1)])
    assert next_liquidation(at) is None
    assert close_factor(eth_loan(), WBTC.address, WETH.address) is None
    assert close_factor(eth_loan(), USDT.address, WBTC.address) is None


@given(positions())
def test_a_liquidation_takes_no_more_than_there_is(at):
    one = next_liquidation(at)
    if one is None:
        return
    debt = next(part for part in at.owed if part.asset == one.debt)
    collateral = next(part for part in at.supplied if part.asset == one.collateral)
    assert 0 <= one.repay <= debt.amount
    assert 0 <= one.seize <= collateral.amount
