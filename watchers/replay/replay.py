"""An episode as a source: block after block it tells observers what a chain's watchers would have told.

It keeps the time that everything else runs by (`clock`), and answers the questions of commands at that time
(`answers`). Nothing in it depends on the machine's clock, on chance, or on how fast it is played.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.observations import BlockSeen, ChainReorged, PositionSeen, PriceSeen
from bot.domain.transfers import TransfersReorged
from bot.domain.units import Address, BlockRef
from bot.errors import EpisodeError
from bot.ports import FlowObserver, Following, Observer
from watchers.aave.happened import Happened
from watchers.aave.imagined import Imagination
from watchers.aave.readings import Lens
from watchers.replay.books import Books, Changes, Key
from watchers.replay.coins import Coins
from watchers.replay.episode import Episode
from watchers.replay.happenings import Caption, ChainBlock, ChainUndone, Undone
from watchers.replay.schedule import Moment, moments, paths_of, recorded_chains

REMEMBERED: Final = 1_024
"""Blocks whose words are kept for questions about the past; older ones are answered as unreadable."""


class EpisodeClock:
    """`ports.Clock` of an episode: stands still between its blocks."""

    def __init__(self, now: int) -> None:
        self._now = now

    def __call__(self) -> float:
        return float(self._now)

    def set(self, now: int) -> None:
        self._now = max(now, self._now)  # no rule has to bear a clock that goes back


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All words at one block."""

    block: BlockRef
    markets: Mapping[str, MarketState]
    accounts: Mapping[Key, AccountState]


@dataclass(frozen=True, slots=True)
class Played:
    """One step, for whoever shows it."""

    moment: Moment
    captions: tuple[Caption, ...]

    @property
    def block(self) -> BlockRef:
        return self.moment.block


@dataclass(slots=True)
class _Told:
    """What the observer has of one market."""

    accounts: set[Address] = field(default_factory=set)
    imagined: Imagination | None = None
    upto: int = -1
    """Place of the last block that it decided in an earlier run."""


