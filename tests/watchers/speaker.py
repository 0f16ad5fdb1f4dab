"""A websocket that says what a test gives it, to whoever connects: a node with an odd mind."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from aiohttp import web


class Speaker:
    """Listens on a free port while entered; says all `frames` at once, then nothing, and does not hang up."""

    def __init__(self, frames: Sequence[str]) -> None:
        self._frames = tuple(frames)
        self.port = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
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

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        near = web.WebSocketResponse()
        await near.prepare(request)
        for frame in self._frames:
            await near.send_str(frame)
        async for _ in near:
            pass  # until the client hangs up
        return near
