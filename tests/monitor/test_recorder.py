"""What the monitor keeps of the past: whose, how often, and that nothing of it stops a warning."""

from dataclasses import dataclass, field, replace

import pytest

from bot.domain.alerts import Reason
from bot.domain.baskets import Basket, Member
from bot.domain.observations import BlockSeen, Glance, PositionSeen, PriceSeen
from bot.domain.positions import Supplied
from bot.domain.rules import HealthRule
from bot.domain.units import WAD, Address, Asset, BlockRef
from bot.monitor import Monitor
from bot.ports import Point
from bot.subscriptions import PriceTarget, WalletTarget, Watch, subject_id
from tests.fakes import FakeBook, FakeHistory, FakeJudgements
from tests.monitor.test_monitor import ANN, T0, WALLET, WETH, at, price, seen

LINK = Asset(1, Address("0x" + "11" * 20), "LINK", 18)
WSTETH = Asset(1, Address("0x" + "22" * 20), "wstETH", 18)
USDC = Asset(1, Address("0x" + "33" * 20), "USDC", 6)
ETHER = Basket(
    "ether", "ETH", (Member(1, WETH.address, "WETH", "", lead=True), Member(1, WSTETH.address, "", ""))
)
SUBJECT = subject_id("ethereum", WALLET)
START = T0 // 60 * 60


def holding(asset: Asset, reading: PositionSeen) -> PositionSeen:
    only = Supplied(asset, 10**18, 3000 * 10**8, 3000 * 10**8, True, True, 8000, 8300, 10500)
    return replace(reading, position=replace(reading.position, supplied=(only,)))


def priced(asset: Asset, dollars: int, number: int) -> PriceSeen:
    return replace(price(dollars, number), asset=asset)


@dataclass
class Tower:
    book: FakeBook = field(default_factory=FakeBook)
    history: FakeHistory = field(default_factory=FakeHistory)
    calls: int = 0

    def __post_init__(self) -> None:
        kept = FakeJudgements()
        self.kept, now = kept, lambda: T0
        self.monitor = Monitor(self.book, kept, clock=now, stale_after_s=300, history=self, baskets=(ETHER,))

    async def add(self, points) -> None:
        self.calls += 1
        await self.history.add(points)

    async def series(self, subject: str, since: int) -> tuple[Point, ...]:
        return await self.history.series(subject, since)

    async def watch(self, target=None) -> Watch:
        rules = () if isinstance(target, PriceTarget) else (HealthRule(),)
        return await self.book.add(Watch("", 0, ANN, target or WalletTarget(WALLET), rules))

    async def block(self, after_s: int, *positions, glances=(), prices=(), market="ethereum") -> None:
        as_of = BlockRef(after_s + 1, f"0x{after_s:064x}", START + after_s)
        by_asset = {one.asset.address: one for one in prices}
        await self.monitor.block(BlockSeen(market, as_of, by_asset, positions, tuple(glances)))

    def kept_of(self, thing: str = WALLET, market: str = "ethereum") -> list[Point]:
        return self.history.points[subject_id(market, thing)]


@pytest.fixture
def tower() -> Tower:
    return Tower()


def glance(percent: int, whole: PositionSeen | None = None) -> Glance:
    return Glance(WALLET, at(1), percent * WAD // 100, lambda: whole or seen(percent, 1))


async def test_one_point_a_minute_of_all_that_is_watched(tower):
    await tower.watch()
    await tower.watch(PriceTarget("ethereum", LINK))
    prices = [priced(LINK, 15, 1), priced(WETH, 3000, 1), priced(USDC, 1, 1)]
    for after in (0, 12, 24, 36, 48, 60, 72):
        await tower.block(after, glances=[glance(200 - after)], prices=prices)
    assert tower.calls == 2
    assert tower.kept_of() == [Point(START, 2 * WAD), Point(START + 60, 140 * WAD // 100)]
    assert tower.kept_of(LINK.address) == [Point(START, 0, 15 * 10**8), Point(START + 60, 0, 15 * 10**8)]
    assert tower.kept_of(WETH.address) == [Point(START, 0, 3000 * 10**8), Point(START + 60, 0, 3000 * 10**8)]
    assert tower.kept_of(USDC.address) == []


async def test_what_nobody_watches_is_not_kept(tower):
    await tower.block(0, seen(200, 1), prices=[priced(WETH, 3000, 1)])
    assert tower.calls == 0
    watch = await tower.watch()
    await tower.block(60, seen(200, 1))
    await tower.book.remove(watch)
    await tower.block(120, seen(200, 1))
    assert tower.kept_of() == [Point(START + 60, 2 * WAD)]


async def test_the_lead_of_a_basket_stands_for_it_and_what_has_none_for_itself(tower):
    await tower.watch()
    prices = [priced(WETH, 3000, 1), priced(WSTETH, 3600, 1), priced(LINK, 15, 1)]
    await tower.block(0, holding(WSTETH, seen(200, 1)), prices=prices)
    assert (len(tower.kept_of(WETH.address)), len(tower.kept_of(WSTETH.address))) == (1, 0)
    await tower.block(12, holding(LINK, seen(200, 1)), prices=prices)
    await tower.block(60, glances=[glance(200)], prices=prices)
    assert (len(tower.kept_of(WETH.address)), len(tower.kept_of(LINK.address))) == (1, 1)
    await tower.block(120, holding(WSTETH, seen(200, 1)), prices=[priced(WSTETH, 3600, 1)])
    assert len(tower.kept_of(WSTETH.address)) == 1


async def test_without_debt_there_is_no_health_to_keep(tower):
    await tower.watch()
    await tower.block(0, seen(0, 1, empty=True))
    assert tower.calls == 0


async def test_each_market_has_its_own_minute(tower):
    await tower.watch()
    await tower.block(0, seen(200, 1))
    await tower.block(12, glances=[glance(150)], market="base")
    assert (len(tower.kept_of()), len(tower.kept_of(market="base"))) == (1, 1)


async def test_blocks_before_the_last_minute_are_no_news(tower):
    await tower.watch()
    for after in (120, 60, 130):
        await tower.block(after, seen(200, 1))
    assert tower.kept_of() == [Point(START + 120, 2 * WAD)]


@pytest.mark.parametrize("bug", [False, True], ids=["store away", "a bug"])
async def test_a_past_that_cannot_be_kept_stops_nothing(tower, bug):
    await tower.watch()
    tower.history.away = True
    if bug:
        tower.history.points = None
        tower.history.away = False
    await tower.block(0, seen(104, 1))
    assert [one.payload.reason for one in tower.kept.deliveries[:1]] == [Reason.FIRST]
    tower.history = FakeHistory()
    await tower.block(60, seen(104, 1))
    assert len(tower.kept_of()) == 1
