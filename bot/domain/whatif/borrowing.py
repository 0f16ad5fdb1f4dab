"""Borrow and repay, as BorrowLogic and ValidationLogic of v3.0.2 and v3.6 do them.

Until 3.4 a borrow is judged on the position before it, from 3.5 on mostly on the position it makes.
"""

from dataclasses import replace

from bot.domain import aave_config as config
from bot.domain.aave_state import Holding, ReserveState, StableDebt
from bot.domain.aave_v3 import compounded, position, price_of
from bot.domain.fixed_point import (
    percent_div,
    percent_div_ceil,
    ray_div,
    ray_div_ceil,
    ray_div_floor,
    ray_mul,
    ray_mul_ceil,
    ray_mul_floor,
)
from bot.domain.positions import Rounding
from bot.domain.units import WAD, RawAmount
from bot.domain.whatif import checks
from bot.domain.whatif.changes import Borrow, Repay
from bot.domain.whatif.draft import Draft
from bot.domain.whatif.liquidity import Check, stable_total
from bot.domain.whatif.refusals import Reason, require
from bot.domain.whatif.supplying import taken_out


def borrow(draft: Draft, change: Borrow) -> Draft:
    """As executeBorrow does."""
    draft = draft.touched(draft.reserve(change.asset).index)
    reserve = draft.reserve(change.asset)
    if draft.rules.rounding is Rounding.PROTOCOL:
        minted = ray_div_ceil(change.amount, reserve.variable_borrow_index)
        draft = _allowed_since_35(draft, reserve, minted)
        draft = _lent(draft, reserve, minted)
        draft = _isolated(draft, reserve, change.amount)
        draft = taken_out(draft, reserve, change.amount)
        _covered_after(draft)
        return draft
    minted = ray_div(change.amount, reserve.variable_borrow_index)
    draft = _allowed_until_34(draft, reserve, change.amount)
    require(minted != 0, Reason.INVALID_MINT_AMOUNT)
    isolated = _counted_in_isolation(draft, reserve, change.amount)
    return taken_out(_lent(isolated, reserve, minted), reserve, change.amount)


def _lent(draft: Draft, reserve: ReserveState, minted: int) -> Draft:
    held = draft.holding(reserve.index)
    draft = draft.with_holding(replace(held, scaled_debt=held.scaled_debt + minted))
    if known := draft.liquidity.get(reserve.index):
        fresh = replace(known, scaled_debt=known.scaled_debt + minted)
        draft = draft.with_liquidity(reserve.index, fresh)
    return draft.with_borrowing(reserve.index, on=True)


