"""What a position earns and pays a year at the rates a market has now. Called by loops and cards."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from bot.domain.aave_revisions import rules_of
from bot.domain.aave_state import AccountState, Holding, MarketState
from bot.domain.aave_totals import owed_value
from bot.domain.aave_v3 import owed_amount, position
from bot.domain.fixed_point import SECONDS_PER_YEAR, ray_mul
from bot.domain.units import RAY, Address, Ray


@dataclass(frozen=True, slots=True)
class Carry:
    """Yearly figures of a whole account, base units; negative when it pays more than it earns.

    `net_apr` and `net_apy` are shares of the equity (all supplied less all owed), in ray and rounded down;
    None when nothing or less is left of it.
    """

    equity: int
    yearly_apr: int
    """As if nothing compounded."""
    yearly_apy: int
    """As if all interest were reinvested each second."""

    @property
    def net_apr(self) -> int | None:
        return self.yearly_apr * RAY // self.equity if self.equity > 0 else None

    @property
    def net_apy(self) -> int | None:
        return self.yearly_apy * RAY // self.equity if self.equity > 0 else None


def apy(apr: Ray) -> Ray:
    """(1 + apr / year)^year - 1 by the second, by squaring with each product rounded half up.

    As Aave's interface turns a rate into a yield; the pool compounds debt nearly so, and supply whenever the
    reserve is touched.
    """
    result, base, left = RAY, RAY + apr // SECONDS_PER_YEAR, SECONDS_PER_YEAR
    while left:
        if left & 1:
            result = ray_mul(result, base)
        base, left = ray_mul(base, base), left >> 1
    return Ray(result - RAY)


def carry(
    market: MarketState, account: AccountState, own_yield: Mapping[Address, Ray] | None = None
) -> Carry:
    """At the market's rates and block; raises as `aave_v3.position` does.

    `own_yield` is what an asset earns by itself whoever holds it, as an APR by address: staking rewards are
    in wstETH's price and in no rate of the market. Left out, they are not counted. What the account itself
    does to the rates is not in them.
    """
    at, rules = position(market, account), rules_of(market.revision)
    own = own_yield or {}
    reserves = {one.asset.address: one for one in market.reserves.values()}
    holdings = {held.reserve: held for held in account.holdings}
    simple = grown = Fraction(0)
    for part in at.supplied:
        reserve = reserves[part.asset.address]
        for rate in (reserve.liquidity_rate, own.get(part.asset.address, Ray(0))):
            simple += Fraction(part.value * rate, RAY)
            grown += Fraction(part.value * apy(rate), RAY)
    for debt in at.owed:
        reserve = reserves[debt.asset.address]
        held = holdings[reserve.index]
        variable = Holding(held.reserve, scaled_debt=held.scaled_debt)
        amount = owed_amount(variable, reserve, market.as_of.timestamp, rules)
        value = owed_value(amount, debt.price, debt.asset.unit, rules.rounding)
        stable = held.stable.rate if held.stable else Ray(0)
        for share, rate in ((value, reserve.variable_borrow_rate), (debt.value - value, stable)):
            simple -= Fraction(share * rate, RAY)
            grown -= Fraction(share * apy(rate), RAY)
    equity = sum(part.value for part in at.supplied) - sum(part.value for part in at.owed)
    return Carry(equity, simple.__floor__(), grown.__floor__())
