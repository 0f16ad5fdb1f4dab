"""The way back from a deposit: who funded its sender within a day, by up to two hops."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import hops
from bot.domain.hops import KEPT_S, Trail
from bot.domain.observations import MoveKind
from bot.domain.passing import NOBODY
from bot.domain.transfers import USD_UNIT
from bot.domain.units import BaseAmount
from tests.domain.coins import A_WETH, HOT, ODD, START, WETH, block, eth, inner, moved, took, usdc, weth, who

A, B, C, D, F = map(who, range(1001, 1006))
MILLION = BaseAmount(1_000_000 * USD_UNIT)
"""500 ether."""


def trail(*blocks, never=lambda _: False):
    """Blocks of transfers, the first at START + 12."""
    found = Trail(never)
    for number, (transfers, *loans) in enumerate(blocks, start=1):
        found.note(block(number, *transfers, loans=loans))
    return found


def behind(known, sender, value=MILLION, at=START + 600):
    return known.behind(sender, at, value)


# --- paths --------------------------------------------------------------------------------------------------


def test_one_hop():
    assert behind(trail(([eth(A, B, 500)],)), B) == ((A, B),)


def test_two_hops():
    assert behind(trail(([eth(A, B, 500)],), ([eth(B, C, 500)],)), C) == ((B, C), (A, B, C))


def test_never_three():
    known = trail(([eth(A, B, 500)],), ([eth(B, C, 500)],), ([eth(C, D, 500)],))
    assert behind(known, D) == ((C, D), (B, C, D))


def test_never_backwards_in_time():
    known = trail(([eth(B, C, 500)],), ([eth(A, B, 500)],))
    assert behind(known, C) == ((B, C),)


def test_never_back_to_the_sender():
    assert behind(trail(([eth(B, A, 500)],), ([eth(A, B, 500)],)), B) == ((A, B),)


@pytest.mark.parametrize(("ether", "found"), [(250, ((A, B),)), (249, ())])
def test_at_least_half(ether, found):
    assert behind(trail(([eth(A, B, ether)],)), B) == found


def test_several_steps_of_one_are_summed():
    assert behind(trail(([eth(A, B, 125)],), ([usdc(A, B, 250_000)],)), B) == ((A, B),)


def test_less_than_a_hundred_thousand_is_no_trail():
    assert behind(trail(([usdc(A, B, 99_999)],)), B, value=BaseAmount(1)) == ()


def test_without_a_price_there_is_no_trail():
    assert behind(trail(([moved(ODD, A, B, 10**30)],)), B, value=BaseAmount(1)) == ()


def test_who_took_out_of_a_market_counts_though_it_is_less():
    known = trail(
        ([weth(A_WETH.address, A, 60, "t")], took(A, A, 60, "t")), ([weth(A, B, 60)],), ([eth(C, B, 60)],)
    )
    assert behind(known, B) == ((A, B),)


def test_who_paid_back_to_a_market_does_not():
    known = trail(([], took(A, A, 60, "t", MoveKind.REPAY)), ([weth(A, B, 60)],))
    assert behind(known, B) == ()


@pytest.mark.parametrize("kind", [MoveKind.WITHDRAW, MoveKind.BORROW])
def test_taken_straight_to_another_links_them(kind):
    known = trail(([weth(A_WETH.address, B, 500, "t")], took(A, B, 500, "t", kind)))
    assert behind(known, B) == ((A, B),)


def test_through_a_contract_that_unwraps():
    legs = [weth(A, F, 500, "t", origin=A), inner(WETH.address, F, 500, "t"), inner(F, B, 500, "t")]
    assert behind(trail((legs,)), B) == ((A, B),)


def test_vaults_and_mints_are_nobody():
    known = trail(([weth(A_WETH.address, B, 500), usdc(NOBODY, B, 10**6), eth(WETH.address, B, 500)],))
    assert behind(known, B) == ()


def test_exchanges_are_nobody():
    known = trail(([eth(A, HOT, 500)],), ([eth(HOT, B, 500)],), never=lambda address: address == HOT)
    assert behind(known, B) == ()


def test_the_most_funded_first():
    assert behind(trail(([eth(A, C, 300), eth(B, C, 400)],)), C) == ((B, C), (A, C))


@pytest.mark.parametrize(("late", "found"), [(0, ((A, B),)), (1, ())])
def test_a_day(late, found):
    known = trail(([eth(A, B, 500)],))
    assert behind(known, B, at=START + 12 + KEPT_S + late) == found


def test_not_what_came_later():
    known = trail(([],), ([eth(A, B, 500)],))
    assert behind(known, B, at=START + 12) == ()


# --- moves --------------------------------------------------------------------------------------------------


def test_moves_of_an_account():
    first, small, last = took(A, A, 60, "t"), took(A, A, 40, "u"), took(A, A, 70, "v", MoveKind.REPAY)
    known = trail(([], first), ([], small), ([], last, took(B, B, 60, "w")))
    assert known.moves(A, 0) == (first, last)
    assert known.moves(A, START + 13) == (last,)
    assert known.moves(C, 0) == ()
    assert (known.first_move(A, 0), known.first_move(A, START + 13), known.first_move(C, 0)) == (
        START + 12,
        START + 36,
        0,
    )


# --- bounds and undoing -------------------------------------------------------------------------------------


def test_it_is_bounded_and_the_oldest_go(monkeypatch):
    monkeypatch.setattr(hops, "STEPS_AT_MOST", 3)
    known = trail(*(([eth(who(n), B, 500)],) for n in range(1, 8)))
    assert {path[0] for path in behind(known, B)} == {who(5), who(6), who(7)}


def test_days_later_nothing_is_left():
    known = trail(([eth(A, B, 500)], took(A, A, 500, "t")))
    known.note(block(500, at=START + 2 * KEPT_S))
    assert known.moves(A, 0) == ()
    assert not known._into
    assert not known._count


def test_what_the_watched_do_is_kept_however_little_it_is():
    trail, small = Trail(), took(A, B, 1, "t")
    trail.note(block(1, loans=[small]))
    assert trail.moves(A, 0) == ()
    trail.note(block(2, loans=[small]), always={A})
    assert trail.moves(A, 0) == (small,)


PEOPLE = [A, B, C, D, F]
LEGS = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.integers(40, 400)).filter(
    lambda leg: leg[0] != leg[1]
)
LOANS = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.integers(40, 400))
BLOCKS = st.lists(st.tuples(st.lists(LEGS, max_size=4), st.lists(LOANS, max_size=2)), max_size=10)


def blocks_of(history, every=12):
    for number, (legs, loans) in enumerate(history, start=1):
        taken = [took(*loan, "t") for loan in loans]
        yield block(number, *(eth(*leg) for leg in legs), loans=taken, at=START + number * every)


@settings(max_examples=60, deadline=None)
@given(BLOCKS, st.integers(0, 10))
def test_undone_is_never_seen(history, keep):
    blocks = list(blocks_of(history, every=20_000))
    known, fresh = Trail(), Trail()
    for seen in blocks:
        known.note(seen)
    known.undo(keep)
    for seen in blocks[:keep]:
        fresh.note(seen)
    now = START + keep * 20_000
    for _ in range(2):
        for person in PEOPLE:
            assert known.behind(person, now, MILLION) == fresh.behind(person, now, MILLION)
            assert known.moves(person, now - KEPT_S) == fresh.moves(person, now - KEPT_S)
        for seen in blocks[keep:]:
            known.note(seen)
            fresh.note(seen)
        now = START + len(blocks) * 20_000


@settings(max_examples=30, deadline=None)
@given(BLOCKS)
def test_what_was_written_down_is_restored(history):
    known, kept = Trail(), {}
    for seen in blocks_of(history, every=20_000):
        known.note(seen)
        if text := known.text():
            kept[seen.as_of.number] = text
    restored = Trail()
    restored.restore(text for block, text in kept.items() if block >= known.oldest)
    now = START + len(history) * 20_000
    for person in PEOPLE:
        assert restored.behind(person, now, MILLION) == known.behind(person, now, MILLION)
        assert restored.moves(person, now - KEPT_S) == known.moves(person, now - KEPT_S)
    assert restored.oldest == known.oldest


def test_a_block_without_anything_large_leaves_nothing():
    known = trail(([eth(A, B, 500)],))
    assert known.text()
    known.note(block(2, eth(A, B, 1)))
    assert known.text() == ""


@settings(max_examples=30, deadline=None)
@given(BLOCKS)
def test_noted_twice_is_noted_once(history):
    known, fresh = Trail(), Trail()
    for seen in blocks_of(history):
        known.note(seen)
        known.note(seen)
        fresh.note(seen)
    for person in PEOPLE:
        assert behind(known, person) == behind(fresh, person)
        assert known.moves(person, 0) == fresh.moves(person, 0)
