"""Fixed-point arithmetic against exact fractions, and interest against figures worked out by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import fixed_point as fp
from bot.domain.units import BPS, RAY, WAD, Ray

amounts = st.integers(0, 2**128)
ROUNDINGS = {
    "": lambda exact: (2 * exact.numerator + exact.denominator) // (2 * exact.denominator),
    "_floor": lambda exact: exact.numerator // exact.denominator,
    "_ceil": lambda exact: -(-exact.numerator // exact.denominator),
}


KINDS = pytest.mark.parametrize(
    ("name", "one", "suffix"),
    [(name, one, suffix) for name, one in (("ray", RAY), ("percent", BPS)) for suffix in ROUNDINGS]
    + [("wad", WAD, "")],
)


@KINDS
@given(a=amounts, b=amounts)
def test_products_are_the_exact_product_rounded_as_named(name, one, suffix, a, b):
    function = getattr(fp, f"{name}_mul{suffix}")
    assert function(a, b) == ROUNDINGS[suffix](Fraction(a * b, one))


@KINDS
@given(a=amounts, half=st.integers(1, 2**127))
def test_quotients_are_the_exact_quotient_rounded_as_named(name, one, suffix, a, half):
    function = getattr(fp, f"{name}_div{suffix}")
    # an even divisor: for an odd one the contract's half is half a unit short, see the next test
    assert function(a, 2 * half) == ROUNDINGS[suffix](Fraction(a * one, 2 * half))


def test_half_of_an_odd_divisor_is_truncated_as_the_contract_does():
    # 1e18 / 3 x 2: remainder 2 of 3, plus 3 // 2 = 1 carries; 1 of 3 plus 1 does not
    assert fp.wad_div(2, 3) == 666_666_666_666_666_667
    assert fp.wad_div(1, 3) == 333_333_333_333_333_333
    assert fp.percent_div(1, 3) == 3333


@given(rate=st.integers(0, 10 * RAY), seconds=st.integers(0, 10 * fp.SECONDS_PER_YEAR))
def test_interest_never_shrinks_and_debt_outgrows_supply(rate, seconds):
    linear = fp.linear_interest(Ray(rate), seconds)
    assert linear == RAY + rate * seconds // fp.SECONDS_PER_YEAR
    for compounded in (fp.compounded_binomial, fp.compounded_taylor):
        assert compounded(Ray(rate), 0) == RAY
        assert compounded(Ray(rate), seconds) >= linear
        assert compounded(Ray(rate), seconds + 1) >= compounded(Ray(rate), seconds)


def test_a_year_at_ten_percent_by_taylor():
    # 1 + 0.1 + 0.005 + 0.000166...
    assert fp.compounded_taylor(Ray(RAY // 10), fp.SECONDS_PER_YEAR) == 1_105_166_666_666_666_666_666_666_667


def test_a_year_at_ten_percent_by_the_binomial_that_divides_first():
    # (rate / year)^2 and ^3 in ray, the cube truncated to 31 of 31.88: hence 4.6e-6 less than Taylor
    year = 31_536_000
    second = year * (year - 1) * 10055109076 // 2
    third = year * (year - 1) * (year - 2) * 31 // 6
    assert fp.compounded_binomial(Ray(RAY // 10), year) == RAY + RAY // 10 + second + third
    assert second + third == 5_162_042_821_782_412_575_504_000


def test_the_first_two_seconds_of_the_binomial_have_no_higher_terms():
    rate = Ray(RAY)
    assert fp.compounded_binomial(rate, 1) == RAY + rate // fp.SECONDS_PER_YEAR
    squared = fp.ray_mul(rate, rate) // fp.SECONDS_PER_YEAR**2
    assert fp.compounded_binomial(rate, 2) == RAY + 2 * rate // fp.SECONDS_PER_YEAR + squared
