"""Answers about any wallet or asset, followed or not: the `PositionQuery` and `PriceQuery` ports.

One market costs two requests, all markets are asked at once; a view that a watcher read is used again.
"""

import asyncio
from collections.abc import Sequence

from bot.domain.aave_v3 import UnreadError
from bot.domain.markets import fold
from bot.domain.observations import PriceSeen
from bot.domain.positions import Position
from bot.domain.units import Address
from bot.errors import SourceError
from bot.ports import WalletSeen
from watchers.aave.crosscheck import by_contract
from watchers.aave.elsewhere import Elsewheres
from watchers.aave.eye import MarketEye
from watchers.aave.market_reader import View, prices_seen
from watchers.aave.readings import Lens


def _asked(eyes: Sequence[MarketEye], market: str) -> list[MarketEye]:
    return [eye for eye in eyes if not market or eye.market.key == market]


async def view_now(eye: MarketEye) -> View:
    """The market at the newest block."""
    head = await eye.heads.current()
    return await eye.reader.read(head.ref)


class AavePositions:
    """Positions of anyone, empty ones left out."""

    def __init__(self, eyes: Sequence[MarketEye], elsewheres: Sequence[Elsewheres] = ()) -> None:
        self._eyes = tuple(eyes)
        self._elsewheres = tuple(elsewheres)

    async def wallet(self, address: Address, market: str = "") -> WalletSeen:
        """All markets, or one by its key. Raises SourceError when nothing at all could be read."""
        eyes = _asked(self._eyes, market)
        looks = [] if market else [place.look(address) for place in self._elsewheres]
        found, others = await asyncio.gather(
            asyncio.gather(*(self._position(eye, address) for eye in eyes)), asyncio.gather(*looks)
        )
        unread = [eye.market.title for eye, one in zip(eyes, found, strict=True) if one is None]
        if eyes and len(unread) == len(eyes):
            raise SourceError("no market could be read")
        return WalletSeen(
            positions=tuple(one for one in found if one is not None and not one.is_empty),
            elsewhere=tuple(place for places, _ in others for place in places),
            unread=(*unread, *(title for _, titles in others for title in titles)),
        )

    async def _position(self, eye: MarketEye, address: Address) -> Position | None:
        """None when it cannot be known now."""
        try:
            view = await view_now(eye)
            found = await eye.accounts.one(view.structure, address, view.as_of)
            if found is None:
                return None
            state, words = found
            computed = Lens(view.state, view.state).position(state)
        except (SourceError, UnreadError):
            return None
        # Asked for one account, the contract's word costs nothing and is the better one where they differ.
        return computed if words == computed.totals else by_contract(computed, words)


class AavePrices:
    """Oracle prices of any asset of the watched markets."""

    def __init__(self, eyes: Sequence[MarketEye]) -> None:
        self._eyes = tuple(eyes)

    async def prices(self, symbol: str, market: str = "") -> tuple[PriceSeen, ...]:
        """Every asset of that symbol (any case) or address. SourceError when no market was read."""
        eyes = _asked(self._eyes, market)
        found = await asyncio.gather(*map(view_now, eyes), return_exceptions=True)
        views = [one for one in found if isinstance(one, View)]
        for fault in found:
            if isinstance(fault, BaseException) and (not views or not isinstance(fault, SourceError)):
                raise fault
        wanted = symbol.casefold()
        return tuple(
            price
            for view in views
            for price in prices_seen(view).values()
            if wanted in {price.asset.symbol.casefold(), price.asset.address.casefold()}
        )

    def symbols(self) -> tuple[str, ...]:
        """As the chain says where it was read, else as the market table knows."""
        known: dict[str, None] = {}
        for eye in self._eyes:
            structure = eye.reader.structure
            listed = [r.asset.symbol for r in structure.reserves] if structure else ()
            known |= dict.fromkeys(listed or [r.symbol for r in eye.market.reserves])
        return tuple(symbol for symbol in known if fold(symbol))
