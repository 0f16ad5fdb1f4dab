"""What a block means: kinds of flows, the rules of learning both ways, sums that agree with balances."""

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.classify import candidates, classify
from bot.domain.deposits import WINDOW_S, Learner, Standing
from bot.domain.flows import FlowKind
from bot.domain.labels import Confidence, LabelKind, Labels
from bot.domain.observations import MoveKind
from bot.domain.passing import NOBODY
from bot.domain.transfers import NATIVE, USD_UNIT
from bot.domain.units import BaseAmount
from tests.domain.coins import (
    A_WETH,
    CHAIN,
    COLD,
    CONTRACT,
    ETH,
    ETHER,
    HOT,
    HOT_2,
    KNOWN_DEPOSIT,
    LABELS,
    ODD,
    OTHER_HOT,
    PRICES,
    STAKING,
    START,
    USDC,
    WETH,
    block,
    decide,
    eth,
    inner,
    label,
    moved,
    told,
    took,
    usdc,
    wei,
    weth,
    who,
)

A, B, D, D2, F, GAS = map(who, range(1001, 1007))
ROOT = Path(__file__).parents[2]
K = 10**9
"""A thousand dollars of USDC, raw."""


def learner(*blocks, code=()):
    """A learner that has seen these."""
    found = Learner(CHAIN)
    for number, transfers in enumerate(blocks, start=1):
        decide(found, block(number, *transfers), code=code)
    return found


def one(*transfers, known=None, loans=(), labels=LABELS):
    return decide(known or Learner(CHAIN), block(100, *transfers, loans=loans), labels=labels)


TAUGHT = ([usdc(A, D, 5_000)], [usdc(D, HOT, 5_000, origin=D)])


# --- kinds --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "receiver", "kind"),
    [
        (A, HOT, FlowKind.INFLOW),
        (A, COLD, FlowKind.INFLOW),
        (A, KNOWN_DEPOSIT, FlowKind.INFLOW),
        (HOT, A, FlowKind.OUTFLOW),
        (COLD, A, FlowKind.OUTFLOW),
        (COLD, HOT, FlowKind.INTERNAL),
        (KNOWN_DEPOSIT, HOT, FlowKind.INTERNAL),
        (HOT, STAKING, FlowKind.INTERNAL),
        (CONTRACT, HOT, FlowKind.INTERNAL),
        (HOT, OTHER_HOT, FlowKind.BETWEEN),
        (OTHER_HOT, CONTRACT, FlowKind.OUTFLOW),
        (CONTRACT, OTHER_HOT, FlowKind.INFLOW),
        (A, STAKING, None),
        (A, CONTRACT, None),
        (STAKING, A, None),
        (CONTRACT, A, None),
        (A, B, None),
        (NOBODY, HOT, None),
        (HOT, NOBODY, None),
        (NOBODY, A, None),
    ],
)
def test_kinds(sender, receiver, kind):
    flows = one(usdc(sender, receiver, 5_000)).flows
    assert [flow.kind for flow in flows] == ([kind] if kind else [])


def test_an_inflow_says_all_of_itself():
    seen = block(100, usdc(A, HOT_2, 5_000, "t"))
    (flow,) = decide(Learner(CHAIN), seen).flows
    assert flow.id == seen.transfers[0].id
    assert (flow.asset, flow.amount, flow.value) == (USDC, 5 * K, 5_000 * USD_UNIT)
    assert (flow.sender, flow.receiver, flow.exchange, flow.other) == (A, HOT_2, "Binance", "")
    assert (flow.confidence, flow.source, flow.seen) == (Confidence.LIKELY, "defillama", "2026-10")
    assert (flow.tx, flow.block, flow.at, flow.via, flow.at_sweep) == ("t", 100, START + 1200, None, False)


def test_between_exchanges_both_are_named_and_the_weaker_label_speaks():
    (flow,) = one(usdc(HOT, OTHER_HOT, 1)).flows
    assert (flow.exchange, flow.other, flow.confidence) == ("OKX", "Binance", Confidence.LIKELY)
    (back,) = one(usdc(OTHER_HOT, HOT, 1)).flows
    assert (back.exchange, back.other, back.confidence) == ("Binance", "OKX", Confidence.LIKELY)


