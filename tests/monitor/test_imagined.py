"""Positions that somebody imagines, and copies of wallets: judged like wallets by what can happen."""

from dataclasses import replace

import pytest

from bot.domain.aave_state import AccountState
from bot.domain.alerts import Reason
from bot.domain.observations import BlockSeen, Glance, Liquidation, Move, MoveKind, PositionSeen
from bot.domain.rules import ChangedRule, ClosedRule, DistanceRule, HealthRule, LiquidatedRule
from bot.domain.units import WAD, Address
from bot.ports import Following
from bot.subscriptions import ImaginedTarget, MirrorTarget, Watch, subject_id
from tests.monitor.test_monitor import ANN, T0, WALLET, WETH, Desk, at, seen

IMAGINED = ImaginedTarget("ethereum", AccountState(Address("imagined"), 0, 0, ()))
MIRROR = MirrorTarget("ethereum", WALLET, 1, 1000)
EVERY_RULE = (HealthRule(), DistanceRule(), ChangedRule(), LiquidatedRule(), ClosedRule())
BORROW = (Move(MoveKind.BORROW, "0x1", WETH, 1, 5),)
CALL = (Liquidation("0x9", WETH, 1, 1, WETH, 1, 1, WALLET),)
HEALTH = (HealthRule(),)


@pytest.fixture
async def desk(client) -> Desk:
    return await Desk(client).again()


async def watching(desk: Desk, target=IMAGINED, rules=HEALTH) -> Watch:
    return await desk.book.add(Watch("", 0, ANN, target, tuple(rules)))


def of(watch: Watch, reading: PositionSeen) -> PositionSeen:
    return replace(reading, position=replace(reading.position, account=watch.account))


def glance(watch: Watch, percent: int, number: int, *, empty: bool = False) -> Glance:
    whole = of(watch, seen(percent, number, empty=empty))
    return Glance(watch.account, at(number), whole.health_factor, lambda: whole, is_empty=empty)


async def test_what_is_to_be_followed_names_wallets_copies_and_what_is_imagined(desk):
    assert await desk.monitor.following() == Following(0, frozenset())
    imagined, mirror = await watching(desk), await watching(desk, MIRROR)
    following = await desk.monitor.following()
    assert following.wallets == {WALLET}
    assert following.imagined == {imagined.account: IMAGINED, mirror.account: MIRROR}
    changed = replace(imagined, target=replace(IMAGINED, said="10 ETH"))
    await desk.book.put(changed)
    newer = await desk.monitor.following()
    assert newer.version > following.version
    assert newer.imagined[imagined.account] == changed.target
    await desk.book.remove(mirror)
    assert (await desk.monitor.following()).wallets == frozenset()


@pytest.mark.parametrize("target", [IMAGINED, MIRROR], ids=["imagined", "mirror"])
async def test_a_fall_is_said_of_it_as_of_a_wallet(desk, target):
    watch = await watching(desk, target)
    await desk.block(1, of(watch, seen(200, 1)))
    desk.now += 12
    await desk.monitor.block(BlockSeen("ethereum", at(2), {}, (), (glance(watch, 140, 2),)))
    (first,) = await desk.said()
    assert (first.reason, first.watch.id, first.watch.address) == (Reason.FIRST, watch.id, None)
    assert first.subject == subject_id("ethereum", watch.account)
    assert first.seen.position.account == watch.account
    await desk.block(3, of(watch, seen(109, 3)))
    (worse,) = await desk.said()
    assert (worse.reason, worse.before) == (Reason.WORSENED, 140 * WAD // 100)


async def test_two_of_the_same_are_two(desk):
    one, two = await watching(desk), await watching(desk)
    await desk.block(1, of(one, seen(104, 1)), of(two, seen(200, 1)))
    (told,) = await desk.said()
    assert told.watch.id == one.id


def everything_happened(watch: Watch) -> list[PositionSeen]:
    """Opened, moved, liquidated and closed."""
    return [
        of(watch, seen(300, 1)),
        replace(of(watch, seen(300, 2)), moves=BORROW, liquidations=CALL),
        of(watch, seen(0, 3, empty=True)),
    ]


async def test_nothing_happens_to_what_is_imagined(desk):
    watch = await watching(desk, rules=EVERY_RULE)
    for number, reading in enumerate(everything_happened(watch), start=1):
        await desk.block(number, reading)
    assert await desk.said() == []
    await desk.block(4, of(watch, seen(140, 4)))
    assert [one.rule.key for one in await said_of(desk)] == ["health"]


async def test_a_copy_moves_and_closes_with_its_wallet_but_nobody_liquidates_it(desk):
    watch = await watching(desk, MIRROR, EVERY_RULE)
    for number, reading in enumerate(everything_happened(watch), start=1):
        await desk.block(number, reading)
    told = await said_of(desk)
    assert [(one.rule.key, one.reason) for one in told] == [
        ("changed", Reason.CHANGED),
        ("closed", Reason.CHANGED),
    ]
    assert told[0].before == 3 * WAD


async def said_of(desk: Desk) -> list:
    found = []
    for one in await desk.said():
        found += getattr(one, "alerts", (one,))
    return found


async def test_the_silence_of_its_market_concerns_it_and_that_of_others_does_not(desk):
    await watching(desk)
    await desk.monitor.tick(["ethereum", "base"])
    desk.now += 301
    await desk.monitor.tick(["ethereum", "base"])
    (stale,) = await desk.said()
    assert (stale.reason, stale.seen.market, stale.destination) == (Reason.STALE, "ethereum", ANN)


async def test_what_cannot_be_computed_is_told_while_its_market_is_seen(desk):
    watch = await watching(desk)
    await desk.block(1, of(watch, seen(200, 1)))
    for number in range(2, 40):
        desk.now = T0 + 12 * number
        await desk.monitor.block(BlockSeen("ethereum", at(number), {}, (), (), (watch.account,)))
        await desk.monitor.block(BlockSeen("base", at(number), {}, (), ()))
    (stale,) = await desk.said()
    assert (stale.reason, stale.seen.last, stale.watch.id) == (Reason.STALE, at(1), watch.id)
    await desk.block(40, of(watch, seen(200, 40)))
    assert [one.reason for one in await desk.said()] == [Reason.RESOLVED]


async def test_a_restart_knows_what_was_said_of_it(desk):
    watch = await watching(desk)
    await desk.block(1, of(watch, seen(140, 1)))
    assert len(await desk.said()) == 1
    await desk.again()
    await desk.block(2, of(watch, seen(139, 2)))
    assert await desk.said() == []
