"""Whether a home was kept: what is stored before and after a deed, what the log has of it, what was read.

Used by the `test_ways_*` modules, each of which holds some of the ways in which somebody without the right
tries to change a home.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bot.store import keys
from bot.store.reading import read_watch
from bot.subscriptions import ChatSettings, Destination, Watch
from tests.messages.samples import WALLET
from tests.town.discord_ways import DiscordWays
from tests.town.sides import PLATFORMS, Deed, Side
from tests.town.telegram_ways import TelegramWays
from tests.town.town import Town, town

Records = dict[str, object]
Log = Mapping[str, Any]

ADMINS = ("Only admins of this chat or server may do that", "On Telegram its administrators are")
EDITORS = ("Only editors may do that here", "An admin makes you one: /settings editor add ")
STRANGERS = ("do not know you yet", "My operator lets you in by adding")
UNKNOWN = ("I cannot check your rights just now", "Nothing was changed; try again")
OLD_BUTTON = ("I do not know this button any more", "/help")
TOLD_OF = {"admin": ADMINS, "editor": EDITORS}
"""What is read by whoever lacks a right: what is needed, and who gives it."""

ENOUGH_S = 10.0


async def stored(client: Redis, answered_at: Collection[str] = ()) -> Records:
    """Everything in the store, but for what the outbox keeps of an answer on its way to these places."""
    passing = {key for place in answered_at for key in _of_an_answer(place)}
    found: Records = {}
    async for key in cast("AsyncIterator[str]", client.scan_iter("*")):
        if key not in passing:
            found[key] = await _value(client, key)
    for place in answered_at:
        platform = found.get(keys.of_platform(Destination.parse(place).platform)[0])
        if isinstance(platform, dict):
            # Numbers of deliveries and leases, how many were sent, and when the next may be.
            for name in ("seq", "token", "acked", "waiting", "next"):
                platform.pop(name, None)
    return found


def _of_an_answer(place: str) -> set[str]:
    """Lanes, queue, body, lease, the id that it shall not be sent again under, and the pace of its chat."""
    of = keys.of_destination(place)
    return {*of[1:8], of[14]}


async def _value(client: Redis, key: str) -> object:
    """A copy that compares as the value does."""
    match await client.type(key):
        case "string":
            return await client.get(key)
        case "hash":
            return await cast("Awaitable[dict[str, str]]", client.hgetall(key))
        case "set":
            return await cast("Awaitable[set[str]]", client.smembers(key))
        case "zset":
            return await client.zrange(key, 0, -1, withscores=True)
        case "list":
            return await cast("Awaitable[list[str]]", client.lrange(key, 0, -1))
        case other:
            raise AssertionError(f"{key} is a {other}")


def chosen(home: str) -> str:
    """The settings of one home, among the keys that a deed may change."""
    return f"{keys.SETTINGS}[{home}]"


def watched(home: str) -> str:
    """The watches of one home."""
    return f"{keys.WATCHES}[{home}]"


@dataclass(frozen=True, slots=True)
class Guard:
    """A town whose group, server and the stranger's places are let in and watch a wallet each."""

    here: Town
    telegram: TelegramWays
    discord: DiscordWays

    def on(self, platform: str) -> Side:
        return self.telegram if platform == "telegram" else self.discord

    async def watches(self, home: str) -> tuple[Watch, ...]:
        return await self.here.book.of(home)

    async def settings(self, home: str) -> ChatSettings:
        return await self.here.book.settings(home)

    async def refuses(
        self,
        deed: Deed,
        *,
        person: str,
        home: str,
        what: str,
        needs: str,
        says: Collection[str] | None = None,
        at: Collection[str] = (),
        secrets: Collection[str] = (),
    ) -> str:
        """Do it: nothing is changed, the log has the one line of it, and whoever did it was told so."""
        await self.settled()
        before = await stored(self.here.client, at)
        with capture_logs() as logs:
            words = (await deed()).replace("`", "")  # as Discord marks what can be typed
            await self.settled()
        assert await stored(self.here.client, at) == before, what
        line = {"event": "refused", "log_level": "warning"}
        line |= {"person": person, "home": home, "what": what, "needs": needs}
        assert [one for one in logs if one["event"] == "refused"] == [line]
        self.assert_no_secret(logs, secrets)
        for part in TOLD_OF[needs] if says is None else says:
            assert part in words, (what, words)
        return words

    async def refuses_here(self, side: Side, person: Any, deed: Deed, /, **expected: Any) -> str:
        """The same in the square, for a try to change a setting unless `expected` says otherwise."""
        usual: dict[str, Any] = {"what": "/settings", "needs": "admin"}
        usual |= {"person": side.id_of(person), "home": side.home, "at": (side.place,)}
        return await self.refuses(deed, **usual | expected)

    async def lets(self, deed: Deed, *changes: str) -> Records:
        """The positive twin: nothing is refused, and of what all homes keep just these keys changed."""
        await self.settled()
        before = await self._kept()
        with capture_logs() as logs:
            words = await deed()
            await self.settled()
        after = await self._kept()
        assert [one for one in logs if one["event"] == "refused"] == [], words
        self.assert_no_secret(logs)
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        assert changed - {keys.VERSION, keys.IDS} == set(changes), words
        return after

    async def _kept(self) -> Records:
        """What homes keep, settings and watches of each told apart."""
        found = await stored(self.here.client)
        kept = {key: value for key, value in found.items() if key.startswith(keys.CORE)}
        settings = cast("dict[str, str]", kept.pop(keys.SETTINGS, {}))
        watches = cast("dict[str, str]", kept.pop(keys.WATCHES, {}))
        for number, watch in watches.items():
            home = watched(read_watch(number, watch).home)
            kept[home] = {number: watch} | cast("dict[str, str]", kept.get(home, {}))
        return kept | {chosen(home): text for home, text in settings.items()}

    def assert_no_secret(self, logs: Collection[Log], more: Collection[str] = ()) -> None:
        told = json.dumps([*logs], default=repr)
        secrets = {self.here.telegram.peer.token, self.here.discord.peer.token, *more}
        for secret in secrets | set(self.here.discord.peer.dc.tokens):
            assert secret not in told

    async def until_muted(self, place: str, *, muted: bool = True) -> None:
        """Wait until it is known that nothing can be said at a place, or something again."""
        key = keys.muted(Destination.parse(place).platform)
        async with asyncio.timeout(ENOUGH_S):
            while muted != bool(await cast("Awaitable[int]", self.here.client.sismember(key, place))):  # noqa: ASYNC110  the store tells nobody
                await asyncio.sleep(0.005)
        await self.settled()

    async def until_lost_is_told(self, owner: str) -> None:
        """Wait until all who are to hear that a place was lost have heard it: till then the store moves."""
        hearers = {owner, *await self.here.steward._operators()}
        async with asyncio.timeout(ENOUGH_S):
            for key in (keys.of_destination(hearer)[7] for hearer in hearers):
                while not any(one.startswith("lost:") for one in await self.here.client.zrange(key, 0, -1)):  # noqa: ASYNC110  the store tells nobody
                    await asyncio.sleep(0.005)
        await self.settled()

    async def settled(self) -> None:
        """Wait until all that was said is sent and noted as sent."""
        async with asyncio.timeout(ENOUGH_S):
            while [key async for key in self.here.client.scan_iter("uk:{*}:bodies:*")]:  # noqa: ASYNC110  the store tells nobody
                await asyncio.sleep(0.005)


@asynccontextmanager
async def guard(folder: Path, store_url: str, *allow: str) -> AsyncIterator[Guard]:
    """The operator lets everybody's places in; their admins watch a wallet there, `treasury`, as number 1."""
    async with town(folder, store_url, allow=allow) as here:
        kept = Guard(here, TelegramWays(here), DiscordWays(here))
        for side in (kept.on(platform) for platform in PLATFORMS):
            for home in (side.home, side.other_home):
                await here.book.admit(home)
            watch = {"address": str(WALLET), "label": "treasury"}
            assert "Watching" in await side.command(side.owner, "watch", "wallet", watch)
            await side.command(side.stranger, "watch", "wallet", watch, at=side.elsewhere)
        await kept.settled()
        yield kept


@pytest.fixture
async def guarded(tmp_path: Path, store_url: str) -> AsyncIterator[Guard]:
    async with guard(tmp_path, store_url) as kept:
        yield kept


@pytest.fixture
async def visited(tmp_path: Path, store_url: str) -> AsyncIterator[Guard]:
    """The plain members are let in for themselves: admins of their own chats."""
    async with guard(tmp_path, store_url, "telegram/1005", "discord/2005") as kept:
        yield kept
