"""A server that outlived its owner: found by its socket or command line, and ended before a new one starts.

Two servers on one append-only file would destroy it, so whoever starts one comes here first, lock in hand.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Final

import structlog

from bot.errors import StoreError
from bot.store.runtime import NAME

log = structlog.get_logger()

ENDED_WITHIN_S: Final = 15.0
ASKED_NICELY_S: Final = 5.0


def ask(path: Path, request: bytes, *, wait_s: float = 1.0) -> bytes:
    """The first bytes a server answers on its unix socket; empty when none listens or answers."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
        line.settimeout(wait_s)
        line.connect(str(path))
        line.sendall(request)
        return line.recv(65536)
    return b""


def answers(path: Path) -> bool:
    """True when a server is there and has read its data."""
    return ask(path, b"PING\r\n").startswith(b"+PONG")


async def end(path: Path | None, home: Path) -> None:
    """End every server that works in `home` (absolute); the caller holds the owner's lock.

    Asked through its socket first: a pid means nothing to us when the server ran in another container.
    StoreError when one does not end.
    """
    if path is None:
        path = home / NAME
    if await asyncio.to_thread(answers, path):
        log.warning("ending the store of a dead owner", socket=str(path))
        await asyncio.to_thread(ask, path, b"SHUTDOWN\r\n")
    left = await asyncio.to_thread(_by_command_line, path)
    for pid in left:
        _signal(pid, signal.SIGTERM)
    waited = 0.0
    while True:
        left = {pid for pid in left if _alive(pid)}
        if not left and not await asyncio.to_thread(answers, path):
            return
        if waited > ENDED_WITHIN_S:
            raise StoreError(f"an old store {sorted(left) or ''} on {home} does not end; stop it first")
        if waited > ASKED_NICELY_S:
            for pid in left:
                _signal(pid, signal.SIGKILL)
        await asyncio.sleep(0.01)
        waited += 0.01


def _by_command_line(path: Path) -> set[int]:
    """Servers title themselves `.../valkey-server unixsocket:PATH`."""
    if Path("/proc/self/cmdline").exists():
        return {
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and _is_ours(_command_line(entry), str(path))
        }
    listed = subprocess.run(
        ["/bin/ps", "-x", "-o", "pid=,command="], capture_output=True, text=True, check=False
    )
    rows = (line.strip().partition(" ") for line in listed.stdout.splitlines())
    return {int(pid) for pid, _, command in rows if _is_ours(command, str(path))}


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _is_ours(command: str, path: str) -> bool:
    """By its title, or by its arguments while it has not come so far as to give itself one."""
    titled = command.partition("valkey-server unixsocket:")[2].strip() == path
    return titled or ("valkey-server " in command and f" --unixsocket {path} " in command)


def _alive(pid: int) -> bool:
    """A zombie is dead to us: it writes no more."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    return True


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, number)
