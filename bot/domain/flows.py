"""What transfers mean: inflow, outflow, internal, between exchanges; and what a person is told of them.

Definitions follow the trade's (Coin Metrics, CryptoQuant): an inflow comes from outside into an exchange,
moves inside one exchange and between two are kept apart. Made by `bot.domain.classify`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.labels import Confidence
from bot.domain.positions import Position
from bot.domain.units import Address, Asset, BaseAmount, BlockRef, RawAmount


class FlowKind(StrEnum):
    """Which way value crossed an exchange's border."""

    INFLOW = "inflow"
    OUTFLOW = "outflow"
    INTERNAL = "internal"
    """Same exchange on both sides: hot to cold, sweeps of deposits that were counted already."""
    BETWEEN = "between"
    """From one exchange to another."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One transfer that touches an exchange, as it is counted."""

    id: str
    """Of the transfer; a sweep that is counted in part has `#` and a word behind it."""
    kind: FlowKind
    chain_id: int
    asset: Asset
    amount: RawAmount
    """What counts: of a sweep only what was not counted when it was deposited."""
    value: BaseAmount | None
    """Dollars (`bot.domain.transfers.USD_UNIT`) at the time of the transfer; None = no price was known."""
    sender: Address
    """Who is behind it: never a pass-through contract, and of a deposit first seen at its sweep the one who
    paid it in (where that is one).
    """
    receiver: Address
    """Where it came to: the exchange's address for an inflow, the person's for an outflow."""
    exchange: str
    """Whose inflow or outflow it is; of BETWEEN the receiving one's."""
    confidence: Confidence
    """Of the label that makes it one; of the weaker where two do."""
    source: str
    """Where that label is from, its first source family."""
    seen: str
    """When that source said so."""
    tx: str
    block: int
    at: int
    """Unix seconds of the block."""
    other: str = ""
    """Of BETWEEN: the exchange it left."""
    via: Address | None = None
    """The deposit address or contract that it passed through."""
    at_sweep: bool = False
    """True when the deposit was not known as one before it was swept: it was made earlier than told."""


class Relation(StrEnum):
    """How who has a loan is related to who sent."""

    SENDER = "sender"
    OWNER = "owner"
    """Another wallet of the same owner."""
    FUNDED = "funded"
    """It withdrew from a market or held coins that reached the sender, by up to two hops within a day."""


@dataclass(frozen=True, slots=True)
class LoanBehind:
    """The loan of whoever is behind a flow: the other half of the story."""

    account: Address
    relation: Relation
    now: Position
    before: Position | None = None
    """Before the first of the loan's moves in these hours; None = not known."""
    debt_change: BaseAmount = BaseAmount(0)
    """Borrowed less repaid since `since`, in the market's base units; negative = repaid."""
    withdrawn: tuple[tuple[Asset, RawAmount], ...] = ()
    """Collateral taken out since `since`."""
    since: int = 0
    """Unix seconds of the first move counted."""
    path: tuple[Address, ...] = ()
    """From the account to the sender, both included, for FUNDED."""


@dataclass(frozen=True, slots=True)
class AssetSum:
    """All amounts of one asset, exact."""

    asset: Asset
    amount: RawAmount
    value: BaseAmount
    count: int


@dataclass(frozen=True, slots=True)
class Deposits:
    """What somebody sent to exchanges since `since` (unix seconds), as far as flows are known."""

    since: int
    sums: tuple[AssetSum, ...]
    """Largest first."""
    exchanges: tuple[str, ...]
    """Where to, by dollars, largest first."""


@dataclass(frozen=True, slots=True)
class Normal:
    """An hour against the asset's own past."""

    hour: BaseAmount
    """Dollars in the hour that is judged."""
    mean: BaseAmount
    """Dollars in a usual hour of the past."""
    deviation: BaseAmount
    """Standard deviation of those hours."""
    hours: int
    """How many hours of the past are known."""


