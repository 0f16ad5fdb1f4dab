"""Every FlowLog: the stored one, the memory of a replay, and the fake that tests of commands lean on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import pytest
from redis.asyncio import Redis

from bot.domain.deposit_records import LEARNED, PENDING, Record
from bot.domain.deposits import DepositAddress, Learner, Sweep
from bot.domain.flows import FlowKind
from bot.domain.positions import Origin
from bot.domain.tallies import Tallies
from bot.domain.transfers import NATIVE, USD_UNIT
from bot.domain.units import Address, Asset, RawAmount
from bot.ports import FlowChange, FlowLog, Judgements, LoansBefore, Verdicts
from bot.store.flows import StoredFlows
from bot.store.judgements import StoredJudgements
from bot.store.memory import MemoryFlows, MemoryJudgements
from bot.store.outbox import StoredOutbox
from tests.domain import aave
from tests.flowfakes import FakeFlows
from tests.monitor.flow_desk import position
from tests.store.fixtures import client, store_url
from tests.store.samples import ADDRESS, block
from tests.store.test_flows import ETH, HOT, T0, flow

__all__ = ["client", "store_url"]

OTHER = Address("0x" + "Cc" * 20)
USDT = Asset(1, HOT, "USDT", 6)
BASE = 8453
HERE, THERE = f"1/{NATIVE}", f"{BASE}/{NATIVE}"
HOUR = T0 - T0 % 3_600 + 3_600
M = 1_000_000


@dataclass
class Written:
    """A log filled as the monitor fills it, with its judgements."""

    log: FlowLog
    judgements: Judgements
    tallies: dict[int, Tallies] = field(default_factory=dict)

    async def block(
        self,
        number: int,
        *flows: object,
        chain: int = 1,
        records: Mapping[Address, str] | None = None,
        learned: Collection[DepositAddress] = (),
        trail: str = "",
        trail_since: int = 0,
        before: tuple[LoansBefore, ...] = (),
        before_since: int = 0,
    ) -> None:
        tallies = self.tallies.setdefault(chain, Tallies(chain))
        fields = {**tallies.begin(HOUR), **tallies.add(flows)}
        rest = (tuple(learned), trail, trail_since, before, before_since)
        change = FlowChange(chain, number, flows, fields, records or {}, *rest)
        await self.judgements.save(Verdicts(f"flows:{chain}", block(number), flows=change))


@dataclass
class Faked(Written):
    """The fake, told the same."""

    log: FakeFlows
    judgements: None = None

    async def block(
        self,
        number,
        *flows,
        chain=1,
        records=None,
        learned=(),
        trail="",
        trail_since=0,
        before=(),
        before_since=0,
    ) -> None:
        tallies = self.tallies.setdefault(chain, Tallies(chain))
        self.log.tallies[chain] |= {**tallies.begin(HOUR), **tallies.add(flows)}
        self.log.records[chain] |= records or {}
        self.log.kept += flows
        self.log.known_since = HOUR
        self.log.deposits |= {(chain, one.address): one for one in learned}
        trails = self.log.trails[chain] | ({number: trail} if trail else {})
        self.log.trails[chain] = {at: text for at, text in trails.items() if at >= trail_since}
        snapshots = self.log.before[chain] | ({number: before} if before else {})
        self.log.before[chain] = {at: some for at, some in snapshots.items() if at >= before_since}


def made(which: str, client: Redis) -> Written:
    if which == "stored":
        return Written(StoredFlows(client), StoredJudgements(client, StoredOutbox(client)))
    if which == "faked":
        return Faked(FakeFlows(known_since=None))
    log = MemoryFlows()
    return Written(log, MemoryJudgements(lambda _said: None, log))


@pytest.fixture(params=["stored", "memory", "faked"])
async def house(request: pytest.FixtureRequest, client: Redis) -> Written:
    return made(request.param, client)


@pytest.fixture(params=["stored", "faked"])
async def adding(request: pytest.FixtureRequest, client: Redis) -> Written:
    """Those that are asked for sums; a replay's memory is not."""
    return made(request.param, client)


def at(second: int, dollars: int = 5_000, **other):
    """A flow so many seconds after the hour, in a block of that number."""
    return flow(second, dollars, at=HOUR + second, **other)


def there(second: int, dollars: int = 5_000, **other):
    """The same on another chain, where the coin has the same contract."""
    return at(second, dollars, chain_id=BASE, asset=replace(ETH, chain_id=BASE), **other)


