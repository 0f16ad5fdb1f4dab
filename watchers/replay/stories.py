"""The `StoryQuery` port on an episode: what its accounts did up to the block that is shown now.

It keeps books of its own, brought forward when somebody asks, so that playing costs nothing more.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from bot.domain.baskets import Basket
from bot.domain.labels import Labels
from bot.domain.story.events import Event, EventKind, Families
from bot.domain.story.past import Past, PriceThen, Reach
from bot.domain.units import Address, BaseAmount
from bot.errors import SourceError
from watchers.replay.books import Books, Changes, tx_of
from watchers.replay.coins import Coins
from watchers.replay.happenings import (
    AccountWords,
    Action,
    LiquidationLine,
    Moved,
    Opening,
    Sending,
    Timed,
    Undone,
)
from watchers.replay.lives import Prices, Telling
from watchers.replay.replay import Replay
from watchers.replay.schedule import Moment

POINTS_AT_MOST: Final = 400
"""Prices of the past that are given for a picture."""
_TRANSFERS_FROM: Final = 1_000_000
"""Places of transfers in their block: after all acts."""


class ReplayStories:
    """Fits `bot.ports.StoryQuery`."""

    def __init__(self, replay: Replay, baskets: Collection[Basket] = ()) -> None:
        self._replay = replay
        self._families = Families(tuple(baskets))
        self._episode = episode = replay.episode
        self._books, self._coins, self._read = Books(episode), Coins(episode), 0
        self._labels = Labels.of(episode.exchange_labels())
        self._sources = {one.id: one for one in episode.sources}
        self._events: list[tuple[str, Event]] = []
        """With the market whose blocks they are on, empty for transfers."""
        self._prices: dict[tuple[str, int], BaseAmount] = {}
        self._given: set[Address] = set()
        """Accounts whose position was there, and not made, when the episode told of them first."""

    async def past(self, accounts: Collection[Address], labels: Labels) -> Past:
        """Labels of the bot's own count beside the episode's."""
        block, head = self._replay.block, self._episode.head
        if block is None:
            raise SourceError("the episode has not begun")
        for moment in self._replay.played[self._read :]:
            self._bring(moment)
            self._read += 1
        mine = (one for _market, one in self._events if one.account in accounts)
        events = [known for one in mine if (known := self._labelled(one, labels)) is not None]
        born = self._given.isdisjoint(accounts)
        since = (0, 0) if born else (head.first_block, head.starts)
        reach = Reach(tuple(one.title for one in self._episode.markets), block, *since)
        return Past(
            tuple(sorted(events, key=lambda one: one.order)),
            (reach,),
            (),
            self._then(),
            f"{head.title} ({head.kind})",
        )

    # ---- playing along ------------------------------------------------------------------------------------

    def _bring(self, moment: Moment) -> None:
        lines: dict[str, Timed] = {}
        for place, line in moment.lines:
            if isinstance(line, Undone):
                self._undo(line)
            elif isinstance(line, Opening | AccountWords):
                if (line.market, line.account) not in self._books.accounts:
                    self._given.add(line.account)
            elif isinstance(line, Action | Sending | LiquidationLine | Moved):
                lines[tx_of(self._episode, place, line.tx)] = line
        changes = self._books.play(moment)
        for chain_id in self._episode.chains:
            prices = self._coins.prices(chain_id, self._books)
            self._note(chain_id, moment.block.timestamp, prices)
            telling = Telling(self._families, self._sources, moment.block, prices, lines)
            self._events += self._done(chain_id, changes, telling)
            self._events += self._sent(chain_id, moment, telling)

    def _undo(self, line: Undone) -> None:
        self._events = [
            (market, one) for market, one in self._events if market != line.market or one.block <= line.to
        ]

    def _note(self, chain_id: int, at: int, prices: Prices) -> None:
        """The prices that people speak of: of leads, and of what stands alone."""
        for reserve in (one for state in self._books.markets.values() for one in state.reserves.values()):
            asset = reserve.asset
            price = prices.get(asset.address)
            if price and asset.chain_id == chain_id and self._families.lead(asset) in (None, asset.address):
                self._prices[self._families.key(asset), at] = price

    def _done(self, chain_id: int, changes: Changes, telling: Telling) -> Iterator[tuple[str, Event]]:
        index = 0
        for (market, account), what in changes.happened.items():
            if self._episode.chain_of(market) != chain_id:
                continue
            told = [telling.moved(one, account, market, index + at) for at, one in enumerate(what.moves)]
            index += len(told)
            told += [
                telling.liquidated(one, account, market, index + at)
                for at, one in enumerate(what.liquidations)
            ]
            index += len(what.liquidations)
            yield from ((market, one) for one in told if one is not None)

    def _sent(self, chain_id: int, moment: Moment, telling: Telling) -> Iterator[tuple[str, Event]]:
        """Both sides' events; which of them is an exchange is known when somebody asks."""
        seen = self._coins.seen(chain_id, moment, Changes(), self._books)
        for place, one in enumerate(seen.transfers, _TRANSFERS_FROM):
            yield "", telling.traded(one, place, outward=True)
            yield "", telling.traded(one, place, outward=False)

    # ---- answering ----------------------------------------------------------------------------------------

    def _labelled(self, one: Event, labels: Labels) -> Event | None:
        """A transfer with the exchange's name; None where the other side is none."""
        if one.market or one.other is None:
            return one
        place = one.asset.chain_id, one.other
        label = self._labels.get(*place) or labels.get(*place)
        if label is None or (one.kind is EventKind.TO_EXCHANGE and not label.kind.takes_deposits):
            return None
        return replace(one, exchange=label.exchange)

    def _then(self) -> tuple[PriceThen, ...]:
        """In time, thinned to `POINTS_AT_MOST` of each family; the last one stays."""
        by_family: dict[str, list[PriceThen]] = {}
        for (family, at), price in self._prices.items():
            by_family.setdefault(family, []).append(PriceThen(family, at, price))
        kept: list[PriceThen] = []
        for those in by_family.values():
            kept += those[: -1 : -(-len(those) // POINTS_AT_MOST)] + those[-1:]
        return tuple(sorted(kept, key=lambda one: (one.at, one.family)))
