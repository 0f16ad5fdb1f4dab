"""What health factors and prices were: bounded series of each subject, finest for the newest. Fits
`bot.ports.History`; the monitor adds, charts and chances ask.

Three lists a subject, of numbers that the server packs into a few bytes each: a point a minute for two days,
the first of each hour for 30 days, the first of each day for 400. A thousand full subjects take 55 MB.
"""

from collections.abc import Mapping
from typing import Final

from redis.asyncio import Redis

from bot.errors import StoreError
from bot.ports import Point
from bot.store import keys
from bot.store.link import Link

MINUTE, HOUR, DAY = 60, 3600, 86_400
STEPS: Final = (MINUTE, HOUR, DAY)
REACH: Final = (2 * DAY, 30 * DAY, 400 * DAY)
AT_ONCE: Final = 1000
"""Subjects in one call."""
HEALTH_UNIT: Final = 10**12
"""Health factors are kept to a millionth."""


class StoredHistory:
    """Opens nothing."""

    def __init__(self, client: Redis) -> None:
        self._link = Link(client)

    async def add(self, points: Mapping[str, Point]) -> None:
        """One point a subject; at most one a minute is kept, and none of before the last."""
        given = list(points.items())
        for first in range(0, len(given), AT_ONCE):
            some = given[first : first + AT_ONCE]
            names = [key for subject, _ in some for key in keys.past(subject)]
            numbers = [n for _, point in some for n in (point.at, point.health // HEALTH_UNIT, point.price)]
            await self._link.run("note", names, *STEPS, *REACH, *numbers)

    async def series(self, subject: str, since: int) -> tuple[Point, ...]:
        """Oldest first: where a finer series begins, the coarser one ends."""
        texts = await self._link.run("series", keys.past(subject))
        full, hourly, found = [_points(subject, text) for text in texts]
        for finer in (hourly, full):
            if finer:
                found = [point for point in found if point.at < finer[0].at] + finer
        return tuple(point for point in found if point.at >= since)


def _points(subject: str, text: str) -> list[Point]:
    try:
        found = [int(number) for number in text.split()]
        return [
            Point(at, health * HEALTH_UNIT, price)
            for at, health, price in zip(found[::3], found[1::3], found[2::3], strict=True)
        ]
    except ValueError as error:
        raise StoreError(f"cannot read the records {', '.join(keys.past(subject))}") from error
