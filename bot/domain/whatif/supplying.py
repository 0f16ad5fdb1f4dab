"""Supply, withdraw, collateral on and off, eMode: as SupplyLogic and EModeLogic of v3.0.2 and v3.6 do them.

Each takes a draft and answers the next one or raises `Refusal`; the order of the checks is the contract's,
because the first that fails is the reason it gives.
"""

from dataclasses import replace

from bot.domain import aave_config as config
from bot.domain.aave_state import ReserveState
from bot.domain.aave_v3 import supplied_amount
from bot.domain.fixed_point import ray_div, ray_div_ceil, ray_div_floor, ray_mul, ray_mul_floor
from bot.domain.positions import Rounding
from bot.domain.units import RawAmount
from bot.domain.whatif import checks
from bot.domain.whatif.changes import EVERYTHING, SetCollateral, SetEMode, Supply, Withdraw
from bot.domain.whatif.draft import Draft
from bot.domain.whatif.liquidity import Check
from bot.domain.whatif.refusals import Reason, require


def supply(draft: Draft, change: Supply) -> Draft:
    """As executeSupply does."""
    draft = draft.touched(draft.reserve(change.asset).index)
    reserve = draft.reserve(change.asset)
    protocol = draft.rules.rounding is Rounding.PROTOCOL
    minted = (ray_div_floor if protocol else ray_div)(change.amount, reserve.liquidity_index)
    require(bool(minted if protocol else change.amount), Reason.INVALID_AMOUNT)
    checks.open_for_more(reserve)
    draft = _under_supply_cap(draft, reserve, change.amount, minted)
    require(minted != 0, Reason.INVALID_MINT_AMOUNT)
    held = draft.holding(reserve.index)
    first = held.scaled_supply == 0
    draft = draft.with_holding(replace(held, scaled_supply=held.scaled_supply + minted))
    draft = moved_supply(draft, reserve, minted, change.amount)
    if first and checks.becomes_collateral(draft, reserve):
        draft = draft.with_collateral(reserve.index, on=True)
    return draft


def _under_supply_cap(draft: Draft, reserve: ReserveState, amount: int, minted: int) -> Draft:
    cap = config.supply_cap_tokens(reserve.configuration) * reserve.asset.unit
    if not cap:
        return draft
    draft, known = draft.known(reserve, Check.SUPPLY_CAP)
    if known is not None:
        claims, index = known.scaled_supply + known.accrued_to_treasury, reserve.liquidity_index
        if draft.rules.rounding is Rounding.PROTOCOL:
            total = ray_mul_floor(claims + minted, index)
        else:
            total = ray_mul(claims, index) + amount
        require(total <= cap, Reason.SUPPLY_CAP_EXCEEDED)
    return draft


def moved_supply(draft: Draft, reserve: ReserveState, scaled: int, amount: int) -> Draft:
    """The reserve's own record after a supply (negative: a withdrawal)."""
    known = draft.liquidity.get(reserve.index)
    if known is None:
        return draft
    total, available = known.scaled_supply + scaled, RawAmount(known.available + amount)
    return draft.with_liquidity(reserve.index, replace(known, scaled_supply=total, available=available))