@dataclass(frozen=True, slots=True)
class FlowSeen:
    """What one flow alert tells: the transfers it is about, their sums, and the loan behind them."""

    chain_id: int
    as_of: BlockRef
    kind: FlowKind
    flows: tuple[Flow, ...]
    """Newest first, at most 10; `count` is how many there are."""
    count: int
    sums: tuple[AssetSum, ...]
    """Largest first."""
    value: BaseAmount
    """Dollars of all of them."""
    sender: Address | None = None
    """Whose they all are; None for sums over many."""
    sender_name: str = ""
    """Label, owner or ENS name: hostile text."""
    accumulates: bool = False
    """An outflow to somebody who is watched."""
    window_s: int = 0
    """Seconds summed; 0 = single transfers and their running sum."""
    normal: Normal | None = None
    loans: tuple[LoanBehind, ...] = ()
    """The nearest to liquidation first, at most 3."""
    loans_unread: tuple[str, ...] = ()
    """Titles of markets that could not be asked for loans: no verdict about those."""
    retracted: tuple[str, ...] = ()
    """Transactions told before that are on no block any more."""
    untraced: bool = False
    """The node tells nothing of coins moved by contracts."""
    digest: tuple[tuple[str, BaseAmount, BaseAmount], ...] = ()
    """Of a digest: (exchange, in, out), the largest first."""


@dataclass(frozen=True, slots=True)
class Total:
    """In and out over some span, of one exchange or all. `net` is positive into the exchange."""

    into: RawAmount = RawAmount(0)
    into_value: BaseAmount = BaseAmount(0)
    into_count: int = 0
    out: RawAmount = RawAmount(0)
    out_value: BaseAmount = BaseAmount(0)
    out_count: int = 0

    @property
    def net(self) -> int:
        return self.into - self.out

    @property
    def net_value(self) -> int:
        return self.into_value - self.out_value


@dataclass(frozen=True, slots=True)
class FlowSums:
    """The answer to "what flowed": exact sums by asset and exchange over one window."""

    since: int
    until: int
    by_asset: Mapping[str, Total] = field(default_factory=dict)
    """By `chain_id/contract`."""
    by_exchange: Mapping[str, Total] = field(default_factory=dict)
    """Raw amounts are 0 where several assets are summed; values are dollars."""
    all: Total = field(default_factory=Total)
    largest: tuple[Flow, ...] = ()
    """Single flows by dollars, largest first, at most 10."""
    series: tuple[tuple[int, BaseAmount, BaseAmount], ...] = ()
    """(start of the hour, in, out) in dollars, oldest first."""
    known_since: int = 0
    """Unix seconds since when this chain's flows are known without a hole; later than `since` = say so."""


@dataclass(frozen=True, slots=True)
class FlowMemory:
    """What a flow rule remembers of one incident, beside `RuleState`: its tranches and their running sum.

    Part of the state that `bot.store` journals, so a reorganised block takes it back like any other.
    """

    flows: tuple[Flow, ...] = ()
    """Newest first, at most 10."""
    sums: tuple[AssetSum, ...] = ()
    """Of all tranches, largest first."""
    count: int = 0
    value: BaseAmount = BaseAmount(0)
    opened: int = 0
    """Unix seconds of the first tranche's block."""
    last: int = 0
    """Unix seconds of the newest tranche's block; of a digest the start of the period it is in, of an unusual
    hour that hour.
    """
    rang: BaseAmount = BaseAmount(0)
    """Dollars when a message last rang."""
    rang_count: int = 0
    """Tranches then: where no price was known, it is their number that doubles."""
    severity: int = 0
    """The loudest said in this incident, 0 = none."""
    retracted: tuple[str, ...] = ()
    """Transactions that were told and are on no block any more, until that is said."""
    owing: bool = False
    """What was told is more than what is left, and nobody was told so yet."""
    chain_id: int = 0
    kind: FlowKind = FlowKind.INFLOW
    who: Address | None = None
    """Whose transfers they are; None = of many."""
    loans: tuple[Address, ...] = ()
    """Accounts whose loans its messages told."""
    loans_due: bool = False
    """True when such a loan has changed and could not be told as it is now."""
