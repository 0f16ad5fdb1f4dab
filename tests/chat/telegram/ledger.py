"""The one record of what the peer took: every accepted message and edit in order, calls, answers and rates.

It lives in the tests' process, so it survives any death of the bot. Written by methods and exchange.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chat.telegram.faults import Fault
from tests.chat.telegram.files import Upload
from tests.chat.telegram.members import Json
from tests.chat.telegram.world import found_entities


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted message, edit or deletion. `at_ms` counts milliseconds since the peer was made."""

    order: int
    at_ms: int
    deed: str
    """sent, edited or deleted."""
    chat_id: int
    message_id: int
    message: Json
    """The message as Telegram would show it now: text, entities, reply_markup and the rest."""
    silent: bool = False
    file: Upload | None = None
    """What was uploaded with it."""

    @property
    def text(self) -> str:
        return str(self.message.get("text") or self.message.get("caption", ""))

    @property
    def entities(self) -> list[Json]:
        return self.message.get("entities") or self.message.get("caption_entities") or []

    @property
    def reply_to(self) -> int | None:
        answered: Json = self.message.get("reply_to_message", {})
        return answered.get("message_id")

    @property
    def thread_id(self) -> int | None:
        return self.message.get("message_thread_id") if self.message.get("is_topic_message") else None

    @property
    def buttons(self) -> list[list[Json]]:
        return list(self.message.get("reply_markup", {}).get("inline_keyboard", []))

    @property
    def auto_links(self) -> list[str]:
        """What Telegram would light up by itself outside the given entities: commands, links, names."""
        given = [(one["offset"], one["offset"] + one["length"]) for one in self.entities]
        units = self.text.encode("utf-16-le")
        found = [(one["offset"], one["offset"] + one["length"]) for one in found_entities(self.text)]
        return [
            units[start * 2 : end * 2].decode("utf-16-le")
            for start, end in found
            if not any(a <= start and end <= b for a, b in given)
        ]

    @property
    def labels(self) -> list[str]:
        return [button["text"] for row in self.buttons for button in row]


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the bot, accepted or not. `status` is 0 when the connection died unanswered."""

    at_ms: int
    method: str
    params: Mapping[str, Any]
    status: int


@dataclass(slots=True)
class Ledger:
    """Append-only; `changed` wakes whoever waits for something to be written."""

    clock_ms: Callable[[], int]
    entries: list[Entry] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    answers: dict[str, Json] = field(default_factory=dict)
    """Callback query id -> the parameters it was answered with, the first time."""
    on_accept: list[Callable[[Entry], None]] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def accept(self, deed: str, message: Json, *, silent: bool = False, file: Upload | None = None) -> Entry:
        chat_id, message_id = message["chat"]["id"], message["message_id"]
        now, order = self.clock_ms(), len(self.entries)
        entry = Entry(order, now, deed, chat_id, message_id, message, silent, file)
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

    def sent(self, chat_id: int | None = None) -> list[Entry]:
        """Accepted new messages (no edits) in order, of one chat or of all."""
        return [one for one in self.entries if one.deed == "sent" and chat_id in (None, one.chat_id)]

    def busiest(self, window_ms: int, chat_id: int | None = None) -> int:
        """The most new messages that any window of this length held: to be compared with Telegram's rates."""
        times = [one.at_ms for one in self.sent(chat_id)]
        return max(
            (at + 1 - bisect_left(times, now - window_ms + 1) for at, now in enumerate(times)), default=0
        )

    def called(self, method: str) -> Iterator[Call]:
        return (call for call in self.calls if call.method == method)
