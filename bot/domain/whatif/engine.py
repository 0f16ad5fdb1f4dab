"""What if: a market and an account as they would be after some changes, or why the contract would refuse.

Pure and exact: after actions and prices `aave_v3.position` of the outcome is `getUserAccountData` to the wei
at the block where they happen. Not modelled: that an action moves its reserve's interest rates (without a say
in the six words of that block, but a `Wait` after an action goes on at the rates from before it), what the
wallet holds, gas, overflow, an L2's sequencer sentinel, aToken transfers and liquidations.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bot.domain import aave_config as config
from bot.domain.aave_state import AccountState, MarketState
from bot.domain.aave_v3 import UnreadEMode
from bot.domain.units import Address, Bps
from bot.domain.whatif import borrowing, supplying
from bot.domain.whatif.changes import (
    Borrow,
    Change,
    Repay,
    SetCategory,
    SetCollateral,
    SetEMode,
    SetPrices,
    SetReserve,
    Supply,
    Wait,
    Withdraw,
)
from bot.domain.whatif.draft import Draft
from bot.domain.whatif.liquidity import Liquidity, Unchecked
from bot.domain.whatif.refusals import Reason, Refusal


@dataclass(frozen=True, slots=True)
class Outcome:
    """All changes done. `unchecked` names the checks left out because no `Liquidity` was given for them."""

    market: MarketState
    account: AccountState
    liquidity: Mapping[int, Liquidity] = field(default_factory=dict)
    unchecked: frozenset[Unchecked] = frozenset()


@dataclass(frozen=True, slots=True)
class Refused:
    """The first change that the contract would revert; `before` is how far the changes before it had come."""

    reason: Reason
    step: int
    """Place of `change` among the changes, from 0."""
    change: Change
    asset: Address | None
    """The asset in the way, where it is not the one acted on."""
    before: Outcome


def apply(
    market: MarketState,
    account: AccountState,
    changes: Iterable[Change],
    liquidity: Mapping[int, Liquidity] | None = None,
) -> Outcome | Refused:
    """Do the changes in their order, at the market's block and with its prices.

    `liquidity` is by reserve index, read at the market's block. Raises `UnreadReserve`, `UnreadPrice` or
    `UnreadEMode` when a change or the account needs what `market` lacks.
    """
    draft = Draft(market, account, liquidity or {})
    for step, change in enumerate(changes):
        try:
            draft = _done(draft, change)
        except Refusal as refusal:
            return Refused(refusal.reason, step, change, refusal.asset, _outcome(draft))
    return _outcome(draft)


def _outcome(draft: Draft) -> Outcome:
    return Outcome(draft.market, draft.account, draft.liquidity, draft.unchecked)


def _done(draft: Draft, change: Change) -> Draft:
    match change:
        case Supply():
            return supplying.supply(draft, change)
        case Withdraw():
            return supplying.withdraw(draft, change)
        case Borrow():
            return borrowing.borrow(draft, change)
        case Repay():
            return borrowing.repay(draft, change)
        case SetCollateral():
            return supplying.set_collateral(draft, change)
        case SetEMode():
            return supplying.set_emode(draft, change)
        case SetPrices():
            return _priced(draft, change)
        case SetReserve():
            return _reserve_terms(draft, change)
        case SetCategory():
            return _category_terms(draft, change)
        case Wait():
            return _waited(draft, change)


def _priced(draft: Draft, change: SetPrices) -> Draft:
    named = {draft.reserve(asset).index: price for asset, price in change.prices.items()}
    return replace(draft, market=replace(draft.market, prices={**draft.market.prices, **named}))


def _reserve_terms(draft: Draft, change: SetReserve) -> Draft:
    reserve = draft.reserve(change.asset)
    word = reserve.configuration
    word = config.with_terms(
        word,
        _or(change.ltv_bps, config.ltv(word)),
        _or(change.threshold_bps, config.threshold(word)),
        _or(change.bonus_bps, config.bonus(word)),
    )
    return draft.with_reserve(replace(reserve, configuration=word))


def _category_terms(draft: Draft, change: SetCategory) -> Draft:
    old = draft.market.emodes.get(change.category)
    if old is None:
        raise UnreadEMode(f"{draft.market.market}: eMode {change.category} was not read")
    new = replace(
        old,
        ltv_bps=_or(change.ltv_bps, old.ltv_bps),
        threshold_bps=_or(change.threshold_bps, old.threshold_bps),
        bonus_bps=_or(change.bonus_bps, old.bonus_bps),
        price=old.price if change.price is None else change.price,
    )
    return replace(draft, market=replace(draft.market, emodes={**draft.market.emodes, old.id: new}))


def _or(new: Bps | None, old: Bps) -> Bps:
    return old if new is None else new


def _waited(draft: Draft, change: Wait) -> Draft:
    """Only the clock moves: stored indexes accrue from their own last update, as on chain.

    The block keeps its number and hash: it is the one the answer rests on.
    """
    at = draft.market.as_of
    later = replace(at, timestamp=at.timestamp + change.seconds)
    return replace(draft, market=replace(draft.market, as_of=later))
