"""A tap on the wire between the bot and its store: acts at the very moment of a save.

A save is the transaction that carries a rule's state; the tap knows it by its EXEC. It changes no byte.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

STATES = b"uk:{core}:states"
EXEC = b"*1\r\n$4\r\nEXEC\r\n"


class Moment(StrEnum):
    """When the armed deed is done, seen from the save."""

    BEFORE = "before the save"
    """The transaction is not forwarded: the store never hears of it."""
    WRITING = "while it is written"
    """Forwarded, the answer not awaited."""
    AFTER = "after the save"
    """The store has answered; the bot has not heard it."""


class StoreTap:
    """Listens on 127.0.0.1 and forwards to a unix socket."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._server: asyncio.Server | None = None
        self._armed: tuple[Moment, Callable[[], object]] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def arm(self, moment: Moment, deed: Callable[[], object]) -> asyncio.Event:
        """Do `deed` at the next save; the event is set once it is done."""
        done = asyncio.Event()

        def act() -> None:
            deed()
            done.set()

        self._armed = (moment, act)
        return done

    def _take(self, moment: Moment) -> bool:
        if self._armed is None or self._armed[0] is not moment:
            return False
        deed = self._armed[1]
        self._armed = None
        deed()
        return True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            upstream = await asyncio.open_unix_connection(str(self._socket))
        except OSError:
            writer.close()
            return
        awaiting: list[bool] = []
        ways = (
            asyncio.create_task(self._up(reader, upstream[1], awaiting)),
            asyncio.create_task(self._down(upstream[0], writer, awaiting)),
        )
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            upstream[1].close()
            writer.close()

    async def _up(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, awaiting: list[bool]
    ) -> None:
        heard = b""
        while data := await reader.read(1 << 20):
            heard += data
            save = EXEC in heard and STATES in heard
            if EXEC in heard:
                heard = b""
            if save and self._take(Moment.BEFORE):
                return
            writer.write(data)
            await writer.drain()
            if save:
                awaiting.append(True)
                self._take(Moment.WRITING)

    async def _down(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, awaiting: list[bool]
    ) -> None:
        while data := await reader.read(1 << 20):
            if awaiting and self._take(Moment.AFTER):
                return
            awaiting.clear()
            writer.write(data)
            await writer.drain()
