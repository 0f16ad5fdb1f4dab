"""DiscordPeer: a Discord of the tests' own on a real socket of this machine, REST and gateway.

    async with DiscordPeer() as peer:
        ann = peer.user(1001, "Ann")
        home = peer.server(9001, "Treasury", ann)
        general = home.channel(5001, "general")
        ... run the bot against peer.api and peer.gateway with peer.token ...
        await peer.ready()
        asked = ann.slash(general, "status")
        answer = await peer.answer(asked)
        ann.press(answer, "Refresh")

It runs in the tests' process, so its ledger survives a killed bot. Leaving the block fails if any request was
against the published API (`peer.faults`); a test that means its faults clears the list.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.chat.discord import wire
from tests.chat.discord.clock import Clock
from tests.chat.discord.discord import Discord
from tests.chat.discord.exchange import Exchange
from tests.chat.discord.gateway import Gateway
from tests.chat.discord.interactions import Interaction, State
from tests.chat.discord.ledger import Entry, Ledger
from tests.chat.discord.limits import Limits
from tests.chat.discord.people import Person
from tests.chat.discord.places import HasId, Place, Server
from tests.chat.discord.rights import ORDINARY
from tests.chat.discord.trouble import Kind, Trouble, Troubles
from tests.chat.discord.view import Shown, shown
from tests.chat.discord.world import APP_ID, BOT_ID, Guild, Json, Role, User, World
from tests.chat.latency import Latency, delayed
from tests.chat.telegram.faults import Fault

TOKEN = "ODAwMDAwMDAwMDAwMDAwMDAx.GtestsO.wnTokenThatOpensNothingAtAll-0000000"


class DiscordPeer:
    """Start with `async with`. `token` is the only one it takes; `now` gives Unix seconds."""

    def __init__(
        self,
        token: str = TOKEN,
        *,
        now: Callable[[], float] = time.time,
        limits: bool = True,
        heartbeat_ms: int = 41_250,
    ) -> None:
        started = time.monotonic_ns()
        self.token = token
        self.clock = Clock(now)
        self.ledger = Ledger(lambda: (time.monotonic_ns() - started) // 1_000_000)
        self.world = World(self.clock)
        self.line = Gateway(
            lambda: self.token,
            self._welcome,
            self.clock,
            self.ledger.faults,
            self.ledger.change,
            heartbeat_ms,
        )
        self.dc = Discord(self.clock, self.ledger, self.world, self.line)
        self.limits = Limits(self.clock, enforced=limits)
        self.troubles = Troubles()
        self.latency: Latency = float
        """Seconds that each request takes on its way there and back; to be set before the start."""
        self.judged = 1
        """Of how many requests one is held against the published API: that takes longer than to answer it."""
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if kind is None:
            self.check()

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; a later start on the same port is Discord coming back after an outage."""
        app = web.Application(client_max_size=64 << 20, middlewares=[delayed(self.latency)])
        exchange = Exchange(lambda: self.token, self.dc, self.limits, self.troubles, self.judged)
        app.router.add_get("/gateway", self.line.serve)
        app.router.add_get("/resume", self.line.serve)
        app.router.add_get("/attachments/{channel}/{id}/{name}", self._serve_file)
        app.router.add_route("*", "/api/v10/{rest:.*}", exchange.serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = self._runner.addresses[0][1]
        self.dc.base = f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        self.troubles.end()
        self.line.drop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def check(self) -> None:
        """Raise AssertionError if the bot made any request that the published API does not allow."""
        if self.faults:
            raise AssertionError("against Discord's API:\n" + "\n".join(map(str, self.faults)))

    @property
    def api(self) -> str:
        """What discord.py wants as Route.BASE."""
        return f"http://127.0.0.1:{self.port}/api/v10"

    @property
    def gateway(self) -> str:
        return f"ws://127.0.0.1:{self.port}/gateway"

    @property
    def faults(self) -> list[Fault]:
        return self.ledger.faults

    # People and places

    def user(self, user_id: int, name: str, *, locale: str = "en-US", installed: bool = False) -> Person:
        """Somebody with an account; `installed`: has the app for themselves, wherever they are."""
        user = User(user_id, name, locale, installed=installed)
        self.world.users[user_id] = user
        return Person(user, self.dc, Place(self.world.dm(user_id), self.dc))

    def server(
        self,
        server_id: int,
        name: str,
        owner: Person,
        *members: Person,
        bot: bool = True,
        locale: str = "en-US",
    ) -> Server:
        """A server whose everyone-role may do what is usual; `bot=False`: the bot is not in it."""
        everyone = Role(server_id, "@everyone", ORDINARY)
        guild = Guild(server_id, name, owner.id, {server_id: everyone}, locale=locale)
        guild.members = {one.id: set() for one in (owner, *members)}
        self.world.guilds[server_id] = guild
        made = Server(guild, self.dc)
        if bot:
            made.add_bot()
        return made

    # What was received, and waiting for it

    async def ready(self, within: float = 10.0) -> None:
        """Wait until a bot is connected, identified and has its servers."""
        await self.until(lambda: self.line.live, within)

    async def wait_for(
        self, wanted: Callable[[Entry], object], within: float = 10.0, *, after: int = 0
    ) -> Entry:
        """The first accepted entry (order >= `after`) that `wanted` likes, at once or within seconds."""

        def first() -> Entry | None:
            return next((one for one in self.ledger.entries[after:] if wanted(one)), None)

        await self._explained(first, within, after)
        found = first()
        assert found is not None
        return found

    async def until(self, condition: Callable[[], object], within: float = 10.0) -> None:
        """Wait for anything else the peer shows: a call, a session, an interaction's state, the commands."""
        await self._explained(condition, within, 0)

    async def _explained(self, condition: Callable[[], object], within: float, after: int) -> None:
        try:
            await self.ledger.until(condition, within)
        except TimeoutError:
            seen = [f"{one.deed} in {one.channel_id}: {one.text!r}" for one in self.ledger.entries[after:]]
            calls = [f"{one.status} {one.route}" for one in self.ledger.calls[-20:]]
            told = "\n".join([*(seen or ["nothing"]), "last calls:", *calls, *map(str, self.faults)])
            raise TimeoutError(f"not within {within} s; accepted were:\n{told}") from None

    async def answer(self, asked: Interaction, within: float = 10.0) -> Shown:
        """The message that answers an interaction, once the bot no longer thinks."""
        await self.until(lambda: asked.state is State.ANSWERED, within)
        assert asked.original is not None
        return shown(self.world.message(asked.original))

    async def choices(self, asked: Interaction, within: float = 10.0) -> list[str]:
        """What an autocomplete suggested, by name."""
        await self.until(lambda: asked.state is State.CHOICES, within)
        return [one["name"] for one in asked.choices]

    async def modal(self, asked: Interaction, within: float = 10.0) -> Json:
        """The form that an interaction opened."""
        await self.until(lambda: asked.state is State.MODAL, within)
        assert asked.modal is not None
        return asked.modal

    def waits_ms(self) -> list[int]:
        """How long each person waited from the deed to words, a form or choices; the shortest first."""
        done = [one for one in self.dc.interactions.values() if one.answered_ms is not None]
        return sorted((one.answered_ms or 0) - one.at_ms for one in done)

    def answers(self, asked: Interaction) -> list[Shown]:
        """All messages that answer an interaction and still stand: the first, then the follow-ups."""
        ids = [one for one in (asked.original, *asked.follow_ups) if one is not None]
        there = self.world.channels[asked.channel].messages
        return [shown(there[one]) for one in ids if one in there]

    def visible(self, place: HasId | int, to: Person | None = None, *, people: bool = False) -> list[Shown]:
        """The bot's messages that now stand in a channel, oldest first; with `people`, everybody's.

        With `to`, the ephemeral answers of that person too.
        """
        channel = self.world.channels[place if isinstance(place, int) else place.id]
        readers = (None,) if to is None else (None, to.id)
        return [
            shown(one)
            for one in channel.messages.values()
            if one.seen_by in readers and (people or one.author == BOT_ID)
        ]

    # Misfortune

    def throttle(
        self, seconds: float, *, times: int = 1, channel: HasId | int | None = None, scope: str = "user"
    ) -> Trouble:
        """429 for the next `times` requests to one channel, or to all; scope: user, shared or global."""
        kinds = {"user": Kind.THROTTLE, "shared": Kind.THROTTLE_SHARED, "global": Kind.THROTTLE_GLOBAL}
        trouble = self.trouble(kinds[scope], times=times, channel=channel)
        trouble.retry_after = seconds
        return trouble

    def trouble(
        self, kind: Kind, *, times: int = 1, channel: HasId | int | None = None, route: str = ""
    ) -> Trouble:
        """Order misfortune for requests whose route starts with `route`: `POST /channels/`."""
        where = channel if isinstance(channel, int) or channel is None else channel.id
        return self.troubles.order(Trouble(kind, where, route, times))

    def revoke(self, token: str = "") -> None:
        """The token is reset: REST answers 401, the gateway closes with 4004; only `token` works from now."""
        self.token = token or self.token[::-1]
        self.line.forget()
        self.line.close(4004)

    def advance(self, seconds: float) -> None:
        """Let time pass: after 3 s an unanswered interaction is late, after 15 min its token is void."""
        self.clock.advance(seconds)

    # Inside

    def _welcome(self, session: str) -> tuple[Json, Iterable[tuple[str, Json]]]:
        mine = [one for one in self.world.guilds.values() if one.has_bot]
        ready: Json = {
            "v": 10,
            "user": wire.me(self.world),
            "guilds": [{"id": str(one.id), "unavailable": True} for one in mine],
            "session_id": session,
            "session_type": "normal",
            "resume_gateway_url": f"ws://127.0.0.1:{self.port}/resume",
            "shard": [0, 1],
            "application": {"id": str(APP_ID), "flags": 0},
            "private_channels": [],
            "presences": [],
            "relationships": [],
            "user_settings": {},
            "geo_ordered_rtc_regions": [],
            "_trace": [],
        }
        there = [one for one in mine if not one.outage]
        return ready, [("GUILD_CREATE", wire.guild_create(one, self.world)) for one in there]

    async def _serve_file(self, request: web.Request) -> web.Response:
        stored = self.dc.files.get(int(request.match_info["id"]))
        if stored is None or stored.wire["filename"] != request.match_info["name"]:
            return web.Response(status=404)
        return web.Response(body=stored.data, headers={"Content-Type": stored.wire["content_type"]})
