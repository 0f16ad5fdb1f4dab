"""/flows in words: in, out and net, by asset and exchange, the largest; and the picture of the hours.

Called by `dispatch`. Also what a watched wallet sent to exchanges, as its cards say it.
"""

from typing import Final

from bot.domain.flows import Deposits, Flow, FlowKind, FlowSums, Total
from bot.domain.transfers import USD_UNIT
from bot.domain.units import Asset
from bot.messages.catalogue import _, plural
from bot.messages.flowanswers import FlowsShown
from bot.messages.flowparts import (
    amount,
    dollars,
    exchanges,
    flow_line,
    full,
    net_dollars,
    person_of,
    sums_worth,
)
from bot.messages.hostile import clean
from bot.messages.model import Button, Chart, Line, Message
from bot.messages.rich import bold, faint, joined, press, row, rows, say
from bot.messages.voice import Voice

ROWS_SHOWN: Final = 8
LARGEST_SHOWN: Final = 3
_LEAST_BARS: Final = 2
_MILLION: Final = 10**6 * USD_UNIT


def flows_shown(voice: Voice, answer: FlowsShown) -> Message:
    """A head with the sums, a line for each exchange, the largest, since when it is known; and a picture."""
    sums = answer.sums
    told = [_head(voice, answer), *_unknown(voice, answer)]
    if not (sums.all.into_count or sums.all.out_count):
        if sums.known_since < sums.until:
            told.append(say(_("Nothing flowed in or out")))
    else:
        told.extend(_by_exchange(voice, sums))
        told.extend(_by_asset(voice, answer))
        told.extend(_largest(voice, sums))
    details = [_with_whom(voice, flow) for flow in sums.largest]
    for chain_id in answer.untraced:
        chain = voice.atlas.chain_title(chain_id)
        details.append(
            say(_("Coins moved by contracts on {chain} are not seen: the node gives no traces"), chain=chain)
        )
    return Message(tuple(told), tuple(details), _buttons(answer), chart=_chart(voice, answer))


def _what(answer: FlowsShown) -> str:
    return " ".join(clean(one).text for one in (answer.asset, answer.exchange) if one)


def _head(voice: Voice, answer: FlowsShown) -> Line:
    """ETH in 24 h: $1.2bn in, $900M out, net +$300M into exchanges"""
    of = answer.sums.all
    what = _what(answer) or _("All that I read")
    if not (of.into_count or of.out_count):
        window = voice.figures.duration(answer.window_s)
        return say(_("{what} in {window}"), what=bold(what), window=window)
    return say(
        _("{what} in {window}: {into} in, {out} out, net {net}"),
        what=bold(what),
        window=voice.figures.duration(answer.window_s),
        into=bold(dollars(voice, of.into_value)),
        out=bold(dollars(voice, of.out_value)),
        net=bold(net_dollars(voice, of.net_value)),
    )


def _unknown(voice: Voice, answer: FlowsShown) -> tuple[Line, ...]:
    """What is not known of the window: sums of less time must not pass for all of it."""
    sums = answer.sums
    if sums.known_since <= sums.since:
        return ()
    if sums.known_since >= sums.until:
        return (say(_("I know nothing of this time: I began to read transfers later, or not at all")),)
    return (say(_("Known without a hole since {at} only"), at=voice.moment(sums.known_since)),)


def _row(voice: Voice, name: str, of: Total) -> Line:
    return say(
        _("{name}: in {into}, out {out}, net {net}"),
        name=bold(name),
        into=dollars(voice, of.into_value),
        out=dollars(voice, of.out_value),
        net=net_dollars(voice, of.net_value),
    )


def _by_exchange(voice: Voice, sums: FlowSums) -> list[Line]:
    """The busiest first."""
    ranked = sorted(sums.by_exchange.items(), key=lambda one: -(one[1].into_value + one[1].out_value))
    told = [_row(voice, clean(name).text, of) for name, of in ranked[:ROWS_SHOWN]]
    if (rest := len(ranked) - ROWS_SHOWN) > 0:
        told.append(say(plural("and {n} more exchange", "and {n} more exchanges", rest), n=rest))
    return told


