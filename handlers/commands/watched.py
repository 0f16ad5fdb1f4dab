"""What each watch shows now, whatever it watches. Shared by lists, the board and buttons."""

import asyncio
from collections.abc import Sequence
from typing import Final

from bot.domain.observations import PriceSeen
from bot.errors import SourceError
from bot.messages.answers import WalletFacts
from bot.subscriptions import FlowTarget, ImaginedTarget, MirrorTarget, PriceTarget, WalletTarget, Watch
from handlers.commands.command import Call
from handlers.commands.reading import price_now, read_if_possible
from handlers.commands.states import imagined

AT_ONCE: Final = 5
"""Watches of a list read together; more wait, so that /wallets cannot swamp an endpoint."""


async def read_all(call: Call, watches: Sequence[Watch]) -> dict[str, WalletFacts | PriceSeen | None]:
    """What each watch shows now, by its id."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(watch: Watch) -> WalletFacts | PriceSeen | None:
        async with gate:
            match watch.target:
                case PriceTarget(market, asset):
                    return await price_now(call, asset.address, market)
                case _:
                    return await read_watch(call, watch)

    found = await asyncio.gather(*(one(watch) for watch in watches))
    return {watch.id: seen for watch, seen in zip(watches, found, strict=True)}


async def read_watch(call: Call, watch: Watch) -> WalletFacts | None:
    """The positions of anything but a price; None when nothing could be read."""
    match watch.target:
        case WalletTarget(address):
            return await read_if_possible(call, address)
        case ImaginedTarget() | MirrorTarget() as target:
            try:
                at = (await imagined(call, watch, target)).position
            except SourceError:
                return None
            return WalletFacts(() if at.is_empty else (at,))
        case PriceTarget() | FlowTarget():
            return None
