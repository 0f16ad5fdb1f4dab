"""Loops: known ones by hand, goals met and never passed, every refusal, and what they cost to hold."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.aave_state import EModeCategory, MarketState
from bot.domain.aave_v3 import UnreadReserve
from bot.domain.carry import apy, carry
from bot.domain.loop_model import MOST_ROUNDS, Loop, Looped, LoopRefused, Rounds, Step, TargetLtv, leverage
from bot.domain.loops import fallen, loop, most_borrowable
from bot.domain.units import RAY, WAD, Address, Bps, RawAmount, Ray
from bot.domain.whatif.changes import Borrow
from bot.domain.whatif.engine import Refused, apply
from bot.domain.whatif.hypothetical import hypothetical
from bot.domain.whatif.liquidity import Liquidity
from bot.domain.whatif.refusals import Reason
from tests.domain.aave import DOLLAR, USDT, V36, V302, WBTC, WETH, asset, configuration, market, reserve

BOTH = pytest.mark.parametrize("revision", [V302, V36])
WSTETH = asset(6, "wstETH", 18)
PERCENT = RAY // 100
ETHER = 10**18
PLENTY = Liquidity(10**27, 0, 0, RawAmount(10**27))


def ether(revision: int = V36, **words: int) -> MarketState:
    """WETH and wstETH (LTV 0.80, threshold 0.83; eMode 1: 0.93 and 0.95) and USDT, at $3,000, $3,600, $1.

    `words` are configurations by symbol; rates: supply 1, 0 and 4 %, debt 2.5, 0.5 and 5 %.
    """
    old = 1 if revision == V302 else 0
    table = (
        (WETH, 1, 25, configuration(category=old)),
        (WSTETH, 0, 5, configuration(category=old)),
        (USDT, 4, 50, configuration(decimals=6)),
    )
    reserves = [
        reserve(
            index,
            token,
            word=words.get(token.symbol, word),
            rate=supply * PERCENT,
            debt_rate=debt * PERCENT // 10,
        )
        for index, (token, supply, debt, word) in enumerate(table)
    ]
    emode = EModeCategory(1, Bps(9300), Bps(9500), Bps(10100), "ETH correlated", 0b11, 0b11)
    prices = {0: 3_000 * DOLLAR, 1: 3_600 * DOLLAR, 2: DOLLAR}
    return market(reserves, prices, revision=revision, emodes=[emode])


def wanted(goal, *, amount=10 * ETHER, **rest) -> Loop:
    collateral, debt = rest.pop("pair", (WETH, USDT))
    return Loop(collateral.address, debt.address, RawAmount(amount), goal, **rest)


def done(found: Looped | LoopRefused) -> Looped:
    assert isinstance(found, Looped), found
    return found


# --- known loops --------------------------------------------------------------------------------------------


@BOTH
def test_three_times_leverage(revision):
    """10 ETH at $3,000: $90,000 against $60,000; HF 1.245; dies at 60,000 / (30 x 0.83) = $2,409.64."""
    found = done(loop(ether(revision), wanted(leverage(Fraction(3)))))
    assert found.leverage is not None
    assert found.leverage == pytest.approx(3, abs=1e-8)
    assert found.leverage <= 3
    words = found.position.totals
    assert words.collateral_base == pytest.approx(90_000 * DOLLAR, rel=1e-9)
    assert words.health_factor == pytest.approx(1_245 * 10**15, rel=1e-4)
    assert found.liquidation_price == pytest.approx(240_963_855_421, rel=1e-4)
    # 80 % of each deposit, $24,000, $19,200, $15,360, and what is then missing
    borrowed = [one.borrowed for one in found.rounds]
    assert borrowed[:3] == pytest.approx([24_000 * 10**6, 19_200 * 10**6, 15_360 * 10**6], rel=1e-9)
    assert borrowed[3:] == pytest.approx([1_440 * 10**6], rel=1e-6)
    assert [one.deposited for one in found.rounds] == pytest.approx(
        [raw * ETHER // 3_000 // 10**6 for raw in borrowed]
    )
    assert [one.health_factor for one in found.rounds] == sorted(
        (one.health_factor for one in found.rounds), reverse=True
    )


@BOTH
def test_falls(revision):
    """HF 1.245 falls with the price: 1.1205, 0.996 and 0.8715."""
    found = done(loop(ether(revision), wanted(leverage(Fraction(3)))))
    assert [one.bps for one in found.falls] == [1_000, 2_000, 3_000]
    factors = [one.position.health_factor for one in found.falls]
    assert factors == pytest.approx([11_205 * 10**14, 996 * 10**15, 8_715 * 10**14], rel=1e-4)


@BOTH
def test_so_many_rounds(revision):
    one = done(loop(ether(revision), wanted(Rounds(1))))
    assert [step.borrowed for step in one.rounds] == pytest.approx([24_000 * 10**6])
    assert (
        most_borrowable(ether(revision), hypothetical_eth(revision), USDT.address) == one.rounds[0].borrowed
    )
    half = done(loop(ether(revision), wanted(Rounds(2, share_bps=5_000))))
    # half of 80 %: 12,000; then half of (42,000 x 0.8 - 12,000) = 10,800
    assert [step.borrowed for step in half.rounds] == pytest.approx([12_000 * 10**6, 10_800 * 10**6])
    none = done(loop(ether(revision), wanted(Rounds(0))))
    assert (none.rounds, none.leverage, none.liquidation_price) == ((), 1, None)


def hypothetical_eth(revision: int):
    held = hypothetical(ether(revision), {WETH.address: RawAmount(10 * ETHER)}, {})
    assert not isinstance(held, Refused)
    return held


@BOTH
def test_staked_ether_in_its_emode(revision):
    """wstETH / WETH ten times: outside eMode the LTV of 0.80 allows under 5."""
    pair = (WSTETH, WETH)
    state = ether(revision)
    found = done(loop(state, wanted(leverage(Fraction(10)), pair=pair, emode=1)))
    assert found.leverage == pytest.approx(10, abs=1e-8)
    assert found.position.health_factor == pytest.approx(95 * 10**16 * 10 // 9, rel=1e-4)
    assert found.position.emode == 1
    # alone a fall of wstETH kills it; with all ether falling nothing happens
    assert [one.position.health_factor < WAD for one in found.falls] == [True, True, True]
    together = done(loop(state, wanted(leverage(Fraction(10)), pair=pair, emode=1, falling=[WETH.address])))
    factors = [one.position.health_factor for one in together.falls]
    assert factors == pytest.approx([found.position.health_factor] * 3, rel=1e-4)
    outside = loop(state, wanted(leverage(Fraction(10)), pair=pair))
    assert isinstance(outside, LoopRefused)
    assert outside.reason in {Reason.COLLATERAL_CANNOT_COVER_NEW_BORROW, Reason.HEALTH_FACTOR_TOO_LOW}
    assert outside.reached.leverage is not None
    assert outside.reached.leverage < 5


@BOTH
def test_what_the_swap_costs(revision):
    """0.3 % and 0.2 % of each round: the same leverage with less of one's own left."""
    free = done(loop(ether(revision), wanted(leverage(Fraction(3)))))
    dear = done(loop(ether(revision), wanted(leverage(Fraction(3)), fee_bps=30, slippage_bps=20)))
    assert dear.leverage == pytest.approx(3, abs=1e-8)
    kept = Fraction(9_970 * 9_980, 10**8)
    for one in dear.rounds:
        assert one.deposited == one.borrowed * kept * ETHER // 3_000 // 10**6
    # C = 30,000 + k D and D = 2/3 C: D = 20,000 / (1 - 2/3 k)
    debt = 20_000 / (1 - Fraction(2, 3) * kept)
    assert dear.position.totals.debt_base == pytest.approx(float(debt * DOLLAR), rel=1e-8)
    assert dear.carry.equity < free.carry.equity == pytest.approx(30_000 * DOLLAR, rel=1e-8)


