"""Homes and their places: what belongs to whom, who is let in, codes that lead to a place, pings of roles.

The part of `bot.store.watchbook` that knows no watches.
"""

import json
from typing import Final

from redis.asyncio import Redis

from bot.store import keys
from bot.store.link import Link
from bot.store.people import owns
from bot.subscriptions import Destination

PING_EVERY_S: Final = 1800
"""A role is mentioned at most this often for one incident."""


class StoredPlaces:
    """Opens nothing."""

    def __init__(self, client: Redis) -> None:
        self._link = Link(client)

    async def places(self, home: str) -> frozenset[str]:
        """Every destination that this home spoke from or sends to, itself included."""
        return frozenset({home, *await self._link.call("SMEMBERS", keys.places_of(home))})

    async def add_place(self, home: str, place: str) -> None:
        """Remember that a home speaks from a destination or sends to it.

        What belongs to a home tells its own id, but for a Discord channel: that is the server's which was
        first to speak from it, as channels stay where they are.
        """
        if place == home:
            return
        await self._link.call("SADD", keys.places_of(home), place)
        if Destination.parse(place).is_channel and owns(home, place):
            await self._link.call("HSETNX", keys.HOME_OF, place, home)

    async def drop_place(self, home: str, place: str) -> None:
        """Whose it was stays known: a send under way may still find out that it is gone."""
        await self._link.call("SREM", keys.places_of(home), place)

    async def home_of(self, place: str) -> str:
        """The home of a destination that we remember, else the place's own chat."""
        to = Destination.parse(place)
        known = await self._link.call("HGET", keys.HOME_OF, place) if to.is_channel else None
        return known or to.whole.id

    async def admit(self, home: str) -> None:
        """Let a group or server in. That, as a right that was given, is not forgotten with its data."""
        await self._link.call("SADD", keys.ADMITTED, home)

    async def admitted(self, home: str) -> bool:
        return bool(await self._link.call("SISMEMBER", keys.ADMITTED, home))

    async def expel(self, home: str) -> None:
        """Undo `admit`."""
        await self._link.call("SREM", keys.ADMITTED, home)

    async def offer_place(self, code: str, place: str, home: str, for_s: int) -> None:
        """Remember for `for_s` seconds that whoever shows `code` may send alerts to `place`."""
        await self.add_place(home, place)
        await self._link.run("offer_code", (keys.CODES,), json.dumps([code, place, home]), for_s)

    async def take_place(self, code: str) -> tuple[str, str] | None:
        """(place, home) behind a code, which is spent; None if there is none or its time is over."""
        found = await self._link.run("take_code", (keys.CODES,), code)
        return (found[0], found[1]) if found else None

    async def may_ping(self, home: str, incident: str, delivery: str) -> bool:
        """Whether this delivery may mention a role: one an incident each 30 minutes, that one each time."""
        granted = await self._link.run("ping", (keys.pings(home),), incident, delivery, PING_EVERY_S)
        return bool(granted)
