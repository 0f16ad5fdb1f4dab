"""The past of prices and positions, as far as it was kept: for chances and charts. Shared by the commands."""

from collections.abc import Sequence
from typing import Final

import structlog

from bot.domain.passage import Seen, realised_volatility
from bot.domain.positions import Position
from bot.domain.units import Address
from bot.errors import StoreError
from bot.messages.imagined import Restless
from bot.ports import Point
from bot.subscriptions import subject_id
from handlers.commands.command import Call

log = structlog.get_logger()
WINDOW_S: Final = 30 * 86_400
"""Of the prices from which chances are reckoned."""
ASSETS_AT_MOST: Final = 8


async def series(call: Call, market: str, thing: str, since: int) -> tuple[Point, ...]:
    """What was kept of a wallet or an asset; nothing when the store does not say."""
    try:
        return await call.services.history.series(subject_id(market, thing), since)
    except StoreError as error:
        log.warning("no past", market=market, why=str(error))
        return ()


async def restless(call: Call, positions: Sequence[Position]) -> tuple[Restless, ...]:
    """How much the prices of what is held moved of late; only where that is known well enough."""
    found = []
    for market, asset in _assets(call, positions):
        points = await series(call, market, asset, call.now - WINDOW_S)
        moved = realised_volatility([Seen(one.at, one.price) for one in _one_an_hour(points)])
        if moved is not None:
            found.append(Restless(market, asset, moved))
    return tuple(found)


def _one_an_hour(points: Sequence[Point]) -> list[Point]:
    """Recent points are close together, old ones are not: a common step makes one volatility of them."""
    kept: dict[int, Point] = {}
    for point in points:
        if point.price > 0:
            kept.setdefault(point.at // 3_600, point)
    return list(kept.values())


def _assets(call: Call, positions: Sequence[Position]) -> list[tuple[str, Address]]:
    """Of each position that owes: what it holds and owes, and the leads of their baskets."""
    found: dict[tuple[str, Address], None] = {}
    for at in positions:
        if not at.has_debt:
            continue
        for asset in (*(one.asset for one in at.supplied), *(one.asset for one in at.owed)):
            found[at.market, asset.address] = None
            for basket in call.services.baskets:
                lead = basket.lead(asset.chain_id) if basket.has(asset) else None
                if lead is not None:
                    found[at.market, lead] = None
    return list(found)[:ASSETS_AT_MOST]
