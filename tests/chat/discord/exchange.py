"""One HTTP exchange with the bot: limits, ordered misfortune, the token, the judge, the route, the answer.

Made by DiscordPeer for its aiohttp application; JSON and multipart bodies are taken, as by the API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.chat.discord.discord import Discord, Refusal
from tests.chat.discord.judge import errors_tree, judge
from tests.chat.discord.ledger import Call
from tests.chat.discord.limits import Limits, Throttled, bucket_hash
from tests.chat.discord.posting import Upload
from tests.chat.discord.routes import NOTHING, ROUTES, Ask, found
from tests.chat.discord.trouble import SCOPES, Kind, Trouble, Troubles
from tests.chat.discord.world import Json
from tests.chat.telegram.faults import Fault

FILE_BYTES = 10 << 20
_BASE = "/api/v10"
_PART = re.compile(r"files\[(\d)\]\Z")
_PAGE = "<html>\r\n<head><title>{0}</title></head>\r\n<body>{0}</body>\r\n</html>\r\n"
_BY_TOKEN = ("/interactions/", "/webhooks/")
_OPEN = "GET /gateway"
"""The only route that asks for no token at all."""


class Unreadable(Exception):
    """A body that is neither JSON nor the multipart form Discord takes."""


@dataclass(slots=True)
class Read:
    """A request with its encoding undone."""

    body: Any = None
    uploads: dict[int, Upload] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Exchange:
    token: Callable[[], str]
    dc: Discord
    limits: Limits
    troubles: Troubles
    judged: int = 1
    _count: int = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(_BASE)
        hit = found(request.method, path)
        route = hit[0] if hit else f"{request.method} {path}"
        exempt = path.startswith(_BY_TOKEN)
        variables = hit[1] if hit else {}
        major = variables.get("channel_id") or variables.get("webhook_token") or ""
        read, answer, scope = Read(), None, ""
        try:
            read = await _read(request)
            answer, scope = await self._guarded(request, route, variables, read, major, exempt=exempt)
        except Unreadable as error:
            self.dc.fault("unreadable body", route, str(error))
            answer = _json(400, {"message": "400: Bad Request", "code": 0})
        status = 0 if request.transport is None or request.transport.is_closing() else answer.status
        self.limits.note(status, scope)
        call = Call(self.dc.ledger.clock_ms(), route, path, read.body, status, scope, exempt)
        self.dc.ledger.calls.append(call)
        self.dc.ledger.change()
        return answer

    async def _guarded(
        self,
        request: web.Request,
        route: str,
        variables: Mapping[str, str],
        read: Read,
        major: str,
        *,
        exempt: bool,
    ) -> tuple[web.Response, str]:
        """The answer, and for a 429 whose limit it was."""
        if self.limits.is_banned:
            return _page(429, "error code: 1015"), ""
        if not exempt and route != _OPEN and request.headers.get("Authorization") != f"Bot {self.token()}":
            return _json(401, {"message": "401: Unauthorized", "code": 0}), ""
        throttled = self.limits.meet(route, major, exempt=exempt)
        trouble = None if throttled else self.troubles.take(route, request.path)
        if trouble is not None and trouble.kind in SCOPES:
            throttled = Throttled(trouble.retry_after, SCOPES[trouble.kind])
        if throttled is not None:
            return _json(429, throttled.body, throttled.headers(bucket_hash(route))), throttled.scope
        if trouble is not None and trouble.kind is not Kind.DROP_AFTER:
            self.dc.ledger.change()
            return await _misfortune(request, trouble), ""
        answer = self._answer(request, route, variables, read)
        answer.headers.update(self.limits.headers(route, major))
        if trouble is not None:
            _cut(request)
        return answer, ""

    def _answer(
        self, request: web.Request, route: str, variables: Mapping[str, str], read: Read
    ) -> web.Response:
        path = request.path.removeprefix(_BASE)
        faults: list[Fault] = []
        self._count += 1
        if self._count % self.judged == 0:
            standing = self._standing_flags(variables)
            faults = judge(request.method, path, request.query, read.body, read.parts, standing=standing)
        if not faults and route not in ROUTES:
            faults = [Fault("not played", route, "this peer does not play it")]
        if faults:
            self.dc.ledger.faults.extend(faults)
            if route not in ROUTES:
                return _json(404, {"message": "404: Not Found", "code": 0})
            if any(one.kind == "empty message" for one in faults):
                return _json(400, Refusal(50006).body)
            return _json(400, Refusal(50035, errors_tree(faults)).body)
        if any(len(one.data) > FILE_BYTES for one in read.uploads.values()):
            self.dc.fault("too long", route, f"a file of more than {FILE_BYTES} bytes")
            return _json(413, Refusal(40005).body)
        try:
            ask = Ask(variables, request.query, read.body, read.uploads)
            result = ROUTES[route](self.dc, ask)
        except Refusal as refusal:
            return _json(refusal.status, refusal.body)
        return web.Response(status=204) if result is NOTHING else _json(200, result)

    def _standing_flags(self, variables: Mapping[str, str]) -> int:
        """Flags of the message that an edit is about: what once was Components V2 stays so."""
        wanted = variables.get("message_id")
        if "webhook_token" in variables and wanted is None:
            of = self.dc.tokens.get(variables["webhook_token"])
            wanted = None if of is None or of.original is None else str(of.original)
        if "interaction_id" in variables:
            pressed = self.dc.interactions.get(int(variables["interaction_id"]))
            wanted = None if pressed is None or pressed.message is None else str(pressed.message)
        try:
            return 0 if wanted is None else self.dc.world.message(int(wanted)).flags
        except LookupError:
            return 0


async def _read(request: web.Request) -> Read:
    """JSON as it is; of a form, `payload_json` and the files by their number."""
    if request.content_type == "multipart/form-data":
        return await _read_form(request)
    raw = await request.read()
    if not raw:
        return Read()
    if request.content_type != "application/json":
        raise Unreadable(f"Content-Type {request.content_type}")
    return Read(_parsed(raw))


async def _read_form(request: web.Request) -> Read:
    read = Read({})
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            read.parts[name] = value.filename
            if match := _PART.match(name):
                upload = Upload(value.filename, value.content_type, value.file.read())
                read.uploads[int(match[1])] = upload
        elif name == "payload_json":
            read.body = _parsed(value)
        else:
            raise Unreadable(f"form field {name!r}")
    return read


def _parsed(raw: bytes | bytearray | str) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise Unreadable("not JSON") from None


def _json(status: int, body: object, headers: Mapping[str, str] | None = None) -> web.Response:
    told = {"Content-Type": "application/json", "Via": "1.1 google"} | dict(headers or {})
    return web.Response(status=status, body=json.dumps(body).encode(), headers=told)


def _page(status: int, says: str) -> web.Response:
    return web.Response(status=status, text=_PAGE.format(says), content_type="text/html")


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _misfortune(request: web.Request, trouble: Trouble) -> web.Response:
    match trouble.kind:
        case Kind.BANNED:
            return _page(429, "error code: 1015")
        case Kind.SERVER_ERROR:
            return _json(500, {"message": "500: Internal Server Error", "code": 0})
        case Kind.UNAVAILABLE:
            return _page(503, "503 Service Temporarily Unavailable")
        case Kind.BAD_GATEWAY:
            return _page(502, "502 Bad Gateway")
        case Kind.NOT_JSON:
            half: Json = {"Content-Type": "application/json"}
            return web.Response(body=b'{"id": "80', headers=half)
        case Kind.HANG:
            await trouble.released.wait()
    _cut(request)
    return web.Response()
