"""How long a position lives if nothing happens but interest: until its health factor goes under 1.

Called by cards and rules with stored words; a wstETH/ETH loop, which no price of ether hurts, dies this way.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Final

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.aave_v3 import position
from bot.domain.fixed_point import SECONDS_PER_YEAR
from bot.domain.liquidation import LIQUIDATABLE_BELOW
from bot.domain.positions import AccountData, Rounding

HORIZON_SECONDS: Final = 10 * SECONDS_PER_YEAR
"""Beyond this a position is said not to die: rates will not have stood still."""
_DAY: Final = 86_400


def later(market: MarketState, seconds: int) -> MarketState:
    """The market so many seconds on if nobody touches it: its prices and rates as they are."""
    then = replace(market.as_of, timestamp=market.as_of.timestamp + seconds)
    return replace(market, as_of=then)


def seconds_until_liquidation(market: MarketState, account: AccountState) -> int | None:
    """Seconds from the market's block to the first at which the account's health factor is below 1.

    Flat prices, today's rates, and nobody touching its reserves meanwhile: the pool's own accrual, so exact
    to the second. What people do to a reserve makes its supply compound and moves its rates, so over months
    this is an estimate. 0 when it is liquidatable now, None when it is not within ten years.
    Raises `UnreadPrice`, `UnreadReserve` or `UnreadEMode` as `aave_v3.position` does.
    """
    rounding = position(market, account).rounding

    def words(seconds: int) -> AccountData:
        return position(later(market, seconds), account).totals

    def sick(seconds: int) -> bool:
        return words(seconds).health_factor < LIQUIDATABLE_BELOW

    def level(seconds: int) -> int:
        """Half-up releases truncate the average threshold: a stair that both ends of a step share."""
        return 0 if rounding is Rounding.PROTOCOL else words(seconds).threshold_bps

    return _first(sick, level)


def _first(sick: Callable[[int], bool], level: Callable[[int], int]) -> int | None:
    """The first sick second.

    Supply grows linearly and debt faster than that, so on one step of the stair a position that is healthy at
    both ends is healthy between them, and one that is sick at its end fell sick once.
    """
    start = 0
    while not sick(start):
        same = _step_end(level, start)
        if sick(same):
            return _last(lambda seconds: not sick(seconds), start, same) + 1
        if same == HORIZON_SECONDS:
            return None
        start = same + 1
    return start


def _step_end(level: Callable[[int], int], start: int) -> int:
    here = level(start)
    return _last(lambda seconds: level(seconds) == here, start, HORIZON_SECONDS)


def _last(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The last second of [low, high] until which it holds; it holds at `low`."""
    if holds(high):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return low


def days_until_liquidation(market: MarketState, account: AccountState) -> Fraction | None:
    """`seconds_until_liquidation` in days of 86,400 seconds."""
    seconds = seconds_until_liquidation(market, account)
    return None if seconds is None else Fraction(seconds, _DAY)
