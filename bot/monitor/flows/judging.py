"""Every flow watch against one block: which incidents open, grow, double, which hours are unusual.

Called by `bot.monitor.flows` once a block; no I/O. What it finds is said after the loans behind it are known.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from bot.domain.alerts import Reason
from bot.domain.flow_corrections import corrected
from bot.domain.flow_rules import (
    FlowDecision,
    counts,
    crossed,
    digest,
    grown,
    retold,
    summed,
    tranches,
    unusual,
)
from bot.domain.flows import Flow, FlowKind, FlowMemory, FlowSeen, Normal
from bot.domain.rules import DigestRule, Rule, RuleState, SumRule, TransferRule, UnusualRule
from bot.domain.units import Address, BaseAmount
from bot.monitor.flows.block import Block, Group
from bot.monitor.flows.chain import ChainMemory, Sums
from bot.monitor.flows.digests import WAYS, Spans
from bot.monitor.flows.filters import Families, lets
from bot.monitor.flows.kept import Window
from bot.monitor.flows.loans import eased_in
from bot.monitor.flows.people import FlowWatches, looks_at, person_of
from bot.monitor.flows.periods import HOUR_S, period_start
from bot.monitor.flows.turn import Turn
from bot.monitor.flows.words import ALL, Said, subject_of
from bot.subscriptions import FlowTarget, StateKey, Watch

NOTHING: Final = frozenset[str]()
UNTOLD: Final = RuleState()
"""One for all: a decision that leaves it as it is has nothing to write down."""


class Judging:
    """One sitting. `states` are those changed, `said` what is to be told."""

    def __init__(
        self,
        block: Block,
        chain: ChainMemory,
        watches: FlowWatches,
        families: Families,
        known: Mapping[StateKey, RuleState],
    ) -> None:
        self.block = block
        self._chain = chain
        self._watches = watches
        self._families = families
        self._known = known
        self._spans = Spans(chain, families)
        self._matched: dict[object, tuple[Flow, ...]] = {}
        self._grouped: dict[object, tuple[Group, ...]] = {}
        self._normals: dict[object, Normal | None] = {}
        self._memories: dict[object, FlowMemory] = {}
        self._asked: set[object] = set()
        self._running: dict[tuple[str, str], set[str]] = defaultdict(set)
        for key in known:
            self._running[key.watch, key.rule].add(key.subject)
        self.states: dict[StateKey, RuleState] = {}
        self.said: list[Said] = []

    def everything(self) -> None:
        """Judge every rule of every watch that looks at this chain."""
        for watch in self._watches.watched.by_flow:
            if looks_at(watch, self._chain.chain_id):
                turn = self._turn(watch)
                for rule in watch.rules:
                    self._judge(turn, rule)
        self._chain.keep_sums(self._asked)

    def owed(self) -> None:
        """Say corrections that are due."""
        for turn, rule, key, state in self._told(lambda memory: memory.owing):
            self._note(turn, rule, key, corrected(state, self.block.now), state.flow)

    def loans_changed(self) -> None:
        """Bring messages up to date whose loans this block made smaller or safer, once each."""
        eased = eased_in(self.block.seen)
        said = {one.key for one in self.said}
        due = self._told(lambda memory: memory.loans_due or not eased.isdisjoint(memory.loans))
        for turn, rule, key, _ in due:
            if key not in said:
                again = retold(
                    self._state(key), self.block.as_of, self.block.now, turn.hush(key), muted=turn.muted
                )
                self._note(turn, rule, key, again)

    def unsaid(self, said: Said, *, due: bool) -> None:
        """What was to be told anew is not there to be told. `due`: later, as nobody could be asked."""
        state = self._known[said.key]
        left = replace(state, flow=state.flow and replace(state.flow, loans_due=due))
        del self.states[said.key]
        if left != state:
            self.states[said.key] = left

    # ---- inside ---------------------------------------------------------------------------------

    def _told(self, wanted: Callable[[FlowMemory], bool]) -> Iterator[tuple[Turn, Rule, StateKey, RuleState]]:
        """What was told by rules that are still there, of this chain."""
        watches = {watch.id: watch for watch in self._watches.watched.by_flow}
        for key, state in self._known.items():
            watch, memory = watches.get(key.watch), state.flow
            if watch is None or memory is None or not wanted(memory):
                continue
            rule = next((one for one in watch.rules if one.key == key.rule), None)
            if rule is not None and memory.chain_id == self._chain.chain_id:
                yield self._turn(watch), rule, key, state

    def _turn(self, watch: Watch) -> Turn:
        settings = self._watches.watched.settings[watch.home]
        muted = max(watch.muted_until, settings.muted_until) > self.block.now
        own = self._chain.own.get(watch.home)
        target = self._watches.filters[watch.id]
        return Turn(watch, target, self._watches.wallets[watch.home], muted, settings.timezone, own)

    def _judge(self, turn: Turn, rule: Rule) -> None:
        match rule:
            case TransferRule():
                self._transfers(turn, rule)
            case SumRule():
                self._sums(turn, rule)
            case UnusualRule() if not (turn.target.senders or turn.target.receivers or turn.muted):
                for kind in WAYS:
                    if kind in turn.target.directions:
                        self._unusual(turn, rule, kind)
            case DigestRule():
                self._digest(turn, rule)

    def _transfers(self, turn: Turn, rule: TransferRule) -> None:
        running = self._running.get((turn.watch.id, rule.key), NOTHING)
        for group in self._groups(turn):
            if group.subject not in running and not group.reaches(rule):
                continue  # nearly all of them, a thousand watches a block
            key = StateKey(turn.watch.id, rule.key, group.subject)
            found = tranches(
                rule,
                group.flows,
                self._about(group.kind, group.person),
                self._state(key),
                self.block.as_of,
                self.block.now,
                turn.hush(key),
                muted=turn.muted,
            )
            self._note(turn, rule, key, found)

    def _groups(self, turn: Turn) -> tuple[Group, ...]:
        """The flows of a filter by whom they are gathered under; without owners the same for all homes."""
        key = (*self._filter(turn), turn.watch.home if turn.wallets.owners else "")
        if key not in self._grouped:
            everybody = self._watches.everybody
            gathered: dict[tuple[str, FlowKind], list[Flow]] = defaultdict(list)
            for flow in self._flows(turn):
                gathered[turn.wallets.incident(_person(flow)), flow.kind].append(flow)
            self._grouped[key] = tuple(
                Group.of(self._chain.chain_id, kind, whom, flows, everybody)
                for (whom, kind), flows in gathered.items()
            )
        return self._grouped[key]

    def _sums(self, turn: Turn, rule: SumRule) -> None:
        rolling = self._rolling(turn, rule)
        now: dict[tuple[str, FlowKind], int] = {}
        for flow in self._flows(turn, kept=True):
            whom = turn.wallets.incident(_person(flow)) if rule.by_sender else ALL
            now[whom, flow.kind] = now.get((whom, flow.kind), 0) + (flow.value or 0)
        if not rule.by_sender:  # also without news: a watch may be younger than what flowed
            now = {(ALL, kind): now.get((ALL, kind), 0) for kind in turn.target.directions}
        for (whom, kind), news in now.items():
            name = f"{kind}:{whom}"
            after = rolling.sum(name)
            key = StateKey(turn.watch.id, rule.key, subject_of(self._chain.chain_id, kind, whom))
            state = self._state(key)
            if not crossed(rule, after - news, after, state):
                continue
            found = summed(
                rule,
                after - news,
                self._summed_up(turn, rule, rolling, name),
                state,
                self.block.as_of,
                self.block.now,
                turn.hush(key),
                muted=turn.muted,
            )
            self._note(turn, rule, key, found)

    def _summed_up(self, turn: Turn, rule: SumRule, rolling: Sums, name: str) -> FlowMemory:
        """The transfers that make a sum up, added up once for all watches that have it."""
        key = (id(rolling), name)
        if key not in self._memories:
            flows = rolling.flows(self._chain, turn.own, name)
            kind = FlowKind(name.partition(":")[0])
            about = self._about(kind, _person(flows[-1]) if rule.by_sender and flows else None)
            self._memories[key] = grown(about, flows, self.block.as_of)
        return self._memories[key]

    def _unusual(self, turn: Turn, rule: UnusualRule, kind: FlowKind) -> None:
        if not any(flow.kind is kind for flow in self._flows(turn)):
            return
        hour = self.block.at - self.block.at % HOUR_S
        key = StateKey(turn.watch.id, rule.key, subject_of(self._chain.chain_id, kind, ALL))
        state = self._state(key)
        if state.flow is not None and state.flow.last == hour:
            return
        normal = self._normal(turn.target, kind, hour)
        found = unusual(rule, normal, hour, self._about(kind, None), state, self.block.as_of, self.block.now)
        if found.reason is Reason.NOTHING_NEW or normal is None:
            return
        until = self.block.at + 1
        sums = self._spans.by_asset(self._spans.sums(turn.target, hour, until), kind)
        seen = FlowSeen(
            self._chain.chain_id,
            self.block.as_of,
            kind,
            self._spans.largest(turn.target, hour, until, kind),
            sum(one.count for one in sums),
            sums,
            normal.hour,
            window_s=HOUR_S,
            normal=normal,
            untraced=not self.block.seen.traced,
        )
        self._say(turn, rule, key, found, seen)

    def _digest(self, turn: Turn, rule: DigestRule) -> None:
        period = period_start(rule.every_s, turn.timezone, self.block.at)
        key = StateKey(turn.watch.id, rule.key, subject_of(self._chain.chain_id, FlowKind.INFLOW, ALL))
        state = self._state(key)
        if state.flow is not None and state.flow.last >= period:
            return
        seen = None
        if state.flow is not None and not turn.muted:
            since = period_start(rule.every_s, turn.timezone, period - 1)
            seen = self._spans.digest(turn.target, since, period, self.block.as_of)
        about = self._about(FlowKind.INFLOW, None)
        found = digest(rule, period, seen is not None, about, state, self.block.as_of, self.block.now)
        if seen is None:
            self.states[key] = found.state
        else:
            self._say(turn, rule, key, found, replace(seen, untraced=not self.block.seen.traced))

    def _filter(self, turn: Turn) -> tuple[FlowTarget, str]:
        """What a filter and a home's own labels let through is the same for all watches of this key."""
        return turn.target, turn.watch.home if turn.own else ""

    def _flows(self, turn: Turn, *, kept: bool = False) -> tuple[Flow, ...]:
        """The block's flows that a filter lets through, found once for all watches that have it."""
        own = self.block.own.get(turn.watch.home)
        key = (*self._filter(turn), kept)
        if key not in self._matched:
            replaced = turn.own.replaced if turn.own else {}
            common = self.block.kept if kept else self.block.flows
            also = (flow for flow in own or () if counts(flow) or not kept)
            self._matched[key] = tuple(
                flow
                for flow in (*(one for one in common if one.id not in replaced), *also)
                if lets(turn.target, flow, self._families.of(flow.asset))
            )
        return self._matched[key]

    def _rolling(self, turn: Turn, rule: SumRule) -> Sums:
        """Shared by all watches that sum up the same."""
        target, families, wallets, own = turn.target, self._families, turn.wallets, turn.own
        home = turn.watch.home if own or (rule.by_sender and wallets.owners) else ""
        key = (target, rule.window_s, rule.by_sender, home, self._watches.watched.version if home else 0)

        def whom(flow: Flow) -> str | None:
            if not lets(target, flow, families.of(flow.asset)):
                return None
            return f"{flow.kind}:{wallets.incident(_person(flow)) if rule.by_sender else ALL}"

        def common(flow: Flow) -> str | None:
            return None if own is not None and flow.id in own.replaced else whom(flow)

        def made() -> Sums:
            return Sums(Window(rule.window_s, common), Window(rule.window_s, whom) if own else None)

        if key not in self._asked:
            self._asked.add(key)
            self._chain.sums_of(key, made).turn(self._chain, own, self.block.at)
        return self._chain.sums_of(key, made)

    def _normal(self, target: FlowTarget, kind: FlowKind, hour: int) -> Normal | None:
        key = (target.assets, target.exchanges, kind)
        if key not in self._normals:  # a month of hours is added up
            contracts = self._families.keys(self._chain.chain_id, target.assets)
            exchanges = target.exchanges
            self._normals[key] = self._chain.tallies.normal(contracts, kind, hour, exchanges=exchanges)
        return self._normals[key]

    def _about(self, kind: FlowKind, who: Address | None) -> FlowMemory:
        return FlowMemory(chain_id=self._chain.chain_id, kind=kind, who=who)

    def _state(self, key: StateKey) -> RuleState:
        return self.states.get(key) or self._known.get(key) or UNTOLD

    def _note(
        self,
        turn: Turn,
        rule: Rule,
        key: StateKey,
        decision: FlowDecision,
        before: FlowMemory | None = None,
    ) -> None:
        """Keep a decision, and what it says of tranches; `before`: what was owed until it is said."""
        if decision.reason is Reason.NOTHING_NEW:
            if decision.state is not self._state(key):
                self.states[key] = decision.state
            return
        memory = decision.memory
        names = turn.wallets
        seen = FlowSeen(
            chain_id=self._chain.chain_id,
            as_of=self.block.as_of,
            kind=memory.kind,
            flows=memory.flows,
            count=memory.count,
            sums=memory.sums,
            value=BaseAmount(memory.value),
            sender=memory.who,
            sender_name=names.names.get(memory.who, "") if memory.who else "",
            accumulates=memory.kind is FlowKind.OUTFLOW
            and any(flow.receiver in names.names for flow in memory.flows),
            window_s=rule.window_s if isinstance(rule, SumRule) else 0,
            retracted=before.retracted if before else (),
            untraced=not self.block.seen.traced,
        )
        self._say(turn, rule, key, decision, seen)

    def _say(self, turn: Turn, rule: Rule, key: StateKey, decision: FlowDecision, seen: FlowSeen) -> None:
        self.states[key] = decision.state
        self.said.append(Said(turn.watch, rule, key, decision, seen))


def _person(flow: Flow) -> Address:
    return person_of(flow.kind, flow.sender, flow.receiver)
