"""How a watch, and whoever a position belongs to, is called: by label, name or address, or as imagined.

Called wherever a watch is named. What is imagined says so, and hidden amounts stay hidden in what was typed.
"""

from fractions import Fraction
from typing import Final

from bot.domain.alerts import Alert, WatchRef
from bot.domain.flows import FlowSeen
from bot.domain.observations import PositionSeen
from bot.domain.positions import Position
from bot.domain.units import Address
from bot.messages.atlas import person_made, short_address
from bot.messages.catalogue import _
from bot.messages.flowfilter import filter_said
from bot.messages.hostile import clean
from bot.messages.imagined import Whose
from bot.messages.model import Line
from bot.messages.numbers import plain_decimal
from bot.messages.rich import bold, plain, say
from bot.messages.voice import Voice, is_imagined
from bot.subscriptions import FlowTarget, ImaginedTarget, MirrorTarget, PriceTarget, WalletTarget, Watch

_SAID_CAP: Final = 64
"""Characters of a position as typed that stand for its name."""
_PLACES: Final = 9
"""Decimals of a mirror's scale; finer ones are told as a fraction."""


def watch_name(voice: Voice, watch: Watch) -> Line:
    """#1 treasury; #3 my loop, imagined; #4 whale, mirror x0.001 of 0x1234…abcd"""
    return say("#{number} ", number=watch.number) + bare_name(voice, watch)


def bare_name(voice: Voice, watch: Watch) -> Line:
    """The same without its number."""
    match watch.target:
        case WalletTarget(address, name):
            return (bold(voice.who(watch.label or name, address)),)
        case PriceTarget(market, asset):
            who = voice.who(watch.label, None) if watch.label else voice.atlas.coin(asset)
            template, title = _("{asset} price, {market}"), voice.atlas.market_title(market)
            return (bold(template.format(asset=who, market=title)),)
        case ImaginedTarget(said=said):
            who = voice.who(watch.label, None) if watch.label else as_said(voice, said)
            return (bold(who), *say(_(", imagined"))) if who else (bold(_("imagined")),)
        case MirrorTarget():
            what = mirror(watch.target)
            return (bold(voice.who(watch.label, None)), *plain(f", {what}")) if watch.label else (bold(what),)
        case FlowTarget():
            what = filter_said(voice, watch.target)
            return (bold(voice.who(watch.label, None)), *plain(f", {what}")) if watch.label else (bold(what),)


def as_said(voice: Voice, said: str, cap: int = _SAID_CAP) -> str:
    """What was typed, made harmless; without its figures where amounts are hidden."""
    if not voice.amounts:
        said = " ".join(word for word in said.split() if not any(char.isdecimal() for char in word[:2]))
    return clean(said, cap=cap).text


def mirror(target: MirrorTarget) -> str:
    """Mirror x0.001 of 0x1234…abcd"""
    of = person_made(target.name) if target.name else ""
    return _("mirror {scale} of {who}").format(
        scale=scale(target.numerator, target.denominator), who=of or short_address(target.address)
    )


def scale(numerator: int, denominator: int) -> str:
    """x0.001; x1/3 where no short decimal says it."""
    times = Fraction(numerator, denominator)
    raw, rest = divmod(times.numerator * 10**_PLACES, times.denominator)
    return f"x{times}" if rest else f"x{plain_decimal(raw, _PLACES)}"


def alert_name(voice: Voice, alert: Alert) -> str:
    """Who an alert is about; empty where it names no watch."""
    if alert.watch is None:
        return ""
    if isinstance(alert.seen, FlowSeen):
        return person_made(alert.watch.title) or f"#{alert.watch.number}"
    at = alert.seen.position.account if isinstance(alert.seen, PositionSeen) else alert.watch.address
    return ref_name(voice, alert.watch, imagined=at is None or is_imagined(at))


def ref_name(voice: Voice, watch: WatchRef, *, imagined: bool) -> str:
    """The name of a watch as its alerts carry it."""
    if not imagined:
        return voice.who(watch.title, watch.address)
    who = person_made(watch.title) if watch.title else ""
    return _("{who}, imagined").format(who=who or f"#{watch.number}")


def whose(voice: Voice, of: Whose, position: Position | None = None) -> Line:
    """Whose position is spoken of, in bold; nobody's is imagined."""
    if of.watch is not None:
        return watch_name(voice, of.watch)
    address: Address | None = of.address or (position.account if position else None)
    if address is None or is_imagined(address):
        name = person_made(of.name) if of.name else ""
        return (bold(name), *say(_(", imagined"))) if name else (bold(_("imagined")),)
    return (bold(voice.who(of.name, address)),)
