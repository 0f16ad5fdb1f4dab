"""The small parts of what is said of flows: amounts, who, to which exchange, on whose word.

Shared by alerts, cards and answers. Transfers are public facts about strangers, so their amounts stand in
groups as well. Symbols stand bare: flows are of tracked contracts only, named by our own table.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.domain.flows import AssetSum, Flow, FlowKind, FlowSeen
from bot.domain.labels import CONFIDENCE_RANK, Confidence
from bot.domain.transfers import USD_UNIT
from bot.domain.units import Address, Asset
from bot.messages.atlas import flows_key, person_made, short_address
from bot.messages.catalogue import _, plural
from bot.messages.hostile import clean
from bot.messages.model import Line, Span
from bot.messages.numbers import Side
from bot.messages.rich import joined, say
from bot.messages.voice import Voice

_DIGITS: Final = 5
"""That matter in a first line; the details have the amount whole."""
_ASSETS_NAMED: Final = 2
_EXCHANGES_NAMED: Final = 3
_DATE_CAP: Final = 10


def symbol(asset: Asset) -> str:
    return clean(asset.symbol).text


def amount(voice: Voice, raw: int, asset: Asset) -> str:
    """33,589 ETH"""
    return f"{voice.figures.amount(raw, asset.decimals, Side.DOWN, _DIGITS)} {symbol(asset)}"


def dollars(voice: Voice, value: int) -> str:
    """$79.0M; a fall of what is netted keeps its sign in front."""
    text = voice.figures.money(abs(value), USD_UNIT)
    return f"-{text}" if value < 0 else text


def net_dollars(voice: Voice, value: int) -> str:
    """+$300M"""
    return f"+{dollars(voice, value)}" if value > 0 else dollars(voice, value)


def worth(voice: Voice, flow: Flow) -> str:
    """33,589 ETH ($79.0M); without the dollars where no price was known."""
    what = amount(voice, flow.amount, flow.asset)
    return what if flow.value is None else f"{what} ({dollars(voice, flow.value)})"


def sums_worth(voice: Voice, sums: Sequence[AssetSum], value: int) -> str:
    """33,589 ETH ($79.0M); 12,000 ETH, 5,000,000 USDC and 2 more assets ($79.0M)"""
    parts = [amount(voice, one.amount, one.asset) for one in sums[:_ASSETS_NAMED]]
    text = ", ".join(parts) or _("nothing")
    if (rest := len(sums) - _ASSETS_NAMED) > 0:
        more = plural("{n} more asset", "{n} more assets", rest).format(n=rest)
        text = _("{these} and {more}").format(these=text, more=more)
    if value:
        return f"{text} ({dollars(voice, value)})"
    return _("{what} (no price known)").format(what=text) if sums else text


def exchanges(names: Iterable[str]) -> str:
    """Binance; Binance, OKX; Binance, OKX, Kraken and 2 more"""
    found = list(dict.fromkeys(clean(name).text for name in names if name))
    text = ", ".join(found[:_EXCHANGES_NAMED]) or _("an exchange")
    rest = len(found) - _EXCHANGES_NAMED
    return _("{these} and {n} more").format(these=text, n=rest) if rest > 0 else text


def person_of(flow: Flow) -> Address:
    """The one who is no exchange."""
    return flow.receiver if flow.kind is FlowKind.OUTFLOW else flow.sender


def person(seen: FlowSeen) -> Address | None:
    """Whose all flows of an alert are; None where they are many people's."""
    found = {person_of(flow) for flow in seen.flows}
    if seen.sender is not None and (seen.sender in found or not found):
        return seen.sender
    return found.pop() if len(found) == 1 and seen.count <= len(seen.flows) else None


def named(seen: FlowSeen, address: Address | None) -> str:
    """A label, an owner or an ENS name, else the short address; empty for many people."""
    made = person_made(seen.sender_name) if seen.sender_name else ""
    return made or (short_address(address) if address else "")


# ---- on whose word -----------------------------------------------------------------------------------------


def source_words(source: str, exchange: str) -> str:
    """Binance's own proof of reserve"""
    match source:
        case "exchange-proof-of-reserve":
            return _("{exchange}'s own proof of reserve").format(exchange=clean(exchange).text)
        case "defillama":
            return _("DefiLlama's list")
        case "explorer-derived":
            return _("names in explorers")
        case "by-hand":
            return _("set by hand")
        case "learned":
            return _("learned from its sweeps")
        case _:
            return clean(source).text


def confidence_words(confidence: Confidence) -> str:
    match confidence:
        case Confidence.SURE:
            return _("label sure")
        case Confidence.LIKELY:
            return _("label likely")
        case Confidence.PROBABLE:
            return _("probable")
        case Confidence.SAID:
            return _("label set here")


def label_line(flow: Flow) -> Line:
    """Label sure: Binance's own proof of reserve, 2024-06"""
    seen, exchange = clean(flow.seen, cap=_DATE_CAP).text, clean(flow.exchange).text
    if flow.confidence is Confidence.PROBABLE:
        if not seen:
            return say(_("probable: a deposit address of {exchange} that I learned"), exchange=exchange)
        template = _("probable: a deposit address of {exchange} that I learned on {date} from its sweeps")
        return say(template, exchange=exchange, date=seen)
    text = say(
        "{confidence}: {source}",
        confidence=confidence_words(flow.confidence),
        source=source_words(flow.source, flow.exchange),
    )
    return text + say(_(", {date}"), date=seen) if seen else text


def weakest(flows: Sequence[Flow]) -> Flow | None:
    """The one whose label is the least sure: no chain is stronger."""
    return min(flows, key=lambda one: CONFIDENCE_RANK[one.confidence], default=None)


# ---- where and when ----------------------------------------------------------------------------------------


def transaction(voice: Voice, chain_id: int, tx: str) -> Span:
    """The first digits of a transaction, linked."""
    return Span(f"{tx[:10]}…", url=voice.atlas.transaction_url(flows_key(chain_id), tx))


def flow_line(voice: Voice, flow: Flow) -> Line:
    """1,200 ETH ($2.82M) · 30 Jan 2026, 06:10 UTC · 0x12345678…"""
    whole = f"{voice.figures.amount(flow.amount, flow.asset.decimals)} {symbol(flow.asset)}"
    price = say(_(" ({value})"), value=dollars(voice, flow.value)) if flow.value is not None else ()
    return joined(
        (
            say("{what}", what=whole) + price,
            say("{at}", at=voice.moment(flow.at)),
            (transaction(voice, flow.chain_id, flow.tx),),
        )
    )


def full(voice: Voice, chain_id: int, address: Address) -> Span:
    """The address whole, linked."""
    return voice.address(flows_key(chain_id), address)
