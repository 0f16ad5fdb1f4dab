"""What a replay showed, as facts: when which rule would have spoken, and how low the position went."""

from dataclasses import dataclass, field

from bot.domain.alerts import Reason, Severity
from bot.domain.rules import Rule
from bot.domain.units import HF_NO_DEBT, Asset
from bot.messages.imagined import Whose

WARNS = frozenset({Reason.FIRST, Reason.WORSENED})
"""What is told ahead of a danger, and not after it."""


@dataclass(frozen=True, slots=True)
class Fired:
    """One alert that would have been said."""

    at: int
    reason: Reason
    severity: Severity
    rule: Rule | None
    level: int = 0
    """In the rule's own unit, 0 = none."""
    health: int = 0
    """Health factor in wad at that block; 0 = it is about none."""
    price: int = 0
    """Of the asset that decides, or the rule's own, in base units; 0 = not known."""
    who: str = ""
    """Whose, where an episode has several wallets: hostile text."""


@dataclass(frozen=True, slots=True)
class LadderPlayed:
    """What one set of rules would have said. `edits` change a message that is there, without a sound."""

    rules: tuple[Rule, ...]
    fired: tuple[Fired, ...] = ()
    messages: int = 0
    edits: int = 0

    def first(self, who: str) -> Fired | None:
        """The first warning of one wallet."""
        return next((one for one in self.fired if one.reason in WARNS and one.who == who), None)


@dataclass(frozen=True, slots=True)
class Course:
    """How a position fared; of several wallets the one that went lowest."""

    who: str = ""
    lowest: int = HF_NO_DEBT
    lowest_at: int = 0
    lowest_price: int = 0
    under_at: int = 0
    """The first block at which anybody could have liquidated it; 0 = never."""
    liquidated_at: int = 0

    @property
    def doom_at(self) -> int:
        """What a warning has to come before; 0 = nothing."""
        return min((at for at in (self.under_at, self.liquidated_at) if at), default=0)

    def ahead_s(self, ladder: LadderPlayed) -> int | None:
        """Seconds from the first warning to liquidation; None when there was none of either, or in time."""
        first = ladder.first(self.who)
        return self.doom_at - first.at if first and self.doom_at and first.at <= self.doom_at else None


@dataclass(frozen=True, slots=True)
class ReplayPlayed:
    """`kind` is an episode's (`recorded`, `dated`, `synthetic`), `history` or `series`."""

    title: str
    """Of the episode: hostile text."""
    kind: str
    starts: int
    ends: int
    blocks: int
    ladders: tuple[LadderPlayed, ...]
    course: Course = field(default_factory=Course)
    asset: Asset | None = None
    """Whose price decides."""
    base_unit: int = 1


@dataclass(frozen=True, slots=True)
class ReplayShown:
    """The answer of /replay."""

    what: str
    """What was typed for a position, empty where a watch or the episode's own wallets were meant."""
    whose: Whose | None
    played: ReplayPlayed
    taken: tuple[tuple[str, str], ...] = ()
    """(asset, what was taken for it)."""


@dataclass(frozen=True, slots=True)
class SeriesFault:
    """A line of prices that cannot be read. `problem` is `time`, `price`, `columns` or `span`."""

    number: int
    problem: str
    wrong: str
    """Hostile text."""


@dataclass(frozen=True, slots=True)
class SeriesRefused:
    """A file of prices with faults, the first of them; `count` are all."""

    faults: tuple[SeriesFault, ...]
    count: int


ReplayAnswer = ReplayShown | SeriesRefused
