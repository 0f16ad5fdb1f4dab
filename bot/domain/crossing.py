"""A position with one number left open, and the exact integer at which its health factor reaches a target.

Called by `liquidation`. The health factor is the contract's own, so it is jagged at its last digits, and in
half-up releases a sawtooth; the search holds for both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.domain.aave_totals import health_factor
from bot.domain.fixed_point import wad_div
from bot.domain.positions import Position, Rounding
from bot.domain.units import BPS, WAD, Address, Wad

RAGGED_AT_MOST: Final = 512
"""Supply and debt that nearly cancel make an edge as wide as one likes; then any crossing will do."""
# No price and no amount is larger; the contract's own words overflow long before.
_BEYOND: Final = 1 << 192


def _nothing(_: int) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Open:
    """What counts besides one asset, and that asset's own values as functions of the open number x.

    Values are base units; `threshold` (bps) is the asset's, `weighted_threshold` the rest's value x its own.
    """

    rounding: Rounding
    target: Wad
    collateral: int
    weighted_threshold: int
    debt: int
    threshold: int
    supplied: Callable[[int], int] = _nothing
    owed: Callable[[int], int] = _nothing
    ragged: int = 0
    """Where both sides move, rounding may make it cross the target several times within so many steps."""

    def _sums(self, x: int) -> tuple[int, int, int]:
        value = self.supplied(x)
        weighted = self.weighted_threshold + value * self.threshold
        return self.collateral + value, weighted, self.debt + self.owed(x)

    def holds(self, x: int) -> bool:
        """Health factor >= target."""
        return health_factor(*self._sums(x), self.rounding) >= self.target

    def surely(self, x: int) -> bool:
        """It holds even if the average threshold loses a whole bp: no tooth of the saw is deeper."""
        if self.rounding is Rounding.PROTOCOL:
            return self.holds(x)
        collateral, weighted, debt = self._sums(x)
        return debt == 0 or wad_div((weighted - collateral) // BPS, debt) >= self.target

    def level(self, x: int) -> int:
        """The truncated average threshold; between two of its steps the health factor is monotone."""
        if self.rounding is Rounding.PROTOCOL:
            return 0
        collateral, weighted, _ = self._sums(x)
        return weighted // collateral if collateral else 0

    def near(self, low: int, high: int) -> int:
        """About where it crosses: sums are linear in x but for their rounding, so two points tell."""
        at_low, at_high = self._margin(low), self._margin(high)
        if at_low >= 0 or at_high <= 0:
            return low
        return low - at_low * (high - low) // (at_high - at_low)

    def _margin(self, x: int) -> int:
        _, weighted, debt = self._sums(x)
        return weighted * WAD - self.target * debt * BPS

    def mirrored(self) -> "Open":
        """The same of -x: for a number that lowers the health factor as it grows."""
        return Open(
            self.rounding,
            self.target,
            self.collateral,
            self.weighted_threshold,
            self.debt,
            self.threshold,
            lambda x: self.supplied(-x),
            lambda x: self.owed(-x),
            self.ragged,
        )

    def last_failing(self, low: int, high: int) -> int | None:
        """The highest x in [low, high) at which it does not hold; it holds at x + 1.

        None when it holds at `low` or not at `high`.
        """
        if self.holds(low) or not self.holds(high):
            return None
        top = self._first_sure(low, high)
        while self.holds(top):
            bottom = self._step_start(low, top)
            if not self.holds(bottom):
                return self._edge(_bisect(self.holds, bottom, top, self.near(bottom, top)), top)
            top = bottom - 1
        return top

    def _first_sure(self, low: int, high: int) -> int:
        """From here on no tooth of the saw reaches down to the target."""
        if self.rounding is Rounding.PROTOCOL or self.surely(low) or not self.surely(high):
            return high
        return min(_bisect(self.surely, low, high, self.near(low, high)) + 1 + self.ragged, high)

    def _step_start(self, low: int, top: int) -> int:
        """The lowest place from which up to `top` the level is the same."""
        here = self.level(top)
        if self.level(low) == here:
            return low
        return _bisect(lambda x: self.level(x) == here, low, top) + 1

    def _edge(self, failing: int, top: int) -> int:
        above = range(min(failing + self.ragged, top), failing, -1)
        return next((x for x in above if not self.holds(x)), failing)


def _bisect(holds: Callable[[int], bool], low: int, high: int, near: int | None = None) -> int:
    """Some x in [low, high) with `holds` false there and true at x + 1; needs false at low, true at high.

    From a good guess `near` it takes a handful of tries instead of one for each binary digit.
    """
    if near is not None and low < near < high:
        low, high = _bracket(holds, low, high, near)
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return low


def _bracket(holds: Callable[[int], bool], low: int, high: int, near: int) -> tuple[int, int]:
    """Ever longer steps from `near` to where it is otherwise: (false there, true there)."""
    step = 1
    if holds(near):
        while (at := near - step) > low:
            if not holds(at):
                return at, near
            near, step = at, 2 * step
        return low, near
    while (at := near + step) < high:
        if holds(at):
            return near, at
        near, step = at, 2 * step
    return near, high


def first_doubled(reached: Callable[[int], bool], start: int) -> int | None:
    """The first of start, 2 start, 4 start ... at which it is reached; None where none is."""
    x = max(start, 1)
    while not reached(x):
        x *= 2
        if x > _BEYOND:
            return None
    return x


def everything_but(position: Position, asset: Address, target: Wad) -> Open:
    """The position without `asset`: its own values are still to be set."""
    collateral = weighted = debt = threshold = 0
    for part in position.supplied:
        if part.counts and part.asset.address != asset:
            collateral += part.value
            weighted += part.value * part.threshold_bps
        elif part.counts:
            threshold = part.threshold_bps
    debt = sum(part.value for part in position.owed if part.counts and part.asset.address != asset)
    return Open(position.rounding, target, collateral, weighted, debt, threshold)
