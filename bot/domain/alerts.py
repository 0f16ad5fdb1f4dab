"""Why we speak, how loud, and about what: an alert keeps facts, never text.

Its identity is `(rule, subject, transition)`; composing happens at delivery, in `bot.messages`.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from bot.domain.flows import Deposits, FlowSeen
from bot.domain.observations import PositionSeen, PriceSeen
from bot.domain.rules import Rule
from bot.domain.units import Address, BlockRef


class Reason(StrEnum):
    """Why we speak now; NOTHING_NEW is silence."""

    FIRST = "first"
    WORSENED = "worsened"
    REMINDER = "reminder"
    RESOLVED = "resolved"
    CHANGED = "changed"
    LIQUIDATED = "liquidated"
    STALE = "stale"
    CORRECTED = "corrected"
    """What was told is taken back, whole or in part: its block is no more."""
    NOTHING_NEW = "nothing_new"


class Severity(IntEnum):
    """How loud. WARNING and below are sent silently."""

    NOTICE = 1
    WARNING = 2
    CRITICAL = 3


@dataclass(frozen=True, slots=True)
class WatchRef:
    """Enough of a watch to name it in a message. `title` is a label, an ENS name or empty: hostile text."""

    id: str
    number: int
    title: str
    address: Address | None


@dataclass(frozen=True, slots=True)
class Unseen:
    """A market that could not be read: `last` is the newest block we did read, None = none since start."""

    market: str
    last: BlockRef | None
    silent_s: int
    """Seconds since a reading, at the time of the decision."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to say to one destination. All numbers are those of the decision, whenever it is sent."""

    id: str
    incident: str
    destination: str
    subject: str
    reason: Reason
    severity: Severity
    decided_at: int
    """Unix seconds, wall clock."""
    seen: PositionSeen | PriceSeen | Unseen | FlowSeen
    watch: WatchRef | None = None
    rule: Rule | None = None
    level: int = 0
    """The ladder level crossed, in the rule's own unit (wad, bps or base units); 0 = none."""
    before: int = 0
    """The value as last told, in the same unit; 0 = never told."""
    hush_ended: bool = False
    """True when a snooze or ack ended because it got worse."""
    home: str = ""
    """Whose watch it is; `destination` is only where it is said."""
    deposits: Deposits | None = None
    """What the watched wallet and its owner's others sent to exchanges in the week before, if anything."""

    @property
    def told_as(self) -> str:
        """The id of its delivery, and that under which a group that holds it is known to have said it."""
        return f"{self.id}@{self.destination}"


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """Alerts of one block for one destination, said in one message: the worst first, at least two.

    Its buttons carry `id`; each alert keeps its own incident, whose later messages reply to the common one.
    """

    id: str
    alerts: tuple[Alert, ...]

    @property
    def severity(self) -> Severity:
        return max(alert.severity for alert in self.alerts)
