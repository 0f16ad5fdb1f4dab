"""How far transfers are read, in words: a part of /status."""

from bot.messages.atlas import flows_key
from bot.messages.catalogue import _
from bot.messages.hostile import clean
from bot.messages.marketfacts import FlowFacts
from bot.messages.model import Line
from bot.messages.rich import code, faint, joined, say
from bot.messages.voice import Voice


def flows_read(voice: Voice, one: FlowFacts) -> tuple[Line, ...]:
    """Transfers on Ethereum · read to block 24,100,233, 9 s old; what is not seen, and what is wrong."""
    chain = voice.atlas.chain_title(one.chain_id)
    title = say(_("Transfers on {chain}"), chain=chain)
    if one.head is None:
        state = say(_("not read: nobody asks for them")) if not one.fault else say(_("not read yet"))
    else:
        state = say(_("read to ")) + voice.block(flows_key(one.chain_id), one.head)
    endpoint = say(_("from {host}"), host=code(one.endpoint)) if one.endpoint else ()
    told = [joined((title, state, endpoint))]
    if one.head is not None and not one.traced:
        told.append(faint(say(_("  coins moved by contracts are not seen: the node gives no traces"))))
    if one.fault:
        told.append(say(_("  fault: {fault}"), fault=clean(one.fault, cap=160).text))
    return tuple(told)
