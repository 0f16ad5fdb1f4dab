"""What the words of a filter of flows mean here: assets that are read, exchanges that have labels, chains.

Shared by /inflows, /flows, /label and lists.
"""

from collections import defaultdict
from collections.abc import Iterable

from bot.domain.markets import fold
from bot.domain.transfers import NATIVE
from bot.domain.units import Asset
from bot.messages.atlas import STABLE
from bot.messages.typed.flowreading import Lexicon
from bot.ports import TrackedAsset
from bot.subscriptions import FlowTarget
from handlers.commands.command import Call

USUAL_FAMILIES = ("eth",)
USUAL_SYMBOLS = ("WBTC", "USDT", "USDC")
"""Beside ether and what is staked of it: what most of the big money moves in."""


def asset_key(asset: Asset) -> str:
    """As flow filters and sums name an asset."""
    return f"{asset.chain_id}/{asset.address}"


def known_assets(call: Call) -> tuple[TrackedAsset, ...]:
    """What is read; where nothing is yet, what the market tables have."""
    tracked = call.services.tracked()
    if tracked:
        return tracked
    return tuple(
        TrackedAsset(
            Asset(market.chain_id, one.underlying, one.symbol, one.decimals),
            _family(call, market.chain_id, one.underlying) or fold(one.symbol),
            one.underlying,
        )
        for market in call.services.atlas.markets.values()
        for one in market.reserves
    )


def _family(call: Call, chain_id: int, address: str) -> str:
    for basket in call.services.baskets:
        if any(one.chain_id == chain_id and one.address == address for one in basket.members):
            return basket.key
    return ""


async def lexicon(call: Call) -> Lexicon:
    """Names as they are to be read in this chat: its own labels among them."""
    assets: dict[str, dict[str, None]] = defaultdict(dict)
    dollars: set[str] = set()
    symbols: dict[str, None] = {"ETH": None, "BTC": None, "USD": None}
    for one in known_assets(call):
        name = fold(one.asset.symbol)
        assets[name][asset_key(one.asset)] = None
        symbols[one.asset.symbol] = None
        if one.family == "usd" or one.asset.symbol in STABLE:
            dollars.add(name)
    return Lexicon(
        {name: tuple(keys) for name, keys in assets.items()},
        frozenset(dollars),
        {fold(one): one for one in await exchange_names(call)},
        _chains(call),
        tuple(symbols),
    )


async def exchange_names(call: Call) -> tuple[str, ...]:
    """Every exchange that has a label here, by the alphabet."""
    book = call.services.labels
    own = (*await book.all(call.home), *await book.all(), *book.table())
    return tuple(sorted({one.exchange for one in own}, key=str.casefold))


def _chains(call: Call) -> dict[str, int]:
    found: dict[str, int] = {}
    for chain_id, chain in call.services.atlas.chains.items():
        names: Iterable[str] = (chain.key, chain.title, *chain.aliases, str(chain_id))
        found.update((fold(name), chain_id) for name in names)
    return found


def usual(call: Call) -> FlowTarget:
    """What /inflows turns on in one tap: ether and its like, WBTC, USDT and USDC, into any exchange."""
    symbols = {fold(one) for one in USUAL_SYMBOLS}
    keys = dict.fromkeys(
        asset_key(one.asset) for one in known_assets(call) if fold(one.asset.symbol) in symbols
    )
    return FlowTarget((*USUAL_FAMILIES, *keys), said="on")


def chain_asked(call: Call) -> int:
    """The chain that is meant where none is named: the first that is watched."""
    markets = call.services.atlas.markets
    keys = [one.market for one in call.services.eyes.health()] or list(call.services.markets)
    found = (markets[key].chain_id for key in keys if key in markets)
    return next(found, next(iter(call.services.atlas.chains), 1))


def is_token(call: Call, address: str) -> bool:
    """Whether an address is the contract of a token that we know: nobody's wallet."""
    known = {one.asset.address for one in known_assets(call)} - {NATIVE}
    return address in known
