"""The folded part of a flow alert, and its buttons: each transaction linked, every address in full.

Called by `flow_alerts`.
"""

from typing import Final

from bot.domain.alerts import Alert
from bot.domain.flows import FlowKind, FlowSeen
from bot.messages.atlas import flows_key
from bot.messages.catalogue import _, plural
from bot.messages.flowloans import loan_details
from bot.messages.flowparts import flow_line, full, label_line, person, person_of, symbol, transaction
from bot.messages.hostile import clean
from bot.messages.lines import hidden
from bot.messages.model import Button, Line
from bot.messages.rich import faint, joined, link, press, row, rows, say
from bot.messages.voice import Voice

ADDRESSES_SHOWN: Final = 6
RETRACTED_SHOWN: Final = 5


def flow_details(voice: Voice, alert: Alert, seen: FlowSeen) -> tuple[Line, ...]:
    told: list[Line] = [flow_line(voice, flow) for flow in seen.flows]
    if (rest := seen.count - len(seen.flows)) > 0 and seen.flows:
        told.append(say(plural("and {n} more transfer", "and {n} more transfers", rest), n=rest))
    told.extend(_addresses(voice, seen))
    told.extend(loan_details(voice, seen))
    if seen.retracted:
        spans = [(transaction(voice, seen.chain_id, tx),) for tx in seen.retracted[:RETRACTED_SHOWN]]
        told.append(say(_("Taken back: ")) + joined(spans, ", "))
    if seen.untraced:
        chain = voice.atlas.chain_title(seen.chain_id)
        told.append(
            say(_("Coins moved by contracts on {chain} are not seen: the node gives no traces"), chain=chain)
        )
    if alert.watch is not None:
        told.append(faint(say(_("Told by watch #{number}"), number=alert.watch.number)))
    return (*told, *(hidden(voice) if seen.loans else ()))


def _addresses(voice: Voice, seen: FlowSeen) -> tuple[Line, ...]:
    """Everybody in full: people, then what they paid into and through."""
    people = dict.fromkeys(person_of(flow) for flow in seen.flows)
    places = {(flow.sender if flow.kind is FlowKind.OUTFLOW else flow.receiver): flow for flow in seen.flows}
    through = dict.fromkeys(flow.via for flow in seen.flows if flow.via is not None)
    person_template = _("Received by {address}") if seen.kind is FlowKind.OUTFLOW else _("Sent by {address}")
    told = [
        say(person_template, address=full(voice, seen.chain_id, one))
        for one in list(people)[:ADDRESSES_SHOWN]
    ]
    for address, flow in list(places.items())[:ADDRESSES_SHOWN]:
        told.append(
            joined(
                (
                    say(
                        _("{exchange} {address}"),
                        exchange=clean(flow.exchange).text,
                        address=full(voice, seen.chain_id, address),
                    ),
                    label_line(flow),
                )
            )
        )
    told.extend(
        say(_("Through {address}"), address=full(voice, seen.chain_id, one))
        for one in list(through)[:ADDRESSES_SHOWN]
    )
    return tuple(told)


def flow_buttons(
    voice: Voice, alert: Alert, seen: FlowSeen, *, lasting: bool
) -> tuple[tuple[Button, ...], ...]:
    market, address = flows_key(seen.chain_id), person(seen)
    newest = seen.flows[0] if seen.flows else None
    links = row(
        link(_("Transaction"), voice.atlas.transaction_url(market, newest.tx)) if newest else None,
        link(_("Explorer"), voice.atlas.address_url(market, address)) if address else None,
        press(_("Who is it"), "who", address) if address else None,
        press(_("Flows"), "flows", f"{symbol(seen.sums[0].asset)} 24h" if seen.sums else "24h"),
    )
    acts = (
        row(press(_("Snooze 1h"), "snooze", alert.incident), press(_("Ack"), "ack", alert.incident))
        if lasting
        else ()
    )
    own = seen.loans and address is not None and not seen.accumulates
    watch = row(press(_("Watch this wallet"), "watch", seen.loans[0].account)) if own else ()
    return rows(links, acts, watch)
