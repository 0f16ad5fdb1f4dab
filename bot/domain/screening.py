"""Many accounts at once: the exact health factor and nothing else, at a tenth of the cost of a `Position`.

A block touches every account that owes, and nearly none of them has anything to be told. `watchers.aave` asks
a `Screen` for all and makes positions of those that moved; equal to `aave_v3.position` in every state.
"""

from bot.domain import aave_config as config
from bot.domain.aave_revisions import rules_of
from bot.domain.aave_state import AccountState, EModeCategory, MarketState
from bot.domain.aave_totals import health_factor, owed_value
from bot.domain.aave_v3 import (
    UnreadReserve,
    category_of,
    normalized_debt,
    normalized_income,
    owed_amount,
    price_of,
    supplied_amount,
    terms_of,
)
from bot.domain.positions import Rounding
from bot.domain.units import RAY, Wad


class _Terms:
    """One reserve for the accounts of one eMode: all that does not depend on the account."""

    __slots__ = ("debt_index", "income", "price", "reserve", "sums", "threshold", "unit")

    def __init__(self, market: MarketState, index: int, category: EModeCategory | None) -> None:
        rules = rules_of(market.revision)
        reserve = market.reserves.get(index)
        if reserve is None:
            raise UnreadReserve(f"{market.market}: reserve {index} was not read")
        in_force = terms_of(reserve, category, rules)
        self.reserve = reserve
        self.price = price_of(market, reserve, category, rules)
        self.unit = reserve.asset.unit
        self.threshold = int(in_force.threshold)
        self.sums = in_force.sums
        self.income = normalized_income(reserve, market.as_of.timestamp)
        self.debt_index = normalized_debt(reserve, market.as_of.timestamp, rules)


class Screen:
    """A market at one block, made ready for many accounts."""

    __slots__ = ("_categories", "_market", "_protocol", "_rules", "_terms")

    def __init__(self, market: MarketState) -> None:
        self._market = market
        self._rules = rules_of(market.revision)
        self._protocol = self._rules.rounding is Rounding.PROTOCOL
        self._terms: dict[tuple[int, int], _Terms] = {}
        self._categories: dict[int, EModeCategory | None] = {}

    def health_factor(self, account: AccountState) -> Wad:
        """As `position(market, account).health_factor`; raises the same `UnreadError`s."""
        if account.emode not in self._categories:
            self._categories[account.emode] = category_of(self._market, account)
        collateral = weighted = debt = 0
        for holding in account.holdings:
            terms = self._terms_for(
                holding.reserve, account.emode, holding.scaled_supply or holding.scaled_debt
            )
            if terms is None:
                continue
            if self._protocol:
                had = holding.scaled_supply * terms.income // RAY
                owes = -(-holding.scaled_debt * terms.debt_index // RAY)
            else:
                timestamp = self._market.as_of.timestamp
                had = supplied_amount(holding, terms.reserve, timestamp, self._rules)
                owes = owed_amount(holding, terms.reserve, timestamp, self._rules)
            if had and terms.sums and config.is_collateral(account.configuration, holding.reserve):
                value = had * terms.price // terms.unit
                collateral += value
                weighted += value * terms.threshold
            if owes and config.is_borrowing(account.configuration, holding.reserve):
                debt += owed_value(owes, terms.price, terms.unit, self._rules.rounding)
        return health_factor(collateral, weighted, debt, self._rules.rounding)

    def _terms_for(self, index: int, emode: int, scaled: int) -> _Terms | None:
        """None for a holding of nothing, whose reserve may as well be unread."""
        terms = self._terms.get((index, emode))
        if terms is None:
            if not scaled and self._protocol:
                return None
            terms = self._terms[index, emode] = _Terms(self._market, index, self._categories[emode])
        return terms
