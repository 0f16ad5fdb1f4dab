"""What the chain would show, made up block by block: positions at a health factor, prices, events.

Tests feed it to `here.monitor`; blocks are 12 s apart and as old as the town's clock says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.domain.markets import Market
from bot.domain.observations import BlockSeen, Liquidation, Move, PositionSeen, PriceSeen
from bot.domain.positions import Position
from bot.domain.units import Address, BaseAmount, BlockRef
from bot.monitor import Monitor
from bot.ports import Outbox, WatchBook
from tests.fakes import FakeBook, FakeOutbox
from tests.messages.samples import BLOCK, MARKET, USD, USDC, WALLET, WETH, owed, position, supplied, treasury
from tests.town.clock import TownClock

SPACING_S = 12
SUPPLIED, OWED = 100 * 10**18, 100_000 * 10**6
"""100 WETH against 100,000 USDC: at a threshold of 83 %, HF 1.00 is ETH at $1,204.82."""


def wallet(index: int) -> Address:
    """The first is the one that tests usually watch."""
    return WALLET if index == 0 else Address(f"0x{index:040x}")


def price_at(health_percent: int) -> int:
    """ETH in base units at which the wallet's health factor is a hair above that many hundredths."""
    owes, has = OWED * USD // USDC.unit, SUPPLIED // WETH.unit
    return health_percent * owes // (83 * has) + 10**4


def at_health(percent: int, *, account: Address = WALLET, block: BlockRef = BLOCK) -> Position:
    """The usual wallet at this health factor; 0: it has nothing."""
    if percent == 0:
        return position(account=account, block=block)
    parts = (supplied(WETH, SUPPLIED, price_at(percent)), owed(USDC, OWED, USD))
    return position(*parts, account=account, block=block)


@dataclass(slots=True)
class Feed:
    """Blocks of one market, one after another."""

    monitor: Monitor
    clock: TownClock
    number: int = BLOCK.number
    market: Market = MARKET
    outbox: Outbox = field(default_factory=FakeOutbox)
    book: WatchBook = field(default_factory=FakeBook)

    async def health(self, *percents: int, gap_s: int = SPACING_S) -> BlockSeen:
        """A block in which `wallet(0)`, `wallet(1)`... have these health factors, `gap_s` after the last."""
        return await self.block(
            *(
                PositionSeen(at_health(percent, account=wallet(index)))
                for index, percent in enumerate(percents)
            ),
            gap_s=gap_s,
        )

    async def moved(self, percent: int, *moves: Move) -> BlockSeen:
        return await self.block(PositionSeen(at_health(percent), moves))

    async def liquidated(self, percent: int, *calls: Liquidation) -> BlockSeen:
        return await self.block(PositionSeen(at_health(percent), (), calls))

    async def price(self, dollars: int, *, gap_s: int = SPACING_S) -> BlockSeen:
        """A block with ETH at this price."""
        seen = PriceSeen(self.market.key, WETH, BaseAmount(dollars * USD), USD, BLOCK)
        return await self.block(prices=[seen], gap_s=gap_s)

    async def block(
        self,
        *positions: PositionSeen,
        prices: Sequence[PriceSeen] = (),
        unread: Sequence[Address] = (),
        gap_s: int = SPACING_S,
    ) -> BlockSeen:
        """Judge a block; when this returns, what it led to is in the outbox."""
        self.clock.advance(gap_s)
        self.number += 1
        here = BlockRef(self.number, f"0x{self.number:064x}", int(self.clock()))
        seen = BlockSeen(
            self.market.key,
            here,
            {one.asset.address: replace(one, as_of=here) for one in prices},
            tuple(replace(one, position=replace(one.position, as_of=here)) for one in positions),
            unread=tuple(unread),
        )
        await self.monitor.block(seen)
        return seen


__all__ = ["Feed", "at_health", "price_at", "treasury", "wallet"]
