"""/inflows in words: what is told of flows here, what a filter was taken for. Called by `dispatch`."""

from bot.messages.atlas import flows_key
from bot.messages.catalogue import _, plural
from bot.messages.flowanswers import Became, InflowsOff, InflowsOn, InflowsShown
from bot.messages.flowfilter import coin_of, filter_said
from bot.messages.model import Button, Line, Message
from bot.messages.names import watch_name
from bot.messages.rich import bold, code, faint, press, row, rows, say
from bot.messages.ruletext import flow_rule_line
from bot.messages.voice import Voice
from bot.messages.wallets import rules_of
from bot.subscriptions import FlowTarget, Watch

ADDRESSES_SHOWN = 5


def inflows_shown(voice: Voice, answer: InflowsShown) -> Message:
    """What is on; or, with nothing on, what one tap turns on."""
    if not answer.watches:
        offered = filter_said(voice, answer.offered)
        told: list[Line] = [
            say(_("I tell of no transfers to exchanges here yet.")),
            say(_("One tap: {what}, single transfers from $10M on."), what=bold(offered)),
            *_not_read(read=answer.read),
            say(
                _("Or your own: {one}, {two}"),
                one=code("/inflows ETH 20000"),
                two=code("/inflows USDT $50m in 24h"),
            ),
        ]
        return Message(tuple(told), (), rows(row(press(_("Tell me"), "inflows", "on"))))
    told = [line for watch in answer.watches for line in rules_of(voice, watch)]
    told.extend(_not_read(read=answer.read))
    told.append(
        faint(
            say(
                _("Another: {add} · fewer: {fewer} · none: {off}"),
                add=code("/inflows ETH 20000"),
                fewer=code(f"/unwatch {answer.watches[0].number}"),
                off=code("/inflows off"),
            )
        )
    )
    return Message(tuple(told), (), rows(row(press(_("Flows"), "flows", "24h"))))


def inflows_on(voice: Voice, answer: InflowsOn) -> Message:
    """What the words were taken for, as it will be judged."""
    match answer.became:
        case Became.ADDED:
            first = say(_("I tell of ")) + watch_name(voice, answer.watch)
        case Became.KNOWN:
            first = say(_("I tell of that already: ")) + watch_name(voice, answer.watch)
        case Became.JOINED:
            first = say(_("One rule more for ")) + watch_name(voice, answer.watch)
        case Became.CHANGED:
            first = say(_("Changed: ")) + watch_name(voice, answer.watch)
    target = answer.watch.target
    told = [first]
    if isinstance(target, FlowTarget):
        told.append(flow_rule_line(voice, answer.rule, coin_of(voice, target)))
        told.extend(_addresses(voice, target))
    told.extend(_not_read(read=answer.read))
    return Message(tuple(told), (), rows(row(*_more(answer.watch))))


def _addresses(voice: Voice, target: FlowTarget) -> tuple[Line, ...]:
    """Who was meant, in full: a name may point elsewhere than one thinks."""
    market = flows_key(next(iter(target.chains), next(iter(voice.atlas.chains), 0)))
    people = (*target.senders, *target.receivers)
    return tuple((voice.address(market, one),) for one in people[:ADDRESSES_SHOWN])


def _more(watch: Watch) -> tuple[Button, ...]:
    number = str(watch.number)
    return (
        press(_("Rules"), "rules", number),
        press(_("Flows"), "flows", "24h"),
        press(_("Stop watching"), "unwatch", number),
    )


def _not_read(*, read: bool) -> tuple[Line, ...]:
    """That nothing will come of it, where that is so."""
    if read:
        return ()
    return (say(_("No transfers are read here yet: I tell as soon as they are.")),)


def inflows_off(voice: Voice, answer: InflowsOff) -> Message:
    count = len(answer.watches)
    if not count:
        return Message((say(_("I told of no flows here: there was nothing to switch off.")),))
    told = plural(
        "I tell of no flows any more: {n} filter is gone",
        "I tell of no flows any more: {n} filters are gone",
        count,
    )
    names = [say("  ") + watch_name(voice, watch) for watch in answer.watches[:5]]
    return Message((say(told, n=count), *names), (), rows(row(press(_("Tell me"), "inflows", "on"))))
