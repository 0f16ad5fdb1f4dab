"""Marks on the axes: round, whole, few, and where the wall clock has them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.charts.ticks import number_ticks, time_ticks

USD = 10**8


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (1_995 * USD, 2_512 * USD, ["2\u2009000", "2\u2009200", "2\u2009400"]),
        (99_900_000, 100_200_000, ["0.999", "1.000", "1.001", "1.002"]),
        (3, 9, ["0.00000004", "0.00000006", "0.00000008"]),
    ],
)
def test_numbers(low: int, high: int, texts: list[str]) -> None:
    assert [text for _value, text in number_ticks(low, high, USD)] == texts


@given(st.integers(0, 10**40), st.integers(1, 10**40), st.sampled_from([1, USD, 10**18]))
def test_there_are_some_and_not_too_many(low: int, span: int, unit: int) -> None:
    found = [value for value, _text in number_ticks(low, low + span, unit)]
    assert 1 <= len(found) <= 6
    assert all(low <= value <= low + span for value in found)


def test_times_are_those_of_the_clock_on_the_wall() -> None:
    start = int(datetime(2026, 1, 1, 21, 10, tzinfo=UTC).timestamp())
    texts = [text for _at, text in time_ticks(start, start + 6 * 3600, ZoneInfo("Europe/Berlin"))]
    assert texts == ["23:00", "01-02", "01:00", "02:00", "03:00", "04:00"]


@given(st.integers(0, 4 * 10**9), st.integers(0, 3 * 10**8))
def test_times_lie_within_and_are_few(start: int, span: int) -> None:
    found = [at for at, _text in time_ticks(start, start + span, ZoneInfo("America/New_York"))]
    assert len(found) <= 12
    assert all(start <= at <= start + span for at in found)
    assert found == sorted(set(found))
