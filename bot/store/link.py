"""Our way to speak to the server: commands, scripts and transactions, with every failure a StoreError.

Everything in `bot.store` goes through a Link; nothing of redis-py's exceptions gets past it.
"""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeVar

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoScriptError, RedisError, ResponseError

from bot.errors import StoreError

T = TypeVar("T")
Part = str | int | float
Command = tuple[Part, ...]

CALL_WITHIN_S: Final = 10.0
"""For one call with all its reconnects: a server that restarts is waited for, one that hangs is not."""

_BARE: Final = frozenset(
    {
        "peek",
        "add_watches",
        "put_watch",
        "swap",
        "offer_code",
        "take_code",
        "ping",
        "keep_draft",
        "draft",
        "put_labels",
        "drop_labels",
        "note",
        "series",
    }
)
"""Scripts that are not about one destination and do without `common.lua`."""


@cache
def script_text(name: str) -> str:
    """A script of `lua/` as the server runs it."""
    folder = files("bot.store") / "lua"
    names = (name,) if name in _BARE else ("common", name)
    return "\n".join((folder / f"{part}.lua").read_text(encoding="utf-8") for part in names)


@cache
def script_sha(name: str) -> str:
    return hashlib.sha1(script_text(name).encode(), usedforsecurity=False).hexdigest()


class Script:
    """One call of a script: its name, the keys it may touch, its arguments."""

    __slots__ = ("arguments", "keys", "name")

    def __init__(self, name: str, keys: Sequence[str], arguments: Sequence[Part]) -> None:
        self.name = name
        self.keys = tuple(keys)
        self.arguments = tuple(arguments)

    def command(self, how: str) -> Command:
        """As EVALSHA or EVAL."""
        body = script_sha(self.name) if how == "EVALSHA" else script_text(self.name)
        return (how, body, len(self.keys), *self.keys, *self.arguments)


class Link:
    """A connected client. Opens nothing; `bot.store.connect.open_client` makes the client."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    async def call(self, *command: Part) -> Any:
        """One command's answer."""
        return await _answered(self._execute(command))

    async def run(self, name: str, keys: Sequence[str], *arguments: Part) -> Any:
        """One script's answer; loads it when the server has not seen it since its start."""
        return await _answered(self._run(Script(name, keys, arguments)))

    async def transaction(self, steps: Sequence[Command | Script]) -> list[Any]:
        """All in one MULTI/EXEC.

        A restarted server has lost our scripts, and inside EXEC a missing one would fail alone; so those
        that are needed are loaded within the same transaction.
        """
        return await _answered(self._transaction(steps))

    async def _execute(self, command: Command) -> Any:
        return await self._client.execute_command(*command)  # type: ignore[no-untyped-call]

    async def _run(self, script: Script) -> Any:
        try:
            return await self._execute(script.command("EVALSHA"))
        except NoScriptError:
            return await self._execute(script.command("EVAL"))

    async def _transaction(self, steps: Sequence[Command | Script]) -> list[Any]:
        needed = sorted({step.name for step in steps if isinstance(step, Script)})
        async with self._client.pipeline(transaction=True) as pipe:
            for name in needed:
                pipe.execute_command("SCRIPT", "LOAD", script_text(name))
            for step in steps:
                pipe.execute_command(*(step.command("EVALSHA") if isinstance(step, Script) else step))
            answers: list[Any] = await pipe.execute()
        return answers[len(needed) :]


async def _answered(call: Awaitable[T]) -> T:
    """Wait for a call: bounded, its errors translated, and a cancellation never lost.

    redis-py swallows a cancellation that meets a connect or (before Python 3.12) the end of a write;
    whoever is cancelled meanwhile must still be.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        with store_errors():
            async with asyncio.timeout(CALL_WITHIN_S):
                return await call
    finally:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what the client raises into StoreError. Texts keep no argument of a command: those are people's
    data, and AUTH is a command too.
    """
    try:
        yield
    except ResponseError as error:
        raise StoreError(f"the store refused: {_plain(str(error))}") from None
    except (TimeoutError, RedisError, OSError) as error:
        if is_refused(error):
            raise StoreError("the store refuses its user or password") from None
        raise StoreError(f"the store does not answer ({type(error).__name__})") from None


def is_refused(error: BaseException) -> bool:
    """True for a wrong user or password, which redis-py wraps in a ConnectionError of its own."""
    chain = (error, error.__cause__, error.__context__)
    return any(isinstance(link, AuthenticationError) for link in chain)


def _plain(text: str) -> str:
    """The server's own words, without the command that redis-py quotes before them."""
    words = text.rpartition("caused error: ")[2].removeprefix("('").removesuffix("',)")
    return re.sub(r"'[^']*'", "'...'", words)[:160]
