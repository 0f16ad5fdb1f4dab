"""Alerts about what reaches exchanges, in words: who sent what where, on whose word, and the loan behind it.

Called by `bot.messages.alerts`. First lines are for a lock screen; the folded part has every transaction
linked and every address in full. What is of no value, or of tokens that nobody tracks, never gets here.
"""

from collections.abc import Iterable
from typing import Final

from bot.domain.alerts import Alert, Reason, Severity
from bot.domain.flows import Flow, FlowKind, FlowSeen
from bot.domain.rules import DigestRule, SumRule, TransferRule, UnusualRule
from bot.domain.units import BlockRef
from bot.messages.atlas import flows_key
from bot.messages.catalogue import _, plural
from bot.messages.flow_details import flow_buttons, flow_details
from bot.messages.flowloans import behind, loan_line, unread_line
from bot.messages.flowparts import (
    dollars,
    exchanges,
    label_line,
    named,
    net_dollars,
    person,
    sums_worth,
    symbol,
    weakest,
)
from bot.messages.hostile import clean
from bot.messages.model import Line, Message
from bot.messages.rich import bold, joined, plain, say
from bot.messages.signs import head
from bot.messages.voice import Voice

ROWS_SHOWN: Final = 8
"""Exchanges of a digest told one by one."""


def flow_message(voice: Voice, alert: Alert, seen: FlowSeen, *, running: bool) -> Message:
    """The alert as a message; its loudness is set by whoever calls."""
    if alert.reason is Reason.CORRECTED:
        told = _corrected(voice, alert, seen)
    elif isinstance(alert.rule, DigestRule):
        told = _digest(voice, alert.rule, seen)
    elif isinstance(alert.rule, UnusualRule) and seen.normal is not None:
        told = _unusual(voice, alert, seen)
    else:
        told = _moved(voice, alert, seen)
    return Message(
        tuple(line for line in told if line),
        tuple(line for line in flow_details(voice, alert, seen) if line),
        flow_buttons(voice, alert, seen, lasting=running and lasts_on(alert)),
    )


def lasts_on(alert: Alert) -> bool:
    """Whether more of it may come, so that a person may want it silent."""
    return isinstance(alert.rule, TransferRule | SumRule) and alert.reason is not Reason.CORRECTED


# ---- first lines -------------------------------------------------------------------------------------------


def _sign(alert: Alert, seen: FlowSeen) -> str:
    word = _kind(alert, seen)
    match alert.severity:
        case Severity.CRITICAL:
            return _("🔴 CRITICAL {kind}").format(kind=word)
        case Severity.WARNING:
            return f"🟠 {word}"
        case Severity.NOTICE:
            return f"🔵 {word}"


def _kind(alert: Alert, seen: FlowSeen) -> str:
    if isinstance(alert.rule, DigestRule):
        return _("DIGEST")
    if isinstance(alert.rule, UnusualRule):
        return _("UNUSUAL")
    match seen.kind:
        case FlowKind.OUTFLOW:
            return _("ACCUMULATION") if seen.accumulates else _("OUTFLOW")
        case FlowKind.BETWEEN | FlowKind.INTERNAL:
            return _("BETWEEN EXCHANGES")
        case FlowKind.INFLOW:
            return _("INFLOW")


def _sentence(voice: Voice, alert: Alert, seen: FlowSeen) -> Line:
    """Trend Research (HF 1.25 -> 1.29) sent 33,589 ETH ($79.0M) to Binance"""
    address = person(seen)
    what = bold(sums_worth(voice, seen.sums, seen.value))
    places = exchanges(flow.exchange for flow in seen.flows)
    if seen.kind is FlowKind.BETWEEN:
        left = exchanges(flow.other for flow in seen.flows)
        told = say(_("{what} went from {left} to {places}"), what=what, left=left, places=places)
    elif who := named(seen, address):
        template = (
            _("{who} withdrew {what} from {places}")
            if seen.kind is FlowKind.OUTFLOW
            else _("{who} sent {what} to {places}")
        )
        told = say(template, who=who + behind(voice, seen), what=what, places=places)
    else:
        template = (
            _("{what} left {places}") if seen.kind is FlowKind.OUTFLOW else _("{what} reached {places}")
        )
        told = say(template, what=what, places=places)
    if isinstance(alert.rule, SumRule) and seen.window_s:
        told += say(_(" within {window}"), window=voice.figures.duration(seen.window_s))
    return told


def _moved(voice: Voice, alert: Alert, seen: FlowSeen) -> list[Line]:
    told = [head(_sign(alert, seen), _sentence(voice, alert, seen))]
    if alert.reason is Reason.WORSENED and alert.before:
        told.append(say(_("More since I last rang: it was {before}"), before=dollars(voice, alert.before)))
    if alert.hush_ended:
        told.append(say(_("The pause you set has ended: more came")))
    told.append(_when_and_why(voice, seen))
    told.append(_at_sweep(seen.flows))
    if seen.loans:
        told.append(loan_line(voice, seen.loans[0]))
        if rest := len(seen.loans) - 1:
            told.append(say(plural("{n} more loan behind it", "{n} more loans behind it", rest), n=rest))
    told.append(unread_line(seen))
    return told


