"""The folder that one show plays in, and those that killed shows left behind.

A show holds a lock in its folder, which the kernel lets go of however the show dies. A folder whose lock is
free is nobody's any more: the next show removes it.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from bot.errors import SettingsError, StoreError
from bot.store import orphans
from bot.store.embedded import server_binary
from bot.store.runtime import SocketFolder

PREFIX: Final = "underkeel-demo-"
LOCK: Final = "show.lock"
TRIES: Final = 8


@asynccontextmanager
async def own_folder() -> AsyncIterator[Path]:
    """A folder that is gone afterwards. SettingsError where no store can run, or nothing can be locked."""
    server_binary()  # first: where there is none there are no locks either
    place = Path(tempfile.gettempdir())
    for folder, lock in _dead(place):
        try:
            await _clear(folder)
        finally:
            os.close(lock)
    folder, lock = _made(place)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _made(place: Path) -> tuple[Path, int]:
    """Anew where another show took it for a dead one's, between its making and its locking."""
    for _ in range(TRIES):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        lock = _locked(folder, os.O_CREAT)
        if lock is not None:
            return folder, lock
        shutil.rmtree(folder, ignore_errors=True)
    raise SettingsError([f"No folder in {place} can be locked."])


def _dead(place: Path) -> Iterator[tuple[Path, int]]:
    """Folders whose show is dead, with the lock that is ours now; of this user alone."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):  # gone meanwhile
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
                lock = _locked(folder)
                if lock is not None:
                    yield folder, lock


async def _clear(folder: Path) -> None:
    """Remove a dead show's folder, its store first if that lives on."""
    home = folder / "valkey"
    sockets = SocketFolder(home, None)
    with suppress(OSError, StoreError):  # else the next show tries again
        await orphans.end(sockets.linked(), home)
        sockets.remove()
        shutil.rmtree(folder, ignore_errors=True)


def _locked(folder: Path, flags: int = 0) -> int | None:
    """The lock, held until it is closed; None where another holds it, or there is none."""
    import fcntl  # noqa: PLC0415  not on Windows, where server_binary() has already refused

    try:
        file = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600)
    except OSError:
        return None
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file).st_nlink:  # else it was removed before it was ours
            return file
    os.close(file)
    return None