@BOTH
def test_it_goes_on_from_what_an_account_has(revision):
    held = hypothetical(
        ether(revision), {WETH.address: RawAmount(10 * ETHER)}, {USDT.address: RawAmount(10**10)}
    )
    assert not isinstance(held, Refused)
    found = done(loop(ether(revision), wanted(TargetLtv(Fraction(1, 2)), amount=10 * ETHER), held))
    words = found.position.totals
    assert words.debt_base / words.collateral_base == pytest.approx(0.5, abs=1e-9)
    already = done(loop(ether(revision), wanted(TargetLtv(Fraction(1, 10)), amount=10 * ETHER), held))
    assert already.rounds == ()


def test_the_same_asset_on_both_sides():
    found = done(loop(ether(), wanted(leverage(Fraction(4)), pair=(WETH, WETH))))
    assert found.leverage == pytest.approx(4, abs=1e-8)
    assert all(one.borrowed == one.deposited for one in found.rounds)


# --- goals --------------------------------------------------------------------------------------------------


@given(st.sampled_from([V302, V36]), st.integers(0, 790), st.integers(0, 300), st.integers(10**14, 10**24))
@settings(max_examples=60, deadline=None)
def test_a_goal_is_met_and_never_passed(revision, permille, cost, amount):
    goal = Fraction(permille, 1_000)
    found = done(loop(ether(revision), wanted(TargetLtv(goal), amount=amount, fee_bps=cost)))
    words = found.position.totals
    assert words.debt_base <= goal * words.collateral_base
    # a raw unit of USDT is 100 base units, and the value that is missing is divided by 1 - LTV
    assert goal * words.collateral_base - words.debt_base <= 1_000
    assert len(found.rounds) <= MOST_ROUNDS
    for before, after in pairwise(found.rounds):
        assert after.borrowed <= before.borrowed


