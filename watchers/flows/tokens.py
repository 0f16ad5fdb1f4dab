"""Which assets of a chain have their transfers read: an allow-list by contract, made of our own tables.

The coin, the reserves of the watched markets and their aTokens, and tokens that stand for ether (stETH ...).
What a token calls itself never makes it one of them. Called by `reader` and by whoever asks what is tracked.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from bot.domain.markets import Chain, Market, fold
from bot.domain.transfers import NATIVE
from bot.domain.units import Address, Asset
from bot.messages.hostile import clean
from bot.ports import TrackedAsset
from watchers.aave.baskets import load_baskets
from watchers.aave.markets import load_markets
from watchers.aave.structure import Structure

ETHER: Final = "eth"
_COIN_DECIMALS: Final = 18
_TABLE: Final = Path(__file__).parent / "tokens.json"


@dataclass(frozen=True, slots=True)
class Pool:
    """One watched market's pool, whose events are loan moves."""

    market: str
    address: Address


@dataclass(frozen=True)
class AllowList:
    """What is read of one chain. `wrapper` turns the coin into a token and back; None = not known."""

    assets: tuple[TrackedAsset, ...]
    pools: tuple[Pool, ...]
    wrapper: Address | None

    @cached_property
    def contracts(self) -> tuple[Address, ...]:
        """Whose logs are asked; each once."""
        tokens = (one.asset.address for one in self.assets if one.asset.address != NATIVE)
        return tuple(dict.fromkeys((*tokens, *(pool.address for pool in self.pools))))

    @cached_property
    def by_number(self) -> Mapping[int, Asset]:
        return {int(one.asset.address, 16): one.asset for one in self.assets}

    @property
    def native(self) -> Asset:
        return self.assets[0].asset


@dataclass(frozen=True, slots=True)
class _Reserve:
    asset: Asset
    a_token: Address | None = field(default=None)


def allow_list(
    chain: Chain, markets: Sequence[Market], structures: Mapping[str, Structure] | None = None
) -> AllowList:
    """Of a chain with these watched markets; those in `structures`, by key, are as read on chain."""
    structures = structures or {}
    reserves = list(_reserves(chain.chain_id, markets, structures))
    wrapper, priced_as = _wrapper(chain, reserves)
    family = (wrapper and _basket_of(chain.chain_id, wrapper)) or fold(chain.native_symbol)
    coin = Asset(chain.chain_id, NATIVE, chain.native_symbol, _COIN_DECIMALS)
    found = {NATIVE: TrackedAsset(coin, family, priced_as or NATIVE)}
    for reserve in reserves:
        asset = reserve.asset
        of = family if asset.address == wrapper else _family(chain.chain_id, asset)
        found[asset.address] = TrackedAsset(asset, of, asset.address)
        if reserve.a_token:
            token = Asset(chain.chain_id, reserve.a_token, f"a{asset.symbol}", asset.decimals)
            found.setdefault(token.address, TrackedAsset(token, of, asset.address))
    for asset in _ether_tokens(chain.chain_id):
        # Not a reserve here, so no oracle price of its own: taken for as much ether as there are tokens. That
        # is what stETH is; of one that gathers interest it is less than it is worth.
        lead = _ether_lead(chain.chain_id, reserves)
        found.setdefault(asset.address, TrackedAsset(asset, ETHER, lead or asset.address))
    pools = tuple(pool for market in markets if (pool := _pool(market, structures.get(market.key))))
    return AllowList(tuple(found.values()), pools, wrapper)


def _pool(market: Market, structure: Structure | None) -> Pool | None:
    address = structure.pool if structure else market.pool
    return Pool(market.key, address) if address else None


