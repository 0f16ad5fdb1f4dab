"""The embedded store: real server, real kills."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import SettingsError, StoreError
from bot.store import embedded, orphans
from bot.store.connect import close_client, inspect_server, open_client
from bot.store.embedded import EmbeddedStore, attach
from bot.store.link import Link
from bot.store.runtime import SOCKET_PATH_BYTES

ROOT = Path(__file__).parents[2]


async def ask(url: str, *command):
    client = open_client(url)
    try:
        return await Link(client).call(*command)
    finally:
        await close_client(client)


async def test_what_was_written_is_there_after_a_restart(tmp_path):
    async with EmbeddedStore(tmp_path) as store:
        await ask(store.url, "SET", "a", "1")
        assert attach(tmp_path) == store.url
    assert attach(tmp_path) is None
    async with EmbeddedStore(tmp_path) as store:
        assert await ask(store.url, "GET", "a") == "1"


async def test_it_is_private_has_no_port_and_needs_no_advice(tmp_path):
    async with EmbeddedStore(tmp_path) as store:
        home = tmp_path / "valkey"
        assert home.stat().st_mode & 0o077 == 0
        assert (home / "valkey.sock").stat().st_mode & 0o077 == 0
        assert (await ask(store.url, "CONFIG", "GET", "port"))["port"] == "0"
        assert (await ask(store.url, "CONFIG", "GET", "appendfsync"))["appendfsync"] == "no"  # we sync
        client = open_client(store.url)
        assert await inspect_server(client) == ()
        await close_client(client)


async def test_every_write_can_be_synced(tmp_path):
    async with EmbeddedStore(tmp_path, fsync="always") as store:
        assert (await ask(store.url, "CONFIG", "GET", "appendfsync"))["appendfsync"] == "always"


async def test_a_second_owner_is_refused_and_told_who_has_it(tmp_path):
    async with EmbeddedStore(tmp_path) as store:
        with pytest.raises(SettingsError, match=rf"process {os.getpid()}\) already runs on {tmp_path}"):
            await EmbeddedStore(tmp_path).__aenter__()
        assert await ask(store.url, "PING")


async def test_a_killed_server_comes_back_while_callers_wait(tmp_path):
    async with EmbeddedStore(tmp_path) as store:
        client = open_client(store.url)
        link = Link(client)
        for number in range(1, 4):
            os.kill(store.pid, signal.SIGKILL)
            assert await link.call("INCR", "n") == number
        assert store.restarts == 3
        await close_client(client)


async def test_a_deep_data_folder_gets_a_socket_elsewhere(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    async with EmbeddedStore(deep) as store:
        path = Path(store.url.removeprefix("unix://"))
        assert len(os.fsencode(path)) < SOCKET_PATH_BYTES
        assert path.parent.stat().st_mode & 0o077 == 0
        assert attach(deep) == store.url
        assert await ask(store.url, "PING")
    assert not path.parent.exists()


async def test_a_torn_end_of_the_append_only_file_costs_only_the_torn_write(tmp_path):
    async with EmbeddedStore(tmp_path) as store:
        await ask(store.url, "SET", "before", "1")
    (log,) = (tmp_path / "valkey" / "appendonlydir").glob("*.incr.aof")
    with log.open("ab") as file:
        file.write(b"*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$4\r\ntorn\r\n$1")
    async with EmbeddedStore(tmp_path) as store:
        assert await ask(store.url, "GET", "before") == "1"
        assert await ask(store.url, "GET", "torn") is None
        await ask(store.url, "SET", "after", "1")
    async with EmbeddedStore(tmp_path) as store:
        assert await ask(store.url, "GET", "after") == "1"


async def test_a_ruined_append_only_file_is_told_with_its_log(tmp_path):
    async with EmbeddedStore(tmp_path) as store:
        await ask(store.url, "SET", "a", "1")
    (log,) = (tmp_path / "valkey" / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"this is no log" + log.read_bytes())
    with pytest.raises(StoreError, match=r"ended at once.*valkey\.log"):
        await EmbeddedStore(tmp_path).__aenter__()
    with pytest.raises(StoreError, match="ended at once"):  # the lock was let go
        await EmbeddedStore(tmp_path).__aenter__()


@pytest.mark.parametrize("hangs", [False, True], ids=["alive", "hanging"])
async def test_a_server_that_outlived_its_owner_is_ended_first(tmp_path, monkeypatch, hangs):
    monkeypatch.setattr(orphans, "ASKED_NICELY_S", 0.1)
    store = EmbeddedStore(tmp_path)
    async with store:
        arguments = store._arguments(tmp_path / "valkey" / "valkey.log")
    orphan = await asyncio.to_thread(subprocess.Popen, [embedded.server_binary(), *arguments])
    try:
        (tmp_path / "valkey" / "socket.path").write_text(str(store._sockets.path))
        await ask(store.url, "SET", "orphan", "1")
        assert attach(tmp_path) == store.url
        if hangs:
            orphan.send_signal(signal.SIGSTOP)
        async with EmbeddedStore(tmp_path) as heir:
            assert heir.pid != orphan.pid
            assert await ask(heir.url, "GET", "orphan") == "1"
            assert await asyncio.to_thread(orphan.wait, 10) is not None
    finally:
        orphan.kill()
        orphan.wait()


@pytest.mark.parametrize(
    ("command", "ours"),
    [
        ("/bin/valkey-server unixsocket:/d/valkey.sock ", True),
        ("/bin/valkey-server --port 0 --unixsocket /d/valkey.sock --unixsocketperm 700", True),
        ("/bin/valkey-server unixsocket:/d/valkey.sock2", False),
        ("/bin/valkey-server --port 0 --unixsocket /d/valkey.sock2 --unixsocketperm 700", False),
        ("vi --unixsocket /d/valkey.sock ", False),
    ],
)
def test_an_orphan_is_known_by_its_title_and_before_that_by_its_arguments(command, ours):
    assert orphans._is_ours(command, "/d/valkey.sock") is ours


async def test_a_folder_that_cannot_be_used_is_a_setting(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be used"):
        await EmbeddedStore(tmp_path / "file").__aenter__()


def test_without_a_binary_the_program_says_what_to_do(monkeypatch):
    def missing(_name):
        raise ImportError

    monkeypatch.setattr(embedded.importlib, "import_module", missing)
    with pytest.raises(SettingsError, match="UNDERKEEL_REDIS_URL"):
        embedded.server_binary()


def live_and_die(data_dir: Path, said: set[int]) -> None:
    """Run a writer; kill its server after each 100 writes and itself after 330."""
    command = [sys.executable, "-m", "tests.store.writer", str(data_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        server, since_kill, written = 0, 0, 0
        for line in owner.stdout:
            if line.startswith("server"):
                server = int(line.split()[1])
                continue
            said.add(int(line))
            since_kill += 1
            written += 1
            if written == 330:
                owner.kill()
            elif since_kill >= 100 and server:
                os.kill(server, signal.SIGKILL)
                server, since_kill = 0, 0
    assert owner.returncode == -signal.SIGKILL
    assert written >= 330


async def test_acknowledged_writes_survive_kills_of_server_and_owner(tmp_path):
    said: set[int] = set()
    for _ in range(2):
        await asyncio.to_thread(live_and_die, tmp_path, said)
    async with EmbeddedStore(tmp_path) as store:
        kept = {int(number) for number in await ask(store.url, "SMEMBERS", "numbers")}
        last = int(await ask(store.url, "GET", "last"))
    assert len(said) >= 660
    assert said <= kept
    assert last == max(kept)
