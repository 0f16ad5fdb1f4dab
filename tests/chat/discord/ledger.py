"""The one record of what the peer took: every accepted message, edit and answer in order, calls and rates.

It lives in the tests' process, so it survives any death of the bot. Written by routes and exchange.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.chat.discord.view import label, rows, text_of
from tests.chat.discord.world import Flag, Json
from tests.chat.telegram.faults import Fault


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted message, edit or deletion. `at_ms` counts milliseconds since the peer was made."""

    order: int
    at_ms: int
    deed: str
    """sent, edited or deleted."""
    channel_id: int
    message_id: int
    message: Json
    """The message object as it stood then."""
    seen_by: int | None = None
    """The only person who sees it: an ephemeral answer."""
    interaction: int | None = None
    """Which interaction it answers; None for what the bot sends by itself."""
    pings: tuple[str, ...] = ()
    """Who was rung: `user 5`, `role 7`, `everyone`."""
    files: tuple[tuple[str, bytes], ...] = ()
    """What was uploaded with it: name and bytes."""

    @property
    def text(self) -> str:
        return text_of(self.message)

    @property
    def silent(self) -> bool:
        return bool(self.message.get("flags", 0) & Flag.SUPPRESS_NOTIFICATIONS)

    @property
    def is_ephemeral(self) -> bool:
        return self.seen_by is not None

    @property
    def reply_to(self) -> int | None:
        reference: Json = self.message.get("message_reference") or {}
        return int(reference["message_id"]) if reference else None

    @property
    def buttons(self) -> list[list[Json]]:
        return rows(self.message)

    @property
    def labels(self) -> list[str]:
        return [label(one) for row in self.buttons for one in row]

    @property
    def embeds(self) -> list[Json]:
        return list(self.message.get("embeds") or [])


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the bot, accepted or not. `status` is 0 when the connection died unanswered.

    `route` is the method with the path's template: `POST /channels/{channel_id}/messages`.
    """

    at_ms: int
    route: str
    path: str
    body: Any
    status: int
    scope: str = ""
    """Whose limit a 429 was: user, global, shared; empty for any other answer."""
    exempt: bool = False
    """Answers to interactions do not count against the bot's 50 a second."""


@dataclass(slots=True)
class Ledger:
    """Append-only; `change` wakes whoever waits for something to be written."""

    clock_ms: Callable[[], int]
    entries: list[Entry] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    repeats: int = 0
    """Sends that an enforced nonce answered with the message already there."""
    on_accept: list[Callable[[Entry], None]] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def accept(self, deed: str, message: Json, **more: Any) -> Entry:
        where = int(message["channel_id"]), int(message["id"])
        entry = Entry(len(self.entries), self.clock_ms(), deed, *where, dict(message), **more)
        self.entries.append(entry)
        for hear in self.on_accept:
            hear(entry)
        self.change()
        return entry

    def change(self) -> None:
        """Something a waiter may care about was written."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], object], within: float) -> None:
        """Return once `condition` holds; raise TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while not condition():
                await self._changed.wait()

    def sent(self, channel_id: int | None = None) -> list[Entry]:
        """Accepted new messages (no edits, no answers to interactions) in order, of one channel or of all."""
        return [
            one
            for one in self.entries
            if one.deed == "sent" and one.interaction is None and channel_id in (None, one.channel_id)
        ]

    def busiest(self, window_ms: int, channel_id: int | None = None) -> int:
        """The most new messages that any window of this length held: to be compared with Discord's rates."""
        return fullest([one.at_ms for one in self.sent(channel_id)], window_ms)

    def busiest_requests(self, window_ms: int) -> int:
        """The same for all requests that count against the bot's global limit, refused ones too."""
        return fullest([one.at_ms for one in self.calls if not one.exempt], window_ms)

    def called(self, route: str) -> Iterator[Call]:
        """Calls whose route starts so: `POST /channels/`."""
        return (call for call in self.calls if call.route.startswith(route))

    def answered(self, status: int, scope: str | None = None) -> int:
        """How many requests got this status, e.g. 429 of scope `global`."""
        return sum(one.status == status and scope in (None, one.scope) for one in self.calls)


def fullest(times: list[int], window_ms: int) -> int:
    return max((at + 1 - bisect_left(times, now - window_ms + 1) for at, now in enumerate(times)), default=0)
