"""A discord.py client that only listens: its gateway protocol and its picture of servers, with our REST line.

discord.py ends a client over one event that it cannot model; here such an event is skipped. Interactions do
not pass its models at all. Made anew by the gateway for each attempt.
"""

import asyncio
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import discord
import structlog
from aiohttp import ClientError, ClientWebSocketResponse
from discord.gateway import DiscordWebSocket, ReconnectWebSocket, WebSocketClosure
from discord.http import HTTPClient, Route
from yarl import URL

from handlers.discord.client import DiscordLine
from handlers.discord.places import Change, Places

_CONNECT_S: Final = 30.0
_GREETINGS: Final = frozenset({"READY", "RESUMED"})
_INTERACTION: Final = "INTERACTION_CREATE"
_RESUMES_AT_MOST: Final = 2
"""In a row without an event: then the session is given up, as Discord may not say so."""

Hears = Callable[[Mapping[str, Any]], None]
_log = structlog.get_logger(__name__)


class _Http(HTTPClient):
    """discord.py's REST client by its methods, the line by its manners."""

    def __init__(self, line: DiscordLine) -> None:
        super().__init__(asyncio.get_running_loop())
        self._line = line

    async def static_login(self, token: str) -> Any:
        self.token = token
        return await self.request(Route("GET", "/users/@me"))

    async def request(self, route: Route, *, files: Any = None, form: Any = None, **more: Any) -> Any:
        """Only what a login asks: all else of discord.py's is not used here."""
        if route.method != "GET" or files or form or more:
            raise TypeError(f"not a question of the ears: {route.method} {route.path}")
        return await self._line.call(route.method, route.path)

    async def ws_connect(self, url: str, *, compress: int = 0) -> ClientWebSocketResponse:
        del compress  # the gateway compresses by itself, as the address asks
        return await self._line.connect(url)

    async def close(self) -> None:
        """The line is not its own."""


def _socket_of(ears: "Ears") -> type[DiscordWebSocket]:
    """A kind of socket that its owner knows from the first moment, half opened or not."""

    class Socket(DiscordWebSocket):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            ears.ws = self

    return Socket


class Ears(discord.Client):
    """`hears` gets every interaction as it came, `tells` what happened to `places`; `greeted` is called when
    Discord took us in.
    """

    def __init__(
        self,
        line: DiscordLine,
        *,
        hears: Hears,
        tells: Callable[[Iterable[Change]], None],
        greeted: Callable[[], None],
        places: Places,
    ) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self._tells = tells
        self._socket = _socket_of(self)
        self._places = places
        self._greeted = greeted
        self.http = self._connection.http = _Http(line)
        parsers = self._connection.parsers
        self._connection.parsers = {name: self._contained(name, parse) for name, parse in parsers.items()}
        self._connection.parsers[_INTERACTION] = self._contained(_INTERACTION, hears)
        self._unreadable: set[tuple[str, str]] = set()

    def _contained(self, name: str, parse: Callable[[Any], object]) -> Callable[[Any], None]:
        """An event that cannot be read is its own trouble; each kind of it is logged once."""

        def read(data: Any) -> None:
            if name in _GREETINGS:
                self._greeted()
            try:
                parse(data)
                self._look(name, data)
            except Exception as error:  # noqa: BLE001  whatever it holds
                kind = (name, type(error).__name__)
                if kind not in self._unreadable:
                    self._unreadable.add(kind)
                    _log.warning("discord_event_unreadable", event_type=name, error=kind[1])

        return read

    def _look(self, name: str, data: Any) -> None:
        """Servers are looked at as they arrive: discord.py's own events for it come seconds later."""
        if name == "READY":
            self._tells(self._places.listed([int(one["id"]) for one in data["guilds"]]))
        elif name == "GUILD_CREATE":
            guild = self.get_guild(int(data["id"]))
            if guild is not None and not guild.unavailable:
                self._tells(self._places.arrived(guild))

    # ---- the socket -----------------------------------------------------------------------------

    async def listen(self, address: str, pause: Callable[[str], Any], *, always_there: bool) -> None:
        """Until cancelled. RESUMEs a session that broke off, so that nothing said meanwhile is lost.

        `pause` is awaited with the trouble before trying again. ConnectionClosed passes, with the code of one
        that no further try cures, and whatever discord.py has no name for. `always_there`: not even a RESUME
        goes to the address that Discord names for it, since ours is a proxy.
        """
        here = URL(address)
        known: DiscordWebSocket | None = None
        resume, idle = False, 0
        while True:
            before = known.sequence if known else None
            try:
                there = known.gateway if known and resume and not always_there else here
                known, resume = await self._open(there, known if resume else None), True
                while True:
                    await known.poll_event()
            except ReconnectWebSocket as again:
                resume, trouble = again.resume and known is not None, "the connection broke off"
            except discord.ConnectionClosed:
                raise
            except (ValueError, zlib.error):
                resume, trouble = known is not None, "the gateway said what cannot be read"
            except (OSError, WebSocketClosure, TimeoutError, ClientError) as error:
                resume, trouble = known is not None, f"no connection to the gateway ({type(error).__name__})"
            await self._hang_up(4000)
            heard = known is not None and known.sequence != before
            idle = 0 if heard else idle + 1
            if idle > _RESUMES_AT_MOST or known is None or known.session_id is None:
                resume = False
            if not heard or not resume:
                await pause(trouble)

    async def _open(self, address: URL, session: DiscordWebSocket | None) -> DiscordWebSocket:
        async with asyncio.timeout(_CONNECT_S):
            return await self._socket.from_client(
                self,
                initial=session is None,
                gateway=address,
                session=session.session_id if session else None,
                sequence=session.sequence if session else None,
                resume=session is not None,
            )

    async def _hang_up(self, code: int) -> None:
        """Close what is left of a socket, and end its heartbeat, which else goes on in its thread."""
        if self.ws is not None:
            await self.ws.close(code)

    async def close(self) -> None:
        await self._hang_up(1000)
        await super().close()

    # ---- servers --------------------------------------------------------------------------------

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """discord.py's own, but not once it is closed: its tasks would come too late."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self._tells(self._places.removed(guild.id))

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        self._tells(self._places.deleted(channel.guild.id, channel.id))

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        self._tells(self._places.deleted(payload.guild_id, payload.thread_id, thread=True))

    async def on_guild_channel_update(self, _: Any, after: discord.abc.GuildChannel) -> None:
        self._tells(self._places.compared(after.guild))

    async def on_thread_update(self, _: Any, after: discord.Thread) -> None:
        self._tells(self._places.compared(after.guild))

    async def on_guild_role_update(self, _: Any, after: discord.Role) -> None:
        self._tells(self._places.compared(after.guild))

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        self._tells(self._places.compared(role.guild))

    async def on_member_update(self, _: Any, after: discord.Member) -> None:
        if after == after.guild.me:
            self._tells(self._places.compared(after.guild))

    async def on_error(self, event_method: str, /, *_: Any, **__: Any) -> None:
        _log.exception("discord_event_failed", event_type=event_method)
