"""Watches, settings, forgetting and moving, on a real server."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.rules import ClosedRule, RuleState
from bot.errors import StoreError
from bot.ports import Lane, Verdicts
from bot.store import keys
from bot.store.judgements import StoredJudgements
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PlatformPace
from bot.store.watchbook import StoredWatchBook, base36
from bot.subscriptions import ChatSettings, StateKey
from tests.store.samples import CHAT, GROUP, alert, block, delivery, watch


@pytest.fixture
def book(client):
    return StoredWatchBook(client)


@pytest.fixture
def outbox(client):
    return StoredOutbox(client, pacing={"telegram": PlatformPace()})


@pytest.fixture
def judgements(client, outbox):
    return StoredJudgements(client, outbox)


async def test_watches_get_ids_of_their_own_and_the_lowest_free_number(book):
    a, b, c = [await book.add(watch(label=name)) for name in "abc"]
    assert [w.number for w in (a, b, c)] == [1, 2, 3]
    assert len({w.id for w in (a, b, c)}) == 3
    await book.remove(b)
    d = await book.add(watch(label="d"))
    assert d.number == 2
    assert d.id != b.id
    assert await book.of(CHAT) == (a, d, c)
    elsewhere = await book.add(watch(GROUP))
    assert elsewhere.number == 1
    assert set(await book.all()) == {a, d, c, elsewhere}


async def test_many_at_once_share_no_number(book):
    added = await asyncio.gather(*[book.add(watch(label=str(n))) for n in range(20)])
    assert sorted(w.number for w in added) == list(range(1, 21))
    assert len({w.id for w in added}) == 20


async def test_put_replaces_and_never_brings_back_a_removed_one(book):
    stored = await book.add(watch())
    changed = replace(stored, rules=(ClosedRule(),), muted_until=99)
    await book.put(changed)
    assert await book.of(CHAT) == (changed,)
    await book.remove(changed)
    await book.put(stored)
    assert await book.all() == ()


async def test_the_version_grows_with_every_change(book):
    seen = [await book.version()]
    stored = await book.add(watch())
    for change in (
        book.put(replace(stored, label="x")),
        book.put_settings(CHAT, ChatSettings(locale="de")),
        book.remove(stored),
        book.add_operator("telegram/1"),
        book.forget(CHAT),
    ):
        await change
        seen.append(await book.version())
    assert seen == sorted(set(seen))


async def test_settings_have_defaults_and_are_kept(book):
    assert await book.settings(CHAT) == ChatSettings()
    chosen = ChatSettings("de", "Europe/Berlin", False, 175, 12, {"a": "b"})
    await book.put_settings(CHAT, chosen)
    assert await book.settings(CHAT) == chosen


async def test_operators(book):
    assert await book.operators() == frozenset()
    await book.add_operator("telegram/1")
    assert await book.operators() == {"telegram/1"}


async def test_removing_a_watch_forgets_its_states_and_no_others(book, judgements):
    a, b = await book.add(watch()), await book.add(watch())
    states = {StateKey(w.id, "health", "s1"): RuleState(step=1) for w in (a, b)}
    await judgements.save(Verdicts("ethereum", block(5), states))
    await book.remove(a)
    assert list(await judgements.load()) == [StateKey(b.id, "health", "s1")]
    assert await judgements.roll_back("ethereum", 4) == {StateKey(b.id, "health", "s1"): None}


async def test_the_last_alert_is_known_once_it_was_acknowledged(book, outbox):
    first, newer = alert("a1", "i"), alert("a2", "i")
    other = alert("b1", "j")
    await outbox.append([delivery(a.id, payload=a) for a in (first, newer, other)])
    assert await book.last_alert(CHAT) is None
    for expected in (first, newer, other):
        await outbox.done(await outbox.claim("telegram"))
        assert await book.last_alert(CHAT) == expected
    assert await book.alert(CHAT, "i") == newer
    assert await book.alert(CHAT, "k") is None


async def test_forget_leaves_no_key_and_no_word_of_the_destination(book, outbox, judgements, client):
    kept = await book.add(watch(GROUP))
    stored = await book.add(watch(label="secret"))
    await book.put_settings(CHAT, ChatSettings(locale="de"))
    states = {
        StateKey(stored.id, "health", "s1"): RuleState(step=1),
        StateKey(CHAT, "sight", "s1"): RuleState(step=1),
        StateKey(kept.id, "health", "s1"): RuleState(step=1),
    }
    sent = [delivery(f"d{n}", incident="i", payload=alert()) for n in range(3)]
    await judgements.save(Verdicts("ethereum", block(5), states, sent))
    await outbox.done(await outbox.claim("telegram"), "77")
    await outbox.bury(await outbox.claim("telegram"), "wrong")
    under_way = await outbox.claim("telegram")
    assert await book.forget(CHAT) == 1
    assert not await outbox.done(under_way)
    found = [key async for key in client.scan_iter() if CHAT in key or "chat:1" in key]
    assert found == []
    for key in (keys.WATCHES, keys.SETTINGS, keys.STATES):
        assert CHAT not in str(await client.hgetall(key))
        assert stored.id not in await client.hgetall(key)
    journal = str(await client.zrange(keys.journal("ethereum"), 0, -1))
    assert CHAT not in journal
    assert f'"{stored.id}' not in journal
    assert list(await judgements.load()) == [StateKey(kept.id, "health", "s1")]
    assert await book.all() == (kept,)
    counts = await outbox.counts()
    assert (counts["waiting"], counts["forgotten"], counts["dead"]) == (0, 1, 0)
    assert await outbox.append([delivery("d1", lane=Lane.ANSWER)]) == 1


async def test_a_moved_chat_is_known_by_its_former_ids_even_after_it_was_forgotten(book, outbox):
    assert await book.former("telegram/-3") == frozenset()
    await outbox.moved("telegram/-1/5", "telegram/-2/5")
    await outbox.moved("telegram/-2", "telegram/-3")
    await book.forget("telegram/-3")
    assert await book.former("telegram/-3") == {"telegram/-1", "telegram/-2"}
    await outbox.moved("telegram/-3", "telegram/-1")
    assert await book.former("telegram/-1") == {"telegram/-2", "telegram/-3"}


async def test_a_moved_chat_takes_watches_and_settings_along(book, outbox):
    new = "telegram/-1009"
    there = await book.add(watch(new))
    a, b = await book.add(watch(GROUP)), await book.add(watch(GROUP))
    await book.put_settings(GROUP, ChatSettings(locale="de"))
    before = await book.version()
    await outbox.moved(GROUP, new)
    assert await book.of(GROUP) == ()
    assert await book.settings(GROUP) == ChatSettings()
    assert await book.settings(new) == ChatSettings(locale="de")
    moved = {w.id: (w.home, w.number) for w in await book.of(new)}
    assert moved == {there.id: (new, 1), a.id: (new, 2), b.id: (new, 3)}
    assert await book.version() > before
    await outbox.moved(GROUP, new)
    assert {w.id for w in await book.of(new)} == set(moved)


async def test_an_unreadable_watch_is_named_and_not_dropped(book, client):
    stored = await book.add(watch())
    await client.hset(keys.WATCHES, stored.id, '{"v":99,"kind":"watch","is":{}}')
    for read in (book.all(), book.of(CHAT)):
        with pytest.raises(StoreError, match=rf"watches\[{stored.id}\].*newer version"):
            await read


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (1, "1"), (35, "z"), (36, "10"), (1295, "zz")])
def test_base36(number, text):
    assert base36(number) == text
    assert int(text, 36) == number


async def test_settings_of_many_chats_come_in_one_question(client):
    book = StoredWatchBook(client, ChatSettings(locale="de"))
    await book.put_settings("telegram/1", ChatSettings(locale="fr"))
    found = await book.settings_of({"telegram/1", "telegram/2"})
    assert {to: one.locale for to, one in found.items()} == {"telegram/1": "fr", "telegram/2": "de"}
    assert await book.settings_of(()) == {}


async def test_a_draft_ends_after_thirty_days_though_newer_ones_keep_its_key(book, client):
    for name in ("old", "new"):
        await book.keep_draft(CHAT, name, watch())
    key = keys.drafts(CHAT)
    assert 30 * 86_400 - 60 < await client.ttl(key) <= 30 * 86_400
    at, _, text = (await client.hget(key, "old")).partition(" ")
    await client.hset(key, "old", f"{int(at) - 30 * 86_400 * 1_000_000} {text}")
    assert await book.draft(CHAT, "old") is None
    assert await book.draft(CHAT, "new") == watch()
    await book.keep_draft(CHAT, "newer", watch())
    assert set(await client.hkeys(key)) == {"new", "newer"}
