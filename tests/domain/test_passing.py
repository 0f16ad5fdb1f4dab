"""Pass-throughs within one transaction: who is behind an amount; nothing is lost or made on the way."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.passing import NOBODY, netted, wrapper_of
from bot.domain.transfers import NATIVE
from tests.domain.coins import (
    A_WETH,
    ETH,
    ETHER,
    HOT,
    HOT_2,
    OTHER_HOT,
    USDC,
    WETH,
    a_weth,
    block,
    eth,
    inner,
    moved,
    usdc,
    weth,
    who,
)

A, B, F, G, POOL, SAFE = map(who, range(1001, 1007))
OURS = {HOT, HOT_2, OTHER_HOT}.__contains__
W = WETH.address


def net(*transfers, stops=()):
    seen = block(1, *transfers)
    return netted(seen.transfers, ours=OURS, wrapper=W, stops=stops)


def lines(*transfers, stops=()):
    """(sender, receiver, amount in ether, via)."""
    found = net(*transfers, stops=stops)
    return [(one.sender, one.transfer.receiver, one.transfer.amount // ETHER, one.via) for one in found]


# --- who is behind it ---------------------------------------------------------------------------------------


def test_a_forwarder_is_passed_through():
    assert lines(eth(A, F, 5, "t"), inner(F, HOT, 5, "t", origin=A)) == [(A, HOT, 5, F)]


def test_in_two_transactions_nothing_passes_through():
    assert lines(eth(A, F, 5, "t"), inner(F, HOT, 5, "u")) == [(A, F, 5, None), (F, HOT, 5, None)]


def test_two_forwarders_in_a_row():
    found = lines(weth(A, F, 5, "t"), weth(F, G, 5, "t"), weth(G, HOT, 5, "t"))
    assert found == [(A, HOT, 5, G)]


@pytest.mark.parametrize("kept", [1, -1])
def test_who_keeps_or_adds_something_is_no_forwarder(kept):
    through = moved(WETH, F, HOT, 5 * ETHER - kept, "t")
    assert [one.sender for one in net(weth(A, F, 5, "t"), through)] == [A, F]


def test_one_who_forwards_one_asset_and_keeps_another_is_somebody():
    found = lines(weth(A, F, 5, "t"), usdc(B, F, 9, "t"), weth(F, HOT, 5, "t"))
    assert (F, HOT, 5, None) in found


def test_one_amount_to_several_exchanges():
    found = lines(weth(A, F, 5, "t"), weth(F, HOT, 3, "t"), weth(F, OTHER_HOT, 2, "t"))
    assert found == [(A, HOT, 3, F), (A, OTHER_HOT, 2, F)]


def test_several_payers_into_one_transfer_are_parts_of_it():
    found = net(weth(A, F, 3, "t"), weth(B, F, 2, "t"), weth(F, HOT, 5, "t"))
    assert [(one.sender, one.transfer.amount // ETHER, one.part) for one in found] == [(A, 3, 1), (B, 2, 2)]
    assert len({one.id for one in found}) == 2
    assert {one.transfer.id for one in found} == {"t:token:2"}


def test_one_payer_in_two_steps_is_one_part():
    found = net(weth(A, F, 3, "t"), weth(A, F, 2, "t"), weth(F, HOT, 5, "t"))
    assert [(one.id, one.sender, one.transfer.amount) for one in found] == [("t:token:2", A, 5 * ETHER)]


def test_an_exchange_that_pays_many_through_a_contract():
    found = lines(weth(HOT, F, 5, "t"), weth(F, A, 3, "t"), weth(F, B, 2, "t"))
    assert found == [(HOT, A, 3, F), (HOT, B, 2, F)]


def test_ours_are_never_passed_through():
    assert lines(weth(A, HOT, 5, "t"), weth(HOT, HOT_2, 5, "t")) == [
        (A, HOT, 5, None),
        (HOT, HOT_2, 5, None),
    ]


def test_who_signed_is_never_passed_through():
    found = lines(weth(B, A, 5, "t", origin=A), weth(A, HOT, 5, "t", origin=A))
    assert found == [(B, A, 5, None), (A, HOT, 5, None)]


def test_a_stop_is_never_passed_through():
    found = lines(weth(A_WETH.address, SAFE, 5, "t"), weth(SAFE, HOT, 5, "t"), stops={SAFE})
    assert found[-1] == (SAFE, HOT, 5, None)


def test_a_flash_loan_that_comes_back_is_nothing():
    assert lines(weth(POOL, F, 5, "t"), weth(F, POOL, 5, "t")) == []


# --- the coin and its wrapped form --------------------------------------------------------------------------


def test_unwrapped_on_the_way():
    found = lines(
        weth(A, F, 5, "t", origin=A), inner(W, F, 5, "t", origin=A), inner(F, HOT, 5, "t", origin=A)
    )
    assert found == [(A, HOT, 5, F)]


def test_wrapped_on_the_way():
    found = lines(eth(A, F, 5, "t"), inner(F, W, 5, "t", origin=A), weth(F, HOT, 5, "t", origin=A))
    assert found == [(A, HOT, 5, F)]


def test_a_wrapper_that_logs_deposits_and_withdrawals():
    """The watcher tells them as moves between holder and wrapper; traces come after all logs."""
    unwrapped = weth(A, F, 5, "t"), weth(F, W, 5, "t"), inner(W, F, 5, "t"), inner(F, HOT, 5, "t")
    assert lines(*unwrapped) == [(A, HOT, 5, F)]
    wrapped = eth(A, F, 5, "t"), weth(W, F, 5, "t"), weth(F, HOT, 5, "t"), inner(F, W, 5, "t", origin=A)
    assert lines(*wrapped) == [(A, HOT, 5, F)]


def test_without_traces_half_of_an_unwrapping_is_seen():
    assert lines(weth(A, F, 5, "t"), weth(F, W, 5, "t")) == [(A, F, 5, None), (F, W, 5, None)]


def test_who_unwraps_and_keeps_it():
    found = lines(weth(B, A, 5, "t"), inner(W, A, 5, "t"))
    assert found == [(B, A, 5, None), (W, A, 5, None)]


def test_unwrapped_straight_to_another_is_who_gave_it():
    assert lines(weth(A, W, 5, "t", origin=A), inner(W, HOT, 5, "t", origin=A)) == [(A, HOT, 5, W)]


def test_the_wrapper_is_told_or_known_by_symbol():
    seen = block(1, eth(A, B, 1), weth(A, B, 1))
    assert wrapper_of(seen) == W
    blind = type(seen)(seen.chain_id, seen.as_of, seen.transfers)
    assert wrapper_of(blind) == W
    assert wrapper_of(type(seen)(seen.chain_id, seen.as_of, seen.transfers[1:])) is None


# --- vaults and pools ---------------------------------------------------------------------------------------


def test_out_of_a_market_straight_to_an_exchange_is_who_had_the_shares():
    found = lines(
        a_weth(SAFE, G, 5, "t", origin=A),
        a_weth(G, NOBODY, 5, "t", origin=A),
        weth(A_WETH.address, G, 5, "t", origin=A),
        inner(W, G, 5, "t", origin=A),
        inner(G, HOT, 5, "t", origin=A),
    )
    assert (SAFE, HOT, 5, G) in found


def test_out_of_a_market_to_its_owner_is_no_self_transfer():
    found = lines(a_weth(A, NOBODY, 5, "t", origin=A), weth(A_WETH.address, A, 5, "t", origin=A))
    assert found == [(A, NOBODY, 5, None), (A_WETH.address, A, 5, None)]


def test_swapped_on_the_way_is_who_signed_and_paid():
    found = lines(
        usdc(A, F, 9_000, "t", origin=A),
        usdc(F, POOL, 9_000, "t", origin=A),
        weth(POOL, HOT, 5, "t", origin=A),
    )
    assert found[-1] == (A, HOT, 5, POOL)


def test_a_swap_that_somebody_else_signed_is_the_pools():
    found = lines(usdc(SAFE, POOL, 9_000, "t", origin=B), weth(POOL, HOT, 5, "t", origin=B))
    assert found[-1] == (POOL, HOT, 5, None)


# --- properties ---------------------------------------------------------------------------------------------

PEOPLE = [A, B, F, G, HOT, OTHER_HOT, W, NOBODY]
LEGS = st.tuples(
    st.sampled_from(PEOPLE),
    st.sampled_from(PEOPLE),
    st.sampled_from([ETH, WETH, USDC]),
    st.integers(1, 4),
    st.sampled_from("tuv"),
).filter(lambda leg: leg[0] != leg[1] and not (leg[2] is ETH and NOBODY in leg[:2]))


def balances(pieces):
    held = Counter()
    for sender, receiver, asset, amount in pieces:
        held[sender, asset.address] -= amount
        held[receiver, asset.address] += amount
    return {key: change for key, change in held.items() if change}


@settings(max_examples=80, deadline=None)
@given(st.lists(LEGS, max_size=12))
def test_balances_change_as_they_did(legs):
    """Told from legs alone (no guess who is behind a pool: nobody signed), without conversions."""
    plain = [leg for leg in legs if W not in leg[:2] and NOBODY not in leg[:2]]
    seen = block(1, *(moved(asset, *ends, amount, tx) for *ends, asset, amount, tx in plain))
    found = netted(seen.transfers, ours=OURS, wrapper=W)
    before = balances((one.sender, one.receiver, one.asset, one.amount) for one in seen.transfers)
    after = balances((p.sender, p.transfer.receiver, p.transfer.asset, p.transfer.amount) for p in found)
    assert before == after


@settings(max_examples=80, deadline=None)
@given(st.lists(LEGS, max_size=12))
def test_what_exchanges_get_and_give_is_never_changed(legs):
    # burned shares may stand for what a vault paid, and a wrapper's two legs for one payment
    real = [leg for leg in legs if NOBODY not in leg[:2] and W not in leg[:2]]
    seen = block(1, *(moved(asset, *ends, amount, tx) for *ends, asset, amount, tx in real))
    found = netted(seen.transfers, ours=OURS, wrapper=W)

    def coin(asset):
        return W if asset.address == NATIVE else asset.address

    def gross(pieces):
        got = Counter()
        for sender, receiver, asset, amount, tx in pieces:
            if sender in (HOT, OTHER_HOT) and receiver not in (sender, W, NOBODY):
                got[tx, sender, "out", coin(asset)] += amount
            if receiver in (HOT, OTHER_HOT) and sender not in (receiver, W, NOBODY):
                got[tx, receiver, "in", coin(asset)] += amount
        return got

    before = gross((o.sender, o.receiver, o.asset, o.amount, o.tx) for o in seen.transfers)
    after = gross(
        (p.sender, p.transfer.receiver, p.transfer.asset, p.transfer.amount, p.transfer.tx) for p in found
    )
    # what an exchange sends through somebody back to the same address is a self-transfer, and left out
    for tx, address, way, asset in set(before) | set(after):
        lost = before[tx, address, way, asset] - after[tx, address, way, asset]
        other = "in" if way == "out" else "out"
        assert lost >= 0
        assert lost == before[tx, address, other, asset] - after[tx, address, other, asset]


@settings(max_examples=60, deadline=None)
@given(st.lists(LEGS, max_size=16))
def test_ids_are_unique_and_in_order(legs):
    found = net(*(moved(asset, *ends, amount, tx) for *ends, asset, amount, tx in legs))
    assert len({one.id for one in found}) == len(found)
    assert [one.transfer.index for one in found] == sorted(one.transfer.index for one in found)