def test_without_a_price_it_is_a_flow_without_dollars():
    (flow,) = one(moved(ODD, A, HOT, 7)).flows
    assert (flow.amount, flow.value) == (7, None)


def test_labels_of_another_chain_are_none():
    elsewhere = Labels.of([replace(label(HOT, "Binance", LabelKind.HOT), chain_id=10)])
    assert one(usdc(A, HOT, 1), labels=elsewhere).flows == ()


@pytest.mark.parametrize("legs", [(HOT, WETH.address), (WETH.address, HOT)])
def test_wrapping_its_own_coin_is_no_flow(legs):
    assert one(eth(*legs, 5, "t"), weth(*reversed(legs), 5, "t")).flows == ()
    assert one(weth(*reversed(legs), 5, "t")).flows == ()  # without traces half of it is seen


def test_a_pass_through_counts_once_as_its_payers():
    (flow,) = one(eth(A, F, 5, "t"), inner(F, HOT, 5, "t", origin=A)).flows
    assert (flow.sender, flow.via, flow.amount) == (A, F, 5 * ETHER)


def test_several_payers_are_several_flows():
    decided = one(weth(A, F, 3, "t"), weth(B, F, 2, "t"), weth(F, HOT, 5, "t"))
    assert told(decided) == [("inflow", A, HOT, 3 * ETHER), ("inflow", B, HOT, 2 * ETHER)]
    assert len({flow.id for flow in decided.flows}) == 2


@pytest.mark.parametrize("kind", [MoveKind.WITHDRAW, MoveKind.BORROW])
def test_straight_out_of_a_market_it_is_the_accounts(kind):
    seen = weth(A_WETH.address, HOT, 5, "t")
    decided = one(seen, loans=[took(A, HOT, 5, "t", kind)])
    assert told(decided) == [("inflow", A, HOT, 5 * ETHER)]


def test_borrowed_and_sent_on_at_once_by_a_contract_wallet():
    legs = weth(A_WETH.address, F, 5, "t"), weth(F, HOT, 5, "t")
    decided = one(*legs, loans=[took(F, F, 5, "t", MoveKind.BORROW)])
    assert told(decided) == [("inflow", F, HOT, 5 * ETHER)]


# --- learned ------------------------------------------------------------------------------------------------


def test_a_deposit_is_told_at_its_first_sweep_as_who_paid_it_in():
    known = learner(TAUGHT[0])
    decided = one(usdc(D, HOT, 5_000, "s", origin=D), known=known)
    (flow,) = decided.flows
    assert (flow.kind, flow.sender, flow.receiver, flow.amount) == (FlowKind.INFLOW, A, HOT, 5 * K)
    assert (flow.via, flow.at_sweep, flow.confidence) == (D, True, Confidence.SURE)
    (found,) = decided.learned
    assert (found.address, found.exchange, found.sweeps) == (D, "Binance", 1)
    (sweep,) = found.evidence
    assert (sweep.asset, sweep.swept, sweep.received, sweep.forwarded, sweep.block) == (
        "USDC",
        "s",
        5 * K,
        5 * K,
        100,
    )
    assert known.learned(D) == found
    assert len(known) == 1


def test_of_several_payers_the_deposit_address_is_the_sender():
    known = learner([usdc(A, D, 5_000), usdc(B, D, 2_000)])
    (flow,) = one(usdc(D, HOT, 7_000), known=known).flows
    assert (flow.sender, flow.via, flow.at_sweep) == (D, D, True)


def test_into_a_learned_address_it_counts_at_once_and_its_sweep_does_not():
    known = learner(*TAUGHT)
    (flow,) = one(usdc(B, D, 9_000), known=known).flows
    assert (flow.kind, flow.sender, flow.receiver, flow.amount) == (FlowKind.INFLOW, B, D, 9 * K)
    assert (flow.confidence, flow.source, flow.seen) == (Confidence.PROBABLE, "learned", "2023-11-14")
    swept = decide(known, block(101, usdc(D, HOT_2, 9_000, "s")))
    assert told(swept) == [("internal", D, HOT_2, 9 * K)]
    assert swept.learned[0].sweeps == 2
    assert swept.learned[0].evidence[-1].paid_in == flow.tx


