"""The `StoryQuery` port on the chains: a life's logs, the times and oracle prices of their blocks.

Prices of old blocks need a node that serves old state; from the first block that none serves back, dollars
are not known. One chain is read for all its markets at once.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.baskets import Basket
from bot.domain.labels import Labels
from bot.domain.story.events import Event, Families, Priced
from bot.domain.story.past import Past, PriceThen, Reach
from bot.domain.transfers import USD_UNIT
from bot.domain.units import Address, Asset, BaseAmount, BlockRef, RawAmount
from bot.errors import SourceError
from watchers.aave.eye import MarketEye
from watchers.aave.story_events import Place, Told, told
from watchers.aave.story_logs import MOST_REQUESTS, Life, LifeReader
from watchers.aave.story_prices import Prices, Wanted, blocks_of, prices_of

MOST_BLOCKS: Final = 600
"""Blocks of one life whose time and prices are read, the newest ones."""
SAMPLES: Final = 32
"""Prices between the first and the last event, for the picture."""


@dataclass(frozen=True, slots=True)
class _Chain:
    """The markets of one chain that could be read, and their make-up."""

    eyes: tuple[MarketEye, ...]
    places: tuple[Place, ...]
    head: BlockRef


class AaveStories:
    """Fits `bot.ports.StoryQuery`."""

    def __init__(
        self,
        eyes: Sequence[MarketEye],
        baskets: Sequence[Basket] = (),
        *,
        most_requests: int = MOST_REQUESTS,
    ) -> None:
        self._eyes = tuple(eyes)
        self._families = Families(tuple(baskets))
        self._most_requests = most_requests

    async def past(self, accounts: Collection[Address], labels: Labels) -> Past:
        """All chains at once. SourceError when none could be read."""
        chains: dict[int, list[MarketEye]] = {}
        for eye in self._eyes:
            chains.setdefault(eye.market.chain_id, []).append(eye)
        found = await asyncio.gather(*(self._chain(eyes, accounts, labels) for eyes in chains.values()))
        if chains and not any(one.reach for one in found):
            raise SourceError("no market's past could be read")
        events = sorted((event for one in found for event in one.events), key=lambda event: event.order)
        return Past(
            tuple(events),
            tuple(reach for one in found for reach in one.reach),
            tuple(title for one in found for title in one.unread),
            tuple(price for one in found for price in one.prices),
        )

    async def _chain(self, eyes: Sequence[MarketEye], accounts: Collection[Address], labels: Labels) -> Past:
        try:
            head = (await eyes[0].heads.current()).ref
        except SourceError:
            return Past(unread=tuple(eye.market.title for eye in eyes))
        places, unread = await _places(eyes, head)
        if not places:
            return Past(unread=unread)
        chain = _Chain(
            tuple(eye for eye in eyes if any(eye.market.key == place.market for place in places)),
            places,
            head,
        )
        reader = LifeReader(eyes[0].pool, most_requests=self._most_requests)
        try:
            life = await _life(reader, chain, accounts)
            return await self._dated(chain, life, told(life.logs, places, accounts, labels), unread)
        except SourceError:
            return Past(unread=(*unread, *(eye.market.title for eye in chain.eyes)))

    async def _dated(self, chain: _Chain, life: Life, moves: Sequence[Told], unread: tuple[str, ...]) -> Past:
        eye = chain.eyes[0]
        numbers = sorted({one.log.block for one in moves})
        kept = numbers[-MOST_BLOCKS:]
        since = life.since if kept == numbers else kept[0]
        blocks = await blocks_of(eye, [*kept, *([since] if since else [])])
        wanted = self._wanted(moves)
        prices = await prices_of(eye, [blocks[number] for number in reversed(kept)], wanted)
        samples = {}
        if kept and len(prices) == len(kept):
            between = await blocks_of(eye, _spread(kept[0], kept[-1]))
            samples = await prices_of(eye, list(reversed(between.values())), wanted)
            blocks |= between
        events = [
            self._event(one, blocks[one.log.block], prices.get(one.log.block, {}))
            for one in moves
            if one.log.block in blocks and one.log.block >= since
        ]
        titles = tuple(eye.market.title for eye in chain.eyes)
        reach = Reach(titles, chain.head, since, blocks[since].timestamp if since else 0)
        then = [
            price
            for number, at in sorted((samples | prices).items())
            for price in self._then(blocks[number].timestamp, at, wanted)
        ]
        return Past(tuple(events), (reach,), unread, tuple(then))

    # ---- prices -------------------------------------------------------------------------------------------

    def _wanted(self, moves: Sequence[Told]) -> Wanted:
        """(market, asset) of every price that these moves need, their families' leads included."""
        found: dict[tuple[str, Address], Place] = {}
        for one in moves:
            for listed in (one.listed, one.debt):
                if listed is None or one.place.structure.base_unit != USD_UNIT:
                    continue
                lead = self._families.lead(listed.asset)
                listing = one.place.structure.listing
                for asset in (listed.asset.address, lead):
                    if asset is not None and asset in listing:
                        found[one.place.market, asset] = one.place
        return found

    def _then(self, at: int, prices: Prices, wanted: Wanted) -> list[PriceThen]:
        """Of each family once: its lead's price, or its own where it stands alone."""
        found: dict[str, PriceThen] = {}
        for (market, address), place in wanted.items():
            asset = place.assets[int(address, 16)].asset
            price = prices.get((market, address))
            if price is not None and self._families.lead(asset) in (None, address):
                key = self._families.key(asset)
                found.setdefault(key, PriceThen(key, at, BaseAmount(price)))
        return list(found.values())

    def _event(self, one: Told, at: BlockRef, prices: Prices) -> Event:
        asset, market = one.listed.asset, one.place.market
        price = prices.get((market, asset.address))
        lead = self._families.lead(asset)
        value = _value(asset, one.amount, price)
        debt = one.debt.asset if one.debt else None
        return Event(
            one.kind,
            at.timestamp,
            at.number,
            one.log.index,
            one.log.tx,
            one.account,
            asset,
            RawAmount(one.amount),
            self._families.key(asset),
            self._families.quantity(asset, one.amount, price, prices.get((market, lead)) if lead else None),
            value,
            market="" if one.label else market,
            exchange=one.label.exchange if one.label else "",
            other=one.other,
            in_kind=one.in_kind,
            debt=debt,
            repaid=RawAmount(one.repaid),
            repaid_value=_value(debt, one.repaid, prices.get((market, debt.address))) if debt else None,
            priced=Priced.UNKNOWN if value is None else Priced.ORACLE,
            source=next(iter(one.label.sources), "") if one.label else "",
            certainty=one.label.confidence.value if one.label else "",
        )


