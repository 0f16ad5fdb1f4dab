"""Times and oracle prices of old blocks, as far back as a node serves their state. Used by `story`."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeVar

from bot.domain.units import Address, BlockRef
from bot.errors import SourceError
from watchers.aave import abi
from watchers.aave.eye import MarketEye
from watchers.aave.story_events import Place
from watchers.evm.multicall import Call
from watchers.evm.words import call_data, unsigned

_AT_ONCE: Final = 8
_Key = tuple[str, Address]
Prices = Mapping[_Key, int]
"""Dollars a whole token, by market and asset."""
Wanted = Mapping[_Key, Place]
Thing = TypeVar("Thing")


async def prices_of(eye: MarketEye, blocks: Sequence[BlockRef], wanted: Wanted) -> dict[int, Prices]:
    """By block number. The blocks come newest first; from one whose state nobody serves on, none is asked."""
    found: dict[int, Prices] = {}
    calls = [
        Call(place.structure.oracle, call_data(abi.GET_PRICE, asset), gas=150_000)
        for (_market, asset), place in wanted.items()
    ]

    async def one(at: BlockRef) -> Prices:
        answers = await eye.multicall.read(calls, at)
        return {
            key: price
            for key, answer in zip(wanted, answers, strict=True)
            if answer is not None and (price := unsigned(answer))
        }

    for some in _some(blocks):
        read = await asyncio.gather(*map(one, some), return_exceptions=True)
        for at, prices in zip(some, read, strict=True):
            if isinstance(prices, SourceError):
                return found
            if isinstance(prices, BaseException):
                raise prices
            found[at.number] = prices
    return found


async def blocks_of(eye: MarketEye, numbers: Collection[int]) -> dict[int, BlockRef]:
    """Raises SourceError when one is not there."""
    found: dict[int, BlockRef] = {}
    for some in _some(sorted(set(numbers))):
        for number, head in zip(some, await asyncio.gather(*map(eye.pool.block, some)), strict=True):
            if head is None or head.number != number:
                raise SourceError(f"{eye.pool.host}: has no block {number}")
            found[number] = head.ref
    return found


def _some(things: Sequence[Thing]) -> list[Sequence[Thing]]:
    return [things[start : start + _AT_ONCE] for start in range(0, len(things), _AT_ONCE)]