@given(st.sampled_from([V302, V36]), st.integers(10**12, 10**24))
@settings(max_examples=60, deadline=None)
def test_the_most_borrowable_is_lent_and_one_more_is_not(revision, amount):
    state = ether(revision)
    held = hypothetical(state, {WETH.address: RawAmount(amount)}, {})
    assert not isinstance(held, Refused)
    for token in (USDT, WSTETH):
        most = most_borrowable(state, held, token.address)
        if isinstance(most, Refused):
            continue
        assert not isinstance(apply(state, held, [Borrow(token.address, most)]), Refused)
        assert isinstance(apply(state, held, [Borrow(token.address, RawAmount(most + 1))]), Refused)


@pytest.mark.parametrize(
    "make",
    [
        lambda: leverage(Fraction(1, 2)),
        lambda: TargetLtv(Fraction(1)),
        lambda: TargetLtv(Fraction(-1)),
        lambda: Rounds(-1),
        lambda: Rounds(MOST_ROUNDS + 1),
        lambda: Rounds(1, 0),
        lambda: wanted(Rounds(1), fee_bps=10_000),
        lambda: wanted(Rounds(1), slippage_bps=-1),
        lambda: wanted(Rounds(1), amount=-1),
    ],
)
def test_goals_that_make_no_sense(make):
    with pytest.raises(ValueError, match=r"not|from|rounds"):
        make()


def test_an_asset_that_was_not_read():
    with pytest.raises(UnreadReserve):
        loop(ether(), wanted(Rounds(1), pair=(WETH, WBTC)))


# --- refusals -----------------------------------------------------------------------------------------------

FROZEN, PAUSED = 1 << 57, 1 << 60
TETHER = configuration(decimals=6)
TOO_MUCH = Reason.COLLATERAL_CANNOT_COVER_NEW_BORROW


def capped(word: int, *, supply: int = 0, borrow: int = 0) -> int:
    return word | borrow << 80 | supply << 116


@BOTH
@pytest.mark.parametrize(
    ("words", "reason", "step", "number"),
    [
        ({"WETH": configuration() | FROZEN}, Reason.RESERVE_FROZEN, Step.DEPOSIT, 0),
        ({"WETH": configuration() | PAUSED}, Reason.RESERVE_PAUSED, Step.DEPOSIT, 0),
        ({"WETH": capped(configuration(), supply=9)}, Reason.SUPPLY_CAP_EXCEEDED, Step.DEPOSIT, 0),
        ({"WETH": capped(configuration(), supply=20)}, Reason.SUPPLY_CAP_EXCEEDED, Step.DEPOSIT, 2),
        ({"USDT": TETHER | FROZEN}, Reason.RESERVE_FROZEN, Step.BORROW, 1),
        ({"USDT": TETHER & ~(1 << 58)}, Reason.BORROWING_NOT_ENABLED, Step.BORROW, 1),
        ({"USDT": capped(TETHER, borrow=30_000)}, Reason.BORROW_CAP_EXCEEDED, Step.BORROW, 2),
    ],
)
def test_what_the_market_does_not_allow(revision, words, reason, step, number):
    liquidity = {index: Liquidity(0, 0, 0, RawAmount(10**30)) for index in range(3)}
    liquidity[2] = Liquidity(10**30, 0, 0, RawAmount(10**30))
    found = loop(ether(revision, **words), wanted(leverage(Fraction(3))), liquidity=liquidity)
    assert isinstance(found, LoopRefused)
    assert (found.reason, found.step, found.round) == (reason, step, number)
    assert len(found.reached.rounds) == max(number - 1, 0)


@BOTH
def test_too_little_to_lend(revision):
    few = {2: Liquidity(10**30, 0, 0, RawAmount(40_000 * 10**6))}
    found = loop(ether(revision), wanted(leverage(Fraction(3))), liquidity=few)
    assert isinstance(found, LoopRefused)
    assert (found.reason, found.round) == (Reason.NOT_ENOUGH_LIQUIDITY, 2)


