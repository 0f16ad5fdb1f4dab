"""The six words of `getUserAccountData` from the parts of a position, in either family of rounding.

Called by `aave_v3` for a position as it is and by `liquidation` for one as it would be. Source: GenericLogic.
"""

from collections.abc import Iterable

from bot.domain.fixed_point import mul_div_ceil, mul_div_floor, percent_mul, percent_mul_floor, wad_div
from bot.domain.positions import AccountData, Owed, Rounding, Supplied
from bot.domain.units import BPS, HF_NO_DEBT, BaseAmount, Bps, Wad


def supplied_value(amount: int, price: int, unit: int) -> BaseAmount:
    """Raw `amount` at `price` (base units a whole token), `unit` raw units to the token."""
    return BaseAmount(mul_div_floor(amount, price, unit))


def owed_value(amount: int, price: int, unit: int, rounding: Rounding) -> BaseAmount:
    """From 3.5 on any debt, however small, is worth at least 1."""
    if rounding is Rounding.PROTOCOL:
        return BaseAmount(mul_div_ceil(amount, price, unit))
    return BaseAmount(mul_div_floor(amount, price, unit))


def health_factor(collateral: int, weighted_threshold: int, debt: int, rounding: Rounding) -> Wad:
    """`weighted_threshold` is the sum of value x threshold in bps.

    Half-up releases truncate the average threshold to whole bps first. There the health factor is a sawtooth:
    a rise of a collateral whose threshold is below the average can lower it by one such step.
    """
    if debt == 0:
        return HF_NO_DEBT
    if rounding is Rounding.PROTOCOL:
        return Wad(wad_div(weighted_threshold, debt) // BPS)
    average = weighted_threshold // collateral if collateral else 0
    return Wad(wad_div(percent_mul(collateral, average), debt))


def totals(supplied: Iterable[Supplied], owed: Iterable[Owed], rounding: Rounding) -> AccountData:
    """The six words of these parts."""
    collateral = weighted_ltv = weighted_threshold = 0
    for part in supplied:
        if part.counts:
            collateral += part.value
            weighted_ltv += part.value * part.ltv_bps
            weighted_threshold += part.value * part.threshold_bps
    debt = sum(part.value for part in owed if part.counts)
    ltv = weighted_ltv // collateral if collateral else 0
    threshold = weighted_threshold // collateral if collateral else 0
    protocol = rounding is Rounding.PROTOCOL
    borrowable = percent_mul_floor(collateral, ltv) if protocol else percent_mul(collateral, ltv)
    return AccountData(
        collateral_base=BaseAmount(collateral),
        debt_base=BaseAmount(debt),
        available_borrows_base=BaseAmount(max(borrowable - debt, 0)),
        threshold_bps=Bps(threshold),
        ltv_bps=Bps(ltv),
        health_factor=health_factor(collateral, weighted_threshold, debt, rounding),
    )
