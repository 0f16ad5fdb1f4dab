"""The past, kept while it happens: health factors of what is watched, and the prices they hang on.

Called by `bot.monitor` after a block is decided; a store that will not keep it costs nothing but the past.
"""

from collections.abc import Iterable, Iterator

import structlog

from bot.domain.baskets import Basket, basket_of
from bot.domain.observations import BlockSeen
from bot.domain.positions import Position
from bot.domain.units import HF_NO_DEBT, Address, Asset
from bot.errors import StoreError
from bot.monitor.watched import Watched
from bot.ports import History, Point
from bot.subscriptions import subject_id

log = structlog.get_logger()

EVERY_S = 60


class Recorder:
    """At most one point a minute for each subject of a market, all of them in one call."""

    def __init__(self, history: History, baskets: Iterable[Basket] = ()) -> None:
        self._history = history
        self._baskets = tuple(baskets)
        self._minute: dict[str, int] = {}
        """The last minute that was noted, by market."""
        self._hangs_on: dict[tuple[str, Address], frozenset[Asset]] = {}
        """By market and account, what its position consists of."""
        self._lost = False

    async def note(self, seen: BlockSeen, watched: Watched) -> None:
        """Keep what the block showed, if its minute has begun with it. Never raises."""
        try:
            for reading in seen.positions:
                self._parts(seen.market, reading.position)
            minute = seen.as_of.timestamp // EVERY_S
            if minute <= self._minute.get(seen.market, 0):
                return
            self._minute[seen.market] = minute
            if points := self._points(seen, watched):
                await self._history.add(points)
            self._lost = False
        except StoreError as error:
            if not self._lost:
                log.warning("the past is not kept", market=seen.market, why=str(error))
            self._lost = True
        except Exception:
            log.exception("the past is not kept", market=seen.market)

    # ---- inside ---------------------------------------------------------------------------------

    def _points(self, seen: BlockSeen, watched: Watched) -> dict[str, Point]:
        at, market = seen.as_of.timestamp, seen.market
        points: dict[str, Point] = {}
        wanted = {address for place, address in watched.by_price if place == market}
        for account, health in self._health(seen):
            if account in watched.by_account:
                wanted |= self._prices_of(market, account, seen)
                if health != HF_NO_DEBT:
                    points[subject_id(market, account)] = Point(at, health=health)
        for address in wanted:
            if address in seen.prices:
                points[subject_id(market, address)] = Point(at, price=seen.prices[address].price)
        self._hangs_on = {key: found for key, found in self._hangs_on.items() if key[1] in watched.by_account}
        return points

    def _health(self, seen: BlockSeen) -> Iterator[tuple[Address, int]]:
        for reading in seen.positions:
            yield reading.position.account, reading.health_factor
        for glance in seen.glances:
            if (seen.market, glance.account) not in self._hangs_on:
                self._parts(seen.market, glance.look().position)
            yield glance.account, glance.health_factor

    def _parts(self, market: str, position: Position) -> None:
        supplied = {part.asset for part in position.supplied if part.counts}
        owed = {part.asset for part in position.owed if part.counts}
        self._hangs_on[market, position.account] = frozenset(supplied | owed)

    def _prices_of(self, market: str, account: Address, seen: BlockSeen) -> set[Address]:
        """What leads its baskets; an asset that is in none, or whose lead has no price here, leads itself."""
        found = set()
        for asset in self._hangs_on.get((market, account), ()):
            basket = basket_of(asset, self._baskets)
            lead = basket.lead(asset.chain_id) if basket else None
            found.add(lead if lead and lead in seen.prices else asset.address)
        return found
