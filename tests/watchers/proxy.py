"""A JSON-RPC proxy before a real node: it counts requests and can die, hang, lag or answer with an error.

Real sockets on both sides; the node's answers pass unchanged unless a test says otherwise.
"""

import asyncio
import json
from collections import Counter
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web


class Proxy:
    """Listens on a free port while entered. `asked` counts JSON-RPC calls by method, each of a batch."""

    def __init__(self, node_url: str) -> None:
        self._node = node_url
        self._hung = asyncio.Event()
        self.asked: Counter[str] = Counter()
        self.sent = 0
        """HTTP requests, a batch being one."""
        self.bodies: list[Any] = []
        self.answer: tuple[int, Any] | None = None
        """(status, JSON body or text) to give instead of the node's; `{id}` is put in by us."""
        self.only: str = ""
        """When set, `answer` concerns this method alone."""
        self.hangs = False
        self.frozen: int | None = None
        """The number of the block that it still takes for the latest."""
        self.knows: int | None = None
        """The last block it finds by its number: a slower node of several behind the same URL was asked."""
        self.widest: int | None = None
        """The most blocks that it serves logs of in one question."""
        self.forgot: int | None = None
        """A block that it has no header of any more."""
        self.pruned: int | None = None
        """The last block whose state it forgot, when asked by number."""
        self.lacks: frozenset[str] = frozenset()
        """Methods that it has not got."""
        self.most_batch: int | None = None
        """The most questions that it takes in one request."""
        self.busy = 0
        """So many requests from now on are refused: too many of them."""
        self.takes_hashes = True
        """False: an eth_call must name its block by number."""
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> int:
        return sum(self.asked.values())

    async def __aenter__(self) -> Self:
        self._client = aiohttp.ClientSession()
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        await self._client.close()

    async def start(self) -> None:
        """Listen, again on the same port after a `stop`."""
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Refuse connections."""
        self._hung.set()
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        body = await request.json()
        calls = body if isinstance(body, list) else [body]
        self.asked.update(call["method"] for call in calls)
        self.sent += 1
        self.bodies.append(body)
        if self.hangs:
            await self._hung.wait()
        if self.busy > 0:
            self.busy -= 1
            return web.Response(status=429, headers={"Retry-After": "7"}, text="Too Many Requests")
        if isinstance(body, list) and self.most_batch is not None and len(body) > self.most_batch:
            message = f"batch of more than {self.most_batch} requests is refused"
            return web.json_response(
                {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": message}}
            )
        if self.answer is not None and self.only in {"", calls[0]["method"]}:
            status, said = self.answer
            text = (
                said if isinstance(said, str) else json.dumps({"jsonrpc": "2.0", "id": calls[0]["id"]} | said)
            )
            return web.Response(status=status, text=text)
        owns = {call["id"]: own for call in calls if (own := self._own(call)) is not None}
        if owns and not isinstance(body, list):
            return web.json_response({"jsonrpc": "2.0", "id": body["id"]} | owns[body["id"]])
        async with self._client.post(self._node, json=body) as answer:
            if not owns:
                return web.Response(body=await answer.read(), content_type="application/json")
            theirs = {one["id"]: one for one in await answer.json()}
        mine = {number: {"jsonrpc": "2.0", "id": number} | own for number, own in owns.items()}
        return web.json_response(list((theirs | mine).values()))

    def _own(self, call: dict[str, Any]) -> dict[str, Any] | None:
        """The answer of a poorer node than ours, None where it would answer the same."""
        method, params = call["method"], call["params"]
        if method in self.lacks:
            return {"error": {"code": -32601, "message": f"the method {method} does not exist"}}
        if method == "eth_getLogs" and self.widest is not None and "fromBlock" in params[0]:
            span = int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) + 1
            message = f"exceed maximum block range: {self.widest}"
            return {"error": {"code": -32602, "message": message}} if span > self.widest else None
        if method == "eth_call" and not self.takes_hashes and isinstance(params[1], dict):
            message = "invalid argument 1: json: cannot unmarshal object into Go value of type string"
            return {"error": {"code": -32602, "message": message}}
        if method == "eth_getBlockByNumber" and self.knows is not None and params[0] != "latest":
            return {"result": None} if int(params[0], 16) > self.knows else None
        if method == "eth_call" and self.pruned is not None and isinstance(params[1], str):
            message = "missing trie node"
            old = params[1] != "latest" and int(params[1], 16) <= self.pruned
            return {"error": {"code": -32000, "message": message}} if old else None
        if method == "eth_getBlockByNumber" and self.forgot is not None and params[0] != "latest":
            return {"result": None} if int(params[0], 16) == self.forgot else None
        return self._held(call) if self.frozen is not None else None

    def _held(self, call: dict[str, Any]) -> dict[str, Any] | None:
        """What a node that stopped at block `frozen` would say."""
        if call["method"] == "eth_getBlockByNumber":
            if call["params"][0] == "latest":
                call["params"][0] = hex(self.frozen or 0)
            elif int(call["params"][0], 16) > (self.frozen or 0):
                return {"result": None}
            return None
        return {"error": {"code": -32000, "message": "header not found"}}
