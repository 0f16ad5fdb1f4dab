"""How a chain's coin is read: by `trace_block` where a node has it, by callTracer, or without traces.

What an endpoint lacks `RpcPool` remembers; so each block is tried in the best way first, at no cost where
that is known to be missing. Called by `reader`.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from bot.domain.units import Asset
from bot.errors import SourceError
from watchers.evm.batches import Batches
from watchers.evm.endpoints import Head
from watchers.evm.faults import Kind, NoEndpoint, RpcFault
from watchers.evm.rpc import RpcPool
from watchers.flows.frames import (
    Native,
    OtherBlock,
    by_calls,
    by_traces,
    by_transactions,
    worth_a_receipt,
)

log = structlog.get_logger(__name__)

_TRACES_MOST: Final = 8
_CALLS_MOST: Final = 4
_BLOCKS_MOST: Final = 16
"""Questions in one request, by how large the answers of a busy block are (1 to 3 MB, twice that, half)."""
_UNTRACED: Final = "transactions"
_TRACER: Final = {"tracer": "callTracer"}


@dataclass(frozen=True, slots=True)
class Block:
    """A block to be read. `transactions` is how many it has, None = not known."""

    head: Head
    transactions: int | None = None


class _Unusable(SourceError):
    """Nothing to work with: another way may serve these blocks."""


class NativeReader:
    """Reads one chain's coin through its pool."""

    def __init__(self, pool: RpcPool, coin: Asset) -> None:
        self._pool = pool
        self._coin = coin
        self._traces = Batches(pool, most=_TRACES_MOST, optional=True)
        self._calls = Batches(pool, most=_CALLS_MOST, optional=True)
        self._blocks = Batches(pool, most=_BLOCKS_MOST)
        self._receipts = Batches(pool, most=_BLOCKS_MOST, optional=True)
        self._small = Batches(pool)
        self.way = ""
        """How the last blocks were read."""

    async def read(self, blocks: Sequence[Block]) -> list[Native]:
        """Each block's, in order; an empty one is not asked for. SourceError when no way leads there."""
        found = iter(await self._read([one for one in blocks if one.transactions != 0]))
        traced = self.way != _UNTRACED
        return [next(found) if one.transactions != 0 else Native(self._coin, traced) for one in blocks]

    async def _read(self, blocks: Sequence[Block]) -> list[Native]:
        if not blocks:
            return []
        ways: tuple[tuple[str, Callable[[Sequence[Block]], Awaitable[list[Native]]]], ...] = (
            ("trace_block", self._by_traces),
            ("callTracer", self._by_calls),
            (_UNTRACED, self._by_transactions),
        )
        refused: list[str] = []
        for name, way in ways:
            try:
                found = await way(blocks)
            except OtherBlock:
                raise SourceError(f"{self._pool.host}: is on another branch") from None
            except (KeyError, TypeError, ValueError, AttributeError, _Unusable):
                refused.append(f"{name}: not as promised")
            except NoEndpoint as fault:
                if not fault.kinds & {Kind.UNSUPPORTED, Kind.ARCHIVE} or Kind.UNKNOWN_BLOCK in fault.kinds:
                    raise  # who has the method lacks the block, yet
                refused.append(f"{name}: {fault}")
            except RpcFault as fault:
                refused.append(f"{name}: {fault}")
            else:
                self._by(name)
                return found
        raise SourceError("; ".join(refused))

    def _by(self, way: str) -> None:
        if way != self.way:
            log.info("coin_read_by", endpoint=self._pool.host, way=way, before=self.way)
        self.way = way

    async def _by_traces(self, blocks: Sequence[Block]) -> list[Native]:
        answers = await self._traces.ask([("trace_block", [hex(one.head.number)]) for one in blocks])
        found = []
        for block, traces in zip(blocks, answers, strict=True):
            if traces is None:
                raise SourceError(f"{self._pool.host}: has no traces of block {block.head.number} yet")
            found.append(by_traces(_list(traces), block.head.hash, self._coin))
        # Asked by number, an answer proves by its frames which block it is of; one without frames proves it
        # by there being nothing to trace.
        empty = [block for block, one in zip(blocks, found, strict=True) if not one.origins]
        unknown = [block for block in empty if block.transactions is None]
        counts = await self._small.ask(
            [("eth_getBlockTransactionCountByHash", [block.head.hash]) for block in unknown]
        )
        if any(block.transactions for block in empty) or any(count != "0x0" for count in counts):
            raise OtherBlock
        return found

    async def _by_calls(self, blocks: Sequence[Block]) -> list[Native]:
        answers = await self._calls.ask(
            [("debug_traceBlockByHash", [one.head.hash, _TRACER]) for one in blocks]
        )
        return [by_calls(_list(answer), self._coin) for answer in answers]

    async def _by_transactions(self, blocks: Sequence[Block]) -> list[Native]:
        fulls = await self._blocks.ask([("eth_getBlockByHash", [one.head.hash, True]) for one in blocks])
        if None in fulls:
            raise SourceError(f"{self._pool.host}: lacks a block that was seen before")
        wanted = {full["hash"]: worth_a_receipt(full) for full in fulls}
        receipts = await self._receipts_of({number: txs for number, txs in wanted.items() if txs})
        return [by_transactions(full, receipts, self._coin) for full in fulls]

    async def _receipts_of(self, wanted: dict[str, list[str]]) -> dict[str, Any]:
        """By transaction, of these blocks: whole blocks where the node has them, else one by one."""
        if not wanted:
            return {}
        try:
            lists = await self._receipts.ask([("eth_getBlockReceipts", [block]) for block in wanted])
            receipts = [one for answer in lists for one in _list(answer)]
        except (NoEndpoint, RpcFault) as fault:
            kinds = fault.kinds if isinstance(fault, NoEndpoint) else {fault.kind}
            if not kinds & {Kind.UNSUPPORTED, Kind.ARCHIVE, Kind.HASHES, Kind.RANGE}:
                raise
            txs = [tx for block in wanted.values() for tx in block]
            receipts = await self._small.ask([("eth_getTransactionReceipt", [tx]) for tx in txs])
        if None in receipts or any(one["blockHash"] not in wanted for one in receipts):
            raise SourceError(f"{self._pool.host}: lacks receipts of a block that was seen before")
        return {one["transactionHash"].lower(): one for one in receipts}


def _list(answer: Any) -> list[Any]:
    if not isinstance(answer, list):
        raise _Unusable("no list where one was promised")
    return answer
