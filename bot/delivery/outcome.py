"""What can come of one attempt: named by `bot.delivery.attempt`, stored by `bot.delivery.worker`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    message_id: str


@dataclass(frozen=True, slots=True)
class Unsaid:
    """There is no need of it any more: acknowledged, and nothing kept of it."""

    why: str


@dataclass(frozen=True, slots=True)
class Again:
    """`told`: the platform said how long to wait."""

    wait_s: float
    everything: bool = False
    maybe_sent: bool = False
    told: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The platform refuses the bot itself: only its owner can cure that."""

    why: str


@dataclass(frozen=True, slots=True)
class Buried:
    why: str


@dataclass(frozen=True, slots=True)
class Gone:
    why: str


@dataclass(frozen=True, slots=True)
class Moved:
    to: str


Outcome = Sent | Unsaid | Again | Refused | Buried | Gone | Moved
