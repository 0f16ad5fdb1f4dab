"""A show that is killed leaves its folder; the next one removes it, and no other's."""

import os
import signal
import subprocess
import sys
import tempfile

import pytest

from bot.demo import folder as folders
from bot.demo.folder import LOCK, PREFIX, own_folder
from bot.errors import SettingsError
from tests.demo.test_unattended import ROOT


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left(place):
    return {one for one in place.iterdir() if one.name.startswith(PREFIX)}


def killed(place):
    """The folder of a demo that was killed while it played."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo"],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(place)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    before = left(place)
    with process:
        while "Watching" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGKILL)
    (found,) = left(place) - before
    assert (found / "valkey").is_dir()
    return found


async def test_the_next_show_removes_what_a_killed_one_left(place):
    async with own_folder() as mine:
        (mine / "what I play with").touch()
        killed(place)
        async with own_folder() as second:
            assert left(place) == {mine, second}
            assert (mine / "what I play with").exists()
        assert left(place) == {mine}
    assert left(place) == set()


async def test_what_is_not_a_dead_shows_is_left_alone(place):
    unlocked, file = place / f"{PREFIX}new", place / f"{PREFIX}file"
    unlocked.mkdir()  # of a show that begins just now
    file.touch()
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / LOCK).touch()
    (elsewhere / "valkey").mkdir()
    (elsewhere / "valkey" / "socket.path").touch()
    (place / f"{PREFIX}link").symlink_to(elsewhere)
    pointing = place / f"{PREFIX}pointing"
    pointing.mkdir()
    (pointing / LOCK).symlink_to(elsewhere / LOCK)
    before = left(place)
    async with own_folder():
        pass
    assert left(place) == before
    assert (elsewhere / LOCK).exists()
    assert (elsewhere / "valkey" / "socket.path").exists()


async def test_a_folder_that_was_taken_for_a_dead_shows_is_made_anew(place, monkeypatch):
    locked, taken = folders._locked, []

    def late(folder, flags=0):
        lock = locked(folder, flags)
        if not taken:  # the other show was faster
            taken.append(folder)
            os.close(lock)
            return None
        return lock

    monkeypatch.setattr(folders, "_locked", late)
    async with own_folder() as mine:
        assert taken
        assert left(place) == {mine}


async def test_where_nothing_can_be_locked_that_is_said(place, monkeypatch):
    monkeypatch.setattr(folders, "_locked", lambda folder, flags=0: None)
    with pytest.raises(SettingsError, match="can be locked"):
        async with own_folder():
            pass
    assert left(place) == set()
