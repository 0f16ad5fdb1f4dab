"""Every flow watch against one block: which incidents open, grow, double, which hours are unusual.

Called by `bot.monitor.flows` once a block; no I/O. What it finds is said after the loans behind it are known.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.alerts import Reason
from bot.domain.flow_corrections import corrected
from bot.domain.flow_rules import FlowDecision, counts, crossed, reaches, summed, tranches, unusual
from bot.domain.flows import Flow, FlowKind, FlowMemory, Normal
from bot.domain.rules import DigestRule, FlowRule, Hush, RuleState, SumRule, TransferRule, UnusualRule
from bot.domain.transfers import TransfersSeen
from bot.domain.units import Address, BlockRef
from bot.monitor.flows.chain import ChainMemory, Sums
from bot.monitor.flows.digests import Digests
from bot.monitor.flows.filters import Families, lets
from bot.monitor.flows.kept import Window
from bot.monitor.flows.people import FlowWatches, Wallets, looks_at, person_of
from bot.monitor.flows.words import Said, subject_of
from bot.subscriptions import FlowTarget, StateKey, Watch

HOUR_S = 3600
ALL = "all"
WAYS = (FlowKind.INFLOW, FlowKind.OUTFLOW)


@dataclass(frozen=True, slots=True)
class Block:
    """What a block's transfers turned out to be."""

    seen: TransfersSeen
    flows: Sequence[Flow]
    own: Mapping[str, Sequence[Flow]] = field(default_factory=dict)
    """Home -> the block's flows as its own labels make them, where they make any difference."""
    now: int = 0

    @property
    def as_of(self) -> BlockRef:
        return self.seen.as_of

    @property
    def at(self) -> int:
        return self.seen.as_of.timestamp


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
        self._block = block
        self._chain = chain
        self._watches = watches
        self._families = families
        self._known = known
        self._matched: dict[object, tuple[Flow, ...]] = {}
        self._normals: dict[object, Normal | None] = {}
        self._asked: set[object] = set()
        self._digests = Digests(chain, families)
        self.states: dict[StateKey, RuleState] = {}
        self.said: list[Said] = []

    def everything(self) -> None:
        for watch in self._watches.watched.by_flow:
            if looks_at(watch, self._chain.chain_id):
                for rule in watch.rules:
                    self._judge(watch, rule)  # type: ignore[arg-type]  a flow watch has flow rules
        self._chain.keep_sums(self._asked)

    def owed(self) -> None:
        """Corrections that were decided, but not said before the program ended."""
        for watch in self._watches.watched.by_flow:
            rules = {rule.key: rule for rule in watch.rules}
            for key, state in self._known.items():
                if key.watch == watch.id and key.rule in rules and state.flow is not None:
                    if state.flow.owing and state.flow.chain_id == self._chain.chain_id:
                        self._note(watch, rules[key.rule], key, state)  # type: ignore[arg-type]  as above
