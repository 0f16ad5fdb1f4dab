"""One sentence a rule, as /rules and confirmations say it."""

from bot.domain.rules import (
    ChangedRule,
    ClosedRule,
    DigestRule,
    DistanceRule,
    FlowRule,
    HealthRule,
    LiquidatedRule,
    PriceMovedRule,
    PriceRule,
    Rule,
    SumRule,
    TransferRule,
    UnusualRule,
)
from bot.domain.transfers import USD_UNIT
from bot.messages.catalogue import _
from bot.messages.model import Line
from bot.messages.rich import say
from bot.messages.voice import Voice


def rule_line(voice: Voice, rule: Rule, coin: str = "") -> Line:
    """Alert when the health factor falls below 1.50, 1.25, 1.10; `coin` is what a flow rule counts."""
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
        case TransferRule() | SumRule() | UnusualRule() | DigestRule():
            return flow_rule_line(voice, rule, coin)


def flow_rule_line(voice: Voice, rule: FlowRule, coin: str = "") -> Line:
    """Tell when one transfer is worth $10M or more"""

    def dollars(whole: int) -> str:
        return voice.figures.money(whole * USD_UNIT, USD_UNIT)

    def many(coins: int) -> str:
        return f"{voice.figures.whole(coins)} {coin or _('coins')}"

    match rule:
        case TransferRule(min_usd=1, min_amount=0):
            return say(_("Tell of every transfer"))
        case TransferRule(min_usd=least, min_amount=0):
            return say(_("Tell of transfers worth {least} or more"), least=dollars(least))
        case TransferRule(min_usd=0, min_amount=coins):
            return say(_("Tell of transfers of {coins} or more"), coins=many(coins))
        case TransferRule(min_usd=least, min_amount=coins):
            return say(
                _("Tell of transfers of {coins}, or worth {least}, or more"),
                coins=many(coins),
                least=dollars(least),
            )
        case SumRule(min_usd=least, window_s=window, by_sender=by_sender):
            template = (
                _("Tell when what one sender moved within {window} adds up to {least}")
                if by_sender
                else _("Tell when transfers within {window} add up to {least}")
            )
            return say(template, window=voice.figures.duration(window), least=dollars(least))
        case UnusualRule(deviations=deviations, times=times, min_usd=least):
            return say(
                _(
                    "Tell of an hour that is far from normal: {times} times as much, by {deviations}"
                    " standard deviations, and {least} or more"
                ),
                times=times,
                deviations=deviations,
                least=dollars(least),
            )
        case DigestRule(every_s=every):
            return say(_("Tell every {window} what flowed in and out"), window=voice.figures.duration(every))


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
        case "transfer":
            return _("single transfers")
        case "sum":
            return _("sums")
        case "unusual":
            return _("unusual hours")
        case "digest":
            return _("digests")
        case _:
            return _("price moves")