def test_what_came_before_it_was_learned_counts_when_it_is_swept():
    known = learner([usdc(A, D, 5_000), eth(B, D, 3)], [usdc(D, HOT, 5_000)])
    assert known.standing(D) is Standing.LEARNED
    assert told(one(eth(A, D, 2), known=known)) == [("inflow", A, D, 2 * ETHER)]
    flows = decide(known, block(101, eth(D, HOT, 5, "s"))).flows
    assert [(flow.kind.value, flow.amount, flow.sender) for flow in flows] == [
        ("inflow", 3 * ETHER, B),
        ("internal", 2 * ETHER, D),
    ]
    assert [flow.at_sweep for flow in flows] == [True, False]
    assert len({flow.id for flow in flows}) == 2
    assert all("#" in flow.id for flow in flows)


def test_what_comes_to_a_learned_address_counts_however_small():
    known = learner(*TAUGHT)
    assert told(one(eth(GAS, D, "0.01"), known=known)) == [("inflow", GAS, D, wei("0.01"))]
    assert told(decide(known, block(101, eth(D, HOT, "0.009")))) == [("internal", D, HOT, wei("0.009"))]


def test_gas_from_its_exchange_is_internal_there_and_back():
    known = learner(*TAUGHT)
    assert told(one(eth(HOT, D, "0.01"), known=known)) == [("internal", HOT, D, wei("0.01"))]
    assert told(decide(known, block(101, eth(D, HOT, "0.01")))) == [("internal", D, HOT, wei("0.01"))]


def test_from_another_exchange_to_a_learned_address():
    known = learner(*TAUGHT)
    (flow,) = one(usdc(OTHER_HOT, D, 9_000), known=known).flows
    assert (flow.kind, flow.exchange, flow.other) == (FlowKind.BETWEEN, "Binance", "OKX")
    assert flow.confidence is Confidence.PROBABLE
    assert told(decide(known, block(101, usdc(D, HOT, 9_000)))) == [("internal", D, HOT, 9 * K)]
    assert known.standing(D) is Standing.LEARNED


def test_in_one_block_it_is_paid_and_swept():
    decided = one(usdc(A, D, 5_000), usdc(D, HOT, 5_000))
    assert told(decided) == [("inflow", A, HOT, 5 * K)]
    assert [found.address for found in decided.learned] == [D]


def test_coins_minted_to_a_learned_address_count_when_they_are_swept():
    known = learner(*TAUGHT)
    assert told(one(usdc(NOBODY, D, 9_000), known=known)) == []
    assert told(decide(known, block(101, usdc(D, HOT, 9_000)))) == [("inflow", D, HOT, 9 * K)]


def test_candidates_are_asked_for_and_change_nothing():
    known = learner(TAUGHT[0])
    before = known.texts[D]
    seen = block(100, usdc(D, HOT, 5_000))
    assert candidates(seen, LABELS, known) == {D}
    assert known.texts[D] == before
    classify(seen, LABELS, known, frozenset())
    assert candidates(block(101, usdc(D, HOT, 5_000)), LABELS, known) == frozenset()


def test_an_ordinary_block_has_no_candidates():
    assert candidates(block(1, usdc(A, B, 5_000), usdc(A, HOT, 5_000)), LABELS, Learner(CHAIN)) == frozenset()


# --- the rules of learning, both ways -----------------------------------------------------------------------

