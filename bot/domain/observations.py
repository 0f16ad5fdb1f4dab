"""What watchers report: dated, immutable readings, each pinned to one block. The monitor consumes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.aave_state import MarketState
from bot.domain.positions import Position
from bot.domain.units import Address, Asset, BaseAmount, BlockRef, RawAmount, Wad


class MoveKind(StrEnum):
    """What an account did, or was done to it, inside one block."""

    SUPPLY = "supply"
    WITHDRAW = "withdraw"
    BORROW = "borrow"
    REPAY = "repay"
    RECEIVED = "received"
    SENT = "sent"
    COLLATERAL_ON = "collateral_on"
    COLLATERAL_OFF = "collateral_off"
    EMODE = "emode"


@dataclass(frozen=True, slots=True)
class Move:
    """One change of a position. `value` is in base units at the block's price; None without an asset."""

    kind: MoveKind
    tx: str
    asset: Asset | None = None
    amount: RawAmount = RawAmount(0)
    value: BaseAmount | None = None
    emode: int = 0


@dataclass(frozen=True, slots=True)
class Liquidation:
    """One LiquidationCall: what was seized and repaid, each valued at the block's oracle price."""

    tx: str
    collateral: Asset
    seized: RawAmount
    seized_value: BaseAmount
    debt: Asset
    repaid: RawAmount
    repaid_value: BaseAmount
    liquidator: Address


@dataclass(frozen=True, slots=True)
class PositionSeen:
    """One account in one market at one block, with what happened to it since the reading before."""

    position: Position
    moves: tuple[Move, ...] = ()
    liquidations: tuple[Liquidation, ...] = ()
    gap: bool = False
    """True when blocks before this one could not be read: moves inside the gap are unknown."""

    @property
    def as_of(self) -> BlockRef:
        return self.position.as_of

    @property
    def health_factor(self) -> Wad:
        return self.position.health_factor

    @property
    def is_empty(self) -> bool:
        return self.position.is_empty


@dataclass(frozen=True, slots=True)
class Glance:
    """An account that did not move: its exact health factor, by new prices and interest.

    Nearly none of them leads to a word, so the whole position is made only when asked for: `look()` is pure
    and gives the same health factor.
    """

    account: Address
    as_of: BlockRef
    health_factor: Wad
    look: Callable[[], PositionSeen]
    is_empty: bool = False
    """Nothing supplied and nothing owed."""


@dataclass(frozen=True, slots=True)
class PriceSeen:
    """The oracle price of one asset of a market at a block; `base_unit` makes one unit of currency."""

    market: str
    asset: Asset
    price: BaseAmount
    base_unit: int
    as_of: BlockRef


@dataclass(frozen=True, slots=True)
class BlockSeen:
    """Everything a market's watcher read at one block: one of these per market and block."""

    market: str
    as_of: BlockRef
    prices: Mapping[Address, PriceSeen]
    positions: tuple[PositionSeen, ...]
    """Accounts that moved, are new, or whose totals are the contract's word."""
    glances: tuple[Glance, ...] = ()
    """All others that are followed and can be known."""
    unread: tuple[Address, ...] = ()
    """Followed accounts that cannot be known at this block: neither healthy nor gone."""
    words: MarketState | None = field(default=None, compare=False, repr=False)
    """The whole market as it is stored at this block, for whoever records."""


@dataclass(frozen=True, slots=True)
class ChainReorged:
    """Blocks above `to` are gone from this market's chain: what was decided on them is to be undone."""

    market: str
    to: int
