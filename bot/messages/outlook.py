"""What lies ahead of a position, as facts: which price must move how far until its health factor is 1.

Called by the composer; all arithmetic is that of `bot.domain.liquidation` and `bot.domain.baskets`.
What would cure it is in `remedies`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.domain.aave_v3 import with_prices
from bot.domain.baskets import Basket, Lead, at_price, basket_price, lead_held, lead_in
from bot.domain.liquidation import LIQUIDATABLE_BELOW, liquidation_price, upper_price
from bot.domain.positions import Owed, Position, Supplied
from bot.domain.units import BPS, Asset, BaseAmount
from bot.messages.atlas import Atlas

_REMEMBERED: Final = 512
"""Positions whose outlook is kept: one message asks several times, and several chats may watch one wallet."""


@dataclass(frozen=True, slots=True)
class Lever:
    """One asset whose price alone, the others unchanged, brings the health factor to 1 at `target`.

    Or that of a whole basket, `asset` being the one by whose price it is spoken of, held or not.
    """

    asset: Asset
    now: BaseAmount
    target: BaseAmount
    rises: bool
    basket: Basket | None = None
    others: tuple[Asset, ...] = ()
    """What the position has of the basket besides `asset`."""

    @property
    def move_bps(self) -> int:
        """How far the price is from there, floored."""
        return abs(self.now - self.target) * BPS // self.now if self.now else 0


def is_liquidatable(position: Position) -> bool:
    return position.health_factor < LIQUIDATABLE_BELOW


def levers(position: Position, atlas: Atlas, baskets: tuple[Basket, ...] = ()) -> tuple[Lever, ...]:
    """What must move how far, the nearest first; stable tokens only where nothing volatile decides.

    Assets of one basket move as one, so none of them is a lever of its own.
    """
    if not position.has_debt or is_liquidatable(position):
        return ()
    moving, alone = _by_basket(position, baskets), _levers(position)
    taken = {asset.address for _basket, held in moving for asset in held}
    found = [one for basket, held in moving if (one := _of_basket(position, basket, held)) is not None]
    lone = (one for one in alone if one.asset.address not in taken)
    return _nearest_first((*found, *lone), position, atlas)


def same_basket(position: Position, baskets: tuple[Basket, ...]) -> Basket | None:
    """The basket that everything which counts is in, on both sides: then none of its prices decides."""
    parts: tuple[Supplied | Owed, ...] = (*collaterals(position), *debts(position))
    if not debts(position) or not collaterals(position):
        return None
    return next((one for one in baskets if all(one.has(part.asset) for part in parts)), None)


def _by_basket(position: Position, baskets: tuple[Basket, ...]) -> list[tuple[Basket, tuple[Asset, ...]]]:
    """Baskets of which the position has more than the lead alone, with what it has of each."""
    parts: tuple[Supplied | Owed, ...] = (*collaterals(position), *debts(position))
    found = []
    for basket in baskets:
        held = {part.asset.address: part.asset for part in parts if basket.has(part.asset)}
        lead = _lead(position, basket) if held else None
        if lead is not None and set(held) != {lead.asset.address}:
            found.append((basket, tuple(held.values())))
    return found


def _lead(position: Position, basket: Basket) -> Lead | None:
    known = lead_in(position.origin.market, basket) if position.origin else None
    return known or lead_held(position, basket)


def _of_basket(position: Position, basket: Basket, held: tuple[Asset, ...]) -> Lever | None:
    found = basket_price(position, basket, _lead(position, basket))
    if found is None or not found.price or (found.price < found.lead.price) is found.upper:
        return None
    others = tuple(asset for asset in held if asset.address != found.lead.asset.address)
    return Lever(found.lead.asset, found.lead.price, found.price, found.upper, basket, others)


def price_at_health(position: Position, lever: Lever, level: int) -> BaseAmount | None:
    """The price of the lever's asset at which the health factor crosses `level`, its basket moving along.

    On the safe side of it: at the price the health factor is at least `level`. None where it does not lie
    between today's price and the liquidation price.
    """

    def holds(price: int) -> bool:
        return _moved(position, lever, price).health_factor >= level

    safe, beyond = int(lever.now), int(lever.target)
    if not holds(safe) or holds(beyond):
        return None
    while abs(safe - beyond) > 1:
        middle = (safe + beyond) // 2
        safe, beyond = (middle, beyond) if holds(middle) else (safe, middle)
    return BaseAmount(safe)


def _moved(position: Position, lever: Lever, price: int) -> Position:
    if lever.basket is None:
        return with_prices(position, {lever.asset.address: BaseAmount(price)})
    return at_price(position, lever.basket, Lead(lever.asset, lever.now), price)


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
