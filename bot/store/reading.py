"""Reading of watches and states, and what deletes states and the past: for the parts of the store that change
them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.rules import RuleState
from bot.errors import StoreError
from bot.store import keys
from bot.store.codec import decode
from bot.store.link import Command, Link
from bot.subscriptions import ChatSettings, StateKey, WalletTarget, Watch, subject_id

_ADDRESS = re.compile(r'"(0x[0-9A-Fa-f]{40})"')


def read_watch(id_: str, text: str) -> Watch:
    return decode(Watch, text, f"{keys.WATCHES}[{id_}]")


def read_settings(home: str, text: str) -> ChatSettings:
    return decode(ChatSettings, text, f"{keys.SETTINGS}[{home}]")


def read_state(field: str, text: str) -> RuleState:
    return decode(RuleState, text, f"{keys.STATES}[{field}]")


def state_field(key: StateKey) -> str:
    """A StateKey as a hash field; a JSON list, so no character of its parts can be mistaken."""
    return json.dumps([key.watch, key.rule, key.subject], separators=(",", ":"))


def state_key(field: str) -> StateKey:
    """The inverse of `state_field`."""
    try:
        return StateKey(*json.loads(field))
    except (ValueError, TypeError) as error:
        raise StoreError(f"cannot read the record {keys.STATES}[{field[:80]}]: no state key") from error


async def watches_of(link: Link, home: str) -> tuple[Watch, ...]:
    """In the order of their numbers."""
    ids = list(await link.call("HKEYS", keys.watches_of(home)))
    if not ids:
        return ()
    texts = await link.call("HMGET", keys.WATCHES, *ids)
    found = [read_watch(id_, text) for id_, text in zip(ids, texts, strict=True) if text is not None]
    return tuple(sorted(found, key=lambda watch: watch.number))


async def drop_states(link: Link, watches: frozenset[str]) -> list[Command]:
    """The steps that delete the states and undo records filed under these watches (or homes)."""
    steps: list[Command] = []
    fields = await scan(link, "HSCAN", keys.STATES)
    steps += [("HDEL", keys.STATES, field) for field in fields if state_key(field).watch in watches]
    for market in await link.call("SMEMBERS", keys.JOURNALS):
        key = keys.journal(market)
        for record in await scan(link, "ZSCAN", key):
            field = json.loads(record)[1]
            if field and state_key(field).watch in watches:
                steps.append(("ZREM", key, record))
    return steps


async def drop_past(link: Link, gone: Sequence[Watch]) -> list[Command]:
    """The steps that delete the series of accounts which only these watches look at."""
    accounts = {str(watch.account) for watch in gone if watch.account}
    if any(isinstance(watch.target, WalletTarget) for watch in gone):
        ids = {watch.id for watch in gone}
        for id_, text in (await scan(link, "HSCAN", keys.WATCHES)).items():
            if id_ not in ids:
                accounts.difference_update(_ADDRESS.findall(text))
    if not accounts:
        return []
    markets = await link.call("HKEYS", keys.CURSORS)
    return [
        ("UNLINK", *keys.past(subject_id(market, account)))
        for account in sorted(accounts)
        for market in markets
    ]


async def scan(link: Link, command: str, key: str) -> dict[str, Any]:
    """All fields or members with their values or scores, in steps that never hold the server up."""
    found: dict[str, Any] = {}
    cursor: Any = 0
    while True:
        cursor, page = await link.call(command, key, cursor, "COUNT", 1000)
        found.update(page if isinstance(page, Mapping) else dict(page))
        if int(cursor) == 0:
            return found
