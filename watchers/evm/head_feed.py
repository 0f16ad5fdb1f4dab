"""New heads as a node tells them over a websocket; `Heads` polls behind it, so this may fail at will."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiohttp
import structlog
from pydantic_core import from_json

from watchers.evm.endpoints import Head, head_of, host_of
from watchers.evm.faults import Kind, RpcFault

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
        self.bugs = 0
        """Failures that were our own, contained."""

    async def run(self, told: Callable[[Head], Awaitable[None]]) -> None:
        """Never returns: connects again, later and later, and subscribes anew."""
        failed, bug = 0, ""
        while True:
            try:
                await self._listen(told)
            except (aiohttp.ClientError, OSError, TimeoutError, RpcFault) as fault:
                if self.alive or not failed:
                    log.warning("head_feed_lost", endpoint=self.host, why=type(fault).__name__)
            except Exception as error:
                # Our own; no feed may end the others, and polling goes on behind it.
                self.bugs += 1
                if bug != type(error).__name__:
                    log.exception("head_feed_bug", endpoint=self.host, bugs=self.bugs)
                bug = type(error).__name__
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
                head = self._head_in(message.data)
                if head is None:
                    continue
                if not self.alive:
                    log.info("head_feed_alive", endpoint=self.host)
                    self.alive = True
                await told(head)

    def _head_in(self, frame: str) -> Head | None:
        """None in other messages. Raises RpcFault for an error of the node or no JSON-RPC at all."""
        try:
            said: Any = from_json(frame)
        except ValueError:
            said = None
        if not isinstance(said, dict) or "error" in said:
            raise RpcFault(Kind.BROKEN, self.host)
        if said.get("method") != "eth_subscription":
            return None
        told = said.get("params")
        return head_of(told.get("result") if isinstance(told, dict) else None, self.host)
