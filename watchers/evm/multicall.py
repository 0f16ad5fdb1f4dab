"""Many reads of contracts in one eth_call, through Multicall3's aggregate3, pinned to one block by its hash.

Used by every reader. An inner call may fail alone; its answer is then None, never zero.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.units import Address, BlockRef
from bot.errors import SourceError
from watchers.evm.faults import Kind, NoEndpoint, RpcFault
from watchers.evm.rpc import RpcPool
from watchers.evm.words import WORD, BadAnswer, from_hex, packed_bytes, unsigned

_AGGREGATE3: Final = bytes.fromhex("82ad56cb")  # aggregate3((address,bool,bytes)[])
MOST_CALLS: Final = 500
"""Calls in one request: 250 to 500 is where their time is least and the request still small (100 KB)."""
MOST_GAS: Final = 12_000_000
"""Gas that one request may be expected to use: a quarter of what usual nodes give an eth_call."""
_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Call:
    """One read. `gas` is an estimate from above, only used to divide long lists."""

    target: Address
    data: bytes
    gas: int = 20_000


Answer = bytes | None


def encode(calls: Sequence[Call]) -> str:
    """Call data of aggregate3, every call allowed to fail, as 0x hex."""
    tails, offsets, position = [], [], WORD * len(calls)
    for call in calls:
        tail = b"".join(
            (
                bytes(12) + bytes.fromhex(call.target[2:]),
                (1).to_bytes(WORD, "big"),
                (3 * WORD).to_bytes(WORD, "big"),
                packed_bytes(call.data),
            )
        )
        offsets.append(position.to_bytes(WORD, "big"))
        tails.append(tail)
        position += len(tail)
    head = WORD.to_bytes(WORD, "big") + len(calls).to_bytes(WORD, "big")
    return "0x" + b"".join((_AGGREGATE3, head, *offsets, *tails)).hex()


def decode(data: bytes, count: int) -> list[Answer]:
    """Of aggregate3's answer; raises BadAnswer when it does not hold `count` results."""
    start = unsigned(data)
    if unsigned(data[start : start + WORD]) != count:
        raise BadAnswer("Multicall3 answered another number of calls")
    base = start + WORD
    if base + WORD * count > len(data):
        raise BadAnswer("Multicall3's answer is cut short")
    found: list[Answer] = []
    for index in range(count):
        at = base + int.from_bytes(data[base + WORD * index : base + WORD * (index + 1)], "big")
        length_at = at + int.from_bytes(data[at + WORD : at + 2 * WORD], "big")
        content_at = length_at + WORD
        length = int.from_bytes(data[length_at:content_at], "big")
        if max(at + 2 * WORD, content_at + length) > len(data):
            raise BadAnswer("Multicall3's answer is cut short")
        # A call to an address without code "succeeds" with nothing: that is no answer either.
        found.append(data[content_at : content_at + length] if data[at + WORD - 1] and length else None)
    return found


def chunks(calls: Iterable[Call], *, most: int = MOST_CALLS, gas: int = MOST_GAS) -> list[list[Call]]:
    """In order, each within both bounds (one call alone may exceed the gas); flattened they are the input."""
    found: list[list[Call]] = []
    used = 0
    for call in calls:
        if not found or len(found[-1]) == most or used + call.gas > gas:
            found.append([])
            used = 0
        found[-1].append(call)
        used += call.gas
    return found


class Multicall:
    """Reads at exactly one block. `address` is where Multicall3 lies on this chain."""

    def __init__(self, pool: RpcPool, address: Address) -> None:
        self._pool = pool
        self._address = address

    async def read(self, calls: Sequence[Call], at: BlockRef) -> list[Answer]:
        """Answers in the order of the calls, in as few requests as fit.

        Raises SourceError when the block cannot be read anywhere, also when there is no Multicall3.
        """
        turn = asyncio.Semaphore(_AT_ONCE)

        async def one(chunk: list[Call]) -> list[Answer]:
            async with turn:
                return await self._chunk(chunk, at)

        parts = chunks(calls)
        if len(parts) == 1:
            return await self._chunk(parts[0], at)
        return [answer for part in await asyncio.gather(*map(one, parts)) for answer in part]

    async def prepared(self, data: str, count: int, at: BlockRef) -> list[Answer] | None:
        """As `read`, of call data made by `encode` once; None when it was too much gas for one request."""
        try:
            return decode(await self._aggregate(data, at), count)
        except RpcFault as fault:
            if fault.kind in {Kind.GAS, Kind.REVERT}:
                return None
            raise

    async def single(self, call: Call, at: BlockRef) -> bytes:
        """One call without Multicall3; a revert is an RpcFault with what the contract returned."""
        return await self._call(call.target, "0x" + call.data.hex(), at)

    async def _chunk(self, chunk: list[Call], at: BlockRef) -> list[Answer]:
        try:
            return decode(await self._aggregate(encode(chunk), at), len(chunk))
        except RpcFault as fault:
            # aggregate3 itself never reverts here, so a revert is a lack of gas by another name.
            if fault.kind not in {Kind.GAS, Kind.REVERT, Kind.RANGE} or len(chunk) == 1:
                raise
        half = len(chunk) // 2
        return await self._chunk(chunk[:half], at) + await self._chunk(chunk[half:], at)

    async def _aggregate(self, data: str, at: BlockRef) -> bytes:
        answer = await self._call(self._address, data, at)
        if not answer:
            raise SourceError(f"{self._pool.host}: there is no Multicall3 at {self._address}")
        return answer

    async def _call(self, to: Address, data: str, at: BlockRef) -> bytes:
        call = {"to": to, "data": data}
        if self._pool.hashes:
            try:
                pin = {"blockHash": at.hash, "requireCanonical": True}
                return from_hex(await self._pool.request("eth_call", [call, pin]))
            except RpcFault as fault:
                if fault.kind is not Kind.HASHES:
                    raise
        answer = await self._pool.request("eth_call", [call, hex(at.number)])
        block = await self._pool.block(at.number)
        if block is None or block.hash != at.hash:
            raise NoEndpoint([RpcFault(Kind.UNKNOWN_BLOCK, self._pool.host)])
        return from_hex(answer)
