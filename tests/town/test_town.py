"""A command and an alert go the whole way on both platforms, also after a restart of the product."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.messages.samples import WALLET
from tests.town.town import Town, town


@pytest.fixture
async def here(tmp_path: Path, store_url: str) -> AsyncIterator[Town]:
    async with town(tmp_path, store_url) as here:
        yield here


async def test_what_is_watched_on_both_platforms_is_told_on_both(here: Town) -> None:
    ann, dora = here.telegram.operator, here.discord.operator
    ann.say(f"/watch {WALLET} treasury")
    asked = dora.slash(dora.dm, "watch", "wallet", address=str(WALLET), label="treasury")
    told = await here.telegram.peer.wait_for(lambda one: "treasury" in one.text)
    answer = await here.discord.peer.answer(asked)
    assert "treasury" in answer.text
    assert "Watching" in told.text

    await here.restart()
    await here.feed.health(200)
    await here.feed.health(109)
    alert = await here.telegram.peer.wait_for(lambda one: "🔴" in one.text)
    same = await here.discord.peer.wait_for(lambda one: "🔴" in one.text)
    assert (alert.chat_id, same.channel_id) == (ann.id, dora.dm.id)
    assert not alert.silent
    assert not same.silent


async def test_groups_let_in_by_their_operator_are_told_where_they_asked(here: Town) -> None:
    olga, dora = here.telegram.operator, here.discord.operator
    olga.send(here.telegram.group, f"/watch {WALLET} treasury", thread=5)
    await here.telegram.peer.wait_for(lambda one: "treasury" in one.text)
    asked = dora.slash(here.discord.thread, "watch", "wallet", address=str(WALLET), label="treasury")
    await here.discord.peer.answer(asked)
    await here.feed.health(109)
    alert = await here.telegram.peer.wait_for(lambda one: "🔴" in one.text)
    same = await here.discord.peer.wait_for(lambda one: "🔴" in one.text)
    assert (alert.chat_id, alert.thread_id) == (here.telegram.group.id, 5)
    assert same.channel_id == here.discord.thread.id
