"""Sums by time: exact, taken back exactly, rounded outwards as they say, and what a usual hour is."""

from dataclasses import replace
from fractions import Fraction
from math import isqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.buckets import DAY_S, HOUR_S
from bot.domain.flows import Flow, FlowKind, Total
from bot.domain.labels import Confidence
from bot.domain.tallies import KNOWN_HOURS_AT_LEAST, Tallies
from bot.domain.units import BaseAmount, RawAmount
from tests.domain.coins import CHAIN, ETH, USDC, who

NOW = 1_700_006_400  # a full hour
A, HOT = who(1001), who(0x501)
IN, OUT, BETWEEN, INTERNAL = FlowKind.INFLOW, FlowKind.OUTFLOW, FlowKind.BETWEEN, FlowKind.INTERNAL
ETH_KEY, USDC_KEY = (f"{CHAIN}/{asset.address}" for asset in (ETH, USDC))


def flow(amount, at=NOW, kind=IN, *, value="same", exchange="Binance", asset=ETH):
    worth = BaseAmount(amount) if value == "same" else value
    return Flow(
        "t:native:0", kind, CHAIN, asset, RawAmount(amount), worth, A, HOT, exchange,
        Confidence.SURE, "defillama", "2026-10", "t", 1, at,
    )  # fmt: skip


def of(*flows, begun=NOW - 40 * DAY_S):
    found = Tallies(CHAIN)
    found.begin(begun)
    found.add(flows)
    return found


# --- sums ---------------------------------------------------------------------------------------------------


def test_in_out_and_net_by_asset_and_exchange():
    sums = of(
        flow(5), flow(7, exchange="OKX"), flow(2, kind=OUT), flow(3, asset=USDC), flow(9, kind=INTERNAL)
    ).sums(NOW, NOW + 60)
    assert sums.by_asset[ETH_KEY] == Total(RawAmount(12), BaseAmount(12), 2, RawAmount(2), BaseAmount(2), 1)
    assert sums.by_asset[ETH_KEY].net == 10
    assert sums.by_asset[USDC_KEY].into == 3
    assert (sums.by_exchange["Binance"].into_value, sums.by_exchange["Binance"].into) == (8, 0)
    assert sums.by_exchange["OKX"].into_value == 7
    assert (sums.all.into_value, sums.all.out_value, sums.all.into_count) == (15, 2, 3)
    assert sums.largest == ()


def test_chosen_assets_and_exchanges():
    known = of(flow(5), flow(7, exchange="OKX"), flow(3, asset=USDC))
    assert known.sums(NOW, NOW + 60, assets=[ETH_KEY]).all.into == 12
    assert known.sums(NOW, NOW + 60, exchanges=["OKX"]).all.into_value == 7
    assert known.sums(NOW, NOW + 60, assets=[USDC_KEY], exchanges=["OKX"]).all == Total()


def test_without_dollars_the_amount_still_counts():
    total = of(flow(5, value=None), flow(7)).sums(NOW, NOW + 60).by_asset[ETH_KEY]
    assert (total.into, total.into_value, total.into_count) == (12, 7, 2)


def test_between_exchanges_is_neither_in_nor_out():
    known = of(flow(5, kind=BETWEEN), flow(7))
    assert known.sums(NOW, NOW + 60).all.into_value == 7
    assert known.between(NOW, NOW + 60, assets=[ETH_KEY]).into == 5
    assert known.between(NOW, NOW + 60).into_value == 5


# --- windows ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reach", "grain"),
    [(HOUR_S, 60), (2 * HOUR_S, 900), (DAY_S, 900), (7 * DAY_S, HOUR_S), (30 * DAY_S, HOUR_S)],
)
def test_both_ends_are_rounded_outwards_to_the_finest_grain(reach, grain):
    known = of(flow(5))
    now = NOW + 1234
    known.prune(now)
    sums = known.sums(now - reach, now)
    assert now - reach - grain < sums.since <= now - reach
    assert now <= sums.until < now + grain
    assert sums.since % grain == sums.until % grain == 0


def test_what_is_outside_is_left_out():
    known = of(*(flow(10**n, NOW + 60 * n) for n in range(6)))
    assert known.sums(NOW + 120, NOW + 240).all.into_value == 1100
    assert known.sums(NOW + 121, NOW + 239).all.into_value == 1100


