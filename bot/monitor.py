"""Observation -> rules -> (state + outbox), one block and one transaction at a time.

The watchers call it through `bot.ports.Observer`; it is the only writer of rule states, so it keeps them
in memory and rereads the watches only when their version grew. It speaks no platform and no chain.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import structlog

from bot.domain.alerts import Alert, Reason, Unseen
from bot.domain.evaluate import evaluate
from bot.domain.observations import BlockSeen, ChainReorged, Glance, PositionSeen, PriceSeen
from bot.domain.rules import DistanceRule, HealthRule, RuleState
from bot.domain.sight import SIGHT_RULE, judge_sight
from bot.domain.units import Address, BlockRef
from bot.ports import Clock, Judgements, Verdicts, WatchBook
from bot.saying import alert_of, delivery_of, sight_alert
from bot.subscriptions import ChatSettings, PriceTarget, StateKey, WalletTarget, Watch, subject_id

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Watched:
    """The watches as of one version of the book, by what they look at."""

    version: int
    by_wallet: Mapping[Address, tuple[Watch, ...]]
    by_price: Mapping[tuple[str, Address], tuple[Watch, ...]]
    settings: Mapping[str, ChatSettings]

    @classmethod
    def of(cls, version: int, watches: Iterable[Watch], settings: Mapping[str, ChatSettings]) -> "_Watched":
        wallets: dict[Address, list[Watch]] = defaultdict(list)
        prices: dict[tuple[str, Address], list[Watch]] = defaultdict(list)
        for watch in watches:
            match watch.target:
                case WalletTarget(address):
                    wallets[address].append(watch)
                case PriceTarget(market, asset):
                    prices[market, asset.address].append(watch)
        return cls(
            version,
            {address: tuple(found) for address, found in wallets.items()},
            {key: tuple(found) for key, found in prices.items()},
            settings,
        )


class Monitor:
    """Fits `bot.ports.Observer`. `stale_after_s` is the longest silence of a market that is not told."""

    def __init__(self, book: WatchBook, judgements: Judgements, *, clock: Clock, stale_after_s: int) -> None:
        self._book = book
        self._judgements = judgements
        self._clock = clock
        self._stale_after_s = stale_after_s
        self._watched: _Watched | None = None
        self._states: dict[StateKey, RuleState] = {}
        self._last: dict[str, tuple[BlockRef, float]] = {}
        self._since: dict[str, float] = {}
        self._empty: set[tuple[str, Address]] = set()
        self._health: dict[str, int] = {}
        """Health factor of each subject at the reading before, for "was"."""
        self._one_at_a_time = asyncio.Lock()

    async def start(self) -> None:
        """Load what was told before; call once before any watcher runs. StoreError when the store is away."""
        self._states = await self._judgements.load()

    async def wallets(self) -> tuple[int, frozenset[Address]]:
        """(version, accounts to follow)."""
        watched = await self._current()
        return watched.version, frozenset(watched.by_wallet)

    async def cursor(self, market: str) -> BlockRef | None:
        """The last block of a market that was decided and saved."""
        return await self._judgements.cursor(market)

    async def block(self, seen: BlockSeen) -> None:
        """Judge everything of one block and save it with what is to be said."""
        async with self._one_at_a_time:
            watched = await self._current()
            now = int(self._clock())
            states: dict[StateKey, RuleState] = {}
            alerts: list[Alert] = []
            for reading in seen.positions:
                subject = subject_id(seen.market, reading.position.account)
                self._note(reading)
                for watch in watched.by_wallet.get(reading.position.account, ()):
                    self._judge(watched, watch, subject, reading, now, states, alerts)
                self._health[subject] = reading.position.health_factor
            for glance in seen.glances:
                subject = subject_id(seen.market, glance.account)
                for watch in watched.by_wallet.get(glance.account, ()):
                    self._judge(watched, watch, subject, glance, now, states, alerts)
                self._health[subject] = glance.health_factor
            for address, price in seen.prices.items():
                for watch in watched.by_price.get((seen.market, address), ()):
                    subject = subject_id(seen.market, address)
                    self._judge(watched, watch, subject, price, now, states, alerts)
            self._last[seen.market] = (seen.as_of, self._clock())
            self._look(watched, seen.market, now, states, alerts)
            await self._save(seen.market, seen.as_of, states, alerts)

    async def reorged(self, gone: ChainReorged) -> None:
        """Take back what was decided on blocks that are no more; the next block decides anew."""
        async with self._one_at_a_time:
            for key, state in (await self._judgements.roll_back(gone.market, gone.to)).items():
                if state is None:
                    self._states.pop(key, None)
                else:
                    self._states[key] = state
        log.info("rolled back", market=gone.market, to=gone.to)

    async def tick(self, markets: Iterable[str]) -> None:
        """Say STALE where a market has been silent too long; call every few seconds."""
        async with self._one_at_a_time:
            watched = await self._current()
            now = int(self._clock())
            for market in markets:
                self._since.setdefault(market, self._clock())
                states: dict[StateKey, RuleState] = {}
                alerts: list[Alert] = []
                self._look(watched, market, now, states, alerts)
                if states:
                    await self._save(market, None, states, alerts)

    # ---- inside ---------------------------------------------------------------------------------

    async def _current(self) -> _Watched:
        version = await self._book.version()
        if self._watched is None or self._watched.version != version:
            watches = await self._book.all()
            destinations = {watch.destination for watch in watches}
            settings = {one: await self._book.settings(one) for one in destinations}
            self._watched = _Watched.of(version, watches, settings)
            known = {watch.id for watch in watches} | destinations
            self._states = {key: state for key, state in self._states.items() if key.watch in known}
        return self._watched

    def _judge(
        self,
        watched: _Watched,
        watch: Watch,
        subject: str,
        seen: PositionSeen | Glance | PriceSeen,
        now: int,
        states: dict[StateKey, RuleState],
        alerts: list[Alert],
    ) -> None:
        if watch.muted_until > now or watched.settings[watch.destination].muted_until > now:
            return
        for rule in watch.rules:
            if isinstance(seen, Glance) and not isinstance(rule, HealthRule | DistanceRule):
                continue  # what did not move cannot have changed, closed or been liquidated
            key = StateKey(watch.id, rule.key, subject)
            state = states.get(key) or self._states.get(key, RuleState())
            decision = evaluate(rule, seen, state, now, watch.hush(rule.key, subject))
            if decision.reason is Reason.REMINDER and not watched.settings[watch.destination].reminders:
                continue
            if decision.reason is Reason.CHANGED:
                decision = replace(decision, before=self._health.get(subject, 0))
            if decision.state is not state and _worth_saving(decision.state, state):
                states[key] = decision.state
            if decision.reason is not Reason.NOTHING_NEW:
                whole = seen.look() if isinstance(seen, Glance) else seen
                alerts.append(alert_of(watch, rule, subject, whole, decision, now))

    def _look(
        self,
        watched: _Watched,
        market: str,
        now: int,
        states: dict[StateKey, RuleState],
        alerts: list[Alert],
    ) -> None:
        """Judge whether we still see a market, once for each destination that watches in it."""
        last, seen_at = self._last.get(market, (None, self._since.get(market, self._clock())))
        silent = int(self._clock() - seen_at)
        subject = subject_id(market, "sight")
        for destination in self._concerned(watched, market):
            key = StateKey(destination, SIGHT_RULE, subject)
            state = self._states.get(key, RuleState())
            decision = judge_sight(silent, self._stale_after_s, state, now)
            if watched.settings[destination].muted_until > now:
                continue
            if decision.state != state:
                states[key] = decision.state
            if decision.reason is not Reason.NOTHING_NEW:
                seen = Unseen(market, last, silent)
                alerts.append(sight_alert(destination, subject, decision, seen, now))

    def _note(self, seen: PositionSeen) -> None:
        thing = (seen.position.market, seen.position.account)
        if seen.position.is_empty:
            self._empty.add(thing)
        else:
            self._empty.discard(thing)

    def _concerned(self, watched: _Watched, market: str) -> set[str]:
        """Destinations that watch something in a market, or something not known to be absent there."""
        found = {
            watch.destination
            for address, watches in watched.by_wallet.items()
            if (market, address) not in self._empty
            for watch in watches
        }
        for (place, _), watches in watched.by_price.items():
            if place == market:
                found.update(watch.destination for watch in watches)
        return found

    async def _save(
        self,
        market: str,
        as_of: BlockRef | None,
        states: dict[StateKey, RuleState],
        alerts: list[Alert],
    ) -> None:
        deliveries = [delivery_of(alert) for alert in alerts]
        await self._judgements.save(Verdicts(market, as_of, states, deliveries))
        self._states.update(states)
        for alert in alerts:
            log.info("alert", id=alert.id, reason=alert.reason, severity=alert.severity.name.lower())


def _worth_saving(new: RuleState, old: RuleState) -> bool:
    """A state that differs only in its block says nothing new: a quiet block writes only the cursor."""
    return new != replace(old, as_of=new.as_of)
