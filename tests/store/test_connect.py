import asyncio
import os
import signal

import pytest

from bot.errors import SettingsError, StoreError
from bot.store import link
from bot.store.connect import close_client, inspect_server, open_client, server_advice
from bot.store.link import Link
from tests.store.server import server

GOOD = {"valkey_version": "9.1.2", "maxmemory_policy": "noeviction", "aof_enabled": 1, "role": "master"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, []),
        ({"valkey_version": "10.0.0"}, []),
        ({"valkey_version": "9.1.1"}, ["Valkey 9.1.1"]),
        ({"valkey_version": "8.1.8"}, ["Valkey 8.1.8"]),
        ({"valkey_version": "9.1.2", "maxmemory_policy": "allkeys-lru"}, ["noeviction"]),
        ({"aof_enabled": 0}, ["appendonly yes"]),
        ({"role": "slave"}, ["replica"]),
        ({"connected_slaves": 2}, ["failover"]),
    ],
)
def test_advice(change, words):
    advice = server_advice(GOOD | change)
    assert len(advice) == len(words)
    assert all(word in sentence for word, sentence in zip(words, advice, strict=True))


def test_a_redis_is_named_as_one():
    info = {key: value for key, value in GOOD.items() if key != "valkey_version"} | {"redis_version": "8.2.1"}
    assert "Redis 8.2.1" in server_advice(info)[0]


async def test_a_real_server_without_a_log_is_advised(client):
    (advice,) = await inspect_server(client)
    assert "appendonly yes" in advice


@pytest.mark.parametrize("url", ["", "localhost:6379", "http://h/0", "redis://u:hunter2@h:port"])
def test_a_wrong_url_is_refused_without_its_password(url):
    with pytest.raises(SettingsError) as error:
        open_client(url)
    assert "hunter2" not in str(error.value)


async def test_a_wrong_password_is_a_store_error_that_keeps_the_secret():
    with server("--requirepass", "right") as url:
        client = open_client(url.replace("unix://", "unix://user:hunter2@"))
        with pytest.raises(StoreError, match="refuses its user or password") as error:
            await Link(client).call("PING")
        await close_client(client)
    assert "hunter2" not in str(error.value)
    assert error.value.__cause__ is None


async def test_a_refused_command_shows_nothing_of_its_arguments(client):
    link = Link(client)
    await link.call("SET", "k", "private")
    with pytest.raises(StoreError, match="the store refused: WRONGTYPE") as error:
        await link.transaction([("HSET", "k", "secret", "words")])
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("known", [True, False], ids=["open connection", "new connection"])
async def test_a_server_that_hangs_is_a_store_error(monkeypatch, known):
    with server() as url:
        client = open_client(url)
        pid = (await Link(client).call("INFO", "server"))["process_id"]
        if not known:
            await client.connection_pool.disconnect()
        os.kill(pid, signal.SIGSTOP)
        monkeypatch.setattr(link, "CALL_WITHIN_S", 0.1)
        with pytest.raises(StoreError, match="does not answer"):
            await Link(client).call("SET", "a", 1)
        await close_client(client)


async def test_a_cancellation_is_never_swallowed_whenever_it_comes(client):
    link_ = Link(client)
    cancelled = 0
    for turn in range(150):
        if turn % 3 == 0:
            await client.connection_pool.disconnect()
        task = asyncio.create_task(
            link_.transaction([("SET", "k", turn)]) if turn % 2 else link_.call("PING")
        )
        for _ in range(turn % 25):
            await asyncio.sleep(0)
        if task.cancel():
            cancelled += 1
            with pytest.raises(asyncio.CancelledError):
                await task
    assert cancelled > 20
