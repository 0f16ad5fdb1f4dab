"""Positions that nobody has: made from amounts, or as a scaled copy of a real one. Plain `AccountState`s.

From then on they are accounts like any other: their scaled balances accrue with the market's own indexes.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.domain import aave_config as config
from bot.domain.aave_state import AccountState, Holding, MarketState
from bot.domain.aave_v3 import normalized_debt, normalized_income
from bot.domain.fixed_point import mul_div_ceil, mul_div_floor, ray_div, ray_div_ceil, ray_div_floor
from bot.domain.positions import Rounding
from bot.domain.units import Address, RawAmount
from bot.domain.whatif import checks, supplying
from bot.domain.whatif.changes import Borrow, Change, SetEMode, Supply
from bot.domain.whatif.draft import Draft
from bot.domain.whatif.engine import Outcome, Refused
from bot.domain.whatif.refusals import Reason, Refusal, require

NOBODY: Final = Address("0x" + "0" * 40)


def hypothetical(
    market: MarketState,
    supplied: Mapping[Address, RawAmount],
    owed: Mapping[Address, RawAmount],
    emode: int = 0,
    account: Address = NOBODY,
) -> AccountState | Refused:
    """A position of these raw amounts at the market's block, as supplies and borrows would have stored it.

    It need not be one that could be opened now: it may owe more than its LTV allows or be liquidatable, and
    caps, liquidity, frozen and paused are not asked. Refused is what no account can be: an eMode that is not
    there, debt that its eMode, isolation mode or a siloed asset excludes, amounts that round to nothing.
    An asset that could not be switched on (LTV 0, or a debt ceiling beside other collateral) is held but does
    not count. Raises `UnreadReserve` for an asset the market lacks, ValueError for a negative amount.
    """
    draft = Draft(market, AccountState(account, 0, 0, ()))
    # What has a debt ceiling comes last: with anything else it cannot be collateral.
    order = sorted(supplied, key=lambda asset: _ceiling(draft, asset))
    changes: list[Change] = [SetEMode(emode), *(Supply(asset, supplied[asset]) for asset in order)]
    changes += [Borrow(asset, amount) for asset, amount in owed.items()]
    for step, change in enumerate(changes):
        try:
            draft = _made(draft, change)
        except Refusal as refusal:
            before = Outcome(draft.market, draft.account)
            return Refused(refusal.reason, step, change, refusal.asset, before)
    return draft.account


def _ceiling(draft: Draft, asset: Address) -> bool:
    return bool(config.debt_ceiling_cents(draft.reserve(asset).configuration))


def _made(draft: Draft, change: Change) -> Draft:
    if isinstance(change, SetEMode):
        return supplying.set_emode(draft, change)
    if isinstance(change, Supply):
        return _supplied(draft, change)
    assert isinstance(change, Borrow)
    return _owed(draft, change)


def _supplied(draft: Draft, change: Supply) -> Draft:
    reserve = draft.reserve(change.asset)
    rounded = ray_div_floor if draft.rules.rounding is Rounding.PROTOCOL else ray_div
    scaled = rounded(change.amount, normalized_income(reserve, draft.now))
    require(scaled != 0, Reason.INVALID_AMOUNT)
    on = checks.may_be_collateral(draft, reserve)
    held = replace(draft.holding(reserve.index), scaled_supply=scaled)
    return draft.with_holding(held).with_collateral(reserve.index, on=on)


def _owed(draft: Draft, change: Borrow) -> Draft:
    reserve = draft.reserve(change.asset)
    rounded = ray_div_ceil if draft.rules.rounding is Rounding.PROTOCOL else ray_div
    scaled = rounded(change.amount, normalized_debt(reserve, draft.now, draft.rules))
    require(scaled != 0, Reason.INVALID_AMOUNT)
    checks.borrowable_in_isolation(draft, reserve)
    checks.borrowable_in_emode(draft, reserve)
    checks.siloed_alone(draft, reserve)
    held = replace(draft.holding(reserve.index), scaled_debt=scaled)
    return draft.with_holding(held).with_borrowing(reserve.index, on=True)


def scaled_copy(account: AccountState, numerator: int, denominator: int) -> AccountState:
    """The account `numerator` / `denominator` times as large, its eMode and flags kept: a mirror.

    What is supplied rounds down, what is owed up: dust never looks healthier than the original. An asset of
    which nothing is left is no longer collateral. Raises ValueError unless both numbers are positive.
    """
    if numerator <= 0 or denominator <= 0:
        raise ValueError(f"a copy cannot be {numerator}/{denominator} as large")
    word, holdings = account.configuration, []
    for held in account.holdings:
        copy = _scaled(held, numerator, denominator)
        if not copy.scaled_supply:
            word = config.with_collateral(word, held.reserve, on=False)
        if copy.scaled_supply or copy.scaled_debt or copy.stable is not None:
            holdings.append(copy)
    return replace(account, configuration=word, holdings=tuple(holdings))


def _scaled(held: Holding, numerator: int, denominator: int) -> Holding:
    stable = held.stable
    if stable is not None:
        principal = mul_div_ceil(stable.principal, numerator, denominator)
        stable = replace(stable, principal=RawAmount(principal))
    return Holding(
        held.reserve,
        mul_div_floor(held.scaled_supply, numerator, denominator),
        mul_div_ceil(held.scaled_debt, numerator, denominator),
        stable,
    )
