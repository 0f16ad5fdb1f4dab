"""What a pool keeps of a reserve that no position needs but some refusals do: how much there is, and is lent.

Read by `watchers.aave` only for a question; without it the checks that need it are not made, and said so.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain import aave_config as config
from bot.domain.aave_revisions import Rules
from bot.domain.aave_state import ReserveState, StableDebt
from bot.domain.aave_v3 import compounded
from bot.domain.fixed_point import percent_mul, ray_div, ray_div_floor, ray_mul, ray_mul_floor
from bot.domain.positions import Rounding
from bot.domain.units import Address, RawAmount


@dataclass(frozen=True, slots=True)
class Liquidity:
    """Stored words of one reserve at the market's block."""

    scaled_supply: int
    """aToken.scaledTotalSupply()."""
    scaled_debt: int
    """variableDebtToken.scaledTotalSupply()."""
    accrued_to_treasury: int
    """Scaled: getReserveData's accruedToTreasury."""
    available: RawAmount
    """What can be taken out: getVirtualUnderlyingBalance since 3.1, the aToken's own balance before."""
    isolated_debt_cents: int = 0
    """getReserveData's isolationModeTotalDebt: owed by all whose only collateral this is, in hundredths."""
    stable: StableDebt | None = None
    """stableDebtToken.getSupplyData(): principal, average rate, timestamp (3.0-3.1)."""


class Check(StrEnum):
    """What could not be checked for want of a `Liquidity`."""

    SUPPLY_CAP = "supply_cap"
    BORROW_CAP = "borrow_cap"
    DEBT_CEILING = "debt_ceiling"
    AVAILABLE = "available"


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A check left out; the asset is the reserve whose record was missing."""

    check: Check
    asset: Address


def stable_total(liquidity: Liquidity, at: int, rules: Rules) -> RawAmount:
    """Stable debt of the whole reserve accrued to `at` (unix seconds)."""
    owed = liquidity.stable
    if owed is None or not rules.stable_debt or not owed.principal:
        return RawAmount(0)
    return RawAmount(ray_mul(owed.principal, compounded(owed.rate, at - owed.since, rules)))


def with_treasury(liquidity: Liquidity, before: ReserveState, after: ReserveState, rules: Rules) -> Liquidity:
    """With the treasury's part of the interest between two states of the reserve (_accrueToTreasury)."""
    factor = config.reserve_factor(before.configuration)
    old, new = before.variable_borrow_index, after.variable_borrow_index
    if rules.rounding is Rounding.PROTOCOL:
        accrued = ray_mul_floor(liquidity.scaled_debt, new - old)
        minted = ray_div_floor(percent_mul(accrued, factor), after.liquidity_index)
    else:
        accrued = ray_mul(liquidity.scaled_debt, new) - ray_mul(liquidity.scaled_debt, old)
        # Stable debt is never younger than the reserve's last update: one transaction writes both.
        accrued += stable_total(liquidity, after.last_update, rules)
        accrued -= stable_total(liquidity, before.last_update, rules)
        minted = ray_div(percent_mul(accrued, factor), after.liquidity_index)
    return replace(liquidity, accrued_to_treasury=liquidity.accrued_to_treasury + minted)
