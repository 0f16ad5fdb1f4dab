"""New heads as a node tells them over a websocket; `Heads` polls behind it, so this may fail at will."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp
import structlog

from watchers.evm.endpoints import Head, head_of, host_of
from watchers.evm.faults import RpcFault

log = structlog.get_logger(__name__)

_SILENT_AFTER: Final = 3.0
"""Block times without a head after which the connection is thought dead (some stay open and say nothing)."""
_BACK_OFF_MOST: Final = 60.0


class HeadFeed:
    """One eth_subscribe newHeads. `alive` while heads come."""

    def __init__(self, url: str, session: aiohttp.ClientSession, *, block_s: float = 12.0) -> None:
        self._url = url
        self._session = session
        self._patience = max(_SILENT_AFTER * block_s, 30.0)
        self.host = host_of(url)
        self.alive = False

    async def run(self, told: Callable[[Head], Awaitable[None]]) -> None:
        """Never returns: connects again, later and later, and subscribes anew."""
        failed = 0
        while True:
            try:
                await self._listen(told)
            except (
                aiohttp.ClientError,
                OSError,
                TimeoutError,
                ValueError,
                KeyError,
                TypeError,
                RecursionError,
                RpcFault,
            ) as fault:
                if self.alive or not failed:
                    log.warning("head_feed_lost", endpoint=self.host, why=type(fault).__name__)
            failed = 1 if self.alive else failed + 1
            self.alive = False
            await asyncio.sleep(min(2.0**failed, _BACK_OFF_MOST))

    async def _listen(self, told: Callable[[Head], Awaitable[None]]) -> None:
        async with self._session.ws_connect(self._url, heartbeat=20, max_msg_size=2**20) as socket:
            await socket.send_str(
                json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]})
            )
            while True:
                message = await socket.receive(timeout=self._patience)
                if message.type is not aiohttp.WSMsgType.TEXT:
                    raise TimeoutError
                said = json.loads(message.data)
                if "error" in said:
                    raise TimeoutError
                if said.get("method") == "eth_subscription":
                    if not self.alive:
                        log.info("head_feed_alive", endpoint=self.host)
                        self.alive = True
                    await told(head_of(said["params"]["result"], self.host))
