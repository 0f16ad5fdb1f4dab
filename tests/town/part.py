"""The product in a process of its own, for tests that kill it: `python -m tests.town.part BRIEF`.

The brief is one JSON object, see `Brief`. Each line of input is a block, `[number, health of each wallet...]`
in hundredths, answered by `block NUMBER` once what it led to is in the outbox; `stats` is answered by what
was used so far. At the end of its input it ends as by a signal.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import structlog
from pydantic import SecretStr

from bot.app import _ears, _mouths  # what `run` runs, without its signals
from bot.app.house import House
from bot.app.platforms import open_lines
from bot.settings import Settings
from bot.store.connect import close_client, open_client
from bot.store.link import Link
from bot.store.pacing import PACING, Pace, PlatformPace
from bot.supervise import Supervisor
from tests.town.chain import Chain
from tests.town.clock import TownClock
from tests.town.feeding import Feed
from tests.town.furniture import STALE_AFTER_S, furnished


@dataclass(frozen=True, slots=True)
class Brief:
    """`speed`: how many times as fast as in life the platforms are, and so the product's pace."""

    store: str
    folder: str
    telegram_api: str
    telegram_token: str
    discord_api: str
    discord_token: str
    allow: tuple[str, ...]
    speed: int = 1

    @classmethod
    def read(cls, text: str) -> Brief:
        fields = json.loads(text)
        return cls(**fields | {"allow": tuple(fields["allow"])})

    def __str__(self) -> str:
        return json.dumps(asdict(self))

    @property
    def settings(self) -> Settings:
        return Settings(
            data_dir=Path(self.folder),
            telegram_token=SecretStr(self.telegram_token),
            telegram_api=self.telegram_api,
            discord_token=SecretStr(self.discord_token),
            discord_api=self.discord_api,
            allow=tuple(one.replace("/", ":", 1) for one in self.allow),
            stale_after_s=STALE_AFTER_S,
        )


def hurried(speed: int) -> Mapping[str, PlatformPace]:
    """Our paces, so many times as fast."""

    def quick(pace: Pace) -> Pace:
        return replace(pace, interval_us=pace.interval_us // speed, gap_us=pace.gap_us // speed)

    return {
        name: PlatformPace(quick(one.overall), quick(one.private), quick(one.group))
        for name, one in PACING.items()
    }


class RoundTrips:
    """Counts what is asked of the store; each call of a Link is one trip there and back."""

    def __init__(self) -> None:
        self.count = 0

    def watch(self, name: str) -> None:
        work = getattr(Link, name)

        async def counted(link: Link, *given: Any) -> Any:
            self.count += 1
            return await work(link, *given)

        setattr(Link, name, counted)


async def main() -> None:
    brief = Brief.read(sys.argv[1])
    trips = RoundTrips()
    for name in ("call", "run", "transaction"):
        trips.watch(name)
    client, clock, stop = open_client(brief.store), TownClock(0), asyncio.Event()
    house = furnished(client, brief.settings, clock, Chain(), pacing=hurried(brief.speed))
    await house.book.settle()
    await house.monitor.start()
    await house.outbox.adopt_leases()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close_client, client)
        lines = await open_lines(brief.settings, house, stack)
        parts = (*_mouths(house, lines), *_ears(house, lines))
        running = asyncio.create_task(Supervisor(on_crash=crashed).run(parts, stop))
        await obey(house, clock, trips)
        stop.set()
        await running


async def obey(house: House, clock: TownClock, trips: RoundTrips) -> None:
    feed = Feed(house.monitor, clock)
    say("ready")
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        if line == "stats":
            used = resource.getrusage(resource.RUSAGE_SELF)
            cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
            say(json.dumps({"cpu_s": cpu, "peak_mib": peak, "round_trips": trips.count}))
            continue
        number, *healths = json.loads(line)
        feed.number = number - 1
        await feed.health(*healths, gap_s=0)
        say(f"block {number}")


def crashed(part: str, error: BaseException) -> None:
    """Seen by the test as a line that it does not expect."""
    say(f"crash {part}: {error!r}")


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(30),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    asyncio.run(main())
