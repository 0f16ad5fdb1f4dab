"""The bot as its host runs it: a process of its own, killed and started again at will."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Program:
    """`python -m bot run` with an environment of its own; its log is a file that survives it.

    `module` is what is run in place of `bot`: see `hurried`.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str], module: str = "bot") -> None:
        self._folder = folder
        self._settings = dict(settings)
        self._module = module
        self.log = folder / "bot.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self) -> None:
        """Start it; a running one is a mistake of the test."""
        assert self.process is None or self.process.poll() is not None
        self.starts += 1
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self._module, "run"],
                cwd=self._folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def set(self, name: str, value: str) -> None:
        """A setting for the next start."""
        self._settings[name] = value

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("UNDERKEEL_")}
        return {**kept, "PYTHONPATH": str(ROOT), "HOME": str(self._folder), **self._settings}

    def kill(self) -> None:
        """kill -9, and see it gone."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)

    async def gone(self) -> int:
        """Wait for its end; the exit code."""
        assert self.process is not None
        return await asyncio.to_thread(self.process.wait, 20)

    async def stop(self) -> int:
        """The polite end (SIGTERM); the exit code, which is to come within the promised bound."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return await self.gone()

    def text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""
