"""Alerts in words, one shape each: first line for a lock screen, then what to do, then the numbers behind it.

Called by `bot.messages.compose`, and by `groups` for several at once. An alert's numbers are those of its
decision; only ages are of composing.
"""

from dataclasses import dataclass

from bot.domain.alerts import Alert, Reason, Severity, Unseen
from bot.domain.evaluate import distance_bps
from bot.domain.flows import FlowSeen
from bot.domain.observations import PositionSeen, PriceSeen
from bot.domain.positions import Position
from bot.domain.rules import ClosedRule, DistanceRule, PriceRule
from bot.messages import lines
from bot.messages.atlas import chat_kind, person_made
from bot.messages.catalogue import _, plural
from bot.messages.fixes import copy_repay, fix
from bot.messages.flow_alerts import flow_message, lasts_on
from bot.messages.flowtables import deposits_line
from bot.messages.model import Button, Line, Message
from bot.messages.moves import liquidation_details, liquidation_line, move_line
from bot.messages.names import alert_name
from bot.messages.outlook import collaterals, debts
from bot.messages.price_alerts import price_message, sight_message
from bot.messages.rich import bold, faint, joined, plain, press, row, rows, say
from bot.messages.signs import head, health, loudness, severity_word
from bot.messages.voice import Voice

SHOWN_AT_MOST = 6
"""Moves or liquidations of one block told one by one; more are counted."""
HOUR = "1h"


@dataclass(frozen=True, slots=True)
class Handled:
    """That a person has taken an incident up. `until` 0 = acknowledged, else snoozed so long."""

    by: str
    """Hostile text."""
    at: int
    until: int = 0


def alert_message(
    voice: Voice,
    alert: Alert,
    *,
    repeated: bool,
    handled: Handled | None = None,
    escalated: bool = False,
) -> Message:
    """The alert as a message; `repeated` marks one that may have arrived before, `escalated` one that another
    chat was told first and left alone.
    """
    match alert.seen:
        case Unseen():
            message = sight_message(voice, alert, alert.seen)
        case PriceSeen():
            message = price_message(voice, alert, alert.seen)
        case FlowSeen():
            message = flow_message(voice, alert, alert.seen, running=handled is None)
        case PositionSeen():
            message = _position(voice, alert, alert.seen, running=handled is None)
    first, *rest = message.lines
    told = (first, *unattended(voice, alert, escalated=escalated), *rest)
    return Message(
        told + aftermath(voice, handled, repeated=repeated),
        message.details,
        message.buttons,
        silent=not rings(alert),
        severity=loudness(alert),
    )


def rings(alert: Alert) -> bool:
    """Only what is critical and not over."""
    return alert.severity is Severity.CRITICAL and alert.reason is not Reason.RESOLVED


def aftermath(voice: Voice, handled: Handled | None, *, repeated: bool) -> tuple[Line, ...]:
    """The last lines: who took it up, and that it may have been there before."""
    told: list[Line] = []
    if handled is not None:
        told.append(_handled(voice, handled))
    if repeated:
        told.append(faint(say(_("(repeated: I was interrupted while sending this)"))))
    return tuple(told)


def unattended(voice: Voice, alert: Alert, *, escalated: bool) -> tuple[Line, ...]:
    """Nobody took this up for 10 min in the Telegram group, so I tell you"""
    if not escalated:
        return ()
    waited = voice.figures.duration(voice.settings.escalate_after_s)
    where = chat_kind(alert.home or alert.destination)
    return (say(_("Nobody took this up for {time} in {chat}, so I tell it here"), time=waited, chat=where),)


def _who(voice: Voice, alert: Alert) -> Line:
    return plain(alert_name(voice, alert)) if alert.watch is not None else ()


# ---- positions --------------------------------------------------------------------------------------


def _position(voice: Voice, alert: Alert, seen: PositionSeen, *, running: bool) -> Message:
    position = seen.position
    match alert.reason:
        case Reason.LIQUIDATED:
            told = _liquidated(voice, alert, seen)
        case Reason.CHANGED if isinstance(alert.rule, ClosedRule):
            told = (_first(voice, alert, _("🔵 CLOSED"), say(_("nothing supplied, nothing owed any more"))),)
        case Reason.CHANGED:
            told = _changed(voice, alert, seen)
        case Reason.RESOLVED:
            told = (
                _first(voice, alert, _("✅ RESOLVED"), _trend(voice, alert, position)),
                *resolved(voice, alert),
            )
        case _:
            told = _warned(voice, alert, position)
    body = (*told, deposits_line(voice, alert.deposits), lines.totals(voice, position))
    kept = tuple(line for line in body if line)
    extra = liquidation_details(voice, seen) if alert.reason is Reason.LIQUIDATED else ()
    return Message(
        kept,
        (*extra, *lines.details(voice, position), *lines.hidden(voice)),
        _buttons(voice, alert, position, running=running),
    )


def _first(voice: Voice, alert: Alert, sign: str, number: Line) -> Line:
    return head(sign, _who(voice, alert), number)


