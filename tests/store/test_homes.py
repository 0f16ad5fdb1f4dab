"""Homes on a real server: older records brought home, groups that move, and what forgetting leaves."""

import json
import time

import pytest

from bot.domain.rules import DEFAULT_RULES, Hush, LiquidatedRule
from bot.ports import ChartOf, Lane
from bot.store import keys
from bot.store.outbox import StoredOutbox
from bot.store.pacing import PlatformPace
from bot.store.watchbook import StoredWatchBook
from bot.subscriptions import ChatSettings
from tests.store.samples import CHAT, GROUP, alert, delivery, group, imagined, watch

TOPIC, OTHER, NEW = f"{GROUP}/5", f"{GROUP}/6", "telegram/-9"


@pytest.fixture
def book(client):
    return StoredWatchBook(client)


@pytest.fixture
def outbox(client):
    return StoredOutbox(client, pacing={"telegram": PlatformPace()})


OLD_WATCH = (
    '{"v":1,"kind":"watch","is":{"id":"ID","number":N,"destination":"TO","target":{"kind":"wallet","address":'
    '"0xAbAbAbAbAbAbAbAbAbAbAbAbAbAbAbAbAbAbAbAb","name":""},"rules":[{"kind":"liquidated","key":"liquidated"}],'
    '"label":"label ID","created_at":0,"created_by":"","muted_until":0,"hushes":[["health@s1",{"until":0,'
    '"step":1,"incident":2,"by":"Ann","at":9}]]}}'
)
"""As the first version wrote it."""

OLD_SETTINGS = (
    '{"v":1,"kind":"settings","is":{"locale":"XX","timezone":"UTC","reminders":true,'
    '"target_hf_percent":150,"muted_until":0,"extra":{}}}'
)

OLD_DELIVERY = (
    '{"v":1,"kind":"delivery","is":{"id":"d1","destination":"telegram/-100/5","subject":"s1","lane":2,'
    '"operation":"send","payload":{"kind":"message","lines":[[{"text":"hello","style":"plain","url":"",'
    '"time":0}]],"details":[],"buttons":[],"silent":true},"incident":"i","created_at":0}}'
)


async def old_store(client, watches: list[tuple[str, int, str]], settings: dict[str, str]) -> None:
    for id_, number, destination in watches:
        text = OLD_WATCH.replace("ID", id_).replace(":N,", f":{number},").replace("TO", destination)
        await client.hset(keys.WATCHES, id_, text)
        await client.hset(keys.watches_of(destination), id_, number)
    for destination, locale in settings.items():
        await client.hset(keys.SETTINGS, destination, OLD_SETTINGS.replace("XX", locale))


async def test_topics_of_older_records_come_home_to_their_group(book, client):
    await old_store(
        client,
        [("w1", 1, GROUP), ("w2", 1, TOPIC), ("w3", 2, TOPIC), ("w4", 1, OTHER), ("w5", 1, CHAT)],
        {OTHER: "fr", TOPIC: "de", CHAT: "es"},
    )
    assert await book.settle()
    found = {one.id: (one.number, one.place) for one in await book.of(GROUP)}
    assert found == {"w1": (1, ""), "w2": (2, TOPIC), "w3": (4, TOPIC), "w4": (3, OTHER)}
    (mine,) = await book.of(CHAT)
    assert (mine.id, mine.home, mine.place, mine.label) == ("w5", CHAT, "", "label w5")
    assert mine.rules == (LiquidatedRule(),)
    assert mine.hushes == (("health@s1", Hush(0, 1, 2, "Ann", 9)),)
    assert await book.settings(GROUP) == ChatSettings(locale="de")
    assert await book.settings(CHAT) == ChatSettings(locale="es")
    assert await book.places(GROUP) == {GROUP, TOPIC, OTHER}
    left = [key async for key in client.scan_iter() if TOPIC in key or OTHER in key]
    assert left == []
    assert set(await client.hkeys(keys.SETTINGS)) == {GROUP, CHAT}
    assert {w.id for w in await book.all()} == {"w1", "w2", "w3", "w4", "w5"}


async def test_the_groups_own_settings_stand(book, client):
    await old_store(client, [("w1", 1, TOPIC)], {GROUP: "it", TOPIC: "de"})
    await book.settle()
    assert await book.settings(GROUP) == ChatSettings(locale="it")


