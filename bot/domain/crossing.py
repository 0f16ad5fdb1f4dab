"""Exact search for the integer at which a whole-number test turns, on functions that are monotone but for rounding.

Called by `liquidation`, whose health factors are computed as the contract does and so are jagged at the last digits.
"""

from collections.abc import Callable

# A jagged edge wider than this (a net exposure of a few raw units) is left where the bisection found a crossing.
_WALK = 64


def last_false_up_to(holds: Callable[[int], bool], low: int, high: int) -> int:
    """A place where `holds` turns from false to true: it is false there and true one above.

    Needs `holds(low)` false and `holds(high)` true. With several such places it prefers the highest it can see.
    """
    false, true = low, high
    while true - false > 1:
        middle = (false + true) // 2
        if holds(middle):
            true = middle
        else:
            false = middle
    step = 1
    while step <= _WALK and false + 1 + step <= high:
        if holds(false + 1 + step):
            step += 1
        else:
            false, step = false + 1 + step, 1
    return false


def last_false(holds: Callable[[int], bool], level: Callable[[int], int], low: int, high: int) -> int:
    """The highest false place below `high` when `holds` is monotone only where the monotone `level` is constant.

    Needs `holds(low)` false and `holds(x)` true for every x from `high` on.
    """
    top = high
    while True:
        here = level(top)
        bottom = _edge(level, here, low, top)
        if not holds(bottom):
            return last_false_up_to(holds, bottom, top) if holds(top) else top
        if not holds(bottom - 1):
            return bottom - 1
        top = bottom - 1


def _edge(level: Callable[[int], int], here: int, low: int, top: int) -> int:
    """The lowest place from which up to `top` the level is `here`."""
    if level(low) == here:
        return low
    below, at = low, top
    while at - below > 1:
        middle = (below + at) // 2
        if level(middle) == here:
            at = middle
        else:
            below = middle
    return at
