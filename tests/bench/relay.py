"""A websocket relay before a real node: it counts what the client asks, not what it is told."""

import asyncio
from collections import Counter
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import WSMsgType, web


class Relay:
    """Listens on a free port while entered; `asked` counts JSON-RPC calls by method, each of a batch."""

    def __init__(self, node_url: str) -> None:
        self._node = node_url
        self.asked: Counter[str] = Counter()
        self.answered = asyncio.Event()
        """Set at the node's first word, which is the answer to the subscription."""
        self.port = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._client = aiohttp.ClientSession()
        app = web.Application()
        app.router.add_get("/", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
        await self._client.close()

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        near = web.WebSocketResponse()
        await near.prepare(request)
        async with self._client.ws_connect(self._node) as far, asyncio.TaskGroup() as tasks:
            back = tasks.create_task(self._down(far, near))
            async for message in near:
                body = message.json()
                self.asked.update(call["method"] for call in (body if isinstance(body, list) else [body]))
                await far.send_str(message.data)
            back.cancel()
        return near

    async def _down(self, far: aiohttp.ClientWebSocketResponse, near: web.WebSocketResponse) -> None:
        async for message in far:
            if message.type is WSMsgType.TEXT:
                await near.send_str(message.data)
                self.answered.set()
