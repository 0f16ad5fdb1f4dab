"""One websocket connection to the bot: what goes out in order, compressed as the client asked, and its end.

Made by the gateway for each connection; people and routes only ever `put`, so their deeds stay synchronous.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

from aiohttp import web

Squeeze = Callable[[bytes], bytes]


class Line:
    """`path` is where the client came in: the gateway's own address, or the one READY gave for resuming."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.ws = ws
        self.path = request.path
        self.transport = request.transport
        self.heartbeats = 0
        self.close_code = 0
        self._squeeze = squeezer(request.query.get("compress", ""))
        self._waiting: asyncio.Queue[str | int] = asyncio.Queue()

    def put(self, payload: Any) -> None:
        """Queue one payload; a string goes out as it is, JSON or not."""
        self._waiting.put_nowait(payload if isinstance(payload, str) else json.dumps(payload))

    def close(self, code: int) -> None:
        """Close with this code once all that was put before has gone out."""
        self._waiting.put_nowait(code)

    def abort(self) -> None:
        """The cable is cut: no close frame, and what still waited is gone."""
        if self.transport is not None:
            self.transport.abort()

    async def write(self) -> None:
        """Send what is put, until the connection ends."""
        try:
            while True:
                item = await self._waiting.get()
                if isinstance(item, int):
                    self.close_code = item
                    await self.ws.close(code=item)
                    return
                if self._squeeze is None:
                    await self.ws.send_str(item)
                else:
                    await self.ws.send_bytes(self._squeeze(item.encode()))
        except ConnectionError:
            return


def squeezer(wanted: str) -> Squeeze | None:
    """The compression that the client's URL names: one stream for the whole connection, flushed each time."""
    if wanted == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda data: deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if wanted == "zstd-stream":
        zstd: Any = import_module("compression.zstd")  # a client asks for it only where Python has it: 3.14
        stream = zstd.ZstdCompressor()
        return lambda data: bytes(stream.compress(data, mode=stream.FLUSH_BLOCK))
    return None
