"""Why a market would refuse a step, in plain words, and what it would allow instead where that can be said.

`SENTENCES` has one for every reason of `bot.domain.whatif.refusals`. Called for what-ifs and loops.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from bot.domain.aave_config import in_bitmap
from bot.domain.aave_revisions import rules_of
from bot.domain.aave_state import MarketState
from bot.domain.aave_v3 import UnreadError
from bot.domain.units import Address, Asset, RawAmount
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
from bot.domain.whatif.engine import Outcome, Refused, apply
from bot.domain.whatif.liquidity import Check, Unchecked
from bot.domain.whatif.refusals import Reason
from bot.messages.catalogue import _
from bot.messages.hostile import clean
from bot.messages.model import Line
from bot.messages.numbers import Side
from bot.messages.rich import bold, faint, say
from bot.messages.voice import Voice


def _n(text: str) -> str:
    """Marks a text for the catalogue without translating it yet."""
    return text


SENTENCES: Final[Mapping[Reason, str]] = {
    Reason.INVALID_AMOUNT: _n("the amount of {asset} is nothing, or more than there can be"),
    Reason.INVALID_MINT_AMOUNT: _n("so little {asset} that it rounds to nothing"),
    Reason.INVALID_BURN_AMOUNT: _n("so little {asset} that it rounds to nothing"),
    Reason.RESERVE_INACTIVE: _n("{asset} is not active in this market"),
    Reason.RESERVE_FROZEN: _n("{asset} is frozen: only repaying and withdrawing are allowed"),
    Reason.RESERVE_PAUSED: _n("{asset} is paused: nothing is allowed until it is resumed"),
    Reason.BORROWING_NOT_ENABLED: _n("{asset} cannot be borrowed in this market"),
    Reason.NOT_ENOUGH_AVAILABLE_USER_BALANCE: _n("there is not that much {asset} to withdraw"),
    Reason.NOT_ENOUGH_LIQUIDITY: _n("the pool does not have that much {asset} to hand out"),
    Reason.COLLATERAL_BALANCE_IS_ZERO: _n("there is no collateral to borrow {asset} against"),
    Reason.HEALTH_FACTOR_TOO_LOW: _n("the health factor would be below 1"),
    Reason.COLLATERAL_CANNOT_COVER_NEW_BORROW: _n("the LTV of the collateral does not carry that much debt"),
    Reason.NO_DEBT: _n("no {asset} is owed, so there is nothing to repay"),
    Reason.UNDERLYING_BALANCE_ZERO: _n("no {asset} is supplied"),
    Reason.BORROW_CAP_EXCEEDED: _n("the borrow cap of {asset} would be passed"),
    Reason.SUPPLY_CAP_EXCEEDED: _n("the supply cap of {asset} would be passed"),
    Reason.DEBT_CEILING_EXCEEDED: _n("the debt ceiling of {asset}, an isolated collateral, would be passed"),
    Reason.LTV_VALIDATION_FAILED: _n(
        "{asset} has an LTV of 0: nothing can be borrowed on it; withdraw it or switch it off first"
    ),
    Reason.INCONSISTENT_EMODE: _n("that eMode is not there, or does not fit what is owed"),
    Reason.NOT_BORROWABLE_IN_EMODE: _n("{asset} cannot be borrowed in this eMode"),
    Reason.INVALID_COLLATERAL_IN_EMODE: _n("{asset} is no collateral in that eMode"),
    Reason.INVALID_DEBT_IN_EMODE: _n("{asset} is owed and cannot be borrowed in that eMode"),
    Reason.NOT_BORROWABLE_IN_ISOLATION: _n("{asset} cannot be borrowed against an isolated collateral"),
    Reason.ISOLATED_OR_LTV_ZERO: _n(
        "{asset} cannot be switched on: it stands alone (isolated), or its LTV is 0"
    ),
    Reason.SILOED_BORROWING: _n("{asset} can only be borrowed alone, with no other debt beside it"),
}

_BY_AMOUNT: Final[Collection[Reason]] = frozenset(
    {
        Reason.NOT_ENOUGH_AVAILABLE_USER_BALANCE,
        Reason.NOT_ENOUGH_LIQUIDITY,
        Reason.HEALTH_FACTOR_TOO_LOW,
        Reason.COLLATERAL_CANNOT_COVER_NEW_BORROW,
        Reason.BORROW_CAP_EXCEEDED,
        Reason.SUPPLY_CAP_EXCEEDED,
        Reason.DEBT_CEILING_EXCEEDED,
    }
)
"""Refused because it is too much: less may be allowed."""
_CHECKS: Final[Mapping[Check, str]] = {
    Check.SUPPLY_CAP: _n("the supply cap of {asset}"),
    Check.BORROW_CAP: _n("the borrow cap of {asset}"),
    Check.DEBT_CEILING: _n("the debt ceiling of {asset}"),
    Check.AVAILABLE: _n("whether the pool has enough {asset}"),
}


def refused(voice: Voice, at: Refused) -> tuple[Line, ...]:
    """What is refused and why; what would be allowed."""
    told = [
        say(
            _("The market refuses {step}: {why}"),
            step=bold(step_words(voice, at.before.market, at.change)),
            why=why(voice, at.reason, at.change, at.asset, at.before.market),
        )
    ]
    return (*told, *allowed(voice, at))


def why(voice: Voice, reason: Reason, change: Change, culprit: Address | None, market: MarketState) -> str:
    """The reason alone."""
    asset = asset_of(market, culprit) or asset_of(market, getattr(change, "asset", None))
    symbol = voice.atlas.symbol(asset) if asset else _("an asset")
    return _(SENTENCES[reason]).format(asset=symbol)


def allowed(voice: Voice, at: Refused) -> tuple[Line, ...]:
    """At most 12 WETH would be allowed; or which assets would be."""
    market = at.before.market
    if at.reason is Reason.NOT_BORROWABLE_IN_EMODE:
        names = [voice.atlas.symbol(asset) for asset in borrowable(market, at.before.account.emode)]
        if not names:
            return ()
        more = ", …" if len(names) > 6 else ""
        return (say(_("In it one can borrow {assets}"), assets=", ".join(names[:6]) + more),)
    asset = asset_of(market, getattr(at.change, "asset", None))
    most = most_allowed(at) if voice.amounts and asset else None
    if most is None or asset is None:
        return ()
    if not most:
        return (say(_("Not even a little would be allowed")),)
    return (say(_("At most {what} would be allowed"), what=bold(voice.holding(most, asset, Side.DOWN))),)


def most_allowed(at: Refused) -> RawAmount | None:
    """The largest amount of the refused step that the market would take; None where less is no help."""
    change = at.change
    if at.reason not in _BY_AMOUNT or not isinstance(change, Supply | Withdraw | Borrow | Repay):
        return None
    low, high = 0, int(change.amount)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _takes(at.before, change, middle) else (low, middle)
    return RawAmount(low)


def _takes(before: Outcome, change: Supply | Withdraw | Borrow | Repay, amount: int) -> bool:
    step = replace(change, amount=RawAmount(amount))
    try:
        return isinstance(apply(before.market, before.account, [step], before.liquidity), Outcome)
    except UnreadError:
        return False


def borrowable(market: MarketState, emode: int) -> tuple[Asset, ...]:
    """What an eMode lets borrow, where the release says so by asset (3.2 and later)."""
    category = market.emodes.get(emode)
    if category is None or not rules_of(market.revision).emode_bitmaps:
        return ()
    bitmap = category.borrowable_bitmap
    return tuple(one.asset for index, one in market.reserves.items() if in_bitmap(bitmap, index))


def asset_of(market: MarketState, address: Address | None) -> Asset | None:
    if address is None:
        return None
    return next((one.asset for one in market.reserves.values() if one.asset.address == address), None)


def step_words(voice: Voice, market: MarketState, change: Change) -> str:
    """Borrow 4,000,000 USDT; the asset alone where amounts are hidden."""
    match change:
        case Supply():
            return _("supply {what}").format(what=_what(voice, market, change))
        case Withdraw():
            return _("withdraw {what}").format(what=_what(voice, market, change))
        case Borrow():
            return _("borrow {what}").format(what=_what(voice, market, change))
        case Repay():
            return _("repay {what}").format(what=_what(voice, market, change))
        case SetCollateral(on=on):
            template = _("use {asset} as collateral") if on else _("use {asset} as collateral no more")
            return template.format(asset=_symbol(voice, market, change.asset))
        case SetEMode(category=0):
            return _("leave eMode")
        case SetEMode(category=category):
            return _("enter eMode {name}").format(name=emode_name(market, category))
        case SetReserve(asset=asset):
            return _("new terms for {asset}").format(asset=_symbol(voice, market, asset))
        case SetCategory(category=category):
            return _("new terms for eMode {name}").format(name=emode_name(market, category))
        case SetPrices():
            return _("new prices")
        case Wait(seconds=seconds):
            return _("wait {time}").format(time=voice.figures.duration(seconds))


def emode_name(market: MarketState, category: int) -> str:
    """1 ETH correlated"""
    known = market.emodes.get(category)
    return f"{category} {clean(known.label).text}".strip() if known else str(category)


def _what(voice: Voice, market: MarketState, change: Supply | Withdraw | Borrow | Repay) -> str:
    asset = asset_of(market, change.asset)
    if asset is None:
        return _("an asset")
    if change.amount > 2**255:
        return _("all {asset}").format(asset=voice.atlas.symbol(asset))
    return voice.holding(change.amount, asset)


def _symbol(voice: Voice, market: MarketState, address: Address) -> str:
    asset = asset_of(market, address)
    return voice.atlas.symbol(asset) if asset else _("an asset")


def unchecked(voice: Voice, outcome: Outcome) -> tuple[Line, ...]:
    """Which checks were left out, so that nobody takes silence for a yes."""
    if not outcome.unchecked:
        return ()
    ordered: list[Unchecked] = sorted(outcome.unchecked, key=lambda one: (one.check, one.asset))
    names = [_(_CHECKS[one.check]).format(asset=_symbol(voice, outcome.market, one.asset)) for one in ordered]
    return (faint(say(_("Not checked: {checks}"), checks=", ".join(names))),)
