"""What may be asked: each change is one step, done in the order given by `bot.domain.whatif.engine.apply`.

Assets are named by address; amounts are raw. Negative numbers are mistakes of the caller: ValueError.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.units import BPS, Address, BaseAmount, Bps, RawAmount

EVERYTHING: Final = RawAmount(2**256 - 1)
"""The contract's own way to say "all of it", for `Withdraw` and `Repay`."""
_BONUS_LIMIT: Final = 2**16


def _natural(value: int, what: str) -> None:
    if value < 0:
        raise ValueError(f"{what} cannot be {value}")


def _within(value: int | None, limit: int, what: str) -> None:
    if value is not None and not 0 <= value <= limit:
        raise ValueError(f"{what} is between 0 and {limit} bps, not {value}")


@dataclass(frozen=True, slots=True)
class SetPrices:
    """New oracle prices, base units a whole token; assets not named keep theirs.

    Inside an eMode with a price of its own (3.0-3.1) an asset's price has no say: see `SetCategory`.
    """

    prices: Mapping[Address, BaseAmount]

    def __post_init__(self) -> None:
        if wrong := [asset for asset, price in self.prices.items() if price <= 0]:
            raise ValueError(f"the oracle has no price of 0 or below: {wrong}")


@dataclass(frozen=True, slots=True)
class Supply:
    """The account's wallet is not known here: it is taken to have what it supplies or repays."""

    asset: Address
    amount: RawAmount

    def __post_init__(self) -> None:
        _natural(self.amount, "an amount")


@dataclass(frozen=True, slots=True)
class Withdraw:
    asset: Address
    amount: RawAmount

    def __post_init__(self) -> None:
        _natural(self.amount, "an amount")


@dataclass(frozen=True, slots=True)
class Borrow:
    """At the variable rate."""

    asset: Address
    amount: RawAmount

    def __post_init__(self) -> None:
        _natural(self.amount, "an amount")


@dataclass(frozen=True, slots=True)
class Repay:
    """More than is owed repays what is owed, as on chain. `stable` names the stable debt of 3.0-3.1."""

    asset: Address
    amount: RawAmount
    stable: bool = False

    def __post_init__(self) -> None:
        _natural(self.amount, "an amount")


@dataclass(frozen=True, slots=True)
class SetCollateral:
    asset: Address
    on: bool


@dataclass(frozen=True, slots=True)
class SetEMode:
    """0 leaves eMode."""

    category: int


@dataclass(frozen=True, slots=True)
class SetReserve:
    """Other terms for one reserve; None keeps what it has. What governance would refuse is not refused."""

    asset: Address
    ltv_bps: Bps | None = None
    threshold_bps: Bps | None = None
    bonus_bps: Bps | None = None

    def __post_init__(self) -> None:
        _within(self.ltv_bps, BPS, "an LTV")
        _within(self.threshold_bps, BPS, "a threshold")
        _within(self.bonus_bps, _BONUS_LIMIT - 1, "a bonus")


@dataclass(frozen=True, slots=True)
class SetCategory:
    """Other terms for one eMode; `price` is that of its own oracle (3.0-3.1). None keeps what it has."""

    category: int
    ltv_bps: Bps | None = None
    threshold_bps: Bps | None = None
    bonus_bps: Bps | None = None
    price: BaseAmount | None = None

    def __post_init__(self) -> None:
        _within(self.ltv_bps, BPS, "an LTV")
        _within(self.threshold_bps, BPS, "a threshold")
        _within(self.bonus_bps, _BONUS_LIMIT - 1, "a bonus")
        _natural(self.price or 0, "a price")


@dataclass(frozen=True, slots=True)
class Wait:
    """Time alone, at the rates the market has now: nobody touches it meanwhile."""

    seconds: int

    def __post_init__(self) -> None:
        _natural(self.seconds, "a time")


Change = (
    SetPrices
    | Supply
    | Withdraw
    | Borrow
    | Repay
    | SetCollateral
    | SetEMode
    | SetReserve
    | SetCategory
    | Wait
)
