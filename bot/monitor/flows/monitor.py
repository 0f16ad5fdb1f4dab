"""Transfers -> flows -> rules -> (state + log + outbox), one block and one transaction at a time.

The flow watchers call it through `bot.ports.FlowObserver`. Beside `bot.monitor.monitor` it is the only writer
of states, of flow watches alone. What a block taught lies in the store before the next is looked at; where
saving fails, the chain's memory is thrown away and read again: the block is decided anew as if never seen.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Final

import structlog

from bot.domain.alerts import Reason, Severity
from bot.domain.classify import Classified, candidates, classify
from bot.domain.deposits import Learner
from bot.domain.flow_corrections import taken_back
from bot.domain.flow_rules import counts, is_over
from bot.domain.flows import Deposits, Flow, FlowKind
from bot.domain.hops import Trail
from bot.domain.rules import RuleState
from bot.domain.transfers import TransfersReorged, TransfersSeen
from bot.domain.units import Address, BaseAmount, BlockRef
from bot.errors import SourceError
from bot.monitor.flows.block import Block
from bot.monitor.flows.chain import ChainMemory, joined
from bot.monitor.flows.filters import Families
from bot.monitor.flows.judging import Judging
from bot.monitor.flows.labelling import Known, Labelling
from bot.monitor.flows.loans import WITHIN_S, Answers, Loans, Suspect, suspects
from bot.monitor.flows.people import FlowWatches
from bot.monitor.flows.recall import Recall, market_of
from bot.monitor.flows.words import Said, finished, seen_of, spoken
from bot.monitor.posting import Spoken, deliveries
from bot.ports import (
    ChainQuery,
    Clock,
    FlowChange,
    FlowLog,
    Judgements,
    LabelBook,
    TrackedAsset,
    Verdicts,
    Watches,
)
from bot.subscriptions import StateKey

log = structlog.get_logger()

HOUR_S: Final = 3600
SUMMED: Final = frozenset({FlowKind.INFLOW, FlowKind.OUTFLOW, FlowKind.BETWEEN})
"""Kinds that are kept one by one; moves within an exchange are told at once or never."""


class FlowMonitor:
    """Fits `bot.ports.FlowObserver`. `tracked` are the assets whose transfers are read, `titles` those of all
    watched markets. `reading` False: no flows are wanted, whatever people ask for.
    """

    def __init__(
        self,
        book: Watches,
        judgements: Judgements,
        flows: FlowLog,
        labels: LabelBook,
        chain: ChainQuery,
        *,
        clock: Clock,
        tracked: Callable[[], tuple[TrackedAsset, ...]] = tuple,
        titles: Sequence[str] = (),
        reading: bool = True,
    ) -> None:
        self._judgements = judgements
        self._labelling = Labelling(labels)
        self._query = chain
        self._clock = clock
        self._families = Families(tracked)
        self._reading = reading
        self._recall = Recall(book, judgements, flows, clock, self._trail)
        self._titles = tuple(titles)
        self._known: Known | None = None
        self._locks: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def start(self) -> None:
        """Load what was told before; call once before any watcher runs. StoreError when the store is away."""
        await self._recall.watches()
        await self._recall.states()

    async def flows_wanted(self, chain_id: int) -> bool:
        """Whether anybody asked for flows of this chain; one word with the store."""
        return self._reading and (await self._recall.watches()).wanted(chain_id)

    async def flow_cursor(self, chain_id: int) -> BlockRef | None:
        """The last block decided and saved."""
        return await self._judgements.cursor(market_of(chain_id))

    async def transfers(self, seen: TransfersSeen) -> None:
        """Decide a block and save it with all that follows. One that was decided before changes nothing."""
        async with self._locks[seen.chain_id]:
            watches = await self._recall.watches()
            chain = await self._recall.chain(seen.chain_id)
            if chain.cursor is not None and seen.as_of.number <= chain.cursor.number:
                return
            try:
                await self._decide(seen, chain, watches)
            except BaseException:
                self._recall.forget(seen.chain_id)
                raise

    async def transfers_reorged(self, gone: TransfersReorged) -> None:
        """Take blocks back: what they counted and taught, and what was told of them is corrected."""
        async with self._locks[gone.chain_id]:
            watches = await self._recall.watches()
            chain = await self._recall.chain(gone.chain_id)
            states = await self._recall.states()
            try:
                left = await self._judgements.roll_back(market_of(gone.chain_id), gone.to, taken_back)
                for key, state in left.items():
                    if state is None:
                        states.pop(key, None)
                    else:
                        states[key] = state
                await self._recall.take_back(chain, gone.to)
                empty = TransfersSeen(gone.chain_id, chain.cursor or BlockRef(gone.to, "", 0), ())
                judging = self._sitting(Block(empty, (), (), int(self._clock())), chain, watches, states)
                judging.owed()
                await self._save(judging, chain, watches, Answers(), None, None)
            except BaseException:
                self._recall.forget(gone.chain_id)
                raise
        log.info("rolled back", market=market_of(gone.chain_id), to=gone.to)

    def deposits(self, wallets: Collection[Address]) -> Deposits | None:
        """What these wallets sent to exchanges in the week before now; None when nothing is known of it."""
        return self._recall.deposits.of(wallets, int(self._clock()))

    # ---- inside ---------------------------------------------------------------------------------

    def _trail(self, chain_id: int) -> tuple[Trail, Loans]:
        """Contracts of tokens and labelled addresses are nobody's account."""

        def nobodys(address: Address) -> bool:
            known = self._known
            if self._families.asset(f"{chain_id}/{address}") is not None:
                return True
            return known is not None and known.common.get(chain_id, address) is not None

        return Trail(nobodys), Loans(self._query, self._clock, self._titles)

    async def _decide(self, seen: TransfersSeen, chain: ChainMemory, watches: FlowWatches) -> None:
        states = await self._recall.states()
        self._known = known = await self._labelling.current(watches.homes)
        if self._families.refresh():
            self._recall.drop_sums()
        made = await self._classified(seen, chain, known)
        kept = tuple(flow for flow in made.flows if self._is_kept(flow, watches))
        tallies = joined(
            chain.tallies.begin(seen.as_of.timestamp, hole=seen.missed),
            chain.tallies.add(made.flows),
            chain.tallies.prune(seen.as_of.timestamp),
        )
        chain.trail.note(seen, watches.everybody)
        await chain.loans.note(seen, chain.cursor, watches.everybody)
        if chain.reach_s:
            chain.kept.add(kept)
            chain.kept.drop_before(seen.as_of.timestamp - chain.reach_s)
        own = self._own(seen, made, chain, known)
        block = Block(seen, made.flows, kept, int(self._clock()), own)
        judging = self._sitting(block, chain, watches, states)
        judging.owed()
        judging.everything()
        judging.loans_changed()
        answers, change = (
            await self._asked(judging, chain, watches),
            FlowChange(
                seen.chain_id,
                seen.as_of.number,
                kept,
                tallies,
                made.records,
                made.learned,
                chain.trail.text(),
                chain.trail.oldest,
                chain.loans.noted,
                chain.loans.oldest,
            ),
        )
        await self._save(judging, chain, watches, answers, seen.as_of, change)
        self._recall.deposits.add(kept)
        chain.cursor = seen.as_of
        await self._sweep(chain, seen.as_of.timestamp, states)

    async def _classified(self, seen: TransfersSeen, chain: ChainMemory, known: Known) -> Classified:
        """Who may be learned is asked for code; where the chain is silent nobody is learned now."""
        asked = candidates(seen, known.common, chain.learner)
        contracts, unknown = frozenset[Address](), frozenset[Address]()
        if asked:
            try:
                async with asyncio.timeout(WITHIN_S):
                    contracts = await self._query.contracts(seen.chain_id, asked)
            except (SourceError, TimeoutError) as error:
                unknown = asked
                log.warning("code could not be asked for", chain=seen.chain_id, why=str(error))
        return classify(seen, known.common, chain.learner, contracts, unknown)

    def _own(
        self, seen: TransfersSeen, made: Classified, chain: ChainMemory, known: Known
    ) -> dict[str, tuple[Flow, ...]]:
        """What is something else to a home that has labels of its own. They teach nothing."""
        found: dict[str, tuple[Flow, ...]] = {}
        for home, labels in known.own.items():
            part = known.touched(home, seen)
            if part is None:
                continue
            people = {one for move in part.transfers for one in (move.sender, move.receiver)}
            learner = Learner(seen.chain_id, chain.learner.before(people))
            known_now = {one.address for one in made.learned}
            flows = classify(part, labels, learner, frozenset(people - known_now)).flows
            common, at = set(made.flows), seen.as_of.timestamp
            txs = {move.tx for move in part.transfers}
            own = chain.own[home]
            own.replace((flow for flow in common - set(flows) if flow.tx in txs), at - chain.reach_s)
            found[home] = tuple(flow for flow in flows if flow not in common)
            own.kept.add([flow for flow in found[home] if counts(flow) and flow.kind in SUMMED])
            own.kept.drop_before(at - chain.reach_s)
        return found

    def _is_kept(self, flow: Flow, watches: FlowWatches) -> bool:
        if flow.kind not in SUMMED:
            return False
        if flow.value is not None and counts(flow):
            return True
        return flow.sender in watches.everybody or flow.receiver in watches.everybody

    def _sitting(
        self, block: Block, chain: ChainMemory, watches: FlowWatches, states: dict[StateKey, RuleState]
    ) -> Judging:
        return Judging(block, chain, watches, self._families, states)

    async def _asked(self, judging: Judging, chain: ChainMemory, watches: FlowWatches) -> Answers:
        """One question for all that is about to be said, the largest sums first."""
        about = sorted((one for one in judging.said if one.person), key=lambda one: -one.seen.value)
        accounts = [suspect.account for one in about for suspect in self._suspects(one, chain, watches)]
        return await chain.loans.of(chain.chain_id, accounts)

    def _suspects(self, said: Said, chain: ChainMemory, watches: FlowWatches) -> tuple[Suspect, ...]:
        person = said.person
        if person is None or said.watch.home not in watches.wallets:
            return ()
        largest = max((flow.value or 0 for flow in said.seen.flows), default=0)
        wallets, at = watches.wallets[said.watch.home], said.seen.as_of.timestamp
        return suspects(person, wallets, chain.trail, at, BaseAmount(largest))

    async def _save(
        self,
        judging: Judging,
        chain: ChainMemory,
        watches: FlowWatches,
        answers: Answers,
        as_of: BlockRef | None,
        change: FlowChange | None,
    ) -> None:
        now, watched = int(self._clock()), watches.watched
        told: list[Spoken] = []
        for one in judging.said:
            found = self._suspects(one, chain, watches)
            loans = chain.loans.behind(found, answers, chain.trail, judging.block.seen)
            if one.decision.reason is Reason.CHANGED and not loans:
                judging.unsaid(one, due=bool(answers.unread))
                continue
            decision, severity = finished(one, loans)
            judging.states[one.key] = decision.state
            loudest = Severity(max(severity, decision.memory.severity))
            seen = seen_of(one.seen, loans, answers.unread if found else ())
            place = watched.place(one.watch, loudest)
            told.append(spoken(one, decision, severity, seen, place, now))
        placed = [one for one in told if one.alert.destination]
        if as_of is not None or judging.states:
            said = deliveries(placed, watched.settings, now)
            market = market_of(chain.chain_id)
            await self._judgements.save(Verdicts(market, as_of, judging.states, said, change))
        (await self._recall.states()).update(judging.states)
        for alert in (one.alert for one in told):
            log.info("alert", id=alert.id, reason=alert.reason, severity=alert.severity.name.lower())
            if not alert.destination:
                log.error("no place to say it", home=alert.home, id=alert.id)

    async def _sweep(self, chain: ChainMemory, at: int, states: dict[StateKey, RuleState]) -> None:
        """Once an hour, forget incidents that are long over."""
        if at // HOUR_S == chain.swept_at:
            return
        chain.swept_at = at // HOUR_S
        gone = {
            key
            for key, state in states.items()
            if state.flow is not None and state.flow.chain_id == chain.chain_id and is_over(state, at)
        }
        await self._judgements.drop(gone)
        for key in gone:
            del states[key]
