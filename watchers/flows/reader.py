"""Whole blocks of transfers: logs, the coin, prices, all of exactly the blocks that were asked for.

The newest block is read by its hash in two or three requests, older ones in runs. Called by `watcher`.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from bot.domain.markets import Chain
from bot.domain.transfers import TransfersSeen
from bot.domain.units import BlockRef
from bot.errors import SourceError
from watchers.aave.eye import MarketEye
from watchers.aave.structure import Structure
from watchers.evm.batches import Batches
from watchers.evm.endpoints import Head, head_of
from watchers.evm.faults import RpcFault
from watchers.evm.heads import Heads
from watchers.evm.logs import LogReader
from watchers.evm.rpc import RpcPool
from watchers.flows.abi import EVENTS
from watchers.flows.decode import LogDecoder
from watchers.flows.frames import Native
from watchers.flows.native import Block, NativeReader
from watchers.flows.pricing import Pricing, Quotes
from watchers.flows.tokens import AllowList, allow_list

NEAR: Final = 50
"""Blocks that may share one reading of prices."""
_OLD: Final = 64
"""Blocks behind the tip from which on a missing one is not just late."""


class Pruned(SourceError):
    """The nodes have not got these old blocks at all."""


class BlockReader:
    """Reads one chain. Its allow-list follows what the watched markets list."""

    def __init__(self, chain: Chain, eyes: Sequence[MarketEye], pool: RpcPool, heads: Heads) -> None:
        self._chain = chain
        self._eyes = tuple(eyes)
        self._pool = pool
        self._logs = LogReader(pool)
        self._headers = Batches(pool)
        self._pricing = Pricing(eyes, heads)
        self._known: dict[str, Structure] = {}
        self._allow(allow_list(chain, [eye.market for eye in eyes]))
        self._native = NativeReader(pool, self.allowed.native)

    @property
    def way(self) -> str:
        """How the coin was read last."""
        return self._native.way

    def _allow(self, allowed: AllowList) -> None:
        self.allowed = allowed
        self._decoder = LogDecoder(allowed)

    def _follow(self) -> bool:
        """Bring the allow-list up to what the markets list; True when it became another."""
        found = {eye.market.key: s for eye in self._eyes if (s := eye.reader.structure) is not None}
        if found.keys() == self._known.keys() and all(found[key] is self._known[key] for key in found):
            return False
        self._known = found
        before = self.allowed
        self._allow(allow_list(self._chain, [eye.market for eye in self._eyes], found))
        return before.contracts != self.allowed.contracts

    async def prepare(self, head: Head) -> None:
        """Know what the watched markets list, once, before anything is read by that.

        Raises SourceError while there is a market of which neither table nor chain told it.
        """
        if len(self._known) < len(self._eyes):
            await self._pricing.now(head.ref)
        self._follow()
        if not all(eye.market.reserves or eye.market.key in self._known for eye in self._eyes):
            raise SourceError(f"{self._chain.title}: what its markets list is not known yet")

    async def newest(self, head: Head, *, missed: bool = False) -> TransfersSeen:
        """The block at the head. Raises SourceError."""
        raws, [native], quotes = await asyncio.gather(
            self._raw(head), self._native.read([Block(head)]), self._pricing.now(head.ref)
        )
        if self._follow():  # something was listed in this very block
            raws = await self._raw(head)
        return self._seen(head, raws, native, quotes, missed=missed)

    async def _raw(self, head: Head) -> list[Any]:
        return await self._logs.raw_at(head.hash, self.allowed.contracts, EVENTS)

    async def headers(self, first: int, last: int, after: BlockRef | None, tip: int) -> list[Block]:
        """Blocks `first` to `last`, each the parent of the next, on top of `after` (None = on any).

        Raises SourceError when they are not one chain, Pruned when a node at block `tip` has forgotten them.
        """
        numbers = range(first, last + 1)
        raws = await self._headers.ask([("eth_getBlockByNumber", [hex(n), False]) for n in numbers])
        if raws[0] is None and tip - first >= _OLD:
            raise Pruned(f"{self._pool.host}: has no block {first}")
        parent = after.hash if after is not None else None
        blocks = []
        for raw in raws:
            try:
                head, count = head_of(raw, self._pool.host), len(raw["transactions"])
            except (RpcFault, TypeError, KeyError):
                raise SourceError(f"{self._pool.host}: headers lack something") from None
            if parent is not None and head.parent != parent:
                raise SourceError(f"{self._pool.host}: blocks {first} to {last} are of two branches")
            parent = head.hash
            blocks.append(Block(head, count))
        return blocks

    async def run(self, blocks: Sequence[Block], head: Head) -> list[TransfersSeen]:
        """Older blocks in a row, priced at the last of them, or at the head where that is as near.

        Raises RangeRefused and SourceError.
        """
        first, last = blocks[0].head, blocks[-1].head
        near = head.number - first.number <= NEAR
        quotes = await (self._pricing.now(head.ref) if near else self._pricing.then(last.ref, head.ref))
        epoch = self._pool.epoch
        raws, natives = await asyncio.gather(
            self._logs.raw_between(first.number, last.number, self.allowed.contracts, EVENTS),
            self._native.read(blocks),
        )
        if epoch != self._pool.epoch:
            # A node that lacks the last blocks answers a range with less and no error. The one whose headers
            # we have has them, so all of it must come from that one.
            raise SourceError(f"{self._chain.title}: endpoints changed while logs were read")
        by_block: dict[Any, list[Any]] = defaultdict(list)
        for raw in raws:
            by_block[raw.get("blockHash") if isinstance(raw, dict) else None].append(raw)
        if by_block.keys() - {block.head.hash for block in blocks}:
            raise SourceError(f"{self._pool.host}: logs of other blocks were answered")
        return [
            self._seen(block.head, by_block[block.head.hash], native, quotes)
            for block, native in zip(blocks, natives, strict=True)
        ]

    def _seen(
        self, head: Head, raws: Sequence[Any], native: Native, quotes: Quotes, *, missed: bool = False
    ) -> TransfersSeen:
        told = self._decoder.block(raws, head.hash, native.origins)
        return TransfersSeen(
            chain_id=self._chain.chain_id,
            as_of=head.ref,
            transfers=tuple(sorted((*told.transfers, *native.moves), key=lambda one: one.index)),
            loans=told.loans,
            prices=quotes.of(self.allowed),
            wrapper=self.allowed.wrapper,
            priced_at=None if quotes.at == head.ref else quotes.at,
            traced=native.traced,
            missed=missed,
        )
