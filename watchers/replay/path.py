"""An asset's price on the market between the points of an episode, and the feed that follows it behind time.

Integers throughout: prices in the market's base units. Used by `schedule`.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.domain.units import BPS


@dataclass(frozen=True, slots=True)
class Path:
    """Points (unix seconds, price), times rising or equal; of two at one time the later holds from then."""

    points: tuple[tuple[int, int], ...]

    def at(self, when: int) -> int:
        """On the straight line between the points around it; the first before all, the last after all."""
        after = bisect_right(self.points, when, key=lambda point: point[0])
        if after == 0:
            return self.points[0][1]
        start, low = self.points[after - 1]
        if after == len(self.points) or start == when:
            return low
        end, high = self.points[after]
        return low + (high - low) * (when - start) // (end - start)

    def is_point(self, when: int) -> bool:
        """Whether the price at that time stands in the episode; else it lies between two that do."""
        after = bisect_right(self.points, when, key=lambda point: point[0])
        return after > 0 and self.points[after - 1][0] == when

    def turns(self, begin: int, end: int) -> list[int]:
        """Times of points within (begin, end): between two of them it rises or falls all the way."""
        first = bisect_right(self.points, begin, key=lambda point: point[0])
        return [when for when, _ in self.points[first:] if when < end]


@dataclass(frozen=True, slots=True)
class Feed:
    """Reports when the price is `bps` off the last report, or `heartbeat_s` after it; `lag_s` later."""

    bps: int
    heartbeat_s: int
    lag_s: int


def reports(path: Path, feed: Feed, clock: Sequence[int] | range) -> Iterator[tuple[int, int]]:
    """(time, price) of every report at times of `clock`, the first at its first.

    A report tells the price of the moment that called for it, which is why it lags.
    """
    told, since = path.at(clock[0]), 0
    yield clock[0], told
    last = len(clock) - 1
    while since < last:
        due = _at_or_after(clock, clock[since] + feed.heartbeat_s, since + 1)
        called = _first_off(path, feed, clock, told, since, min(due, last))
        if called is None:
            if due > last:
                return
            called = due
        told, since = path.at(clock[called]), _at_or_after(clock, clock[called] + feed.lag_s, called)
        if since > last:
            return
        yield clock[since], told


def _at_or_after(clock: Sequence[int] | range, when: int, least: int) -> int:
    """The first index from `least` on whose time is not before `when`."""
    return max(least, _first(least, len(clock), lambda index: clock[index] >= when))


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The first index in [low, high) for which it holds, if it holds for all after it; else `high`."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _first_off(
    path: Path, feed: Feed, clock: Sequence[int] | range, told: int, since: int, until: int
) -> int | None:
    """The first index in (since, until] at which the price is off; None when it never is."""
    start = since + 1
    for turn in [*path.turns(clock[since], clock[until]), clock[until]]:
        stop = min(_at_or_after(clock, turn, start), until)
        if _off(path, feed, clock[start], told):
            return start
        # Between here and the turn it is straight: being off begins once and lasts.
        begun = _first(start, stop, lambda index: _off(path, feed, clock[index], told))
        if begun < stop:
            return begun
        start = stop
    return until if start <= until and _off(path, feed, clock[until], told) else None


def _off(path: Path, feed: Feed, when: int, told: int) -> bool:
    return abs(path.at(when) - told) * BPS >= feed.bps * told