GOOD = {
    "tokens": [[usdc(A, D, 5_000)], [usdc(D, HOT, 5_000)]],
    "the coin, less the fee": [[eth(A, D, 2)], [eth(D, HOT, "1.999")]],
    "just a thousand dollars": [[usdc(A, D, 1_000)], [usdc(D, HOT, 1_000)]],
    "nine tenths": [[usdc(A, D, 5_000)], [usdc(D, HOT, 4_500)]],
    "eleven tenths": [[usdc(A, D, 5_000)], [usdc(D, HOT, 5_500)]],
    "two receipts, one sweep": [[usdc(A, D, 700)], [usdc(B, D, 700)], [usdc(D, HOT, 1_400)]],
    "a part, then the rest": [[usdc(A, D, 9_000)], [usdc(D, HOT, 6_000)], [usdc(D, HOT_2, 3_000)]],
    "one of two receipts, then the other": [
        [usdc(A, D, 3_000)],
        [usdc(A, D, 9_000)],
        [usdc(D, HOT, 3_000), usdc(D, HOT, 9_000)],
    ],
    "older coins first": [
        *[[usdc(A, D, 1_000)], [usdc(D, HOT, 5_000)]] * 2,
        [usdc(A, D, 5_000), usdc(D, HOT, 5_000)],
    ],
    "eight payers": [[usdc(who(n), D, 500) for n in range(1, 9)], [usdc(D, HOT, 4_000)]],
    "one payer, often": [[usdc(A, D, 200)] * 30, [usdc(D, HOT, 6_000)]],
    "gas from the exchange": [[usdc(A, D, 5_000)], [eth(HOT, D, "0.05")], [usdc(D, HOT, 5_000)]],
    "gas from anybody": [
        [usdc(A, D, 5_000), *[eth(who(n), D, "0.05") for n in range(100, 130)]],
        [usdc(D, HOT, 5_000)],
    ],
    "dust from everybody": [
        [usdc(A, D, 5_000), *[usdc(who(n), D, 9) for n in range(100, 130)]],
        [usdc(D, HOT, 5_000)],
    ],
    "dust minted to it": [[usdc(A, D, 5_000), usdc(NOBODY, D, 9)], [usdc(D, HOT, 5_000)]],
    "gas given back twice": [
        [usdc(A, D, 5_000)],
        [eth(D, GAS, "0.01"), eth(D, GAS, "0.01")],
        [usdc(D, HOT, 5_000)],
    ],
    "through a contract": [[eth(A, F, 2, "t"), inner(F, D, 2, "t", origin=A)], [eth(D, HOT, 2)]],
    "through a contract into the exchange": [[weth(A, D, 2)], [weth(D, F, 2, "t"), weth(F, HOT, 2, "t")]],
    "its exchange's other wallets": [[usdc(A, D, 5_000)], [usdc(D, COLD, 5_000)]],
    "from a learned one's payer": [*TAUGHT, [usdc(A, D2, 5_000)], [usdc(D2, HOT, 5_000)]],
}  # fmt: skip


@pytest.mark.parametrize("blocks", GOOD.values(), ids=GOOD)
def test_learned(blocks):
    known = learner(*blocks)
    assert known.standing(D2 if len(blocks) == 4 else D) is Standing.LEARNED


BAD = {
    "too little": [[usdc(A, D, 999)], [usdc(D, HOT, 999)]],
    "below nine tenths": [[usdc(A, D, 5_000)], [usdc(D, HOT, 4_499)]],
    "above eleven tenths": [[usdc(A, D, 5_000)], [usdc(D, HOT, 5_501)]],
    "in thirds": [[usdc(A, D, 9_000)], *[[usdc(D, HOT, 3_000)]] * 3],
    "ever less": [[usdc(A, D, 9_000)], *[[usdc(D, HOT, part)] for part in (5_000, 2_500, 1_500)]],
    "the smaller part first": [[usdc(A, D, 9_000)], [usdc(D, HOT, 3_000)], [usdc(D, HOT, 6_000)]],
    "another asset": [[usdc(A, D, 5_000)], [weth(D, HOT, 2)]],
    "without a price": [[moved(ODD, A, D, 10**24)], [moved(ODD, D, HOT, 10**24)]],
    "nothing received": [[], [usdc(D, HOT, 5_000)]],
    "sent elsewhere before": [[usdc(D, B, 1)], [usdc(A, D, 5_000)], [usdc(D, HOT, 5_000)]],
    "sent elsewhere between": [[usdc(A, D, 5_000)], [usdc(D, B, 1)], [usdc(D, HOT, 4_999)]],
    "sent elsewhere in the block": [[usdc(A, D, 5_000)], [usdc(D, B, 1), usdc(D, HOT, 4_999)]],
    "two exchanges": [[usdc(A, D, 5_000)], [usdc(D, OTHER_HOT, 2_500)], [usdc(D, HOT, 2_500)]],
    "two exchanges, long ago": [[usdc(D, OTHER_HOT, 9)], [usdc(A, D, 5_000)], [usdc(D, HOT, 5_000)]],
    "nine payers": [[usdc(who(n), D, 500) for n in range(1, 10)], [usdc(D, HOT, 4_500)]],
    "paid out by an exchange": [[usdc(HOT, D, 5_000)], [usdc(D, HOT, 5_000)]],
    "paid out by another exchange": [[usdc(OTHER_HOT, D, 5_000)], [usdc(D, HOT, 5_000)]],
    "once paid out a little": [[eth(HOT, D, "0.06")], [usdc(A, D, 5_000)], [usdc(D, HOT, 5_000)]],
    "funds gas": [[eth(A, D, 5)], [eth(D, who(n), "0.01") for n in range(3)], [eth(D, HOT, "4.9")]],
    "funded gas before": [[eth(D, B, "0.01")], [eth(A, D, 5)], [eth(D, HOT, 5)]],
    "asked for it": [[usdc(A, D, 5_000, origin=D)], [usdc(D, HOT, 5_000)]],
    "unwrapped it": [[eth(WETH.address, D, 5)], [eth(D, HOT, 5)]],
    "wrapped it": [
        [eth(A, D, 5)],
        [eth(D, WETH.address, 5, "t"), weth(WETH.address, D, 5, "t")],
        [weth(D, HOT, 5)],
    ],
    "minted": [[usdc(NOBODY, D, 5_000)], [usdc(D, HOT, 5_000)]],
    "burned some": [[usdc(A, D, 5_000)], [usdc(D, NOBODY, 1)], [usdc(D, HOT, 5_000)]],
    "out of a vault": [[weth(A_WETH.address, D, 5)], [weth(D, HOT, 5)]],
    "into a known deposit address": [[usdc(A, D, 5_000)], [usdc(D, KNOWN_DEPOSIT, 5_000)]],
    "into the exchange's contract": [[usdc(A, D, 5_000)], [usdc(D, STAKING, 5_000)]],
    "received after it sent": [[usdc(D, HOT, 5_000), usdc(A, D, 5_000)]],
}  # fmt: skip


