"""Boards, owners and charts through the desk: sums, order, pages, and a past that may be missing."""

from dataclasses import replace

import pytest

from bot.domain.rules import HealthRule
from bot.domain.units import Address
from bot.messages.answers import Answer, Fault, PositionShown
from bot.messages.imagined import BoardShown, ChartShown, OwnerSet, OwnerShown, OwnersShown, Restless
from bot.ports import Point
from bot.subscriptions import MirrorTarget, Watch, subject_id
from tests.handlers.commands.stand import EMPTY, SAVER, Stand
from tests.messages.samples import NOW, WALLET, WETH

DEMO = "/simulate 10 ETH vs 20k USDC as demo"
OWNERS = [
    ("/owner fund", "no_such_owner"),
    (f"/owner {WALLET}", "missing_owner"),
    ("/owner fund 9", "no_such_watch"),
    ("/owner fund 2", "price_has_no_owner"),
    ("/owner fund 0x12", "address_length"),
    (f"/owner {'x' * 33} {WALLET}", "label_too_long"),
    ("/owner fund remove", "no_such_owner"),
    ("/owner fund " + " ".join(["1"] * 51), "too_many_wallets"),
]


async def hears(stand: Stand, text: str) -> Answer:
    answer = await stand.hears(stand.request(text))
    assert answer is not None
    return answer


async def test_an_owner_s_wallets_are_watched_summed_and_let_go(stand: Stand) -> None:
    stand.names.table["saver.eth"] = SAVER
    await hears(stand, DEMO)
    put = await hears(stand, f"/owner Trend Research {WALLET}, saver.eth #1 {WALLET}")
    assert isinstance(put, OwnerSet)
    assert ([one.number for one in put.added], [one.number for one in put.joined]) == ([2, 3], [1])
    shown = await hears(stand, "/owner trend research")
    assert isinstance(shown, OwnerShown)
    assert (shown.name, shown.wallets) == ("Trend Research", 3)
    (total,) = shown.totals
    assert total.positions == 3
    assert total.debt == sum(row.position.totals.debt_base for row in shown.rows if row.position is not None)
    assert await hears(stand, "/owner") == OwnersShown((("Trend Research", 3),))
    left = await hears(stand, "/owner Trend Research remove saver.eth")
    assert isinstance(left, OwnerSet)
    assert [one.number for one in left.left] == [3]
    assert await hears(stand, "/owner") == OwnersShown((("Trend Research", 2),))
    await hears(stand, "/owner trend research remove")
    assert await hears(stand, "/owner") == OwnersShown(())
    assert len(stand.book.watches) == 3


@pytest.mark.parametrize(("text", "problem"), OWNERS)
async def test_a_wrong_owner_changes_nothing(text: str, problem: str) -> None:
    stand = Stand()
    await hears(stand, DEMO)
    await hears(stand, "/watch ETH below 2500")
    before = list(stand.book.watches)
    fault = await hears(stand, text)
    assert isinstance(fault, Fault)
    assert fault.problem == problem
    assert stand.book.watches == before
    assert not isinstance(await hears(stand, fault.example), Fault)


async def test_a_wrong_wallet_among_right_ones_changes_nothing(stand: Stand) -> None:
    assert isinstance(await hears(stand, f"/owner fund {WALLET} {SAVER} 0x12"), Fault)
    assert stand.book.watches == []


async def test_the_board_has_the_closest_first_whatever_it_is(stand: Stand) -> None:
    await hears(stand, "/watch ETH below 2500")
    await hears(stand, DEMO)
    await hears(stand, f"/watch {SAVER}")
    await hears(stand, f"/mirror {WALLET} x0.1")
    await hears(stand, f"/watch {EMPTY}")
    shown = await hears(stand, "/board")
    assert isinstance(shown, BoardShown)
    assert [row.watch.number for row in shown.rows] == [4, 2, 3, 1, 5]
    assert (shown.page, shown.pages, shown.watches) == (1, 1, 5)


async def test_the_board_has_pages(stand: Stand) -> None:
    await stand.book.add_many(
        [
            Watch("", 0, "telegram/7", MirrorTarget("ethereum", WALLET, 1, number), (HealthRule(),))
            for number in range(1, 46)
        ]
    )
    last = await hears(stand, "/board 3")
    assert isinstance(last, BoardShown)
    assert (len(last.rows), last.pages, last.watches) == (5, 3, 45)
    fault = await hears(stand, "/board 4")
    assert isinstance(fault, Fault)
    assert (fault.problem, fault.example) == ("not_a_page", "/board 3")