async def test_settling_once_is_enough_and_a_new_store_needs_none(book, client):
    assert not await book.settle()
    await book.add(watch(GROUP, place=TOPIC))
    before = await book.version()
    assert not await book.settle()
    assert await book.version() == before
    await client.delete(keys.LAYOUT)  # as after a crash before its end: nothing is done twice
    known = await book.of(GROUP)
    await book.settle()
    assert await book.of(GROUP) == known


async def test_settled_watches_can_be_changed_and_removed(book, client):
    await old_store(client, [("w1", 1, TOPIC)], {})
    await book.settle()
    (one,) = await book.of(GROUP)
    await book.remove(one)
    assert await book.all() == ()
    assert (await book.add(watch(GROUP))).number == 1


async def test_an_older_delivery_is_still_delivered(outbox, client):
    every = keys.of_destination(TOPIC)
    await outbox.append([delivery("d1", TOPIC)])
    await client.hset(every[5], "d1", OLD_DELIVERY)
    claim = await outbox.claim("telegram")
    assert (claim.delivery.destination, claim.delivery.home, claim.delivery.not_before) == (TOPIC, "", 0)


# ---- a group that moves ----------------------------------------------------------------------------


async def test_a_moved_group_takes_its_topics_along_whichever_is_named(book, outbox, client):
    await book.add(watch(GROUP, place=TOPIC))
    await book.add_place(GROUP, OTHER)
    await book.put_settings(GROUP, ChatSettings(routes=(("critical", TOPIC),), escalate_to=OTHER))
    await outbox.append([delivery("d1", TOPIC), delivery("d2", OTHER), delivery("d3", GROUP, home=GROUP)])
    await outbox.moved(OTHER, f"{NEW}/6")
    (moved,) = await book.of(NEW)
    assert (moved.home, moved.place) == (NEW, f"{NEW}/5")
    settings = await book.settings(NEW)
    assert (settings.routes, settings.escalate_to) == ((("critical", f"{NEW}/5"),), f"{NEW}/6")
    assert await book.places(NEW) == {NEW, f"{NEW}/6"}
    seen = {}
    while claim := await outbox.claim("telegram"):
        seen[claim.delivery.id] = (claim.delivery.destination, claim.delivery.home)
        await outbox.done(claim)
    assert seen == {"d1": (f"{NEW}/5", ""), "d2": (f"{NEW}/6", ""), "d3": (NEW, NEW)}
    assert await book.former(NEW) == {GROUP}
    named = [key async for key in client.scan_iter() if GROUP in key]
    assert [key for key in named if ":meta:" not in key] == []


async def test_a_move_that_was_cut_off_before_the_queues_followed_is_finished_when_told_again(book, outbox):
    await book.add(watch(GROUP, place=TOPIC))
    await outbox.append([delivery("d1", TOPIC)])
    transfer, outbox._transfer = outbox._transfer, fail
    with pytest.raises(ConnectionError):
        await outbox.moved(GROUP, NEW)
    outbox._transfer = transfer
    await outbox.moved(GROUP, NEW)
    assert (await outbox.claim("telegram")).delivery.destination == f"{NEW}/5"
    assert len(await book.of(NEW)) == 1


async def fail(*_: object, **__: object) -> None:
    raise ConnectionError


async def test_others_that_send_to_a_moved_group_follow(book, outbox):
    mine = ChatSettings(locale="de", routes=(("all", TOPIC), ("notice", CHAT)), escalate_to=GROUP)
    await book.put_settings(CHAT, mine)
    await book.add_place(CHAT, TOPIC)
    untouched = ChatSettings(escalate_to="telegram/-1001")
    await book.put_settings("telegram/7", untouched)
    await outbox.moved(GROUP, NEW)
    followed = await book.settings(CHAT)
    assert followed.routes == (("all", f"{NEW}/5"), ("notice", CHAT))
    assert (followed.escalate_to, followed.locale) == (NEW, "de")
    assert await book.places(CHAT) == {CHAT, f"{NEW}/5"}
    assert await book.settings("telegram/7") == untouched


async def test_what_buttons_would_keep_moves_along(book, outbox, client):
    await book.keep_draft(GROUP, "d", imagined())
    await outbox.moved(GROUP, NEW)
    await outbox.moved(GROUP, NEW)
    assert await book.draft(NEW, "d") == imagined()
    assert await book.draft(GROUP, "d") is None


