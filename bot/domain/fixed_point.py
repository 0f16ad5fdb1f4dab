"""Fixed-point arithmetic with the rounding in the name, bit for bit as Aave v3 does it.

A bare name (`ray_mul`) rounds half up, `_floor` and `_ceil` say what they do. Called by lending arithmetic.
Formulas: WadRayMath.sol, PercentageMath.sol, MathUtils.sol of Aave v3.0.2 and v3.6. Overflow is not
modelled: where the contract would revert, these answer.
"""

from typing import Final

from bot.domain.units import BPS, RAY, WAD, Ray

SECONDS_PER_YEAR: Final = 365 * 24 * 60 * 60
"""Aave's year: leap years are ignored (MathUtils.sol)."""


def mul_div_floor(a: int, b: int, divisor: int) -> int:
    return a * b // divisor


def mul_div_ceil(a: int, b: int, divisor: int) -> int:
    return -(-a * b // divisor)


def mul_div_half_up(a: int, b: int, divisor: int) -> int:
    return (a * b + divisor // 2) // divisor


def ray_mul(a: int, b: int) -> int:
    return mul_div_half_up(a, b, RAY)


def ray_mul_floor(a: int, b: int) -> int:
    return mul_div_floor(a, b, RAY)


def ray_mul_ceil(a: int, b: int) -> int:
    return mul_div_ceil(a, b, RAY)


def ray_div(a: int, b: int) -> int:
    return mul_div_half_up(a, RAY, b)


def ray_div_floor(a: int, b: int) -> int:
    return mul_div_floor(a, RAY, b)


def ray_div_ceil(a: int, b: int) -> int:
    return mul_div_ceil(a, RAY, b)


def wad_mul(a: int, b: int) -> int:
    return mul_div_half_up(a, b, WAD)


def wad_div(a: int, b: int) -> int:
    return mul_div_half_up(a, WAD, b)


def percent_mul(value: int, bps: int) -> int:
    return mul_div_half_up(value, bps, BPS)


def percent_mul_floor(value: int, bps: int) -> int:
    return mul_div_floor(value, bps, BPS)


def percent_mul_ceil(value: int, bps: int) -> int:
    return mul_div_ceil(value, bps, BPS)


def percent_div(value: int, bps: int) -> int:
    return mul_div_half_up(value, BPS, bps)


def percent_div_floor(value: int, bps: int) -> int:
    return mul_div_floor(value, BPS, bps)


def percent_div_ceil(value: int, bps: int) -> int:
    return mul_div_ceil(value, BPS, bps)


def linear_interest(rate: Ray, seconds: int) -> Ray:
    """Growth factor of supply after `seconds` at the yearly `rate` (every revision)."""
    return Ray(RAY + rate * seconds // SECONDS_PER_YEAR)


def compounded_binomial(rate: Ray, seconds: int) -> Ray:
    """Growth factor of debt, 3.0-3.3: three terms of (1 + rate/year)^seconds."""
    if seconds == 0:
        return Ray(RAY)
    minus_one = seconds - 1
    minus_two = max(seconds - 2, 0)
    squared = ray_mul(rate, rate) // (SECONDS_PER_YEAR * SECONDS_PER_YEAR)
    cubed = ray_mul(squared, rate) // SECONDS_PER_YEAR
    second = seconds * minus_one * squared // 2
    third = seconds * minus_one * minus_two * cubed // 6
    return Ray(RAY + rate * seconds // SECONDS_PER_YEAR + second + third)


def compounded_taylor(rate: Ray, seconds: int) -> Ray:
    """Growth factor of debt, 3.4 and later: e^x to the third power, x = rate x seconds / year."""
    x = rate * seconds // SECONDS_PER_YEAR
    return Ray(RAY + x + ray_mul(x, x // 2 + ray_mul(x, x // 6)))
