"""A block's flows as rules look at them: all of them, and those of one person together. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.flow_rules import counts, reaches
from bot.domain.flows import Flow, FlowKind
from bot.domain.rules import TransferRule
from bot.domain.transfers import USD_UNIT, TransfersSeen
from bot.domain.units import Address, BlockRef
from bot.monitor.flows.people import person_of
from bot.monitor.flows.words import subject_of


@dataclass(frozen=True, slots=True)
class Block:
    """What a block's transfers turned out to be. `kept` are those that sums over time know too."""

    seen: TransfersSeen
    flows: Sequence[Flow]
    kept: Sequence[Flow]
    now: int
    own: Mapping[str, Sequence[Flow]] = field(default_factory=dict)
    """Home -> what its own labels alone make of transfers in this block."""

    @property
    def as_of(self) -> BlockRef:
        return self.seen.as_of

    @property
    def at(self) -> int:
        return self.seen.as_of.timestamp


@dataclass(frozen=True, slots=True)
class Group:
    """What one person (or owner) moved one way in a block, as far as it is more than dust."""

    subject: str
    kind: FlowKind
    person: Address
    flows: tuple[Flow, ...]
    """In the block's order."""
    largest: int
    """Dollars of the largest flow."""

    @classmethod
    def of(
        cls, chain_id: int, kind: FlowKind, whom: str, flows: Sequence[Flow], everybody: Collection[Address]
    ) -> "Group":
        """`everybody` is watched: of them dust counts too."""
        person = person_of(kind, flows[-1].sender, flows[-1].receiver)
        more = tuple(
            flow for flow in flows if counts(flow) or person_of(kind, flow.sender, flow.receiver) in everybody
        )
        largest = max(flow.value or 0 for flow in flows)
        return cls(subject_of(chain_id, kind, whom), kind, person, more, largest)

    def reaches(self, rule: TransferRule) -> bool:
        """Whether one of them is large enough by itself."""
        if not rule.min_amount:
            return bool(rule.min_usd) and self.largest >= rule.min_usd * USD_UNIT
        return any(reaches(rule, flow) for flow in self.flows)
