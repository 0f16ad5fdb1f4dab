"""A market and one account between two steps of a what-if, and the small moves that all steps are made of.

Immutable: every move answers a new draft, so that a refused step leaves nothing behind.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.domain import aave_config as config
from bot.domain.aave_revisions import Rules, rules_of
from bot.domain.aave_state import AccountState, EModeCategory, Holding, MarketState, ReserveState
from bot.domain.aave_v3 import UnreadReserve, category_of, normalized_debt, normalized_income
from bot.domain.units import Address
from bot.domain.whatif.liquidity import Check, Liquidity, Unchecked, with_treasury


@dataclass(frozen=True, slots=True)
class Draft:
    market: MarketState
    account: AccountState
    liquidity: Mapping[int, Liquidity] = field(default_factory=dict)
    unchecked: frozenset[Unchecked] = frozenset()

    @property
    def rules(self) -> Rules:
        return rules_of(self.market.revision)

    @property
    def now(self) -> int:
        return self.market.as_of.timestamp

    @property
    def category(self) -> EModeCategory | None:
        """Raises UnreadEMode."""
        return category_of(self.market, self.account)

    def reserve(self, asset: Address) -> ReserveState:
        """Raises UnreadReserve for an asset that the market state lacks."""
        for one in self.market.reserves.values():
            if one.asset.address == asset:
                return one
        raise UnreadReserve(f"{self.market.market}: no reserve of {asset}")

    def holding(self, index: int) -> Holding:
        return next((held for held in self.account.holdings if held.reserve == index), Holding(index))

    def is_collateral(self, index: int) -> bool:
        return config.is_collateral(self.account.configuration, index)

    def is_borrowing(self, index: int) -> bool:
        return config.is_borrowing(self.account.configuration, index)

    @property
    def collateral(self) -> tuple[ReserveState, ...]:
        """Reserves whose collateral flag is on, held or not."""
        return self._flagged(self.account.configuration >> 1)

    @property
    def borrowed(self) -> tuple[ReserveState, ...]:
        """Reserves whose borrowing flag is on."""
        return self._flagged(self.account.configuration)

    def _flagged(self, word: int) -> tuple[ReserveState, ...]:
        """Known reserves whose even bit is set in `word`, by index."""
        reserves = self.market.reserves
        indexes = range((word.bit_length() + 1) // 2)
        return tuple(reserves[i] for i in indexes if word >> 2 * i & 1 and i in reserves)

    # --- moves ---

    def with_reserve(self, reserve: ReserveState) -> "Draft":
        reserves = {**self.market.reserves, reserve.index: reserve}
        return replace(self, market=replace(self.market, reserves=reserves))

    def with_holding(self, held: Holding) -> "Draft":
        others = [one for one in self.account.holdings if one.reserve != held.reserve]
        if held.scaled_supply or held.scaled_debt or held.stable is not None:
            others.append(held)
        holdings = tuple(sorted(others, key=lambda one: one.reserve))
        return replace(self, account=replace(self.account, holdings=holdings))

    def with_collateral(self, index: int, *, on: bool) -> "Draft":
        word = config.with_collateral(self.account.configuration, index, on=on)
        return replace(self, account=replace(self.account, configuration=word))

    def with_borrowing(self, index: int, *, on: bool) -> "Draft":
        word = config.with_borrowing(self.account.configuration, index, on=on)
        return replace(self, account=replace(self.account, configuration=word))

    def with_liquidity(self, index: int, liquidity: Liquidity) -> "Draft":
        return replace(self, liquidity={**self.liquidity, index: liquidity})

    def known(self, reserve: ReserveState, check: Check) -> "tuple[Draft, Liquidity | None]":
        """The reserve's record; without one the draft remembers that `check` was not made."""
        found = self.liquidity.get(reserve.index)
        if found is not None:
            return self, found
        missing = Unchecked(check, reserve.asset.address)
        return replace(self, unchecked=self.unchecked | {missing}), None

    def touched(self, index: int) -> "Draft":
        """Indexes stored as of now, as every transaction on a reserve does first (ReserveLogic, updateState).

        A reserve that nobody owes keeps its borrow index; without its record it is taken to be owed.
        """
        reserve = self.market.reserves[index]
        if reserve.last_update == self.now:
            return self
        known = self.liquidity.get(index)
        owed = known is None or known.scaled_debt != 0
        debt_index = normalized_debt(reserve, self.now, self.rules) if owed else reserve.variable_borrow_index
        fresh = replace(
            reserve,
            liquidity_index=normalized_income(reserve, self.now),
            variable_borrow_index=debt_index,
            last_update=self.now,
        )
        draft = self.with_reserve(fresh)
        if known is None:
            return draft
        return draft.with_liquidity(index, with_treasury(known, reserve, fresh, self.rules))
