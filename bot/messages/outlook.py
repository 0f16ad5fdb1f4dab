"""What lies ahead of a position, as facts: which price must move how far, and what would cure it.

Called by the composer and by `facts`; all arithmetic is that of `bot.domain.liquidation`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.domain.liquidation import (
    LIQUIDATABLE_BELOW,
    cure_add,
    cure_repay,
    liquidation_price,
    round_up_significant,
    upper_price,
)
from bot.domain.positions import Owed, Position, Supplied
from bot.domain.units import BPS, WAD, Asset, BaseAmount, RawAmount, Wad
from bot.messages.atlas import Atlas

CURE_DIGITS: Final = 4
"""Significant digits of a suggested amount, rounded up so that it still reaches the target."""

_REMEMBERED: Final = 512
"""Positions whose outlook is kept: one message asks several times, and several chats may watch one wallet."""


@dataclass(frozen=True, slots=True)
class Lever:
    """One asset whose price alone, the others unchanged, brings the health factor to 1 at `target`."""

    asset: Asset
    now: BaseAmount
    target: BaseAmount
    rises: bool

    @property
    def move_bps(self) -> int:
        """How far the price is from there, floored."""
        return abs(self.now - self.target) * BPS // self.now if self.now else 0


@dataclass(frozen=True, slots=True)
class Cure:
    """Repay or add: either alone brings the health factor to `target`. Amounts are rounded up."""

    target: Wad
    debt: Asset | None
    repay: RawAmount
    collateral: Asset | None
    add: RawAmount
    only_way: bool
    """False when there are several debts or collaterals and these are the largest."""


def is_liquidatable(position: Position) -> bool:
    return position.health_factor < LIQUIDATABLE_BELOW


def levers(position: Position, atlas: Atlas) -> tuple[Lever, ...]:
    """What must move how far, the nearest first; stable tokens only where nothing volatile decides."""
    if not position.has_debt or is_liquidatable(position):
        return ()
    return _nearest_first(_levers(position), position, atlas)


def rescues(position: Position, atlas: Atlas) -> tuple[Lever, ...]:
    """Which collateral must rise how far until a position that can be liquidated now is safe again."""
    if not position.has_debt or not is_liquidatable(position):
        return ()
    return _nearest_first(_rescues(position), position, atlas)


def _nearest_first(found: tuple[Lever, ...], position: Position, atlas: Atlas) -> tuple[Lever, ...]:
    volatile = tuple(one for one in found if not atlas.is_stable(one.asset, one.now, position.base_unit))
    return tuple(sorted(volatile or found, key=lambda one: one.move_bps))


@lru_cache(maxsize=_REMEMBERED)
def _levers(position: Position) -> tuple[Lever, ...]:
    found: dict[str, Lever] = {}
    for part in collaterals(position):
        price = liquidation_price(position, part.asset.address)
        if price is not None and 0 < price <= part.price:
            found[part.asset.address] = Lever(part.asset, part.price, price, rises=False)
    for owed in debts(position):
        price = upper_price(position, owed.asset.address)
        if price is not None and price >= owed.price:
            found[owed.asset.address] = Lever(owed.asset, owed.price, price, rises=True)
    return tuple(found.values())


@lru_cache(maxsize=_REMEMBERED)
def _rescues(position: Position) -> tuple[Lever, ...]:
    prices = ((part, liquidation_price(position, part.asset.address)) for part in collaterals(position))
    return tuple(
        Lever(part.asset, part.price, price, rises=True)
        for part, price in prices
        if price is not None and price > part.price
    )


def collaterals(position: Position) -> tuple[Supplied, ...]:
    """What counts in the health factor, the most valuable first."""
    counting = (part for part in position.supplied if part.counts and part.threshold_bps)
    return tuple(sorted(counting, key=lambda part: -part.value))


def debts(position: Position) -> tuple[Owed, ...]:
    return tuple(sorted((part for part in position.owed if part.counts), key=lambda part: -part.value))


@lru_cache(maxsize=_REMEMBERED)
def cure(position: Position, target_percent: int) -> Cure | None:
    """How to reach the target; None when it is reached or neither way exists."""
    target = Wad(target_percent * WAD // 100)
    owed, supplied = debts(position), collaterals(position)
    if not owed or position.health_factor >= target:
        return None
    repay = cure_repay(position, owed[0].asset.address, target)
    if repay is not None:
        repay = RawAmount(min(round_up_significant(repay, CURE_DIGITS), owed[0].amount))
    add = cure_add(position, supplied[0].asset.address, target) if supplied else None
    if not repay and not add:
        return None
    return Cure(
        target=target,
        debt=owed[0].asset if repay else None,
        repay=repay or RawAmount(0),
        collateral=supplied[0].asset if add else None,
        add=RawAmount(round_up_significant(add, CURE_DIGITS)) if add else RawAmount(0),
        only_way=len(owed) == 1 and len(supplied) <= 1,
    )


def collateral_price_at(position: Position, level: int) -> tuple[Asset, BaseAmount] | None:
    """The price of the only collateral at which the health factor is `level`, rounded up; None with several.

    The health factor is proportional to that price as long as the same token is not owed too.
    """
    supplied = collaterals(position)
    if len(supplied) != 1 or not position.has_debt or position.health_factor == 0:
        return None
    only = supplied[0]
    if any(part.asset.address == only.asset.address for part in position.owed):
        return None
    return only.asset, BaseAmount(-(-only.price * level // position.health_factor))