async def test_nothing_is_known_at_first(house):
    assert await house.log.load(1) == ({}, {}, ())
    assert await house.log.flows(since=0) == ()
    assert await house.log.trail(1) == await house.log.loans_before(1) == ()
    assert await house.log.deposit(1, ADDRESS) is None
    sums = await house.log.sums(since=HOUR, until=HOUR + 60)
    assert (sums.by_asset, sums.by_exchange, sums.largest) == ({}, {}, ())
    assert (sums.all.into_count, sums.all.out_count) == (0, 0)
    assert sums.known_since == HOUR + 60, "of no time before"


async def test_a_chain_is_loaded_oldest_first_and_by_itself(house):
    one, two, base = at(1), at(2, kind=FlowKind.BETWEEN, other="OKX"), there(3)
    await house.block(1, one, records={ADDRESS: "x"})
    await house.block(3, base, chain=BASE, records={HOT: "z"})
    await house.block(2, two, records={HOT: "y"})
    tallies, records, flows = await house.log.load(1)
    assert Tallies(1, tallies) == house.tallies[1]
    assert (records, flows) == ({ADDRESS: "x", HOT: "y"}, (one, two))
    assert (await house.log.load(1, since=two.at))[2] == (two,)
    assert (await house.log.load(1, since=two.at + 1))[2] == ()
    assert (await house.log.load(BASE))[1:] == ({HOT: "z"}, (base,))


async def test_flows_are_found_by_time_sender_and_asset_newest_first(house):
    whale, dollars, base = at(2, sender=OTHER), at(3, asset=USDT), there(4)
    unpriced = at(5, value=None)
    await house.block(1, at(1), whale, dollars)
    await house.block(4, base, chain=BASE)
    await house.block(5, unpriced)
    log = house.log
    assert await log.flows(since=0) == (unpriced, base, dollars, whale, at(1))
    assert await log.flows(since=HOUR + 3) == (unpriced, base, dollars)
    assert await log.flows(since=0, senders=[OTHER, HOT]) == (whale,)
    assert await log.flows(since=0, assets=[f"1/{HOT}"]) == (dollars,)
    assert await log.flows(since=0, assets=[THERE]) == (base,), "the same contract, another chain"
    assert await log.flows(since=0, assets=[THERE, f"1/{HOT}"]) == (base, dollars)
    assert await log.flows(since=0, senders=[OTHER], assets=[f"1/{HOT}"]) == ()


async def test_in_out_and_net_of_a_window_by_asset_and_exchange(adding):
    flows = (
        at(0, 3 * M),
        at(60, 1 * M, kind=FlowKind.OUTFLOW),
        at(61, 2 * M, asset=USDT, exchange="OKX"),
        at(62, 9 * M, kind=FlowKind.BETWEEN, other="OKX"),
        at(63, 8 * M, kind=FlowKind.INTERNAL),
        at(64, value=None),
        at(120, 7 * M),
    )
    await adding.block(1, *flows)
    await adding.block(2, there(30, 4 * M), chain=BASE)
    sums = await adding.log.sums(since=HOUR, until=HOUR + 120)
    assert (sums.since, sums.until, sums.known_since) == (HOUR, HOUR + 120, HOUR)
    assert (sums.all.into_value, sums.all.out_value) == (9 * M * USD_UNIT, 1 * M * USD_UNIT)
    assert (sums.all.into_count, sums.all.out_count, sums.all.net_value) == (4, 1, 8 * M * USD_UNIT)
    assert (sums.all.into, sums.all.out) == (0, 0), "amounts of several assets do not add up"
    assert sums.by_asset.keys() == {HERE, THERE, f"1/{HOT}"}
    coin = sums.by_asset[HERE]
    assert (coin.into, coin.out) == (flows[0].amount + flows[5].amount, flows[1].amount)
    assert (coin.into_value, coin.into_count) == (3 * M * USD_UNIT, 2)
    assert sums.by_asset[THERE].into == there(30, 4 * M).amount
    assert {name: one.into_value // USD_UNIT for name, one in sums.by_exchange.items()} == {
        "Binance": 7 * M,
        "OKX": 2 * M,
    }
    assert sums.by_exchange["Binance"].into == 0


async def test_sums_of_one_asset_are_amounts_too_and_of_one_exchange_its_own(adding):
    await adding.block(1, at(1, 3 * M), at(2, 2 * M, asset=USDT), at(3, M, exchange="OKX"))
    await adding.block(2, there(4, 4 * M), chain=BASE)
    window = {"since": HOUR, "until": HOUR + 60}
    coin = await adding.log.sums(**window, assets=[HERE])
    assert (coin.all.into, coin.by_asset.keys()) == (at(1, 4 * M).amount, {HERE})
    okx = await adding.log.sums(**window, assets=[HERE, f"1/{HOT}"], exchanges=["OKX"])
    assert (okx.all.into_value, okx.all.into, okx.by_exchange.keys()) == (M * USD_UNIT, 0, {"OKX"})
    assert okx.largest == (at(3, M, exchange="OKX"),)


