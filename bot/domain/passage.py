"""The chance that a price is touched within a time, from how much the price has moved: never a promise.

Method: first passage of a driftless geometric Brownian motion (dS = sigma S dW, so the price itself has no
trend) to one barrier, by the reflection principle: for s = sigma x sqrt(T), b = ln(barrier / price) and
v = s^2 / 2, below the price P = N((b + v) / s) + (price / barrier) x N((b - v) / s), above it the same with
the arguments' b and v negated together. Karatzas & Shreve, Brownian Motion and Stochastic Calculus, 3.5.C.

Limits: markets jump, and volatility comes in clusters, so after a calm window the figure is too low and after
a wild one too high; sigma is the past's; one asset (or basket) moves and all else stands still; interest and
the oracle's own steps are left out. Volatility is realised: the root of summed squared log returns over the
window's length, mean taken as zero. The figure is as good as its window: see `Volatility`.

Called by cards and charts. Real numbers are `decimal` at fixed precision: the same everywhere, to the digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import pairwise
from typing import Final

from bot.domain.fixed_point import SECONDS_PER_YEAR
from bot.domain.units import WAD, BaseAmount, Wad

CALIBRATED: Final = False
"""Whether the figures were held against at least a year of daily prices. Until then whoever shows one says
`NOT_CALIBRATED` beside it."""
NOT_CALIBRATED: Final = "not calibrated"

DAY_SECONDS: Final = 86_400
WEEK_SECONDS: Final = 7 * DAY_SECONDS
LEAST_RETURNS: Final = 24
"""With fewer the volatility itself is uncertain by more than a seventh (1 / sqrt(2 n))."""

# Its methods only, and exact copies: an operator would round by the thread's own context.
_REAL: Final = Context(prec=50, rounding=ROUND_HALF_EVEN)
_HALF: Final = Decimal("0.5")
_TINY: Final = Decimal("1e-40")
# Beyond so many standard deviations the tail is under 10^-88: nothing at 18 decimals.
_FAR: Final = Decimal(20)
_TWO_PI: Final = Decimal("6.2831853071795864769252867665590057683943387987502")


@dataclass(frozen=True, slots=True)
class Seen:
    """A price (any unit, above 0) at a moment (unix seconds)."""

    at: int
    price: int


@dataclass(frozen=True, slots=True)
class Volatility:
    """Realised volatility and what it rests on."""

    annual: Wad
    """1e18 = 100 % a year of 365 days."""
    window_seconds: int
    returns: int


def realised_volatility(prices: Sequence[Seen]) -> Volatility | None:
    """Of a series in rising time, evenly spaced or not; a price of 0 or less is a ValueError.

    None when there are fewer than `LEAST_RETURNS` returns. Prices that stand still between an oracle's
    updates lower nothing: what was not said in one return is said in the next.
    """
    if any(one.price <= 0 for one in prices):
        raise ValueError("a price is above 0")
    if any(old.at >= new.at for old, new in pairwise(prices)):
        raise ValueError("a series goes forward in time")
    count = len(prices) - 1
    if count < LEAST_RETURNS:
        return None
    window = prices[-1].at - prices[0].at
    total = Decimal(0)
    for old, new in pairwise(prices):
        moved = _REAL.ln(_REAL.divide(Decimal(new.price), Decimal(old.price)))
        total = _REAL.fma(moved, moved, total)
    yearly = _REAL.sqrt(_REAL.divide(_REAL.multiply(total, Decimal(SECONDS_PER_YEAR)), Decimal(window)))
    return Volatility(Wad(_wad(yearly)), window, count)


def touch_probability(price: BaseAmount, barrier: BaseAmount, annual: Wad, seconds: int) -> Wad:
    """The chance (1e18 = certain) that `price` is at `barrier` or beyond it at some time within `seconds`.

    Prices in one unit; `annual` is the yearly volatility. A barrier at the price is touched; one at 0 never
    is. Raises ValueError for a price of 0 or less and for a negative barrier, volatility or time.
    """
    if price <= 0 or min(barrier, annual, seconds) < 0:
        raise ValueError("a price is above 0; barrier, volatility and time are not negative")
    if barrier == price:
        return Wad(WAD)
    if not barrier or not annual or not seconds:
        return Wad(0)
    sigma = _REAL.divide(Decimal(annual), Decimal(WAD))
    years = _REAL.divide(Decimal(seconds), Decimal(SECONDS_PER_YEAR))
    spread = _REAL.multiply(sigma, _REAL.sqrt(years))
    drift = _REAL.multiply(_REAL.multiply(spread, spread), _HALF)
    far = _REAL.ln(_REAL.divide(Decimal(barrier), Decimal(price)))
    if barrier > price:
        far, drift = far.copy_negate(), drift.copy_negate()
    direct = normal_below(_REAL.divide(_REAL.add(far, drift), spread))
    reflected = normal_below(_REAL.divide(_REAL.subtract(far, drift), spread))
    ratio = _REAL.divide(Decimal(price), Decimal(barrier))
    return Wad(min(_wad(_REAL.fma(ratio, reflected, direct)), WAD))


def normal_below(x: Decimal) -> Decimal:
    """The standard normal distribution's share below `x`, to about 35 decimals."""
    if x > 0:
        return _REAL.subtract(Decimal(1), normal_below(x.copy_negate()))
    if x.copy_abs() > _FAR:
        return Decimal(0)
    return _REAL.subtract(_HALF, _REAL.multiply(_density(x), _odd_series(x.copy_abs())))


def _density(x: Decimal) -> Decimal:
    exponent = _REAL.multiply(_REAL.multiply(x, x), _HALF).copy_negate()
    return _REAL.divide(_REAL.exp(exponent), _REAL.sqrt(_TWO_PI))


def _odd_series(x: Decimal) -> Decimal:
    """The sum x + x^3/3 + x^5/(3 x 5) + ...; times the density it is the share from 0 to `x` >= 0.

    All terms are positive, so nothing cancels within it.
    """
    term = total = x
    square, odd = _REAL.multiply(x, x), 1
    while term > _REAL.multiply(total, _TINY):
        odd += 2
        term = _REAL.divide(_REAL.multiply(term, square), Decimal(odd))
        total = _REAL.add(total, term)
    return total


def _wad(value: Decimal) -> int:
    scaled = _REAL.multiply(value, Decimal(WAD))
    return int(_REAL.to_integral_value(scaled))
