"""Alerts about prices, and about markets or wallets out of sight. Called by `bot.messages.alerts`."""

from bot.domain.alerts import Alert, Reason, Unseen, WatchRef
from bot.domain.observations import PriceSeen
from bot.domain.rules import PriceMovedRule, PriceRule
from bot.messages.atlas import person_made
from bot.messages.catalogue import _
from bot.messages.model import Line, Message
from bot.messages.names import ref_name
from bot.messages.numbers import Side
from bot.messages.rich import bold, joined, link, plain, press, row, rows, say
from bot.messages.signs import head, severity_word
from bot.messages.voice import Voice


def price_message(voice: Voice, alert: Alert, seen: PriceSeen) -> Message:
    coin = voice.atlas.coin(seen.asset)
    title = person_made(alert.watch.title) if alert.watch else ""
    who = plain(coin if title in {"", person_made(seen.asset.symbol)} else f"{title} · {coin}")
    sign = _("✅ RESOLVED") if alert.reason is Reason.RESOLVED else severity_word(alert.severity)
    source = joined(
        (
            say(_("Aave oracle")),
            plain(voice.atlas.market_title(seen.market)),
            voice.block(seen.market, seen.as_of),
        )
    )
    first = head(sign, who, _price_trend(voice, alert, seen))
    lasting = isinstance(alert.rule, PriceRule) and alert.reason is not Reason.RESOLVED
    ack = press(_("Ack"), "ack", alert.incident) if lasting else None
    buttons = rows(row(link(_("Open Aave"), voice.atlas.app_url(seen.market)), ack))
    detail = say(
        _("Exact price {price}, token {address}"),
        price=voice.figures.exact_price(seen.price, seen.base_unit),
        address=voice.address(seen.market, seen.asset.address),
    )
    return Message((first, source), (detail,), buttons)


def _price_trend(voice: Voice, alert: Alert, seen: PriceSeen) -> Line:
    now = bold(voice.figures.price(seen.price, seen.base_unit))
    match alert.rule:
        case PriceRule(level=level, above=above):
            side = Side.DOWN if above else Side.UP
            text, shown = voice.figures.price_pair(level, seen.price, seen.base_unit, side)
            reached = above is not (alert.reason is Reason.RESOLVED)
            template = _("{now} (above {level})") if reached else _("{now} (below {level})")
            return say(template, now=bold(shown), level=text)
        case PriceMovedRule(window_s=window) if alert.before:
            bps = (seen.price - alert.before) * 10_000 // alert.before
            sign = "+" if bps >= 0 else "−"
            return say(
                _("{now} ({sign}{percent} within {window}, from {before})"),
                now=now,
                sign=sign,
                percent=voice.figures.percent(abs(bps)),
                window=voice.figures.duration(window),
                before=voice.figures.price(alert.before, seen.base_unit),
            )
        case _:
            return say("{now}", now=now)


def sight_message(voice: Voice, alert: Alert, unseen: Unseen) -> Message:
    """A whole market is out of sight; or, where the alert names a watch, that wallet alone in it."""
    if alert.watch is not None:
        return _wallet_sight(voice, alert, unseen, alert.watch)
    title = plain(voice.atlas.market_title(unseen.market))
    silent = voice.figures.duration(unseen.silent_s)
    buttons = rows(row(link(_("Open Aave"), voice.atlas.app_url(unseen.market))))
    if alert.reason is Reason.RESOLVED:
        seen = voice.block(unseen.market, unseen.last) if unseen.last else ()
        first = head(_("✅ RESOLVED"), title, say(_("seen again")))
        return Message(
            (first, joined((say(_("I see your position again and judge every block")), seen))), (), buttons
        )
    first = head(_("⚪ STALE"), title, say(_("not seen for {silent}"), silent=bold(silent)))
    if unseen.last is None:
        since = say(_("I have not seen your position since I started, {silent} ago"), silent=silent)
    else:
        number = voice.figures.whole(unseen.last.number)
        since = say(_("I have not seen your position since block {number}"), number=number)
    return Message((first, since, _no_all_clear()), (), buttons)


def _no_all_clear() -> Line:
    return say(
        _("This is no all-clear: I keep trying and tell you when I see again. Meanwhile look yourself")
    )


def _wallet_sight(voice: Voice, alert: Alert, unseen: Unseen, watch: WatchRef) -> Message:
    who = ref_name(voice, watch, imagined=watch.address is None)
    market = voice.atlas.market_title(unseen.market)
    details: tuple[Line, ...] = ()
    explorer = ""
    if watch.address is not None:
        details = (say(_("Wallet {address}"), address=voice.address(unseen.market, watch.address)),)
        explorer = voice.atlas.address_url(unseen.market, watch.address)
    app = voice.atlas.app_url(unseen.market)
    buttons = rows(row(link(_("Open Aave"), app), link(_("Explorer"), explorer)))
    if alert.reason is Reason.RESOLVED:
        seen = voice.block(unseen.market, unseen.last) if unseen.last else ()
        first = head(_("✅ RESOLVED"), plain(who), say(_("seen again")))
        again = say(_("I see {who} again in {market} and judge it at every block"), who=who, market=market)
        return Message((first, joined((again, seen))), details, buttons)
    silent = voice.figures.duration(unseen.silent_s)
    first = head(_("⚪ STALE"), plain(who), say(_("not seen for {silent}"), silent=bold(silent)))
    if unseen.last is None:
        template = _("I have not seen {who} since I started, {silent} ago: {market} gives no answer for it")
        since = say(template, who=who, silent=silent, market=market)
    else:
        template = _("I have not seen {who} since block {number}: {market} gives no price or answer for it")
        since = say(template, who=who, number=voice.figures.whole(unseen.last.number), market=market)
    return Message((first, since, _no_all_clear()), details, buttons)
