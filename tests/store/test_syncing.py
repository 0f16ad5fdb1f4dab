"""What was acknowledged outlives a kill of the server even when the disk is slow; the log is synced by us."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.store.connect import close_client, open_client
from bot.store.embedded import EmbeddedStore
from bot.store.link import Link
from bot.store.syncing import LogSync

SLOW_SYNC = Path(__file__).with_name("slow_sync.c")
COMPILER = shutil.which("cc")
LONGER_THAN_A_SYNC_S = 2.5


@pytest.fixture
async def slow_disk(tmp_path, monkeypatch):
    """Servers started from now on wait a second and a half for each sync."""
    library = tmp_path / "slow_sync.so"
    command = [COMPILER, "-shared", "-fPIC", "-o", library, SLOW_SYNC, "-ldl"]
    await asyncio.to_thread(subprocess.run, command, check=True)
    monkeypatch.setenv("LD_PRELOAD", str(library))


@pytest.mark.skipif(
    sys.platform != "linux" or COMPILER is None, reason="the slow disk is made with a compiler, for Linux"
)
@pytest.mark.usefixtures("slow_disk")
async def test_a_killed_server_has_what_it_acknowledged_however_slow_the_disk(tmp_path):
    async with EmbeddedStore(tmp_path / "data") as store:
        client = open_client(store.url)
        link = Link(client)
        number, until = 0, time.monotonic() + LONGER_THAN_A_SYNC_S
        while time.monotonic() < until:
            number += 1
            await link.call("SET", "last", number)
        os.kill(store.pid, signal.SIGKILL)
        assert int(await link.call("GET", "last")) == number
        assert store.restarts == 1
        await close_client(client)


def test_parts_of_the_log_are_synced_when_they_have_changed(tmp_path):
    synced = []
    sync = LogSync(tmp_path / "log", sync=lambda file: synced.append(os.fstat(file).st_ino))
    assert sync.sync_grown() == 0  # no folder yet
    (tmp_path / "log").mkdir()
    first, second = tmp_path / "log" / "a.1.incr.aof", tmp_path / "log" / "a.2.incr.aof"
    first.write_bytes(b"one")
    (tmp_path / "log" / "a.1.base.rdb").write_bytes(b"the server syncs this itself")
    assert sync.sync_grown() == 1
    assert sync.sync_grown() == 0
    first.write_bytes(b"longer")
    second.write_bytes(b"one")
    assert sync.sync_grown() == 2
    inode = first.stat().st_ino
    first.unlink()
    assert sync.sync_grown() == 0
    assert sorted(synced) == sorted([inode, inode, second.stat().st_ino])


async def test_a_running_store_brings_its_log_to_the_disk(tmp_path, monkeypatch):
    reached = asyncio.Event()
    loop = asyncio.get_running_loop()
    fsync = os.fsync

    def seen(file):
        fsync(file)
        loop.call_soon_threadsafe(reached.set)

    monkeypatch.setattr("bot.store.embedded.LogSync", lambda folder: LogSync(folder, sync=seen))
    async with EmbeddedStore(tmp_path) as store:
        client = open_client(store.url)
        await Link(client).call("SET", "a", "1")
        await asyncio.wait_for(reached.wait(), 20)
        await close_client(client)


async def test_a_disk_that_refuses_is_said_once_and_tried_again(tmp_path, monkeypatch):
    (tmp_path / "a.1.incr.aof").write_bytes(b"one")
    tried, said = asyncio.Queue(), []
    loop = asyncio.get_running_loop()

    def refuse(_file):
        loop.call_soon_threadsafe(tried.put_nowait, 1)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("bot.store.syncing.EVERY_S", 0)
    monkeypatch.setattr("bot.store.syncing.log.error", lambda *_, **facts: said.append(facts))
    task = asyncio.create_task(LogSync(tmp_path, sync=refuse).run())
    for _ in range(3):
        await asyncio.wait_for(tried.get(), 20)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert said == [{"why": "Input/output error"}]
