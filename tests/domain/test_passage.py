"""The first-passage figure: the normal distribution, the formula's own laws, and a simulation."""

import decimal
import math
import random
from decimal import Decimal
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.passage import (
    CALIBRATED,
    DAY_SECONDS,
    LEAST_RETURNS,
    NOT_CALIBRATED,
    WEEK_SECONDS,
    Seen,
    normal_below,
    realised_volatility,
    touch_probability,
)
from bot.domain.units import WAD, BaseAmount, Wad

DOLLAR = 10**8
YEAR = 365 * DAY_SECONDS


def chance(price: float, barrier: float, annual: float, seconds: int) -> float:
    exact = touch_probability(
        BaseAmount(round(price * DOLLAR)),
        BaseAmount(round(barrier * DOLLAR)),
        Wad(round(annual * WAD)),
        seconds,
    )
    return exact / WAD


# --- the normal distribution --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "share"),  # 30 digits: Abramowitz & Stegun 26.1-26.2 and 0.5 erfc(-x / sqrt 2)
    [
        ("0", "0.5"),
        ("-1", "0.158655253931457051414767454367962"),
        ("-2", "0.0227501319481792072002826371663"),
        ("-4", "0.0000316712418331199212537707567"),
        ("1", "0.841344746068542948585232545632037"),
    ],
)
def test_the_share_below(x, share):
    assert abs(normal_below(Decimal(x)) - Decimal(share)) < Decimal("1e-28")


@given(st.floats(-9, 9))
def test_the_share_below_agrees_with_the_library(x):
    assert float(normal_below(Decimal(x))) == pytest.approx(NormalDist().cdf(x), rel=1e-9, abs=1e-15)


def test_the_threads_own_precision_has_no_say():
    def figures():
        shares = [normal_below(Decimal(x)) for x in ("-1.23456789", "1.23456789")]
        return [*shares, chance(3_000, 2_700, 0.8, WEEK_SECONDS), chance(3_000, 3_300, 0.8, WEEK_SECONDS)]

    usual = figures()
    with decimal.localcontext(prec=3, rounding=decimal.ROUND_UP):
        assert figures() == usual


# --- the formula --------------------------------------------------------------------------------------------


def formula(price: float, barrier: float, annual: float, seconds: int) -> float:
    """Written anew, in floats."""
    spread, below = annual * math.sqrt(seconds / YEAR), NormalDist().cdf
    b, v = math.log(barrier / price), annual**2 * seconds / YEAR / 2
    side = 1 if barrier < price else -1
    return below(side * (b + v) / spread) + price / barrier * below(side * (b - v) / spread)


@given(st.floats(0.5, 1.8).filter(lambda x: abs(x - 1) > 1e-6), st.floats(0.05, 2), st.integers(600, YEAR))
def test_it_is_the_formula(ratio, annual, seconds):
    assert chance(3_000, 3_000 * ratio, annual, seconds) == pytest.approx(
        formula(3_000, 3_000 * ratio, annual, seconds), rel=1e-5, abs=1e-9
    )


def test_for_short_times_it_is_twice_the_chance_to_end_there():
    """The plain reflection principle: 10 % below at 80 % a year, a day: 2 N(ln 0.9 / 4.19 %)."""
    plain = 2 * NormalDist().cdf(math.log(0.9) / (0.8 / math.sqrt(365)))
    assert chance(3_000, 2_700, 0.8, DAY_SECONDS) == pytest.approx(plain, rel=0.06)
    assert plain == pytest.approx(0.01186, abs=1e-5)


@pytest.mark.parametrize(
    ("price", "barrier", "annual", "seconds", "expected"),
    [
        (100, 100, 0.8, 1, 1),
        (100, 100, 0, 0, 1),
        (100, 0, 0.8, YEAR, 0),
        (100, 99, 0, YEAR, 0),
        (100, 99, 0.8, 0, 0),
        (100, 1, 0.5, DAY_SECONDS, 0),
    ],
)
def test_the_ends(price, barrier, annual, seconds, expected):
    assert chance(price, barrier, annual, seconds) == expected


@pytest.mark.parametrize("wrong", [(0, 1, 1, 1), (1, -1, 1, 1), (1, 1, -1, 1), (1, 1, 1, -1)])
def test_what_makes_no_sense(wrong):
    with pytest.raises(ValueError, match="above 0"):
        touch_probability(BaseAmount(wrong[0]), BaseAmount(wrong[1]), Wad(wrong[2]), wrong[3])


prices = st.integers(1, 10**14).map(BaseAmount)


@given(prices, prices, st.integers(0, 5 * WAD), st.integers(0, YEAR), st.integers(0, YEAR))
def test_a_chance_grows_with_time_and_never_leaves_its_bounds(price, barrier, annual, seconds, more):
    less = touch_probability(price, barrier, Wad(annual), seconds)
    assert 0 <= less <= touch_probability(price, barrier, Wad(annual), seconds + more) + 1 <= WAD + 1


