"""What a loop is asked to be and what comes of it. Computed by `bot.domain.loops`, shown by its command."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

from bot.domain.carry import Carry
from bot.domain.positions import Position
from bot.domain.units import BPS, Address, BaseAmount, RawAmount, Ray, Wad
from bot.domain.whatif.changes import Change
from bot.domain.whatif.engine import Outcome
from bot.domain.whatif.refusals import Reason

MOST_ROUNDS: Final = 50


@dataclass(frozen=True, slots=True)
class TargetLtv:
    """Until debt / collateral is this share: as much as fits, never more."""

    ltv: Fraction

    def __post_init__(self) -> None:
        if not 0 <= self.ltv < 1:
            raise ValueError(f"an LTV is from 0 to under 1, not {self.ltv}")


def leverage(times: Fraction) -> TargetLtv:
    """Collateral / (collateral - debt), 1 = none: leverage L is the LTV 1 - 1/L."""
    if times < 1:
        raise ValueError(f"leverage is 1 or more, not {times}")
    return TargetLtv(1 - 1 / times)


@dataclass(frozen=True, slots=True)
class Rounds:
    """So many rounds, each borrowing `share_bps` of what the market would lend then."""

    count: int
    share_bps: int = BPS

    def __post_init__(self) -> None:
        if not 0 <= self.count <= MOST_ROUNDS or not 0 < self.share_bps <= BPS:
            raise ValueError(f"0 to {MOST_ROUNDS} rounds of 1 to {BPS} bps, not {self}")


@dataclass(frozen=True, slots=True)
class Loop:
    """What is wanted. `amount` is raw, of `collateral`; the costs of a swap are bps of what goes in."""

    collateral: Address
    debt: Address
    amount: RawAmount
    goal: TargetLtv | Rounds
    emode: int | None = None
    """The eMode to be entered first; None keeps the account's."""
    fee_bps: int = 0
    slippage_bps: int = 0
    falling: Collection[Address] = ()
    """What falls in `Looped.falls` beside the collateral: the rest of its basket, if that is asked."""
    own_yield: Mapping[Address, Ray] = field(default_factory=dict)
    """See `carry`."""

    def __post_init__(self) -> None:
        if min(self.fee_bps, self.slippage_bps) < 0 or max(self.fee_bps, self.slippage_bps) >= BPS:
            raise ValueError("a swap costs from 0 to under 100 %")
        if self.amount < 0:
            raise ValueError("an amount is not negative")

    @property
    def kept(self) -> Fraction:
        """What a swap leaves of a value."""
        return Fraction((BPS - self.fee_bps) * (BPS - self.slippage_bps), BPS * BPS)


@dataclass(frozen=True, slots=True)
class Round:
    """One round: raw amounts, and the health factor after its deposit."""

    borrowed: RawAmount
    deposited: RawAmount
    health_factor: Wad


@dataclass(frozen=True, slots=True)
class Fall:
    """The position when prices are `bps` lower, nothing else moved."""

    bps: int
    position: Position


@dataclass(frozen=True, slots=True)
class Looped:
    """Where the loop ends. Its account can be watched like any other."""

    outcome: Outcome
    """With the checks that were left out for want of a `Liquidity`."""
    position: Position
    rounds: tuple[Round, ...]
    leverage: Fraction | None
    """Collateral / (collateral - debt) of the whole account; None when nothing is left of it."""
    liquidation_price: BaseAmount | None
    """Of the collateral alone: for a debt that moves with it that is a matter of their exchange rate."""
    carry: Carry
    falls: tuple[Fall, ...]


class Step(StrEnum):
    """What the market refuses."""

    EMODE = "emode"
    DEPOSIT = "deposit"
    BORROW = "borrow"


@dataclass(frozen=True, slots=True)
class LoopRefused:
    """The first step that the market would not allow; round 0 is the first deposit."""

    reason: Reason
    """COLLATERAL_CANNOT_COVER_NEW_BORROW: the LTV is reached before the goal is."""
    step: Step
    round: int
    change: Change
    """What was tried."""
    asset: Address | None
    """The asset in the way, where it is not the one acted on."""
    reached: Looped
    """How far it came."""