class Replay:
    """Plays one episode once. `stride_s`: a block at least so often, 0 = as the episode says."""

    def __init__(self, episode: Episode, *, stride_s: int = 0) -> None:
        self.episode = episode
        self.clock = EpisodeClock(episode.head.starts)
        self.books = Books(episode)
        self.paths = MappingProxyType(paths_of(episode))
        self._moments = moments(episode, stride_s)
        if not self._moments:
            raise EpisodeError(episode.head.name, ["it has no block"])
        self._next = 0
        self._coins = Coins(episode)
        self.recorded_chains = recorded_chains(episode)
        self._told: dict[str, _Told] = {}
        self._flows_upto: dict[int, int] = {}
        self._past: deque[Snapshot] = deque(maxlen=REMEMBERED)

    @property
    def block(self) -> BlockRef | None:
        """The last block played; None before the first."""
        return self._moments[self._next - 1].block if self._next else None

    @property
    def played(self) -> tuple[Moment, ...]:
        """What was played so far, oldest first."""
        return tuple(self._moments[: self._next])

    @property
    def upcoming(self) -> Moment | None:
        """What the next step plays; None at the end."""
        return self._moments[self._next] if self._next < len(self._moments) else None

    @property
    def length(self) -> int:
        """Blocks from begin to end."""
        return len(self._moments)

    def at(self, block: BlockRef) -> Snapshot | None:
        """The words at a block played before, None for one that is forgotten or another's."""
        return next((one for one in reversed(self._past) if one.block == block), None)

    def words_at(self, market: str, block: BlockRef) -> Snapshot | None:
        """Of a recorded chain: what was known of a market at a block, by its last reading not after that one.

        Transfers are told block by block, markets now and then, and either may be ahead of the other.
        """
        return next(
            (one for one in reversed(self._past) if one.markets[market].as_of.number <= block.number), None
        )

    async def run(
        self, observer: Observer, flows: FlowObserver | None = None, *, until: int | None = None
    ) -> None:
        """Play to the end, or up to the last block not after `until` (unix seconds)."""
        while (moment := self.upcoming) and (until is None or moment.block.timestamp <= until):
            await self.step(observer, flows)

    async def step(self, observer: Observer, flows: FlowObserver | None = None) -> Played | None:
        """Play the next block and return when it is decided; None when the episode is over.

        A block that the observer decided before a restart is played without being told again.
        """
        moment = self.upcoming
        if moment is None:
            return None
        if not self._next:
            await self._resume(observer, flows)
        self.clock.set(moment.decided)
        place = self._next
        for _, line in moment.lines:
            if isinstance(line, Undone) and place > self._told[line.market].upto:
                await self._undo(line, observer, flows)
        changes = self.books.play(moment)
        self._past.append(Snapshot(moment.block, dict(self.books.markets), dict(self.books.accounts)))
        self._next += 1
        for market in moment.markets:
            if place > self._told[market].upto:
                await self._tell(market, moment, changes, observer)
        if flows is not None:
            await self._tell_flows(place, changes, flows)
        captions = (line for _, line in moment.lines if isinstance(line, Caption))
        return Played(moment, tuple(captions))

    # ---- inside ---------------------------------------------------------------------------------------

    async def _resume(self, observer: Observer, flows: FlowObserver | None) -> None:
        """After a restart: what was followed and decided before is not news."""
        following = await observer.following()
        for one in self.episode.markets:
            told = self._told[one.key] = _Told(imagined=Imagination(one.key))
            if (cursor := await observer.cursor(one.key)) is not None:
                told.upto = self._place_of(cursor, one.key)
                told.accounts |= following.wallets
                assert told.imagined is not None
                told.imagined.resume(following.imagined)
        for chain_id in self.episode.chains if flows else ():
            assert flows is not None
            cursor = await flows.flow_cursor(chain_id)
            self._flows_upto[chain_id] = self._place_of(cursor) if cursor else -1

    def _place_of(self, cursor: BlockRef, market: str = "") -> int:
        """Where a block that was decided stands; one of another episode, or changed since: by its number."""
        places = [
            i
            for i, one in enumerate(self._moments)
            if (market in one.markets if market else one.told or not self.recorded_chains)
        ]
        exact = [i for i in places if self._moments[i].block.hash == cursor.hash]
        before = [i for i in places if self._moments[i].block.number <= cursor.number]
        return (exact or before or [-1])[-1]

    async def _undo(self, line: Undone, observer: Observer, flows: FlowObserver | None) -> None:
        await observer.reorged(ChainReorged(line.market, line.to))
        chain_id = self.episode.chain_of(line.market)
        if flows is not None and chain_id is not None and chain_id not in self.recorded_chains:
            await flows.transfers_reorged(TransfersReorged(chain_id, line.to))

    async def _tell(self, market: str, moment: Moment, changes: Changes, observer: Observer) -> None:
        following, told = await observer.following(), self._told[market]
        seen = self._seen(market, moment, changes, following, told)
        await observer.block(seen)
        told.accounts &= following.wallets
        told.accounts |= following.wallets - set(seen.unread)
        assert told.imagined is not None
        told.imagined.commit()

    def _seen(
        self, market: str, moment: Moment, changes: Changes, following: Following, told: _Told
    ) -> BlockSeen:
        """As `watchers.aave.watcher` reports: whole positions of those that moved or are new."""
        state, lens = self.books.markets[market], Lens(self.books.markets[market])
        hidden = set(moment.recorded.unread) if moment.recorded else set()
        accounts = {one: self.books.account(market, one) for one in sorted(following.wallets - hidden)}
        done = {
            one: changes.happened[market, one]
            for one in accounts
            if one in told.accounts and (market, one) in changes.happened
        }
        moved = [one for one in accounts if (market, one) in changes.touched or one not in told.accounts]
        known = tuple(
            PositionSeen(
                found,
                tuple((what := done.get(found.account, Happened())).moves),
                tuple(what.liquidations),
                (market, found.account) in changes.gaps and found.account in told.accounts,
            )
            for found in lens.positions([accounts[one] for one in moved])
        )
        quiet = set(moved)
        glances = lens.glances([state for one, state in accounts.items() if one not in quiet])
        assert told.imagined is not None
        judged = told.imagined.look(lens, following.imagined, accounts, done)
        read = {one.position.account for one in known} | {one.account for one in glances}
        unread = (following.wallets - read) | judged.unread
        return BlockSeen(
            market,
            moment.block,
            prices_of(state),
            known + judged.seen,
            glances + judged.glances,
            tuple(sorted(unread)),
            state,
        )

    async def _tell_flows(self, place: int, changes: Changes, flows: FlowObserver) -> None:
        moment = self._moments[place]
        if moment.told is not None:
            await self._tell_recorded(place, moment.told, flows)
            return
        chains = {self.episode.chain_of(market) for market in moment.markets}
        for chain_id in self.episode.chains:
            if chain_id not in chains or chain_id in self.recorded_chains:
                continue
            if place <= self._flows_upto[chain_id]:
                continue
            if await flows.flows_wanted(chain_id):
                await flows.transfers(self._coins.seen(chain_id, moment, changes, self.books))

    async def _tell_recorded(self, place: int, line: ChainBlock | ChainUndone, flows: FlowObserver) -> None:
        is_news = place > self._flows_upto.get(line.chain_id, -1)
        if isinstance(line, ChainUndone):
            if is_news:
                await flows.transfers_reorged(TransfersReorged(line.chain_id, line.to))
            return
        seen = self._coins.recorded(line, self._moments[place])
        if is_news and await flows.flows_wanted(line.chain_id):
            await flows.transfers(seen)


def prices_of(state: MarketState) -> Mapping[Address, PriceSeen]:
    """Every price the oracle answers, by asset."""
    return {
        reserve.asset.address: PriceSeen(
            state.market, reserve.asset, state.prices[index], state.base_unit, state.as_of
        )
        for index, reserve in state.reserves.items()
        if index in state.prices
    }
