"""Watches, settings and people's rights. Fits `bot.ports.WatchBook`; commands write, the monitor reads.

Each change and its step of the version happen in one script or transaction of the `{core}` slot.
"""

import json
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from redis.asyncio import Redis

from bot.domain.alerts import Alert, AlertGroup
from bot.ports import Clock
from bot.store import keys
from bot.store.codec import decode, encode
from bot.store.connect import rewrite_log
from bot.store.drafts import StoredDrafts
from bot.store.link import Command
from bot.store.moves import settle_homes
from bot.store.people import is_unattended, sends_to, settings_without_person, without_person
from bot.store.reading import (
    drop_past,
    drop_states,
    read_settings,
    read_state,
    read_watch,
    scan,
    state_field,
    watches_of,
)
from bot.subscriptions import ChatSettings, StateKey, WalletTarget, Watch

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


class StoredWatchBook(StoredDrafts):
    """Opens nothing. `defaults` are the settings of a home that chose none."""

    def __init__(
        self, client: Redis, defaults: ChatSettings | None = None, *, clock: Clock = time.time
    ) -> None:
        super().__init__(client)
        self._defaults = defaults or ChatSettings()
        self._clock = clock

    async def settle(self) -> bool:
        """Bring records of older layouts to today's; call once at start, before anybody reads or writes.

        True when there was something to do.
        """
        return await settle_homes(self._link)

    async def version(self) -> int:
        """Grows with every change, whichever process made it."""
        return int(await self._link.call("GET", keys.VERSION) or 0)

    async def all(self) -> tuple[Watch, ...]:
        stored: dict[str, str] = await self._link.call("HGETALL", keys.WATCHES)
        return tuple(read_watch(id_, text) for id_, text in stored.items())

    async def of(self, home: str) -> tuple[Watch, ...]:
        """In the order of their numbers."""
        return await watches_of(self._link, home)

    async def add(self, watch: Watch) -> Watch:
        """Store a new watch under an id never given before and the lowest free number of its home."""
        (stored,) = await self.add_many((watch,))
        return stored

    async def add_many(self, watches: Sequence[Watch]) -> tuple[Watch, ...]:
        """Store new watches of one home: all or none, in one step of the version."""
        if not watches:
            return ()
        (home,) = {watch.home for watch in watches}
        last = int(await self._link.call("INCRBY", keys.IDS, len(watches)))
        ids = ["w" + base36(n) for n in range(last - len(watches) + 1, last + 1)]
        while True:
            taken = {int(n) for n in await self._link.call("HVALS", keys.watches_of(home))}
            numbers = (n for n in range(1, len(taken) + len(watches) + 1) if n not in taken)
            stored = tuple(
                replace(watch, id=id_, number=next(numbers)) for watch, id_ in zip(watches, ids, strict=True)
            )
            parts = [part for one in stored for part in (one.id, one.number, encode(one))]
            if await self._link.run("add_watches", _keys(home), *parts):
                return stored

    async def put(self, watch: Watch) -> None:
        """Replace a stored watch; one that was removed meanwhile stays removed."""
        await self._link.run("put_watch", _keys(watch.home), watch.id, encode(watch))

    async def remove(self, watch: Watch) -> None:
        """Forget a watch and the states of its rules. What a wallet was is kept for who watches it again; of
        what is imagined nothing is.
        """
        past = [] if isinstance(watch.target, WalletTarget) else await drop_past(self._link, (watch,))
        await self._drop(watch.home, (watch.id,), states_of=(watch.id,), also=past)

    async def settings(self, home: str) -> ChatSettings:
        text = await self._link.call("HGET", keys.SETTINGS, home)
        return self._defaults if text is None else read_settings(home, text)

    async def settings_of(self, homes: Collection[str]) -> dict[str, ChatSettings]:
        """Those of many homes, in one question."""
        if not homes:
            return {}
        texts = await self._link.call("HMGET", keys.SETTINGS, *homes)
        return {
            home: self._defaults if text is None else read_settings(home, text)
            for home, text in zip(homes, texts, strict=True)
        }

    async def put_settings(self, home: str, settings: ChatSettings) -> None:
        steps: list[Command] = [("HSET", keys.SETTINGS, home, encode(settings)), ("INCR", keys.VERSION)]
        steps += [("SADD", keys.sent_to(home), to) for to in sends_to(settings)]
        await self._link.transaction(steps)

    async def last_alert(self, destination: str) -> Alert | None:
        """The newest alert acknowledged for a destination in the last 30 days."""
        return await self.alert(destination, "")

    async def alert(self, destination: str, incident: str) -> Alert | None:
        """The newest alert of an incident in the last 30 days."""
        key = keys.alerts(destination)
        text = await self._link.call("HGET", key, incident)
        return None if text is None else decode(Alert, text, f"{key}[{incident}]")

    async def alert_group(self, destination: str, group: str) -> AlertGroup | None:
        """The alerts of a common message of the last 30 days."""
        key = keys.groups(destination)
        text = await self._link.call("HGET", key, group)
        return None if text is None else decode(AlertGroup, text, f"{key}[{group}]")

    async def unattended(self, alert: Alert) -> bool:
        """Whether its incident still runs and nobody acknowledged, snoozed or muted it."""
        if alert.watch is None or alert.rule is None:
            return False
        text = await self._link.call("HGET", keys.WATCHES, alert.watch.id)
        field = state_field(StateKey(alert.watch.id, alert.rule.key, alert.subject))
        state = await self._link.call("HGET", keys.STATES, field)
        if text is None or state is None:
            return False
        watch = read_watch(alert.watch.id, text)
        settings = await self.settings(watch.home)
        return is_unattended(alert, watch, settings, read_state(field, state), int(self._clock()))

    async def forget(self, home: str) -> int:
        """Delete every key of a home and of its places, dead letters and undo records too, and what it sent
        to places of others; how many watches it had.

        The append-only file is then rewritten, so that nothing of it stays on the disk either.
        """
        watches = await self.of(home)
        known = await self.places(home) | {watch.place for watch in watches if watch.place}
        known |= set(await self._link.call("SMEMBERS", keys.sent_to(home)))
        for place in sorted(known):
            script = "forget" if await self.home_of(place) == home else "purge"
            await self._link.run(script, keys.of_destination(place), place, home)
        ids = tuple(watch.id for watch in watches)
        steps: list[Command] = [("HDEL", keys.SETTINGS, home)]
        own = (keys.places_of, keys.sent_to, keys.pings, keys.watches_of, keys.drafts, keys.labels)
        steps += [("DEL", key(home)) for key in own]
        steps.append(("INCR", keys.LABELS_VERSION))
        codes = await self._link.call("ZRANGE", keys.CODES, 0, -1)
        steps += [("ZREM", keys.CODES, code) for code in codes if home in json.loads(code)[1:]]
        channels = await scan(self._link, "HSCAN", keys.HOME_OF)
        steps += [("HDEL", keys.HOME_OF, place) for place, owner in channels.items() if owner == home]
        steps += await drop_past(self._link, watches)
        await self._drop(home, ids, states_of=(home, *ids), also=steps)
        await rewrite_log(self._link)
        return len(ids)

    async def forget_person(self, person: str) -> int:
        """Take a person out of what other homes keep: who added, who acknowledged, who may edit, who is told.

        A name without an id, as older records of an ack have it, cannot be told from another's.
        """

        def watch(id_: str, text: str) -> str | None:
            before = read_watch(id_, text)
            after = without_person(before, person)
            return None if after == before else encode(after)

        def settings(home: str, text: str) -> str | None:
            before = read_settings(home, text)
            after = settings_without_person(before, person)
            return None if after == before else encode(after)

        named = await self._rewrite(keys.WATCHES, person, watch)
        named += await self._rewrite(keys.SETTINGS, person, settings)
        if named:
            await rewrite_log(self._link)
        return named

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

    # ---- inside ---------------------------------------------------------------------------------

    async def _drop(
        self, home: str, ids: tuple[str, ...], *, states_of: tuple[str, ...], also: Sequence[Command] = ()
    ) -> None:
        steps = [*await drop_states(self._link, frozenset(states_of)), *also]
        if ids:
            steps.append(("HDEL", keys.WATCHES, *ids))
            steps.append(("HDEL", keys.watches_of(home), *ids))
        await self._link.transaction([*steps, ("INCR", keys.VERSION)])

    async def _rewrite(self, key: str, word: str, change: Callable[[str, str], str | None]) -> int:
        """Change those records of a hash that hold a word (None leaves one as it is); how many changed."""
        changed, quoted = 0, json.dumps(word)
        for field, found in (await scan(self._link, "HSCAN", key)).items():
            text: str | None = found
            while text is not None and quoted in text and (new := change(field, text)) is not None:
                if await self._link.run("swap", (key, keys.VERSION), field, text, new):
                    changed += 1
                    break
                text = await self._link.call("HGET", key, field)  # somebody wrote it meanwhile
        return changed


def base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = ALPHABET[rest] + digits
    return digits or "0"


def _keys(home: str) -> tuple[str, str, str]:
    return keys.WATCHES, keys.watches_of(home), keys.VERSION