def _by_asset(voice: Voice, answer: FlowsShown) -> list[Line]:
    """Exact amounts, where there are few assets to tell apart."""
    named = {f"{one.chain_id}/{one.address}": one for one in answer.assets}
    found = [(named[key], of) for key, of in answer.sums.by_asset.items() if key in named]
    ranked = sorted(found, key=lambda one: -(one[1].into_value + one[1].out_value))[:LARGEST_SHOWN]
    return [faint(_amounts(voice, asset, of)) for asset, of in ranked]


def _amounts(voice: Voice, asset: Asset, of: Total) -> Line:
    return say(
        _("{into} in by {n_in} transfers, {out} out by {n_out}"),
        into=amount(voice, of.into, asset),
        out=amount(voice, of.out, asset),
        n_in=voice.figures.whole(of.into_count),
        n_out=voice.figures.whole(of.out_count),
    )


def _largest(voice: Voice, sums: FlowSums) -> list[Line]:
    return [
        say(_("Largest: ") if not index else "  ") + joined((flow_line(voice, flow), _way(flow)))
        for index, flow in enumerate(sums.largest[:LARGEST_SHOWN])
    ]


def _way(flow: Flow) -> Line:
    place = clean(flow.exchange).text
    match flow.kind:
        case FlowKind.OUTFLOW:
            return say(_("out of {place}"), place=place)
        case _:
            return say(_("to {place}"), place=place)


def _with_whom(voice: Voice, flow: Flow) -> Line:
    """Amount, time, transaction, which way, and by or to whom, in full."""
    address = full(voice, flow.chain_id, person_of(flow))
    whom = say(_("to {who}") if flow.kind is FlowKind.OUTFLOW else _("by {who}"), who=address)
    return joined((flow_line(voice, flow), _way(flow), whom))


def _buttons(answer: FlowsShown) -> tuple[tuple[Button, ...], ...]:
    what = _what(answer)
    return rows(
        row(
            press(_("1 h"), "flows", f"{what} 1h".strip()),
            press(_("24 h"), "flows", f"{what} 24h".strip()),
            press(_("7 d"), "flows", f"{what} 7d".strip()),
        ),
        row(press(_("Tell me of inflows"), "inflows", "")),
    )


def _chart(voice: Voice, answer: FlowsShown) -> Chart | None:
    """In and out by the hour; None where there is too little to draw."""
    series = answer.sums.series
    busy = [one for one in series if one[1] or one[2]]
    if len(busy) < _LEAST_BARS:
        return None
    most = max(max(one[1], one[2]) for one in series)
    unit, name = (_MILLION, _("in millions of dollars")) if most >= _MILLION else (USD_UNIT, _("in dollars"))
    title = " · ".join(filter(None, (_what(answer) or _("All flows"), name)))
    peak = max(series, key=lambda one: one[1])
    alt = _("{what}: {into} in and {out} out of exchanges in {window}; most in one hour {peak}").format(
        what=_what(answer) or _("All flows"),
        into=dollars(voice, answer.sums.all.into_value),
        out=dollars(voice, answer.sums.all.out_value),
        window=voice.figures.duration(answer.window_s),
        peak=dollars(voice, peak[1]),
    )
    return Chart(
        title=title,
        alt=alt,
        price=(),
        unit=unit,
        timezone=voice.figures.timezone,
        bars=tuple((at, int(into), int(out)) for at, into, out in series),
        bars_labels=(_("into exchanges"), _("out of exchanges")),
    )


# ---- on cards ----------------------------------------------------------------------------------------------


def deposits_line(voice: Voice, deposits: Deposits | None) -> Line:
    """Sent to exchanges in 7 d: 33,589 ETH ($79.0M) to Binance; empty where nothing was."""
    if deposits is None or not deposits.sums:
        return ()
    value = sum(one.value for one in deposits.sums)
    days = voice.figures.duration(max(3_600, (voice.now - deposits.since) // 3_600 * 3_600))
    return say(
        _("Sent to exchanges in {days}: {what} to {places}"),
        days=days,
        what=sums_worth(voice, deposits.sums, value),
        places=exchanges(deposits.exchanges),
    )
