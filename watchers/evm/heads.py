"""The chain's tip: polled, or told by a subscription with polling behind it; checked by parent hashes.

One `Heads` a chain, shared by all its watchers. It keeps the hashes of recent heads, so that a watcher can
ask whether what it decided on is still part of the chain.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import Final

import structlog

from bot.domain.units import BlockRef
from bot.errors import SourceError
from bot.ports import Clock
from watchers.evm.endpoints import Head
from watchers.evm.head_feed import HeadFeed
from watchers.evm.rpc import RpcPool

log = structlog.get_logger(__name__)

KEPT: Final = 256
"""Heads remembered; a reorganisation deeper than these is taken as one below the oldest."""
_POLL_LEAST: Final = 1.0
_POLL_MOST: Final = 4.0
_BACK_OFF_MOST: Final = 10.0


class Heads:
    """Follows the tip while `run` runs. `poll_s` fixes the pause between polls, else blocks set the pace."""

    def __init__(
        self,
        pool: RpcPool,
        clock: Clock,
        *,
        block_s: float = 12.0,
        feeds: Sequence[HeadFeed] = (),
        poll_s: float | None = None,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._block_s = block_s
        self._feeds = tuple(feeds)
        self._poll_s = poll_s
        self._canon: dict[int, str] = {}
        self._gone: deque[str] = deque(maxlen=KEPT)
        self._turn = asyncio.Lock()
        self._moved = asyncio.Condition()
        self.tip: Head | None = None
        self.polled_at = 0.0
        """Wall clock of the last good word from the chain."""
        self.fault = ""
        self.bugs = 0
        """Failures that were our own, contained."""

    async def run(self) -> None:
        """Never returns; a source that fails is asked again, later and later."""
        async with asyncio.TaskGroup() as tasks:
            for feed in self._feeds:
                tasks.create_task(feed.run(self._told))
            await self._poll_for_ever()

    async def current(self) -> Head:
        """The tip, at most a block time old; asks when nobody else did. Raises SourceError."""
        fresh = self._clock() - self.polled_at < min(self._block_s, _POLL_MOST)
        return self.tip if self.tip and fresh else await self.poll()

    async def poll(self) -> Head:
        """Ask now. Raises SourceError."""
        head = await self._pool.latest()
        await self._accept(head)
        assert self.tip is not None
        return self.tip

    async def after(self, seen: str) -> Head:
        """The tip, as soon as its hash is not `seen`."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.tip is not None and self.tip.hash != seen)
            assert self.tip is not None
            return self.tip

    async def agrees(self, block: BlockRef) -> bool:
        """Whether a block is on the current chain. Raises SourceError when no node can tell."""
        if block.hash in self._gone:
            return False
        known = self._canon.get(block.number)
        if known is None:
            found = await self._pool.block(block.number)
            if found is None:
                raise self._behind(block.number)
            known = found.hash
        return known == block.hash

    async def _poll_for_ever(self) -> None:
        failed = 0
        while True:
            try:
                await self.poll()
            except Exception as error:  # noqa: BLE001 - told in `_failed`; no chain may end the others
                failed += 1
                self._failed(error)
                await asyncio.sleep(min(_POLL_LEAST * 2 ** min(failed, 10), _BACK_OFF_MOST))
                continue
            failed = 0
            if self.fault:
                log.info("chain_reachable", endpoint=self._pool.host)
                self.fault = ""
            await asyncio.sleep(self._pause())

    def _failed(self, error: Exception) -> None:
        ours = not isinstance(error, SourceError)
        why = f"bug: {type(error).__name__}" if ours else str(error)
        self.bugs += ours
        if why != self.fault and ours:
            log.error("chain_bug", endpoint=self._pool.host, bugs=self.bugs, exc_info=error)
        elif why != self.fault:
            log.warning("chain_unreachable", why=why)
        self.fault = why

    def _pause(self) -> float:
        """Until the next block should be there; long while a subscription tells us anyway."""
        if self._poll_s is not None:
            return self._poll_s
        if any(feed.alive for feed in self._feeds):
            return max(2 * self._block_s, _POLL_MOST)
        due = (self.tip.timestamp + self._block_s - self._clock()) if self.tip else 0.0
        return min(max(due, _POLL_LEAST), max(self._block_s, _POLL_LEAST))

    async def _told(self, head: Head) -> None:
        with contextlib.suppress(SourceError):  # the poll behind the feed will see the same and say so
            await self._accept(head)

    async def _accept(self, head: Head) -> None:
        """Raises SourceError, with nothing changed, when the nodes cannot tell where the head belongs."""
        async with self._turn:
            news = await self._place(head)
            self.polled_at = self._clock()
        if news:
            async with self._moved:
                self._moved.notify_all()

    async def _place(self, head: Head) -> bool:
        """Make it the tip; False when it is an older one."""
        if self._canon.get(head.number) == head.hash:
            return False  # seen before; an endpoint that is behind says so too
        if self.tip is not None and not self._follows(head):
            same = await self._tip_stands()
            if head.number < self.tip.number and same is not False and head.number not in self._canon:
                return False  # an older block of the same chain, or a node that has not our tip yet
            if not (same and head.number > self.tip.number + 1):
                await self._unwind(head)
        self._canon[head.number] = head.hash
        if head.hash in self._gone:  # the chain may come back to a branch it left
            self._gone.remove(head.hash)
        while len(self._canon) > KEPT:
            del self._canon[min(self._canon)]
        self.tip = head
        return True

    def _follows(self, head: Head) -> bool:
        tip = self.tip
        return tip is not None and head.number == tip.number + 1 and head.parent == tip.hash

    async def _tip_stands(self) -> bool | None:
        """Whether the tip is on the chain that the node has now; None when it has no block of that number."""
        assert self.tip is not None
        found = await self._pool.block(self.tip.number)
        return None if found is None else found.hash == self.tip.hash

    def _behind(self, number: int) -> SourceError:
        """For a null: behind one URL there may be many nodes, and one that lags has not unmade anything."""
        return SourceError(f"{self._pool.host}: is behind block {number}, which was seen before")

    async def _unwind(self, head: Head) -> None:
        """Forget the heads that `head` does not stand on by its own hash and parent or by blocks found.

        Raises SourceError, before it forgets any, when one is not found.
        """
        gone = [number for number in self._canon if number >= head.number]
        for number in sorted(self._canon.keys() - set(gone), reverse=True):
            if number == head.number - 1:
                stands = self._canon[number] == head.parent
            else:
                found = await self._pool.block(number)
                if found is None:
                    raise self._behind(number)
                stands = found.hash == self._canon[number]
            if stands:
                break
            gone.append(number)
        self._gone += [self._canon.pop(number) for number in gone]
        log.info("chain_reorganised", head=head.number, forgotten=len(gone))
