"""Every Protocol the core needs of the outside; adapters in `bot.store`, `watchers` and `handlers` fit them.

Errors named here are those of `bot.errors`; nothing else may cross a port.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Protocol

from bot.domain.alerts import Alert
from bot.domain.observations import BlockSeen, ChainReorged, PriceSeen
from bot.domain.positions import Position
from bot.domain.rules import RuleState
from bot.domain.units import Address, BlockRef
from bot.messages.model import Message
from bot.subscriptions import ChatSettings, Destination, StateKey, Watch


class Clock(Protocol):
    """Wall-clock unix seconds."""

    def __call__(self) -> float: ...


# ---- the outbox -----------------------------------------------------------------------------------


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
class Delivery:
    """One operation for one destination. `id` is stable: a second append with it changes nothing."""

    id: str
    destination: str
    subject: str
    """Order holds within (destination, subject)."""
    lane: Lane
    operation: Operation
    payload: Alert | Message
    incident: str = ""
    """Under which the platform's message id is stored at acknowledgement; empty = not stored."""
    created_at: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery leased to a worker. `repeated`: an earlier attempt may have been accepted unseen."""

    delivery: Delivery
    token: int
    attempts: int
    repeated: bool
    message_id: str = ""
    """The incident's first message at this destination, empty if none was stored."""


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

    async def moved(self, old: str, new: str) -> None:
        """Follow a migrated chat: queue, watches, settings and message ids go with it."""

    async def message_id(self, destination: str, incident: str) -> str:
        """The platform's id of the incident's first message, empty if unknown."""

    async def counts(self) -> Mapping[str, int]:
        """`waiting`, `dead`, `acked`, `muted`."""


# ---- what was judged, and who watches -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What one block led to: saved in ONE transaction, alerts and cursor with the states they follow from."""

    market: str
    as_of: BlockRef | None
    """The new cursor; None leaves it."""
    states: Mapping[StateKey, RuleState] = field(default_factory=dict)
    deliveries: Sequence[Delivery] = ()


Keep = Callable[[RuleState | None, RuleState | None], RuleState | None]
"""(state now, state before the blocks that are gone) -> what is left of both."""


def as_before(_now: RuleState | None, before: RuleState | None) -> RuleState | None:
    """The blocks might never have been."""
    return before


class Judgements(Protocol):
    """Rule states and cursors. Single writer: the monitor."""

    async def load(self) -> dict[StateKey, RuleState]: ...

    async def save(self, verdicts: Verdicts) -> None:
        """States, journal for roll-back (>= 64 blocks), outbox and cursor, in one transaction."""

    async def cursor(self, market: str) -> BlockRef | None: ...

    async def roll_back(self, market: str, to: int, keep: Keep = ...) -> dict[StateKey, RuleState | None]:
        """Undo all states of `market` decided above block `to`; what they are now (None = none)."""

    async def drop(self, gone: Collection[StateKey]) -> None:
        """Forget states of watches that are no more."""


class WatchBook(Protocol):
    """Watches, settings and people's rights. Written by commands, read by the monitor."""

    async def version(self) -> int:
        """Grows with every change, whichever process made it."""

    async def all(self) -> tuple[Watch, ...]: ...

    async def of(self, destination: str) -> tuple[Watch, ...]:
        """In the order of their numbers."""

    async def add(self, watch: Watch) -> Watch:
        """Store a new watch; id and number are given here (a free number of that destination)."""

    async def put(self, watch: Watch) -> None:
        """Replace a stored watch."""

    async def remove(self, watch: Watch) -> None:
        """Forget a watch and the states of its rules."""

    async def settings(self, destination: str) -> ChatSettings: ...

    async def settings_of(self, destinations: Collection[str]) -> dict[str, ChatSettings]:
        """Those of many chats at once."""

    async def put_settings(self, destination: str, settings: ChatSettings) -> None: ...

    async def last_alert(self, destination: str) -> Alert | None:
        """The newest alert acknowledged for a destination, for /why."""

    async def alert(self, destination: str, incident: str) -> Alert | None:
        """The newest alert of an incident, for its buttons."""

    async def forget(self, destination: str) -> int:
        """Delete every key of a destination, dead letters too; how many watches it had."""

    async def operators(self) -> frozenset[str]:
        """People made operator by code, as `platform/user`."""

    async def add_operator(self, person: str) -> None: ...

    async def former(self, chat: str) -> frozenset[str]:
        """The ids (`platform/chat`) that a chat had before it migrated."""


