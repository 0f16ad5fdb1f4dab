"""The eyes for transfers of one chain: every block since the last decided one, in order, none skipped.

Built by `watchers.aave.eyes` beside the market watchers, on the same heads. While nobody wants flows of the
chain nothing is asked. `run` never ends by itself.
"""

import asyncio
from collections import deque
from typing import Final

import structlog

from bot.domain.transfers import TransfersReorged, TransfersSeen
from bot.domain.units import BlockRef
from bot.errors import SourceError, StoreError
from bot.ports import Clock, FlowHealth, FlowObserver
from watchers.evm.endpoints import Head
from watchers.evm.faults import Kind, NoEndpoint, RpcFault
from watchers.evm.heads import Heads
from watchers.evm.logs import RangeRefused
from watchers.evm.rpc import RpcPool
from watchers.flows.reader import NEAR, BlockReader, Pruned

log = structlog.get_logger(__name__)

KEPT: Final = 128
"""Decided blocks remembered, to find back to the fork after a reorganisation."""
UNKNOWN_FORK: Final = 64
"""Blocks undone when the last decided block is gone and none before it is known (after a restart)."""
MOST_BLOCKS: Final = 7_200
"""A longer pause is not caught up: a day of Ethereum, and what it moved is no news."""
RUN: Final = NEAR
"""Blocks read in one go after a pause."""
_BACK_OFF: Final = 0.25
_BACK_OFF_MOST: Final = 5.0
_PATIENCE_MOST: Final = 60.0
"""The longest that a busy endpoint makes us wait at once, whatever it asks for."""


