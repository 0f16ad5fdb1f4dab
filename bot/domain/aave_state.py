"""What a watcher keeps of an Aave v3 market and its accounts: stored words only, nothing accrued.

`bot.domain.aave_v3.position()` turns these into a `Position`; `watchers.aave` fills them from a block.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.units import Address, Asset, BaseAmount, BlockRef, Bps, RawAmount, Ray


@dataclass(frozen=True, slots=True)
class ReserveState:
    """One reserve as `getReserveData` stores it; `configuration` is ReserveConfiguration.sol's bitmap."""

    index: int
    """Place in the reserves list: the account's bit 2i = borrowed, 2i+1 = collateral."""
    asset: Asset
    """Its `decimals` must be the configuration's own (bits 48-55): the contract divides by those."""
    configuration: int
    liquidity_index: Ray
    liquidity_rate: Ray
    variable_borrow_index: Ray
    variable_borrow_rate: Ray
    last_update: int
    a_token: Address
    variable_debt_token: Address
    stable_debt_token: Address | None
    """None where the revision has no stable debt (3.2 and later)."""


@dataclass(frozen=True, slots=True)
class EModeCategory:
    """One eMode. Bitmaps are by reserve index; before 3.2 they are empty: the reserve names its category."""

    id: int
    ltv_bps: Bps
    threshold_bps: Bps
    bonus_bps: Bps
    label: str
    collateral_bitmap: int = 0
    borrowable_bitmap: int = 0
    ltvzero_bitmap: int = 0
    isolated: bool = False
    price: BaseAmount | None = None
    """Price of the category's own oracle (3.0-3.1 only); None or 0 = each asset's own price."""


@dataclass(frozen=True, slots=True)
class MarketState:
    """A market at one block. `prices[i]` is the oracle price of `reserves` index i; missing = unread."""

    market: str
    as_of: BlockRef
    revision: int
    """POOL_REVISION()."""
    base_unit: int
    reserves: Mapping[int, ReserveState]
    emodes: Mapping[int, EModeCategory]
    prices: Mapping[int, BaseAmount]


@dataclass(frozen=True, slots=True)
class StableDebt:
    """Stable debt of one account in one reserve (3.0-3.1)."""

    principal: RawAmount
    rate: Ray
    since: int


@dataclass(frozen=True, slots=True)
class Holding:
    """Scaled balances of one account in one reserve."""

    reserve: int
    scaled_supply: int = 0
    scaled_debt: int = 0
    stable: StableDebt | None = None


@dataclass(frozen=True, slots=True)
class AccountState:
    """One account as stored on chain: its configuration bitmap, its eMode and what it holds."""

    account: Address
    configuration: int
    emode: int
    holdings: tuple[Holding, ...]