async def test_the_picture_of_an_alert_goes_where_its_chat_went(outbox):
    told = alert("a", to=GROUP, home=GROUP)
    await outbox.append([delivery("chart:a", GROUP, payload=ChartOf(told), home=GROUP)])
    await outbox.moved(GROUP, NEW)
    claim = await outbox.claim("telegram")
    assert claim.delivery.destination == claim.delivery.payload.alert.destination == NEW


async def test_the_right_to_be_there_and_codes_move_along(book, outbox, client):
    await book.admit(GROUP)
    await book.offer_place("k", TOPIC, GROUP, 600)
    await book.offer_place("other", CHAT, CHAT, 600)
    await outbox.moved(GROUP, NEW)
    assert (await book.admitted(GROUP), await book.admitted(NEW)) == (False, True)
    ends = [score for _, score in await client.zrange(keys.CODES, 0, -1, withscores=True)]
    assert all(500 < end - time.time() <= 601 for end in ends)
    assert await book.take_place("k") == (f"{NEW}/5", NEW)
    assert await book.take_place("other") == (CHAT, CHAT)


async def test_a_move_to_another_platform_is_a_bug(outbox):
    with pytest.raises(ValueError, match="another platform"):
        await outbox.moved("telegram/-1", "discord/1")


# ---- forgetting ------------------------------------------------------------------------------------


async def test_forgetting_a_home_leaves_no_key_and_no_word_of_it_anywhere(book, outbox, client):
    secret = "discord/s9", "discord/c1", "discord/c2"
    server, channel, spare = secret
    await book.add(watch(server, "secret label", place=channel))
    await book.put_settings(server, ChatSettings(routes=(("all", spare),), escalate_to=CHAT))
    await book.put_settings(server, ChatSettings())  # what was said there before is not forgotten by that
    for place in (channel, spare):
        await book.add_place(server, place)
    await book.may_ping(server, "i", "d")
    await book.offer_place("k", channel, server, 600)
    theirs = delivery("theirs", CHAT, subject="s7", payload=alert("x", "i7", CHAT, home=CHAT))
    guests = [
        delivery("esc1", CHAT, subject="esc:i", payload=alert("secret", "i", CHAT, home=server), home=server),
        delivery("esc2", CHAT, subject="s2", home=server, not_before=int(time.time()) + 600),
        delivery("esc3", CHAT, subject="s3", home=server, lane=Lane.CRITICAL, incident="i3"),
        group("g1", alert("s1", "i8", CHAT, home=server), alert("s2", "i9", CHAT, home=server), home=server),
    ]
    await outbox.append([*guests, theirs])
    await outbox.bury(await outbox.claim("telegram"), "no")  # esc3
    await outbox.done(await outbox.claim("telegram"), "5")  # esc1
    under_way = await outbox.claim("telegram")
    assert under_way.delivery.payload.id == "g1"
    assert await book.forget(server) == 1
    assert not await outbox.done(under_way)
    assert (await outbox.claim("telegram")).delivery.id == "theirs"
    counts = await outbox.counts()
    assert (counts["waiting"], counts["dead"], counts["forgotten"]) == (1, 0, 2)
    words = json.dumps(await everything(client))
    assert [word for word in (*secret, "secret", "i8", "esc3") if word in words] == ["esc3"]
    assert await outbox.dead_letters(CHAT) == ()


async def everything(client) -> dict[str, object]:
    """All that the store holds, but for ids of deliveries, which say nothing of their home."""
    read = {
        "hash": client.hgetall,
        "set": client.smembers,
        "zset": lambda key: client.zrange(key, 0, -1),
        "list": lambda key: client.lrange(key, 0, -1),
        "string": client.get,
    }
    found: dict[str, object] = {}
    async for key in client.scan_iter():
        held = await read[await client.type(key)](key)
        found[key] = sorted(held) if isinstance(held, set) else held
    return found


async def test_a_home_that_is_forgotten_keeps_the_watches_of_others(book):
    kept = await book.add(watch(CHAT))
    await book.add(watch(GROUP, place=CHAT))
    await book.forget(GROUP)
    assert await book.all() == (kept,)
    assert kept.rules == DEFAULT_RULES
