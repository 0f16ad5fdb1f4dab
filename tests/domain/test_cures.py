"""Cures in two figures: `exact` is minimal through the contract's bookkeeping, `suggested` lasts an hour."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.aave_state import AccountState, Holding, MarketState, StableDebt
from bot.domain.aave_v3 import position
from bot.domain.cures import GOOD_FOR_SECONDS, addition, repayment
from bot.domain.lifetime import later
from bot.domain.units import RAY, WAD, Address, RawAmount, Ray, Wad
from bot.domain.whatif.changes import Repay, Supply
from bot.domain.whatif.engine import Refused, apply
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
    wads,
)

BOTH = pytest.mark.parametrize("revision", [V302, V36])
PERCENT = RAY // 100
TARGET = Wad(15 * 10**17)


def loan(revision: int, *, frozen: bool = False) -> tuple[MarketState, AccountState]:
    """10 ETH at $1,900 and threshold 0.75 against 15,000 USDT at 10 % a year."""
    word = configuration(threshold=7500) | frozen << 57
    reserves = [
        reserve(0, WETH, word=word),
        reserve(1, USDT, word=configuration(decimals=6), debt_rate=10 * PERCENT),
        reserve(2, WBTC, word=configuration(decimals=8)),
    ]
    state = market(reserves, {0: 1_900 * DOLLAR, 1: DOLLAR, 2: 60_000 * DOLLAR}, revision=revision)
    return state, account(
        Holding(0, 10 * 10**18), Holding(1, 0, 15_000 * 10**6), collateral=[0], borrowed=[1]
    )


@BOTH
def test_what_to_repay_and_what_to_add(revision):
    """To 1.5: repay 15,000 - 14,250 / 1.5 = $5,500; add 8,250 / 0.75 / 1,900 = 5.789474 ETH."""
    state, held = loan(revision)
    paid = repayment(state, held, USDT.address, TARGET)
    assert paid is not None
    assert paid.exact == 5_500 * 10**6
    # an hour of 10 % on 15,000 is $0.17, and the fourth digit is dollars
    assert paid.suggested == 5_501 * 10**6
    added = addition(state, held, WETH.address, TARGET)
    assert added is not None
    assert added.exact == pytest.approx(8_250 * 10**18 / 0.75 / 1_900)
    assert added.suggested == 5_790 * 10**15


@BOTH
def test_no_cure_is_needed_or_none_is_possible(revision):
    state, held = loan(revision)
    there = Wad(94 * 10**16)
    for cure in (repayment(state, held, USDT.address, there), addition(state, held, WETH.address, there)):
        assert cure is not None
        assert (cure.exact, cure.suggested) == (0, 0)
    assert repayment(state, held, WBTC.address, TARGET) is None
    assert addition(state, held, WBTC.address, TARGET) is None
    frozen, same = loan(revision, frozen=True)
    assert addition(frozen, same, WETH.address, TARGET) is None


def test_what_will_not_do_in_an_hour_is_not_suggested():
    """The other debt grows: now repaying all USDT is just enough, in an hour it is not."""
    state, _ = loan(V36)
    other = replace(reserve(3, DAI), variable_borrow_rate=Ray(10 * RAY))
    state = replace(state, reserves={**state.reserves, 3: other}, prices={**state.prices, 3: DOLLAR})
    owes = 14_250 * 10**18 * 10 // 15 - 10**15
    held = account(
        Holding(0, 10 * 10**18), Holding(1, 0, 10**6), Holding(3, 0, owes), collateral=[0], borrowed=[1, 3]
    )
    cure = repayment(state, held, USDT.address, TARGET)
    assert cure is not None
    assert cure.exact <= 10**6
    assert cure.suggested is None


def test_stable_debt_is_repaid_where_it_is_all_that_is_owed():
    state, _ = loan(V302)
    stable = StableDebt(RawAmount(15_000 * 10**6), Ray(10 * PERCENT), state.as_of.timestamp)
    held = account(Holding(0, 10 * 10**18), Holding(1, 0, 0, stable), collateral=[0], borrowed=[1])
    cure = repayment(state, held, USDT.address, TARGET)
    assert cure is not None
    assert cure.exact == 5_500 * 10**6
    done = apply(state, held, [Repay(USDT.address, cure.exact, stable=True)])
    assert not isinstance(done, Refused)
    assert position(done.market, done.account).health_factor >= TARGET


# --- exactness ----------------------------------------------------------------------------------------------

TOKENS = (WETH, USDC, WBTC, DAI)
rates = st.integers(0, 60).map(lambda percent: percent * PERCENT)
indexes = st.integers(RAY, 3 * RAY)


@st.composite
def sick(draw) -> tuple[MarketState, AccountState, Wad]:
    """A position somewhat under a target, with indexes of any age."""
    revision, target = draw(revisions), draw(wads)
    reserves = [
        reserve(
            index,
            token,
            word=configuration(threshold=draw(st.integers(2_000, 9_000)), decimals=token.decimals),
            age=draw(st.integers(0, YEAR)),
            rate=draw(rates),
            debt_rate=draw(rates),
            income=draw(indexes),
            debt=draw(indexes),
        )
        for index, token in enumerate(TOKENS)
    ]
    prices = {index: draw(st.integers(10**6, 10**13)) for index in range(len(TOKENS))}
    state = market(reserves, prices, revision=revision)
    supplied = draw(st.lists(st.sampled_from(range(4)), min_size=1, max_size=3, unique=True))
    owed = draw(st.lists(st.sampled_from(range(4)), min_size=1, max_size=2, unique=True))
    supply = {i: draw(st.integers(1, 10**9)) * TOKENS[i].unit // 1_000 for i in supplied}
    words = position(state, account(*(Holding(i, supply[i]) for i in supplied), collateral=supplied)).totals
    most = words.collateral_base * words.threshold_bps // 10_000 * WAD // target
    share = [most * draw(st.integers(500, 1_500)) // 1_000 // len(owed) for _ in owed]
    debts = {i: value * TOKENS[i].unit // prices[i] + 1 for i, value in zip(owed, share, strict=True)}
    holdings = (Holding(i, supply.get(i, 0), debts.get(i, 0)) for i in sorted({*supplied, *owed}))
    return state, account(*holdings, collateral=supplied, borrowed=owed), target


def after(state: MarketState, held: AccountState, step: Repay | Supply) -> int:
    if not step.amount:
        return position(state, held).health_factor
    done = apply(state, held, [step])
    # an amount that rounds to nothing is refused and changes nothing
    return position(
        done.before.market if isinstance(done, Refused) else done.market,
        held if isinstance(done, Refused) else done.account,
    ).health_factor


def check(state: MarketState, held: AccountState, target: Wad, cure, step, seconds: int) -> None:
    assert after(state, held, step(cure.exact)) >= target
    if cure.exact:
        assert after(state, held, step(cure.exact - 1)) < target
    if cure.suggested is not None:
        assert cure.suggested >= cure.exact
        for passed in (0, seconds, GOOD_FOR_SECONDS):
            assert after(later(state, passed), held, step(cure.suggested)) >= target


@given(sick(), st.data(), st.integers(0, GOOD_FOR_SECONDS))
@settings(max_examples=150, deadline=None)
def test_the_repayment_is_minimal_and_the_suggested_one_lasts_an_hour(case, data, seconds):
    state, held, target = case
    asset = data.draw(st.sampled_from(position(state, held).owed)).asset.address
    cure = repayment(state, held, asset, target)
    if cure is None:
        everything = Repay(asset, RawAmount(2**128))
        assert after(state, held, everything) < target
        return
    check(state, held, target, cure, lambda raw: Repay(asset, RawAmount(raw)), seconds)


@given(sick(), st.data(), st.integers(0, GOOD_FOR_SECONDS))
@settings(max_examples=150, deadline=None)
def test_the_addition_is_minimal_and_the_suggested_one_lasts_an_hour(case, data, seconds):
    state, held, target = case
    parts = position(state, held).supplied
    assume(parts)
    asset: Address = data.draw(st.sampled_from(parts)).asset.address
    cure = addition(state, held, asset, target)
    assert cure is not None
    check(state, held, target, cure, lambda raw: Supply(asset, RawAmount(raw)), seconds)
