"""Scripted misfortune: what the peer does to the next requests instead of, or after, serving them.

Tests order it through TelegramPeer; the server asks `take` once for every request that the judge found fine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(Enum):
    THROTTLE = "429 with an integer retry_after, in seconds"
    HANG = "no answer, nothing accepted, until released"
    DROP_BEFORE = "the connection dies and nothing was accepted"
    DROP_AFTER = "accepted, then the connection dies before the answer: acceptance without acknowledgement"
    SERVER_ERROR = "500 as the Bot API words it"
    BAD_GATEWAY = "502 with a proxy's HTML page"


@dataclass(slots=True)
class Trouble:
    """Meets the next `times` requests of `method` to `chat_id`, None: any, but neither getUpdates nor the
    `download` of files."""

    kind: Kind
    chat_id: int | None = None
    method: str | None = None
    times: int = 1
    retry_after: int = 1
    met: int = 0
    """How many requests it has met so far."""
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let hanging requests go on, and meet no further ones."""
        self.times = 0
        self.released.set()

    def meets(self, method: str, params: Mapping[str, Any]) -> bool:
        if self.times <= 0 or self.chat_id not in (None, params.get("chat_id")):
            return False
        return method == self.method if self.method else method not in ("getUpdates", "download")


@dataclass(slots=True)
class Troubles:
    ordered: list[Trouble] = field(default_factory=list)

    def order(self, trouble: Trouble) -> Trouble:
        self.ordered.append(trouble)
        return trouble

    def take(self, method: str, params: Mapping[str, Any]) -> Trouble | None:
        """The first ordered trouble that meets this request, used up by one; None leaves it in peace."""
        for trouble in self.ordered:
            if trouble.meets(method, params):
                trouble.times -= 1
                trouble.met += 1
                return trouble
        return None

    def end(self) -> None:
        for trouble in self.ordered:
            trouble.release()
