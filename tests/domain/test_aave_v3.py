"""Account data by hand: each rule that tells one release from another, and what holds for all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import aave_config as config
from bot.domain.aave_revisions import PROVEN_REVISIONS, is_known, rounding_of, rules_of
from bot.domain.aave_state import EModeCategory, Holding, StableDebt
from bot.domain.aave_totals import totals
from bot.domain.aave_v3 import UnreadEMode, UnreadPrice, UnreadReserve, position, with_prices
from bot.domain.positions import Rounding
from bot.domain.units import HF_NO_DEBT, RAY, BaseAmount, Bps, RawAmount, Ray
from tests.domain.aave import (
    DAI,
    DOLLAR,
    NOW,
    USDC,
    USDT,
    V36,
    V302,
    WBTC,
    WETH,
    YEAR,
    account,
    configuration,
    market,
    owed,
    positions,
    reserve,
    supplied,
)
from tests.domain.aave import position as made

ETH_PRICE = 3_000 * DOLLAR


def emode(number=1, *, collateral=0, ltvzero=0, isolated=False, price=None) -> EModeCategory:
    return EModeCategory(
        id=number,
        ltv_bps=Bps(9000),
        threshold_bps=Bps(9300),
        bonus_bps=Bps(10100),
        label="ETH correlated",
        collateral_bitmap=collateral,
        ltvzero_bitmap=ltvzero,
        isolated=isolated,
        price=price,
    )


def eth_against_dollars(revision=V36, *, word=None, mode=0, emodes=(), collateral=(0,), borrowed=(1,)):
    """10 ETH at $3,000 supplied, 15,000 USDT at $1 owed."""
    reserves = [reserve(0, WETH, word=word), reserve(1, USDT)]
    state = market(reserves, {0: ETH_PRICE, 1: DOLLAR}, revision=revision, emodes=emodes)
    held = (Holding(0, scaled_supply=10**19), Holding(1, scaled_debt=15_000 * 10**6))
    return position(state, account(*held, collateral=collateral, borrowed=borrowed, emode=mode))


@pytest.mark.parametrize("revision", [V302, V36])
def test_the_six_words_of_a_plain_position(revision):
    words = eth_against_dollars(revision).totals
    assert words.collateral_base == 30_000 * DOLLAR
    assert words.debt_base == 15_000 * DOLLAR
    assert words.available_borrows_base == 9_000 * DOLLAR
    assert (words.threshold_bps, words.ltv_bps) == (8300, 8000)
    assert words.health_factor == 166 * 10**16


@pytest.mark.parametrize(("revision", "available"), [(V302, 2), (V36, 1)])
def test_what_may_be_borrowed_rounds_as_the_release_does(revision, available):
    # 50 % of 3 base units
    at = made([supplied(USDC, 10**6, 3, ltv=5000)], [], revision=revision)
    assert at.totals.available_borrows_base == available


@pytest.mark.parametrize(
    ("revision", "release", "rounding"),
    [
        (1, "3.0", Rounding.HALF_UP),
        (3, "3.0", Rounding.HALF_UP),
        (4, "3.1", Rounding.HALF_UP),
        (5, "3.2", Rounding.HALF_UP),
        (6, "3.3", Rounding.HALF_UP),
        (7, "3.4", Rounding.HALF_UP),
        (8, "3.4", Rounding.HALF_UP),
        (9, "3.5", Rounding.PROTOCOL),
        (10, "3.6", Rounding.PROTOCOL),
        (11, "3.7", Rounding.PROTOCOL),
        (12, "3.7", Rounding.PROTOCOL),
    ],
)
def test_the_table_of_revisions(revision, release, rounding):
    assert rules_of(revision).release == release
    assert rounding_of(revision) is rounding
    assert is_known(revision) == (revision < 12)
    assert (revision in PROVEN_REVISIONS) == (revision in (1, 10))


@pytest.mark.parametrize(
    ("revision", "held", "owes"),
    # 10 raw units at an index of 1.05 is 10.5; at 1.04 it is 10.4
    [(V302, (11, 10), (11, 10)), (V36, (10, 10), (11, 11))],
)
def test_balances_round_as_the_release_does(revision, held, owes):
    for index, supply, debt in zip((105, 104), held, owes, strict=True):
        grown = reserve(0, USDC, income=RAY * index // 100, debt=RAY * index // 100)
        state = market([grown], {0: DOLLAR}, revision=revision)
        at = position(state, account(Holding(0, 10, 10), collateral=(0,), borrowed=(0,)))
        assert (at.supplied[0].amount, at.owed[0].amount) == (supply, debt)


@pytest.mark.parametrize(("revision", "dust"), [(V302, 0), (V36, 1)])
def test_dust_of_debt_is_worth_nothing_or_one(revision, dust):
    state = market([reserve(0, WETH), reserve(1, DAI)], {0: ETH_PRICE, 1: DOLLAR}, revision=revision)
    held = (Holding(0, scaled_supply=10**18), Holding(1, scaled_debt=1))
    at = position(state, account(*held, collateral=(0,), borrowed=(1,)))
    assert at.totals.debt_base == dust
    assert at.has_debt == bool(dust)


@pytest.mark.parametrize("revision", [V302, V36])
def test_interest_accrues_to_the_block_and_not_at_the_stored_second(revision):
    growing = reserve(0, WETH, age=YEAR, rate=RAY // 20, debt_rate=RAY // 10)
    at = position(
        market([growing], {0: ETH_PRICE}, revision=revision),
        account(Holding(0, 10**18, 10**18), collateral=(0,), borrowed=(0,)),
    )
    assert at.supplied[0].amount == 105 * 10**16
    assert at.owed[0].amount > 1_105 * 10**15
    still = replace(growing, last_update=NOW)
    now = position(market([still], {0: ETH_PRICE}, revision=revision), account(Holding(0, 10**18, 10**18)))
    assert now.supplied[0].amount == now.owed[0].amount == 10**18


def test_stable_debt_is_added_where_the_release_has_it():
    stable = StableDebt(RawAmount(10**18), Ray(RAY // 10), NOW - YEAR)
    for revision, expected in ((V302, 1_105_162_042_821_782_412 + 10**18), (V36, 10**18)):
        state = market([reserve(0, DAI)], {0: DOLLAR}, revision=revision)
        at = position(state, account(Holding(0, 0, 10**18, stable), borrowed=(0,)))
        assert abs(at.owed[0].amount - expected) <= 1


# --- flags --------------------------------------------------------------------------------------------------


def test_parts_without_their_flag_are_listed_and_not_summed():
    at = eth_against_dollars(collateral=(), borrowed=())
    assert [part.counts for part in at.supplied] == [False]
    assert [part.counts for part in at.owed] == [False]
    assert at.totals == totals((), (), Rounding.PROTOCOL)
    assert at.health_factor == HF_NO_DEBT
    assert not at.is_empty


def test_debt_without_collateral_is_a_health_factor_of_zero():
    for revision in (V302, V36):
        assert eth_against_dollars(revision, collateral=()).health_factor == 0


def test_a_flag_without_a_balance_asks_for_no_price():
    state = market([reserve(0, WETH)], {})
    assert position(state, account(Holding(0), collateral=(0, 7), borrowed=(0,))).is_empty


@pytest.mark.parametrize(
    ("revision", "counts"),
    [(V302, False), (9, False), (V36, True), (11, True)],
)
def test_a_collateral_of_threshold_zero(revision, counts):
    at = eth_against_dollars(revision, word=configuration(ltv=0, threshold=0, bonus=0))
    assert at.supplied[0].collateral
    assert at.supplied[0].counts == counts
    assert at.totals.collateral_base == (30_000 * DOLLAR if counts else 0)
    assert at.health_factor == 0


# --- eModes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("revision", "category", "bitmap", "inside"),
    [
        (V302, 1, 0b0, True),  # the asset names its category
        (V302, 2, 0b1, False),
        (4, 1, 0b0, True),
        (5, 1, 0b0, False),  # from 3.2 on the bitmap decides, whatever is left in the old bits
        (5, 0, 0b1, True),
        (V36, 1, 0b10, False),
        (V36, 0, 0b1, True),
        (11, 0, 0b1, True),
    ],
)
def test_who_is_inside_an_emode(revision, category, bitmap, inside):
    word = configuration(category=category)
    at = eth_against_dollars(revision, word=word, mode=1, emodes=[emode(collateral=bitmap)])
    part = at.supplied[0]
    expected = (9000, 9300, 10100) if inside else (8000, 8300, 10500)
    assert (part.ltv_bps, part.threshold_bps, part.bonus_bps) == expected
    assert at.totals.threshold_bps == expected[1]
    assert at.emode_label == "ETH correlated"


def test_an_account_without_emode_gets_the_reserves_own_terms():
    at = eth_against_dollars(emodes=[emode(collateral=1)])
    assert (at.supplied[0].threshold_bps, at.emode, at.emode_label) == (8300, 0, "")


@pytest.mark.parametrize(
    ("revision", "ltvzero", "ltv"),
    [(5, 0, 0), (9, 0, 0), (V36, 0, 9000), (V36, 1, 0), (9, 1, 0)],
)
def test_ltv_zero_inside_an_emode(revision, ltvzero, ltv):
    modes = [emode(collateral=1, ltvzero=ltvzero)]
    at = eth_against_dollars(revision, word=configuration(ltv=0), mode=1, emodes=modes)
    assert (at.supplied[0].ltv_bps, at.supplied[0].threshold_bps) == (ltv, 9300)


def test_a_threshold_of_the_emode_alone_counts_from_36_on():
    word = configuration(ltv=0, threshold=0, bonus=0)
    before = eth_against_dollars(9, word=word, mode=1, emodes=[emode(collateral=1)])
    after = eth_against_dollars(V36, word=word, mode=1, emodes=[emode(collateral=1)])
    assert (before.health_factor, after.health_factor) == (0, 186 * 10**16)


@pytest.mark.parametrize(("revision", "ltv"), [(V36, 8000), (11, 0)])
def test_an_isolated_emode_takes_the_ltv_of_others_and_not_their_threshold(revision, ltv):
    at = eth_against_dollars(revision, mode=1, emodes=[emode(collateral=0b100, isolated=True)])
    assert (at.supplied[0].ltv_bps, at.supplied[0].threshold_bps) == (ltv, 8300)


@pytest.mark.parametrize(
    ("revision", "own", "price"),
    [
        (V302, 3_100 * DOLLAR, 3_100 * DOLLAR),
        (V302, 0, ETH_PRICE),
        (V302, None, ETH_PRICE),
        (5, 1, ETH_PRICE),
    ],
)
def test_an_emode_with_its_own_price(revision, own, price):
    modes = [emode(collateral=1, price=own)]
    at = eth_against_dollars(revision, word=configuration(category=1), mode=1, emodes=modes)
    assert at.supplied[0].price == price
    assert at.owed[0].price == DOLLAR


# --- what was not read --------------------------------------------------------------------------------------


@pytest.mark.parametrize("prices", [{1: DOLLAR}, {0: 0, 1: DOLLAR}, {0: ETH_PRICE}])
def test_a_missing_price_is_an_error_and_never_a_number(prices):
    state = market([reserve(0, WETH), reserve(1, USDT)], prices)
    held = (Holding(0, scaled_supply=10**18), Holding(1, scaled_debt=10**6))
    with pytest.raises(UnreadPrice):
        position(state, account(*held, collateral=(0,), borrowed=(1,)))


def test_a_missing_reserve_or_emode_is_an_error():
    with pytest.raises(UnreadReserve):
        position(market([reserve(0, WETH)], {0: 1}), account(Holding(1, 1)))
    with pytest.raises(UnreadEMode):
        position(market([reserve(0, WETH)], {0: 1}), account(Holding(0, 1), emode=3))


# --- recomputing and properties -----------------------------------------------------------------------------


def test_other_prices_move_both_sides():
    at = with_prices(eth_against_dollars(), {WETH.address: BaseAmount(2_000 * DOLLAR)})
    assert at.totals.collateral_base == 20_000 * DOLLAR
    assert at.supplied[0].price == 2_000 * DOLLAR
    dearer = with_prices(at, {USDT.address: BaseAmount(2 * DOLLAR), WBTC.address: BaseAmount(1)})
    assert dearer.totals.debt_base == 30_000 * DOLLAR


@given(positions())
def test_the_same_prices_change_nothing(at):
    assert with_prices(at, {}) == at
    assert with_prices(at, {part.asset.address: part.price for part in (*at.supplied, *at.owed)}) == at


@given(positions(least_debt=0), st.integers(1, 10**30))
def test_more_debt_never_raises_the_health_factor(at, more):
    grown = [owed(part.asset, part.amount + more, part.price, revision=at.revision) for part in at.owed]
    grown.append(owed(WBTC, more, DOLLAR, revision=at.revision))
    assert made(at.supplied, grown, revision=at.revision).health_factor <= at.health_factor


def changed(at, **change):
    """The position with its first collateral's amount or price set."""
    first = at.supplied[0]
    values = {"amount": first.amount, "price": first.price} | change
    part = supplied(first.asset, values["amount"], values["price"], threshold=first.threshold_bps)
    return made([part, *at.supplied[1:]], at.owed, revision=at.revision)