def withdraw(draft: Draft, change: Withdraw) -> Draft:
    """As executeWithdraw. 3.5 and later compare scaled amounts, and judge the flag by what is left."""
    draft = draft.touched(draft.reserve(change.asset).index)
    reserve = draft.reserve(change.asset)
    held = draft.holding(reserve.index)
    balance = supplied_amount(held, reserve, draft.now, draft.rules)
    amount = balance if change.amount == EVERYTHING else change.amount
    if draft.rules.rounding is Rounding.PROTOCOL:
        everything = change.amount == EVERYTHING
        burned = held.scaled_supply if everything else ray_div_ceil(amount, reserve.liquidity_index)
        require(burned != 0, Reason.INVALID_AMOUNT)
        require(burned <= held.scaled_supply, Reason.NOT_ENOUGH_AVAILABLE_USER_BALANCE)
        emptied = burned == held.scaled_supply
    else:
        burned = ray_div(amount, reserve.liquidity_index)
        require(amount != 0, Reason.INVALID_AMOUNT)
        require(amount <= balance, Reason.NOT_ENOUGH_AVAILABLE_USER_BALANCE)
        emptied = amount == balance
    checks.open_for_action(reserve)
    draft = taken_out(draft, reserve, amount)
    require(burned != 0, Reason.INVALID_BURN_AMOUNT)
    was_collateral = draft.is_collateral(reserve.index)
    draft = draft.with_holding(replace(held, scaled_supply=held.scaled_supply - burned))
    draft = moved_supply(draft, reserve, -burned, 0)
    if was_collateral and emptied:
        draft = draft.with_collateral(reserve.index, on=False)
    if was_collateral and draft.borrowed:
        checks.healthy_after_less(draft, reserve)
    return draft


def taken_out(draft: Draft, reserve: ReserveState, amount: int) -> Draft:
    """The underlying leaves the pool, if it has it."""
    draft, known = draft.known(reserve, Check.AVAILABLE)
    if known is None:
        return draft
    require(amount <= known.available, Reason.NOT_ENOUGH_LIQUIDITY)
    left = RawAmount(known.available - amount)
    return draft.with_liquidity(reserve.index, replace(known, available=left))


def set_collateral(draft: Draft, change: SetCollateral) -> Draft:
    """As executeUseReserveAsCollateral: off is judged where nothing is owed too, by the LTV rule."""
    reserve = draft.reserve(change.asset)
    held = draft.holding(reserve.index)
    scaled = draft.rules.rounding is Rounding.PROTOCOL
    if not scaled:
        balance = supplied_amount(held, reserve, draft.now, draft.rules)
        require(balance != 0, Reason.UNDERLYING_BALANCE_ZERO)
    checks.open_for_action(reserve)
    if draft.is_collateral(reserve.index) == change.on:
        return draft
    if change.on:
        require(not scaled or held.scaled_supply != 0, Reason.UNDERLYING_BALANCE_ZERO)
        require(checks.may_be_collateral(draft, reserve), Reason.ISOLATED_OR_LTV_ZERO)
        return draft.with_collateral(reserve.index, on=True)
    draft = draft.with_collateral(reserve.index, on=False)
    checks.healthy_after_less(draft, reserve)
    return draft


def set_emode(draft: Draft, change: SetEMode) -> Draft:
    """As executeSetUserEMode. A category the market state lacks is one that nobody set up."""
    before, rules = draft.account.emode, draft.rules
    if rules.emode_bitmaps and before == change.category:
        return draft
    category = draft.market.emodes.get(change.category)
    exists = category is not None and category.threshold_bps != 0
    require(change.category == 0 or exists, Reason.INCONSISTENT_EMODE)
    draft = replace(draft, account=replace(draft.account, emode=change.category))
    if draft.account.configuration:
        _parts_fit_emode(draft)
    if before or rules.emode_bitmaps:
        checks.healthy(draft)
    return draft


def _parts_fit_emode(draft: Draft) -> None:
    """As validateSetUserEMode: by reserve, its debt before its collateral."""
    if not draft.rules.emode_decoupled:
        for reserve in draft.borrowed:
            checks.borrowable_in_emode(draft, reserve)
        return
    category = draft.category
    for index, reserve in sorted(draft.market.reserves.items()):
        asset = reserve.asset.address
        if draft.is_borrowing(index):
            allowed = (
                config.is_borrowable(reserve.configuration)
                if category is None
                else config.in_bitmap(category.borrowable_bitmap, index)
            )
            require(allowed, Reason.INVALID_DEBT_IN_EMODE, asset)
        if draft.is_collateral(index):
            require(checks.has_ltv(draft, reserve), Reason.INVALID_COLLATERAL_IN_EMODE, asset)