class FlowWatcher:
    """Follows one chain. `pace_s` is the least time between readings, of all blocks since the last.

    Nothing is decided before the observer returned: a block that failed is read again.
    """

    def __init__(
        self,
        reader: BlockReader,
        heads: Heads,
        pool: RpcPool,
        observer: FlowObserver,
        clock: Clock,
        *,
        chain_id: int,
        title: str,
        pace_s: float = 0.0,
    ) -> None:
        self._reader = reader
        self._heads = heads
        self._pool = pool
        self._observer = observer
        self._clock = clock
        self._chain_id = chain_id
        self._title = title
        self._pace_s = pace_s
        self._trail: deque[BlockRef] = deque(maxlen=KEPT)
        self._decided: int | None = None
        self._started = False
        self._gap = False
        """True while blocks were given up and nothing after them was told yet."""
        self._seen_at = 0.0
        self._traced = True
        self._fault = ""
        self.bugs = 0
        """Failures that were our own, contained."""

    def health(self) -> FlowHealth:
        """For /status; `seen_at` is 0 while nobody wants flows."""
        return FlowHealth(
            chain_id=self._chain_id,
            title=self._title,
            head=self._trail[-1] if self._trail and self._started else None,
            seen_at=self._seen_at if self._started else 0.0,
            fault=self._fault or (self._heads.fault if self._started else ""),
            traced=self._traced,
            endpoint=self._pool.host,
        )

    async def run(self) -> None:
        """Read block after block; what fails is tried again, later and later, and logged on change."""
        failed, done = 0, ""
        while True:
            head = await self._heads.after(done)
            try:
                await self.step(head)
            except Exception as error:  # noqa: BLE001 - told in `_failed`; no chain may end the others
                failed += 1
                self._failed(error)
                usual = min(_BACK_OFF * 2 ** min(failed, 10), _BACK_OFF_MOST)
                await asyncio.sleep(max(usual, min(asked_to_wait(error), _PATIENCE_MOST)))
                continue
            done = head.hash
            if failed:
                log.info("flows_readable", chain=self._chain_id, block=head.number)
            failed, self._fault = 0, ""
            if self._pace_s:
                await asyncio.sleep(self._pace_s)

    def _failed(self, error: Exception) -> None:
        ours = not isinstance(error, SourceError | StoreError)
        why = f"bug: {type(error).__name__}" if ours else str(error)
        self.bugs += ours
        if why != self._fault and ours:
            log.error("flows_bug", chain=self._chain_id, bugs=self.bugs, exc_info=error)
        elif why != self._fault:
            log.warning("flows_unreadable", chain=self._chain_id, why=why)
        self._fault = why

    async def step(self, head: Head) -> None:
        """Read and report all up to a head. Raises SourceError, or StoreError of the observer."""
        if not await self._observer.flows_wanted(self._chain_id):
            self._started = False
            return
        await self._start()
        if self._decided is not None and head.number - self._decided - 1 > MOST_BLOCKS:
            self._missed(head, "too long a pause")
        else:
            await self._rewind()
        if self._decided is not None and head.number <= self._decided:
            if self._trail and self._trail[-1].hash == head.hash:
                return
            raise SourceError(f"{self._pool.host}: is behind block {self._decided}, which was seen before")
        await self._reader.prepare(head)
        await self._catch_up(head)
        last = self._trail[-1] if self._trail else None
        if last is not None and last.number + 1 == head.number and last.hash != head.parent:
            raise SourceError(f"{self._pool.host}: block {head.number} is of another branch")
        await self._report(await self._reader.newest(head, missed=self._gap))
        self._gap = False
        # A node may be hours behind and answer gladly; its clock may be ahead of ours, too.
        self._seen_at = min(self._clock(), head.timestamp)

    async def _report(self, seen: TransfersSeen) -> None:
        last = self._trail[-1] if self._trail else None
        if last is not None and self._traced != seen.traced:
            log.info("flows_traced", chain=self._chain_id, traced=seen.traced, block=seen.as_of.number)
        await self._observer.transfers(seen)
        self._traced = seen.traced
        self._trail.append(seen.as_of)
        self._decided = seen.as_of.number

    async def _start(self) -> None:
        """Where the observer left off; asked again whenever flows are wanted again."""
        if self._started:
            return
        cursor = await self._observer.flow_cursor(self._chain_id)
        if not self._trail or cursor != self._trail[-1]:
            self._trail.clear()
            if cursor is not None:
                self._trail.append(cursor)
            self._decided = None if cursor is None else cursor.number
        self._started = True

    async def _rewind(self) -> None:
        """After a reorganisation: go back to the last decided block that still stands, and say so."""
        standing = list(self._trail)
        while standing and not await self._heads.agrees(standing[-1]):
            standing.pop()
        if len(standing) == len(self._trail):
            return
        undone = self._trail[-1].number
        to = standing[-1].number if standing else max(self._trail[0].number - UNKNOWN_FORK, 0)
        log.warning("flows_undone", chain=self._chain_id, to=to, undone=undone - to)
        await self._observer.transfers_reorged(TransfersReorged(self._chain_id, to))
        self._trail = deque(standing, maxlen=KEPT)
        self._decided = to

    async def _catch_up(self, head: Head) -> None:
        """All blocks between the last decided one and the head, or none when they cannot be had."""
        if self._decided is None:
            return
        blocks = head.number - self._decided - 1
        try:
            while self._decided + 1 < head.number:
                await self._run(min(self._decided + RUN, head.number - 1), head)
        except (RangeRefused, Pruned, NoEndpoint) as fault:
            if isinstance(fault, NoEndpoint) and not fault.kinds & {Kind.ARCHIVE, Kind.UNSUPPORTED}:
                raise
            self._missed(head, str(fault))
            return
        if blocks > RUN:
            log.info("flows_caught_up", chain=self._chain_id, blocks=blocks)

    def _missed(self, head: Head, why: str) -> None:
        """Give the pause up and begin anew at the head."""
        left = head.number - (self._decided or 0) - 1
        log.warning("flows_missed", chain=self._chain_id, blocks=left, why=why)
        self._trail.clear()
        self._decided = None
        self._gap = True

    async def _run(self, last: int, head: Head) -> None:
        assert self._decided is not None
        after = self._trail[-1] if self._trail else None
        found = await self._reader.headers(self._decided + 1, last, after, head.number)
        if last == head.number - 1 and found[-1].head.hash != head.parent:
            raise SourceError(f"{self._pool.host}: block {last} is of another branch than the head")
        for seen in await self._reader.run(found, head):
            await self._report(seen)
        self._seen_at = min(self._clock(), found[-1].head.timestamp)


def asked_to_wait(error: Exception) -> float:
    """Seconds that busy endpoints asked for: the least of them, for one that is free is enough."""
    faults: tuple[RpcFault, ...] = ()
    if isinstance(error, NoEndpoint):
        faults = error.faults
    elif isinstance(error, RpcFault):
        faults = (error,)
    return min((fault.retry_after for fault in faults if fault.kind is Kind.RATE), default=0.0)
