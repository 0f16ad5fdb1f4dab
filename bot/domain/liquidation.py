"""How far a position is from liquidation and what would cure it: prices, distance, amounts to repay or add.

Called by rules, queries and the composer with a `Position`; answers are exact in the contract's arithmetic.
The next liquidation itself (close factor, penalty) is in `close_factor`.
"""

from dataclasses import replace
from fractions import Fraction

from bot.domain.aave_totals import owed_value, supplied_value
from bot.domain.crossing import RAGGED_AT_MOST, Open, everything_but, first_doubled
from bot.domain.positions import Owed, Position, Supplied
from bot.domain.units import BPS, HF_NO_DEBT, WAD, Address, BaseAmount, RawAmount, Wad

LIQUIDATABLE_BELOW = Wad(WAD)
"""HEALTH_FACTOR_LIQUIDATION_THRESHOLD of ValidationLogic.sol."""


def _supplied(position: Position, asset: Address) -> Supplied | None:
    return next((part for part in position.supplied if part.counts and part.asset.address == asset), None)


def _owed(position: Position, asset: Address) -> Owed | None:
    return next((part for part in position.owed if part.counts and part.asset.address == asset), None)


def _by_price(position: Position, asset: Address) -> Open:
    """The position with the asset's price left open, on both sides."""
    supplied, owed = _supplied(position, asset), _owed(position, asset)
    found = everything_but(position, asset, LIQUIDATABLE_BELOW)
    if supplied is not None:
        had, unit = supplied.amount, supplied.asset.unit
        found = replace(found, supplied=lambda price: supplied_value(had, price, unit))
    if owed is not None:
        owes, per, rounding = owed.amount, owed.asset.unit, position.rounding
        found = replace(found, owed=lambda price: owed_value(owes, price, per, rounding))
    if supplied is not None and owed is not None and (net := _net_bps(position, asset)):
        # each side rounds by less than one base unit, their product by half of one
        noise = (supplied.threshold_bps + 2 * BPS) * owed.asset.unit
        found = replace(found, ragged=min(noise // abs(net) + 1, RAGGED_AT_MOST))
    return found


def _net_bps(position: Position, asset: Address) -> int:
    """Raw amount x threshold less raw debt x 100 %: above 0, a rising price helps in the end."""
    supplied, owed = _supplied(position, asset), _owed(position, asset)
    helps = supplied.amount * supplied.threshold_bps if supplied else 0
    return helps - (owed.amount * BPS if owed else 0)


def liquidation_price(position: Position, asset: Address) -> BaseAmount | None:
    """The lowest price of `asset` from which upwards the health factor is at least 1, the others unchanged.

    In base units a whole token; one unit below it the position is liquidatable. For a position that is
    liquidatable now it is the price to rise to. None when no price of the asset decides: it does not count,
    nothing is owed, or the position is healthy even at 0. An asset that is also owed counts net. Where an
    eMode has a price of its own (3.0-3.1) it is the price of this asset alone.
    """
    if _net_bps(position, asset) <= 0:
        return None
    at = _by_price(position, asset)
    supplied = _supplied(position, asset)
    start = supplied.price if supplied else 1
    high = first_doubled(at.surely, start) or first_doubled(at.holds, start)
    failing = at.last_failing(0, 2 * high + at.ragged) if high is not None else None
    return BaseAmount(failing + 1) if failing is not None else None


def upper_price(position: Position, asset: Address) -> BaseAmount | None:
    """The highest price of an owed `asset` up to which the health factor is at least 1, the others unchanged.

    One unit above it the position is liquidatable. None when the asset is not owed (net) or when no price
    keeps the position healthy.
    """
    if _net_bps(position, asset) >= 0:
        return None
    at = _by_price(position, asset)
    owed = _owed(position, asset)
    high = first_doubled(lambda price: not at.holds(price), owed.price if owed else 1)
    failing = at.mirrored().last_failing(-high, 0) if high is not None else None
    return BaseAmount(-failing - 1) if failing is not None else None


def distance(health_factor: Wad) -> Fraction | None:
    """1 - 1/HF: how far all collateral can fall together before liquidation; negative below HF 1.

    None = nothing owed. A health factor of 0 reads as the smallest wad, so that it compares below all others.
    """
    if health_factor == HF_NO_DEBT:
        return None
    return 1 - Fraction(WAD, max(health_factor, 1))


def distance_bps(health_factor: Wad) -> int | None:
    """`distance` in bps, rounded down: never farther than it is."""
    far = distance(health_factor)
    return None if far is None else far.numerator * BPS // far.denominator


def distance_wad(health_factor: Wad) -> int | None:
    """`distance` in wads, rounded down."""
    far = distance(health_factor)
    return None if far is None else far.numerator * WAD // far.denominator


def cure_repay(position: Position, asset: Address, target: Wad) -> RawAmount | None:
    """The smallest raw amount of an owed `asset` whose repayment brings the health factor to `target`.

    One raw unit less does not. 0 when it is there already; None when the asset is not owed or repaying all of
    it is not enough. The chain's own rounding of a repayment may leave one raw unit more than asked.
    """
    owed = _owed(position, asset)
    if owed is None:
        return RawAmount(0) if position.health_factor >= target else None
    had = _supplied(position, asset)
    value = had.value if had else BaseAmount(0)
    owes, price, unit, rounding = owed.amount, owed.price, owed.asset.unit, position.rounding
    at = replace(
        everything_but(position, asset, target),
        supplied=lambda _: value,
        owed=lambda repaid: owed_value(owes - repaid, price, unit, rounding),
    )
    if at.holds(0):
        return RawAmount(0)
    failing = at.last_failing(0, owes)
    return RawAmount(failing + 1) if failing is not None else None


def cure_add(position: Position, asset: Address, target: Wad) -> RawAmount | None:
    """The smallest raw amount of a collateral `asset` from which on the health factor is at least `target`.

    One raw unit less is not enough. 0 when it is there already; None when the asset is no collateral of the
    account.
    """
    had = _supplied(position, asset)
    if had is None:
        return RawAmount(0) if position.health_factor >= target else None
    owed = _owed(position, asset)
    debt = owed.value if owed else BaseAmount(0)
    amount, price, unit = had.amount, had.price, had.asset.unit
    at = replace(
        everything_but(position, asset, target),
        supplied=lambda added: supplied_value(amount + added, price, unit),
        owed=lambda _: debt,
    )
    if at.holds(0):
        return RawAmount(0)
    high = first_doubled(at.surely, amount) or first_doubled(at.holds, amount)
    failing = at.last_failing(0, high) if high is not None else None
    return RawAmount(failing + 1) if failing is not None else None


def round_up_significant(raw: int, digits: int) -> int:
    """`raw` rounded up to so many significant decimal digits: an amount a person can type."""
    excess = len(str(raw)) - digits
    if excess <= 0:
        return raw
    step = int(10**excess)
    return -(-raw // step) * step
