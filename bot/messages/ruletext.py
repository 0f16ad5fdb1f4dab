"""One sentence a rule, as /rules and confirmations say it."""

from bot.domain.rules import (
    ChangedRule,
    ClosedRule,
    DistanceRule,
    HealthRule,
    LiquidatedRule,
    PriceMovedRule,
    PriceRule,
    Rule,
)
from bot.messages.catalogue import _
from bot.messages.model import Line
from bot.messages.rich import say
from bot.messages.voice import Voice


def rule_line(voice: Voice, rule: Rule) -> Line:
    """Alert when the health factor falls below 1.50, 1.25, 1.10"""
    match rule:
        case HealthRule(levels=levels):
            text = ", ".join(voice.figures.level(level) for level in levels)
            return say(_("Alert when the health factor falls below {levels}"), levels=text)
        case DistanceRule(levels_bps=levels):
            text = ", ".join(voice.figures.exact_percent(level) for level in levels)
            return say(_("Alert when liquidation is nearer than {levels}"), levels=text)
        case ChangedRule(min_usd=0):
            return say(_("Tell of every change of the position"))
        case ChangedRule(min_usd=least):
            text = voice.figures.money(least * 10**8, 10**8)
            return say(_("Tell of changes of the position worth {least} or more"), least=text)
        case LiquidatedRule():
            return say(_("Alert when it is liquidated"))
        case ClosedRule():
            return say(_("Tell when the position is closed"))
        case PriceRule(level=level, above=above, base_unit=unit):
            template = (
                _("Alert when {coin} rises to {price}") if above else _("Alert when {coin} falls to {price}")
            )
            return say(template, coin=voice.atlas.coin(rule.asset), price=voice.figures.price(level, unit))
        case PriceMovedRule(bps=bps, window_s=window):
            return say(
                _("Alert when {coin} moves by {percent} within {window}"),
                coin=voice.atlas.coin(rule.asset),
                percent=voice.figures.exact_percent(bps),
                window=voice.figures.duration(window),
            )


def rule_title(key: str) -> str:
    """The name of a rule that was switched off."""
    match key:
        case "health":
            return _("health factor")
        case "distance":
            return _("distance to liquidation")
        case "changed":
            return _("changes")
        case "liquidated":
            return _("liquidations")
        case "closed":
            return _("closing")
        case "above":
            return _("price above")
        case "below":
            return _("price below")
        case _:
            return _("price moves")
