"""What a block's flows write, and what undoes it: steps for the transactions of `bot.store.judgements`.

Everything lies in the slot of states and cursors, so that alerts, states and flows are there together or not.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.ports import FlowChange
from bot.store import keys
from bot.store.codec import encode
from bot.store.flowtext import flow_text
from bot.store.link import Command, Link

KEPT_S: Final = 7 * 86_400
"""Flows are kept one by one for a week."""
KEPT_MOST: Final = 250_000
"""Of a chain, some 110 MB. When it is full the oldest go: sums of one sender and cards then know less than a
week, while tallies, which commands add up, lose nothing.
"""
AT_ONCE: Final = 2_000
"""Old flows that one block removes at most: a quiet hour's backlog is worked off over the next blocks."""
JOURNAL_BLOCKS: Final = 256
"""Blocks that can be taken back; the promise is 128."""


async def change_steps(link: Link, change: FlowChange) -> list[Command]:
    """The commands that write a block. What they overwrite is read beforehand: there is one writer."""
    chain, block = change.chain_id, change.block
    journal = keys.flow_journal(chain)
    before = [json.loads(text) for text in await link.call("ZRANGEBYSCORE", journal, block, block)]
    texts = [flow_text(flow) for flow in change.flows]
    here = {text for one in before for text in one["flows"]}
    undo = {
        "tallies": await _olds(link, keys.flow_tallies(chain), change.tallies, before, "tallies"),
        "accounts": await _olds(link, keys.flow_accounts(chain), change.accounts, before, "accounts"),
        "flows": [text for text in texts if text not in here],
    }
    steps = [
        *_put(keys.flow_tallies(chain), change.tallies),
        *_put(keys.flow_accounts(chain), change.accounts),
        ("SADD", keys.FLOW_CHAINS, chain),
    ]
    if texts:
        log = keys.flow_log(chain)
        scored = [part for flow, text in zip(change.flows, texts, strict=True) for part in (flow.at, text)]
        steps.append(("ZADD", log, *scored))
        steps += await _thinned(link, log, change.flows[-1].at, len(texts))
    if any(undo.values()):
        named = undo | {"block": block}  # else two blocks that overwrote the same had one record between them
        steps.append(("ZADD", journal, block, json.dumps(named, separators=(",", ":"))))
    steps.append(("ZREMRANGEBYSCORE", journal, "-inf", block - JOURNAL_BLOCKS))
    if change.trail:
        trail = keys.flow_trail(chain)
        steps += [
            ("ZREMRANGEBYSCORE", trail, block, block),
            ("ZADD", trail, block, change.trail),
            ("ZREMRANGEBYSCORE", trail, "-inf", f"({change.trail_since}"),
        ]
    return steps + _before_steps(change)


def _before_steps(change: FlowChange) -> list[Command]:
    """What was owed before moves in this block; what is too old goes."""
    if not change.before:
        return []
    key, scored = keys.flow_before(change.chain_id), list[int | str]()
    for one in change.before:
        scored += (change.block, encode(one))
    return [
        ("ZREMRANGEBYSCORE", key, change.block, change.block),
        ("ZADD", key, *scored),
        ("ZREMRANGEBYSCORE", key, "-inf", f"({change.before_since}"),
    ]


async def undo_steps(link: Link, chain: int, to: int) -> list[Command]:
    """The commands that bring back what was before the blocks above `to`."""
    journal = keys.flow_journal(chain)
    records = [json.loads(text) for text in await link.call("ZREVRANGEBYSCORE", journal, "+inf", f"({to}")]
    gone: list[Command] = [
        ("ZREMRANGEBYSCORE", key, f"({to}", "+inf")
        for key in (keys.flow_trail(chain), keys.flow_before(chain))
        if int(await link.call("ZCOUNT", key, f"({to}", "+inf"))
    ]
    if not records:
        return gone
    tallies: dict[str, str | None] = {}
    accounts: dict[str, str | None] = {}
    steps: list[Command] = []
    for record in records:  # the newest first, so that the oldest has the last word
        tallies |= record["tallies"]
        accounts |= record["accounts"]
        if record["flows"]:
            steps.append(("ZREM", keys.flow_log(chain), *record["flows"]))
    steps += _put(keys.flow_tallies(chain), tallies)
    steps += _put(keys.flow_accounts(chain), accounts)
    return [*steps, *gone, ("ZREMRANGEBYSCORE", journal, f"({to}", "+inf")]


async def _olds(
    link: Link, key: str, news: Mapping[Any, str], before: Sequence[Any], part: str
) -> dict[str, str | None]:
    """What the fields hold now; a block that is written again leaves what it overwrote the first time."""
    fields = [str(field) for field in news if not any(field in one[part] for one in before)]
    if not fields:
        return {}
    return dict(zip(fields, await link.call("HMGET", key, *fields), strict=True))


async def _thinned(link: Link, log: str, now: int, more: int) -> list[Command]:
    """Steps that remove what is too old or too many, a bounded number of them."""
    old = int(await link.call("ZCOUNT", log, "-inf", f"({now - KEPT_S}"))
    full = int(await link.call("ZCARD", log)) + more - KEPT_MOST
    gone = min(AT_ONCE, max(old, full))
    return [("ZREMRANGEBYRANK", log, 0, gone - 1)] if gone > 0 else []


def _put(key: str, fields: Mapping[Any, str | None]) -> list[Command]:
    """Set those with a text, delete the others."""
    here = [part for field, text in fields.items() if text for part in (str(field), text)]
    gone = [str(field) for field, text in fields.items() if not text]
    steps: list[Command] = []
    if here:
        steps.append(("HSET", key, *here))
    if gone:
        steps.append(("HDEL", key, *gone))
    return steps