def test_every_window_holds_what_flowed_in_it():
    """A flow every ten minutes for eight days: an hour is 6, a day 144, a week 1,008 of them."""
    known = of(*(flow(1, NOW - 600 * n) for n in range(1, 1_152)))
    known.prune(NOW)
    for reach, count in ((HOUR_S, 6), (DAY_S, 144), (7 * DAY_S, 1_008)):
        sums = known.sums(NOW - reach, NOW)
        assert (sums.all.into_value, sums.since, sums.until) == (count, NOW - reach, NOW)
        assert sum(into for _, into, _ in sums.series) == count
        assert sums.known_since <= NOW - reach


def test_the_series_is_by_hours_with_the_empty_ones():
    known = of(flow(5, NOW), flow(7, NOW + 2 * HOUR_S, OUT))
    assert known.sums(NOW, NOW + 3 * HOUR_S).series == (
        (NOW, 5, 0),
        (NOW + HOUR_S, 0, 0),
        (NOW + 2 * HOUR_S, 0, 7),
    )


def test_known_since():
    known = Tallies(CHAIN)
    assert known.begin(NOW) == {"known": str(NOW)}
    assert known.begin(NOW + 5) == {}
    assert known.sums(NOW - 60, NOW).known_since == NOW
    assert known.begin(NOW + 5, hole=True) == {"known": str(NOW + 5)}
    known.prune(NOW + 100 * DAY_S)
    assert known.sums(NOW, NOW + 100 * DAY_S).known_since == NOW + 92 * DAY_S


# --- what is kept -------------------------------------------------------------------------------------------


def test_pruned_at_most_once_a_minute():
    known = of(flow(5))
    assert known.prune(NOW)
    assert known.prune(NOW + 59) == {}
    assert known.prune(NOW + 60) == {"now": str(NOW + 60)}


def test_buckets_go_when_no_window_needs_them():
    known = of(flow(5))
    counts = []
    for later in (HOUR_S, 3 * HOUR_S, 27 * HOUR_S, 9 * DAY_S, 32 * DAY_S):
        known.prune(NOW + later)
        counts.append(len(known.fields()) - 2)
    assert counts == [4, 3, 2, 1, 0]


def test_what_is_forgotten_is_neither_added_nor_taken_back():
    known = of(flow(5))
    known.prune(NOW + 100 * DAY_S)
    assert known.add([flow(7)]) == {}
    assert known.remove([flow(5)]) == {}
    assert set(known.fields()) == {"known", "now"}


# --- a usual hour -------------------------------------------------------------------------------------------


def hours(*dollars, begun=None):
    """One flow an hour before NOW, the last of them in the hour before it."""
    first = NOW - len(dollars) * HOUR_S
    flows = [flow(value, first + n * HOUR_S + 5) for n, value in enumerate(dollars) if value]
    return of(*flows, begun=first if begun is None else begun)


def test_below_two_known_days_there_is_no_usual_hour():
    assert hours(*[5] * (KNOWN_HOURS_AT_LEAST - 1)).normal([ETH_KEY], IN, NOW) is None
    assert hours(*[5] * KNOWN_HOURS_AT_LEAST).normal([ETH_KEY], IN, NOW) is not None
    assert Tallies(CHAIN).normal([ETH_KEY], IN, NOW) is None


def test_an_hour_known_in_part_is_not_known():
    full = hours(*[5] * 50)
    assert full.normal([ETH_KEY], IN, NOW).hours == 50
    late = hours(*[5] * 50, begun=NOW - 50 * HOUR_S + 1)
    assert late.normal([ETH_KEY], IN, NOW).hours == 49


@pytest.mark.parametrize(
    ("dollars", "mean", "deviation"),
    [([7] * 48, 7, 0), ([0] * 48, 0, 0), ([0, 10] * 24, 5, 5), ([0] * 47 + [480], 10, isqrt(10**2 * 47))],
)
def test_mean_and_deviation(dollars, mean, deviation):
    known = hours(*dollars)
    known.add([flow(99, NOW + 7), flow(1_000, NOW + 7, OUT)])
    normal = known.normal([ETH_KEY], IN, NOW)
    assert (normal.hour, normal.mean, normal.deviation, normal.hours) == (99, mean, deviation, 48)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 10**18), min_size=48, max_size=60))
