"""What would make a position safe again, in words: the "Fix:" line and the button that copies its amount.

Called for alerts and cards. Where amounts are hidden it speaks of shares of the debt and of the collateral.
"""

from bot.domain.positions import Position
from bot.domain.units import BPS
from bot.messages.catalogue import _
from bot.messages.model import Button, Copy, Line
from bot.messages.numbers import Side, plain_decimal
from bot.messages.outlook import debts
from bot.messages.remedies import Remedy, Way, remedy
from bot.messages.rich import joined, plain, say
from bot.messages.voice import Voice, is_imagined

_TENTH = BPS // 1_000
"""Bps in the tenth of a percent that shares are rounded up to."""


def fix(voice: Voice, position: Position) -> Line:
    """Fix: repay 118,200 USDC  or  add 70.3 WETH  -> HF 1.50; empty where there is nothing to fix.

    Of several debts or collaterals the best of each.
    """
    found = remedy(position, voice.settings.target_hf_percent)
    if found is None:
        return ()
    ways = tuple(plain(way) for way in (_repay(voice, position, found), _add(voice, found)) if way)
    target = voice.figures.level(found.target)
    return say(_("Fix: ")) + joined(ways, _("  or  ")) + say(_("  -> HF {target}"), target=target)


def _repay(voice: Voice, position: Position, found: Remedy) -> str:
    if not found.repay:
        return ""
    way = found.repay[0]
    if voice.amounts:
        return _("repay {what}").format(what=voice.holding(way.suggested, way.asset, Side.UP))
    # More than is owed repays what is owed.
    share = _share(voice, min(way.suggested, way.had), way)
    if len(debts(position)) == 1:
        return _("repay {share} of the debt").format(share=share)
    return _("repay {share} of the {symbol} debt").format(share=share, symbol=voice.atlas.symbol(way.asset))


def _add(voice: Voice, found: Remedy) -> str:
    if not found.add:
        return ""
    way = found.add[0]
    if voice.amounts:
        return _("add {what}").format(what=voice.holding(way.suggested, way.asset, Side.UP))
    return _("add {share} more {symbol}").format(
        share=_share(voice, way.suggested, way), symbol=voice.atlas.symbol(way.asset)
    )


def _share(voice: Voice, amount: int, way: Way) -> str:
    """An amount as a share of what is there of it, rounded up so that it still reaches the target."""
    if not way.had:
        return "–"
    return voice.figures.percent(-(-amount * BPS // (way.had * _TENTH)) * _TENTH)


def exact_fixes(voice: Voice, position: Position) -> tuple[Line, ...]:
    """For the folded part: the smallest amounts that do at the position's block, every way of them."""
    found = remedy(position, voice.settings.target_hf_percent) if voice.amounts else None
    if found is None:
        return ()
    repay = [plain(_exactly(voice, way)) for way in found.repay if way.exact]
    add = [plain(_exactly(voice, way)) for way in found.add if way.exact]
    told: list[Line] = []
    if repay:
        told.append(say(_("Exactly at this block, repay ")) + joined(repay, _(" or ")))
    if add:
        told.append(say(_("Exactly at this block, add ")) + joined(add, _(" or ")))
    return tuple(told)


def _exactly(voice: Voice, way: Way) -> str:
    figures = voice.figures.fixed(way.exact or 0, way.asset.decimals, trim=0)
    return f"{figures} {voice.atlas.symbol(way.asset)}"


def copy_repay(voice: Voice, position: Position) -> Button | None:
    """A button that copies the amount to repay, as a wallet takes it; none where amounts are hidden."""
    found = remedy(position, voice.settings.target_hf_percent) if voice.amounts else None
    if found is None or not found.repay or is_imagined(position.account):
        return None
    way = found.repay[0]
    amount = plain_decimal(way.suggested, way.asset.decimals)
    return Button(_("Copy {amount}").format(amount=amount), Copy(amount))