async def _places(eyes: Sequence[MarketEye], head: BlockRef) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    """Markets as they are made now, and titles of those that do not say."""
    views = await asyncio.gather(*(eye.reader.read(head) for eye in eyes), return_exceptions=True)
    places, unread = [], []
    for eye, view in zip(eyes, views, strict=True):
        if isinstance(view, SourceError):
            unread.append(eye.market.title)
        elif isinstance(view, BaseException):
            raise view
        else:
            market = eye.market
            places.append(Place.of(market.key, market.chain_id, view.structure, market.weth_gateway))
    return tuple(places), tuple(unread)


async def _life(reader: LifeReader, chain: _Chain, accounts: Collection[Address]) -> Life:
    pools = [place.structure.pool for place in chain.places]
    tokens = (
        token
        for place in chain.places
        for one in place.structure.reserves
        for token in (one.a_token, one.asset.address)
    )
    return await reader.read(chain.head.number, accounts, list(dict.fromkeys((*pools, *tokens))), pools)


def _spread(first: int, last: int) -> list[int]:
    """Blocks at even distances, both ends left out."""
    return sorted(
        {first + (last - first) * part // (SAMPLES + 1) for part in range(1, SAMPLES + 1)} - {first}
    )


def _value(asset: Asset, amount: int, price: int | None) -> BaseAmount | None:
    return None if price is None else BaseAmount(amount * price // asset.unit)
