"""Watches, settings and people's rights. Fits `bot.ports.WatchBook`; commands write, the monitor reads.

Each change and its step of the version happen in one script or transaction of the `{core}` slot.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from redis.asyncio import Redis

from bot.domain.alerts import Alert
from bot.errors import StoreError
from bot.store import keys
from bot.store.codec import decode, encode
from bot.store.connect import rewrite_log
from bot.store.link import Command, Link
from bot.subscriptions import ChatSettings, Destination, StateKey, Watch

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


class StoredWatchBook:
    """Opens nothing. `defaults` are the settings of a chat that chose none."""

    def __init__(self, client: Redis, defaults: ChatSettings | None = None) -> None:
        self._defaults = defaults or ChatSettings()
        self._link = Link(client)

    async def version(self) -> int:
        """Grows with every change, whichever process made it."""
        return int(await self._link.call("GET", keys.VERSION) or 0)

    async def all(self) -> tuple[Watch, ...]:
        stored: dict[str, str] = await self._link.call("HGETALL", keys.WATCHES)
        return tuple(_watch(id_, text) for id_, text in stored.items())

    async def of(self, destination: str) -> tuple[Watch, ...]:
        """In the order of their numbers."""
        return await _watches_of(self._link, destination)

    async def add(self, watch: Watch) -> Watch:
        """Store a new watch under an id never given before and the lowest free number of its destination."""
        id_ = "w" + base36(int(await self._link.call("INCR", keys.IDS)))
        while True:
            taken = {int(n) for n in await self._link.call("HVALS", keys.watches_of(watch.destination))}
            number = next(n for n in range(1, len(taken) + 2) if n not in taken)
            numbered = replace(watch, id=id_, number=number)
            if await self._link.run("add_watch", _keys(watch.destination), id_, number, encode(numbered)):
                return numbered

    async def put(self, watch: Watch) -> None:
        """Replace a stored watch; one that was removed meanwhile stays removed."""
        await self._link.run("put_watch", _keys(watch.destination), watch.id, encode(watch))

    async def remove(self, watch: Watch) -> None:
        """Forget a watch and the states of its rules."""
        await self._drop(watch.destination, (watch.id,), states_of=(watch.id,))

    async def settings(self, destination: str) -> ChatSettings:
        text = await self._link.call("HGET", keys.SETTINGS, destination)
        if text is None:
            return self._defaults
        return decode(ChatSettings, text, f"{keys.SETTINGS}[{destination}]")

    async def settings_of(self, destinations: Collection[str]) -> dict[str, ChatSettings]:
        """Those of many chats, in one question."""
        if not destinations:
            return {}
        texts = await self._link.call("HMGET", keys.SETTINGS, *destinations)
        return {
            to: self._defaults if text is None else decode(ChatSettings, text, f"{keys.SETTINGS}[{to}]")
            for to, text in zip(destinations, texts, strict=True)
        }

    async def put_settings(self, destination: str, settings: ChatSettings) -> None:
        await self._link.transaction(
            [("HSET", keys.SETTINGS, destination, encode(settings)), ("INCR", keys.VERSION)]
        )

    async def last_alert(self, destination: str) -> Alert | None:
        """The newest alert acknowledged for a destination in the last 30 days."""
        return await self.alert(destination, "")

    async def alert(self, destination: str, incident: str) -> Alert | None:
        """The newest alert of an incident in the last 30 days."""
        key = keys.alerts(destination)
        text = await self._link.call("HGET", key, incident)
        return None if text is None else decode(Alert, text, f"{key}[{incident}]")

    async def forget(self, destination: str) -> int:
        """Delete every key of a destination, dead letters and undo records too; how many watches it had.

        The append-only file is then rewritten, so that nothing of it stays on the disk either.
        """
        ids = tuple(await self._link.call("HKEYS", keys.watches_of(destination)))
        await self._link.run("forget", keys.of_destination(destination), destination)
        await self._drop(destination, ids, states_of=(destination, *ids), settings=True)
        await rewrite_log(self._link)
        return len(ids)

    async def operators(self) -> frozenset[str]:
        return frozenset(await self._link.call("SMEMBERS", keys.OPERATORS))

    async def add_operator(self, person: str) -> None:
        await self._link.transaction([("SADD", keys.OPERATORS, person), ("INCR", keys.VERSION)])

    async def former(self, chat: str) -> frozenset[str]:
        """The ids a chat had before it migrated, however often; kept when it is forgotten, as rights are."""
        found: set[str] = set()
        older = await self._link.call("HGET", keys.FORMER, chat)
        while older is not None and older not in found | {chat}:
            found.add(older)
            older = await self._link.call("HGET", keys.FORMER, older)
        return frozenset(found)

    async def _drop(
        self, destination: str, ids: tuple[str, ...], *, states_of: tuple[str, ...], settings: bool = False
    ) -> None:
        steps = await drop_states(self._link, frozenset(states_of))
        if ids:
            steps.append(("HDEL", keys.WATCHES, *ids))
            steps.append(("HDEL", keys.watches_of(destination), *ids))
        if settings:
            steps.append(("HDEL", keys.SETTINGS, destination))
            steps.append(("DEL", keys.watches_of(destination)))
        await self._link.transaction([*steps, ("INCR", keys.VERSION)])


async def drop_states(link: Link, watches: frozenset[str]) -> list[Command]:
    """The steps that delete the states and undo records filed under these watches (or destinations)."""
    steps: list[Command] = []
    fields = await _scan(link, "HSCAN", keys.STATES)
    steps += [("HDEL", keys.STATES, field) for field in fields if state_key(field).watch in watches]
    for market in await link.call("SMEMBERS", keys.JOURNALS):
        key = keys.journal(market)
        for record in await _scan(link, "ZSCAN", key):
            field = json.loads(record)[1]
            if field and state_key(field).watch in watches:
                steps.append(("ZREM", key, record))
    return steps


async def move_watches(link: Link, old: str, new: str) -> None:
    """Give the watches and settings of a migrated chat to its new id; numbers stay where they are free."""
    there = {watch.number for watch in await _watches_of(link, new)}
    steps = await drop_states(link, frozenset({old}))
    for watch in await _watches_of(link, old):
        number = watch.number
        while number in there:
            number += 1
        there.add(number)
        moved = replace(watch, destination=new, number=number)
        steps.append(("HSET", keys.WATCHES, watch.id, encode(moved)))
        steps.append(("HSET", keys.watches_of(new), watch.id, number))
    steps.append(("DEL", keys.watches_of(old)))
    if (settings := await link.call("HGET", keys.SETTINGS, old)) is not None:
        steps.append(("HSETNX", keys.SETTINGS, new, settings))
        steps.append(("HDEL", keys.SETTINGS, old))
    steps.append(("HSET", keys.FORMER, _chat_of(new), _chat_of(old)))
    await link.transaction([*steps, ("INCR", keys.VERSION)])


def state_field(key: StateKey) -> str:
    """A StateKey as a hash field; a JSON list, so no character of its parts can be mistaken."""
    return json.dumps([key.watch, key.rule, key.subject], separators=(",", ":"))


def state_key(field: str) -> StateKey:
    """The inverse of `state_field`."""
    try:
        return StateKey(*json.loads(field))
    except (ValueError, TypeError) as error:
        raise StoreError(f"cannot read the record {keys.STATES}[{field[:80]}]: no state key") from error


def base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = ALPHABET[rest] + digits
    return digits or "0"


def _chat_of(destination: str) -> str:
    """Without the thread: rights are given to chats."""
    to = Destination.parse(destination)
    return Destination(to.platform, to.chat).id


def _keys(destination: str) -> tuple[str, str, str]:
    return keys.WATCHES, keys.watches_of(destination), keys.VERSION


def _watch(id_: str, text: str) -> Watch:
    return decode(Watch, text, f"{keys.WATCHES}[{id_}]")


async def _watches_of(link: Link, destination: str) -> tuple[Watch, ...]:
    ids = list(await link.call("HKEYS", keys.watches_of(destination)))
    if not ids:
        return ()
    texts = await link.call("HMGET", keys.WATCHES, *ids)
    found = [_watch(id_, text) for id_, text in zip(ids, texts, strict=True) if text is not None]
    return tuple(sorted(found, key=lambda watch: watch.number))


async def _scan(link: Link, command: str, key: str) -> list[str]:
    """All fields or members, in steps that never hold the server up."""
    found: list[str] = []
    cursor: Any = 0
    while True:
        cursor, page = await link.call(command, key, cursor, "COUNT", 1000)
        found += list(page) if isinstance(page, Mapping) else [member for member, _ in page]
        if int(cursor) == 0:
            return found
