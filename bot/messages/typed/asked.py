"""Clauses into the steps of a what-if, on one position in its market: each resolved after those before it.

Prices first move what moves together: a basket by its lead, unless only the asset was meant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from bot.domain import aave_config as config
from bot.domain.aave_state import AccountState, MarketState, ReserveState
from bot.domain.aave_v3 import position
from bot.domain.baskets import Basket, basket_of
from bot.domain.loops import most_borrowable
from bot.domain.positions import Owed, Supplied
from bot.domain.units import Address, BaseAmount, RawAmount
from bot.domain.whatif.changes import (
    EVERYTHING,
    Borrow,
    Change,
    Repay,
    SetCategory,
    SetEMode,
    SetPrices,
    Supply,
    Wait,
    Withdraw,
)
from bot.domain.whatif.engine import Outcome, Refused, apply
from bot.domain.whatif.liquidity import Liquidity
from bot.errors import UserError
from bot.messages.typed.clauses import Action, Clause, Interest, OtherEMode, OtherTerm, Shock
from bot.messages.typed.coins import Coins, find_emode
from bot.messages.typed.expression import terms_of

_HIGHEST: int = 10**30
"""Base units; no oracle says more."""


def ask(
    clauses: Sequence[Clause],
    coins: Coins,
    account: AccountState,
    liquidity: Mapping[int, Liquidity],
    baskets: Sequence[Basket],
) -> tuple[tuple[Change, ...], Outcome | Refused]:
    """The steps and what comes of them, up to the first refused. UserError for what cannot be asked."""
    changes: tuple[Change, ...] = ()
    now: Outcome | Refused = Outcome(coins.market, account, liquidity)
    for clause in clauses:
        assert isinstance(now, Outcome)
        steps = _steps(clause, replace(coins, market=now.market), now.account, baskets)
        done = apply(now.market, now.account, steps, now.liquidity)
        if isinstance(done, Refused):
            changes += steps[: done.step + 1]
            before = replace(done.before, unchecked=done.before.unchecked | now.unchecked)
            return changes, replace(done, step=len(changes) - 1, before=before)
        changes += steps
        now = replace(done, unchecked=done.unchecked | now.unchecked)
    return changes, now


def _steps(
    clause: Clause, coins: Coins, account: AccountState, baskets: Sequence[Basket]
) -> tuple[Change, ...]:
    match clause:
        case Shock():
            return _shocked(clause, coins, account, baskets)
        case Action():
            return _acted(clause, coins, account)
        case OtherTerm(term=term):
            held = [part.asset.address for part in position(coins.market, account).supplied]
            return terms_of((term,), coins, account.emode, held)
        case OtherEMode(emode=emode):
            return (SetEMode(find_emode(coins.market, emode)),)
        case Interest(seconds=seconds):
            return (Wait(seconds),)


# ---- prices ---------------------------------------------------------------------------------------------


def _shocked(
    shock: Shock, coins: Coins, account: AccountState, baskets: Sequence[Basket]
) -> tuple[Change, ...]:
    reserve = coins.find(shock.asset)
    now = coins.price(reserve)
    factor = shock.factor or _to(shock, coins, now)
    moved = [reserve] if shock.against or shock.only else _together(reserve, coins, baskets)
    prices: dict[Address, BaseAmount] = {}
    for one in moved:
        price = coins.market.prices.get(one.index, 0)
        if price > 0:
            prices[one.asset.address] = BaseAmount(_price(price * factor, shock))
    own = _category_price(coins.market, account, moved, factor)
    return (SetPrices(prices), *own)


def _to(shock: Shock, coins: Coins, now: BaseAmount) -> Fraction:
    """The factor that brings the price where it was asked."""
    assert shock.price is not None
    unit = coins.price(coins.find(shock.against)) if shock.against else coins.market.base_unit
    return Fraction(_price(_fraction(shock.price) * unit, shock), now)


def _fraction(value: Decimal) -> Fraction:
    return Fraction(*value.as_integer_ratio())


def _price(exact: Fraction, shock: Shock) -> int:
    """Rounded down to base units, as an oracle would."""
    price = exact.__floor__()
    if not 0 < price < _HIGHEST:
        raise UserError("not_a_price", shock.said)
    return price


def _together(reserve: ReserveState, coins: Coins, baskets: Sequence[Basket]) -> list[ReserveState]:
    """The lead of a basket takes all of it along; a member that moves leaves the others where they are.

    Dollars do not: one that falls has lost its peg, and the others kept theirs.
    """
    basket = basket_of(reserve.asset, baskets)
    leads = basket is not None and basket.lead(reserve.asset.chain_id) == reserve.asset.address
    if basket is None or not leads or basket.key in {"usd", "eur"}:
        return [reserve]
    return [one for one in coins.market.reserves.values() if basket.has(one.asset)]


def _category_price(
    market: MarketState, account: AccountState, moved: Sequence[ReserveState], factor: Fraction
) -> tuple[Change, ...]:
    """The price of an eMode's own oracle (3.0-3.1), which stands for those of all its assets."""
    category = market.emodes.get(account.emode) if account.emode else None
    if category is None or not category.price:
        return ()
    if not any(config.emode_category(one.configuration) == category.id for one in moved):
        return ()
    return (SetCategory(category.id, price=BaseAmount((category.price * factor).__floor__())),)


# ---- actions --------------------------------------------------------------------------------------------


def _acted(action: Action, coins: Coins, account: AccountState) -> tuple[Change, ...]:
    at = position(coins.market, account)
    if action.verb in {"repay", "withdraw"}:
        parts: Sequence[Owed | Supplied] = at.owed if action.verb == "repay" else at.supplied
        if not action.asset and action.amount is None:
            if not parts:
                raise UserError("nothing_to_act_on", action.said)
            return tuple(_one(action, coins, account, _reserve(coins, one)) for one in parts)
        return (_one(action, coins, account, _meant(action, coins, parts)),)
    parts = at.supplied if action.verb == "add" else at.owed
    return (_one(action, coins, account, _meant(action, coins, parts)),)


def _reserve(coins: Coins, part: Owed | Supplied) -> ReserveState:
    return coins.find(part.asset.address)


def _meant(action: Action, coins: Coins, parts: Sequence[Owed | Supplied]) -> ReserveState:
    """The asset named, or the only one there is."""
    if action.asset:
        return coins.find(action.asset)
    if len(parts) != 1:
        near = tuple(f"{action.said} {coins.spoken(one.asset)}" for one in parts[:3])
        raise UserError("action_without_asset", action.said, "", near)
    return _reserve(coins, parts[0])


def _one(action: Action, coins: Coins, account: AccountState, reserve: ReserveState) -> Change:
    asset = reserve.asset.address
    raw = (
        EVERYTHING
        if action.amount is None
        else action.amount.raw(reserve.asset, coins.price(reserve), coins.market.base_unit)
    )
    match action.verb:
        case "repay":
            held = next((one for one in account.holdings if one.reserve == reserve.index), None)
            stable = held is not None and held.stable is not None and not held.scaled_debt
            return Repay(asset, raw, stable)
        case "withdraw":
            return Withdraw(asset, raw)
        case "borrow":
            return Borrow(asset, _most(coins, account, asset) if action.amount is None else raw)
        case _:
            if action.amount is None:
                raise UserError("all_of_what", action.said)
            return Supply(asset, raw)


def _most(coins: Coins, account: AccountState, asset: Address) -> RawAmount:
    """All that the LTV allows; one unit where it allows nothing, so that the market says why."""
    most = most_borrowable(coins.market, account, asset)
    return RawAmount(1) if isinstance(most, Refused) or not most else most
