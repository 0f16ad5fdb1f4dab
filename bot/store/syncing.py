"""The embedded store's log, brought to the disk once a second by us and not by the server.

The server can do that itself (`appendfsync everysec`), but while its own sync is slow it keeps what is
written in its memory for up to two seconds and acknowledges it all the same: killed then, it has lost it.
Told not to sync, it hands each write to the kernel before it acknowledges it, and a crash loses nothing.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger()

EVERY_S: Final = 1.0


class LogSync:
    """`folder` is where the server keeps the parts of its append-only file; it need not be there yet."""

    def __init__(self, folder: Path, *, sync: Callable[[int], None] = os.fsync) -> None:
        self._folder = folder
        self._sync = sync
        self._synced: dict[str, int] = {}
        """Part -> its size before it was last synced. Parts that a rewrite has replaced are let go."""

    async def run(self) -> None:
        """Until cancelled. A disk that refuses is told in the log, once until it works again."""
        refused = False
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await asyncio.to_thread(self.sync_grown)
            except OSError as error:
                if not refused:
                    log.error("the store's log does not reach the disk", why=error.strerror)  # noqa: TRY400
                refused = True
            else:
                refused = False

    def sync_grown(self) -> int:
        """Sync the parts that changed since the last time; how many."""
        parts = {part.name: part for part in self._folder.glob("*.incr.aof")}
        self._synced = {name: size for name, size in self._synced.items() if name in parts}
        count = 0
        for name, part in parts.items():
            with suppress(FileNotFoundError):
                size = part.stat().st_size
                if size != self._synced.get(name):
                    self._sync_part(part)
                    self._synced[name] = size
                    count += 1
        return count

    def _sync_part(self, part: Path) -> None:
        file = os.open(part, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._sync(file)
        finally:
            os.close(file)
