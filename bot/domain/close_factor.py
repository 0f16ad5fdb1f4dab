"""The next liquidation of a position: how much of which debt may be repaid for which collateral and penalty.

Called by queries and the composer. Source: LiquidationLogic.sol of v3.0.2 and v3.6, docs/3.3 and docs/3.7.
"""

from dataclasses import dataclass
from typing import Final

from bot.domain.aave_revisions import Rules, rules_of
from bot.domain.aave_totals import owed_value, supplied_value
from bot.domain.fixed_point import percent_div, percent_div_ceil, percent_mul, percent_mul_floor
from bot.domain.positions import Owed, Position, Rounding, Supplied
from bot.domain.units import BPS, Address, Asset, BaseAmount, Bps, RawAmount, Wad

HALF: Final = Bps(5_000)
"""DEFAULT_LIQUIDATION_CLOSE_FACTOR."""
WHOLE: Final = Bps(BPS)
WHOLE_UP_TO: Final = Wad(95 * 10**16)
"""CLOSE_FACTOR_HF_THRESHOLD: at this health factor and below all debt may be repaid at once."""
SMALL_BELOW: Final = BaseAmount(2_000 * 10**8)
"""MIN_BASE_MAX_CLOSE_FACTOR_THRESHOLD (3.3): under it, on either side, all may be repaid. The contract's
number is meant for a base currency with 8 decimals and does not follow `base_unit`."""
MIN_LEFTOVER: Final = BaseAmount(SMALL_BELOW // 2)
"""MIN_LEFTOVER_BASE (3.3): what a liquidation leaves on either side is nothing or at least this."""


@dataclass(frozen=True, slots=True)
class Liquidation:
    """One liquidation call at its largest. `seize` includes the penalty and the protocol's share of it."""

    debt: Asset
    collateral: Asset
    close_factor_bps: Bps
    repay: RawAmount
    repay_value: BaseAmount
    seize: RawAmount
    seize_value: BaseAmount
    penalty_bps: Bps
    """Bonus less 100 %, the eMode's where it is in force."""


def close_factor(position: Position, debt_asset: Address, collateral_asset: Address) -> Liquidation | None:
    """The largest liquidation of this pair, as the rules stand at the position's health factor.

    For a healthy position it is what a liquidation just below 1 could take at these prices. None when the
    debt is not owed, the collateral cannot be seized, or not one raw unit of either would move.
    """
    pairs = (
        (debt, part)
        for debt in position.owed
        for part in position.supplied
        if (debt.asset.address, part.asset.address) == (debt_asset, collateral_asset)
    )
    return next((_largest(position, *pair) for pair in pairs), None)


def next_liquidation(position: Position) -> Liquidation | None:
    """The pair that pays a liquidator most, by the penalty's value; None where no pair can be liquidated."""
    calls = (
        call
        for debt in position.owed
        for collateral in position.supplied
        if (call := _largest(position, debt, collateral))
    )
    return max(calls, key=lambda call: (call.repay_value * call.penalty_bps, call.repay_value), default=None)


def _largest(position: Position, debt: Owed, collateral: Supplied) -> Liquidation | None:
    if not (debt.counts and collateral.counts and collateral.threshold_bps and collateral.bonus_bps):
        return None
    rules = rules_of(position.revision)
    factor, cap = _cap(position, debt, collateral, rules)
    repay, seize = _limited(debt, collateral, cap, rules)
    if rules.close_factor_whole and repay < debt.amount and seize < collateral.amount:
        repay, seize = _without_dust(debt, collateral, repay, seize, rules)
    if not repay or not seize:
        return None
    return Liquidation(
        debt=debt.asset,
        collateral=collateral.asset,
        close_factor_bps=factor,
        repay=RawAmount(repay),
        repay_value=owed_value(repay, debt.price, debt.asset.unit, position.rounding),
        seize=RawAmount(seize),
        seize_value=supplied_value(seize, collateral.price, collateral.asset.unit),
        penalty_bps=Bps(collateral.bonus_bps - BPS),
    )


def _cap(position: Position, debt: Owed, collateral: Supplied, rules: Rules) -> tuple[Bps, int]:
    """The close factor and the raw debt it allows, before the collateral limits it."""
    half = position.health_factor > WHOLE_UP_TO
    if not rules.close_factor_whole:
        factor = HALF if half else WHOLE
        return factor, percent_mul(debt.amount, factor)
    if not half or debt.value < SMALL_BELOW or collateral.value < SMALL_BELOW:
        return WHOLE, debt.amount
    allowed = percent_mul(position.totals.debt_base, HALF)
    if debt.value <= allowed:
        return HALF, debt.amount
    return HALF, allowed * debt.asset.unit // debt.price


def _limited(debt: Owed, collateral: Supplied, cap: int, rules: Rules) -> tuple[int, int]:
    """(repay, seize) in raw amounts: all of `cap`, or what the collateral held can pay for."""
    paid = debt.price * cap * collateral.asset.unit // (collateral.price * debt.asset.unit)
    multiply = percent_mul_floor if rules.isolated_emode else percent_mul
    seize = multiply(paid, collateral.bonus_bps)
    if seize <= collateral.amount:
        return cap, seize
    return _repay_for(debt, collateral, collateral.amount, rules), collateral.amount


def _repay_for(debt: Owed, collateral: Supplied, seize: int, rules: Rules) -> int:
    worth = collateral.price * seize * debt.asset.unit // (debt.price * collateral.asset.unit)
    divide = percent_div_ceil if rules.rounding is Rounding.PROTOCOL else percent_div
    return divide(worth, collateral.bonus_bps)


def _without_dust(debt: Owed, collateral: Supplied, repay: int, seize: int, rules: Rules) -> tuple[int, int]:
    """The contract refuses to leave dust, so the liquidator asks for less; both sides are worth enough."""
    keep_debt = -(-MIN_LEFTOVER * debt.asset.unit // debt.price)
    keep_collateral = -(-MIN_LEFTOVER * collateral.asset.unit // collateral.price)
    most = collateral.amount - keep_collateral
    if repay > debt.amount - keep_debt:
        repay, seize = _limited(debt, collateral, debt.amount - keep_debt, rules)
    if seize > most:
        repay, seize = _limited(debt, collateral, _repay_for(debt, collateral, most, rules), rules)
    return repay, seize