def _when_and_why(voice: Voice, seen: FlowSeen) -> Line:
    """In 12 transfers since 06:10, the last 9 s old · label sure: Binance's own proof of reserve, 2024-06"""
    doubtful = weakest(seen.flows)
    label = label_line(doubtful) if doubtful is not None else ()
    if not seen.flows:
        return voice.block(flows_key(seen.chain_id), seen.as_of)
    newest, oldest = seen.flows[0].at, seen.flows[-1].at
    if seen.count <= 1:  # what is told may be of a later block: the loan's
        when = voice.block(flows_key(seen.chain_id), BlockRef(seen.flows[0].block, "", newest))
    elif seen.count > len(seen.flows):
        when = say(_("In {n} transfers, the last {age}"), n=seen.count, age=voice.age(newest))
    else:
        when = say(
            _("In {n} transfers since {since}, the last {age}"),
            n=seen.count,
            since=voice.moment(oldest),
            age=voice.age(newest),
        )
    return joined((when, label))


def _at_sweep(flows: Iterable[Flow]) -> Line:
    """That a deposit was made before anybody could know it for one."""
    swept = [flow for flow in flows if flow.at_sweep]
    if not swept:
        return ()
    places = exchanges(flow.exchange for flow in swept)
    if len(swept) == 1:
        return say(_("Deposited earlier, seen when {places} swept it"), places=places)
    template = _("{n} of them were deposited earlier and seen when {places} swept them")
    return say(template, n=len(swept), places=places)


def _unusual(voice: Voice, alert: Alert, seen: FlowSeen) -> list[Line]:
    """ETH to exchanges: $90M within an hour, 9 times a normal hour"""
    normal = seen.normal
    if normal is None:
        return []
    coins = ", ".join(dict.fromkeys(symbol(one.asset) for one in seen.sums[:3])) or _("coins")
    template = (
        _("{coins} out of exchanges: {value} within an hour")
        if seen.kind is FlowKind.OUTFLOW
        else _("{coins} to exchanges: {value} within an hour")
    )
    told = say(template, coins=coins, value=bold(dollars(voice, normal.hour)))
    if times := normal.hour // normal.mean if normal.mean else 0:
        told += say(_(", {times} times a normal hour"), times=bold(voice.figures.whole(times)))
    known = voice.figures.duration(normal.hours * 3600)
    usual = say(
        _("A normal hour has {mean}, give or take {deviation}: known from {known}"),
        mean=dollars(voice, normal.mean),
        deviation=dollars(voice, normal.deviation),
        known=known,
    )
    return [
        head(_sign(alert, seen), told),
        usual,
        _where(voice, seen),
        voice.block(flows_key(seen.chain_id), seen.as_of),
    ]


def _where(voice: Voice, seen: FlowSeen) -> Line:
    if not seen.flows:
        return ()
    places = exchanges(flow.exchange for flow in seen.flows)
    largest = max(flow.value or 0 for flow in seen.flows)
    return say(_("At {places}; the largest is {value}"), places=places, value=dollars(voice, largest))


def _digest(voice: Voice, rule: DigestRule, seen: FlowSeen) -> list[Line]:
    """DIGEST · $1.2bn in, $900M out within 24 h: +$300M; then a line for each exchange."""
    into = sum(one for _name, one, _out in seen.digest)
    out = sum(one for _name, _in, one in seen.digest)
    window = voice.figures.duration(seen.window_s or rule.every_s)
    first = say(
        _("{into} in, {out} out within {window}: net {net}"),
        into=bold(dollars(voice, into)),
        out=bold(dollars(voice, out)),
        net=net_dollars(voice, into - out),
        window=window,
    )
    told = [head(_("🔵 DIGEST"), first)]
    for name, one_in, one_out in seen.digest[:ROWS_SHOWN]:
        told.append(
            say(
                _("{exchange}: in {into}, out {out}, net {net}"),
                exchange=bold(clean(name).text),
                into=dollars(voice, one_in),
                out=dollars(voice, one_out),
                net=net_dollars(voice, one_in - one_out),
            )
        )
    if (rest := len(seen.digest) - ROWS_SHOWN) > 0:
        told.append(say(plural("and {n} more exchange", "and {n} more exchanges", rest), n=rest))
    told.append(
        joined(
            (
                plain(voice.atlas.chain_title(seen.chain_id)),
                voice.block(flows_key(seen.chain_id), seen.as_of),
            )
        )
    )
    return told


def _corrected(voice: Voice, alert: Alert, seen: FlowSeen) -> list[Line]:
    """What was told is no more, whole or in part: its block was replaced."""
    gone = len(seen.retracted)
    why = _("the chain replaced the block, so it did not happen")
    if not seen.flows:
        who = named(seen, person(seen))
        told = [head(_("⚪ TAKEN BACK"), plain(who) if who else (), say(_("what I told here is not so")))]
    else:
        told = [head(_("⚪ CORRECTED"), _sentence(voice, alert, seen))]
    count = plural("{n} transfer taken back: {why}", "{n} transfers taken back: {why}", gone)
    told.append(say(count, n=gone, why=why))
    if seen.flows:
        told.append(_when_and_why(voice, seen))
    return told
