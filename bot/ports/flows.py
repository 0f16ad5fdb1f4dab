"""Coins on the move: what the flow watcher reports to, what it answers, where flows are kept and asked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.deposits import DepositAddress
from bot.domain.flows import Flow, FlowSums
from bot.domain.labels import Label
from bot.domain.positions import Position
from bot.domain.transfers import TransfersReorged, TransfersSeen
from bot.domain.units import Address, Asset, BlockRef


@dataclass(frozen=True, slots=True)
class TrackedAsset:
    """An asset whose transfers are read: known by contract, never by the name it gives itself."""

    asset: Asset
    """The symbol is our table's."""
    family: str
    """`eth`, `btc`, `usd` or the folded symbol: what people mean by a name."""
    priced_as: Address
    """The contract whose oracle price is its own (of an aToken its underlying, of the coin its wrapper)."""


class FlowObserver(Protocol):
    """Where a chain's flow watcher puts what it read; returns when it is decided and saved."""

    async def transfers(self, seen: TransfersSeen) -> None: ...

    async def transfers_reorged(self, gone: TransfersReorged) -> None: ...

    async def flow_cursor(self, chain_id: int) -> BlockRef | None:
        """The last block decided and saved."""

    async def flows_wanted(self, chain_id: int) -> bool:
        """Whether anybody asked for flows of this chain; cheap. Without, nothing is read."""


class ChainQuery(Protocol):
    """Questions about accounts that the flow rules need answered. SourceError when a chain is silent."""

    async def contracts(self, chain_id: int, addresses: Collection[Address]) -> frozenset[Address]:
        """Those that have code (an EIP-7702 delegation is none)."""

    async def loans(
        self, chain_id: int, accounts: Collection[Address], at: BlockRef | None = None
    ) -> tuple[tuple[Position, ...], tuple[str, ...]]:
        """Positions with debt of these accounts in every watched market of every chain (of `chain_id` alone,
        at that block's hash, when `at` is given), and titles of markets that could not be read.
        """


@dataclass(frozen=True, slots=True)
class LoansBefore:
    """What an account owed, market by market, before its first large move of a day."""

    account: Address
    as_of: BlockRef
    """The block of that move."""
    positions: tuple[Position, ...] = ()
    """At the block before; none = it owed nothing."""


@dataclass(frozen=True, slots=True)
class FlowChange:
    """What one block leaves behind, in absolute values: writing it twice is writing it once."""

    chain_id: int
    block: int
    flows: tuple[Flow, ...] = ()
    tallies: Mapping[str, str] = field(default_factory=dict)
    """Tally field -> its new text; empty text = forget it."""
    accounts: Mapping[Address, str] = field(default_factory=dict)
    """Address -> the learner's record as text; empty text = forget it."""
    learned: tuple[DepositAddress, ...] = ()
    trail: str = ""
    """What this block adds to the trail of who funded whom (`bot.domain.hops`); empty = nothing."""
    trail_since: int = 0
    """Blocks before it are not needed for the trail any more."""
    before: tuple[LoansBefore, ...] = ()
    """Whose first large move of a day is in this block, and what they owed before it."""
    before_since: int = 0
    """What was owed before moves of earlier blocks is not needed any more."""


class FlowLog(Protocol):
    """What is remembered of flows. Written by the monitor (within `Verdicts`), asked by commands.

    StoreError when the store is away.
    """

    async def load(
        self, chain_id: int, *, since: int = 0
    ) -> tuple[dict[str, str], dict[Address, str], tuple[Flow, ...]]:
        """Tallies, the learner's records, and from `since` on the flows kept one by one (7 days), oldest
        first.
        """

    async def flows(
        self, *, since: int, senders: Collection[Address] = (), assets: Collection[str] = ()
    ) -> tuple[Flow, ...]:
        """Flows kept one by one, newest first; `assets` as `chain_id/contract`."""

    async def sums(
        self, *, since: int, until: int, assets: Collection[str] = (), exchanges: Collection[str] = ()
    ) -> FlowSums:
        """In, out, net, largest, hour by hour."""

    async def trail(self, chain_id: int) -> tuple[str, ...]:
        """What blocks left of the trail of who funded whom, oldest first."""

    async def loans_before(self, chain_id: int) -> tuple[LoansBefore, ...]:
        """What large movers of the last day owed before, in the order of the blocks, then of addresses."""

    async def deposit(self, chain_id: int, address: Address) -> DepositAddress | None: ...


class LabelBook(Protocol):
    """Labels of three layers: the project's table, the operator's own, a home's own; the last goes first."""

    async def version(self) -> int:
        """Grows with every change."""

    async def all(self, home: str = "") -> tuple[Label, ...]:
        """The operator's layer, or with `home` that home's; the project's table is `table()`."""

    def table(self) -> Sequence[Label]: ...

    async def of(self, address: Address, home: str = "") -> tuple[Label, ...]:
        """Everything known of an address on any chain, the strongest layer first."""

    async def put(self, labels: Sequence[Label], home: str = "") -> int:
        """Add or replace; how many were new. UserError `too_many_labels` when they do not fit."""

    async def remove(self, address: Address, home: str = "") -> int:
        """How many went (one a chain)."""
