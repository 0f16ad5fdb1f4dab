"""Discord's limits as it tells them in headers, asked before each request so that none is wasted.

Nothing here waits: it raises RateLimited, and the outbox waits. Owned by the line.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from bot.errors import RateLimited
from handlers.discord.errors import Reply, seconds, translate

_BUCKETS_AT_MOST: Final = 10_000
"""Past it the idlest is forgotten; the worst of that is one 429."""
_INVALID_WINDOW_S: Final = 600.0
_INVALID_AT_MOST: Final = 9_000
"""Of the 10,000 in 10 minutes after which Discord bans an address for a while."""
_INVALID: Final = frozenset({401, 403, 429})
_T = TypeVar("_T")


@dataclass(slots=True)
class _Bucket:
    remaining: int
    until: float


class Limits:
    """What is left of each bucket, of everything, and of Discord's patience. `clock` only goes forward."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._names: OrderedDict[str, str] = OrderedDict()
        """(method and route) + major id -> the bucket that Discord says it belongs to."""
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._halted_until = 0.0
        self._invalid: deque[float] = deque()

    def before(self, route: str, *, as_bot: bool) -> None:
        """RateLimited instead of a request that would be refused. Interactions pass a global halt."""
        now = self._clock()
        while self._invalid and now - self._invalid[0] >= _INVALID_WINDOW_S:
            self._invalid.popleft()
        if len(self._invalid) >= _INVALID_AT_MOST:
            raise RateLimited(self._invalid[0] + _INVALID_WINDOW_S - now, everything=True)
        if as_bot and now < self._halted_until:
            raise RateLimited(self._halted_until - now, everything=True)
        bucket = self._buckets.get(self._names.get(route, route))
        if bucket is None or now >= bucket.until:
            return
        if bucket.remaining <= 0:
            raise RateLimited(bucket.until - now)
        bucket.remaining -= 1  # those on their way count too

    def after(self, route: str, reply: Reply) -> None:
        """Learn from an answer."""
        now, headers = self._clock(), reply.headers
        if reply.status in _INVALID and headers.get("x-ratelimit-scope") != "shared":
            self._invalid.append(now)
        if reply.status == 429:
            self._halt(reply, now)
            return
        try:
            remaining = int(headers["x-ratelimit-remaining"])
        except (KeyError, ValueError):
            return
        until = now + seconds(headers.get("x-ratelimit-reset-after"), 0.0)
        name = headers.get("x-ratelimit-bucket", "")
        key = f"{name} {route.rpartition(' ')[2]}" if name else route
        _remember(self._names, route, key)
        known = self._buckets.get(key)
        if known is not None and until - known.until < 1 and now < known.until:
            remaining = min(remaining, known.remaining)  # answers may overtake each other
        _remember(self._buckets, key, _Bucket(remaining, until))

    def _halt(self, reply: Reply, now: float) -> None:
        """One bucket's 429 is for its caller to wait out; everybody's is kept here."""
        error = translate(reply)
        if isinstance(error, RateLimited) and error.everything:
            self._halted_until = max(self._halted_until, now + error.retry_after)


def _remember(table: OrderedDict[str, _T], key: str, value: _T) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > _BUCKETS_AT_MOST:
        table.popitem(last=False)