growth = st.fixed_dictionaries(
    {}, optional={"amount": st.integers(1, 10**30), "price": st.integers(1, 10**15)}
)


@given(positions(V36), growth)
def test_more_collateral_or_a_higher_price_never_lowers_it(at, more):
    first = at.supplied[0]
    higher = {name: getattr(first, name) + extra for name, extra in more.items()}
    assert changed(at, **higher).health_factor >= at.health_factor


@given(positions(V302, thresholds=st.just(8000)), growth)
def test_nor_in_half_up_releases_with_one_threshold(at, more):
    higher = {name: getattr(at.supplied[0], name) + extra for name, extra in more.items()}
    assert changed(at, **higher).health_factor >= at.health_factor


@given(positions(V302), growth)
def test_half_up_releases_lose_at_most_one_step_of_the_average_threshold(at, more):
    """They truncate the average to whole bps, so a low-threshold collateral can cost one."""
    higher = {name: getattr(at.supplied[0], name) + extra for name, extra in more.items()}
    after = changed(at, **higher)
    debt = at.totals.debt_base
    if debt:
        step = after.totals.collateral_base * 10**14 // debt + 10**18 // debt + 1
        assert after.health_factor >= at.health_factor - step


def test_the_sawtooth_is_real():
    parts = [supplied(WETH, 10**18, 10_000, threshold=8000), supplied(DAI, 10**18, 10_000, threshold=7998)]
    debts = [owed(USDC, 10**6, 10_000, revision=V302)]
    before = made(parts, debts, revision=V302)
    after = made([parts[0], replace(parts[1], value=BaseAmount(10_001))], debts, revision=V302)
    assert (before.totals.threshold_bps, after.totals.threshold_bps) == (7999, 7998)
    assert after.health_factor < before.health_factor


@given(st.integers(0, 2**256 - 1))
def test_bitmaps_are_read_where_the_contract_writes_them(word):
    fields = [
        (config.ltv, 0, 16),
        (config.threshold, 16, 16),
        (config.bonus, 32, 16),
        (config.decimals, 48, 8),
        (config.is_active, 56, 1),
        (config.is_frozen, 57, 1),
        (config.is_borrowable, 58, 1),
        (config.is_paused, 60, 1),
        (config.reserve_factor, 64, 16),
        (config.borrow_cap_tokens, 80, 36),
        (config.supply_cap_tokens, 116, 36),
        (config.protocol_fee, 152, 16),
        (config.emode_category, 168, 8),
        (config.debt_ceiling_cents, 212, 40),
    ]
    for read, start, width in fields:
        assert read(word) == int(f"{word:0256b}"[256 - start - width : 256 - start], 2)
    assert config.is_borrowing(word, 5) == bool(word >> 10 & 1)
    assert config.is_collateral(word, 5) == bool(word >> 11 & 1)
