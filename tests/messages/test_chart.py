"""Charts as data: prices of the levels ahead, the same facts in the alternative text, nothing to hide."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alerts import Reason, Unseen
from bot.domain.positions import Position
from bot.domain.rules import HealthRule, PriceRule
from bot.domain.units import WAD, BaseAmount, Wad
from bot.messages.chart import charted_asset
from bot.messages.imagined import ChartShown, Whose
from bot.messages.model import Chart, Message
from bot.messages.numbers import Figures
from bot.messages.rich import text_of
from bot.subscriptions import ChatSettings
from tests.messages.imagined import BASKETS, COMPOSER, ether, held, staked_loop, treasury
from tests.messages.samples import ATLAS, NOW, USD, USDC, WALLET, WETH, WSTETH, alert, price


@dataclass(frozen=True, slots=True)
class Point:
    at: int
    health: int = 0
    price: int = 0


HOUR = 3_600
PRICES = tuple(Point(NOW - HOUR * i, price=(3_040 + 10 * i) * USD) for i in range(5))
HEALTHS = tuple(Point(NOW - HOUR * i, health=107 * WAD // 100 + i * WAD // 100) for i in range(5))


def drawn(
    of: Position, points: Sequence[Point] = PRICES + HEALTHS, *, private: bool = True
) -> Message | None:
    return COMPOSER.chart(alert(of), points, ChatSettings(), private=private, now=NOW)


def chart_of(message: Message | None) -> Chart:
    assert message is not None
    assert message.chart is not None
    return message.chart


def test_a_chart_of_an_alert() -> None:
    message = drawn(ether())
    chart = chart_of(message)
    assert chart.title == "treasury.eth · ETH"
    assert chart.price[0] == (NOW - 4 * HOUR, 3_080 * USD)
    assert chart.price[-1] == (NOW, 3_040 * USD)
    assert chart.health[-1] == (NOW, 107 * WAD // 100)
    assert chart.liquidation == 211_042_717_638
    assert chart.liquidation_label == "Liquidation at $2,111 for ETH (with wstETH)"
    assert [label for label, _at in chart.levels] == ["HF 1.25", "HF 1.10", "HF 1.05"]
    assert message is not None
    assert text_of(message.lines).split("\n") == [
        "treasury.eth · ETH",
        "ETH $3,040, from $3,080, between $3,040 and $3,080 in 4 h",
        "Liquidation at $2,111 for ETH (with wstETH)",
        "Alert levels ahead: HF 1.25 at $2,639, HF 1.10 at $2,322, HF 1.05 at $2,216",
        "HF 1.07, from 1.11, between 1.07 and 1.11 in 4 h",
    ]
    for line in text_of(message.lines).split("\n"):
        assert line in chart.alt


def test_levels_lie_between_today_and_liquidation() -> None:
    chart = chart_of(drawn(ether()))
    prices = [at for _label, at in chart.levels]
    assert prices == sorted(prices, reverse=True)
    assert all(chart.liquidation < at < 3_040 * USD for at in prices)


@pytest.mark.parametrize("points", [(), PRICES[:2], PRICES[:2] + HEALTHS[:2]])
def test_too_few_points_make_no_chart(points: tuple[Point, ...]) -> None:
    assert drawn(ether(), points) is None
    shown = ChartShown(Whose(address=WALLET), "ethereum", WETH, USD, points, NOW - HOUR, ether())
    message = COMPOSER.answer(shown, ChatSettings(), now=NOW)
    assert message.chart is None
    assert "too few to draw" in text_of(message.lines)


def test_health_alone_where_no_price_was_kept_and_the_other_way_round() -> None:
    only = chart_of(drawn(ether(), HEALTHS))
    assert (only.price, only.levels, only.liquidation) == ((), (), 0)
    assert only.title == "treasury.eth · health factor"
    assert chart_of(drawn(ether(), PRICES)).health == ()


def test_what_is_out_of_sight_has_no_chart() -> None:
    gone = replace(alert(treasury(), Reason.STALE), seen=Unseen("ethereum", None, 300))
    assert COMPOSER.charted(gone) is None
    assert COMPOSER.chart(gone, PRICES, ChatSettings(), private=True, now=NOW) is None


@pytest.mark.parametrize(
    ("of", "symbol"),
    [
        (treasury(), "WETH"),
        (held({WSTETH: 10**20}, {USDC: 10**11}), "WETH"),
        (staked_loop(), "wstETH"),
        (held({USDC: 10**10}, {WETH: 10**18}), "WETH"),
        (held({USDC: 10**10}, {}), "USDC"),
    ],
)
def test_whose_price_is_charted(of: Position, symbol: str) -> None:
    asset = charted_asset(of, ATLAS, BASKETS)
    assert asset is not None
    assert asset.symbol == symbol
    assert COMPOSER.charted(alert(of)) == asset


def test_a_chart_of_a_price() -> None:
    rule = PriceRule(WETH, BaseAmount(2_500 * USD), above=False, base_unit=USD)
    shown = ChartShown(Whose(), "ethereum", WETH, USD, PRICES, NOW - HOUR, rules=(rule,))
    message = COMPOSER.answer(shown, ChatSettings(), now=NOW)
    chart = chart_of(message)
    assert chart.title == "ETH"
    assert chart.levels == (("alert below", 2_500 * USD),)
    assert (chart.liquidation, chart.health) == (0, ())
    assert "Alert levels ahead: alert below at $2,500" in text_of(message.lines)
    told = COMPOSER.chart(
        alert(price(), Reason.FIRST, rule=rule), PRICES, ChatSettings(), private=True, now=NOW
    )
    assert chart_of(told).levels == chart.levels


@given(
    st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**13), st.integers(0, 10**19)), max_size=40),
    st.integers(2, 50),
)
@settings(max_examples=60, deadline=None)
def test_series_are_in_order_and_the_words_have_their_ends(
    series: list[tuple[int, int, int]], ether_held: int
) -> None:
    points = tuple(Point(at, health, cost) for at, cost, health in series)
    of = held({WETH: ether_held * 10**18}, {USDC: 1_000 * 10**6})
    message = drawn(of, points)
    known = [{p.at for p in points if p.price}, {p.at for p in points if p.health}]
    assert (message is None) is (max(map(len, known)) < 3)
    if message is None:
        return
    chart = chart_of(message)
    for line in (chart.price, chart.health):
        moments = [at for at, _value in line]
        assert moments == sorted(set(moments))
        assert len(moments) == 0 or len(moments) >= 3
    if chart.price:
        assert COMPOSER.atlas.coin(WETH) + " " + Figures().price(chart.price[-1][1], USD) in text_of(
            message.lines
        )


def test_nothing_of_amounts_is_in_a_chart() -> None:
    """A position ten times as large, with the same health factor, has the same chart, shown or hidden."""
    small = held({WETH: 10 * 10**18}, {USDC: 20_000 * 10**6})
    large = held({WETH: 100 * 10**18}, {USDC: 200_000 * 10**6})
    charts = {
        repr(chart_of(drawn(of, private=private))) for of in (small, large) for private in (True, False)
    }
    assert len(charts) == 1


def test_rules_of_the_watch_give_the_levels_of_a_shown_chart() -> None:
    rule = HealthRule((Wad(12 * WAD // 10),))
    shown = ChartShown(Whose(address=WALLET), "ethereum", WETH, USD, PRICES, NOW - HOUR, ether(), (rule,))
    chart = chart_of(COMPOSER.answer(shown, ChatSettings(), now=NOW))
    assert [label for label, _at in chart.levels] == ["HF 1.20"]
    assert chart.title == "0xd8dA…6045 · ETH"


def test_a_picture_ends_with_what_is_told_and_not_with_what_was_kept_before() -> None:
    told = ether()
    at, price = told.as_of.timestamp, told.supplied[0].price
    old = tuple(Point(at - 60 * n, 2 * WAD, price + 900 * USD) for n in range(1, 5))
    chart = chart_of(drawn(told, old))
    assert chart.price[-1] == (at, price)
    assert chart.health[-1] == (at, told.health_factor)
