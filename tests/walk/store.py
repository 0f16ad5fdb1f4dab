"""A Valkey of the test's own, with its append-only file, that can be killed and started again."""

import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.store.embedded import server_binary
from bot.store.orphans import ask


class ValkeyServer:
    """Listens on a unix socket in `folder`, which is made; what it acknowledged survives `kill`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.socket = folder / "v.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True)
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it again on the same files; returns once it answers."""
        assert self._process is None
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "dir": str(self._folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "logfile": str(self._folder / "valkey.log"),
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen([server_binary(), *words])
        deadline = time.monotonic() + 20
        while not ask(self.socket, b"PING\r\n").startswith(b"+PONG"):
            assert time.monotonic() < deadline, "the store does not answer"
            time.sleep(0.005)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
