"""What-if answers as arithmetic: laws that hold for any market and account, and rules no lab can reach.

That they equal the contracts is proven in tests/chain/test_whatif.py.
"""

import random
from dataclasses import astuple, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.aave_state import EModeCategory, Holding, StableDebt
from bot.domain.aave_v3 import UnreadEMode, UnreadReserve, position
from bot.domain.units import HF_NO_DEBT, RAY, WAD, Address, BaseAmount, Bps, RawAmount, Ray
from bot.domain.whatif.changes import (
    EVERYTHING,
    Borrow,
    Repay,
    SetCategory,
    SetCollateral,
    SetEMode,
    SetPrices,
    SetReserve,
    Supply,
    Wait,
    Withdraw,
)
from bot.domain.whatif.engine import Outcome, Refused, apply
from bot.domain.whatif.hypothetical import hypothetical, scaled_copy
from bot.domain.whatif.liquidity import Check, Liquidity, Unchecked
from bot.domain.whatif.refusals import Reason, contract_word
from tests.domain.aave import (
    DAI,
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
    reserve,
)

V33, V37 = 6, 11
TOKENS = (WETH, USDT, USDC, WBTC, DAI)
PRICES = {0: 3000 * 10**8, 1: 10**8, 2: 10**8, 3: 60_000 * 10**8, 4: 10**8}
NOBODY = account()
wholes = st.integers(1, 10**6)


def world(revision=V36, *, emodes=(), words=None, **kind):
    """Five reserves of default terms; `words` replaces configurations by reserve index."""
    reserves = [
        reserve(i, token, word=(words or {}).get(i), **kind)
        if (words or {}).get(i) is not None
        else reserve(i, token, **kind)
        for i, token in enumerate(TOKENS)
    ]
    return market(reserves, PRICES, revision=revision, emodes=emodes)


