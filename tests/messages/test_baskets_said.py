"""Baskets, loops within one, time and chance: what cards and alerts say of them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.baskets import at_price, lead_in
from bot.domain.fixed_point import SECONDS_PER_YEAR
from bot.domain.passage import DAY_SECONDS, WEEK_SECONDS, touch_probability
from bot.domain.positions import Position
from bot.domain.units import WAD
from bot.messages import lines
from bot.messages.answers import PositionShown, WalletFacts
from bot.messages.compose import Composer
from bot.messages.model import Message
from bot.messages.numbers import Side
from bot.messages.odds import seconds_left, share
from bot.messages.outlook import levers, price_at_health
from bot.messages.rich import text_of
from bot.messages.voice import Voice
from bot.subscriptions import ChatSettings
from tests.messages.imagined import BASKETS, COMPOSER, RESTLESS, ether, held, staked_loop, treasury
from tests.messages.samples import ATLAS, NOW, USDC, WALLET, WBTC, WETH, WSTETH, alert

VOICE = Voice.of(ATLAS, ChatSettings(), NOW, baskets=BASKETS)


def danger(of: Position) -> list[str]:
    return text_of(lines.danger(VOICE, of)).split("\n")


def card(of: Position, *, restless: bool = False) -> Message:
    shown = PositionShown(WALLET, "", WalletFacts((of,)), 1, restless=RESTLESS if restless else ())
    return COMPOSER.answer(shown, ChatSettings(), now=NOW)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        pytest.param(treasury(), ["ETH must fall 6.5 % more, to $2,840 (now $3,040)"], id="the lead alone"),
        pytest.param(
            ether(), ["ETH (with wstETH) must fall 30.5 % more, to $2,111 (now $3,040)"], id="two of a basket"
        ),
        pytest.param(
            held({WSTETH: 100 * 10**18}, {USDC: 250_000 * 10**6}),
            ["ETH (with wstETH) must fall 16.5 % more, to $2,536 (now $3,040)"],
            id="the lead is not held",
        ),
        pytest.param(
            held({WETH: 50 * 10**18, WBTC: 2 * 10**8}, {USDC: 200_000 * 10**6}),
            [
                "All collateral together must fall 29.1 % more",
                "BTC must fall 52.6 % more, to $47,334 (now $100,000)",
                "ETH must fall 65.1 % more, to $1,061 (now $3,040)",
            ],
            id="two baskets",
        ),
        pytest.param(
            staked_loop(),
            [
                "wstETH must fall 4.8 % more against ETH; what both do together does not count",
                "At today's rates interest alone brings liquidation in 728 days",
            ],
            id="a loop",
        ),
        pytest.param(
            held({WSTETH: 100 * 10**18, WETH: 10**18}, {WETH: 100 * 10**18}, emode=1),
            [
                "The collateral must fall 14.2 % more against the debt; both move together",
                "At today's rates interest alone brings liquidation in 6 years",
            ],
            id="a loop of several",
        ),
    ],
)
def test_what_must_happen(of: Position, expected: list[str]) -> None:
    told = [line.replace("WBTC", "BTC") for line in danger(of)]
    assert told == expected


def test_without_baskets_each_asset_is_spoken_of_alone() -> None:
    message = Composer(ATLAS).alert(alert(ether()), ChatSettings(), repeated=False, now=NOW)
    assert text_of(message.lines).split("\n")[1:3] == [
        "All collateral together must fall 30.5 % more",
        "ETH must fall 52.3 % more, to $1,448 (now $3,040)",
    ]


def test_the_price_of_one_asset_alone_stays_in_the_details() -> None:
    details = text_of(card(ether()).details)
    assert (
        "Liquidation price of ETH (with wstETH): $2,110.42717638, all of them moving by one factor" in details
    )
    assert "Liquidation price of ETH: $1,447.95180723, other prices unchanged" in details
    assert "Liquidation price of wstETH: $981.06995885, other prices unchanged" in details


@given(st.integers(1, 500), st.integers(1, 500), st.integers(30, 95))
@settings(max_examples=40, deadline=None)
def test_the_price_said_is_where_it_crosses(weth: int, wsteth: int, percent: int) -> None:
    """At the target the health factor is 1 or more, one base unit below it is under."""
    worth = weth * 3_040 * 83 + wsteth * 3_700 * 81
    of = held({WETH: weth * 10**18, WSTETH: wsteth * 10**18}, {USDC: worth * percent // 10_000 * 10**6})
    assert of.origin is not None
    found = levers(of, ATLAS, BASKETS)[0]
    assert found.basket is not None
    lead = lead_in(of.origin.market, found.basket)
    assert lead is not None
    assert at_price(of, found.basket, lead, found.target).health_factor >= WAD
    assert at_price(of, found.basket, lead, found.target - 1).health_factor < WAD
    shown = VOICE.figures.price_pair(found.target, found.now, of.base_unit, Side.UP)
    assert shown[0] in danger(of)[0]


@given(st.integers(100, 130))
@settings(max_examples=20, deadline=None)
def test_a_level_is_crossed_at_its_price(percent: int) -> None:
    of = ether()
    found = levers(of, ATLAS, BASKETS)[0]
    level = percent * WAD // 100
    price = price_at_health(of, found, level)
    assert found.basket is not None
    assert of.origin is not None
    lead = lead_in(of.origin.market, found.basket)
    assert lead is not None
    if price is None:
        assert percent == 100
        return
    assert at_price(of, found.basket, lead, price).health_factor >= level
    assert at_price(of, found.basket, lead, price - 1).health_factor < level


# ---- time -----------------------------------------------------------------------------------------------


def test_time_is_told_below_two_years_only() -> None:
    soon, late = treasury(), ether()
    left = seconds_left(soon)
    assert left is not None
    assert left < 2 * SECONDS_PER_YEAR
    sentence = "At flat prices and today's rates, interest alone brings liquidation in 460 days"
    assert left // DAY_SECONDS == 460
    message = card(soon)
    assert sentence in text_of(message.lines)
    assert sentence not in text_of(message.details)
    other = COMPOSER.alert(alert(soon), ChatSettings(), repeated=False, now=NOW)
    assert sentence not in text_of(other.lines)
    assert sentence in text_of(other.details)
    for text in (text_of(card(late).lines), text_of(card(late).details)):
        assert "interest alone" not in text
    assert (seconds_left(late) or 10**12) > 2 * SECONDS_PER_YEAR


def test_nothing_is_told_of_time_where_the_words_are_not_known() -> None:
    assert "interest alone" not in text_of(card(replace(staked_loop(), origin=None)).lines)


# ---- chance ---------------------------------------------------------------------------------------------


def test_a_chance_is_told_only_with_a_past_and_never_as_calibrated() -> None:
    assert "Chance" not in text_of(card(treasury()).lines) + text_of(card(treasury()).details)
    message = card(treasury(), restless=True)
    line = next(one for one in text_of(message.lines).split("\n") if one.startswith("Chance"))
    assert line == "Chance that ETH touches $2,840: 3.8 % within 24 h, 45 % within 7 d (not calibrated)"
    details = text_of(message.details)
    assert "first passage of a random walk without trend, at 62 % volatility a year" in details
    assert "from 720 price moves over 30 d" in details
    assert "no promise" in details
    assert "Not calibrated" in details


def test_a_chance_agrees_with_the_arithmetic_and_is_rounded_up() -> None:
    found = levers(treasury(), ATLAS, BASKETS)[0]
    for seconds, text in ((DAY_SECONDS, "3.8 %"), (WEEK_SECONDS, "45 %")):
        exact = touch_probability(found.now, found.target, RESTLESS[0].volatility.annual, seconds)
        assert share(VOICE, exact) == text
        assert int(text.split()[0].replace(".", "")) * (WAD // (1_000 if "." in text else 100)) >= exact


@given(st.integers(0, WAD))
def test_a_chance_is_never_certain_and_never_nothing(probability: int) -> None:
    text = share(VOICE, probability)
    assert text not in {"0 %", "100 %"}
    assert text.endswith(" %")
