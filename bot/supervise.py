"""Keeps the parts of the program running: restarts those that fail, gives up when one goes on, stops all.

Called by `bot.app`, which lists the parts in the order of their start. Time is an argument.
"""

import asyncio
import os
import signal
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto

import structlog

from bot.errors import SettingsError, UnderkeelError

log = structlog.get_logger("bot.supervise")

EXIT_OK = 0
EXIT_GAVE_UP = 1


class WhenDone(Enum):
    """What the end of a part without an error means."""

    RESTART = auto()
    """It should never end: as if it had failed."""
    LEAVE = auto()
    """Its work is done."""
    STOP = auto()
    """The person is done with the program (the console's `/quit`)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One task of the program. `run` is called anew for each start and must end when cancelled."""

    name: str
    run: Callable[[], Awaitable[None]]
    when_done: WhenDone = WhenDone.RESTART
    vital: bool = True
    """False: however often it crashes, the others go on and it is tried again (one chat platform of two)."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long failures are borne. Seconds.

    A part waits `first_wait` before its second start, twice as long each time up to `longest_wait`, and
    `first_wait` again once it ran for `steady`. `crashes` bugs of one part within `window` end the program.
    Stopping takes `stop` at most, all parts together.
    """

    first_wait: float = 1.0
    longest_wait: float = 60.0
    steady: float = 120.0
    crashes: int = 5
    window: float = 600.0
    stop: float = 10.0


def _nobody(_part: str, _error: BaseException) -> None:
    return


@dataclass(slots=True)
class Supervisor:
    """Runs parts until `stop` is set, a part says the program is done, or there is no hope.

    `clock` is monotonic seconds. `on_crash` is told of every bug (not of outages), to tell the operator.
    `last_resort(seconds)` is called when stopping begins; the program gives `exit_after`, so that even a part
    that blocks the loop cannot hold it.
    """

    patience: Patience = field(default_factory=Patience)
    clock: Callable[[], float] = field(default_factory=lambda: asyncio.get_running_loop().time)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    on_crash: Callable[[str, BaseException], None] = _nobody
    last_resort: Callable[[float], None] | None = None

    async def run(self, parts: Sequence[Part], stop: asyncio.Event) -> int:
        """Exit code: 0 when asked to stop, 1 after giving up. Raises the SettingsError of a part.

        Parts are cancelled in reverse order of start, also when this task itself is cancelled.
        """
        tasks = [asyncio.create_task(self._keep(part), name=part.name) for part in parts]
        asked = asyncio.create_task(stop.wait(), name="stop")
        try:
            return await self._watch({*tasks, asked}, asked)
        finally:
            asked.cancel()
            await self._stop(tasks)

    async def _watch(self, running: set[asyncio.Task[object]], asked: asyncio.Task[object]) -> int:
        """Wait for the first reason to end; a part that is done for good is no reason."""
        while True:
            ended, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            if asked in ended:
                return EXIT_OK
            for task in ended:
                outcome = task.result()  # raises SettingsError, the only thing that _keep lets through
                if isinstance(outcome, int):
                    return outcome
            if running == {asked}:
                return EXIT_OK

    async def _keep(self, part: Part) -> int | None:
        """Run a part again and again; an exit code ends the program, None leaves the others running."""
        crashes: deque[float] = deque()
        wait, last_fault = self.patience.first_wait, ""
        while True:
            began = self.clock()
            try:
                await part.run()
            except SettingsError:
                raise
            except UnderkeelError as error:
                level = "debug" if str(error) == last_fault else "warning"
                last_fault = str(error)
                getattr(log, level)("part failed, will try again", part=part.name, fault=last_fault)
            except Exception as error:  # a bug, contained here: this is what a supervisor is for
                log.exception("part crashed", part=part.name)
                self.on_crash(part.name, error)
                crashes.append(self.clock())
            else:
                if part.when_done is not WhenDone.RESTART:
                    return EXIT_OK if part.when_done is WhenDone.STOP else None
                log.error("part ended unasked", part=part.name)
                crashes.append(self.clock())
            while crashes and crashes[0] <= self.clock() - self.patience.window:
                crashes.popleft()
            if len(crashes) >= self.patience.crashes and part.vital:
                log.critical("part keeps crashing, giving up", part=part.name, crashes=len(crashes))
                return EXIT_GAVE_UP
            if self.clock() - began >= self.patience.steady:
                wait, last_fault = self.patience.first_wait, ""
            await self.sleep(wait)
            wait = min(2 * wait, self.patience.longest_wait)

    async def _stop(self, tasks: Sequence[asyncio.Task[int | None]]) -> None:
        """Cancel the last started first and wait for it, as long as the whole stop may take."""
        if self.last_resort is not None:
            self.last_resort(2 * self.patience.stop)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.patience.stop
        for task in reversed(tasks):
            task.cancel()
            done, _ = await asyncio.wait({task}, timeout=max(0.0, deadline - loop.time()))
            if not done:
                log.error("part does not stop", part=task.get_name())
            elif (
                not task.cancelled() and (error := task.exception()) and not isinstance(error, SettingsError)
            ):
                log.error("part failed while stopping", part=task.get_name(), exc_info=error)


def exit_after(seconds: float) -> None:
    """End the process with code 1 in `seconds`, whatever the event loop is doing then."""
    timer = threading.Timer(seconds, os._exit, (EXIT_GAVE_UP,))
    timer.daemon = True
    timer.start()


@contextmanager
def stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set `stop`; a second one has its usual, immediate effect."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)

    def ask(number: int) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        restore()
        stop.set()

    def restore() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)

    for number in numbers:
        loop.add_signal_handler(number, ask, number)
    try:
        yield
    finally:
        restore()