def _trend(voice: Voice, alert: Alert, position: Position) -> Line:
    """The one number of the first line, in the rule's own unit, and what it was when last told."""
    if not isinstance(alert.rule, DistanceRule):
        return health(voice, position.health_factor, alert.before)
    now = bold(voice.figures.percent(distance_bps(position.health_factor)))
    number = say(_("{percent} to liquidation"), percent=now)
    if alert.before:
        number += say(_(" (was {percent})"), percent=voice.figures.percent(alert.before))
    return joined((number, health(voice, position.health_factor)))


def _warned(voice: Voice, alert: Alert, position: Position) -> tuple[Line, ...]:
    told = [_first(voice, alert, severity_word(alert.severity), _trend(voice, alert, position))]
    if alert.reason is Reason.REMINDER:
        told.append(say(_("Reminder: still below {level}"), level=_level(voice, alert)))
    if alert.hush_ended:
        told.append(say(_("The pause you set has ended: it got worse")))
    told.extend(lines.danger(voice, position))
    told.append(fix(voice, position))
    return tuple(told)


def _level(voice: Voice, alert: Alert) -> str:
    if isinstance(alert.rule, DistanceRule):
        return voice.figures.exact_percent(alert.level)
    return voice.figures.level(alert.level)


def resolved(voice: Voice, alert: Alert) -> tuple[Line, ...]:
    match alert.rule:
        case DistanceRule(levels_bps=levels) if levels:
            level = voice.figures.exact_percent(levels[0])
        case _ if levels := getattr(alert.rule, "levels", ()):
            level = voice.figures.level(levels[0])
        case _:
            return ()
    return (say(_("Above all your levels again, the highest is {level}"), level=level),)


def _changed(voice: Voice, alert: Alert, seen: PositionSeen) -> tuple[Line, ...]:
    told = [_first(voice, alert, _("🔵 CHANGED"), health(voice, seen.position.health_factor, alert.before))]
    told.extend(move_line(voice, seen.position, move) for move in seen.moves[:SHOWN_AT_MOST])
    told.append(_more(len(seen.moves)))
    if seen.gap:
        told.append(say(_("Some blocks before this one could not be read: there may have been more")))
    told.extend(lines.danger(voice, seen.position))
    return tuple(told)


def _liquidated(voice: Voice, alert: Alert, seen: PositionSeen) -> tuple[Line, ...]:
    now = say(_("HF {now} now"), now=bold(voice.figures.health(seen.position.health_factor)))
    told = [_first(voice, alert, _("🔴 LIQUIDATED"), now)]
    told.extend(liquidation_line(voice, seen.position, one) for one in seen.liquidations[:SHOWN_AT_MOST])
    told.append(_more(len(seen.liquidations)))
    if seen.position.is_empty:
        told.append(say(_("Nothing is left: nothing supplied, nothing owed")))
    else:
        told.append(_left(voice, seen.position))
        told.extend(lines.danger(voice, seen.position))
        told.append(fix(voice, seen.position))
    return tuple(told)


def _left(voice: Voice, position: Position) -> Line:
    """What is left, asset by asset; the amounts in full are in the details."""
    supplied = [voice.holding(part.amount, part.asset) for part in collaterals(position)[:3]]
    owed = [voice.holding(part.amount, part.asset) for part in debts(position)[:3]]
    nothing = _("nothing")
    return say(
        _("Left: {supplied} as collateral, {owed} owed"),
        supplied=", ".join(supplied) or nothing,
        owed=", ".join(owed) or nothing,
    )


def _more(count: int) -> Line:
    rest = count - SHOWN_AT_MOST
    return say(plural("and {n} more", "and {n} more", rest), n=rest) if rest > 0 else ()


def _buttons(
    voice: Voice, alert: Alert, position: Position, *, running: bool
) -> tuple[tuple[Button, ...], ...]:
    details = press(_("Details"), "details", alert.incident)
    lasting = lasts(alert)
    if lasting and running:
        acts = row(
            press(_("Snooze 1h"), "snooze", alert.incident), press(_("Ack"), "ack", alert.incident), details
        )
    else:
        acts = row(details)
    return rows(lines.links(voice, position), acts, row(copy_repay(voice, position)) if lasting else ())


def lasts(alert: Alert) -> bool:
    """Whether it goes on until it is over, so that a person may take it up."""
    if isinstance(alert.seen, FlowSeen):
        return lasts_on(alert)
    if isinstance(alert.seen, PriceSeen):
        return isinstance(alert.rule, PriceRule) and alert.reason is not Reason.RESOLVED
    return isinstance(alert.seen, PositionSeen) and alert.reason in {
        Reason.FIRST,
        Reason.WORSENED,
        Reason.REMINDER,
    }


def _handled(voice: Voice, handled: Handled) -> Line:
    by = person_made(handled.by) or _("somebody")
    if handled.until:
        return say(
            _("Snoozed by {by} at {at}, until {until}, or until it gets worse"),
            by=by,
            at=voice.moment(handled.at),
            until=voice.moment(handled.until),
        )
    return say(
        _("Acknowledged by {by} at {at}; I speak again when it gets worse or is over"),
        by=by,
        at=voice.moment(handled.at),
    )
