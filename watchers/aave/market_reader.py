"""A market at one block in one eth_call: prices, stored reserve words, and whether its make-up changed.

Called by `watcher` for each block and by `queries` for a question.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain.aave_config import decimals
from bot.domain.aave_state import MarketState, ReserveState
from bot.domain.markets import Market
from bot.domain.observations import PriceSeen
from bot.domain.units import Address, BaseAmount, BlockRef, Ray
from bot.errors import SourceError
from watchers.aave import abi
from watchers.aave.emodes import read_emodes
from watchers.aave.structure import Listed, Structure, StructureReader
from watchers.evm.multicall import Answer, Call, Multicall, encode
from watchers.evm.words import addresses, call_data, checksummed, unsigned, unsigned_all

_IDENTITY_CALLS = 5


@dataclass(frozen=True, slots=True)
class View:
    """A market at one block with the structure that it was read by."""

    structure: Structure
    state: MarketState

    @property
    def as_of(self) -> BlockRef:
        return self.state.as_of


class MarketReader:
    """Reads a market at any block. The newest structure is kept; a block that contradicts it renews it."""

    def __init__(self, market: Market, multicall: Multicall) -> None:
        self._market = market
        self._multicall = multicall
        self._structures = StructureReader(market, multicall)
        self._structure: Structure | None = None
        self._calls: list[Call] = []
        self._prepared = ""
        self._last: View | None = None
        self._turn = asyncio.Lock()

    @property
    def structure(self) -> Structure | None:
        """None until the first reading."""
        return self._structure

    async def refresh_emodes(self, view: View) -> View:
        """The same block with its eModes read at it."""
        at, old = view.as_of, view.structure
        structure = replace(old, emodes=await read_emodes(self._multicall, old.pool, old.revision, at))
        self._adopt(structure)
        fresh = await self._words(structure, at)
        if fresh is None:
            raise SourceError(f"{self._market.title}: changed while it was read")
        return self._keep(View(structure, fresh))

    async def read(self, at: BlockRef) -> View:
        """One request when nothing about the market's make-up changed; none for the block read last.

        Who asks while the same block is being read waits for that. Raises SourceError.
        """
        async with self._turn:
            return await self._read(at)

    async def _read(self, at: BlockRef) -> View:
        if self._last is not None and self._last.as_of == at:
            return self._last
        if self._structure is not None:
            state = await self._words(self._structure, at)
            if state is not None:
                return self._keep(View(self._structure, state))
        structure = await self._structures.read(at)
        self._adopt(structure)
        state = await self._words(structure, at)
        if state is None:
            raise SourceError(f"{self._market.title}: answers contradict each other at block {at.number}")
        return self._keep(View(structure, state))

    def _keep(self, view: View) -> View:
        self._last = view
        return view

    def _adopt(self, structure: Structure) -> None:
        self._structure = structure
        calls = [
            Call(structure.provider, call_data(abi.GET_POOL)),
            Call(structure.provider, call_data(abi.GET_ORACLE)),
            Call(structure.provider, call_data(abi.GET_CONFIGURATOR)),
            Call(structure.pool, call_data(abi.POOL_REVISION)),
            Call(structure.pool, call_data(abi.GET_RESERVES)),
        ]
        for reserve in structure.reserves:
            asset = reserve.asset.address
            # One call a price: getAssetsPrices would answer nothing at all when a single source reverts.
            calls.append(Call(structure.pool, call_data(abi.GET_RESERVE, asset), gas=80_000))
            calls.append(Call(structure.oracle, call_data(abi.GET_PRICE, asset), gas=150_000))
        calls += [
            Call(structure.oracle, call_data(abi.GET_PRICE, asset), gas=150_000)
            for asset in structure.emodes.price_assets.values()
        ]
        self._calls = calls
        self._prepared = encode(calls)

    async def _words(self, structure: Structure, at: BlockRef) -> MarketState | None:
        """The block's state, None when the market is no longer made as `structure` says."""
        found = await self._multicall.prepared(self._prepared, len(self._calls), at)
        if found is None:
            found = await self._multicall.read(self._calls, at)
        if not _same(structure, found[:_IDENTITY_CALLS]):
            return None
        rest = iter(found[_IDENTITY_CALLS:])
        reserves: dict[int, ReserveState] = {}
        prices: dict[int, BaseAmount] = {}
        for listed in structure.reserves:
            words, price = next(rest), next(rest)
            if words is None:
                raise SourceError(
                    f"{self._market.title}: no answer to getReserveData of {listed.asset.address}"
                )
            reserve = _reserve(listed, words)
            if reserve is None:
                return None
            reserves[listed.index] = reserve
            if value := _price(price):
                prices[listed.index] = value
        emode_prices = {id_: value for id_ in structure.emodes.price_assets if (value := _price(next(rest)))}
        return MarketState(
            market=self._market.key,
            as_of=at,
            revision=structure.revision,
            base_unit=structure.base_unit,
            reserves=reserves,
            emodes=structure.emodes.priced(emode_prices),
            prices=prices,
        )


def _same(structure: Structure, found: list[Answer]) -> bool:
    if any(answer is None for answer in found):
        return False
    pool, oracle, configurator, revision, listing = (answer or b"" for answer in found)
    return (
        checksummed(unsigned(pool)) == structure.pool
        and checksummed(unsigned(oracle)) == structure.oracle
        and checksummed(unsigned(configurator)) == structure.configurator
        and unsigned(revision) == structure.revision
        and addresses(listing) == structure.listing
    )


def _price(answer: Answer) -> BaseAmount | None:
    """None when the source gave nothing usable; 0 is no price either."""
    if answer is None:
        return None
    return BaseAmount(unsigned(answer)) or None


def _reserve(listed: Listed, answer: bytes) -> ReserveState | None:
    words = unsigned_all(answer, abi.RESERVE_WORDS)
    if decimals(words[0]) != listed.asset.decimals or words[7] != listed.index:
        return None
    return ReserveState(
        index=listed.index,
        asset=listed.asset,
        configuration=words[0],
        liquidity_index=Ray(words[1]),
        liquidity_rate=Ray(words[2]),
        variable_borrow_index=Ray(words[3]),
        variable_borrow_rate=Ray(words[4]),
        last_update=words[6],
        a_token=listed.a_token,
        variable_debt_token=listed.debt_token,
        stable_debt_token=listed.stable,
    )


def prices_seen(view: View) -> Mapping[Address, PriceSeen]:
    """Every price that was read, by asset."""
    state = view.state
    return {
        reserve.asset.address: PriceSeen(
            state.market, reserve.asset, state.prices[index], state.base_unit, state.as_of
        )
        for index, reserve in state.reserves.items()
        if index in state.prices
    }
