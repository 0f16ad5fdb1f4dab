"""Numbers as read and as typed."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.units import HF_NO_DEBT, WAD
from bot.messages.numbers import Figures, Side, plain_decimal
from bot.messages.parsing import parse_amount, parse_duration, parse_health, parse_percent, parse_scaled

USD = 10**8
EN = Figures()


@pytest.mark.parametrize(
    ("wad", "text"),
    [
        (107 * WAD // 100, "1.07"),
        (99_999 * 10**13, "0.9999"),
        (WAD - 1, "0.9999"),
        (WAD, "1.0000"),
        (WAD * 109_999 // 100_000, "1.09"),
        (0, "0.00"),
        (15 * WAD, "15.0"),
        (1234 * WAD, "1,234"),
        (10**7 * WAD, "> 1,000,000"),
        (HF_NO_DEBT, "∞"),
    ],
)
def test_health_factors(wad: int, text: str) -> None:
    assert EN.health(wad) == text


@given(st.integers(0, 2 * WAD), st.sampled_from([100, 105, 110, 125, 150]))
def test_a_health_factor_never_reads_above_a_level_it_is_below(wad: int, percent: int) -> None:
    level = percent * WAD // 100
    if wad < level:
        assert Decimal(EN.health(wad)) < Decimal(percent) / 100


def test_two_health_factors_get_digits_enough_to_differ() -> None:
    assert EN.health_pair(1_072 * 10**15, 1_078 * 10**15) == ("1.072", "1.078")
    assert EN.health_pair(WAD, WAD + 1) == ("1.0000", "")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (412_345 * USD, "$412k"),
        (1_234_567 * USD, "$1.23M"),
        (12_345_678 * USD, "$12.3M"),
        (999_999 * USD, "$1M"),
        (2_840 * USD, "$2,840"),
        (317 * 10**6, "$3.17"),
        (1, "< $0.01"),
        (0, "$0.00"),
        (5 * 10**9 * USD, "$5bn"),
    ],
)
def test_money(value: int, text: str) -> None:
    assert EN.money(value, USD) == text


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (284_012_345_678, "$2,840"),
        (10_412_300_000_000, "$104,123"),
        (USD, "$1.0000"),
        (9_998 * 10**4, "$0.9998"),
        (12_345, "$0.0001235"),
        (1, "$0.00000001"),
        (2_512 * 10**6, "$25.12"),
    ],
)
def test_prices(price: int, text: str) -> None:
    assert EN.price(price, USD).rstrip("0") == text.rstrip("0")


@given(st.integers(1, 10**14), st.integers(1, 10**14))
def test_a_target_price_is_rounded_to_the_safe_side(target: int, now: int) -> None:
    text, shown = EN.price_pair(target, now, USD, Side.UP)
    assert Decimal(text[1:].replace(",", "")) >= Decimal(target) / USD
    assert (text == shown) <= (target == now)


def test_amounts_trim_zeros_and_bound_what_hostile_tokens_claim() -> None:
    assert EN.amount(118_200 * 10**6, 6) == "118,200"
    assert EN.amount(703 * 10**17, 18) == "70.3"
    assert EN.amount(1, 18) == "0.000000000000000001"
    assert EN.amount(0, 18) == "0"
    assert EN.amount(2**256 - 1, 0) == "> 1,000,000,000,000,000"
    assert EN.amount(7, 255).startswith("< 0.")


@pytest.mark.parametrize(("bps", "text"), [(663, "6.6 %"), (500, "5 %"), (55, "0.55 %"), (-120, "-1.2 %")])
def test_percents_are_floored(bps: int, text: str) -> None:
    assert EN.percent(bps) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (9, "9 s"), (90, "1 min 30 s"), (7200, "2 h"), (93_600, "1 d 2 h"), (-5, "0 s")],
)
def test_durations(seconds: int, text: str) -> None:
    assert EN.duration(seconds) == text


def test_locales_write_their_own_way() -> None:
    german = Figures("de", "Europe/Berlin")
    assert german.price(284_012_345_678, USD) == "2.840 $"
    assert german.health(107 * WAD // 100) == "1,07"
    assert german.moment(1_700_000_000) == "14 Nov. 2023, 23:13 CET"


@given(st.integers(0, 2**256), st.integers(0, 60))
def test_a_plain_decimal_is_exact(raw: int, decimals: int) -> None:
    numerator, denominator = Decimal(plain_decimal(raw, decimals)).as_integer_ratio()
    assert numerator * 10**decimals == raw * denominator


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5k", "1500"),
        ("10M", "10000000"),
        ("2,000.50", "2000.50"),
        ("$4000", "4000"),
        ("1,5", "1.5"),
        ("2.000,50", "2000.50"),
        ("1.000.000", "1000000"),
        ("1'000", "1000"),
        ("1,000", "1000"),
        ("0.25", "0.25"),
        ("3bn", "3000000000"),
    ],
)
def test_typed_amounts(text: str, value: str) -> None:
    assert parse_amount(text) == Decimal(value)


def test_a_comma_before_three_digits_is_read_by_the_chats_locale() -> None:
    assert parse_amount("1,050", comma_is_point=True) == Decimal("1.050")


@pytest.mark.parametrize(
    "text", ["", "k", "1.2.3", "1,,000", "-5", "1e9", "NaN", "inf", "0x10", "1 0", "9" * 41, "1.5kk", "٣٫٥"]
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError):
        parse_amount(text)


@given(st.text(max_size=60))
def test_any_text_is_an_amount_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_amount(text) >= 0


def test_scaled_amounts_cut_and_never_round_up() -> None:
    assert parse_scaled("1.999999999", USD) == 199_999_999


@pytest.mark.parametrize(
    ("text", "seconds"), [("2h", 7200), ("1d", 86_400), ("90s", 90), ("1d12h", 129_600), ("1.5h", 5400)]
)
def test_typed_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "h", "0s", "2 parsecs", "-1h", "400d", "h2", "1h-2m"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError):
        parse_duration(text)


def test_percents_and_health_factors_have_bounds() -> None:
    assert parse_percent("2.5 %") == 250
    assert parse_health("1.05") == 105 * WAD // 100
    for text in ("0%", "101%", "x"):
        with pytest.raises(ValueError):
            parse_percent(text)
    for text in ("0", "101", "∞"):
        with pytest.raises(ValueError):
            parse_health(text)