async def test_what_cannot_be_read_stands_on_the_board_as_unknown(stand: Stand) -> None:
    await hears(stand, DEMO)
    stand.states.away = True
    shown = await hears(stand, "/board")
    assert isinstance(shown, BoardShown)
    assert (shown.rows[0].position, bool(shown.rows[0].unread)) == (None, True)


# ---- the past -------------------------------------------------------------------------------------------


def past(stand: Stand, thing: Address, *, price: int = 0, health: int = 0, hours: int = 48) -> None:
    """One point an hour until now, each a little off the one before."""
    stand.history.points[subject_id("ethereum", thing)] = [
        Point(NOW - 3_600 * ago, health and health + ago, price and price * (1_000 + ago % 5) // 1_000)
        for ago in range(hours, -1, -1)
    ]


async def test_a_chart_of_a_position_has_the_price_that_decides_and_its_health(stand: Stand) -> None:
    await hears(stand, DEMO)
    (watch,) = stand.book.watches
    assert watch.account is not None
    past(stand, WETH.address, price=3_040 * 10**8)
    past(stand, watch.account, health=10**18)
    chart = await hears(stand, "/chart demo 24h")
    assert isinstance(chart, ChartShown)
    assert (chart.asset, chart.since, len(chart.points)) == (WETH, NOW - 86_400, 25)
    assert all(point.price and point.health for point in chart.points)
    assert chart.position is not None
    assert chart.rules == watch.rules
    longer = await hears(stand, "/chart demo 7d")
    assert isinstance(longer, ChartShown)
    assert len(longer.points) == 49


async def test_a_chart_of_an_asset_and_of_any_wallet(stand: Stand) -> None:
    past(stand, WETH.address, price=3_040 * 10**8)
    chart = await hears(stand, "/chart ETH")
    assert isinstance(chart, ChartShown)
    assert (chart.position, len(chart.points)) == (None, 25)
    wallet = await hears(stand, f"/chart {WALLET}")
    assert isinstance(wallet, ChartShown)
    assert wallet.whose.address == WALLET


async def test_without_a_past_or_without_its_store_the_words_go_out(stand: Stand) -> None:
    await hears(stand, DEMO)
    for stand.history.away in (False, True):
        chart = await hears(stand, "/chart demo")
        assert isinstance(chart, ChartShown)
        assert chart.points == ()
        assert not isinstance(await hears(stand, "/position demo"), Fault)
        assert not isinstance(await hears(stand, "/whatif demo ETH -20%"), Fault)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("/chart", "missing_chart"),
        ("/chart nobody", "no_such_watch"),
        (f"/chart {EMPTY}", "nothing_to_chart"),
        ("/chart demo soon", "not_a_duration"),
        ("/chart demo 7d please", "extra_words"),
    ],
)
async def test_a_chart_of_what_is_not(stand: Stand, text: str, problem: str) -> None:
    await hears(stand, DEMO)
    fault = await hears(stand, text)
    assert isinstance(fault, Fault)
    assert fault.problem == problem
    assert not isinstance(await hears(stand, fault.example), Fault)


async def test_chances_rest_on_a_past_that_is_long_enough(stand: Stand) -> None:
    await hears(stand, DEMO)
    past(stand, WETH.address, price=3_040 * 10**8, hours=10)
    shown = await hears(stand, "/position demo")
    assert isinstance(shown, PositionShown)
    assert shown.restless == ()
    past(stand, WETH.address, price=3_040 * 10**8, hours=200)
    shown = await hears(stand, "/position demo")
    assert isinstance(shown, PositionShown)
    (restless,) = shown.restless
    assert isinstance(restless, Restless)
    assert (restless.asset, restless.volatility.returns) == (WETH.address, 200)


async def test_an_owner_survives_an_edit(stand: Stand) -> None:
    await hears(stand, DEMO)
    await hears(stand, "/owner fund 1")
    await hears(stand, "/edit demo add 1 ETH")
    assert replace(stand.book.watches[0]).owner == "fund"
