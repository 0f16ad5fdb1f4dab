"""The flow log on a real server: written with its judgements, taken back with them, read piece by piece."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.domain.flows import Flow, FlowKind
from bot.domain.labels import Confidence
from bot.domain.rules import RuleState
from bot.domain.tallies import Tallies
from bot.domain.transfers import NATIVE, USD_UNIT
from bot.domain.units import Address, Asset
from bot.errors import StoreError
from bot.ports import FlowChange, LoansBefore, Verdicts
from bot.store import flowsteps, keys
from bot.store.flows import StoredFlows
from bot.store.flowtext import flow_text, read_flow
from bot.store.judgements import StoredJudgements
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PlatformPace
from bot.subscriptions import StateKey
from tests.store.samples import ADDRESS, alert, block, delivery

HOT = Address("0x" + "Bb" * 20)
ETH = Asset(1, NATIVE, "ETH", 18)
T0 = 1_700_000_000
KEY = StateKey("w1", "transfer", "s1")


def flow(number: int, dollars: int = 5_000, **other) -> Flow:
    plain = Flow(
        id=f"0x{number:064x}:native:0",
        kind=FlowKind.INFLOW,
        chain_id=1,
        asset=ETH,
        amount=dollars * 10**15,
        value=dollars * USD_UNIT,
        sender=ADDRESS,
        receiver=HOT,
        exchange="Binance",
        confidence=Confidence.SURE,
        source="exchange-proof-of-reserve",
        seen="2024-06",
        tx=f"0x{number:064x}",
        block=number,
        at=T0 + number,
    )
    return replace(plain, **other)


@pytest.fixture
def outbox(client):
    return StoredOutbox(client, pacing={"telegram": PlatformPace()})


@pytest.fixture
def judgements(client, outbox):
    return StoredJudgements(client, outbox)


@pytest.fixture
def log(client):
    return StoredFlows(client)


def change(number: int, *flows: Flow, tallies=None, accounts=None, chain: int = 1) -> Verdicts:
    kept = FlowChange(chain, number, flows, tallies or {}, accounts or {})
    return Verdicts(f"flows:{chain}", block(number), flows=kept)


async def test_nothing_is_known_at_first(log):
    assert await log.load(1) == ({}, {}, ())
    assert await log.flows(since=0) == ()
    sums = await log.sums(since=T0, until=T0 + 60)
    assert (sums.all.into_count, sums.known_since) == (0, T0 + 60)
    assert await log.deposit(1, ADDRESS) is None


@pytest.mark.parametrize(("old", "new"), [("1", "2"), ("9", "2")])
async def test_a_block_written_twice_is_taken_back_to_what_was_before_the_first(judgements, log, old, new):
    await judgements.save(change(1, tallies={"a": old}, accounts={HOT: old}))
    for _ in range(2):
        await judgements.save(change(2, flow(2), tallies={"a": new}, accounts={HOT: new}))
    await judgements.roll_back("flows:1", 1)
    assert await log.load(1) == ({"a": old}, {HOT: old}, ())


async def test_what_is_saved_is_loaded_and_writing_it_twice_is_writing_it_once(judgements, log):
    one, two = flow(1), flow(2)
    await judgements.save(change(1, one, tallies={"a": "1"}, accounts={ADDRESS: "x"}))
    for _ in range(2):
        await judgements.save(change(2, two, tallies={"a": "2", "b": "1"}, accounts={ADDRESS: "", HOT: "y"}))
        assert await log.load(1) == ({"a": "2", "b": "1"}, {HOT: "y"}, (one, two))
    assert await log.load(1, since=two.at) == ({"a": "2", "b": "1"}, {HOT: "y"}, (two,))
    await judgements.roll_back("flows:1", 1)
    assert await log.load(1) == ({"a": "1"}, {ADDRESS: "x"}, (one,))


async def test_alert_state_log_and_cursor_are_written_together_or_not_at_all(judgements, log, outbox, client):
    told = delivery("d1", payload=alert())
    whole = replace(
        change(1, flow(1), tallies={"a": "1"}), states={KEY: RuleState(step=1)}, deliveries=[told]
    )
    await client.config_set("maxmemory", 1)
    try:
        with pytest.raises(StoreError, match="refused"):
            await judgements.save(whole)
    finally:
        await client.config_set("maxmemory", 0)
    assert await log.load(1) == ({}, {}, ())
    assert (await judgements.load(), await judgements.cursor("flows:1")) == ({}, None)
    assert (await outbox.claim("telegram"), await client.exists(keys.flow_log(1))) == (None, 0)
    await judgements.save(whole)
    assert (await outbox.claim("telegram")).delivery == told
    assert await log.load(1) == ({"a": "1"}, {}, (flow(1),))


async def test_blocks_are_taken_back_in_one_step_over_a_restart(client, judgements, log):
    await judgements.save(change(1, flow(1), tallies={"a": "1"}, accounts={ADDRESS: "x"}))
    await judgements.save(change(2, flow(2), tallies={"a": "2", "b": "1"}, accounts={HOT: "y"}))
    await judgements.save(change(3, flow(3), tallies={"a": "3", "b": ""}, accounts={HOT: "z", ADDRESS: ""}))
    fresh = StoredJudgements(client, StoredOutbox(client))
    await fresh.roll_back("flows:1", 1)
    assert await log.load(1) == ({"a": "1"}, {ADDRESS: "x"}, (flow(1),))
    assert await fresh.cursor("flows:1") == block(1)
    await fresh.roll_back("flows:1", 1)
    assert await log.load(1) == ({"a": "1"}, {ADDRESS: "x"}, (flow(1),))


async def test_the_trail_is_kept_as_long_as_it_is_needed_and_taken_back(judgements, log):
    for number in range(1, 6):
        seen = change(number)
        assert seen.flows is not None
        trailed = replace(seen.flows, trail="" if number == 3 else f"t{number}", trail_since=number - 3)
        for _ in range(2):
            await judgements.save(replace(seen, flows=trailed))
    assert await log.trail(1) == ("t2", "t4", "t5")
    await judgements.roll_back("flows:1", 4)
    assert await log.trail(1) == ("t2", "t4")


async def test_what_was_owed_before_is_taken_back_with_its_block_and_written_twice_it_is_there_once(
    judgements, log
):
    for number in (1, 2, 3):
        seen = change(number)
        owed = tuple(LoansBefore(one, block(number)) for one in (ADDRESS, HOT))
        for many in (2, 1):
            await judgements.save(replace(seen, flows=replace(seen.flows, before=owed[:many])))
    await judgements.roll_back("flows:1", 2)
    assert await log.loans_before(1) == (LoansBefore(ADDRESS, block(1)), LoansBefore(ADDRESS, block(2)))


async def test_a_record_that_nobody_can_read_is_named(client, log):
    await client.zadd(keys.flow_before(1), {"x": 1})
    with pytest.raises(StoreError, match="flow_before:1"):
        await log.loans_before(1)


async def test_128_blocks_can_be_taken_back_and_no_journal_grows_for_ever(client, judgements, log):
    for number in range(1, 300):
        await judgements.save(change(number, tallies={"a": str(number)}))
    assert await client.zcard(keys.flow_journal(1)) <= flowsteps.JOURNAL_BLOCKS + 1
    await judgements.roll_back("flows:1", 299 - 128)
    assert (await log.load(1))[0] == {"a": str(299 - 128)}


@given(
    history=st.lists(
        st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "1", "2", "3"])), min_size=1, max_size=6
    ),
    to=st.integers(0, 6),
)
@example(history=[{"a": "1"}, {"a": ""}, {"a": "2"}], to=0)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
async def test_taking_back_equals_never_having_written(client, judgements, log, history, to):
    await client.flushall()
    expected: dict[str, str] = {}
    for number, fields in enumerate(history, 1):
        await judgements.save(change(number, tallies=fields))
        if number <= to:
            expected = {name: text for name, text in {**expected, **fields}.items() if text}
    await judgements.roll_back("flows:1", to)
    assert (await log.load(1))[0] == expected


async def test_flows_are_found_by_time_sender_and_asset_newest_first(judgements, log):
    other, usdt = Address("0x" + "Cc" * 20), Asset(1, HOT, "USDT", 6)
    base = replace(flow(4), chain_id=8453, asset=replace(ETH, chain_id=8453))
    await judgements.save(change(3, flow(1), flow(2, sender=other), flow(3, asset=usdt)))
    await judgements.save(change(4, base, chain=8453))
    assert [one.block for one in await log.flows(since=0)] == [4, 3, 2, 1]
    assert [one.block for one in await log.flows(since=T0 + 3)] == [4, 3]
    assert [one.block for one in await log.flows(since=0, senders=[other])] == [2]
    assert [one.block for one in await log.flows(since=0, assets=[f"1/{HOT}"])] == [3]
    assert await log.flows(since=0, assets=[f"8453/{NATIVE}"]) == (base,)


async def test_sums_of_two_chains_are_one_with_the_largest_flows(judgements, log):
    here = [flow(number, 1_000 * number) for number in range(1, 15)]
    out = flow(20, 90_000, kind=FlowKind.OUTFLOW)
    moved = flow(21, 99_000, kind=FlowKind.BETWEEN)
    there = replace(flow(5, 50_000), chain_id=8453, asset=replace(ETH, chain_id=8453))
    for chain, flows in ((1, [*here, out, moved]), (8453, [there])):
        tallies = Tallies(chain)
        fields = {**tallies.begin(T0), **tallies.add(flows)}
        await judgements.save(change(21, *flows, tallies=fields, chain=chain))
    sums = await log.sums(since=T0, until=T0 + 60)
    assert (sums.all.into_count, sums.all.out_count) == (15, 1)
    assert sums.all.into_value == (105_000 + 50_000) * USD_UNIT
    assert sums.by_exchange["Binance"].out_value == 90_000 * USD_UNIT
    assert sums.by_asset.keys() == {f"1/{NATIVE}", f"8453/{NATIVE}"}
    assert [one.value // USD_UNIT for one in sums.largest][:3] == [90_000, 50_000, 14_000]
    assert len(sums.largest) == 10
    one = await log.sums(since=T0, until=T0 + 60, assets=[f"8453/{NATIVE}"])
    assert (one.all.into, one.largest) == (there.amount, (there,))


async def test_what_is_too_old_or_too_many_goes_a_bounded_number_at_once(judgements, log, monkeypatch):
    monkeypatch.setattr(flowsteps, "KEPT_MOST", 5)
    monkeypatch.setattr(flowsteps, "AT_ONCE", 3)
    await judgements.save(change(8, *(flow(number) for number in range(1, 9))))
    await judgements.save(change(9, flow(9)))
    assert [one.block for one in (await log.load(1))[2]] == [5, 6, 7, 8, 9]
    late = flow(10, at=T0 + 8 + flowsteps.KEPT_S)
    await judgements.save(change(10, late))
    await judgements.save(change(11, replace(late, id="x", block=11)))
    assert [one.block for one in (await log.load(1))[2]] == [8, 9, 10, 11]


flows = st.builds(
    Flow,
    chain_id=st.just(1),
    asset=st.builds(Asset, st.just(1), st.text(), st.text(st.characters(codec=None)), st.integers(0, 77)),
    tx=st.just("0xab"),
    id=st.sampled_from(["0xab:token:1", "0xab:native:0#rest"]),
    via=st.none() | st.just(HOT),
    amount=st.integers(1, 2**256),
)


@given(flows)
@settings(max_examples=50, deadline=None)
def test_a_flow_comes_back_as_it_was(one):
    text = flow_text(one)
    assert read_flow(1, text, "k") == one
    assert text.isascii()


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '["0x1",1,2,"nowhere"]', flow_text(flow(1)).replace("sure", "?")]
)
def test_what_is_no_flow_is_refused_with_its_key(text):
    with pytest.raises(StoreError, match="flow_log:1"):
        read_flow(1, text, "uk:{core}:flow_log:1")
