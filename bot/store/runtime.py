"""Files around the embedded store: the private folder, the owner's lock, the socket and the link to it.

The socket of a deep data folder would not fit into a socket address, so it may lie elsewhere; the link file
`socket.path` in the data folder always says where.
"""

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Final

from bot.errors import SettingsError

SOCKET_PATH_BYTES: Final = 100
"""sun_path holds 108 bytes on Linux and 104 on macOS, the final zero included."""
NAME: Final = "valkey.sock"


def private_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter. SettingsError when it belongs to somebody else."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise SettingsError([f"The data folder {folder} cannot be used: {error.strerror}."]) from None


class Lock:
    """One owner at a time. The kernel lets go of it when the owner dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: int | None = None

    def take(self) -> None:
        """SettingsError when another process has it; names its pid."""
        import fcntl  # noqa: PLC0415  not on Windows, where server_binary() has already refused

        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.read(file, 20).decode(errors="replace").strip()
            os.close(file)
            where = self._path.parent.parent
            who = f"process {owner}" if owner else "another process"
            raise SettingsError([f"Another Underkeel ({who}) already runs on {where}."]) from None
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        self._held = file

    def drop(self) -> None:
        """The file stays: removing it would let two owners lock two files of one name."""
        if self._held is not None:
            os.close(self._held)
            self._held = None


class SocketFolder:
    """Where the socket lies: in the data folder if its path is short enough, else in a runtime folder."""

    def __init__(self, home: Path, runtime_dir: Path | None) -> None:
        self._home = home
        self._runtime_dir = runtime_dir
        self._link = home / "socket.path"
        self._own_folder: Path | None = None
        self.path = home / NAME

    def make(self) -> None:
        """Choose the place and write the link. SettingsError when no place is short enough."""
        self.remove()
        self.path = self._home / NAME
        if not _fits(self.path):
            self._own_folder = self._make_short()
            self.path = self._own_folder / NAME
        self._link.write_text(str(self.path), encoding="utf-8")

    def linked(self) -> Path | None:
        """The socket that the last owner made, if its folder is still ours alone."""
        try:
            path = Path(self._link.read_text(encoding="utf-8"))
            folder = path.parent.stat()
        except (OSError, ValueError):
            return None
        ours = folder.st_uid == os.getuid() and not stat.S_IMODE(folder.st_mode) & 0o077
        return path if ours and path.name == NAME else None

    def remove(self) -> None:
        """Clean up after the last owner, too: a socket file and a runtime folder that no server uses."""
        path = self.linked()
        if path is not None:
            path.unlink(missing_ok=True)
            if path.parent != self._home:
                shutil.rmtree(path.parent, ignore_errors=True)
        with contextlib.suppress(OSError):
            self._link.unlink(missing_ok=True)
        self._own_folder = None

    def _make_short(self) -> Path:
        for place in (self._runtime_dir, os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108  mkdtemp below makes it private
            if not place or not Path(place).is_dir():
                continue
            with contextlib.suppress(OSError):
                folder = Path(tempfile.mkdtemp(prefix="underkeel-", dir=place))
                if _fits(folder / NAME):
                    return folder
                folder.rmdir()
        raise SettingsError([f"No folder for the store's socket is short enough: {self._home} is too deep."])


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) < SOCKET_PATH_BYTES
