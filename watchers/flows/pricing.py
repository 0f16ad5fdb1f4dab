"""Dollars of a chain's tracked assets at a block, by the oracles of its watched markets.

At the head it is the very reading that the market watchers use; for older blocks there are readers of their
own, so that nobody else's idea of a market goes back in time. Called by `reader`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from bot.domain.transfers import USD_UNIT
from bot.domain.units import Address, BaseAmount, BlockRef
from bot.errors import SourceError
from watchers.aave.eye import MarketEye
from watchers.aave.market_reader import MarketReader, View
from watchers.evm.faults import Kind, NoEndpoint
from watchers.evm.heads import Heads
from watchers.flows.tokens import AllowList

log = structlog.get_logger(__name__)


_BESIDE: Final = 8
"""Blocks behind the tip up to which a head is read together with the market watchers."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """Prices by the contract that an asset is priced as, and the block they are of."""

    by_contract: Mapping[Address, BaseAmount]
    at: BlockRef | None

    def of(self, allowed: AllowList) -> dict[Address, BaseAmount]:
        """By tracked contract; what has no price is left out."""
        return {
            one.asset.address: price
            for one in allowed.assets
            if (price := self.by_contract.get(one.priced_as)) is not None
        }


NONE = Quotes({}, None)


class Pricing:
    """One chain's prices."""

    def __init__(self, eyes: Sequence[MarketEye], heads: Heads) -> None:
        self._eyes = tuple(eyes)
        self._heads = heads
        self._then = then_readers(eyes)
        self._forgotten_below: BlockRef | None = None
        self.last = NONE
        """The newest that were read."""

    async def now(self, head: BlockRef) -> Quotes:
        """At the head; the last ones, with their own block, when no oracle can be read there."""
        found = await _views(self._readers(head), head)
        if found:
            self.last = _quotes(found, head)
        return self.last

    def _readers(self, head: BlockRef) -> list[MarketReader]:
        tip = self._heads.tip
        if tip is None or tip.number - head.number <= _BESIDE:
            return [eye.reader for eye in self._eyes]
        return list(self._then.values())  # others are long past it

    async def then(self, block: BlockRef, head: BlockRef) -> Quotes:
        """At an older block where the nodes still know it, else at the head; one refusal stands for a pause,
        all of which is read below one head.
        """
        if self._forgotten_below == head:
            return await self.now(head)
        try:
            found = await _views(list(self._then.values()), block, strict=True)
        except SourceError as fault:
            if not isinstance(fault, NoEndpoint) or fault.kinds & {Kind.ARCHIVE, Kind.UNSUPPORTED}:
                self._forgotten_below = head
                log.info("old_prices_unread", block=block.number, why=str(fault))
            return await self.now(head)
        return _quotes(found, block) if found else self.last


def then_readers(eyes: Sequence[MarketEye]) -> dict[str, MarketReader]:
    """Readers for blocks that are not the newest, by market."""
    return {eye.market.key: MarketReader(eye.market, eye.accounts.multicall) for eye in eyes}


async def _views(readers: Sequence[MarketReader], at: BlockRef, *, strict: bool = False) -> list[View]:
    """Those that could be read; with `strict` none may fail. Other errors are ours and go on."""
    answers = await asyncio.gather(*(reader.read(at) for reader in readers), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException) and (strict or not isinstance(answer, SourceError)):
            raise answer
    return [answer for answer in answers if isinstance(answer, View)]


def _quotes(views: Sequence[View], at: BlockRef) -> Quotes:
    """Where two markets price one asset the first goes: the same feeds, nearly always."""
    prices: dict[Address, BaseAmount] = {}
    for view in views:
        state = view.state
        for index, price in state.prices.items():
            asset = state.reserves[index].asset.address
            prices.setdefault(asset, BaseAmount(price * USD_UNIT // state.base_unit))
    return Quotes(prices, at)