@pytest.mark.parametrize("blocks", BAD.values(), ids=BAD)
def test_not_learned(blocks):
    known = learner(*blocks)
    assert known.standing(D) is not Standing.LEARNED
    assert len(known) == 0


def test_a_contract_is_not_learned_and_its_payment_is_its_own():
    known = learner(*TAUGHT[:1])
    decided = decide(known, block(100, usdc(D, HOT, 5_000)), code={D})
    assert told(decided) == [("inflow", D, HOT, 5 * K)]
    assert decided.flows[0].at_sweep is False
    assert known.standing(D) is Standing.BARRED


def test_no_learning_on_what_was_learned():
    known = learner(*TAUGHT, [usdc(A, B, 5_000)], [usdc(B, D, 5_000)])
    assert known.standing(B) is Standing.BARRED
    assert known.standing(D) is Standing.LEARNED


@pytest.mark.parametrize(("late", "standing"), [(0, Standing.LEARNED), (1, Standing.PENDING)])
def test_the_window(late, standing):
    known = learner(TAUGHT[0])
    decide(known, block(9_000, usdc(D, HOT, 5_000), at=START + 12 + WINDOW_S + late))
    assert known.standing(D) is standing


def test_who_has_a_loan_is_no_deposit_address():
    known = Learner(CHAIN)
    decide(known, block(1, weth(A_WETH.address, A, 5, "t"), loans=[took(A, A, 5, "t")]))
    decide(known, block(2, weth(A, HOT, 5)))
    assert known.standing(A) is Standing.BARRED


def test_out_of_a_market_straight_into_a_deposit_address_it_is_the_accounts():
    known = Learner(CHAIN)
    decide(known, block(1, weth(A_WETH.address, D, 5, "t", origin=A), loans=[took(A, D, 5, "t")]))
    decided = decide(known, block(2, weth(D, HOT, 5)))
    assert known.standing(D) is Standing.LEARNED
    assert told(decided) == [("inflow", A, HOT, 5 * ETHER)]


# --- learned no more ----------------------------------------------------------------------------------------

BREAKING = {
    "sent elsewhere": [usdc(D, B, 1)],
    "sent to another exchange": [usdc(D, OTHER_HOT, 1)],
    "sent to a learned one": [usdc(D, D2, 1)],
    "asked for it": [usdc(A, D, 1, origin=D)],
    "paid out by its exchange": [usdc(HOT, D, 1)],
    "wrapped": [eth(D, WETH.address, 1, "t"), weth(WETH.address, D, 1, "t")],
}


