"""What the flow monitor knows from the store: watches, states told, each chain's memory."""

from collections.abc import Callable
from typing import Final

from bot.domain.deposits import Learner
from bot.domain.hops import Trail
from bot.domain.rules import RuleState
from bot.domain.tallies import Tallies
from bot.monitor.flows.chain import ChainMemory
from bot.monitor.flows.deposits import DepositIndex
from bot.monitor.flows.kept import Kept
from bot.monitor.flows.loans import Loans
from bot.monitor.flows.people import FlowWatches
from bot.monitor.watched import Watched
from bot.ports import Clock, FlowLog, Judgements, Watches
from bot.subscriptions import StateKey

NEVER: Final = 1 << 40
"""A second that no block has: nothing is read from then on."""


def market_of(chain_id: int) -> str:
    """The name under which a chain's flows have their cursor and journal."""
    return f"flows:{chain_id}"


class Recall:
    """Everything raises StoreError when the store is away. `trail` makes an empty one, and `Loans`."""

    def __init__(
        self,
        book: Watches,
        judgements: Judgements,
        log: FlowLog,
        clock: Clock,
        trail: Callable[[int], tuple[Trail, Loans]],
    ) -> None:
        self._book = book
        self._judgements = judgements
        self._log = log
        self._clock = clock
        self._trail = trail
        self._watches: FlowWatches | None = None
        self._states: dict[StateKey, RuleState] | None = None
        self._chains: dict[int, ChainMemory] = {}
        self._trails: dict[int, tuple[Trail, Loans]] = {}
        self.deposits = DepositIndex(log)

    async def watches(self) -> FlowWatches:
        """As of the book's version now; one word with the store while nothing changed."""
        version = await self._book.version()
        if self._watches is None or self._watches.watched.version != version:
            found = await self._book.all()
            settings = await self._book.settings_of({one.home for one in found})
            watches = FlowWatches.of(Watched.of(version, found, settings))
            await self.deposits.follow(watches.everybody, int(self._clock()))
            ids = {watch.id for watch in watches.watched.by_flow}
            if self._states is not None:
                self._states = {key: state for key, state in self._states.items() if key.watch in ids}
            self._watches = watches
        return self._watches

    async def states(self) -> dict[StateKey, RuleState]:
        """Of flow watches, to be changed by whoever saved a change."""
        if self._states is None:
            ids = {watch.id for watch in (await self.watches()).watched.by_flow}
            stored = await self._judgements.load()
            self._states = {key: state for key, state in stored.items() if key.watch in ids}
        return self._states

    async def chain(self, chain_id: int) -> ChainMemory:
        """A chain's memory, read at first, and again when a rule looks further back than any before."""
        reach_s = (await self.watches()).reach_s
        known = self._chains.get(chain_id)
        if known is not None and known.reach_s >= reach_s:
            return known
        cursor = await self._judgements.cursor(market_of(chain_id))
        now = cursor.timestamp if cursor else int(self._clock())
        since = now - reach_s if reach_s else NEVER
        tallies, records, flows = await self._log.load(chain_id, since=since)
        if chain_id not in self._trails:
            trail, loans = self._trail(chain_id)
            trail.restore(await self._log.trail(chain_id))
            loans.restore(await self._log.loans_before(chain_id))
            self._trails[chain_id] = trail, loans
        chain = ChainMemory(
            chain_id,
            Learner(chain_id, records),
            Tallies(chain_id, tallies),
            *self._trails[chain_id],
            Kept(flows),
            reach_s,
            cursor,
        )
        self._chains[chain_id] = chain
        return chain

    async def take_back(self, chain: ChainMemory, to: int) -> None:
        """Follow the store, which went back to block `to` already: it knows more blocks than this run saw."""
        chain.undo(to)
        self.deposits.undo(chain.chain_id, to)
        tallies, records, _ = await self._log.load(chain.chain_id, since=NEVER)
        chain.learner, chain.tallies = Learner(chain.chain_id, records), Tallies(chain.chain_id, tallies)
        chain.cursor = await self._judgements.cursor(market_of(chain.chain_id))

    def drop_sums(self) -> None:
        """What a name means has changed: rolling sums are added up again."""
        for chain in self._chains.values():
            chain.sums.clear()

    def forget(self, chain_id: int) -> None:
        """Read a chain, and what was told, again before its next block."""
        self._chains.pop(chain_id, None)
        self._states = None
