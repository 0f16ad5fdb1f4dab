"""Rule states, cursors and the way back, on a real server."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.rules import RuleState
from bot.domain.units import HF_NO_DEBT
from bot.errors import StoreError
from bot.ports import Lane, Verdicts
from bot.store import keys
from bot.store.judgements import KEPT_BLOCKS, StoredJudgements
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PlatformPace
from bot.subscriptions import StateKey
from tests.store.samples import alert, block, delivery

ETH = "ethereum"
KEY = StateKey("w1", "health", "s1")
OTHER = StateKey("w2", "price_above_5", "s2")


@pytest.fixture
def outbox(client):
    return StoredOutbox(client, pacing={"telegram": PlatformPace()})


@pytest.fixture(params=[True, False], ids=["atomic", "cluster order"])
def judgements(client, outbox, request):
    return StoredJudgements(client, outbox, atomic=request.param)


def state(step: int, number: int) -> RuleState:
    return RuleState(step=step, told_value=HF_NO_DEBT, samples=((1, 2, 3),), as_of=block(number))


def verdicts(number, states=None, deliveries=(), market=ETH):
    return Verdicts(market, block(number), states or {}, deliveries)


async def test_nothing_is_known_at_first(judgements):
    assert await judgements.load() == {}
    assert await judgements.cursor(ETH) is None
    assert await judgements.roll_back(ETH, 0) == {}


async def test_what_is_saved_is_loaded_with_cursor_and_alerts(judgements, outbox):
    sent = delivery("d1", payload=alert(), lane=Lane.CRITICAL)
    await judgements.save(verdicts(5, {KEY: state(1, 5), OTHER: state(2, 5)}, [sent]))
    assert await judgements.load() == {KEY: state(1, 5), OTHER: state(2, 5)}
    assert await judgements.cursor(ETH) == block(5)
    assert await judgements.cursor("base") is None
    assert (await outbox.claim("telegram")).delivery == sent


async def test_a_save_wakes_the_worker(judgements, outbox):
    await judgements.save(verdicts(5, {}, [delivery("d1")]))
    assert outbox.changed("telegram").is_set()


async def test_a_save_repeated_after_a_lost_answer_changes_nothing(judgements, outbox):
    await judgements.save(verdicts(4, {KEY: state(1, 4)}))
    for _ in range(2):
        await judgements.save(verdicts(5, {KEY: state(2, 5)}, [delivery("d1")]))
    assert (await outbox.counts())["waiting"] == 1
    assert await judgements.roll_back(ETH, 4) == {KEY: state(1, 4)}


async def test_a_restarted_server_without_our_scripts_still_takes_all_or_nothing(client, outbox):
    judgements = StoredJudgements(client, outbox)
    await client.script_flush()
    await judgements.save(verdicts(5, {KEY: state(1, 5)}, [delivery("d1")]))
    assert (await outbox.counts())["waiting"] == 1
    assert await judgements.load() == {KEY: state(1, 5)}


async def test_a_refused_transaction_leaves_nothing_behind(client, outbox):
    judgements = StoredJudgements(client, outbox)
    await judgements.save(verdicts(4))
    await client.config_set("maxmemory", 1)
    try:
        with pytest.raises(StoreError, match="refused"):
            await judgements.save(verdicts(5, {KEY: state(1, 5)}, [delivery("d1")]))
    finally:
        await client.config_set("maxmemory", 0)
    assert await judgements.load() == {}
    assert await judgements.cursor(ETH) == block(4)
    assert (await outbox.counts())["waiting"] == 0


async def test_roll_back_restores_states_and_cursor_of_that_market_only(judgements):
    await judgements.save(verdicts(10, {KEY: state(1, 10)}))
    await judgements.save(verdicts(11, {KEY: state(2, 11), OTHER: state(1, 11)}))
    await judgements.save(verdicts(12, {KEY: state(3, 12)}))
    there = StateKey("w9", "health", "s9")
    await judgements.save(verdicts(12, {there: state(1, 12)}, market="base"))
    assert await judgements.roll_back(ETH, 10) == {KEY: state(1, 10), OTHER: None}
    assert await judgements.load() == {KEY: state(1, 10), there: state(1, 12)}
    assert await judgements.cursor(ETH) == block(10)
    assert await judgements.cursor("base") == block(12)
    assert await judgements.roll_back(ETH, 10) == {}


async def test_a_decision_without_a_block_counts_for_the_last_one(judgements):
    await judgements.save(verdicts(10))
    await judgements.save(Verdicts(ETH, None, {KEY: RuleState(step=1)}))
    assert await judgements.cursor(ETH) == block(10)
    assert await judgements.roll_back(ETH, 10) == {}
    assert await judgements.roll_back(ETH, 9) == {KEY: None}


async def test_sixty_four_blocks_can_be_undone_and_old_undo_records_go(judgements, client):
    for number in range(1, KEPT_BLOCKS + 50):
        await judgements.save(verdicts(number, {KEY: state(number, number)} if number % 2 else None))
    assert await client.zcount(keys.journal(ETH), 0, 49) <= 0
    to = KEPT_BLOCKS + 49 - 64
    assert await judgements.roll_back(ETH, to) == {KEY: state(to - (to + 1) % 2, to - (to + 1) % 2)}
    assert await judgements.cursor(ETH) == block(to)


async def test_an_unreadable_state_is_named(judgements, client):
    await judgements.save(verdicts(5, {KEY: state(1, 5)}))
    await client.hset(keys.STATES, '["w1","health","s1"]', "{")
    with pytest.raises(StoreError, match=r"uk:\{core\}:states\[.*w1"):
        await judgements.load()


steps = st.lists(
    st.tuples(st.integers(0, 3), st.dictionaries(st.sampled_from([KEY, OTHER]), st.integers(1, 9))),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, st.integers(0, 20))
async def test_roll_back_is_as_if_the_blocks_had_never_been(client, outbox, history, to):
    await client.flushall()
    judgements = StoredJudgements(client, outbox)
    number, expected, cursor = 1, {}, None
    for gap, changes in history:
        number += gap
        states = {key: state(step, number) for key, step in changes.items()}
        await judgements.save(verdicts(number, states))
        if number <= to:
            expected, cursor = expected | states, block(number)
    await judgements.roll_back(ETH, to)
    assert await judgements.load() == expected
    assert await judgements.cursor(ETH) == cursor
