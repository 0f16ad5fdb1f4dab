"""What is to be said: deliveries, the leases on them, and the outbox that keeps them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Protocol

from bot.domain.alerts import Alert, AlertGroup
from bot.messages.model import Message


class Lane(IntEnum):
    """What goes first between chats and, across subjects, within one."""

    ANSWER = 0
    CRITICAL = 1
    REST = 2


class Operation(StrEnum):
    """What to do at the destination. EDIT and DELETE act on the incident's stored message."""

    SEND = "send"
    REPLY = "reply"
    EDIT = "edit"
    DELETE = "delete"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class ChartOf:
    """The picture of an alert, sent after its words as a reply to them; dropped when it cannot be drawn."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class Delivery:
    """One operation for one destination. `id` is stable: a second append with it changes nothing."""

    id: str
    destination: str
    subject: str
    """Order holds within (destination, subject)."""
    lane: Lane
    operation: Operation
    payload: Alert | AlertGroup | ChartOf | Message
    incident: str = ""
    """Under which the platform's message id is stored at acknowledgement; empty = not stored."""
    created_at: int = 0
    home: str = ""
    """Whose settings it is composed by; empty = the destination's chat."""
    answer_to: str = field(default="", repr=False)
    """The platform's handle of the request that this answers (a Discord interaction), empty = none."""
    not_before: int = 0
    """Unix seconds until which it waits (quiet hours, escalation) without holding up what comes after it,
    unless that is of the same subject: then it goes first. 0 = now.
    """
    if_unattended: bool = False
    """An escalation: said only if by then nobody took its incident up and it is not over; of the end of an
    incident, only if that was told there."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery leased to a worker. `repeated`: an earlier attempt may have been accepted unseen."""

    delivery: Delivery
    token: int
    attempts: int
    repeated: bool
    message_id: str = ""
    """The incident's first message at this destination, empty if none was stored."""
    shared: bool = False
    """That message speaks of other incidents too (an AlertGroup): it is replied to, never edited."""


class Outbox(Protocol):
    """Stored operations not yet acknowledged. StoreError when the store is away."""

    async def append(self, deliveries: Sequence[Delivery]) -> int:
        """Add those with new ids; how many were new."""

    async def claim(self, platform: str) -> Claim | None:
        """Lease the next due delivery of a platform, or None if nothing is due now."""

    async def next_due(self, platform: str) -> float | None:
        """Seconds until something of the platform falls due (0 = now), None when it is empty."""

    async def done(self, claim: Claim, message_id: str = "") -> bool:
        """Acknowledge; False when the lease was lost meanwhile (fencing)."""

    async def release(self, claim: Claim, wait_s: float, *, everything: bool, maybe_sent: bool) -> bool:
        """Give it back, this chat (or the whole platform) frozen for `wait_s`; False: the lease was lost."""

    async def bury(self, claim: Claim, why: str) -> bool:
        """Dead-letter it."""

    async def gone(self, destination: str, why: str) -> int:
        """Dead-letter all that waits for a destination and mute it; how many."""

    async def unmute(self, destination: str) -> bool:
        """Speak to a gone destination again; True when it was muted."""

    async def moved(self, old: str, new: str) -> None:
        """Follow a migrated chat: queue, watches, settings and message ids go with it."""

    async def redirect(self, old: str, new: str) -> None:
        """What waits for a lost destination, and what still comes for it, goes to another of the same
        platform.
        """

    async def message_id(self, destination: str, incident: str) -> str:
        """The platform's id of the incident's first message, empty if unknown."""

    async def counts(self) -> Mapping[str, int]:
        """`waiting`, `dead`, `acked`, `muted`."""
