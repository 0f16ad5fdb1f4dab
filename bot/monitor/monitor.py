"""Observation -> rules -> (state + outbox), one block and one transaction at a time.

The watchers call it through `bot.ports.Observer`; it is the only writer of rule states, so it keeps them
in memory and rereads the watches only when their version grew. It speaks no platform and no chain.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from bot.domain.alerts import Reason, Severity
from bot.domain.baskets import Basket
from bot.domain.evaluate import evaluate
from bot.domain.observations import BlockSeen, ChainReorged, Glance, PositionSeen, PriceSeen
from bot.domain.rules import ChangedRule, LiquidatedRule, RuleState, undone
from bot.domain.sight import SIGHT_RULE, judge_sight
from bot.domain.units import BlockRef
from bot.monitor.lookout import Lookout, Sight
from bot.monitor.posting import Spoken, deliveries
from bot.monitor.recorder import Recorder
from bot.monitor.saying import DepositsOf, loudest_of, no_deposits, sight_spoken, spoken_of, with_deposits
from bot.monitor.watched import Watched, applies
from bot.ports import Clock, Following, History, Judgements, Verdicts, Watches
from bot.subscriptions import Pace, StateKey, Watch, subject_id

log = structlog.get_logger()

REMIND_PERCENT: Final = {Pace.OFF: 0, Pace.SLOW: 200, Pace.NORMAL: 100, Pace.FAST: 50}


@dataclass(slots=True)
class _Sitting:
    """What one block, or one look at the clock, leads to."""

    watched: Watched
    now: int
    states: dict[StateKey, RuleState] = field(default_factory=dict)
    spoken: list[Spoken] = field(default_factory=list)


class Monitor:
    """Fits `bot.ports.Observer`. `stale_after_s` is the longest silence of a market that is not told.

    What a block showed goes to `history` too; `baskets` say whose prices belong to a position, `deposits`
    what wallets sent to exchanges.
    """

    def __init__(
        self,
        book: Watches,
        judgements: Judgements,
        *,
        clock: Clock,
        stale_after_s: int,
        history: History | None = None,
        baskets: Iterable[Basket] = (),
        deposits: DepositsOf = no_deposits,
    ) -> None:
        self._book = book
        self._judgements = judgements
        self._clock = clock
        self._stale_after_s = stale_after_s
        self._watched: Watched | None = None
        self._states: dict[StateKey, RuleState] = {}
        self._lookout = Lookout()
        self._health: dict[str, int] = {}
        """Health factor of each subject at the block before, for "was"."""
        self._deposits = deposits
        self._recorder = Recorder(history, baskets) if history else None
        self._one_at_a_time = asyncio.Lock()

    async def start(self) -> None:
        """Load what was told before; call once before any watcher runs. StoreError when the store is away."""
        stored = await self._judgements.load()
        self._states = dict(stored)
        await self._current()
        await self._judgements.drop(stored.keys() - self._states.keys())

    async def following(self) -> Following:
        """What the watchers are to read, cheap while no watch changes."""
        return (await self._current()).following

    async def cursor(self, market: str) -> BlockRef | None:
        """The last block of a market that was decided and saved."""
        return await self._judgements.cursor(market)

    async def block(self, seen: BlockSeen) -> None:
        """Judge everything of one block and save it with what is to be said."""
        watched = await self._decide(seen)
        if self._recorder:
            await self._recorder.note(seen, watched)

    async def _decide(self, seen: BlockSeen) -> Watched:
        async with self._one_at_a_time:
            sitting = _Sitting(await self._current(), int(self._clock()))
            by_account = sitting.watched.by_account
            health: dict[str, int] = {}
            for reading in seen.positions:
                subject = subject_id(seen.market, reading.position.account)
                health[subject] = reading.health_factor
                for watch in by_account.get(reading.position.account, ()):
                    self._judge(sitting, watch, subject, reading)
            for glance in seen.glances:
                subject = subject_id(seen.market, glance.account)
                health[subject] = glance.health_factor
                for watch in by_account.get(glance.account, ()):
                    self._judge(sitting, watch, subject, glance)
            for address, price in seen.prices.items():
                for watch in sitting.watched.by_price.get((seen.market, address), ()):
                    self._judge(sitting, watch, subject_id(seen.market, address), price)
            self._lookout.saw(seen, self._clock())
            self._look(sitting, seen.market)
            await self._save(seen.market, seen.as_of, sitting)
            self._health.update(health)
            return sitting.watched

    async def reorged(self, gone: ChainReorged) -> None:
        """Take back what was observed on blocks that are no more; the next block decides anew."""
        async with self._one_at_a_time:
            left = await self._judgements.roll_back(gone.market, gone.to, undone)
            self._states.update({key: state for key, state in left.items() if state is not None})
        log.info("rolled back", market=gone.market, to=gone.to)

    async def tick(self, markets: Iterable[str]) -> None:
        """Say STALE where there was silence too long; call every few seconds."""
        async with self._one_at_a_time:
            watched = await self._current()
            for market in markets:
                if not self._lookout.knows(market):
                    self._lookout.begin(market, self._clock(), await self._judgements.cursor(market))
                sitting = _Sitting(watched, int(self._clock()))
                self._look(sitting, market)
                if sitting.states:
                    await self._save(market, None, sitting)

    # ---- inside ---------------------------------------------------------------------------------

    async def _current(self) -> Watched:
        version = await self._book.version()
        if self._watched is None or self._watched.version != version:
            watches = await self._book.all()
            settings = await self._book.settings_of({one.home for one in watches})
            self._watched = Watched.of(version, watches, settings)
            known = {watch.id for watch in watches} | settings.keys()
            self._states = {key: state for key, state in self._states.items() if key.watch in known}
        return self._watched

    def _judge(
        self, sitting: _Sitting, watch: Watch, subject: str, seen: PositionSeen | Glance | PriceSeen
    ) -> None:
        now, settings = sitting.now, sitting.watched.settings[watch.home]
        muted = max(watch.muted_until, settings.muted_until) > now
        percent = REMIND_PERCENT[settings.reminder_pace]
        for rule in watch.rules:
            if not applies(rule, watch):
                continue
            if isinstance(seen, Glance) and isinstance(rule, ChangedRule | LiquidatedRule):
                continue  # they ask for events, and what did not move had none
            if muted and not isinstance(rule, LiquidatedRule):
                continue  # a level is judged at the end of the mute; a liquidation would be over by then
            key = StateKey(watch.id, rule.key, subject)
            state = sitting.states.get(key) or self._states.get(key, RuleState())
            hush = watch.hush(rule.key, subject) if watch.hushes else None
            decision = evaluate(rule, seen, state, now, hush, remind_percent=percent)
            if decision.reason is Reason.CHANGED:
                decision = replace(decision, before=self._health.get(subject, 0))
            if decision.state is not state and _worth_saving(decision.state, state):
                sitting.states[key] = decision.state
            if decision.reason is not Reason.NOTHING_NEW:
                whole = seen.look() if isinstance(seen, Glance) else seen
                place = sitting.watched.place(watch, loudest_of(decision))
                told = spoken_of(watch, place, rule, subject, whole, decision, now)
                sitting.spoken.append(with_deposits(told, watch, sitting.watched, self._deposits))

    def _look(self, sitting: _Sitting, market: str) -> None:
        """Judge whether we see: the market, once for each home it concerns, and accounts in it."""
        watched, now = sitting.watched, self._clock()
        told = [key for key in self._states if key.rule == SIGHT_RULE]
        sight, subject = self._lookout.market(market, now), subject_id(market, "sight")
        blind = {key.watch for key in told if key.subject == subject and self._states[key].step}
        if sight.silent_s > self._stale_after_s:
            blind |= watched.concerned(market, self._lookout.may_have)
        for home in blind:
            place = watched.sight_place(home, market, Severity.WARNING) if home in watched.settings else ""
            self._look_at(sitting, StateKey(home, SIGHT_RULE, subject), sight, home, place)
        accounts = set(self._lookout.unread(market))
        accounts |= {watched.account_of[key.watch] for key in told if key.watch in watched.account_of}
        for account in accounts:
            subject = subject_id(market, account)
            seen = self._lookout.account(market, account, now)
            for watch in watched.by_account.get(account, ()):
                key = StateKey(watch.id, SIGHT_RULE, subject)
                place = watched.place(watch, Severity.WARNING)
                self._look_at(sitting, key, seen, watch.home, place, watch)

    def _look_at(
        self,
        sitting: _Sitting,
        key: StateKey,
        sight: Sight,
        home: str,
        place: str,
        watch: Watch | None = None,
    ) -> None:
        settings = sitting.watched.settings.get(home)
        if settings is None or max(settings.muted_until, watch.muted_until if watch else 0) > sitting.now:
            return
        state = self._states.get(key, RuleState())
        decision = judge_sight(sight.silent_s, self._stale_after_s, state, sitting.now, read=sight.read)
        if decision.reason is not Reason.NOTHING_NEW:
            sitting.states[key] = decision.state
            sitting.spoken.append(
                sight_spoken(home, place, key.subject, decision, sight.unseen, sitting.now, watch)
            )

    async def _save(self, market: str, as_of: BlockRef | None, sitting: _Sitting) -> None:
        placed = [one for one in sitting.spoken if one.alert.destination]
        said = deliveries(placed, sitting.watched.settings, sitting.now)
        await self._judgements.save(Verdicts(market, as_of, sitting.states, said))
        self._states.update(sitting.states)
        for alert in (one.alert for one in sitting.spoken):
            log.info("alert", id=alert.id, reason=alert.reason, severity=alert.severity.name.lower())
            if not alert.destination:
                log.error("no place to say it", home=alert.home, id=alert.id)


def _worth_saving(new: RuleState, old: RuleState) -> bool:
    """A state that differs only in its block says nothing new: a quiet block writes only the cursor."""
    return new != replace(old, as_of=new.as_of)