def _reserves(
    chain_id: int, markets: Iterable[Market], structures: Mapping[str, Structure]
) -> Iterable[_Reserve]:
    """Each underlying once a market, as read where it was, else as the table has it."""
    for market in markets:
        structure = structures.get(market.key)
        if structure is None:
            for row in market.reserves:
                asset = Asset(chain_id, row.underlying, row.symbol, row.decimals)
                yield _Reserve(_known(asset), row.a_token)
        else:
            for listed in structure.reserves:
                yield _Reserve(_known(listed.asset), listed.a_token)


def _known(asset: Asset) -> Asset:
    """With our table's symbol and decimals; a reserve that the table lacks keeps its own name, cleaned."""
    table = _table().get((asset.chain_id, asset.address))
    if table is not None:
        return table
    return Asset(
        asset.chain_id, asset.address, clean(asset.symbol, _SYMBOL_CAP, unlink=False).text, asset.decimals
    )


_SYMBOL_CAP: Final = 24


def _wrapper(chain: Chain, reserves: Sequence[_Reserve]) -> tuple[Address | None, Address | None]:
    """(The contract that wraps the coin, the asset whose price is the coin's)."""
    wanted = "w" + chain.native_symbol.casefold()
    wrapper = next((r.asset.address for r in reserves if r.asset.symbol.casefold() == wanted), None)
    if wrapper is not None:
        return wrapper, wrapper
    face = next(
        (Address(row["priced_as"]) for row in _file("coins") if row["chain_id"] == chain.chain_id), None
    )
    return None, face


def _family(chain_id: int, asset: Asset) -> str:
    """The basket that has the contract; of a chain without a table, the one that has the symbol."""
    known = _basket_of(chain_id, asset.address)
    if known is None and not _has_table(chain_id):
        known = _basket_by_symbol().get(asset.symbol.casefold())
    folded = fold(asset.symbol)
    if known is None and folded in _baskets():  # somebody else's token that calls itself "ETH"
        return f"{folded}-{asset.address[2:10].lower()}"
    return known or folded


def _basket_of(chain_id: int, address: Address) -> str | None:
    return _basket_by_place().get((chain_id, address))


def _ether_lead(chain_id: int, reserves: Sequence[_Reserve]) -> Address | None:
    basket = next(basket for basket in load_baskets() if basket.key == ETHER)
    lead = basket.lead(chain_id)
    return lead if any(reserve.asset.address == lead for reserve in reserves) else None


def _ether_tokens(chain_id: int) -> list[Asset]:
    """Of the ether basket, and of our own small table."""
    basket = next(basket for basket in load_baskets() if basket.key == ETHER)
    members = [member.address for member in basket.members if member.chain_id == chain_id]
    own = [Address(row["address"]) for row in _file("tokens") if row["chain_id"] == chain_id]
    table = _table()
    return [table[chain_id, address] for address in (*members, *own) if (chain_id, address) in table]


@cache
def _table() -> Mapping[tuple[int, Address], Asset]:
    """Every token that any of our tables has, by chain and contract."""
    rows = {
        (market.chain_id, row.underlying): Asset(market.chain_id, row.underlying, row.symbol, row.decimals)
        for market in load_markets()
        for row in market.reserves
    }
    for row in _file("tokens"):
        address = Address(row["address"])
        rows[row["chain_id"], address] = Asset(row["chain_id"], address, row["symbol"], row["decimals"])
    return rows


@cache
def _has_table(chain_id: int) -> bool:
    return any(market.chain_id == chain_id for market in load_markets())


@cache
def _basket_by_place() -> Mapping[tuple[int, Address], str]:
    places = {(m.chain_id, m.address): basket.key for basket in load_baskets() for m in basket.members}
    return places | {(row["chain_id"], Address(row["address"])): row["family"] for row in _file("tokens")}


@cache
def _baskets() -> frozenset[str]:
    return frozenset(basket.key for basket in load_baskets())


@cache
def _basket_by_symbol() -> Mapping[str, str]:
    return {m.symbol.casefold(): basket.key for basket in load_baskets() for m in basket.members}


@cache
def _file(name: str) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(_TABLE.read_text(encoding="utf-8"))[name])
