"""A web server that stands for all exchanges: answers what a test puts at a path, and counts who asks."""

from collections import Counter
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from aiohttp import web

Answer = web.StreamResponse | str | bytes | Callable[[web.Request], Awaitable[web.StreamResponse]]
HOSTS = (
    "www.binance.com",
    "raw.githubusercontent.com",
    "www.bitstamp.net",
    "www.bybit.com",
    "www.okx.com",
    "static.okx.com",
)


class Exchanges:
    """Listens on a free port while entered. `answers` is by path and query, 404 for all else."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: Counter[str] = Counter()
        self.port = 0

    @property
    def bases(self) -> dict[str, str]:
        return {host: f"http://127.0.0.1:{self.port}/{host}" for host in HOSTS}

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.asked[request.path_qs] += 1
        answer = self.answers.get(request.path_qs)
        if answer is None:
            raise web.HTTPNotFound
        if isinstance(answer, str):
            return web.Response(text=answer)
        if isinstance(answer, bytes):
            return web.Response(body=answer)
        return answer if isinstance(answer, web.StreamResponse) else await answer(request)
