"""What a what-if answer would become if its button is pressed: watches not yet in any list.

The part of `bot.store.watchbook` that the monitor never reads.
"""

from dataclasses import replace
from typing import Final

from bot.store import keys
from bot.store.codec import decode, encode
from bot.store.placebook import StoredPlaces
from bot.subscriptions import Watch

KEPT_S: Final = 30 * 86_400
DRAFTS_MOST: Final = 50
"""Of one home; the oldest make room."""


class StoredDrafts(StoredPlaces):
    """Opens nothing."""

    async def keep_draft(self, home: str, draft: str, watch: Watch) -> None:
        """Remember it for 30 days. Not who asked: `created_by` is whoever presses the button."""
        text = encode(replace(watch, created_by=""))
        await self._link.run("keep_draft", (keys.drafts(home),), draft, text, KEPT_S, DRAFTS_MOST)

    async def draft(self, home: str, draft: str) -> Watch | None:
        key = keys.drafts(home)
        text = await self._link.run("draft", (key,), draft, KEPT_S)
        return None if text is None else decode(Watch, text, f"{key}[{draft}]")
