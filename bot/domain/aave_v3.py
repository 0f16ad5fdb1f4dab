"""Aave v3's account data in integers, equal to `Pool.getUserAccountData` to the wei.

`position()` turns the stored words a watcher kept into a `Position`; `with_prices()` asks what it would be at
other prices. Source of every step: GenericLogic.sol and ReserveLogic.sol of v3.0.2 and v3.6, and between them
aave-v3-origin's docs. Not covered: GHO's discounted debt before 3.4, which is in no stored word of the pool.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain import aave_config as config
from bot.domain.aave_revisions import Rules, rules_of
from bot.domain.aave_state import AccountState, EModeCategory, Holding, MarketState, ReserveState
from bot.domain.aave_totals import owed_value, supplied_value, totals
from bot.domain.fixed_point import (
    compounded_binomial,
    compounded_taylor,
    linear_interest,
    ray_mul,
    ray_mul_ceil,
    ray_mul_floor,
)
from bot.domain.positions import Basis, Owed, Position, Rounding, Supplied
from bot.domain.units import Address, BaseAmount, Bps, RawAmount, Ray


class UnreadError(LookupError):
    """Something the account depends on was not read: there is no position to speak of, healthy or not."""


class UnreadPrice(UnreadError):
    """An asset the account holds has no price (0 is none either)."""


class UnreadReserve(UnreadError):
    """The account holds something in a reserve the market state lacks."""


class UnreadEMode(UnreadError):
    """The account is in an eMode the market state lacks."""


def compounded(rate: Ray, seconds: int, rules: Rules) -> Ray:
    """Growth factor of debt in this release."""
    return compounded_taylor(rate, seconds) if rules.taylor else compounded_binomial(rate, seconds)


def normalized_income(reserve: ReserveState, timestamp: int) -> Ray:
    """The liquidity index accrued to `timestamp` (unix seconds, not before the last update)."""
    if timestamp == reserve.last_update:
        return reserve.liquidity_index
    growth = linear_interest(reserve.liquidity_rate, timestamp - reserve.last_update)
    return Ray(ray_mul(growth, reserve.liquidity_index))


def normalized_debt(reserve: ReserveState, timestamp: int, rules: Rules) -> Ray:
    """The variable borrow index accrued to `timestamp` (unix seconds, not before the last update)."""
    if timestamp == reserve.last_update:
        return reserve.variable_borrow_index
    growth = compounded(reserve.variable_borrow_rate, timestamp - reserve.last_update, rules)
    return Ray(ray_mul(growth, reserve.variable_borrow_index))


def supplied_amount(holding: Holding, reserve: ReserveState, timestamp: int, rules: Rules) -> RawAmount:
    income = normalized_income(reserve, timestamp)
    if rules.rounding is Rounding.PROTOCOL:
        return RawAmount(ray_mul_floor(holding.scaled_supply, income))
    return RawAmount(ray_mul(holding.scaled_supply, income))


def owed_amount(holding: Holding, reserve: ReserveState, timestamp: int, rules: Rules) -> RawAmount:
    """Variable and, where the release has it, stable debt."""
    index = normalized_debt(reserve, timestamp, rules)
    if rules.rounding is Rounding.PROTOCOL:
        return RawAmount(ray_mul_ceil(holding.scaled_debt, index))
    amount = ray_mul(holding.scaled_debt, index)
    if holding.stable is not None and rules.stable_debt:
        growth = compounded(holding.stable.rate, timestamp - holding.stable.since, rules)
        amount += ray_mul(holding.stable.principal, growth)
    return RawAmount(amount)


@dataclass(frozen=True, slots=True)
class InForce:
    """What a reserve means for one account: its own settings or its eMode's."""

    ltv: Bps
    threshold: Bps
    bonus: Bps
    sums: bool
    """The contract sums it into the collateral if the account's flag is on."""


def terms_of(reserve: ReserveState, category: EModeCategory | None, rules: Rules) -> InForce:
    word = reserve.configuration
    own_ltv, own_threshold = config.ltv(word), config.threshold(word)
    sums = rules.emode_decoupled or own_threshold != 0
    if category is not None and _names(category, reserve, rules):
        # until 3.6 a reserve with LTV 0 stayed at 0 inside an eMode
        zero = (
            config.in_bitmap(category.ltvzero_bitmap, reserve.index)
            if rules.emode_decoupled
            else own_ltv == 0
        )
        return InForce(Bps(0) if zero else category.ltv_bps, category.threshold_bps, category.bonus_bps, sums)
    isolated = category is not None and category.isolated and rules.isolated_emode
    return InForce(Bps(0) if isolated else own_ltv, own_threshold, config.bonus(word), sums)


