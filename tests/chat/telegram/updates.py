"""The queue of updates, and getUpdates: offsets confirm, polls wait, a second poll evicts the first.

Filled by people and methods through `push`, which refuses an update that the published model would not have.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiogram.types import Update

from tests.chat.telegram.members import Json
from tests.chat.telegram.shapes import model_faults

UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Sent only to a bot that names them in allowed_updates."""


class Refusal(Exception):
    """What Telegram answers instead of a result: an HTTP status, its sentence, and ResponseParameters."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(f"{status} {description}")
        self.status, self.description, self.parameters = status, description, parameters


@dataclass(slots=True)
class Updates:
    """Updates not yet confirmed by an offset, oldest first."""

    pending: list[Json] = field(default_factory=list)
    polls: int = 0
    """How many getUpdates calls have come: the newest one is served, earlier ones are told 409."""
    on_poll: Callable[[], None] = lambda: None
    _waiting: int = 0
    _revoked: bool = False
    _next_id: int = 500_000_001
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def push(self, kind: str, content: Json) -> Json:
        update = {"update_id": self._next_id, kind: content}
        if faults := list(model_faults(Update, update, "Update")):
            raise AssertionError(f"the peer built an update Telegram would not send: {faults[0]}")
        self._next_id += 1
        self.pending.append(update)
        self._wake()
        return update

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def poll(self, offset: int, limit: int, seconds: int, allowed: Sequence[str]) -> list[Json]:
        """Updates from `offset` on, waiting for one at most `seconds` long; Refusal 409 when evicted."""
        self.polls += 1
        mine = self.polls
        self._wake()
        self.on_poll()
        self._confirm(offset, allowed)
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds):
                while not self.pending and mine == self.polls:
                    await self._news.wait()
                    self._confirm(0, allowed)
        except TimeoutError:
            pass
        finally:
            self._waiting -= 1
        if self._revoked:
            self._revoked = False
            raise Refusal(401, "Unauthorized")
        if mine != self.polls:
            raise Refusal(409, "Conflict: terminated by other getUpdates request; "
                               "make sure that only one bot instance is running")  # fmt: skip
        return self.pending[:limit]

    def _confirm(self, offset: int, allowed: Sequence[str]) -> None:
        """Forget what the offset confirms (a negative one keeps that many of the newest) and the unwanted."""
        if offset < 0:
            del self.pending[:offset]
        wanted = [one for one in self.pending if offset < 0 or one["update_id"] >= offset]
        self.pending = [one for one in wanted if _is_allowed(one, allowed)]

    def close(self, *, revoked: bool = False) -> None:
        """Evict whoever still polls, so that the server can stop at once, or because the token is no more."""
        self._revoked = revoked and self._waiting > 0
        self.polls += 1
        self._wake()


def _is_allowed(update: dict[str, Any], allowed: Sequence[str]) -> bool:
    kind = next(name for name in update if name != "update_id")
    return kind in allowed if allowed else kind not in UNASKED
