"""The screen and the position are one arithmetic: equal for any market, account, release."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.aave_revisions import rules_of
from bot.domain.aave_state import EModeCategory, Holding, StableDebt
from bot.domain.aave_v3 import UnreadError, position
from bot.domain.screening import Screen
from bot.domain.units import RAY
from tests.domain.aave import DAI, NOW, USDC, USDT, WBTC, WETH, YEAR, account, configuration, market, reserve

TOKENS = (WETH, USDT, USDC, WBTC, DAI)
amounts = st.integers(0, 10**24)
indexes = st.integers(RAY, 3 * RAY)
rates = st.integers(0, RAY)
bitmaps = st.integers(0, 2 ** len(TOKENS) - 1)


@st.composite
def states(draw):
    """A market of any release and an account with anything in any of its reserves."""
    revision = draw(st.integers(1, 12))
    emodes = [
        EModeCategory(
            number, 9000, 9300, 10100, "e", draw(bitmaps), draw(bitmaps), draw(bitmaps),
            isolated=draw(st.booleans()),
            price=draw(st.sampled_from([None, 0, 10**8])),
        )
        for number in (1, 2)
    ]  # fmt: skip
    reserves = [
        reserve(
            index,
            token,
            word=configuration(
                threshold=draw(st.sampled_from([0, 5000, 8300])),
                decimals=token.decimals,
                category=draw(st.integers(0, 2)),
            ),
            age=draw(st.integers(0, YEAR)),
            rate=draw(rates),
            debt_rate=draw(rates),
            income=draw(indexes),
            debt=draw(indexes),
        )
        for index, token in enumerate(TOKENS)
    ]
    stable = (
        st.none() | st.builds(StableDebt, amounts, rates, st.integers(NOW - YEAR, NOW))
        if rules_of(revision).stable_debt
        else st.none()
    )
    holdings = [
        Holding(index, draw(amounts), draw(amounts), draw(stable))
        for index in range(len(TOKENS))
        if draw(st.booleans())
    ]
    prices = {index: draw(st.integers(1, 10**13)) for index in range(len(TOKENS))}
    flags = st.lists(st.integers(0, len(TOKENS) - 1))
    who = account(
        *holdings, collateral=set(draw(flags)), borrowed=set(draw(flags)), emode=draw(st.integers(0, 2))
    )
    return market(reserves, prices, revision=revision, emodes=emodes), who


@given(states())
def test_the_screen_says_what_the_position_says(state):
    where, who = state
    screen = Screen(where)
    assert screen.health_factor(who) == position(where, who).health_factor
    assert screen.health_factor(who) == position(where, who).health_factor  # with its terms remembered


@pytest.mark.parametrize("missing", ["price", "reserve", "emode"])
def test_what_is_unread_is_no_number(missing):
    whole = market([reserve(0, WETH)], {0: 10**8})
    who = account(Holding(0, 10**18), collateral=[0], emode=1 if missing == "emode" else 0)
    lacking = replace(
        whole, **({"prices": {}} if missing == "price" else {"reserves": {}} if missing == "reserve" else {})
    )
    with pytest.raises(UnreadError):
        Screen(lacking).health_factor(who)
    with pytest.raises(UnreadError):
        position(lacking, who)
