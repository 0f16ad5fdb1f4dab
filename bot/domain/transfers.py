"""Coins that move, as a chain tells them: transfers and what accounts did in lending markets, block by block.

Watchers report them for every account, unfiltered, of tracked assets only; what they mean between exchanges
and everybody else is `bot.domain.flows`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bot.domain.observations import MoveKind
from bot.domain.units import Address, Asset, BaseAmount, BlockRef, RawAmount

NATIVE: Final = Address("0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE")
"""Stands for a chain's own coin where a contract is expected (ERC-7528)."""
USD_UNIT: Final = 10**8
"""One dollar in every `value` of a flow."""


class Channel(StrEnum):
    """How an amount travelled."""

    NATIVE = "native"
    """The value of a transaction itself."""
    INTERNAL = "internal"
    """The chain's coin, sent by a contract inside a transaction: seen in traces only."""
    TOKEN = "token"  # noqa: S105  no password
    """An ERC-20 Transfer log of a tracked contract."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One amount that changed hands. Zero amounts, self-transfers and failed transactions are left out."""

    asset: Asset
    sender: Address
    receiver: Address
    amount: RawAmount
    tx: str
    index: int
    """Its place in the block, rising with execution as far as the node tells; with `channel` and `tx` it is
    the transfer's identity.
    """
    channel: Channel
    origin: Address
    """Who signed the transaction; empty where the node did not tell."""

    @property
    def id(self) -> str:
        return f"{self.tx}:{self.channel}:{self.index}"


@dataclass(frozen=True, slots=True)
class LoanMove:
    """What an account did in a lending market: SUPPLY, WITHDRAW, BORROW, REPAY (liquidations: as REPAY)."""

    market: str
    kind: MoveKind
    account: Address
    """Whose position moved."""
    other: Address
    """Who received what was withdrawn or borrowed, who paid what was supplied or repaid."""
    asset: Asset
    amount: RawAmount
    tx: str
    index: int


@dataclass(frozen=True, slots=True)
class TransfersSeen:
    """All tracked transfers of one block, in its order. One of these per block, none skipped."""

    chain_id: int
    as_of: BlockRef
    transfers: tuple[Transfer, ...]
    loans: tuple[LoanMove, ...] = ()
    prices: Mapping[Address, BaseAmount] = field(default_factory=dict)
    """Dollars (`USD_UNIT`) a whole token, by contract, NATIVE among them; absent = could not be read."""
    priced_at: BlockRef | None = None
    """The block of the prices where that is another one (after a pause), None = this one."""
    wrapper: Address | None = None
    """The contract that wraps the chain's coin one to one; None = not told: then by its symbol."""
    traced: bool = True
    """False: the chain's coin moved by contracts is not seen at this block."""
    missed: bool = False
    """True when blocks before this one could not be read: their transfers are unknown."""

    def value(self, asset: Asset, amount: int) -> BaseAmount | None:
        """In dollars (`USD_UNIT`), rounded down; None when the price is not known."""
        price = self.prices.get(asset.address)
        return None if price is None else BaseAmount(amount * price // asset.unit)


@dataclass(frozen=True, slots=True)
class TransfersReorged:
    """Blocks above `to` are gone from this chain: what they moved never happened."""

    chain_id: int
    to: int
