"""Discord's published rates, enforced: buckets by route and channel, 50 requests a second, invalid requests.

Asked by exchange before anything else; what is refused here is a 429 with everything a library looks at.
Source: https://discord.com/developers/docs/topics/rate-limits
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field

GLOBAL_PER_SECOND = 50
INVALID_MOST = 10_000
INVALID_SECONDS = 600
_CHANNEL = "/channels/{channel_id}/messages"
_WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
BUCKETS: dict[str, tuple[int, float]] = {
    f"POST {_CHANNEL}": (5, 5.0),
    f"PATCH {_CHANNEL}/{{message_id}}": (5, 5.0),
    f"DELETE {_CHANNEL}/{{message_id}}": (5, 1.0),
    f"POST {_WEBHOOK}": (5, 2.0),
    f"PATCH {_WEBHOOK}/messages/@original": (5, 2.0),
    f"PATCH {_WEBHOOK}/messages/{{message_id}}": (5, 2.0),
}
"""Route -> how many requests in how many seconds, for each channel or webhook by itself."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """A 429 to be answered. `scope`: user (this bot's bucket), global, shared (everybody's)."""

    retry_after: float
    scope: str

    def headers(self, bucket: str = "") -> dict[str, str]:
        told = {
            "Retry-After": str(math.ceil(self.retry_after)),
            "X-RateLimit-Scope": self.scope,
            "Via": "1.1 google",
        }
        if self.scope == "global":
            return told | {"X-RateLimit-Global": "true"}
        return told | {
            "X-RateLimit-Limit": "5",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset-After": f"{self.retry_after:.3f}",
            "X-RateLimit-Bucket": bucket,
        }

    @property
    def body(self) -> dict[str, object]:
        return {
            "message": "You are being rate limited.",
            "retry_after": self.retry_after,
            "global": self.scope == "global",
        }


@dataclass(slots=True)
class Window:
    """Counts from the first request on, and starts anew when its seconds are over."""

    limit: int
    seconds: float
    ends: float = 0.0
    used: int = 0

    def take(self, now: float) -> bool:
        if now >= self.ends:
            self.ends, self.used = now + self.seconds, 0
        if self.used >= self.limit:
            return False
        self.used += 1
        return True


def bucket_hash(route: str) -> str:
    return hashlib.sha256(route.encode()).hexdigest()[:32]


@dataclass(slots=True)
class Limits:
    """`enforced = False` lets everything through; a throttle that a test ordered still meets its requests.
    At a `speed` of 5 as much is taken in a second as by Discord in five.
    """

    now: Callable[[], float]
    enforced: bool = True
    invalid_most: int = INVALID_MOST
    all_requests: Window = field(default_factory=lambda: Window(GLOBAL_PER_SECOND, 1.0))
    windows: dict[tuple[str, str], Window] = field(default_factory=dict)
    speed: int = 1
    invalid: list[float] = field(default_factory=list)
    """When a request was answered 401, 403 or a 429 that was the bot's own doing."""

    def meet(self, route: str, major: str, *, exempt: bool) -> Throttled | None:
        """Count one request; None lets it pass."""
        if not self.enforced:
            return None
        now = self.now() * self.speed
        if not exempt and not self.all_requests.take(now):
            return Throttled(self._until(self.all_requests), "global")
        window = self._window(route, major)
        if window is not None and not window.take(now):
            return Throttled(self._until(window), "user")
        return None

    def _until(self, window: Window) -> float:
        """Seconds of ours until a window is over."""
        return max(0.0, round(window.ends / self.speed - self.now(), 3))

    def headers(self, route: str, major: str) -> dict[str, str]:
        """What an answered request tells of its bucket."""
        window = self._window(route, major) if self.enforced else None
        if window is None:
            return {}
        return {
            "X-RateLimit-Limit": str(window.limit),
            "X-RateLimit-Remaining": str(window.limit - window.used),
            "X-RateLimit-Reset": f"{window.ends / self.speed:.3f}",
            "X-RateLimit-Reset-After": f"{self._until(window):.3f}",
            "X-RateLimit-Bucket": bucket_hash(route),
        }

    def note(self, status: int, scope: str) -> None:
        if status in (401, 403, 429) and scope != "shared":
            self.invalid.append(self.now())

    @property
    def is_banned(self) -> bool:
        """Too many invalid requests in ten minutes: Cloudflare answers before Discord does."""
        since = self.now() - INVALID_SECONDS
        return sum(at > since for at in self.invalid[-self.invalid_most :]) >= self.invalid_most

    def _window(self, route: str, major: str) -> Window | None:
        if route not in BUCKETS:
            return None
        return self.windows.setdefault((route, major), Window(*BUCKETS[route]))
