"""Scripted misfortune: what the peer does to the next requests instead of, or after, serving them.

Tests order it through DiscordPeer; exchange asks `take` once for every request that passed the rate limits.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    THROTTLE = "429 of the request's own bucket"
    THROTTLE_SHARED = "429 that others caused: scope shared"
    THROTTLE_GLOBAL = "429 for the whole bot"
    BANNED = "429 of Cloudflare: HTML, no Via"
    HANG = "no answer, nothing accepted, until released"
    DROP_BEFORE = "the connection dies and nothing was accepted"
    DROP_AFTER = "accepted, then the connection dies before the answer: acceptance without acknowledgement"
    SERVER_ERROR = "500 as Discord words it"
    UNAVAILABLE = "503, which discord.py does not try again"
    BAD_GATEWAY = "502 with a proxy's HTML page"
    NOT_JSON = "200 whose JSON is cut short"


SCOPES = {Kind.THROTTLE: "user", Kind.THROTTLE_SHARED: "shared", Kind.THROTTLE_GLOBAL: "global"}


@dataclass(slots=True)
class Trouble:
    """Meets the next `times` requests whose path has `channel` in it and whose route starts with `route`."""

    kind: Kind
    channel: int | None = None
    route: str = ""
    times: int = 1
    retry_after: float = 1.0
    met: int = 0
    """How many requests it has met so far."""
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let hanging requests go on, and meet no further ones."""
        self.times = 0
        self.released.set()

    def meets(self, route: str, path: str) -> bool:
        if self.times <= 0 or not route.startswith(self.route):
            return False
        return self.channel is None or f"/{self.channel}/" in f"{path}/"


@dataclass(slots=True)
class Troubles:
    ordered: list[Trouble] = field(default_factory=list)

    def order(self, trouble: Trouble) -> Trouble:
        self.ordered.append(trouble)
        return trouble

    def take(self, route: str, path: str) -> Trouble | None:
        """The first ordered trouble that meets this request, used up by one; None leaves it in peace."""
        for trouble in self.ordered:
            if trouble.meets(route, path):
                trouble.times -= 1
                trouble.met += 1
                return trouble
        return None

    def end(self) -> None:
        for trouble in self.ordered:
            trouble.release()