def _names(category: EModeCategory, reserve: ReserveState, rules: Rules) -> bool:
    """Whether the reserve is collateral of the category."""
    if rules.emode_bitmaps:
        return config.in_bitmap(category.collateral_bitmap, reserve.index)
    return config.emode_category(reserve.configuration) == category.id


def price_of(
    market: MarketState, reserve: ReserveState, category: EModeCategory | None, rules: Rules
) -> BaseAmount:
    if (
        category is not None
        and category.price
        and not rules.emode_bitmaps
        and _names(category, reserve, rules)
    ):
        return category.price
    price = market.prices.get(reserve.index, 0)
    if price <= 0:
        raise UnreadPrice(f"{market.market}: no price of {reserve.asset.address}")
    return BaseAmount(price)


def category_of(market: MarketState, account: AccountState) -> EModeCategory | None:
    if account.emode == 0:
        return None
    try:
        return market.emodes[account.emode]
    except KeyError:
        raise UnreadEMode(f"{market.market}: eMode {account.emode} was not read") from None


def position(market: MarketState, account: AccountState) -> Position:
    """The account at the market's block.

    Everything held is listed, also what does not count. Raises `UnreadPrice`, `UnreadReserve` or
    `UnreadEMode` when a held asset's price or reserve, or the account's eMode, is not in `market`.
    """
    rules = rules_of(market.revision)
    category = category_of(market, account)
    supplied: list[Supplied] = []
    owed: list[Owed] = []
    for holding in sorted(account.holdings, key=lambda held: held.reserve):
        reserve = market.reserves.get(holding.reserve)
        if reserve is None:
            raise UnreadReserve(f"{market.market}: reserve {holding.reserve} was not read")
        had = supplied_amount(holding, reserve, market.as_of.timestamp, rules)
        owes = owed_amount(holding, reserve, market.as_of.timestamp, rules)
        if not had and not owes:
            continue
        price = price_of(market, reserve, category, rules)
        unit = reserve.asset.unit
        if had:
            terms = terms_of(reserve, category, rules)
            flag = config.is_collateral(account.configuration, reserve.index)
            supplied.append(
                Supplied(
                    asset=reserve.asset,
                    amount=had,
                    price=price,
                    value=supplied_value(had, price, unit),
                    collateral=flag,
                    counts=flag and terms.sums,
                    ltv_bps=terms.ltv,
                    threshold_bps=terms.threshold,
                    bonus_bps=terms.bonus,
                )
            )
        if owes:
            counts = config.is_borrowing(account.configuration, reserve.index)
            value = owed_value(owes, price, unit, rules.rounding)
            owed.append(Owed(asset=reserve.asset, amount=owes, price=price, value=value, counts=counts))
    return Position(
        market=market.market,
        account=account.account,
        as_of=market.as_of,
        revision=market.revision,
        rounding=rules.rounding,
        base_unit=market.base_unit,
        emode=account.emode,
        emode_label=category.label if category else "",
        supplied=tuple(supplied),
        owed=tuple(owed),
        totals=totals(supplied, owed, rules.rounding),
    )


def with_prices(position: Position, prices: Mapping[Address, BaseAmount]) -> Position:
    """The same parts at other prices, by asset address; assets not named keep theirs."""
    supplied = tuple(
        replace(part, price=price, value=supplied_value(part.amount, price, part.asset.unit))
        for part in position.supplied
        for price in (prices.get(part.asset.address, part.price),)
    )
    owed = tuple(
        replace(part, price=price, value=owed_value(part.amount, price, part.asset.unit, position.rounding))
        for part in position.owed
        for price in (prices.get(part.asset.address, part.price),)
    )
    return recomputed(position, supplied, owed)


def recomputed(position: Position, supplied: tuple[Supplied, ...], owed: tuple[Owed, ...]) -> Position:
    """The position with these parts (their values must be set) and the totals they make; no stored words
    are behind it.
    """
    words = totals(supplied, owed, position.rounding)
    return replace(position, supplied=supplied, owed=owed, totals=words, basis=Basis.COMPUTED, origin=None)