@given(prices, st.integers(2, 10**6), st.integers(1, 10**6), st.integers(1, YEAR))
def test_a_farther_barrier_is_touched_less(price, near, farther, seconds):
    def below(parts: int) -> int:
        barrier = BaseAmount(price * 10**6 // (10**6 + parts))
        return touch_probability(BaseAmount(price), barrier, Wad(WAD), seconds)

    assert below(near + farther) <= below(near) + 1


# --- a simulation -------------------------------------------------------------------------------------------

PATHS, STEPS = 20_000, 8


def simulated(
    price: float, barrier: float, annual: float, seconds: int, seed: int
) -> tuple[float, float, float]:
    """(chance, its standard error, the chance seen at the steps only) over PATHS paths of STEPS steps.

    Between two steps a Brownian bridge touches b with chance exp(-2 (x - b) (y - b) / s^2), so the first
    figure has no error of integration, only that of sampling. The last one misses touches between steps.
    """
    rng = random.Random(seed)
    s = annual * math.sqrt(seconds / YEAR / STEPS)
    b = math.log(barrier / price)
    side = 1 if b < 0 else -1
    total = squares = seen = 0.0
    for _ in range(PATHS):
        x, missed, at_steps = 0.0, 1.0, False
        for _ in range(STEPS):
            y = x - s * s / 2 + s * rng.gauss(0, 1)
            if side * (y - b) <= 0:
                missed, at_steps = 0.0, True
                break
            missed *= 1 - math.exp(-2 * (x - b) * (y - b) / (s * s))
            x = y
        total += 1 - missed
        squares += (1 - missed) ** 2
        seen += at_steps
    mean = total / PATHS
    return mean, math.sqrt((squares / PATHS - mean**2) / PATHS), seen / PATHS


@pytest.mark.parametrize(
    ("barrier", "annual", "seconds"),
    [
        (2_800, 0.8, DAY_SECONDS),
        (2_700, 0.8, WEEK_SECONDS),
        (2_250, 1.2, WEEK_SECONDS),
        (2_950, 0.4, DAY_SECONDS),
        (3_300, 0.9, WEEK_SECONDS),
        (1_500, 1.5, 90 * DAY_SECONDS),
        (6_000, 1.5, 90 * DAY_SECONDS),
    ],
)
def test_a_simulation_says_the_same(barrier, annual, seconds):
    """Within four standard errors of sampling, each under 0.36 points with 20,000 paths."""
    mean, error, at_steps = simulated(3_000, barrier, annual, seconds, seed=barrier)
    ours = chance(3_000, barrier, annual, seconds)
    print(f"\n{barrier} at {annual:.0%} in {seconds // DAY_SECONDS} d: ours {ours:.4%}, simulated {mean:.4%}")
    print(f"  standard error {error:.4%}; {at_steps:.4%} when only {STEPS} moments are looked at")
    assert error < 0.0036
    assert abs(ours - mean) < 4 * error
    assert at_steps < mean


# --- volatility ---------------------------------------------------------------------------------------------


def series(annual: float, count: int, spacing: int, seed: int) -> list[Seen]:
    rng = random.Random(seed)
    at, price, found = 1_000_000, 3_000.0 * DOLLAR, []
    for _ in range(count + 1):
        found.append(Seen(at, round(price)))
        step = rng.randint(spacing // 2, 3 * spacing // 2)
        at += step
        price *= math.exp(annual * math.sqrt(step / YEAR) * rng.gauss(0, 1))
    return found


@pytest.mark.parametrize("annual", [0.2, 0.8, 1.6])
def test_realised_volatility_finds_what_made_the_series(annual):
    """Unevenly spaced hours of a month: a relative error of about 1 / sqrt(2 x 720) = 2.6 %."""
    found = realised_volatility(series(annual, 720, 3_600, seed=3))
    assert found is not None
    assert found.annual / WAD == pytest.approx(annual, rel=0.08)
    assert (found.returns, found.window_seconds // DAY_SECONDS) == (720, pytest.approx(30, abs=1))


def test_a_known_series():
    """Up and down by 1 % each day: ln(1.01) x sqrt(365)."""
    swing = [Seen(i * DAY_SECONDS, 10**10 if i % 2 else 101 * 10**8) for i in range(41)]
    found = realised_volatility(swing)
    assert found is not None
    assert found.annual / WAD == pytest.approx(math.log(1.01) * math.sqrt(365), rel=1e-12)


def test_prices_that_stand_still_between_updates_lower_nothing():
    sparse = series(0.8, 100, 3_600, seed=5)
    dense = [one for old in sparse[:-1] for one in (old, Seen(old.at + 1, old.price))] + [sparse[-1]]
    found, filled = realised_volatility(sparse), realised_volatility(dense)
    assert found is not None
    assert filled is not None
    assert filled.annual == found.annual


def test_too_few_returns_and_series_that_are_none():
    short = series(0.8, LEAST_RETURNS - 1, 3_600, seed=1)
    assert realised_volatility(short) is None
    assert realised_volatility([]) is None
    with pytest.raises(ValueError, match="forward"):
        realised_volatility([*short, short[-1]])
    with pytest.raises(ValueError, match="above 0"):
        realised_volatility([*short, Seen(short[-1].at + 1, 0)])


def test_nobody_is_told_that_it_is_calibrated():
    """The prices at hand span two weeks; a year of daily ones would be needed."""
    assert not CALIBRATED
    assert NOT_CALIBRATED == "not calibrated"


@settings(max_examples=30)
@given(st.integers(1, 10**6))
def test_flat_prices_have_no_volatility(price):
    found = realised_volatility([Seen(i, price) for i in range(LEAST_RETURNS + 1)])
    assert found is not None
    assert found.annual == 0