def a_world(seed):
    """A market of any release where 0 < LTV <= threshold, and an account that the contract could have made.

    From one seed: drawing some fifty numbers one by one would take most of a test's time.
    """
    rng = random.Random(seed)
    reserves = []
    for index, token in enumerate(TOKENS):
        limit = rng.randint(100, 9500)
        word = configuration(ltv=rng.randint(1, limit), threshold=limit, decimals=token.decimals)
        kind = {"age": rng.randint(0, YEAR), "rate": rng.randint(0, RAY // 4)}
        grown = {"income": rng.randint(RAY, 3 * RAY), "debt": rng.randint(RAY, 3 * RAY)}
        reserves.append(reserve(index, token, word=word, debt_rate=rng.randint(0, RAY // 4), **kind, **grown))
    held = set(rng.sample(range(5), rng.randint(0, 3)))
    owes = set(rng.sample(range(5), rng.randint(0, 2)))
    holdings = [
        Holding(
            i,
            rng.randint(1, 10**6) * TOKENS[i].unit * (i in held),
            (10 ** rng.randint(1, 6) * TOKENS[i].unit // 10**4 + 10) * (i in owes),
        )
        for i in sorted(held | owes)
    ]
    collateral = {i for i in held if rng.random() < 0.8}
    prices = {i: 10 ** rng.randint(6, 12) + rng.randint(0, 9999) for i in range(5)}
    where = market(reserves, prices, revision=rng.randint(1, 12))
    return where, account(*holdings, collateral=collateral, borrowed=owes)


worlds = st.integers(0, 2**64 - 1).map(a_world)
tokens = st.sampled_from(TOKENS)


def words(where, who):
    return astuple(position(where, who).totals)


def done(found):
    assert isinstance(found, Outcome), found
    return found


def refused(found):
    assert isinstance(found, Refused), found
    return found.reason


# --- laws ----------------------------------------------------------------------------------------------


@given(worlds)
def test_what_if_nothing_changes_nothing(state):
    where, who = state
    assert apply(where, who, ()) == Outcome(where, who)
    same = SetPrices({token.address: where.prices[i] for i, token in enumerate(TOKENS)})
    idle = [Wait(0), same, SetReserve(WETH.address), SetEMode(who.emode), SetPrices({})]
    assert apply(where, who, idle) == Outcome(where, who)


@given(worlds, st.dictionaries(tokens, st.integers(1, 10**14), min_size=1))
def test_a_shock_up_and_down_returns(state, prices):
    where, who = state
    shock = SetPrices({token.address: BaseAmount(price) for token, price in prices.items()})
    back = SetPrices({token.address: where.prices[TOKENS.index(token)] for token in prices})
    shocked = done(apply(where, who, [shock]))
    assert {i: shocked.market.prices[i] for i in range(5)} == {
        i: prices.get(token, where.prices[i]) for i, token in enumerate(TOKENS)
    }
    assert apply(where, who, [shock, back]) == Outcome(where, who)


@given(worlds, tokens, st.integers(1, 10**9))
def test_supplying_what_was_not_held_and_withdrawing_it_leaves_no_trace(state, token, whole):
    where, who = state
    index = TOKENS.index(token)
    assume(all(held.reserve != index or not held.scaled_supply for held in who.holdings))
    supply = Supply(token.address, RawAmount(whole * token.unit))
    there = done(apply(where, who, [supply]))
    assert there.account != who
    # Collateral may not be withdrawable from a position below 1; then it cannot be what saved it either.
    back = apply(there.market, there.account, [Withdraw(token.address, EVERYTHING)])
    if isinstance(back, Outcome):
        assert back.account == who
    else:
        assert refused(back) is Reason.HEALTH_FACTOR_TOO_LOW
        assert position(where, who).health_factor < WAD


@given(worlds, st.integers(1, 1000))
def test_repaying_and_borrowing_the_same_again_costs_at_most_a_unit(state, part):
    where, who = state
    debt = next((held for held in who.holdings if held.scaled_debt), None)
    assume(debt is not None)
    token = TOKENS[debt.reserve]
    amount = RawAmount(max(5, debt.scaled_debt * part // 1000))  # indexes stay below 4
    less = done(apply(where, who, [Repay(token.address, amount)]))
    again = apply(less.market, less.account, [Borrow(token.address, amount)])
    assume(isinstance(again, Outcome))
    after = next(held.scaled_debt for held in again.account.holdings if held.reserve == debt.reserve)
    if where.revision >= 9:
        index = again.market.reserves[debt.reserve].variable_borrow_index
        assert after == debt.scaled_debt + bool(amount * RAY % index)
    else:
        assert after == debt.scaled_debt
    assert again.account.configuration == who.configuration


@given(worlds)
def test_repaying_everything_and_withdrawing_everything_leaves_nobody(state):
    where, who = state
    out = [Repay(TOKENS[held.reserve].address, EVERYTHING) for held in who.holdings if held.scaled_debt]
    out += [Withdraw(TOKENS[held.reserve].address, EVERYTHING) for held in who.holdings if held.scaled_supply]
    end = done(apply(where, who, out))
    assert (end.account.holdings, end.account.configuration) == ((), 0)
    assert words(end.market, end.account) == (0, 0, 0, 0, 0, HF_NO_DEBT)


@given(worlds, tokens, st.integers(1, 10**6), st.integers(1, 10**6))
def test_steps_one_by_one_are_the_steps_together(state, token, whole, seconds):
    where, who = state
    first = [Supply(token.address, RawAmount(whole * token.unit)), Wait(seconds)]
    second = [Borrow(USDT.address, RawAmount(whole)), Withdraw(token.address, RawAmount(whole))]
    middle = done(apply(where, who, first))
    together = apply(where, who, first + second)
    apart = apply(middle.market, middle.account, second)
    if isinstance(together, Outcome):
        assert isinstance(apart, Outcome)
        assert (apart.market, apart.account) == (together.market, together.account)
    else:
        assert isinstance(apart, Refused)
        assert (apart.reason, apart.step + 2) == (together.reason, together.step)
        assert apart.before.account == together.before.account


@given(worlds, tokens, st.integers(0, 1000))
def test_who_was_healthy_and_takes_collateral_away_is_healthy_after(state, token, part):
    where, who = state
    before = position(where, who)
    assume(before.has_debt and before.health_factor >= WAD)
    amount = next((one.amount for one in before.supplied if one.asset == token), 0) * part // 1000
    for change in (Withdraw(token.address, RawAmount(amount)), SetCollateral(token.address, on=False)):
        found = apply(where, who, [change])
        if isinstance(found, Outcome):
            assert position(found.market, found.account).health_factor >= WAD


@given(worlds, tokens, st.integers(1, 10**12), st.integers(1, 10**12))
def test_who_may_borrow_much_may_borrow_less(state, token, one, other):
    where, who = state
    less, more = sorted((3 + one * token.unit // 10**9, 3 + other * token.unit // 10**9))
    if isinstance(apply(where, who, [Borrow(token.address, RawAmount(more))]), Outcome):
        done(apply(where, who, [Borrow(token.address, RawAmount(less))]))


@given(worlds, st.integers(0, YEAR))
def test_waiting_is_the_clock_and_nothing_else(state, seconds):
    where, who = state
    later = replace(where, as_of=replace(where.as_of, timestamp=NOW + seconds))
    assert apply(where, who, [Wait(seconds)]) == Outcome(later, who)


def test_time_passes_for_what_was_only_imagined():
    where = world(rate=RAY // 50, debt_rate=RAY // 20)
    who = hypothetical(where, {WETH.address: RawAmount(10 * 10**18)}, {USDT.address: RawAmount(10**10)})
    later = done(apply(where, who, [Wait(YEAR)]))
    before, after = position(where, who), position(later.market, later.account)
    assert after.supplied[0].amount == 10 * 10**18 * 51 // 50
    assert 10_512 * 10**6 < after.owed[0].amount < 10_513 * 10**6  # e^0.05
    assert after.health_factor < before.health_factor


@pytest.mark.parametrize("revision", [V302, V36])
def test_a_withdrawal_may_leave_a_health_factor_of_exactly_one(revision):
    where = world(revision)
    who = account(Holding(0, 2 * 10**18), Holding(1, 0, 2490 * 10**6), collateral=[0], borrowed=[1])
    left = done(apply(where, who, [Withdraw(WETH.address, RawAmount(10**18))]))
    assert position(left.market, left.account).health_factor == WAD
    more = Withdraw(WETH.address, RawAmount(10**18 + 1))
    assert refused(apply(where, who, [more])) is Reason.HEALTH_FACTOR_TOO_LOW


def test_only_a_first_supply_switches_collateral_on():
    where, who = world(), account(Holding(0, 10**18))
    assert done(apply(where, who, [Supply(WETH.address, RawAmount(1))])).account.configuration == 0
    assert done(apply(where, who, [Supply(DAI.address, RawAmount(1))])).account.configuration == 1 << 9


# --- other terms ---------------------------------------------------------------------------------------


def test_a_threshold_given_by_hand_replaces_the_reserves_own():
    where = world()
    who = account(Holding(0, 10**18), Holding(1, 0, 10**9), collateral=[0], borrowed=[1])
    lower = done(apply(where, who, [SetReserve(WETH.address, threshold_bps=Bps(5000))]))
    assert words(lower.market, who) == (3000 * 10**8, 1000 * 10**8, 1400 * 10**8, 5000, 8000, 15 * 10**17)
    assert lower.account == who
    back = SetReserve(WETH.address, threshold_bps=Bps(8300))
    assert apply(lower.market, who, [back]) == Outcome(where, who)


def test_an_emodes_terms_and_price_given_by_hand():
    mode = EModeCategory(1, Bps(9000), Bps(9300), Bps(10100), "ETH", collateral_bitmap=1, borrowable_bitmap=3)
    where = world(emodes=[mode])
    who = account(Holding(0, 10**18), Holding(1, 0, 10**9), collateral=[0], borrowed=[1], emode=1)
    other = done(apply(where, who, [SetCategory(1, threshold_bps=Bps(9500), bonus_bps=Bps(10200))]))
    assert other.market.emodes[1] == replace(mode, threshold_bps=9500, bonus_bps=10200)
    old = world(V302, emodes=[replace(mode, price=BaseAmount(10**8))], words={0: configuration(category=1)})
    cheap = done(apply(old, replace(who, emode=1), [SetCategory(1, price=BaseAmount(2 * 10**8))]))
    assert position(cheap.market, who).totals.collateral_base == 2 * 10**8


# --- rules that the lab does not reach -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("revision", "change", "reason"),
    [
        (V302, Supply(USDT.address, RawAmount(1)), Reason.INVALID_MINT_AMOUNT),
        (V302, Withdraw(WETH.address, RawAmount(1)), Reason.INVALID_BURN_AMOUNT),
        (V302, Borrow(USDT.address, RawAmount(1)), Reason.INVALID_MINT_AMOUNT),
        (V302, Repay(USDT.address, RawAmount(1)), Reason.INVALID_BURN_AMOUNT),
        (V36, Supply(USDT.address, RawAmount(1)), Reason.INVALID_AMOUNT),
        (V36, Repay(USDT.address, RawAmount(1)), Reason.INVALID_BURN_AMOUNT),
    ],
)
def test_less_than_a_scaled_unit_is_nothing(revision, change, reason):
    where = world(revision, income=3 * RAY, debt=3 * RAY)
    who = account(Holding(0, 10**18), Holding(1, 0, 10**6), collateral=[0], borrowed=[1])
    assert refused(apply(where, who, [change])) is reason


@pytest.mark.parametrize("revision", [V302, V36])
def test_an_index_of_a_reserve_nobody_owes_stands_still(revision):
    where = world(revision, debt_rate=RAY, age=YEAR)
    who = account(Holding(0, 10**20), collateral=[0])
    nobody_owes = {1: Liquidity(10**12, 0, 0, RawAmount(10**12))}
    still = done(apply(where, who, [Borrow(USDT.address, RawAmount(10**6))], nobody_owes))
    assert still.market.reserves[1].variable_borrow_index == RAY
    assert still.liquidity[1].scaled_debt == 10**6
    unknown = done(apply(where, who, [Borrow(USDT.address, RawAmount(10**6))]))
    assert unknown.market.reserves[1].variable_borrow_index > 2 * RAY


def _word(token, extra=0, **kind):
    return configuration(decimals=token.decimals, **kind) | extra


SILOED, FOR_ISOLATED, CEILING = 1 << 62, 1 << 61, 1_000_00 << 212


@pytest.mark.parametrize(
    ("revision", "reason"), [(V302, Reason.SILOED_BORROWING), (V36, Reason.SILOED_BORROWING), (V37, None)]
)
def test_siloed_until_36(revision, reason):
    where = world(revision, words={2: _word(USDC, SILOED)})
    who = account(Holding(0, 10**20), Holding(1, 0, 10**6), collateral=[0], borrowed=[1])
    found = apply(where, who, [Borrow(USDC.address, RawAmount(10**6))])
    assert (found.reason if isinstance(found, Refused) else None) is reason


@pytest.mark.parametrize(
    ("revision", "reason"),
    [(V302, Reason.NOT_BORROWABLE_IN_ISOLATION), (V36, Reason.NOT_BORROWABLE_IN_ISOLATION), (V37, None)],
)
def test_isolation_until_36(revision, reason):
    where = world(revision, words={0: _word(WETH, CEILING)})
    who = account(Holding(0, 10**20), collateral=[0])
    found = apply(where, who, [Borrow(USDC.address, RawAmount(10**6))])
    assert (found.reason if isinstance(found, Refused) else None) is reason
    fresh = done(apply(where, NOBODY, [Supply(WETH.address, RawAmount(10**18))]))
    assert bool(fresh.account.configuration) == (reason is None), "switched on by the first supply?"


def test_an_isolated_emode_takes_the_ltv_of_what_is_outside():
    mode = EModeCategory(1, 9000, 9300, 10100, "e", collateral_bitmap=1, borrowable_bitmap=2, isolated=True)
    where = world(V37, emodes=[mode])
    who = account(Holding(3, 10**8), collateral=[3])
    assert refused(apply(where, who, [SetEMode(1)])) is Reason.INVALID_COLLATERAL_IN_EMODE
    inside = replace(who, emode=1)
    assert (
        refused(apply(where, inside, [Borrow(USDT.address, RawAmount(10**6))]))
        is Reason.LTV_VALIDATION_FAILED
    )


@pytest.mark.parametrize(
    ("revision", "reason"),
    [
        (V302, Reason.INCONSISTENT_EMODE),
        (V33, Reason.NOT_BORROWABLE_IN_EMODE),
        (V36, Reason.INVALID_DEBT_IN_EMODE),
    ],
)
def test_each_release_names_a_debt_that_does_not_fit_an_emode(revision, reason):
    mode = EModeCategory(1, 9000, 9300, 10100, "e", collateral_bitmap=1, borrowable_bitmap=1)
    where = world(revision, emodes=[mode], words={0: _word(WETH, category=1)})
    who = account(Holding(0, 10**20), Holding(1, 0, 10**6), collateral=[0], borrowed=[1])
    assert refused(apply(where, who, [SetEMode(1)])) is reason


@pytest.mark.parametrize(
    ("reason", "revision", "word"),
    [
        (Reason.HEALTH_FACTOR_TOO_LOW, V302, "35"),
        (Reason.HEALTH_FACTOR_TOO_LOW, V36, "HealthFactorLowerThanLiquidationThreshold"),
        (Reason.NOT_BORROWABLE_IN_EMODE, V33, "100"),
        (Reason.ISOLATED_OR_LTV_ZERO, V36, "UserInIsolationModeOrLtvZero"),
        (Reason.ISOLATED_OR_LTV_ZERO, V37, "UserHasAssetWithZeroLtv"),
        (Reason.NOT_ENOUGH_LIQUIDITY, V302, "Panic(17)"),
    ],
)
def test_the_contracts_own_word(reason, revision, word):
    assert contract_word(reason, revision) == word


# --- what is not known, and what is a mistake ----------------------------------------------------------


CAPPED = 5 << 116 | 5 << 80  # supply and borrow cap of 5 tokens


@pytest.mark.parametrize("revision", [V302, V36])
def test_without_liquidity_the_outcome_says_what_was_not_checked(revision):
    where = world(revision, words={0: _word(WETH, CEILING), 1: _word(USDT, CAPPED | FOR_ISOLATED)})
    who = account(Holding(0, 10**20), collateral=[0])
    assert done(apply(where, who, [Supply(WETH.address, RawAmount(1))])).unchecked == frozenset()
    found = done(apply(where, who, [Borrow(USDT.address, RawAmount(10**9))]))
    owes = {Check.BORROW_CAP, Check.AVAILABLE}
    assert found.unchecked == {Unchecked(check, USDT.address) for check in owes} | {
        Unchecked(Check.DEBT_CEILING, WETH.address)
    }
    supply = [Supply(USDT.address, RawAmount(10**9))]
    assert done(apply(where, who, supply)).unchecked == {Unchecked(Check.SUPPLY_CAP, USDT.address)}
    rich = {i: Liquidity(10**24, 10**6, 0, RawAmount(10**24)) for i in range(5)}
    assert refused(apply(where, who, supply, rich)) is Reason.SUPPLY_CAP_EXCEEDED
    assert (
        refused(apply(where, who, [Borrow(USDT.address, RawAmount(10**9))], rich))
        is Reason.BORROW_CAP_EXCEEDED
    )
    poor = {0: Liquidity(10**24, 0, 0, RawAmount(10**17))}
    assert (
        refused(apply(where, who, [Withdraw(WETH.address, RawAmount(10**18))], poor))
        is Reason.NOT_ENOUGH_LIQUIDITY
    )


def test_a_refusal_says_which_step_and_keeps_what_came_before():
    where, who = world(), account(Holding(0, 10**18), collateral=[0])
    steps = [Borrow(USDT.address, RawAmount(10**9)), Withdraw(WETH.address, EVERYTHING), Wait(1)]
    found = apply(where, who, steps)
    assert isinstance(found, Refused)
    assert (found.step, found.change, found.reason) == (1, steps[1], Reason.HEALTH_FACTOR_TOO_LOW)
    assert found.before == done(apply(where, who, steps[:1]))


def test_mistakes_are_not_answers():
    with pytest.raises(ValueError, match="-1"):
        Supply(WETH.address, RawAmount(-1))
    with pytest.raises(ValueError, match="price"):
        SetPrices({WETH.address: BaseAmount(0)})
    with pytest.raises(ValueError, match="10001"):
        SetReserve(WETH.address, threshold_bps=Bps(10_001))
    with pytest.raises(UnreadReserve):
        apply(world(), NOBODY, [Supply(Address("0x99"), RawAmount(1))])
    with pytest.raises(UnreadEMode):
        apply(world(), NOBODY, [SetCategory(7, ltv_bps=Bps(1))])
    assert refused(apply(world(), NOBODY, [SetEMode(7)])) is Reason.INCONSISTENT_EMODE
    assert refused(apply(world(), NOBODY, [Supply(WETH.address, RawAmount(0))])) is Reason.INVALID_AMOUNT


def test_stable_debt_is_repaid_and_goes_on_from_there():
    where = world(V302)
    owed = StableDebt(RawAmount(10**9), Ray(RAY // 10), NOW - YEAR)
    who = account(Holding(0, 10**20), Holding(1, 0, 0, owed), collateral=[0], borrowed=[1])
    assert refused(apply(where, who, [Repay(USDT.address, EVERYTHING)])) is Reason.NO_DEBT
    before = position(where, who).owed[0].amount
    some = done(apply(where, who, [Repay(USDT.address, RawAmount(10**8), stable=True)]))
    assert some.account.holdings[1].stable == StableDebt(RawAmount(before - 10**8), Ray(RAY // 10), NOW)
    none = done(apply(where, who, [Repay(USDT.address, EVERYTHING, stable=True)]))
    assert none.account == account(Holding(0, 10**20), collateral=[0])


# --- positions that nobody has -------------------------------------------------------------------------


@given(worlds, st.dictionaries(tokens, wholes), st.dictionaries(tokens, wholes))
def test_a_hypothetical_position_has_the_amounts_it_was_given(state, supplied, owed):
    where, _ = state
    made = hypothetical(
        where,
        {token.address: RawAmount(whole * token.unit) for token, whole in supplied.items()},
        {token.address: RawAmount(whole * token.unit) for token, whole in owed.items()},
    )
    found = position(where, made)
    for parts, wanted in ((found.supplied, supplied), (found.owed, owed)):
        assert {part.asset for part in parts} == set(wanted)
        for part in parts:
            # a scaled unit is worth at most three raw ones here
            assert abs(part.amount - wanted[part.asset] * part.asset.unit) <= 4
            assert part.counts


def test_a_position_that_could_no_longer_be_opened_can_be_imagined():
    where = world(words={0: _word(WETH, 1 << 57 | 1 << 60)})  # frozen and paused
    who = hypothetical(where, {WETH.address: RawAmount(10**18)}, {USDT.address: RawAmount(2900 * 10**6)})
    assert position(where, who).health_factor < WAD


@pytest.mark.parametrize("revision", [V302, V36])
def test_isolated_collateral_counts_alone_only(revision):
    where = world(revision, words={0: _word(WETH, CEILING), 1: _word(USDT, FOR_ISOLATED)})
    one = RawAmount(10**18)
    alone = hypothetical(where, {WETH.address: one}, {USDT.address: RawAmount(10**6)})
    assert position(where, alone).supplied[0].counts
    beside = hypothetical(where, {WETH.address: one, DAI.address: one}, {})
    assert [part.counts for part in position(where, beside).supplied] == [False, True]
    wrong = hypothetical(where, {WETH.address: one}, {USDC.address: RawAmount(10**6)})
    assert refused(wrong) is Reason.NOT_BORROWABLE_IN_ISOLATION


def test_what_no_account_can_be_is_refused():
    mode = EModeCategory(1, 9000, 9300, 10100, "e", collateral_bitmap=1, borrowable_bitmap=1)
    where, one = world(emodes=[mode], words={2: _word(USDC, SILOED)}), RawAmount(10**18)
    assert (
        refused(hypothetical(where, {WETH.address: one}, {USDT.address: one}, 1))
        is Reason.NOT_BORROWABLE_IN_EMODE
    )
    assert refused(hypothetical(where, {WETH.address: one}, {}, 2)) is Reason.INCONSISTENT_EMODE
    assert refused(hypothetical(where, {WETH.address: RawAmount(0)}, {})) is Reason.INVALID_AMOUNT
    two = {USDC.address: one, USDT.address: one}
    assert refused(hypothetical(where, {WETH.address: one}, two)) is Reason.SILOED_BORROWING
    with pytest.raises(ValueError, match="-5"):
        hypothetical(where, {WETH.address: RawAmount(-5)}, {})


@given(worlds, st.integers(1, 1000), st.integers(1, 1000))
def test_a_mirror_is_the_same_position_at_another_size(state, numerator, denominator):
    _, who = state
    assert scaled_copy(who, numerator, numerator) == who
    copy = scaled_copy(who, numerator, denominator)
    assert (copy.emode, copy.account, len(copy.holdings)) == (who.emode, who.account, len(who.holdings))
    for old, new in zip(who.holdings, copy.holdings, strict=True):
        assert new.scaled_supply == old.scaled_supply * numerator // denominator
        assert 0 <= new.scaled_debt * denominator - old.scaled_debt * numerator < denominator


def test_a_mirror_of_dust_holds_nothing_it_could_not_hold():
    who = account(Holding(0, 9, 0), Holding(1, 0, 9), collateral=[0], borrowed=[1])
    copy = scaled_copy(who, 1, 1000)
    assert copy == account(Holding(1, 0, 1), borrowed=[1])
    with pytest.raises(ValueError, match="0/1"):
        scaled_copy(who, 0, 1)
