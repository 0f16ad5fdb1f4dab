"""A position as people mean it, neutral of protocol version: parts, totals and the block they hold for.

Made by `bot.domain.aave_v3`; read by rules, liquidation arithmetic and the composer.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.aave_state import AccountState, MarketState
from bot.domain.units import HF_NO_DEBT, Address, Asset, BaseAmount, BlockRef, Bps, RawAmount, Wad


class Rounding(StrEnum):
    """Which family of Aave v3 arithmetic the deployed revision uses."""

    HALF_UP = "half_up"
    """Revisions 3.0-3.4 (POOL_REVISION 1-8)."""
    PROTOCOL = "protocol"
    """Revisions 3.5-3.7 (POOL_REVISION 9-11): collateral floors, debt ceils."""


class Basis(StrEnum):
    """Who computed the totals of a position."""

    COMPUTED = "computed"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Supplied:
    """One asset supplied. `value` is the amount at `price`, in base units as the contract rounds it."""

    asset: Asset
    amount: RawAmount
    price: BaseAmount
    value: BaseAmount
    collateral: bool
    """The account's own flag; an asset also needs a threshold to count."""
    counts: bool
    """True when the contract sums it into the collateral. From 3.6 on that may be with a threshold of 0,
    which adds nothing to the health factor."""
    ltv_bps: Bps
    threshold_bps: Bps
    bonus_bps: Bps
    """LTV, threshold and bonus in force: the eMode category's where it applies."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One asset owed, variable and (old revisions) stable debt together."""

    asset: Asset
    amount: RawAmount
    price: BaseAmount
    value: BaseAmount
    counts: bool = True
    """False when the account's borrowing flag is off (a residue of old revisions): then not summed."""


@dataclass(frozen=True, slots=True)
class AccountData:
    """The six words of `Pool.getUserAccountData`, in its order."""

    collateral_base: BaseAmount
    debt_base: BaseAmount
    available_borrows_base: BaseAmount
    threshold_bps: Bps
    ltv_bps: Bps
    health_factor: Wad


@dataclass(frozen=True, slots=True)
class Origin:
    """The stored words behind a position: with them cures, what-ifs and time are exact at its block.

    `market` has only the reserves, eModes and prices that the account holds or that lead one of its baskets.
    """

    market: MarketState
    account: AccountState


@dataclass(frozen=True, slots=True)
class Position:
    """One account in one market at one block."""

    market: str
    account: Address
    as_of: BlockRef
    revision: int
    rounding: Rounding
    base_unit: int
    emode: int
    emode_label: str
    supplied: tuple[Supplied, ...]
    owed: tuple[Owed, ...]
    totals: AccountData
    basis: Basis = Basis.COMPUTED
    origin: Origin | None = field(default=None, compare=False, repr=False)
    """None where only the contract's word is known, and in records from before it was kept."""

    @property
    def health_factor(self) -> Wad:
        return self.totals.health_factor

    @property
    def has_debt(self) -> bool:
        return self.totals.health_factor != HF_NO_DEBT

    @property
    def is_empty(self) -> bool:
        """True when nothing is supplied and nothing owed."""
        return not self.supplied and not self.owed