def _allowed_until_34(draft: Draft, reserve: ReserveState, amount: int) -> Draft:
    """As validateBorrow of v3.0.2; 3.2's eMode bitmaps and its look at the total supply."""
    require(amount != 0, Reason.INVALID_AMOUNT)
    checks.open_for_more(reserve)
    require(config.is_borrowable(reserve.configuration), Reason.BORROWING_NOT_ENABLED)
    draft = _within_supply(draft, reserve, amount)
    draft = _under_borrow_cap(draft, reserve, amount, 0)
    draft = _isolated_checks(draft, reserve, amount)
    checks.borrowable_in_emode(draft, reserve)
    words = position(draft.market, draft.account).totals
    require(words.collateral_base != 0, Reason.COLLATERAL_BALANCE_IS_ZERO)
    require(words.ltv_bps != 0, Reason.LTV_VALIDATION_FAILED)
    require(words.health_factor > WAD, Reason.HEALTH_FACTOR_TOO_LOW)
    price = price_of(draft.market, reserve, draft.category, draft.rules)
    needed = percent_div(words.debt_base + price * amount // reserve.asset.unit, words.ltv_bps)
    require(needed <= words.collateral_base, Reason.COLLATERAL_CANNOT_COVER_NEW_BORROW)
    checks.siloed_alone(draft, reserve)
    return draft


def _allowed_since_35(draft: Draft, reserve: ReserveState, minted: int) -> Draft:
    """As validateBorrow of v3.6; before it, an eMode asset had to be borrowable outside it too."""
    require(minted != 0, Reason.INVALID_AMOUNT)
    checks.open_for_more(reserve)
    if draft.category is None or not draft.rules.emode_decoupled:
        require(config.is_borrowable(reserve.configuration), Reason.BORROWING_NOT_ENABLED)
    checks.borrowable_in_emode(draft, reserve)
    draft = _within_supply(draft, reserve, ray_mul_ceil(minted, reserve.variable_borrow_index))
    draft = _under_borrow_cap(draft, reserve, 0, minted)
    checks.siloed_alone(draft, reserve)
    return draft


def _covered_after(draft: Draft) -> None:
    """As validateHFAndLtv of v3.6."""
    words = position(draft.market, draft.account).totals
    require(words.ltv_bps != 0, Reason.LTV_VALIDATION_FAILED)
    require(words.health_factor >= WAD, Reason.HEALTH_FACTOR_TOO_LOW)
    needed = percent_div_ceil(words.debt_base, words.ltv_bps)
    require(words.collateral_base >= needed, Reason.COLLATERAL_CANNOT_COVER_NEW_BORROW)


def _within_supply(draft: Draft, reserve: ReserveState, amount: int) -> Draft:
    """Nobody borrows more than all that was supplied: the first thing said about absurd amounts since 3.2."""
    if not draft.rules.emode_bitmaps:
        return draft
    draft, known = draft.known(reserve, Check.AVAILABLE)
    if known is not None:
        protocol = draft.rules.rounding is Rounding.PROTOCOL
        total = (ray_mul_floor if protocol else ray_mul)(known.scaled_supply, reserve.liquidity_index)
        require(total >= amount, Reason.INVALID_AMOUNT)
    return draft


def _under_borrow_cap(draft: Draft, reserve: ReserveState, amount: int, minted: int) -> Draft:
    cap = config.borrow_cap_tokens(reserve.configuration) * reserve.asset.unit
    if not cap:
        return draft
    draft, known = draft.known(reserve, Check.BORROW_CAP)
    if known is not None:
        index = reserve.variable_borrow_index
        if draft.rules.rounding is Rounding.PROTOCOL:
            total = ray_mul_ceil(known.scaled_debt + minted, index)
        else:
            stable = stable_total(known, draft.now, draft.rules)
            total = stable + ray_mul(known.scaled_debt, index) + amount
        require(total <= cap, Reason.BORROW_CAP_EXCEEDED)
    return draft


# --- isolation mode: a ceiling on what all owe against one collateral ---


def _cents(reserve: ReserveState, amount: int) -> int:
    """Whole hundredths of the token; the contract takes it for a dollar."""
    return int(amount // 10 ** (reserve.asset.decimals - 2))


def _isolated_checks(draft: Draft, reserve: ReserveState, amount: int) -> Draft:
    checks.borrowable_in_isolation(draft, reserve)
    only = checks.isolated_by(draft)
    if only is None:
        return draft
    draft, known = draft.known(only, Check.DEBT_CEILING)
    if known is not None:
        total = known.isolated_debt_cents + _cents(reserve, amount)
        ceiling = config.debt_ceiling_cents(only.configuration)
        require(total <= ceiling, Reason.DEBT_CEILING_EXCEEDED)
    return draft


def _counted_in_isolation(draft: Draft, reserve: ReserveState, amount: int) -> Draft:
    """`amount` is negative for a repayment, which never makes the total negative."""
    only = checks.isolated_by(draft)
    known = draft.liquidity.get(only.index) if only is not None else None
    if only is None or known is None:
        return draft
    cents = _cents(reserve, amount) if amount >= 0 else -_cents(reserve, -amount)
    total = max(known.isolated_debt_cents + cents, 0)
    return draft.with_liquidity(only.index, replace(known, isolated_debt_cents=total))


def _isolated(draft: Draft, reserve: ReserveState, amount: int) -> Draft:
    """As increaseIsolatedDebtIfIsolated of v3.6: checked and counted at once."""
    return _counted_in_isolation(_isolated_checks(draft, reserve, amount), reserve, amount)


# --- repaying ---


def repay(draft: Draft, change: Repay) -> Draft:
    """As executeRepay, with the wallet's own tokens."""
    draft = draft.touched(draft.reserve(change.asset).index)
    reserve = draft.reserve(change.asset)
    held = draft.holding(reserve.index)
    protocol = draft.rules.rounding is Rounding.PROTOCOL
    variable = (ray_mul_ceil if protocol else ray_mul)(held.scaled_debt, reserve.variable_borrow_index)
    stable = _stable_owed(draft, held)
    owed = stable if change.stable else variable
    require(change.amount != 0, Reason.INVALID_AMOUNT)
    checks.open_for_action(reserve)
    require(owed != 0, Reason.NO_DEBT)
    paid = min(change.amount, owed)
    if change.stable:
        draft = _stable_repaid(draft, reserve, held, stable - paid, paid)
        done = variable + stable == paid
    else:
        burned = (ray_div_floor if protocol else ray_div)(paid, reserve.variable_borrow_index)
        require(burned != 0, Reason.INVALID_BURN_AMOUNT)
        draft = draft.with_holding(replace(held, scaled_debt=held.scaled_debt - burned))
        draft = _paid_back(draft, reserve, burned, paid)
        # Since 3.4 by what is left, before by what was paid.
        done = burned == held.scaled_debt if draft.rules.taylor else variable + stable == paid
    if done:
        draft = draft.with_borrowing(reserve.index, on=False)
    return _counted_in_isolation(draft, reserve, -paid)


def _paid_back(draft: Draft, reserve: ReserveState, burned: int, paid: int) -> Draft:
    known = draft.liquidity.get(reserve.index)
    if known is None:
        return draft
    scaled, available = known.scaled_debt - burned, RawAmount(known.available + paid)
    return draft.with_liquidity(reserve.index, replace(known, scaled_debt=scaled, available=available))


def _stable_owed(draft: Draft, held: Holding) -> int:
    if held.stable is None or not draft.rules.stable_debt:
        return 0
    growth = compounded(held.stable.rate, draft.now - held.stable.since, draft.rules)
    return ray_mul(held.stable.principal, growth)


def _stable_repaid(draft: Draft, reserve: ReserveState, held: Holding, left: int, paid: int) -> Draft:
    """StableDebtToken.burn: what is left accrues from now on. The market's average rate is not followed."""
    assert held.stable is not None
    rest = StableDebt(RawAmount(left), held.stable.rate, draft.now) if left else None
    draft = draft.with_holding(replace(held, stable=rest))
    known = draft.liquidity.get(reserve.index)
    if known is not None and known.stable is not None:
        total = max(stable_total(known, draft.now, draft.rules) - paid, 0)
        fewer = replace(known.stable, principal=RawAmount(total), since=draft.now)
        available = RawAmount(known.available + paid)
        draft = draft.with_liquidity(reserve.index, replace(known, stable=fewer, available=available))
    return draft
