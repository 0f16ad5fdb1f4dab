"""The line to Discord's REST API that sender and gateway share. Built and closed by `bot.app`.

One attempt a call: not discord.py's own client, which sleeps and tries five times. The outbox retries
messages, the gateway its own questions.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import discord

from bot.errors import SourceError, Transient, UserError
from handlers.discord.errors import Reply, refused, translate
from handlers.discord.limits import Limits

API: Final = "https://discord.com/api/v10"

_TIMEOUT: Final = aiohttp.ClientTimeout(total=20.0, sock_connect=10.0)
_CONNECTIONS: Final = 64
"""More at once than 50 requests a second need at usual answer times; further calls wait."""
_ANSWER_BYTES: Final = 16 * 2**20
_DMS_AT_MOST: Final = 10_000
_NEVER_LEFT_US: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way to Discord."""

    name: str
    data: bytes
    kind: str = "application/octet-stream"


class DiscordLine:
    """Discord's REST API under one token, with what it said of its limits; the gateway's socket too."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        token: str,
        *,
        api: str = API,
        gateway: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self.token = token
        self.api = api.rstrip("/")
        self.gateway = gateway
        """Where to listen; empty = where Discord says."""
        self.limits = Limits(clock)
        self._dms: dict[str, str] = {}

    async def call(
        self,
        method: str,
        route: str,
        ids: Sequence[str] = (),
        *,
        body: Any = None,
        file: Upload | None = None,
        as_bot: bool = True,
    ) -> Any:
        """The JSON of an answer; `route` has {} for each of `ids`. The first is the bucket's, with the second
        where that is an interaction's token.

        Raises one of `bot.errors` for anything else; texts of errors hold neither ids nor tokens of the path.
        Interactions are answered `as_bot` False: their token stands in the path.
        """
        bucket = f"{method} {route} {'/'.join(ids[: 1 if as_bot else 2])}"
        self.limits.before(bucket, as_bot=as_bot)
        path = route.format(*(quote(one, safe="") for one in ids))
        headers = {"Authorization": f"Bot {self.token}"} if as_bot else {}
        reply = await self._attempt(method, path, headers, body, file)
        self.limits.after(bucket, reply)
        if not 200 <= reply.status < 300:
            raise translate(reply, as_bot=as_bot)
        if reply.body is None and reply.status != 204:
            raise Transient("an answer that cannot be read", maybe_sent=True)
        return reply.body

    async def _attempt(
        self, method: str, path: str, headers: dict[str, str], body: Any, file: Upload | None
    ) -> Reply:
        data = json.dumps(body).encode() if body is not None else None
        if file is None and data is not None:
            headers["Content-Type"] = "application/json"
        sent = data if file is None else _form(data or b"{}", file)
        try:
            async with self._session.request(method, self.api + path, data=sent, headers=headers) as answer:
                raw = await answer.content.read(_ANSWER_BYTES)
                while chunk := await answer.content.read(_ANSWER_BYTES - len(raw)):
                    raw += chunk
                return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, _json(raw))
        except _NEVER_LEFT_US as error:
            raise Transient(f"no connection to Discord ({type(error).__name__})") from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Transient(f"no answer from Discord ({type(error).__name__})", maybe_sent=True) from None

    async def fetch(self, url: str, name: str, most: int) -> str:
        """The text of a file that somebody attached. UserError and SourceError as `ports.Attachment` says."""
        try:
            async with self._session.get(url, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise SourceError(f"Discord does not hand out the file ({answer.status})")
                raw = b""
                while len(raw) <= most and (chunk := await answer.content.read(most + 1 - len(raw))):
                    raw += chunk
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise SourceError(f"Discord does not hand out the file ({type(error).__name__})") from None
        if len(raw) > most:
            raise UserError("file_too_large", name)
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UserError("file_not_text", name) from None
        if "\0" in text:
            raise UserError("file_not_text", name)
        return text

    async def connect(self, url: str) -> aiohttp.ClientWebSocketResponse:
        """A socket as discord.py wants it: it closes by itself, and takes messages of any size."""
        return await self._session.ws_connect(
            url, autoclose=False, max_msg_size=0, timeout=aiohttp.ClientWSTimeout(ws_close=2.0)
        )

    async def dm(self, user: str) -> str:
        """The channel of our direct messages with somebody."""
        if user not in self._dms:
            try:
                channel = await self.call("POST", "/users/@me/channels", body={"recipient_id": user})
                self.remember_dm(user, str(channel["id"]))
            except Transient as error:
                raise Transient(str(error)) from None  # whatever was taken, it was no message
            except (KeyError, TypeError):
                raise Transient("an answer that cannot be read") from None
        return self._dms[user]

    def remember_dm(self, user: str, channel: str) -> None:
        if len(self._dms) >= _DMS_AT_MOST:
            self._dms.clear()  # asking again costs one request each
        self._dms[user] = channel

    def forget_dm(self, user: str) -> None:
        self._dms.pop(user, None)


def _form(data: bytes, file: Upload) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)  # Discord knows files[0] by its brackets
    form.add_field("payload_json", data.decode(), content_type="application/json")
    form.add_field("files[0]", file.data, filename=file.name, content_type=file.kind)
    return form


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


@asynccontextmanager
async def discord_line(token: str, *, api: str = API, gateway: str = "") -> AsyncIterator[DiscordLine]:
    """A line for sender and gateway, its connections closed at the end. Connects at the first call only.

    SettingsError for a token that no header can carry. discord.py writes whole requests and events, tokens
    among them, to its log at DEBUG, so it is silenced here, whatever the root logger's level.
    """
    logging.getLogger("discord").setLevel(logging.WARNING)
    logging.getLogger("discord.client").setLevel(logging.ERROR)  # its warnings are about voice
    token = token.strip().removeprefix("Bot ").strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise refused()
    agent = f"DiscordBot (https://github.com/Rapptz/discord.py {discord.__version__}) Underkeel"
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
        timeout=_TIMEOUT,
        headers={"User-Agent": agent},
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as session:
        yield DiscordLine(session, token, api=api, gateway=gateway)
    await asyncio.sleep(0)  # aiohttp closes its transports in the next step of the loop
