"""Time to liquidation: known cases, and that the second found is the first one of all."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.aave_state import AccountState, Holding, MarketState
from bot.domain.aave_v3 import position
from bot.domain.lifetime import (
    HORIZON_SECONDS,
    days_until_liquidation,
    later,
    seconds_until_liquidation,
)
from bot.domain.units import RAY, WAD
from tests.domain.aave import (
    DAI,
    DOLLAR,
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
    reserve,
    revisions,
)

BOTH = pytest.mark.parametrize("revision", [V302, V36])
PERCENT = RAY // 100


def loop(revision: int, *, threshold=9500, owes=930, earns=0, costs=2 * PERCENT):
    """Ether at `threshold` against ether: 1,000 supplied, `owes` owed."""
    word = configuration(ltv=9300, threshold=threshold)
    one = reserve(0, WETH, word=word, rate=earns, debt_rate=costs)
    held = account(Holding(0, 1_000 * 10**18, owes * 10**18), collateral=[0], borrowed=[0])
    return market([one], {0: 3_000 * DOLLAR}, revision=revision), held


def health(state: MarketState, held: AccountState, seconds: int) -> int:
    return position(later(state, seconds), held).health_factor


@BOTH
def test_a_loop_dies_of_its_interest(revision):
    """e^(0.02 t) = 950/930: t = 50 ln 1.0215054 = 1.0639 years."""
    state, held = loop(revision)
    seconds = seconds_until_liquidation(state, held)
    assert seconds == pytest.approx(1.06388 * YEAR, rel=1e-4)
    assert seconds is not None
    assert health(state, held, seconds) < WAD <= health(state, held, seconds - 1)
    assert days_until_liquidation(state, held) == pytest.approx(388.3, abs=0.1)


@BOTH
def test_what_it_earns_lengthens_its_life(revision):
    slow = seconds_until_liquidation(*loop(revision, earns=1 * PERCENT))
    fast = seconds_until_liquidation(*loop(revision))
    assert slow is not None
    assert fast is not None
    assert slow > 1.9 * fast


@BOTH
@pytest.mark.parametrize(
    ("owes", "costs", "expected"), [(0, 2, None), (930, 0, None), (100, 2, None), (951, 2, 0), (2_000, 0, 0)]
)
def test_the_ends(revision, owes, costs, expected):
    state, held = loop(revision, owes=owes, costs=costs * PERCENT)
    assert seconds_until_liquidation(state, held) == expected
    assert days_until_liquidation(state, held) == expected


def test_interest_since_the_last_update_is_not_lost():
    state, held = loop(V36)
    aged = replace(state.reserves[0], last_update=state.as_of.timestamp - YEAR)
    old = replace(state, reserves={0: aged})
    lived, whole = seconds_until_liquidation(old, held), seconds_until_liquidation(state, held)
    assert lived is not None
    assert whole is not None
    assert lived == whole - YEAR


def test_a_step_of_the_average_threshold_can_kill_on_its_own():
    """Half-up releases: the better collateral earns nothing, so the average sinks, whole bps at a time."""
    reserves = [
        reserve(0, WETH, word=configuration(threshold=9500)),
        reserve(1, DAI, word=configuration(threshold=5000), rate=10 * PERCENT),
        reserve(2, USDT, word=configuration(decimals=6)),
    ]
    held = account(
        Holding(0, 10**18), Holding(1, 10**18), Holding(2, 0, 1_449_900), collateral=[0, 1], borrowed=[2]
    )
    state = market(reserves, dict.fromkeys(range(3), DOLLAR), revision=V302)
    assert position(state, held).totals.threshold_bps == 7_250
    seconds = seconds_until_liquidation(state, held)
    assert seconds is not None
    assert seconds < YEAR
    words = position(later(state, seconds), held).totals
    assert words.health_factor < WAD <= health(state, held, seconds - 1)
    # not one bp was lost a second before
    assert words.threshold_bps == position(later(state, seconds - 1), held).totals.threshold_bps - 1
    # and it is healthy again later, for what it earns
    assert health(state, held, seconds + 30 * 86_400) > WAD


rates = st.integers(0, 40).map(lambda percent: percent * PERCENT)
assets = (WETH, USDC, WBTC, DAI)


@st.composite
def living(draw) -> tuple[MarketState, AccountState]:
    """One to three collaterals and one or two debts near health factor 1, at any rates."""
    revision = draw(revisions)
    reserves = [
        reserve(
            index,
            one,
            word=configuration(threshold=draw(st.integers(1_000, 9_800)), decimals=one.decimals),
            age=draw(st.integers(0, YEAR)),
            rate=draw(rates),
            debt_rate=draw(rates),
        )
        for index, one in enumerate(assets)
    ]
    prices = {index: draw(st.integers(10**6, 10**12)) for index in range(len(assets))}
    state = market(reserves, prices, revision=revision)
    supplied = draw(st.lists(st.sampled_from(range(4)), min_size=1, max_size=3, unique=True))
    owed = draw(st.lists(st.sampled_from(range(4)), min_size=1, max_size=2, unique=True))
    supply = {i: draw(st.integers(1, 10**6)) * assets[i].unit // 100 for i in supplied}
    alone = account(*(Holding(i, supply[i]) for i in supplied), collateral=supplied)
    words = position(state, alone).totals
    capacity = words.collateral_base * words.threshold_bps // 10_000
    shares = {i: capacity * draw(st.integers(800, 1_002)) // 1_000 // len(owed) for i in owed}
    debts = {i: shares[i] * assets[i].unit // prices[i] for i in owed}
    holdings = (Holding(i, supply.get(i, 0), debts.get(i, 0)) for i in sorted({*supplied, *owed}))
    return state, account(*holdings, collateral=supplied, borrowed=owed)


@given(living(), st.lists(st.floats(0, 1), max_size=20))
@settings(max_examples=150, deadline=None)
def test_it_is_the_first_second_of_all(case, moments):
    state, held = case
    seconds = seconds_until_liquidation(state, held)
    if seconds is None:
        seconds = HORIZON_SECONDS + 1
    else:
        assert health(state, held, seconds) < WAD
    if seconds:
        assert health(state, held, seconds - 1) >= WAD
    for moment in moments:
        before = int(moment * (seconds - 1))
        assert seconds == 0 or health(state, held, before) >= WAD
