"""What the flow monitor remembers of one chain; all but homes' own comes back from the store."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.domain.deposits import Learner
from bot.domain.flows import Flow
from bot.domain.hops import Trail
from bot.domain.tallies import Tallies
from bot.domain.units import BlockRef
from bot.monitor.flows.kept import Kept, Window
from bot.monitor.flows.loans import Loans

REPLACED_AT_EASE: Final = 1_000
"""Kept without a look at their age."""
MARGIN_S: Final = 3600


@dataclass(slots=True)
class Own:
    """What a home's own labels make of transfers, beside what they are to everybody; of this run only."""

    kept: Kept = field(default_factory=Kept)
    replaced: dict[str, Flow] = field(default_factory=dict)
    """By id, flows that are something else to this home."""

    def replace(self, flows: Iterable[Flow], since: int) -> None:
        """Also these are; those of long before `since` (unix seconds) are in no window any more."""
        self.replaced |= {flow.id: flow for flow in flows}
        if len(self.replaced) > REPLACED_AT_EASE:
            oldest = since - MARGIN_S
            self.replaced = {id_: flow for id_, flow in self.replaced.items() if flow.at > oldest}

    def undo(self, to: int) -> None:
        """Forget blocks above `to`."""
        self.kept.undo(to)
        self.replaced = {id_: flow for id_, flow in self.replaced.items() if flow.block <= to}


@dataclass(slots=True)
class Sums:
    """One rolling sum: over everybody's flows, and those that only a home's labels make."""

    common: Window
    own: Window | None = None

    def turn(self, chain: "ChainMemory", own: Own | None, at: int) -> None:
        self.common.turn(chain.kept, at)
        if self.own and own:
            self.own.turn(own.kept, at)

    def sum(self, whom: str) -> int:
        return self.common.sum(whom) + (self.own.sum(whom) if self.own else 0)

    def flows(self, chain: "ChainMemory", own: Own | None, whom: str) -> list[Flow]:
        """Oldest first."""
        found = self.common.flows(chain.kept, whom)
        if self.own and own:
            found = sorted((*found, *self.own.flows(own.kept, whom)), key=lambda flow: flow.block)
        return found


@dataclass(slots=True)
class ChainMemory:
    """`own` and `sums` are of this run only."""

    chain_id: int
    learner: Learner
    tallies: Tallies
    trail: Trail
    loans: Loans
    kept: Kept
    reach_s: int
    """How far back `kept` goes."""
    cursor: BlockRef | None
    own: dict[str, Own] = field(default_factory=lambda: defaultdict(Own))
    """By home."""
    sums: dict[object, Sums] = field(default_factory=dict)
    """By what is summed; made when asked for, dropped when nobody asks any more."""
    swept_at: int = 0
    """The hour in which states that are over were last looked for."""

    def sums_of(self, key: object, make: Callable[[], Sums]) -> Sums:
        found = self.sums.get(key)
        if found is None:
            found = self.sums[key] = make()
        return found

    def keep_sums(self, asked: Iterable[object]) -> None:
        """Forget rolling sums that no rule asked for in this block."""
        left = set(asked)
        if len(left) < len(self.sums):
            self.sums = {key: one for key, one in self.sums.items() if key in left}

    def undo(self, to: int) -> None:
        """Forget blocks above `to`, but for the learner and tallies: those come back from the store."""
        self.trail.undo(to)
        self.loans.undo(to)
        self.kept.undo(to)
        for own in self.own.values():
            own.undo(to)
        self.sums.clear()


def joined(*changes: Mapping[str, str]) -> dict[str, str]:
    """Changed fields of one block, the last word of each."""
    found: dict[str, str] = {}
    for change in changes:
        found |= change
    return found
