"""Which updates are being handled, and what offset may therefore be told to Telegram. Used by the gateway.

Telegram forgets an update as soon as it is asked for a later one, so the offset never passes an unhandled
update: whatever kills us, Telegram hands out again what we had not finished.
"""

import asyncio
from collections.abc import Sequence

from telegram import Update


class Intake:
    """Telegram gives at most 100 updates from the offset on, so at most 100 are open, however slow we are."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        """Handed out and not yet confirmed."""
        self._open: set[int] = set()
        """Those of them not yet handled."""
        self._settled = asyncio.Event()
        self._settled.set()

    def fresh(self, updates: Sequence[Update]) -> list[Update]:
        """Those not seen before, from now on open."""
        new = [update for update in updates if update.update_id not in self._known]
        for update in new:
            self._known.add(update.update_id)
            self._open.add(update.update_id)
        if self._open:
            self._settled.clear()
        return new

    def handled(self, update: Update) -> None:
        self._open.discard(update.update_id)
        if not self._open:
            self._settled.set()

    @property
    def busy(self) -> bool:
        return bool(self._open)

    def offset(self) -> int | None:
        """What to ask Telegram for; None (the earliest unconfirmed one) when there is nothing to confirm.

        None matters after a quiet week: Telegram then numbers anew, possibly lower.
        """
        if self._open:
            return min(self._open)
        return max(self._known) + 1 if self._known else None

    def confirmed(self, offset: int | None) -> None:
        """Telegram took this offset."""
        if offset is not None:
            self._known = {number for number in self._known if number >= offset}

    async def settled(self, within_s: float) -> None:
        """Return when nothing is open, or after `within_s` seconds all the same."""
        try:
            async with asyncio.timeout(within_s):
                await self._settled.wait()
        except TimeoutError:
            return
