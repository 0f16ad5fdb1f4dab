"""The memory of a replay keeps the promises of the stored one: the same tests, random histories on both."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.ports import Delivery, FlowChange, LoansBefore, Verdicts
from bot.store.flows import StoredFlows
from bot.store.judgements import StoredJudgements
from bot.store.memory import MemoryFlows, MemoryJudgements
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PlatformPace
from bot.subscriptions import StateKey
from tests.store.samples import ADDRESS, block, delivery
from tests.store.test_flows import HOT
from tests.store.test_judgements import (
    state,
    test_a_decision_without_a_block_counts_for_the_last_one,
    test_nothing_is_known_at_first,
    test_roll_back_restores_states_and_cursor_of_that_market_only,
)

__all__ = [
    "test_a_decision_without_a_block_counts_for_the_last_one",
    "test_nothing_is_known_at_first",
    "test_roll_back_restores_states_and_cursor_of_that_market_only",
]
CHAIN = "flows:1"


@pytest.fixture
def judgements() -> MemoryJudgements:
    return MemoryJudgements(lambda said: None)


async def test_what_is_to_be_said_is_said_once_for_each_id() -> None:
    said: list[Delivery] = []
    judgements = MemoryJudgements(said.extend)
    await judgements.save(Verdicts("ethereum", block(5), {}, [delivery("d1"), delivery("d2")]))
    await judgements.save(Verdicts("ethereum", block(6), {}, [delivery("d2"), delivery("d3")]))
    assert [one.id for one in said] == ["d1", "d2", "d3"]


Step = tuple[str, int, dict[str, str], int]
KEYS = [StateKey("w1", "transfer", "s1"), StateKey("w2", "health", "s2")]
steps = st.lists(
    st.tuples(
        st.sampled_from(["save", "save", "save", "back", "drop"]),
        st.integers(0, 3),
        st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(["", "1", "2"]), max_size=2),
        st.sampled_from([0, 1, 2]),
    ),
    min_size=2,
    max_size=12,
)


async def _do(judgements: Any, number: int, step: Step) -> tuple[int, Any]:
    """One step; the new block number and what the step answered."""
    what, size, fields, which = step
    if what == "drop":
        return number, await judgements.drop([KEYS[which % 2]])
    if what == "back":
        to = max(number - size, 0)
        return to, await judgements.roll_back(CHAIN, to)
    number += 1
    states = {key: state(size, number) for key in KEYS[:which]}
    change = FlowChange(1, number, tallies=fields, accounts={f"0x{k}": v for k, v in fields.items()})
    before = tuple(LoansBefore(address, block(number)) for address in (HOT, ADDRESS)[:which])
    rest = ((), str(number), number - 5, before, number - 4)
    change = FlowChange(1, number, (), change.tallies, change.accounts, *rest)
    await judgements.save(Verdicts(CHAIN, block(number), states, (), change))
    return number, None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=steps)
async def test_any_history_leaves_both_memories_alike(client: Any, history: list[Step]) -> None:
    await client.flushall()
    outbox = StoredOutbox(client, pacing={"telegram": PlatformPace()})
    stored, stored_log = StoredJudgements(client, outbox), StoredFlows(client)
    log = MemoryFlows()
    memory = MemoryJudgements(lambda said: None, log)
    number = twin = 0
    for step in history:
        number, answer = await _do(stored, number, step)
        twin, other = await _do(memory, twin, step)
        assert answer == other
        assert await stored.load() == await memory.load()
        assert await stored.cursor(CHAIN) == await memory.cursor(CHAIN)
        assert await stored_log.load(1) == await log.load(1)
        assert await stored_log.trail(1) == await log.trail(1)
        assert await stored_log.loans_before(1) == await log.loans_before(1)