async def test_the_largest_ten_that_crossed_a_border_come_with_the_sums(adding):
    many = [at(number, 1_000 * number) for number in range(1, 15)]
    out = at(20, 90_000, kind=FlowKind.OUTFLOW)
    rest = (at(21, 99_000, kind=FlowKind.BETWEEN), at(60, 95_000), at(22, value=None))
    await adding.block(1, *many, out, *rest)
    await adding.block(2, there(5, 50_000), chain=BASE)
    found = (await adding.log.sums(since=HOUR, until=HOUR + 60)).largest
    assert [one.value // (1_000 * USD_UNIT) for one in found] == [90, 50, 14, 13, 12, 11, 10, 9, 8, 7]
    assert found[:2] == (out, there(5, 50_000))
    assert (await adding.log.sums(since=HOUR + 14, until=HOUR + 15)).largest == (many[-1],)


async def test_the_hours_of_a_window_are_whole_and_none_is_left_out(adding):
    flows = (at(30, 1 * M), at(60, 2 * M), at(7_200, 3 * M, kind=FlowKind.OUTFLOW), at(10_800, 4 * M))
    await adding.block(1, *flows)
    sums = await adding.log.sums(since=HOUR + 60, until=HOUR + 10_800)
    assert sums.all.into_value == 2 * M * USD_UNIT
    assert sums.series == (
        (HOUR, 3 * M * USD_UNIT, 0),
        (HOUR + 3_600, 0, 0),
        (HOUR + 7_200, 0, 3 * M * USD_UNIT),
    )


async def test_ends_within_a_minute_are_rounded_outwards_and_said(adding):
    await adding.block(1, at(61), at(119))
    sums = await adding.log.sums(since=HOUR + 70, until=HOUR + 110)
    assert (sums.since, sums.until, sums.all.into_count) == (HOUR + 60, HOUR + 120, 2)


async def test_a_trail_is_in_the_order_of_its_blocks_as_far_back_as_it_is_needed(house):
    for number in (1, 2, 3, 4):
        await house.block(number, trail="" if number == 3 else f"t{number}", trail_since=number - 2)
    await house.block(9, chain=BASE, trail="far")
    assert await house.log.trail(1) == ("t2", "t4")
    assert await house.log.trail(BASE) == ("far",)


async def test_what_large_movers_owed_before_comes_back_to_the_last_word_as_long_as_it_is_needed(house):
    market, account = aave.market([], {}), aave.account()
    whole = replace(position(OTHER, 125, number=2), origin=Origin(market, account))
    one, two, none = (
        LoansBefore(HOT, block(1)),
        LoansBefore(HOT, block(2), (whole,)),
        LoansBefore(OTHER, block(2)),
    )
    await house.block(1, before=(one,))
    assert await house.log.loans_before(1) == (one,)
    await house.block(2, before=(two, none), before_since=2)
    await house.block(3)
    found = await house.log.loans_before(1)
    assert found == tuple(sorted((two, none), key=lambda owed: owed.account))
    (read,) = next(owed for owed in found if owed.account == HOT).positions
    assert read.origin == whole.origin, "which comparing leaves out"
    assert await house.log.loans_before(BASE) == ()


async def test_what_was_learned_of_an_address_is_known_on_its_chain(house):
    sweep = Sweep("ETH", "0x" + "aa" * 32, "0x" + "bb" * 32, RawAmount(7), RawAmount(6), T0, T0 + 60)
    evidence = [[sweep.asset, *(getattr(sweep, name) for name in sweep.__slots__[1:])]]
    learned = Record(LEARNED, T0 + 60, "Binance", learned_at=T0 + 60, sweeps=3, evidence=evidence)
    texts = {HOT: learned.text(), OTHER: Record(PENDING, T0).text()}
    told = Learner(1, texts).learned(HOT)
    assert told is not None
    await house.block(1, records=texts, learned=[told])
    assert await house.log.deposit(1, HOT) == told
    assert (told.exchange, told.evidence) == ("Binance", (sweep,))
    assert await house.log.deposit(1, OTHER) is None, "it only received something"
    assert await house.log.deposit(BASE, HOT) is None
