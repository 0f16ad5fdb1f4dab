"""Work in lanes: in order within one, side by side between them, ended in bounded time. Gateway only."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar

import structlog

WAITING_AT_MOST: Final = 2000
"""Past it new work is refused: Discord then tells the person that we did not respond."""

Work = Callable[[], Awaitable[None]]
_T = TypeVar("_T")
_log = structlog.get_logger(__name__)


class Lanes:
    """What breaks in one piece of work is logged and stops nothing else."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Work]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._count = 0
        self._is_full = False

    def add(self, lane: str, work: Work) -> bool:
        """Do it when those before it in its lane are done; False if there is no room."""
        if not self._has_room():
            return False
        self._count += 1
        if lane in self._waiting:
            self._waiting[lane].append(work)
        else:
            self._waiting[lane] = deque([work])
            self._begin(self._walk(lane))
        return True

    def aside(self, work: Callable[[], Awaitable[_T]]) -> asyncio.Task[_T | None] | None:
        """Do it now, beside everything else; its result is None after a bug. None if there is no room."""
        return self._begin(self._safely(work)) if self._has_room() else None

    async def close(self, grace_s: float) -> None:
        """Let what is under way finish for a moment: nobody hands it out again. Then end it."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for task in tuple(self._tasks):
            task.cancel()
        for task in tuple(self._tasks):
            with suppress(asyncio.CancelledError):
                await task

    def _has_room(self) -> bool:
        full = self._count + len(self._tasks) >= WAITING_AT_MOST
        if full and not self._is_full:
            _log.error("discord_requests_refused", waiting=self._count)
        self._is_full = full
        return not full

    def _begin(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _walk(self, lane: str) -> None:
        try:
            while self._waiting[lane]:
                self._count -= 1
                await self._safely(self._waiting[lane].popleft())
        finally:
            self._count -= len(self._waiting.pop(lane))

    async def _safely(self, work: Callable[[], Awaitable[_T]]) -> _T | None:
        try:
            return await work()
        except Exception:  # noqa: BLE001 - whatever one request breaks, the others are heard
            _log.exception("discord_request_failed")
            return None
