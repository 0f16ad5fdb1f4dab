"""The learner's memory: records as texts, forgetting the oldest, undoing blocks, costing little."""

import datetime as dt
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import deposits
from bot.domain.deposit_records import (
    BARRED,
    LEARNED,
    PENDING,
    RECEIPTS_AT_MOST,
    USED,
    Receipt,
    Record,
    barred_text,
    is_barred_only,
    record_of,
    stamp_of,
    standing_of,
)
from bot.domain.deposits import UNDONE_AT_MOST, WINDOW_S, Learner, Standing, Sweep, day_of
from bot.domain.units import Address, RawAmount
from tests.domain.coins import CHAIN, ETH, USDC, who

A, B, D = map(who, range(1001, 1004))
HASH = "0x" + "ab" * 32

ADDRESSES = st.integers(0, 2**160 - 1).map(who)
HASHES = st.one_of(
    st.binary(min_size=32, max_size=32).map(lambda raw: f"0x{raw.hex()}"),
    st.sampled_from(["0X" + "AB" * 32, "0x" + "xy" * 32, "t", "0x"]),
)
AMOUNTS = st.integers(1, 2**256 - 1).map(RawAmount)
TIMES = st.integers(1, 2**33)
RECEIPTS = st.builds(Receipt, ADDRESSES, AMOUNTS, ADDRESSES, HASHES, TIMES, st.booleans())
NAMES = st.sampled_from(["Binance", "Bybit \u201cEU\u201d", "a|b,c\"d'"])


@st.composite
def records(draw):
    standing = draw(st.sampled_from([PENDING, USED, LEARNED, BARRED]))
    record = Record(standing, draw(TIMES), draw(NAMES), draw(st.lists(RECEIPTS, max_size=4)))
    if standing == LEARNED:
        record.learned_at, record.sweeps = draw(TIMES), draw(st.integers(1, 9))
        sweep = st.tuples(st.just("USDC"), HASHES, HASHES, AMOUNTS, AMOUNTS, TIMES, TIMES).map(list)
        record.evidence = draw(st.lists(sweep, max_size=3))
    elif standing != BARRED:
        record.payers, record.dust = draw(st.lists(ADDRESSES, max_size=3)), draw(st.integers(0, 3))
    return record


# --- texts --------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(records())
def test_a_record_comes_back_from_its_text(record):
    text = record.text()
    assert record_of(text) == record
    assert record_of(text).text() == text
    assert (standing_of(text), stamp_of(text)) == (record.standing, record.at)


def test_a_text_without_anything_more():
    assert Record(BARRED, 7).text() == barred_text(7) == '["x",7]'
    assert stamp_of(barred_text(7)) == 7
    assert is_barred_only(barred_text(7))
    assert not is_barred_only(Record(BARRED, 7, "OKX", [Receipt(D, RawAmount(1), A, "t", 7, True)]).text())


def test_a_learned_one_as_others_see_it():
    record = Record(LEARNED, 9, "OKX", learned_at=5, sweeps=4)
    record.evidence = [["USDC", HASH, HASH, 10, 9, 100, 8]]
    known = Learner(CHAIN, {D: record.text()})
    found = known.learned(D)
    assert (found.exchange, found.sweeps, found.learned_at) == ("OKX", 4, 5)
    assert found.evidence == (Sweep("USDC", HASH, HASH, RawAmount(10), RawAmount(9), 100, 8),)
    assert known.learned(A) is None


def test_receipts_are_bounded_and_their_sums_exact():
    record = Record(LEARNED, 1)
    for number in range(100):
        asset = ETH.address if number % 3 else USDC.address
        record.receive(Receipt(asset, RawAmount(10**number), who(number % 2 + 1), f"t{number}", number, True))
    assert len(record.receipts) <= RECEIPTS_AT_MOST
    assert record.counted(ETH.address) == sum(10**number for number in range(100) if number % 3)
    assert record.counted(USDC.address) == sum(10**number for number in range(0, 100, 3))
    assert record.receipts[0].tx == "t0"
    assert record.receipts[0].payer == ""


def test_taken_out_the_oldest_first():
    record = Record(
        LEARNED, 1, receipts=[Receipt(D, RawAmount(5), who(n), f"t{n}", n, n != 2) for n in range(4)]
    )
    touched = record.take(D, 7, counted=True)
    assert [(one.tx, one.amount) for one in touched] == [("t0", 5), ("t1", 5)]
    assert [(one.tx, one.amount) for one in record.receipts] == [("t1", 3), ("t2", 5), ("t3", 5)]
    assert record.take(A, 7, counted=True) == []