@pytest.mark.parametrize("transfers", BREAKING.values(), ids=BREAKING)
def test_barred(transfers):
    known = learner(*TAUGHT, [usdc(A, D2, 5_000)], [usdc(D2, HOT, 5_000)])
    decided = one(*transfers, known=known)
    assert decided.barred == (D,)
    assert known.standing(D) is Standing.BARRED
    assert known.learned(D) is None
    assert [found.address for found in decided.learned] == []
    assert told(decide(known, block(101, usdc(B, D, 5_000)))) == []


def test_gas_given_back_breaks_nothing():
    known = learner(*TAUGHT)
    assert one(*[eth(D, GAS, "0.01") for _ in range(5)], known=known).barred == ()


@pytest.mark.parametrize(
    ("then", "flows"),
    [
        ([usdc(D, B, 4_000)], [("outflow", D, B, 4 * K)]),
        ([usdc(D, OTHER_HOT, 4_000)], [("between", D, OTHER_HOT, 4 * K)]),
        (
            [usdc(D, OTHER_HOT, 6_000)],
            [("inflow", D, OTHER_HOT, K), ("between", D, OTHER_HOT, 5 * K)],
        ),
        ([usdc(D, B, 1_000), usdc(D, HOT, 4_000)], [("outflow", D, B, K), ("internal", D, HOT, 4 * K)]),
        (
            [eth(A, D, 1), eth(D, WETH.address, 1, "t"), weth(WETH.address, D, 1, "t"), weth(D, HOT, 1)],
            [("inflow", A, D, ETHER), ("internal", D, HOT, ETHER)],
        ),
    ],
)
def test_what_was_counted_there_is_not_counted_again(then, flows):
    known = learner(*TAUGHT, [usdc(A, D, 5_000)])
    assert told(one(*then, known=known)) == flows


# --- properties ---------------------------------------------------------------------------------------------

PEOPLE = [A, B, D, D2, HOT, HOT_2, COLD, OTHER_HOT]
LEGS = st.tuples(
    st.sampled_from(PEOPLE),
    st.sampled_from(PEOPLE),
    st.sampled_from([ETH, USDC]),
    st.integers(1, 6),
    st.sampled_from(["", "", "t"]),
).filter(lambda leg: leg[0] != leg[1])
HISTORIES = st.lists(st.lists(LEGS, max_size=5), max_size=12)
CODE = {A, B, D, D2}


