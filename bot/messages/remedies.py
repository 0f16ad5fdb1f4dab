"""What would bring a position to a target, as facts: amounts to repay or to add, exact and suggested.

Called by `fixes` and by `facts`. With the stored words behind a position the figures are those of
`bot.domain.cures`; without them (old records, the contract's own word) they are reckoned from its parts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

from bot.domain.aave_v3 import UnreadError
from bot.domain.cures import Cure, addition, repayment
from bot.domain.liquidation import cure_add, cure_repay, round_up_significant
from bot.domain.positions import Origin, Owed, Position, Supplied
from bot.domain.units import WAD, Address, Asset, RawAmount, Wad
from bot.messages.outlook import collaterals, debts

DIGITS: Final = 4
"""Significant digits of a suggested amount, rounded up so that it still reaches the target."""
SHOWN_AT_MOST: Final = 2
"""Ways of each kind that are worked out for a message; JSON has all."""
_REMEMBERED: Final = 512
"""Positions whose remedies are kept: one message asks several times, several chats may watch one wallet."""
_AS_CHEAP_PERCENT: Final = 101
"""Of several ways within so much of the cheapest the one of the largest holding is told first."""

_Part = TypeVar("_Part", Owed, Supplied)


@dataclass(frozen=True, slots=True)
class Way:
    """One asset of which enough brings the health factor to the target."""

    asset: Asset
    suggested: RawAmount
    had: RawAmount
    """What is owed or supplied of it now."""
    value: int
    """Of `suggested`, base units, rounded down."""
    exact: RawAmount | None = None
    """Minimal at the position's block; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """Either repaying or adding alone brings the health factor to `target`; the best of each first."""

    target: Wad
    repay: tuple[Way, ...]
    add: tuple[Way, ...]


def remedy(position: Position, target_percent: int, *, at_most: int = SHOWN_AT_MOST) -> Remedy | None:
    """How to reach the target, `at_most` ways of each kind; None when it is reached or no way exists."""
    # The words behind a position are no part of what makes it equal to another. What is remembered keeps them
    # alive, so that their identity stays theirs.
    behind = None if position.origin is None else id(position.origin)
    return _remedy(position, target_percent, at_most, behind)


@lru_cache(maxsize=_REMEMBERED)
def _remedy(position: Position, target_percent: int, at_most: int, behind: int | None) -> Remedy | None:
    target = Wad(target_percent * WAD // 100)
    owed, supplied = debts(position), collaterals(position)
    if not owed or position.health_factor >= target:
        return None
    repay = _best_first(_repayments(position, owed, target))
    add = _best_first(_additions(position, supplied, target))
    if behind is not None and position.origin is not None:
        try:
            repay = _best_first(_stored(position.origin, _those(owed, repay), target, at_most, repayment))
            add = _best_first(_stored(position.origin, _those(supplied, add), target, at_most, addition))
        except UnreadError:  # an origin that lacks what it should have must not cost anyone an alert
            return _remedy(position, target_percent, at_most, None)
    return Remedy(target, repay[:at_most], add[:at_most]) if repay or add else None


def _those(parts: Sequence[_Part], ways: Sequence[Way]) -> list[_Part]:
    """The parts in the order of their ways."""
    by_address = {part.asset.address: part for part in parts}
    return [by_address[way.asset.address] for way in ways]


_Cured = Callable[..., Cure | None]


def _stored(
    origin: Origin, parts: Sequence[Owed] | Sequence[Supplied], target: Wad, at_most: int, cure: _Cured
) -> list[Way]:
    """Through the contract's bookkeeping, which costs more: the cheapest by the parts first, and not all."""
    found: list[Way] = []
    for part in parts:
        if len(found) == at_most:
            break
        made = cure(origin.market, origin.account, part.asset.address, target)
        if made is not None and made.suggested:
            found.append(_way(part, made.suggested, made.exact))
    return found


def _repayments(position: Position, owed: Sequence[Owed], target: Wad) -> list[Way]:
    return [
        _way(part, RawAmount(min(round_up_significant(raw, DIGITS), part.amount)))
        for part in owed
        if (raw := cure_repay(position, part.asset.address, target))
    ]


def _additions(position: Position, supplied: Sequence[Supplied], target: Wad) -> list[Way]:
    return [
        _way(part, RawAmount(round_up_significant(raw, DIGITS)))
        for part in supplied
        if (raw := cure_add(position, Address(part.asset.address), target))
    ]


def _way(part: Owed | Supplied, suggested: RawAmount, exact: RawAmount | None = None) -> Way:
    return Way(part.asset, suggested, part.amount, suggested * part.price // part.asset.unit, exact)


def _best_first(ways: Sequence[Way]) -> tuple[Way, ...]:
    """The cheapest first, unless one of a larger holding costs next to the same: they come largest first."""
    if not ways:
        return ()
    limit = min(way.value for way in ways) * _AS_CHEAP_PERCENT // 100
    best = next(way for way in ways if way.value <= limit)
    return (best, *sorted((way for way in ways if way is not best), key=lambda way: way.value))
