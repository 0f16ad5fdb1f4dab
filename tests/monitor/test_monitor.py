"""The monitor on a real store: what a block leads to, what a restart knows, what silence means."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from bot.domain.alerts import Alert, Reason
from bot.domain.observations import (
    BlockSeen,
    ChainReorged,
    Glance,
    Liquidation,
    Move,
    MoveKind,
    PositionSeen,
    PriceSeen,
)
from bot.domain.positions import AccountData, Position, Rounding, Supplied
from bot.domain.rules import DEFAULT_RULES, ChangedRule, HealthRule, PriceRule
from bot.domain.units import HF_NO_DEBT, WAD, Address, Asset, BlockRef
from bot.monitor import Monitor
from bot.ports import ChartOf, Lane, Operation
from bot.store.judgements import StoredJudgements
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PlatformPace
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import ChatSettings, PriceTarget, WalletTarget, Watch

ANN, BOB = "telegram/1", "telegram/2"
WALLET = Address("0x" + "Ab" * 20)
WETH = Asset(1, Address("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"), "WETH", 18)
T0 = 1_800_000_000


def at(number: int, fork: str = "") -> BlockRef:
    return BlockRef(number, f"0x{fork}{number:0{64 - len(fork)}x}", T0 + 12 * number)


def seen(percent: int, number: int, *, fork: str = "", moves: Sequence[Move] = (), empty: bool = False):
    hf = HF_NO_DEBT if empty else percent * WAD // 100
    weth = Supplied(WETH, 10**18, 3000 * 10**8, 3000 * 10**8, True, True, 8000, 8300, 10500)
    totals = AccountData(0 if empty else 10**11, 0 if empty else 10**10, 0, 8300, 8000, hf)
    supplied = () if empty else (weth,)
    position = Position(
        "ethereum", WALLET, at(number, fork), 10, Rounding.PROTOCOL, 10**8, 0, "", supplied, (), totals
    )
    return PositionSeen(position, tuple(moves))


def price(dollars: int, number: int) -> PriceSeen:
    return PriceSeen("ethereum", WETH, dollars * 10**8, 10**8, at(number))


@dataclass
class Desk:
    """A monitor with its store; `again()` is the same after a restart."""

    client: object
    now: float = T0
    monitor: Monitor = field(init=False)

    async def again(self) -> "Desk":
        self.outbox = StoredOutbox(self.client, pacing={"telegram": PlatformPace()})
        self.book = StoredWatchBook(self.client)
        judgements = StoredJudgements(self.client, self.outbox)
        self.monitor = Monitor(self.book, judgements, clock=lambda: self.now, stale_after_s=300)
        await self.monitor.start()
        return self

    async def watch(self, to: str = ANN, rules=DEFAULT_RULES) -> Watch:
        return await self.book.add(Watch("", 0, to, WalletTarget(WALLET), tuple(rules)))

    async def block(self, number: int, *positions: PositionSeen, prices: Sequence[PriceSeen] = ()) -> None:
        self.now = T0 + 12 * number
        priced = {one.asset.address: one for one in prices}
        fork = positions[0].as_of if positions else at(number)
        await self.monitor.block(BlockSeen("ethereum", fork, priced, positions))

    async def said(self) -> list[Alert]:
        """Take everything that waits, as a worker would; `pictures` are of alerts, not said."""
        found = []
        while (claim := await self.outbox.claim("telegram")) is not None:
            await self.outbox.done(claim, "1")
            found.append(claim.delivery)
        self.pictures = [one for one in found if isinstance(one.payload, ChartOf)]
        self.deliveries = [one for one in found if one not in self.pictures]
        return [one.payload for one in self.deliveries]


@pytest.fixture
async def desk(client) -> Desk:
    return await Desk(client).again()


async def test_a_fall_is_said_once_to_each_who_watches_and_threads_to_its_first_message(desk):
    await desk.watch(ANN)
    await desk.watch(BOB, [HealthRule()])
    await desk.block(1, seen(200, 1))
    await desk.block(2, seen(140, 2))
    await desk.block(3, seen(139, 3))
    said = await desk.said()
    assert [(one.destination, one.reason) for one in said] == [(ANN, Reason.FIRST), (BOB, Reason.FIRST)]
    await desk.block(4, seen(109, 4))
    (worse, _) = await desk.said()
    assert (worse.reason, worse.before) == (Reason.WORSENED, 140 * WAD // 100)
    assert worse.incident == said[0].incident
    assert [one.operation for one in desk.deliveries] == [Operation.REPLY] * 2
    assert [one.lane for one in desk.deliveries] == [Lane.CRITICAL] * 2


async def test_a_restart_repeats_nothing_and_forgets_nothing(desk):
    await desk.watch()
    await desk.block(1, seen(140, 1))
    assert len(await desk.said()) == 1
    await desk.again()
    assert await desk.monitor.cursor("ethereum") == at(1)
    await desk.block(2, seen(140, 2))
    assert await desk.said() == []
    await desk.block(3, seen(120, 3))
    (worse,) = await desk.said()
    assert (worse.reason, worse.before) == (Reason.WORSENED, 140 * WAD // 100)


async def test_what_began_while_down_is_said_at_start(desk):
    await desk.watch()
    await desk.block(1, seen(200, 1))
    await desk.again()
    await desk.block(900, seen(98, 900))
    (first,) = await desk.said()
    assert (first.reason, first.level) == (Reason.FIRST, WAD)


async def test_what_was_decided_and_not_yet_sent_survives_a_restart(desk):
    await desk.watch()
    await desk.block(1, seen(140, 1))
    await desk.again()
    await desk.block(2, seen(140, 2))
    assert len(await desk.said()) == 1


async def test_a_muted_watch_is_not_judged_and_speaks_at_the_end_of_the_mute(desk):
    watch = await desk.watch()
    await desk.book.put(replace(watch, muted_until=T0 + 12 * 10))
    await desk.block(1, seen(109, 1))
    assert await desk.said() == []
    await desk.block(11, seen(109, 11))
    assert [one.reason for one in await desk.said()] == [Reason.FIRST]


async def test_reminders_are_a_choice_of_the_chat(desk):
    await desk.watch()
    await desk.book.put_settings(ANN, ChatSettings(reminders=False))
    await desk.block(1, seen(109, 1))
    await desk.block(1000, seen(109, 1000))
    assert [one.reason for one in await desk.said()] == [Reason.FIRST]
    await desk.book.put_settings(ANN, ChatSettings())
    await desk.block(1001, seen(109, 1001))
    assert [one.reason for one in await desk.said()] == [Reason.REMINDER]


async def test_silence_is_told_once_to_those_concerned_and_so_is_its_end(desk):
    await desk.watch(ANN)
    await desk.block(1, seen(200, 1))
    desk.now += 299
    await desk.monitor.tick(["ethereum"])
    assert await desk.said() == []
    desk.now += 2
    await desk.monitor.tick(["ethereum"])
    await desk.monitor.tick(["ethereum"])
    (stale,) = await desk.said()
    assert (stale.reason, stale.seen.last, stale.destination) == (Reason.STALE, at(1), ANN)
    await desk.block(40, seen(200, 40))
    (back,) = await desk.said()
    assert (back.reason, back.incident) == (Reason.RESOLVED, stale.incident)


async def test_silence_of_a_market_where_a_wallet_has_nothing_concerns_nobody(desk):
    await desk.watch()
    await desk.block(1, seen(0, 1, empty=True))
    desk.now += 900
    await desk.monitor.tick(["ethereum"])
    assert await desk.said() == []


async def test_a_market_never_read_since_the_start_is_told_too(desk):
    await desk.watch()
    await desk.monitor.tick(["ethereum"])
    desk.now += 301
    await desk.monitor.tick(["ethereum"])
    (stale,) = await desk.said()
    assert (stale.reason, stale.seen.last) == (Reason.STALE, None)


async def test_what_was_told_of_a_block_that_is_gone_is_not_told_twice_and_is_taken_back(desk):
    await desk.watch()
    await desk.block(1, seen(200, 1))
    await desk.block(2, seen(140, 2))
    (first,) = await desk.said()
    await desk.monitor.reorged(ChainReorged("ethereum", 1))
    assert await desk.monitor.cursor("ethereum") == at(1)
    await desk.block(2, seen(140, 2, fork="f"))
    assert await desk.said() == []
    await desk.monitor.reorged(ChainReorged("ethereum", 1))
    await desk.block(2, seen(200, 2, fork="e"))
    await desk.block(9, seen(200, 9, fork="e"))
    (resolved,) = await desk.said()
    assert (resolved.reason, resolved.incident) == (Reason.RESOLVED, first.incident)
    # The next one is another incident, and nothing of it is taken for the first.
    await desk.again()
    await desk.block(10, seen(140, 10, fork="e"))
    (again,) = await desk.said()
    assert again.reason is Reason.FIRST
    assert again.id != first.id


async def test_an_event_moved_to_another_block_is_told_once_and_another_event_too(desk):
    await desk.watch(rules=[ChangedRule()])
    borrow = [Move(MoveKind.BORROW, "0x1", WETH, 1, 5)]
    await desk.block(1, seen(200, 1))
    await desk.block(2, seen(160, 2, moves=borrow))
    await desk.monitor.reorged(ChainReorged("ethereum", 1))
    await desk.block(3, seen(160, 3, fork="f", moves=borrow))
    assert len(await desk.said()) == 1
    await desk.monitor.reorged(ChainReorged("ethereum", 2))
    await desk.block(4, seen(170, 4, fork="e", moves=[Move(MoveKind.REPAY, "0x2", WETH, 1, 5)]))
    assert len(await desk.said()) == 1


async def test_a_restart_while_blind_is_no_sight(desk):
    await desk.watch()
    await desk.block(1, seen(200, 1))
    desk.now += 301
    await desk.monitor.tick(["ethereum"])
    assert [one.reason for one in await desk.said()] == [Reason.STALE]
    await desk.again()
    for _ in range(100):
        await desk.monitor.tick(["ethereum"])
        desk.now += 10
    assert await desk.said() == []
    await desk.block(200, seen(200, 200))
    assert [one.reason for one in await desk.said()] == [Reason.RESOLVED]


async def test_blindness_from_the_start_names_the_last_block_of_the_run_before(desk):
    await desk.watch()
    await desk.block(1, seen(200, 1))
    await desk.again()
    await desk.monitor.tick(["ethereum"])
    desk.now += 301
    await desk.monitor.tick(["ethereum"])
    (stale,) = await desk.said()
    assert (stale.reason, stale.seen.last) == (Reason.STALE, at(1))


async def test_a_node_that_serves_old_blocks_is_no_sight_of_now(desk):
    await desk.watch()
    await desk.block(1, seen(200, 1))
    desk.now = T0 + 12 + 36_000
    await desk.monitor.block(BlockSeen("ethereum", at(2), {}, (seen(200, 2),)))
    assert [one.reason for one in await desk.said()] == [Reason.STALE]


async def test_sight_of_a_wallet_that_turns_out_to_have_nothing_is_told_too(desk):
    await desk.watch()
    await desk.monitor.tick(["ethereum"])
    desk.now += 301
    await desk.monitor.tick(["ethereum"])
    await desk.block(100, seen(0, 100, empty=True))
    assert [one.reason for one in await desk.said()] == [Reason.STALE, Reason.RESOLVED]


async def test_one_wallet_that_cannot_be_read_is_told_while_the_market_is_seen(desk):
    watch = await desk.watch()
    await desk.block(1, seen(200, 1))
    for number in range(2, 40):
        desk.now = T0 + 12 * number
        await desk.monitor.block(BlockSeen("ethereum", at(number), {}, (), (), (WALLET,)))
    (stale,) = await desk.said()
    assert (stale.reason, stale.seen.last, stale.watch.id) == (Reason.STALE, at(1), watch.id)
    await desk.block(40, seen(200, 40))
    (back,) = await desk.said()
    assert (back.reason, back.incident) == (Reason.RESOLVED, stale.incident)


async def test_a_liquidation_is_told_through_a_mute_and_nothing_else(desk):
    watch = await desk.watch()
    await desk.book.put(replace(watch, muted_until=T0 + 10_000))
    call = Liquidation("0x9", WETH, 1, 1, WETH, 1, 1, WALLET)
    liquidated = replace(seen(98, 1), liquidations=(call,))
    await desk.block(1, liquidated)
    assert [one.reason for one in await desk.said()] == [Reason.LIQUIDATED]


async def test_what_quietly_became_debtless_or_empty_is_told_from_a_glance(desk):
    await desk.watch()
    await desk.block(1, seen(140, 1))
    await desk.said()
    for number in (2, 9):
        desk.now = T0 + 12 * number
        whole = seen(HF_NO_DEBT * 100 // WAD, number, empty=True)
        glance = Glance(WALLET, at(number), HF_NO_DEBT, lambda whole=whole: whole, is_empty=True)
        await desk.monitor.block(BlockSeen("ethereum", at(number), {}, (), (glance,)))
    assert [one.reason for one in await desk.said()] == [Reason.CHANGED, Reason.RESOLVED]


async def test_a_removed_watch_is_silent_and_a_new_one_starts_anew(desk):
    watch = await desk.watch()
    await desk.block(1, seen(140, 1))
    await desk.said()
    await desk.book.remove(watch)
    await desk.block(2, seen(109, 2))
    assert await desk.said() == []
    await desk.watch()
    await desk.block(3, seen(109, 3))
    assert [one.reason for one in await desk.said()] == [Reason.FIRST]


async def test_a_change_carries_the_health_before_it(desk):
    await desk.watch(rules=[ChangedRule()])
    await desk.block(1, seen(200, 1))
    await desk.block(2, seen(160, 2, moves=[Move(MoveKind.BORROW, "0x1", WETH, 1, 5)]))
    (changed,) = await desk.said()
    assert (changed.reason, changed.before) == (Reason.CHANGED, 2 * WAD)


async def test_prices_are_judged_by_the_markets_oracle(desk):
    rule = PriceRule(WETH, 2500 * 10**8, above=False, base_unit=10**8)
    await desk.book.add(Watch("", 0, ANN, PriceTarget("ethereum", WETH), (rule,)))
    for number, dollars in enumerate((2600, 2500, 2499), start=1):
        await desk.block(number, prices=[price(dollars, number)])
    (told,) = await desk.said()
    assert (told.reason, told.level, told.seen.price) == (Reason.FIRST, 2500 * 10**8, 2500 * 10**8)


async def test_wallets_to_follow_change_with_the_book(desk):
    before = await desk.monitor.following()
    assert before.wallets == frozenset()
    watch = await desk.watch()
    now = await desk.monitor.following()
    assert now.version > before.version
    assert now.wallets == {WALLET}
    await desk.book.remove(watch)
    assert (await desk.monitor.following()).wallets == frozenset()
