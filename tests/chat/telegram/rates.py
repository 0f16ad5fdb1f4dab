"""Telegram's published limits, refused with 429 and an integer retry_after. Asked by exchange, if wanted.

About 30 messages a second over all, one a second in a chat, 20 a minute in a group:
https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

from tests.chat.telegram.world import Chat

OVERALL_PER_S = 30
GROUP_PER_MINUTE = 20
CHAT_EVERY_MS = 1000
JITTER_MS = 250
"""A message a second is judged by when it arrives, which a network blurs; the mean is never more than one."""

COUNTED = frozenset({"sendMessage", "sendPhoto", "sendDocument", "editMessageText", "editMessageCaption"})
"""Edits too: Telegram counts them with messages."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One request that came too early. `limit`: overall, chat or group."""

    at_ms: int
    chat_id: int
    limit: str
    retry_after: int


@dataclass(slots=True)
class Rates:
    """What was accepted lately. `refused` is the ledger of all 429s. At a `speed` of 5 as much is taken in a
    second as by Telegram in five.
    """

    speed: int = 1
    refused: list[Refused] = field(default_factory=list)
    _overall: deque[int] = field(default_factory=deque)
    _group: defaultdict[int, deque[int]] = field(default_factory=lambda: defaultdict(deque))
    _free_at: dict[int, int] = field(default_factory=dict)
    """Chat -> when its next message is due if it keeps to one a second."""

    def admit(self, now_ms: int, chat: Chat) -> int:
        """0 and the message counted, or the seconds to wait."""
        at_ms, now_ms = now_ms, now_ms * self.speed
        waits = {
            "overall": _over(self._overall, OVERALL_PER_S, 1000, now_ms),
            "chat": self._free_at.get(chat.id, now_ms) - JITTER_MS - now_ms,
            "group": (
                _over(self._group[chat.id], GROUP_PER_MINUTE, 60_000, now_ms)
                if chat.kind in ("group", "supergroup")
                else 0
            ),
        }
        limit, wait_ms = max(waits.items(), key=lambda one: one[1])
        if wait_ms > 0:
            wait = -(-wait_ms // (1000 * self.speed))
            self.refused.append(Refused(at_ms, chat.id, limit, wait))
            return wait
        self._overall.append(now_ms)
        self._group[chat.id].append(now_ms)
        self._free_at[chat.id] = max(now_ms, self._free_at.get(chat.id, 0)) + CHAT_EVERY_MS
        return 0


def _over(times: deque[int], most: int, window_ms: int, now_ms: int) -> int:
    """Milliseconds until the window has room for one more."""
    while times and times[0] <= now_ms - window_ms:
        times.popleft()
    return times[-most] + window_ms - now_ms if len(times) >= most else 0