def test_mean_and_deviation_are_those_of_all_hours(dollars):
    normal = hours(*dollars).normal([ETH_KEY], IN, NOW)
    mean = Fraction(sum(dollars), len(dollars))
    variance = sum((value - mean) ** 2 for value in dollars) / len(dollars)
    assert normal.mean <= mean < normal.mean + 1
    assert normal.deviation**2 <= variance < (normal.deviation + 1) ** 2


def test_no_more_than_thirty_days_and_seven_by_exchange():
    known = hours(*[5] * (40 * 24))
    assert known.normal([ETH_KEY], IN, NOW).hours == 720
    chosen = known.normal([ETH_KEY], IN, NOW, exchanges=["Binance"])
    assert (chosen.hours, chosen.mean) == (168, 5)
    assert known.normal([ETH_KEY], IN, NOW, exchanges=["OKX"]).mean == 0
    assert known.normal([USDC_KEY], IN, NOW).mean == 0


def test_several_assets_are_one_hour():
    known = hours(*[5] * 48)
    known.add([flow(3, NOW - 48 * HOUR_S + n * HOUR_S, asset=USDC) for n in range(48)])
    normal = known.normal([ETH_KEY, USDC_KEY], IN, NOW + 59)
    assert (normal.mean, normal.deviation) == (8, 0)


# --- the store ----------------------------------------------------------------------------------------------

FLOWS = st.lists(
    st.builds(
        flow,
        st.integers(1, 10**30),
        st.integers(NOW - 2 * DAY_S, NOW),
        st.sampled_from(list(FlowKind)),
        value=st.one_of(st.none(), st.integers(0, 10**20).map(BaseAmount)),
        exchange=st.sampled_from(["Binance", "OKX", "a|b,c"]),
        asset=st.sampled_from([ETH, USDC]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(FLOWS, FLOWS)
def test_taken_back_is_never_seen(first, more):
    known, store = Tallies(CHAIN), {}
    store |= known.add(first)
    before = dict(known.fields())
    store |= known.add(more)
    store |= known.remove(reversed(more))
    assert known.fields() == before
    assert {name: text for name, text in store.items() if text} == before


@settings(max_examples=60, deadline=None)
@given(FLOWS, st.integers(NOW - DAY_S, NOW + 3 * DAY_S))
def test_the_store_has_what_memory_has_in_any_order(flows, now):
    known, store = Tallies(CHAIN), {}
    for changed in (known.begin(NOW), known.add(flows), known.prune(now)):
        store |= changed
    kept = {name: text for name, text in store.items() if text}
    assert kept == known.fields()
    again = Tallies(CHAIN, dict(reversed(kept.items())))
    assert again == known
    assert again.sums(NOW - DAY_S, NOW) == known.sums(NOW - DAY_S, NOW)
    assert again.add(flows) == known.add(flows)


@settings(max_examples=60, deadline=None)
@given(FLOWS)
def test_sums_are_exact_and_order_is_nothing(flows):
    known, turned = Tallies(CHAIN), Tallies(CHAIN)
    known.add(flows)
    turned.add(flows[::-1])
    assert known == turned
    sums = known.sums(NOW - 2 * DAY_S, NOW + 60)
    for key, asset in ((ETH_KEY, ETH), (USDC_KEY, USDC)):
        mine = [one for one in flows if one.asset == asset]
        total = sums.by_asset.get(key, Total())
        assert total.into == sum(one.amount for one in mine if one.kind is IN)
        assert total.out == sum(one.amount for one in mine if one.kind is OUT)
        assert total.into_value == sum(one.value or 0 for one in mine if one.kind is IN)
    assert sums.all.into_value == sum(total.into_value for total in sums.by_exchange.values())
    assert sums.all.out_value == sum(out for _, _, out in sums.series)


def test_another_chain_is_another_key():
    elsewhere = Tallies(10)
    elsewhere.add([replace(flow(5), chain_id=10)])
    assert set(elsewhere.sums(NOW, NOW + 60).by_asset) == {f"10/{ETH.address}"}
