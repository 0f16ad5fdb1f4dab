"""One HTTP exchange with the bot: the token, the judge, the ordered misfortune, the method, the answer.

Made by TelegramPeer for its aiohttp application; forms, multipart and JSON bodies are taken, as by the API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.chat.telegram.faults import Fault
from tests.chat.telegram.files import Upload, name_faults
from tests.chat.telegram.judge import judge
from tests.chat.telegram.ledger import Call
from tests.chat.telegram.members import Json
from tests.chat.telegram.methods import METHODS
from tests.chat.telegram.rates import COUNTED, Rates
from tests.chat.telegram.telegram import Telegram
from tests.chat.telegram.trouble import Kind, Trouble, Troubles
from tests.chat.telegram.updates import Refusal

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{30,}\Z")
_GATEWAY_PAGE = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"


@dataclass(frozen=True, slots=True)
class Exchange:
    """`token` is the only one it takes; another well-formed one is answered 401, anything else 404."""

    token: Callable[[], str]
    tg: Telegram
    troubles: Troubles
    rates: Rates | None = None
    """None: as many messages as the bot likes."""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        method, token = request.match_info["method"], request.match_info["token"]
        if token != self.token():
            known = _TOKEN.match(token)
            return _refusal(Refusal(401, "Unauthorized") if known else Refusal(404, "Not Found"))
        try:
            params, files = await _read(request)
        except ValueError:
            self.tg.ledger.faults.append(Fault("unreadable body", method, "neither a form nor a JSON object"))
            return _refusal(Refusal(400, "Bad Request: can't parse the request"))
        verdict = judge(method, params, files)
        faults = (*verdict.faults, *name_faults(method, files))
        answer = await self._answer(request, method, verdict.params, faults, files)
        status = 0 if request.transport is None or request.transport.is_closing() else answer.status
        self.tg.ledger.calls.append(Call(self.tg.ledger.clock_ms(), method, verdict.params, status))
        self.tg.ledger.change()
        return answer

    async def _answer(
        self,
        request: web.Request,
        method: str,
        params: Mapping[str, Any],
        faults: Collection[Fault],
        files: Mapping[str, Upload],
    ) -> web.Response:
        if faults:
            self.tg.ledger.faults.extend(faults)
            unknown = any(fault.kind == "unknown method" for fault in faults)
            says = "Not Found" if unknown else f"Bad Request: {'; '.join(map(str, faults))}"
            return _refusal(Refusal(404 if unknown else 400, says))
        trouble = self.troubles.take(method, params)
        if trouble is not None and trouble.kind is not Kind.DROP_AFTER:
            self.tg.ledger.change()
            return await _misfortune(request, trouble)
        try:
            answer = web.json_response(
                {"ok": True, "result": await self._result(method, dict(params), files)}
            )
        except Refusal as refusal:
            answer = _refusal(refusal)
        if trouble is not None:
            _cut(request)
        return answer

    async def _result(self, method: str, params: Json, files: Mapping[str, Upload]) -> Any:
        if method == "getUpdates":
            return await self.tg.updates.poll(
                params.get("offset", 0),
                params.get("limit", 100),
                params.get("timeout", 0),
                params.get("allowed_updates", ()),
            )
        if method not in METHODS:
            self.tg.ledger.faults.append(
                Fault("not played", method, "published, but this peer does not play it")
            )
            raise Refusal(404, "Not Found")
        self._pace(method, params)
        return METHODS[method](self.tg, params, files)

    def _pace(self, method: str, params: Json) -> None:
        """Refuse what comes faster than Telegram publishes that it takes."""
        chat = self.tg.world.chats.get(params.get("chat_id", 0))
        if self.rates is None or method not in COUNTED or chat is None:
            return
        if wait := self.rates.admit(self.tg.ledger.clock_ms(), chat):
            raise Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)

    async def hand_out(self, request: web.Request) -> web.StreamResponse:
        """A file that getFile told the path of."""
        file = self.tg.files.at(request.match_info["path"])
        if request.match_info["token"] != self.token() or file is None:
            return _refusal(Refusal(404, "Not Found"))
        trouble = self.troubles.take("download", {})
        if trouble is not None:
            return await _misfortune(request, trouble)
        return web.Response(body=file.data, content_type="application/octet-stream")


async def _read(request: web.Request) -> tuple[dict[str, object], dict[str, Upload]]:
    """Parameters and uploaded files of a request in any of the ways the API takes them."""
    params: dict[str, object] = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        body = json.loads(await request.read() or b"{}")
        if not isinstance(body, dict):
            raise ValueError("not a JSON object")
        params |= body
    else:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = Upload(value.file.read(), value.filename, value.content_type)
            else:
                params[name] = value
    return params, files


def _refusal(refusal: Refusal) -> web.Response:
    body: Json = {"ok": False, "error_code": refusal.status, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return web.json_response(body, status=refusal.status)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _misfortune(request: web.Request, trouble: Trouble) -> web.Response:
    if trouble.kind is Kind.THROTTLE:
        says = f"Too Many Requests: retry after {trouble.retry_after}"
        return _refusal(Refusal(429, says, retry_after=trouble.retry_after))
    if trouble.kind is Kind.SERVER_ERROR:
        return _refusal(Refusal(500, "Internal Server Error"))
    if trouble.kind is Kind.BAD_GATEWAY:
        return web.Response(status=502, text=_GATEWAY_PAGE, content_type="text/html")
    if trouble.kind is Kind.HANG:
        await trouble.released.wait()
    _cut(request)
    return web.Response()