# ---- chat platforms -------------------------------------------------------------------------------


class Sender(Protocol):
    """The mouth of one platform. Raises RateLimited, Transient, Rejected, DestinationGone or -Moved."""

    @property
    def platform(self) -> str: ...

    async def send(self, to: Destination, message: Message, reply_to: str = "") -> str:
        """Send; the platform's message id. A vanished `reply_to` is not an error."""

    async def edit(self, to: Destination, message_id: str, message: Message) -> None:
        """Replace; an unchanged message is success."""

    async def delete(self, to: Destination, message_id: str) -> None:
        """Delete; an already deleted message is success."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks. `id` is `platform/user`; `name` is hostile text."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """Something a person did in a chat. `id` is the platform's own, so a redelivered one is known."""

    id: str
    place: Destination
    person: Person
    text: str = ""
    press: str = ""
    """Callback data, when a button was pressed."""
    message_id: str = ""
    """The message whose button was pressed."""
    private: bool = True
    """False in groups and channels."""


class Desk(Protocol):
    """What a gateway hands requests to; the answer goes out through the outbox."""

    async def handle(self, request: Request) -> None: ...

    async def notice(self, request: Request) -> str:
        """For a press: handle it and return the short words that the platform flashes, may be empty."""


class Gateway(Protocol):
    """The ears of one platform. `run` returns when cancelled and raises on what a restart may cure."""

    @property
    def platform(self) -> str: ...

    async def run(self, desk: Desk) -> None: ...


# ---- questions to the outside ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A position in a protocol version that we do not watch yet."""

    title: str
    """As people know it, e.g. "Aave v2 Ethereum"."""
    has_debt: bool


@dataclass(frozen=True, slots=True)
class WalletSeen:
    """All that is known of a wallet. `unread`: titles of markets that gave no answer, never "nothing"."""

    positions: tuple[Position, ...]
    elsewhere: tuple[Elsewhere, ...] = ()
    unread: tuple[str, ...] = ()


class PositionQuery(Protocol):
    """Positions on request, of anyone. SourceError only when nothing at all could be read."""

    async def wallet(self, address: Address, market: str = "") -> WalletSeen:
        """All markets, or one by its key."""


class PriceQuery(Protocol):
    """Oracle prices on request."""

    async def prices(self, symbol: str, market: str = "") -> tuple[PriceSeen, ...]:
        """Every asset of that symbol (any case) or address in the watched markets; empty if unknown."""

    def symbols(self) -> tuple[str, ...]:
        """Known symbols, for suggestions."""


class NameQuery(Protocol):
    """ENS, verified forward."""

    async def resolve(self, name: str) -> Address | None:
        """The address a name points at; None when it points nowhere."""

    async def name_of(self, address: Address) -> str:
        """The primary name if it resolves back to the address, else empty."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a market's eyes are. `endpoint` is a host without credentials."""

    market: str
    title: str
    head: BlockRef | None
    seen_at: float
    """Wall clock of the last good reading, 0 = none yet."""
    endpoint: str
    fault: str = ""
    accounts: int = 0
    basis: str = ""
    checked: int = 0
    mismatches: int = 0


class Eyes(Protocol):
    """What /status asks of the watchers."""

    def health(self) -> tuple[SourceHealth, ...]: ...


# ---- from the watchers to the monitor -------------------------------------------------------------


class Observer(Protocol):
    """Where watchers put what they saw; returns when it is decided and saved."""

    async def block(self, seen: BlockSeen) -> None: ...

    async def reorged(self, gone: ChainReorged) -> None: ...

    async def wallets(self) -> tuple[int, frozenset[Address]]:
        """(version, accounts to follow); a watcher asks at each block, cheap when nothing changed."""

    async def cursor(self, market: str) -> BlockRef | None:
        """The last block decided and saved."""