def blocks_of(history):
    for number, legs in enumerate(history, start=1):
        thousand = {ETH: ETHER // 2, USDC: K}
        transfers = [
            moved(asset, *ends, part * thousand[asset], tx and f"t{number}")
            for *ends, asset, part, tx in legs
        ]
        yield block(number, *transfers)


@settings(max_examples=100, deadline=None)
@given(HISTORIES)
def test_in_less_out_is_how_balances_changed(history):
    """Nobody is learned here: all have code."""
    known, flowed, balance = Learner(CHAIN), Counter(), Counter()
    for seen in blocks_of(history):
        for flow in decide(known, seen, code=CODE).flows:
            place = flow.asset.symbol
            signs = {"inflow": (1, 0), "outflow": (-1, 0), "between": (1, -1), "internal": (0, 0)}
            mine, others = signs[flow.kind.value]
            flowed[flow.exchange, place] += mine * flow.amount
            flowed[flow.other, place] += others * flow.amount
        for one in seen.transfers:
            for address, amount in ((one.sender, -one.amount), (one.receiver, one.amount)):
                if (at := LABELS.get(CHAIN, address)) is not None:
                    balance[at.exchange, one.asset.symbol] += amount
    assert len(known) == 0
    assert {key: v for key, v in flowed.items() if v} == {key: v for key, v in balance.items() if v}


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_nothing_is_counted_twice(history):
    """In less out is what lies in the wallets and, counted, at deposit addresses: whatever is learned."""
    known, flowed, balance, ids = Learner(CHAIN), Counter(), Counter(), Counter()
    for seen in blocks_of(history):
        for flow in decide(known, seen).flows:
            ids[flow.id] += 1
            place = flow.asset.address
            if flow.kind in (FlowKind.INFLOW, FlowKind.BETWEEN):
                flowed[flow.exchange, place] += flow.amount
            if flow.kind is FlowKind.OUTFLOW:
                flowed[flow.exchange, place] -= flow.amount
            if flow.kind is FlowKind.BETWEEN:
                flowed[flow.other, place] -= flow.amount
        for one in seen.transfers:
            for address, amount in ((one.sender, -one.amount), (one.receiver, one.amount)):
                if (at := LABELS.get(CHAIN, address)) is not None:
                    balance[at.exchange, one.asset.address] += amount
    for address in (A, B, D, D2):
        for exchange, asset, amount in known.counted(address):
            balance[exchange, asset] += amount
    assert {key: v for key, v in flowed.items() if v} == {key: v for key, v in balance.items() if v}
    assert set(ids.values()) <= {1}


@settings(max_examples=60, deadline=None)
@given(HISTORIES, st.integers(0, 12))
def test_undone_is_never_seen(history, keep):
    blocks = list(blocks_of(history))
    known, fresh = Learner(CHAIN), Learner(CHAIN)
    store, shorter = {}, {}
    for seen in blocks:
        store |= decide(known, seen).records
    store |= known.undo(keep)
    for seen in blocks[:keep]:
        shorter |= decide(fresh, seen).records
    assert known == fresh
    assert {key: v for key, v in store.items() if v} == {key: v for key, v in shorter.items() if v}
    for seen in blocks[keep:]:
        assert decide(known, seen) == decide(fresh, seen)


@settings(max_examples=60, deadline=None)
@given(HISTORIES, st.integers(0, 12), st.booleans())
def test_read_back_it_goes_on_as_if_nothing_had_been(history, stop, turned):
    blocks = list(blocks_of(history))
    known, store = Learner(CHAIN), {}
    for seen in blocks[:stop]:
        store |= decide(known, seen).records
    kept = [(address, text) for address, text in store.items() if text]
    again = Learner(CHAIN, dict(reversed(kept) if turned else kept))
    assert again == known
    for seen in blocks[stop:]:
        assert decide(again, seen) == decide(known, seen)


@settings(max_examples=60, deadline=None)
@given(HISTORIES)
def test_decided_twice_is_decided_once(history):
    known, fresh = Learner(CHAIN), Learner(CHAIN)
    for seen in blocks_of(history):
        first, again, other = decide(known, seen), decide(known, seen), decide(fresh, seen)
        assert first == other
        assert again.flows == first.flows
    assert known == fresh


def test_prices_decide_nothing_but_dollars_and_learning():
    poor = {**PRICES, NATIVE: BaseAmount(1)}
    seen = block(1, eth(A, HOT, 5), prices=poor)
    assert told(decide(Learner(CHAIN), seen)) == [("inflow", A, HOT, 5 * ETHER)]


SEEDED = """
import random
from tests.domain.coins import *
from bot.domain.hops import Trail
from bot.domain.tallies import Tallies
rng, known, trail, tallies = random.Random(5), Learner(CHAIN), Trail(), Tallies(CHAIN)
people = [who(1000 + n) for n in range(30)] + [HOT, HOT_2, OTHER_HOT, WETH.address]
said = []
for number in range(1, 60):
    legs = [rng.sample(people, 2) for _ in range(12)]
    amounts = [(rng.randint(1, 3) * 60, rng.choice(["", "t", "u"])) for _ in legs]
    moves = [rng.choice([eth, weth])(*leg, *more) for leg, more in zip(legs, amounts)]
    paid, swept = who(5000 + number), who(4999 + number)
    seen = block(number, *moves, usdc(people[0], paid, 9_000), usdc(swept, HOT, 9_000))
    decided = decide(known, seen)
    trail.note(seen)
    said += [decided, list(tallies.add(decided.flows).items())]
said += [trail.behind(one, START + 1000, BaseAmount(USD_UNIT)) for one in people]
assert len(known) == 58
assert any(said[-30:])
print(said)
"""


def test_the_hash_seed_decides_nothing():
    def run(seed):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", SEEDED]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=ROOT)
        return done.stdout

    assert run("1") == run("2") != ""