@BOTH
def test_what_its_emode_does_not_lend(revision):
    found = loop(ether(revision), wanted(leverage(Fraction(3)), emode=1))
    assert isinstance(found, LoopRefused)
    assert found.step is Step.BORROW
    assert found.reason is (Reason.INCONSISTENT_EMODE if revision == V302 else Reason.NOT_BORROWABLE_IN_EMODE)
    missing = loop(ether(revision), wanted(leverage(Fraction(3)), emode=7))
    assert isinstance(missing, LoopRefused)
    assert (missing.step, missing.round, missing.reason) == (Step.EMODE, 0, Reason.INCONSISTENT_EMODE)
    assert missing.reached.position.is_empty


@BOTH
@pytest.mark.parametrize("times", [5, 6, 100])
def test_more_than_the_ltv_allows(revision, times):
    """LTV 0.80 tends to five times and never gets there."""
    found = loop(ether(revision), wanted(leverage(Fraction(times))))
    assert isinstance(found, LoopRefused)
    assert found.reason is TOO_MUCH
    assert found.reached.leverage is not None
    assert 4.9 < found.reached.leverage < 5


@BOTH
def test_collateral_that_lends_nothing(revision):
    word = configuration(ltv=0)
    found = loop(ether(revision, WETH=word), wanted(leverage(Fraction(2))))
    assert isinstance(found, LoopRefused)
    assert (found.step, found.round) == (Step.BORROW, 1)
    assert found.reason in {Reason.LTV_VALIDATION_FAILED, Reason.COLLATERAL_BALANCE_IS_ZERO}


def test_what_could_not_be_checked_is_said():
    words = {"USDT": capped(TETHER, borrow=30_000)}
    found = done(loop(ether(**words), wanted(leverage(Fraction(3)))))
    assert {one.asset for one in found.outcome.unchecked} == {USDT.address}


# --- carry --------------------------------------------------------------------------------------------------


@BOTH
def test_net_carry(revision):
    """Three times: 90,000 at 1 % less 60,000 at 5 % is -$2,100 a year on 30,000: -7 %."""
    found = done(loop(ether(revision), wanted(leverage(Fraction(3))))).carry
    assert found.equity == pytest.approx(30_000 * DOLLAR, rel=1e-8)
    assert found.yearly_apr == pytest.approx(-2_100 * DOLLAR, rel=1e-7)
    assert found.net_apr == pytest.approx(-7 * PERCENT, rel=1e-7)
    # 90,000 x 1.00501670 % - 60,000 x 5.12710964 %
    assert found.yearly_apy == pytest.approx(-2_171.7507 * DOLLAR, rel=1e-7)
    assert found.net_apy == pytest.approx(-0.07239169 * RAY, rel=1e-6)


def test_what_staked_ether_earns_by_itself_is_counted_when_given():
    goal, pair = leverage(Fraction(10)), (WSTETH, WETH)
    bare = done(loop(ether(), wanted(goal, pair=pair, emode=1))).carry
    own: dict[Address, Ray] = {WSTETH.address: Ray(3 * PERCENT)}
    whole = done(loop(ether(), wanted(goal, pair=pair, emode=1, own_yield=own))).carry
    # 10 x 0 - 9 x 2.5 %, and 10 x 3 % more
    assert bare.net_apr == pytest.approx(-225 * PERCENT // 10, rel=1e-6)
    assert whole.net_apr == pytest.approx(75 * PERCENT // 10, rel=1e-6)


def test_yields():
    assert apy(Ray(0)) == 0
    assert apy(Ray(5 * PERCENT)) == pytest.approx(0.0512710963 * RAY, rel=1e-8)
    assert apy(Ray(RAY)) == pytest.approx(1.718281785 * RAY, rel=1e-8)


def test_nothing_left_has_no_rate():
    state = ether()
    held = hypothetical(state, {WETH.address: RawAmount(ETHER)}, {USDT.address: RawAmount(4_000 * 10**6)})
    assert not isinstance(held, Refused)
    found = carry(state, held)
    assert found.equity == -1_000 * DOLLAR
    assert (found.net_apr, found.net_apy) == (None, None)


def test_a_fall_moves_debt_of_the_same_asset_too():
    found = done(loop(ether(), wanted(leverage(Fraction(3)), pair=(WETH, WETH))))
    low = fallen(found.position, [WETH.address], 3_000)
    assert low.totals.debt_base == pytest.approx(found.position.totals.debt_base * 0.7, rel=1e-8)
    assert replace(low, totals=found.position.totals) != found.position
