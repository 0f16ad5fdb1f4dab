"""Charts drawn by one worker process, so that no drawing holds up, fills or fells the bot.

Fits `ports.Charter`. The worker is a fresh interpreter that gets no token and nothing else of our
environment, started at the first chart, ended when nothing is drawn for a while, and replaced when it dies
or hangs.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import structlog

from bot.messages.model import Chart, Picture

log = structlog.get_logger()

DRAW_WITHIN_S: Final = 5.0
START_WITHIN_S: Final = 60.0
"""The first start on a machine looks through its fonts."""
IDLE_S: Final = 600.0
_END_WITHIN_S: Final = 2.0
_PNG_AT_MOST: Final = 8_000_000
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class _Unable(Exception):
    """The worker is well, but this chart cannot be drawn."""

    why: str


class ProcessCharter:
    """An async context manager that opens nothing: the first chart starts the worker.

    `cache`: a folder that the worker may write to, where it keeps what it knows of fonts.
    """

    def __init__(
        self, cache: Path | None = None, *, within_s: float = DRAW_WITHIN_S, idle_s: float = IDLE_S
    ) -> None:
        self._cache = cache
        self._within_s = within_s
        self._idle_s = idle_s
        self._turn = asyncio.Lock()
        self._worker: Process | None = None
        self._drawings: set[asyncio.Task[Picture | None]] = set()
        self._idle: asyncio.Task[None] | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        tasks = [*self._drawings, *([self._idle] if self._idle else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._end()

    @property
    def worker(self) -> int | None:
        """The process id of the worker, while there is one."""
        return self._worker.pid if self._worker else None

    async def draw(self, chart: Chart) -> Picture | None:
        """None when it cannot be drawn. Who stops waiting does not stop a worker that is just starting."""
        if self._closed:
            return None
        task = asyncio.get_running_loop().create_task(self._draw(chart))
        self._drawings.add(task)
        task.add_done_callback(self._drawings.discard)
        await asyncio.wait({task})
        return None if task.cancelled() else task.result()

    # ---- inside ---------------------------------------------------------------------------------

    async def _draw(self, chart: Chart) -> Picture | None:
        async with self._turn:
            if self._idle:
                self._idle.cancel()
            try:
                worker = await self._running()
                async with asyncio.timeout(self._within_s):
                    png = await _drawn(worker, chart)
            except _Unable as error:
                log.warning("chart not drawn", why=error.why)
            except (OSError, EOFError, TimeoutError) as error:
                log.warning("chart worker failed", why=f"{type(error).__name__}: {error}")
                await self._end(at_once=True)
            except Exception:
                log.exception("chart not drawn")
                await self._end(at_once=True)
            else:
                return Picture(png, chart.alt)
            finally:
                self._idle = asyncio.get_running_loop().create_task(self._end_when_idle())
            return None

    async def _running(self) -> Process:
        """The worker, ready to draw; another one where the last has died."""
        if self._worker and self._worker.returncode is None:
            return self._worker
        await self._end(at_once=True)
        self._worker = worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.charts.worker"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=self._environment(),
            start_new_session=True,  # Ctrl-C in the terminal is ours to hear
        )
        async with asyncio.timeout(START_WITHIN_S):
            await _read(worker)
        return worker

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        if self._cache:
            kept["MPLCONFIGDIR"] = str(self._cache)
        return kept | {"PYTHONPATH": str(Path(__file__).parents[2])}

    async def _end_when_idle(self) -> None:
        await asyncio.sleep(self._idle_s)
        async with self._turn:
            await self._end()

    async def _end(self, *, at_once: bool = False) -> None:
        """It ends by itself when nobody speaks to it any more, else by force."""
        worker = self._worker
        if worker is None:
            return
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.close()
        try:
            async with asyncio.timeout(0 if at_once else _END_WITHIN_S):
                await worker.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()
        await worker.stdout.read()  # to its end, with which asyncio closes what is left
        self._worker = None  # not before: who is cancelled here leaves it to the next


async def _drawn(worker: Process, chart: Chart) -> bytes:
    assert worker.stdin is not None
    asked = json.dumps(asdict(chart)).encode()
    worker.stdin.write(len(asked).to_bytes(4, "big") + asked)
    await worker.stdin.drain()
    said = await _read(worker)
    if said[:1] != b"P":
        raise _Unable(said[1:].decode("utf-8", "replace"))
    return said[1:]


async def _read(worker: Process) -> bytes:
    assert worker.stdout is not None
    size = int.from_bytes(await worker.stdout.readexactly(4), "big")
    if size > _PNG_AT_MOST:
        raise OSError("more than a picture")
    return await worker.stdout.readexactly(size)
