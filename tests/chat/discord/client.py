"""A bot of bare aiohttp for the peer's own tests: it says on the wire exactly what a test writes.

Independent of discord.py, so that what the peer answers is seen as it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.chat.discord.interactions import Interaction
from tests.chat.discord.server import DiscordPeer
from tests.chat.discord.world import APP_ID, Json


@dataclass(frozen=True, slots=True)
class Got:
    status: int
    json: Any
    headers: Any

    @property
    def code(self) -> int:
        return int(self.json["code"])


class Rest:
    """Requests with the bot's token; `say`, `answer` and the like are the usual ones in short."""

    def __init__(self, peer: DiscordPeer) -> None:
        self.peer = peer
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()

    async def ask(self, method: str, path: str, body: Any = None, *, token: str = "", **more: Any) -> Got:
        assert self._session is not None
        headers = {"Authorization": f"Bot {token or self.peer.token}"}
        if body is not None:
            more |= {"data": json.dumps(body)}
            headers["Content-Type"] = "application/json"
        async with self._session.request(method, self.peer.api + path, headers=headers, **more) as answer:
            raw = await answer.read()
            is_json = answer.headers.get("Content-Type") == "application/json"
            return Got(answer.status, json.loads(raw) if raw and is_json else raw, answer.headers)

    async def say(self, channel: int, text: str = "Hi", **more: Any) -> Got:
        return await self.ask("POST", f"/channels/{channel}/messages", {"content": text} | more)

    async def upload(self, method: str, path: str, body: Json, *files: tuple[str, bytes]) -> Got:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", json.dumps(body))
        for at, (name, data) in enumerate(files):
            form.add_field(f"files[{at}]", BytesIO(data), filename=name, content_type="text/plain")
        return await self.ask(method, path, data=form)

    async def first(self, asked: Interaction, kind: int, data: Json | None = None) -> Got:
        """The first answer of an interaction."""
        path = f"/interactions/{asked.id}/{asked.token}/callback"
        return await self.ask("POST", path, {"type": kind} | ({"data": data} if data else {}))

    async def edit_first(self, asked: Interaction, **body: Any) -> Got:
        return await self.ask("PATCH", f"/webhooks/{APP_ID}/{asked.token}/messages/@original", body)

    async def follow(self, asked: Interaction, text: str, **more: Any) -> Got:
        return await self.ask("POST", f"/webhooks/{APP_ID}/{asked.token}", {"content": text} | more)

    async def register(self, *commands: Json) -> Got:
        return await self.ask("PUT", f"/applications/{APP_ID}/commands", list(commands))


class Wire:
    """A gateway connection; `events` are the numbered ones it has read."""

    def __init__(self, peer: DiscordPeer) -> None:
        self.peer = peer
        self.events: list[Json] = []
        self._session: aiohttp.ClientSession | None = None
        self.ws: aiohttp.ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()

    async def connect(self, url: str = "") -> Json:
        """Connect and read HELLO."""
        assert self._session is not None
        self.ws = await self._session.ws_connect((url or self.peer.gateway) + "?v=10&encoding=json")
        return await self.read()

    async def say(self, op: int, data: object) -> None:
        assert self.ws is not None
        await self.ws.send_json({"op": op, "d": data})

    async def read(self) -> Json:
        assert self.ws is not None
        said: Json = await self.ws.receive_json(timeout=5)
        if said["op"] == 0:
            self.events.append(said)
        return said

    async def until(self, kind: str) -> Json:
        """The data of the next event of this kind."""
        while (said := await self.read())["t"] != kind:
            pass
        data: Json = said["d"]
        return data

    async def closed(self) -> int | None:
        """Read on until the peer closes, and return its code."""
        assert self.ws is not None
        ends = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        while (await self.ws.receive(timeout=5)).type not in ends:
            pass
        return self.ws.close_code

    async def identify(self, **more: Any) -> Json:
        data = {"token": self.peer.token, "intents": 1, "properties": {"os": "test"}} | more
        await self.say(2, data)
        return await self.until("READY")

    async def resume(self, ready: Json, seen: int) -> None:
        await self.say(6, {"token": self.peer.token, "session_id": ready["session_id"], "seq": seen})
