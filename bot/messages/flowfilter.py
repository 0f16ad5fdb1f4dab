"""What a flow watch listens for, in words: exactly, to be typed again; and as people say it.

`eth "Coinbase Prime" out to 0x…` is read back without loss by `bot.messages.typed.flows`.
"""

from typing import Final

from bot.domain.flows import FlowKind
from bot.domain.units import Address
from bot.messages.atlas import short_address
from bot.messages.catalogue import _
from bot.messages.hostile import clean
from bot.messages.voice import Voice
from bot.subscriptions import FlowTarget

FAMILIES: Final = {"eth": "ETH", "btc": "BTC", "usd": "USD"}
"""Assets that move together, by the key of their basket, as they are typed."""
DIRECTIONS: Final[dict[tuple[FlowKind, ...], str]] = {
    (FlowKind.INFLOW,): "",
    (FlowKind.OUTFLOW,): "out",
    (FlowKind.INFLOW, FlowKind.OUTFLOW): "both",
    (FlowKind.BETWEEN,): "between",
}
"""How a direction is typed; nothing for what reaches exchanges."""
_NAMED_AT_MOST: Final = 4
"""Of each kind; more are counted."""


def filter_words(target: FlowTarget) -> str:
    """The filter as one would type it, the same whatever was typed: `eth Binance from 0x…`."""
    return " ".join(
        (
            *(FAMILIES.get(one, one) for one in target.assets),
            *(f'"{one}"' if " " in one else one for one in target.exchanges),
            *(() if not (word := DIRECTIONS.get(target.directions, "both")) else (word,)),
            *(f"from {one}" for one in target.senders),
            *(f"to {one}" for one in target.receivers),
            *(f"on {one}" for one in target.chains),
        )
    )


def filter_said(voice: Voice, target: FlowTarget) -> str:
    """ETH, WBTC to Binance; everything out of exchanges to 0x1234…abcd"""
    assets = _listed([asset_word(voice, one) for one in target.assets]) or _("everything")
    places = _listed([clean(one).text for one in target.exchanges]) or _("exchanges")
    match target.directions:
        case (FlowKind.INFLOW,):
            template = _("{assets} to {places}")
        case (FlowKind.OUTFLOW,):
            template = _("{assets} out of {places}")
        case (FlowKind.BETWEEN,):
            template = _("{assets} between {places}")
        case _:
            template = _("{assets} to and out of {places}")
    said = template.format(assets=assets, places=places)
    if target.senders:
        said += _(", from {who}").format(who=_listed([short_address(one) for one in target.senders]))
    if target.receivers:
        said += _(", received by {who}").format(who=_listed([short_address(one) for one in target.receivers]))
    if target.chains:
        chains = _listed([voice.atlas.chain_title(one) for one in target.chains])
        said += _(", on {chains}").format(chains=chains)
    return said


def coin_of(voice: Voice, target: FlowTarget) -> str:
    """ETH: what an amount of coins is of; empty where a filter has several assets, or none."""
    words = {FAMILIES.get(one) or asset_word(voice, one) for one in target.assets}
    return words.pop() if len(words) == 1 else ""


def asset_word(voice: Voice, key: str) -> str:
    """ETH and its like; USDT; a short address where no table names it."""
    if key in FAMILIES:
        return _("{family} and its like").format(family=FAMILIES[key])
    chain, _slash, contract = key.partition("/")
    if not contract:
        return clean(key.upper()).text
    symbol = voice.atlas.known_symbol(int(chain), Address(contract)) if chain.isdecimal() else ""
    return symbol or short_address(contract)


def _listed(words: list[str]) -> str:
    """Each once, the first few by name."""
    found = list(dict.fromkeys(words))
    shown = found[:_NAMED_AT_MOST]
    if len(found) > len(shown):
        shown.append(_("{n} more").format(n=len(found) - len(shown)))
    return ", ".join(shown)