# --- standing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "standing"),
    [
        (PENDING, Standing.PENDING),
        (USED, Standing.PENDING),
        (LEARNED, Standing.LEARNED),
        (BARRED, Standing.BARRED),
    ],
)
def test_standing(mark, standing):
    known = Learner(CHAIN, {D: Record(mark, 1).text()})
    assert known.standing(D) is standing
    assert known.standing(A) is None
    assert known.is_learned(D) == (standing is Standing.LEARNED)
    assert len(known) == (standing is Standing.LEARNED)
    assert known  # also while nothing is learned


# --- forgetting ---------------------------------------------------------------------------------------------


def test_the_pending_are_forgotten_after_the_window():
    known = Learner(CHAIN)
    known.commit(1, 100, {D: Record(PENDING, 100).text(), A: Record(USED, 100, "OKX").text()})
    assert known.commit(2, 100 + WINDOW_S, {}) == {}
    assert known.commit(3, 101 + WINDOW_S, {}) == {D: ""}
    assert known.standing(D) is None
    assert known.standing(A) is Standing.PENDING


def test_one_that_was_touched_again_is_kept():
    known = Learner(CHAIN)
    known.commit(1, 100, {D: Record(PENDING, 100).text()})
    known.commit(2, 200, {D: Record(PENDING, 200).text()})
    assert known.commit(3, 150 + WINDOW_S, {}) == {}
    assert known.commit(4, 250 + WINDOW_S, {}) == {D: ""}


def test_the_pending_are_bounded(monkeypatch):
    monkeypatch.setattr(deposits, "PENDING_AT_MOST", 3)
    known = Learner(CHAIN)
    for block in range(1, 6):
        known.commit(block, block, {who(block): Record(PENDING, block).text()})
    assert [n for n in range(1, 6) if known.standing(who(n))] == [3, 4, 5]


def test_the_barred_are_bounded_and_the_learned_are_kept(monkeypatch):
    monkeypatch.setattr(deposits, "BARRED_AT_MOST", 3)
    known = Learner(CHAIN)
    known.commit(1, 1, {D: Record(LEARNED, 1, "OKX").text()})
    for block in range(2, 8):
        known.commit(block, block, {who(block): barred_text(block)})
    assert [n for n in range(2, 8) if known.standing(who(n))] == [5, 6, 7]
    assert len(known) == 1


# --- undoing ------------------------------------------------------------------------------------------------


def test_undone_with_what_was_forgotten(monkeypatch):
    monkeypatch.setattr(deposits, "BARRED_AT_MOST", 1)
    known, fresh = Learner(CHAIN), Learner(CHAIN)
    for one in (known, fresh):
        one.commit(1, 1, {A: barred_text(1)})
    assert known.commit(2, 2, {B: barred_text(2)}) == {A: "", B: barred_text(2)}
    assert known.undo(1) == {A: barred_text(1), B: ""}
    assert known == fresh
    assert known.commit(2, 2, {D: barred_text(2)}) == fresh.commit(2, 2, {D: barred_text(2)})


def test_as_it_was_before_the_newest_block():
    known = Learner(CHAIN, {A: barred_text(1)})
    assert known.before([A, B]) == {A: barred_text(1)}
    known.commit(2, 2, {A: barred_text(2), B: barred_text(2)})
    known.commit(3, 3, {B: Record(USED, 3, "OKX").text(), D: barred_text(3)})
    assert known.before([A, B, D]) == {A: barred_text(2), B: barred_text(2)}


def test_as_far_back_as_is_promised():
    known = Learner(CHAIN)
    for block in range(1, UNDONE_AT_MOST + 10):
        known.commit(block, block, {who(block): barred_text(block)})
    assert len(known.undo(0)) == UNDONE_AT_MOST >= 128
    assert known.undo(0) == {}


def test_nothing_to_undo():
    known = Learner(CHAIN, {D: barred_text(1)})
    assert known.undo(0) == {}
    assert known.standing(D) is Standing.BARRED


# --- memory and calendar ------------------------------------------------------------------------------------


def test_a_learned_address_costs_less_than_a_kilobyte():
    record = Record(LEARNED, 1_700_000_000, "Binance", learned_at=1_700_000_000, sweeps=99)
    record.evidence = [["USDC", HASH, HASH, 10**24, 10**24, 20_000_000, 1_700_000_000]] * 3
    assert sys.getsizeof(record.text()) + sys.getsizeof(Address(f"0x{0:040x}")) < 800


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 4_102_444_800))
def test_the_day(at):
    assert day_of(at) == dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%d")
