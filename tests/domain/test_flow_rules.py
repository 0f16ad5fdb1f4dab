"""What flow rules decide: tables of when they speak and how, and what holds of any history."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alerts import Reason, Severity
from bot.domain.flow_corrections import corrected, taken_back
from bot.domain.flow_rules import (
    TRANCHE_S,
    counts,
    crossed,
    digest,
    grown,
    is_over,
    reaches,
    severity_of,
    summed,
    told,
    tranches,
    unusual,
)
from bot.domain.flows import Flow, FlowKind, FlowMemory, LoanBehind, Normal, Relation
from bot.domain.labels import Confidence
from bot.domain.positions import AccountData, Position, Rounding
from bot.domain.rules import DigestRule, Hush, RuleState, SumRule, TransferRule, UnusualRule
from bot.domain.transfers import NATIVE, USD_UNIT
from bot.domain.units import HF_NO_DEBT, WAD, Address, Asset, BlockRef

ETH = Asset(1, NATIVE, "ETH", 18)
OTHER = Asset(1, Address("0x" + "Cc" * 20), "USDT", 6)
WHALE, HOT = Address("0x" + "Aa" * 20), Address("0x" + "Bb" * 20)
M = 1_000_000
T0 = 1_700_000_000
RULE = TransferRule(10 * M)
NEW = RuleState()
ABOUT = FlowMemory(chain_id=1, who=WHALE)


def at(block: int) -> BlockRef:
    return BlockRef(block, f"0x{block:064x}", T0 + 12 * block)


def flow(dollars: int | None, block: int = 1, index: int = 0, asset: Asset = ETH, amount: int = 0) -> Flow:
    value = None if dollars is None else dollars * USD_UNIT
    tx = f"0x{block:060x}{index:04x}"
    raw = amount or (dollars or 1) * 10**15
    sure = ("Binance", Confidence.SURE, "exchange-proof-of-reserve", "2024-06", tx, block, T0 + 12 * block)
    return Flow(f"{tx}:native:0", FlowKind.INFLOW, 1, asset, raw, value, WHALE, HOT, *sure)


def after(history, rule=RULE) -> RuleState:
    """The state after blocks of (number, dollars...)."""
    state = NEW
    for block, *dollars in history:
        flows = [flow(one, block, index) for index, one in enumerate(dollars)]
        state = tranches(rule, flows, ABOUT, state, at(block), block).state
    return state


@pytest.mark.parametrize(
    ("rule", "one", "large"),
    [
        (RULE, flow(10 * M), True),
        (RULE, flow(10 * M - 1), False),
        (RULE, flow(None), False),
        (TransferRule(0, 20_000), flow(None, amount=20_000 * 10**18), True),
        (TransferRule(0, 20_000), flow(99 * M, amount=20_000 * 10**18 - 1), False),
        (TransferRule(10 * M, 20_000), flow(10 * M), True),
        (TransferRule(0, 0), flow(99 * M), False),
    ],
)
def test_one_transfer_reaches_by_dollars_or_by_amount(rule, one, large):
    assert reaches(rule, one) is large


def test_dust_counts_for_nothing_and_what_has_no_price_may_be_more():
    assert [counts(flow(value)) for value in (999, 1_000, None)] == [False, True, True]


@pytest.mark.parametrize(
    ("history", "last", "reason", "rings", "dollars"),
    [
        ([], (1, 10 * M), Reason.FIRST, True, 10 * M),
        ([], (1, 4 * M, 11 * M), Reason.FIRST, True, 15 * M),
        ([], (1, 9 * M, 9 * M), Reason.NOTHING_NEW, False, 0),
        ([(1, 10 * M)], (2, M), Reason.WORSENED, False, 11 * M),
        ([(1, 10 * M)], (2, 10 * M), Reason.WORSENED, True, 20 * M),
        ([(1, 10 * M), (2, 9 * M)], (3, M), Reason.WORSENED, True, 20 * M),
        ([(1, 10 * M), (2, 10 * M)], (3, 19 * M), Reason.WORSENED, False, 39 * M),
        ([(1, 10 * M), (2, 10 * M)], (3, 20 * M), Reason.WORSENED, True, 40 * M),
        ([(1, 10 * M)], (1 + TRANCHE_S // 12, M), Reason.WORSENED, False, 11 * M),
        ([(1, 10 * M)], (2 + TRANCHE_S // 12, M), Reason.NOTHING_NEW, False, 10 * M),
        ([(1, 10 * M)], (2 + TRANCHE_S // 12, 12 * M), Reason.FIRST, True, 12 * M),
        ([(1, 10 * M), (7_000, M)], (14_000, M), Reason.WORSENED, False, 12 * M),
    ],
)
def test_tranches_join_ring_when_doubled_and_end_after_a_day(history, last, reason, rings, dollars):
    block, *values = last
    flows = [flow(value, block, index) for index, value in enumerate(values)]
    found = tranches(RULE, flows, ABOUT, after(history), at(block), 5)
    assert (found.reason, found.rings, found.memory.value) == (reason, rings, dollars * USD_UNIT)


def test_an_incident_goes_by_its_first_block_and_counts_what_it_said():
    state = after([(7, 10 * M), (8, M), (9, M)])
    assert (state.incident, state.said, state.step) == (7, 3, 1)
    anew = after([(7, 10 * M), (8, M), (20_000, 11 * M)])
    assert (anew.incident, anew.said) == (20_000, 3)
    assert (anew.flow.who, anew.flow.chain_id, anew.flow.count) == (WHALE, 1, 1)


def test_without_prices_the_number_of_tranches_doubles():
    rule, large = TransferRule(0, 1_000), 1_000 * 10**18
    state, rung = NEW, []
    for block in range(1, 9):
        found = tranches(rule, [flow(None, block, amount=large)], ABOUT, state, at(block), block)
        state = found.state
        rung.append(found.rings)
    assert rung == [True, True, False, True, False, False, False, True]


@pytest.mark.parametrize(("until", "silent"), [(0, True), (100, True), (50, False)])
def test_an_ack_or_a_snooze_lasts_until_it_doubles(until, silent):
    state = after([(1, 10 * M)])
    hush = Hush(until, 1, state.incident)
    small = tranches(RULE, [flow(M, 2)], ABOUT, state, at(2), 60, hush)
    assert (small.reason is Reason.NOTHING_NEW) is silent
    assert small.memory.value == 11 * M * USD_UNIT
    large = tranches(RULE, [flow(9 * M, 3)], ABOUT, small.state, at(3), 60, hush)
    assert (large.reason, large.rings, large.hush_ended) == (Reason.WORSENED, True, silent)
    other = Hush(0, 1, state.incident + 1)
    assert tranches(RULE, [flow(M, 2)], ABOUT, state, at(2), 60, other).reason is Reason.WORSENED


def test_what_is_muted_opens_nothing_and_adds_up_what_runs():
    assert tranches(RULE, [flow(99 * M)], ABOUT, NEW, at(1), 1, muted=True).state is NEW
    found = tranches(RULE, [flow(M, 2)], ABOUT, after([(1, 10 * M)]), at(2), 1, muted=True)
    assert (found.reason, found.memory.count) == (Reason.NOTHING_NEW, 2)


@pytest.mark.parametrize(
    ("by_sender", "before", "after_", "state", "speaks"),
    [
        (False, 0, 49, NEW, False),
        (False, 0, 50, NEW, True),
        (False, 60, 60, NEW, True),
        (False, 50, 99, RuleState(step=1, flow=FlowMemory(rang=50 * M * USD_UNIT)), False),
        (False, 50, 100, RuleState(step=1, flow=FlowMemory(rang=50 * M * USD_UNIT)), True),
        (False, 49, 51, RuleState(step=1, flow=FlowMemory(rang=50 * M * USD_UNIT)), True),
        (True, 50, 51, RuleState(step=1, flow=FlowMemory(rang=50 * M * USD_UNIT)), True),
    ],
)
def test_a_window_speaks_when_crossed_and_when_doubled(by_sender, before, after_, state, speaks):
    rule = SumRule(50 * M, by_sender=by_sender)
    unit = M * USD_UNIT
    assert crossed(rule, before * unit, after_ * unit, state) is speaks


def test_a_sum_that_fell_below_is_another_incident_and_one_senders_grows_in_place():
    many, his = SumRule(50 * M), SumRule(50 * M, by_sender=True)
    window = [flow(30 * M, 1), flow(30 * M, 2)]
    for rule in (many, his):
        first = summed(rule, 30 * M * USD_UNIT, grown(ABOUT, window, at(2)), NEW, at(2), 2)
        assert (first.reason, first.memory.count) == (Reason.FIRST, 2)
        more = [*window, flow(M, 3)]
        grew = summed(rule, 60 * M * USD_UNIT, grown(ABOUT, more, at(3)), first.state, at(3), 3)
        assert grew.reason is (Reason.WORSENED if rule.by_sender else Reason.NOTHING_NEW)
        assert not grew.rings
        anew = summed(rule, 40 * M * USD_UNIT, grown(ABOUT, [flow(55 * M, 9)], at(9)), grew.state, at(9), 9)
        assert (anew.reason, anew.state.incident) == (Reason.FIRST, 9)


HOUR = T0 - T0 % 3600


@pytest.mark.parametrize(
    ("hour", "mean", "deviation", "speaks"),
    [
        (8, 2, 1, True),
        (5, 2, 1, False),
        (6, 2, 1, True),
        (11, 2, 4, False),
        (18, 2, 4, True),
        (1, 0, 0, True),
        (0, 0, 0, False),
    ],
)
def test_an_hour_is_unusual_by_deviations_and_times_and_dollars(hour, mean, deviation, speaks):
    unit = M * USD_UNIT
    normal = Normal(hour * unit, mean * unit, deviation * unit, 100)
    found = unusual(UnusualRule(), normal, HOUR, ABOUT, NEW, at(1), 1)
    assert (found.reason is Reason.FIRST) is speaks
    again = unusual(UnusualRule(), replace(normal, hour=99 * unit), HOUR, ABOUT, found.state, at(2), 2)
    assert (again.reason is Reason.FIRST) is not speaks
    assert unusual(UnusualRule(), None, HOUR, ABOUT, NEW, at(1), 1).state is NEW


def test_a_digest_begins_silently_and_passes_over_what_was_empty():
    rule, day = DigestRule(), 86_400
    first = digest(rule, 0, True, ABOUT, NEW, at(1), 1)
    assert (first.reason, first.memory.last) == (Reason.NOTHING_NEW, 0)
    assert digest(rule, 0, True, ABOUT, first.state, at(2), 2).state is first.state
    empty = digest(rule, day, False, ABOUT, first.state, at(3), 3)
    assert (empty.reason, empty.memory.last) == (Reason.NOTHING_NEW, day)
    full = digest(rule, 2 * day, True, ABOUT, empty.state, at(4), 4)
    assert (full.reason, full.memory.last, full.state.incident) == (Reason.FIRST, 2 * day, 4)


def loan(percent: int | None) -> LoanBehind:
    health = HF_NO_DEBT if percent is None else percent * WAD // 100
    totals = AccountData(1, 1, 0, 8000, 8000, health)
    position = Position("ethereum", WHALE, at(1), 10, Rounding.PROTOCOL, 10**8, 0, "", (), (), totals)
    return LoanBehind(WHALE, Relation.SENDER, position)


@pytest.mark.parametrize(
    ("healths", "severity"),
    [
        ([], Severity.NOTICE),
        ([None], Severity.NOTICE),
        ([150], Severity.NOTICE),
        ([149, 300], Severity.WARNING),
        ([110], Severity.WARNING),
        ([300, 109], Severity.CRITICAL),
    ],
)
def test_the_nearest_loan_makes_the_severity(healths, severity):
    assert severity_of([loan(one) for one in healths]) is severity


def test_a_severity_that_rises_rings_and_is_remembered():
    first = told(tranches(RULE, [flow(10 * M)], ABOUT, NEW, at(1), 1), Severity.WARNING)
    edit = tranches(RULE, [flow(M, 2)], ABOUT, first.state, at(2), 2)
    assert not told(edit, Severity.WARNING).rings
    louder = told(edit, Severity.CRITICAL)
    assert (louder.rings, louder.memory.rang) == (True, 11 * M * USD_UNIT)
    quiet = told(tranches(RULE, [flow(M, 3)], ABOUT, louder.state, at(3), 3), Severity.NOTICE)
    assert (quiet.rings, quiet.memory.severity) == (False, Severity.CRITICAL)


def test_what_is_taken_back_leaves_what_was_heard_and_owes_a_word():
    before = after([(1, 10 * M)])
    now = after([(1, 10 * M), (2, 3 * M), (3, 8 * M)])
    left = taken_back(now, before)
    assert (left.flow.value, left.flow.count) == (10 * M * USD_UNIT, 1)
    assert (left.said, left.incident, left.flow.rang) == (now.said, now.incident, now.flow.rang)
    assert left.flow.retracted == (flow(8 * M, 3).tx, flow(3 * M, 2).tx)
    word = corrected(left, 9)
    assert (word.reason, word.state.said, word.rings) == (Reason.CORRECTED, now.said + 1, False)
    assert corrected(word.state, 9).reason is Reason.NOTHING_NEW


def test_what_is_taken_back_whole_and_mined_again_goes_on_in_its_message():
    now = after([(5, 10 * M)])
    left = corrected(taken_back(now, None), 9).state
    assert (left.flow.count, left.flow.value, left.flow.who) == (0, 0, WHALE)
    small = tranches(RULE, [flow(M, 6)], ABOUT, left, at(6), 9)
    assert small.reason is Reason.NOTHING_NEW
    again = tranches(RULE, [flow(10 * M, 6)], ABOUT, left, at(6), 9)
    assert (again.reason, again.rings, again.state.incident) == (Reason.WORSENED, False, 5)
    rule = SumRule(10 * M)
    crossed_ = summed(rule, 0, grown(ABOUT, [flow(10 * M, 5)], at(5)), NEW, at(5), 5).state
    gone = corrected(taken_back(crossed_, None), 9).state
    mended = summed(rule, 0, grown(ABOUT, [flow(10 * M, 6)], at(6)), gone, at(6), 9)
    assert (mended.reason, mended.rings, mended.state.incident) == (Reason.WORSENED, False, 5)


def test_what_was_only_observed_or_told_of_an_hour_is_owed_no_word():
    same = after([(1, 10 * M)])
    assert not taken_back(same, same).flow.owing
    hour = unusual(UnusualRule(), Normal(99 * M * USD_UNIT, 0, 0, 99), HOUR, ABOUT, NEW, at(1), 1).state
    assert taken_back(hour, None).flow == hour.flow
    assert taken_back(None, same) is None


def test_only_incidents_with_an_end_are_over():
    state = after([(1, 10 * M)])
    assert not is_over(state, at(1).timestamp + 2 * TRANCHE_S)
    assert is_over(state, at(1).timestamp + 2 * TRANCHE_S + 1)
    assert not is_over(RuleState(flow=FlowMemory(last=1)), T0)
    assert not is_over(NEW, T0)


tranche = st.tuples(st.integers(1, 30 * M), st.sampled_from([ETH, OTHER]))
blocks = st.lists(st.lists(tranche, min_size=1, max_size=4), min_size=1, max_size=12)


def played(history, state=NEW, start=1):
    states = [state]
    for block, found in enumerate(history, start):
        flows = [flow(dollars, block, index, asset) for index, (dollars, asset) in enumerate(found)]
        states.append(tranches(RULE, flows, ABOUT, states[-1], at(block), block).state)
    return states


@given(blocks)
@settings(max_examples=60, deadline=None)
def test_the_running_sum_is_exact_and_messages_that_ring_grow_ever_rarer(history):
    rung, state = [], NEW
    for block, found in enumerate(history, 1):
        flows = [flow(dollars, block, index, asset) for index, (dollars, asset) in enumerate(found)]
        decision = tranches(RULE, flows, ABOUT, state, at(block), block)
        state = decision.state
        if decision.rings:
            rung.append(state.flow.value)
    if state.flow is None:
        assert all(dollars < 10 * M for found in history for dollars, _ in found)
        return
    opened = state.incident
    counted = [one for found in history[opened - 1 :] for one in found]
    assert state.flow.count == len(counted) == sum(one.count for one in state.flow.sums)
    assert state.flow.value == sum(d for d, _ in counted) * USD_UNIT == sum(s.value for s in state.flow.sums)
    for one in state.flow.sums:
        assert one.amount == sum(d for d, asset in counted if asset == one.asset) * 10**15
    assert all(later >= 2 * earlier for earlier, later in pairwise(rung))
    assert len(state.flow.flows) == min(10, len(counted))


@given(blocks, st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_taking_back_leaves_the_sum_as_if_the_blocks_had_never_been(history, to):
    states = played(history)
    to = min(to, len(history))
    now, before = states[-1], states[to]
    left = taken_back(now, before if before is not NEW else None)
    kept = before.flow if before.incident == now.incident and before.flow else FlowMemory()
    if now.flow is not None:
        assert (left.flow.value, left.flow.count, left.flow.sums) == (kept.value, kept.count, kept.sums)
        assert left.flow.owing is (now.flow.count != kept.count)


@given(st.lists(tranche, min_size=1, max_size=30), st.integers(1, 29))
@settings(max_examples=40, deadline=None)
def test_growing_in_two_steps_is_growing_in_one(found, cut):
    flows = [flow(dollars, 1, index, asset) for index, (dollars, asset) in enumerate(found)]
    once = grown(ABOUT, flows, at(1))
    assert grown(grown(ABOUT, flows[:cut], at(1)), flows[cut:], at(1)) == once
