"""Names of markets and chains, resolved against the tables: what is watched, and through which endpoints.

Called by `bot.app`, which brings the tables; nothing here knows where they come from.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import SecretStr

from bot.domain.markets import Chain, Market, fold
from bot.errors import SettingsError
from bot.redaction import shown
from bot.settings import faults
from bot.settings.model import DEFAULT_MARKETS, Settings
from bot.settings.origin import Path


@dataclass(frozen=True, slots=True)
class Selection:
    """What to watch. `rpc`: the endpoints of every watched chain by chain id, never empty: the person's own
    (then the id is in `own`), else the chain's public ones. `notes` are sentences worth a warning at start.
    """

    markets: tuple[Market, ...]
    rpc: Mapping[int, tuple[SecretStr, ...]]
    own: frozenset[int]
    notes: tuple[str, ...] = ()


def choose(
    settings: Settings,
    *,
    markets: Sequence[Market],
    chains: Sequence[Chain],
    custom: Callable[[str, int, str], Market],
) -> Selection:
    """Apply `markets`, `chains`, `market`, `rpc`; without the first two, Ethereum's main market is watched.

    Custom markets are always watched. `custom(name, chain_id, provider)` makes one and raises SettingsError.
    Raises SettingsError with every fault: unknown names with the nearest known, chains without an endpoint.
    """
    found: list[str] = []
    extra = _custom_markets(settings, custom, found)
    watched = {market.key: market for market in _named(settings, (*extra, *markets), chains, found)}
    watched |= {market.key: market for market in extra}
    own = _own_endpoints(settings, extra, chains, found)
    public = {chain.chain_id: tuple(map(SecretStr, chain.rpc_urls)) for chain in chains if chain.rpcs}
    rpc: dict[int, tuple[SecretStr, ...]] = {}
    for market in watched.values():
        endpoints = own.get(market.chain_id) or public.get(market.chain_id, ())
        if endpoints:
            rpc[market.chain_id] = endpoints
        elif market.chain_id not in rpc:
            found.append(_no_endpoint(settings, market))
    if found:
        raise SettingsError(tuple(dict.fromkeys(found)))
    idle = [
        f"Nothing is watched on chain {chain_id}, though its RPC is set."
        for chain_id in own
        if chain_id not in rpc
    ]
    return Selection(
        tuple(watched.values()), MappingProxyType(rpc), frozenset(own) & frozenset(rpc), tuple(idle)
    )


def _custom_markets(
    settings: Settings, custom: Callable[[str, int, str], Market], found: list[str]
) -> tuple[Market, ...]:
    made = []
    for key, one in settings.market.items():
        try:
            made.append(custom(one.name, one.chain_id, one.provider))
        except SettingsError as error:
            found.extend(f"{settings.origin('market', key)}: {fault}" for fault in error.faults)
    return tuple(made)


def _named(
    settings: Settings, markets: Sequence[Market], chains: Sequence[Chain], found: list[str]
) -> Iterable[Market]:
    """Those of `markets`, then those on `chains`, in the person's order."""
    wanted = settings.markets or (() if settings.chains else DEFAULT_MARKETS)
    for name in wanted:
        if fold(name) == "all":
            yield from markets
        elif match := next((one for one in markets if fold(name) in _market_names(one)), None):
            yield match
        else:
            found.append(_no_such(settings, ("markets",), name, (one.key for one in markets)))
    for name in settings.chains:
        chain = next((one for one in chains if fold(name) in _chain_names(one)), None)
        if fold(name) == "all":
            yield from markets
        elif chain and any(market.chain_id == chain.chain_id for market in markets):
            yield from (market for market in markets if market.chain_id == chain.chain_id)
        else:
            with_markets = {market.chain for market in markets}
            known = (one.key for one in chains if one.key in with_markets)
            found.append(_no_such(settings, ("chains",), name, known))


def _own_endpoints(
    settings: Settings, extra: Sequence[Market], chains: Sequence[Chain], found: list[str]
) -> dict[int, tuple[SecretStr, ...]]:
    by_name = {name: chain.chain_id for chain in chains for name in _chain_names(chain)}
    by_name |= {
        name: market.chain_id for market in extra for name in (*_market_names(market), str(market.chain_id))
    }
    own: dict[int, tuple[SecretStr, ...]] = {}
    for name, urls in settings.rpc.items():
        if name in by_name:
            own[by_name[name]] = urls
        else:
            found.append(_no_such(settings, ("rpc", name), name, (chain.key for chain in chains)))
    for market in extra:
        urls = settings.market[fold(market.title)].rpc or ()
        if urls and market.chain_id not in own:
            own[market.chain_id] = urls
    return own


def _market_names(market: Market) -> set[str]:
    return set(map(fold, (market.key, market.title, *market.aliases)))


def _chain_names(chain: Chain) -> set[str]:
    return set(map(fold, (chain.key, chain.title, str(chain.chain_id), *chain.aliases)))


def _no_such(settings: Settings, path: Path, name: str, known: Iterable[str]) -> str:
    """An rpc is named by its key, so there the example takes the nearest chain's name."""
    names = tuple(known)
    close = faults.nearest(name, names)
    meant = f"; did you mean {' or '.join(close)}?" if close else "."
    kind = "market" if path[0] == "markets" else "chain"
    best = close[0] if close else "ethereum"
    origin = settings.origin(*path)
    works = faults.example(origin, ("rpc", best)) if path[0] == "rpc" else faults.example(origin, path, best)
    return f"{origin} names the {kind} {shown(name)}, which I do not know{meant} {works}"


def _no_endpoint(settings: Settings, market: Market) -> str:
    path = ("rpc", str(market.chain_id))
    works = faults.example(settings.origin(*path), path, "http://127.0.0.1:8545")
    return f"The market {market.title!r} is on chain {market.chain_id}, which has no RPC address yet. {works}"
