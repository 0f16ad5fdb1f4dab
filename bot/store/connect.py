"""Opening a client of the store, and what is to be said about a server that we did not start ourselves.

While the embedded server restarts (about 0.1 s) callers just wait a little; past that it is a StoreError.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from bot.errors import SettingsError, StoreError
from bot.store.link import Link, is_refused, store_errors

Client = Redis
"""What `bot.app` hands from here to the other parts of the store."""

T = TypeVar("T")

ANSWER_WITHIN_S: Final = 5.0
RETRIES: Final = 16
"""With 20 ms doubling to 0.5 s: about 6 seconds of waiting for a server that refuses connections."""

REWRITE_TRIES: Final = 50
REWRITE_TRY_EVERY_S: Final = 0.1

SAFE_VALKEY: Final = (9, 1, 2)
"""Older servers lose later writes behind an append-only file that a power cut tore inside a transaction."""


class _Patience(Retry):
    """Waits for a server that is away, but not for a wrong password to become right."""

    async def call_with_retry(
        self,
        do: Callable[[], Awaitable[T]],
        fail: Callable[[Exception], Any] | Callable[[Exception, int], Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,  # noqa: FBT001, FBT002  their signature
    ) -> T:
        def worth_it(error: Exception) -> bool:
            return not is_refused(error) and (not is_retryable or is_retryable(error))

        return await super().call_with_retry(do, fail, worth_it, with_failure_count)


def open_client(url: str) -> Redis:
    """A client of `unix://`, `redis://` or `rediss://`; connects at its first command.

    SettingsError when the URL is none of these; its text shows no part of the URL.
    """
    if urlsplit(url).scheme not in ("unix", "redis", "rediss"):
        raise SettingsError(["The store's URL must begin with redis://, rediss:// or unix://."])
    retry = _Patience(ExponentialBackoff(cap=0.5, base=0.02), RETRIES, (RedisConnectionError,))
    try:
        client: Redis = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=ANSWER_WITHIN_S,
            socket_connect_timeout=ANSWER_WITHIN_S,
            retry=retry,
        )
    except ValueError:
        raise SettingsError(
            ["The store's URL cannot be read: redis://[user:password@]host[:port]."]
        ) from None
    return client


async def close_client(client: Redis) -> None:
    """Close all connections; a server that is already away is no error."""
    try:
        with store_errors():
            await client.aclose()
    except StoreError:
        pass


async def inspect_server(client: Redis) -> tuple[str, ...]:
    """What an operator should know of the server, as sentences for /status; empty when all is well.

    Has an old server rewrite its append-only file once, which cures a torn one. StoreError when it is away.
    """
    link = Link(client)
    info: dict[str, Any] = await link.call("INFO")
    if not _is_safe(info):
        await rewrite_log(link)
    return server_advice(info)


def server_advice(info: Mapping[str, Any]) -> tuple[str, ...]:
    """The sentences for what INFO says."""
    advice = []
    if not _is_safe(info):
        name = "Valkey" if "valkey_version" in info else "Redis"
        version = info.get("valkey_version") or info.get("redis_version", "of unknown version")
        advice.append(
            f"The store is {name} {version}: after a power cut it may lose later writes. "
            "Use Valkey 9.1.2 or newer."
        )
    if info.get("maxmemory_policy", "noeviction") != "noeviction":
        advice.append("The store may drop our keys when memory is short: set maxmemory-policy noeviction.")
    if not info.get("aof_enabled"):
        advice.append("The store keeps no append-only file, so its crash loses alerts: set appendonly yes.")
    if info.get("role") == "slave":
        advice.append("The store is a read-only replica: point the URL at the primary.")
    elif info.get("connected_slaves"):
        advice.append("The store has replicas: a failover may lose the last second of what was said.")
    return tuple(advice)


async def rewrite_log(link: Link) -> bool:
    """Have the server write its append-only file anew; False when it will not (managed servers forbid it).

    A rewrite that began before this call may still hold what was deleted since, so it is waited for.
    """
    for _ in range(REWRITE_TRIES):
        try:
            await link.call("BGREWRITEAOF")
        except StoreError as error:
            if "already in progress" not in str(error):
                return False
            await asyncio.sleep(REWRITE_TRY_EVERY_S)
        else:
            return True
    return False


def _is_safe(info: Mapping[str, Any]) -> bool:
    numbers = re.findall(r"\d+", str(info.get("valkey_version", "")))[:3]
    return tuple(int(number) for number in numbers) >= SAFE_VALKEY
