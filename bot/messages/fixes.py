"""What would make a position safe again, in words: the "Fix:" line and the button that copies its amount.

Called for alerts and cards. Where amounts are hidden it speaks of shares of the debt and of the collateral.
"""

from bot.domain.positions import Owed, Position, Supplied
from bot.domain.units import BPS
from bot.messages.catalogue import _
from bot.messages.model import Button, Copy, Line
from bot.messages.numbers import Side, plain_decimal
from bot.messages.outlook import Cure, collaterals, cure, debts
from bot.messages.rich import joined, plain, say
from bot.messages.voice import Voice

_TENTH = BPS // 1_000
"""Bps in the tenth of a percent that shares are rounded up to."""


def fix(voice: Voice, position: Position) -> Line:
    """Fix: repay 118,200 USDC  or  add 70.3 WETH  -> HF 1.50; empty where there is nothing to fix."""
    found = cure(position, voice.settings.target_hf_percent)
    if found is None:
        return ()
    ways = tuple(plain(way) for way in (_repay(voice, position, found), _add(voice, position, found)) if way)
    target = voice.figures.level(found.target)
    return say(_("Fix: ")) + joined(ways, _("  or  ")) + say(_("  -> HF {target}"), target=target)


def _repay(voice: Voice, position: Position, found: Cure) -> str:
    if found.debt is None:
        return ""
    if voice.amounts:
        return _("repay {what}").format(what=voice.holding(found.repay, found.debt, Side.UP))
    owed = debts(position)
    share = _share(voice, found.repay, owed[0])
    if len(owed) == 1:
        return _("repay {share} of the debt").format(share=share)
    return _("repay {share} of the {symbol} debt").format(share=share, symbol=voice.atlas.symbol(found.debt))


def _add(voice: Voice, position: Position, found: Cure) -> str:
    if found.collateral is None:
        return ""
    if voice.amounts:
        return _("add {what}").format(what=voice.holding(found.add, found.collateral, Side.UP))
    return _("add {share} more {symbol}").format(
        share=_share(voice, found.add, collaterals(position)[0]),
        symbol=voice.atlas.symbol(found.collateral),
    )


def _share(voice: Voice, amount: int, of: Owed | Supplied) -> str:
    """An amount as a share of what is there of it, rounded up so that it still reaches the target."""
    if not of.amount:
        return "–"
    return voice.figures.percent(-(-amount * BPS // (of.amount * _TENTH)) * _TENTH)


def copy_repay(voice: Voice, position: Position) -> Button | None:
    """A button that copies the amount to repay, as a wallet takes it; none where amounts are hidden."""
    found = cure(position, voice.settings.target_hf_percent) if voice.amounts else None
    if found is None or found.debt is None:
        return None
    amount = plain_decimal(found.repay, found.debt.decimals)
    return Button(_("Copy {amount}").format(amount=amount), Copy(amount))
