"""How far away a wire peer seems: half of the time before a request is looked at, half before its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

Latency = Callable[[], float]
"""Seconds, asked for each request anew."""


def delayed(latency: Latency) -> Middleware:
    @web.middleware
    async def late(request: web.Request, handler: Handler) -> web.StreamResponse:
        seconds = latency()
        if not seconds:
            return await handler(request)
        await asyncio.sleep(seconds / 2)
        try:
            return await handler(request)
        finally:
            await asyncio.sleep(seconds / 2)

    return late
