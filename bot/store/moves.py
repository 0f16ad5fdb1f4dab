"""Records that change their home: a group with a new id, and what an older layout filed elsewhere.

Called by the outbox, which hears of moves, and by the watch book at start. Each is one transaction, and a
repetition changes nothing.
"""

import json
from collections import defaultdict
from dataclasses import replace
from typing import Final

from bot.store import keys
from bot.store.codec import encode
from bot.store.link import Command, Link
from bot.store.people import place_moved, settings_moved
from bot.store.reading import drop_states, read_settings, read_watch, scan, watches_of
from bot.subscriptions import Destination, Watch

LAYOUT: Final = "2"
"""2: a home has one list and one record of settings. In 1 each topic of a group had its own."""


async def move_home(link: Link, old: str, new: str) -> dict[str, str]:
    """Give all that is a chat's, with its topics, to its new id; its places there by those that they were.

    Numbers stay where they are free. Other homes that send there follow.
    """
    watches, here = await watches_of(link, old), await watches_of(link, new)
    known = await _places(link, old) | await _places(link, new) | {w.place for w in (*watches, *here)}
    steps = await drop_states(link, frozenset({old}))
    there = {watch.number for watch in here}
    for watch in watches:
        number = _free(watch.number, there)
        moved = replace(watch, home=new, number=number, place=place_moved(watch.place, old, new))
        steps.append(("HSET", keys.WATCHES, watch.id, encode(moved)))
        steps.append(("HSET", keys.watches_of(new), watch.id, number))
    steps += await _move_settings(link, old, new)
    steps += await _move_places(link, keys.sent_to(old), keys.sent_to(new), old, new)
    steps += await _move_places(link, keys.places_of(old), keys.places_of(new), old, new)
    for record, ends in (await scan(link, "ZSCAN", keys.CODES)).items():
        code, *where = json.loads(record)
        offer = json.dumps([code, *(place_moved(one, old, new) for one in where)])
        if offer != record:
            steps.append(("ZREM", keys.CODES, record))
            steps.append(("ZADD", keys.CODES, ends, offer))
    if await link.call("SISMEMBER", keys.ADMITTED, old):
        steps.append(("SADD", keys.ADMITTED, new))
        steps.append(("SREM", keys.ADMITTED, old))
    if await link.call("EXISTS", keys.drafts(old)):
        steps.append(("RENAME", keys.drafts(old), keys.drafts(new)))
    for field, text in (await scan(link, "HSCAN", keys.labels(old))).items():
        steps.append(("HSETNX", keys.labels(new), field, text))
    steps.append(("DEL", keys.watches_of(old), keys.pings(old), keys.labels(old)))
    steps.append(("INCR", keys.LABELS_VERSION))
    steps.append(("HSET", keys.FORMER, new, old))
    await link.transaction([*steps, ("INCR", keys.VERSION)])
    # After a crash before the queues followed, their places are already known by their new ids.
    now = {place_moved(place, old, new) for place in known | {old}}
    mine = {place for place in now if place and Destination.parse(place).whole.id == new}
    return {place_moved(place, new, old): place for place in mine}


async def settle_homes(link: Link) -> bool:
    """Bring what topics of groups kept home to their groups; False when that was done before."""
    if await link.call("GET", keys.LAYOUT) == LAYOUT:
        return False
    steps: list[Command] = []
    stored = await link.call("HGETALL", keys.WATCHES)
    by_home: dict[str, list[Watch]] = defaultdict(list)
    for watch in (read_watch(id_, text) for id_, text in stored.items()):
        by_home[watch.home].append(watch)
    for home, watches in by_home.items():
        steps += await _bring_home(link, home, watches)
    for field in sorted(await link.call("HKEYS", keys.SETTINGS)):
        home = Destination.parse(field).whole.id
        if field != home:
            # The group's own choice stands; where it made none, that of its first topic.
            steps.append(("HSETNX", keys.SETTINGS, home, await link.call("HGET", keys.SETTINGS, field)))
            steps.append(("HDEL", keys.SETTINGS, field))
            steps.append(("SADD", keys.places_of(home), field))
    await link.transaction([*steps, ("SET", keys.LAYOUT, LAYOUT), ("INCR", keys.VERSION)])
    return bool(steps)


async def _bring_home(link: Link, home: str, watches: list[Watch]) -> list[Command]:
    numbers: dict[str, str] = await link.call("HGETALL", keys.watches_of(home))
    taken = {int(number) for number in numbers.values()}
    strays = [watch for watch in watches if watch.id not in numbers]
    steps: list[Command] = []
    for watch in sorted(strays, key=lambda one: (one.number, one.place)):
        settled = replace(watch, number=_free(watch.number, taken))
        steps.append(("HSET", keys.WATCHES, watch.id, encode(settled)))
        steps.append(("HSET", keys.watches_of(home), watch.id, settled.number))
        if watch.place:
            steps.append(("DEL", keys.watches_of(watch.place)))
            steps.append(("SADD", keys.places_of(home), watch.place))
    return steps


async def _move_settings(link: Link, old: str, new: str) -> list[Command]:
    steps: list[Command] = []
    for home, text in (await scan(link, "HSCAN", keys.SETTINGS)).items():
        if home != old and old not in text:
            continue
        before = read_settings(home, text)
        after = settings_moved(before, old, new)
        if home == old:
            steps.append(("HSETNX", keys.SETTINGS, new, encode(after)))
            steps.append(("HDEL", keys.SETTINGS, old))
        elif after != before:
            steps.append(("HSET", keys.SETTINGS, home, encode(after)))
            for key in (keys.places_of(home), keys.sent_to(home)):
                steps += await _move_places(link, key, key, old, new)
    return steps


async def _move_places(link: Link, key: str, new_key: str, old: str, new: str) -> list[Command]:
    """One set of places, at its new key and with the new ids in it."""
    before = await link.call("SMEMBERS", key)
    after = {place_moved(place, old, new) for place in before}
    return [("DEL", key), *(("SADD", new_key, place) for place in sorted(after))]


async def _places(link: Link, home: str) -> set[str]:
    return set(await link.call("SMEMBERS", keys.places_of(home)))


def _free(number: int, taken: set[int]) -> int:
    """The number, or the next that is free; taken from then on."""
    while number in taken:
        number += 1
    taken.add(number)
    return number
