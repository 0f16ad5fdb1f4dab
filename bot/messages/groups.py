"""Alerts of one block in one message: how many and how bad, then each in two lines, the worst first.

Called by `bot.messages.compose`. Each alert keeps its own incident; the buttons act on all of them.
"""

from typing import Final

from bot.domain.alerts import Alert, AlertGroup, Reason, Severity, Unseen
from bot.domain.flows import FlowSeen
from bot.domain.observations import PositionSeen, PriceSeen
from bot.messages import lines
from bot.messages.alerts import Handled, aftermath, alert_message, lasts, resolved, rings, unattended
from bot.messages.atlas import flows_key
from bot.messages.catalogue import _, plural
from bot.messages.fixes import fix
from bot.messages.model import Button, Line, Message, Span, Style
from bot.messages.moves import liquidation_line, move_line
from bot.messages.names import alert_name
from bot.messages.rich import line_text, link, plain, press, row, rows, say, units
from bot.messages.signs import head, loudness, severity_word
from bot.messages.voice import Voice

TOLD_AT_MOST: Final = 12
"""Alerts told one by one; more are counted, and stand in the details."""
_UNITS: Final = 2_400
"""UTF-16 units that they may take, so that the details still fit."""


def group_message(
    voice: Voice,
    group: AlertGroup,
    *,
    repeated: bool,
    handled: Handled | None = None,
    escalated: bool = False,
) -> Message:
    """The alerts as one message."""
    alerts = worst_first(group.alerts)
    told = [_first(voice, alerts), *unattended(voice, alerts[0], escalated=escalated)]
    shown, room = 0, _UNITS
    for alert in alerts[:TOLD_AT_MOST]:
        pair = _pair(voice, alert)
        room -= sum(units(line_text(line)) + 1 for line in pair)
        if room < 0 and shown:
            break
        told.extend(pair)
        shown += 1
    if rest := len(alerts) - shown:
        told.append(say(plural("and {n} more", "and {n} more", rest), n=rest))
    return Message(
        (*told, *aftermath(voice, handled, repeated=repeated)),
        _details(voice, alerts),
        _buttons(voice, group, alerts, running=handled is None),
        silent=not any(rings(alert) for alert in alerts),
        severity=loudness(alerts[0]),
    )


def group_details(voice: Voice, group: AlertGroup) -> Message:
    """Every alert of it unfolded, as the press of Details shows them."""
    told: list[Line] = []
    for alert in worst_first(group.alerts):
        whole = alert_message(voice, alert, repeated=False)
        told.extend((*whole.lines, *_table(voice, alert)))
    return Message((*told, *lines.hidden(voice)))


def worst_first(alerts: tuple[Alert, ...]) -> tuple[Alert, ...]:
    """What is over comes last; within a severity the order is kept."""
    return tuple(sorted(alerts, key=lambda one: (one.reason is Reason.RESOLVED, -one.severity)))


def _first(voice: Voice, alerts: tuple[Alert, ...]) -> Line:
    """🔴 CRITICAL · 5 alerts, 2 of them critical · Aave v3 Ethereum · block 24,100,233, 9 s old"""
    worst = alerts[0]
    over = worst.reason is Reason.RESOLVED
    sign = _("✅ RESOLVED") if over else severity_word(worst.severity)
    count = say(plural("{n} alert", "{n} alerts", len(alerts)), n=len(alerts))
    critical = sum(1 for alert in alerts if rings(alert))
    if 0 < critical < len(alerts):
        count += say(_(", {n} of them critical"), n=critical)
    markets = {_market(alert) for alert in alerts}
    where = plain(voice.atlas.market_title(markets.pop())) if len(markets) == 1 else ()
    return head(sign, count, where, _block(voice, alerts))


def _market(alert: Alert) -> str:
    match alert.seen:
        case PositionSeen(position):
            return position.market
        case FlowSeen(chain_id):
            return flows_key(chain_id)
        case seen:
            return seen.market


def _block(voice: Voice, alerts: tuple[Alert, ...]) -> Line:
    """The newest block that was read for any of them."""
    read = [(alert.seen.as_of, _market(alert)) for alert in alerts if not isinstance(alert.seen, Unseen)]
    if not read:
        return ()
    newest, market = max(read, key=lambda one: one[0].timestamp)
    return voice.block(market, newest)


def _pair(voice: Voice, alert: Alert) -> tuple[Line, ...]:
    """Its first line, and the one line that decides."""
    whole = alert_message(voice, alert, repeated=False)
    decisive = _decisive(voice, alert, whole.lines[1:])
    return (whole.lines[0], say("   ") + decisive) if decisive else whole.lines[:1]


def _decisive(voice: Voice, alert: Alert, rest: tuple[Line, ...]) -> Line:
    """What to do where it is critical, else what would bring liquidation, or what happened."""
    seen = alert.seen
    match seen:
        case PriceSeen():
            return ()  # its first line says all, the block stands above
        case Unseen() | FlowSeen():
            return rest[0] if rest else ()
        case PositionSeen():
            position = seen.position
    match alert.reason:
        case Reason.RESOLVED:
            return next(iter(resolved(voice, alert)), ())
        case Reason.LIQUIDATED:
            return liquidation_line(voice, position, seen.liquidations[0]) if seen.liquidations else ()
        case Reason.CHANGED:
            return move_line(voice, position, seen.moves[0]) if seen.moves else ()
    cured = fix(voice, position) if alert.severity is Severity.CRITICAL else ()
    return cured or next(iter(lines.danger(voice, position)), ())


def _details(voice: Voice, alerts: tuple[Alert, ...]) -> tuple[Line, ...]:
    """A short table of each, once for each wallet and market."""
    told: dict[tuple[str, str], tuple[Line, ...]] = {}
    for alert in alerts:
        table = _table(voice, alert)
        if table:
            told.setdefault((alert.subject, _market(alert)), (_name(voice, alert), *table))
    return (*(line for table in told.values() for line in table), *lines.hidden(voice))


def _name(voice: Voice, alert: Alert) -> Line:
    """Who it is about; for what names no watch, its market."""
    if alert.watch is None:
        return (Span(voice.atlas.market_title(_market(alert)), Style.BOLD),)
    return (Span(alert_name(voice, alert), Style.BOLD),)


def _table(voice: Voice, alert: Alert) -> tuple[Line, ...]:
    seen = alert.seen
    if isinstance(seen, PositionSeen):
        position = seen.position
        return (*lines.holdings(voice, position), voice.of_whom(position))
    if isinstance(seen, PriceSeen):
        price = voice.figures.exact_price(seen.price, seen.base_unit)
        return (say(_("Exact price {price}"), price=price),)
    return ()


def _buttons(
    voice: Voice, group: AlertGroup, alerts: tuple[Alert, ...], *, running: bool
) -> tuple[tuple[Button, ...], ...]:
    markets = {_market(alert) for alert in alerts}
    app = link(_("Open Aave"), voice.atlas.app_url(markets.pop())) if len(markets) == 1 else None
    details = press(_("Details"), "details", group.id)
    if not (running and any(lasts(alert) for alert in alerts)):
        return rows(row(app), row(details))
    snooze, ack = press(_("Snooze 1h all"), "snooze", group.id), press(_("Ack all"), "ack", group.id)
    return rows(row(app), row(snooze, ack, details))
