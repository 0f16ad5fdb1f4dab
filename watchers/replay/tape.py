"""A file that an episode is written to while it happens: bounded, and valid after each block.

Its first line says when the episode ends; that is written over in place before a block's lines are added.
So a process that dies leaves an episode, at most with a torn last line, which readers drop.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from watchers.replay.format import BYTES_AT_MOST, LINE_AT_MOST, LINES_AT_MOST, line_of
from watchers.replay.forms import time_text
from watchers.replay.library import SUFFIX
from watchers.replay.setting import VERSION, Head, Record, Truth

DAYS_AT_MOST: Final = 399
_ENDS: Final = b'"ends": "'


class TapeFullError(Exception):
    """What was to be written does not fit any more; nothing of it was."""


class Tape:
    """One file. Made at its first lines; raises OSError as files do."""

    def __init__(self, path: Path, bytes_most: int) -> None:
        self.path = path
        self._most = min(bytes_most, BYTES_AT_MOST)
        self._file = -1
        self._size = 0
        self._lines = 0
        self._starts = 0
        self._ends = 0
        self._ends_at = 0

    def write(self, records: Iterable[Record], now: int) -> None:
        """Add the lines of one moment, all or none."""
        lines = [line_of(one).encode() for one in records]
        if self._file < 0:
            self._open(now)
        if any(len(line) > LINE_AT_MOST for line in lines):
            raise TapeFullError("there is too much for one line")
        data = b"".join(lines)
        if self._size + len(data) > self._most or self._lines + len(lines) > LINES_AT_MOST:
            raise TapeFullError(f"{self._size} bytes are written")
        if now - self._starts > DAYS_AT_MOST * 86_400:
            raise TapeFullError(f"{DAYS_AT_MOST} days are written")
        if now > self._ends:
            os.pwrite(self._file, time_text(now).encode(), self._ends_at)
            self._ends = now
        self._add(data)
        self._size += len(data)
        self._lines += len(lines)

    @property
    def size(self) -> int:
        """Bytes written."""
        return self._size

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open(self, now: int) -> None:
        self._starts, self._ends = now, now + 1
        when = datetime.fromtimestamp(now, UTC)
        head = line_of(
            Head(
                version=VERSION,
                name=self.path.name.removesuffix(SUFFIX),
                title=f"Recorded from {when:%Y-%m-%d %H:%M} UTC",
                kind=Truth.RECORDED,
                starts=now,
                ends=self._ends,
            )
        ).encode()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        self._file = os.open(self.path, flags, 0o600)
        self._add(head)
        self._size, self._lines = len(head), 1
        self._ends_at = head.index(_ENDS) + len(_ENDS)

    def _add(self, data: bytes) -> None:
        """At the end. A write may be a short one, on a full disk: then the rest is tried, and says why."""
        place = os.lseek(self._file, 0, os.SEEK_END)
        done = 0
        try:
            while done < len(data):
                done += os.write(self._file, data[done:])
        except OSError:
            os.ftruncate(self._file, place)
            raise


def name_of(now: int) -> str:
    """A file's name: `recorded-20260201-120000.episode.jsonl`."""
    return f"recorded-{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M%S}{SUFFIX}"
