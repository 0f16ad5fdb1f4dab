"""Scaled balances for amounts that people type: stored so that the position shows what was typed.

On chain 10 ETH supplied read 9.999999999999999999 a moment later; what is imagined may be a raw unit better.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bot.domain.aave_revisions import rules_of
from bot.domain.aave_state import AccountState, Holding, MarketState, ReserveState
from bot.domain.aave_v3 import normalized_debt, normalized_income, owed_amount, supplied_amount
from bot.domain.fixed_point import ray_div_ceil, ray_div_floor
from bot.messages.numbers import plain_decimal

_NEAR: Final = (0, 1, -1, 2, -2, 3, -3)
_SHORTER_BY: Final = 6
"""Digits that an amount must lose to be taken for what was meant: 14.999999999999999999 is 15."""


def stored_supply(raw: int, reserve: ReserveState, market: MarketState) -> int:
    """The smallest scaled balance of which at least `raw` is shown now."""
    rules, now = rules_of(market.revision), market.as_of.timestamp
    scaled = ray_div_floor(raw, normalized_income(reserve, now))
    while supplied_amount(Holding(reserve.index, scaled_supply=scaled), reserve, now, rules) < raw:
        scaled += 1
    return scaled


def stored_debt(raw: int, reserve: ReserveState, market: MarketState) -> int:
    """The largest scaled debt of which at most `raw` is shown now; never nothing."""
    rules, now = rules_of(market.revision), market.as_of.timestamp
    scaled = ray_div_ceil(raw, normalized_debt(reserve, now, rules))
    while scaled > 1 and owed_amount(Holding(reserve.index, scaled_debt=scaled), reserve, now, rules) > raw:
        scaled -= 1
    return scaled


def short(raw: int, decimals: int) -> int:
    """The amount, or one a few raw units away that is much shorter to write."""
    near = [raw + step for step in _NEAR if raw + step > 0]
    best = min(near, key=lambda one: len(plain_decimal(one, decimals)), default=raw)
    gained = len(plain_decimal(raw, decimals)) - len(plain_decimal(best, decimals))
    return best if gained >= _SHORTER_BY else raw


def shortest(raw: int, reserve: ReserveState, fits: Callable[[int], bool]) -> str:
    """The shortest decimal of an amount a few raw units from `raw` that fits; `raw` where none does."""
    near = [raw + step for step in _NEAR if raw + step > 0]
    fitting = [one for one in near if fits(one)] or [raw]
    return min((plain_decimal(one, reserve.asset.decimals) for one in fitting), key=len)


def tidied(market: MarketState, account: AccountState) -> AccountState:
    """The account with amounts that can be typed: off by a few raw units at most, all debt variable."""
    return replace(account, holdings=tuple(_tidied(market, held) for held in account.holdings))


def _tidied(market: MarketState, held: Holding) -> Holding:
    rules, now, reserve = rules_of(market.revision), market.as_of.timestamp, market.reserves[held.reserve]
    has, owes = supplied_amount(held, reserve, now, rules), owed_amount(held, reserve, now, rules)
    decimals = reserve.asset.decimals
    return Holding(
        held.reserve,
        stored_supply(short(has, decimals), reserve, market) if has else 0,
        stored_debt(short(owes, decimals), reserve, market) if owes else 0,
    )
