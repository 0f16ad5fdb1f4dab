"""Rule states, cursors and the journal that undoes them. Fits `bot.ports.Judgements`; the monitor writes.

Alerts enter the outbox in the transaction of the states they follow from: neither is ever there alone.
"""

import json
from collections.abc import Sequence
from typing import Final, NamedTuple

from redis.asyncio import Redis

from bot.domain.rules import RuleState
from bot.domain.units import BlockRef
from bot.ports import Verdicts
from bot.store import keys
from bot.store.codec import decode, encode
from bot.store.link import Command, Link, Script
from bot.store.outbox import StoredOutbox, append_calls
from bot.store.watchbook import state_field, state_key
from bot.subscriptions import StateKey

KEPT_BLOCKS: Final = 256
"""Blocks that can be rolled back; the promise is 64. Older undo records are trimmed at each save."""


class _Undo(NamedTuple):
    """What a save overwrote: a state, or the cursor when `field` is empty; `before` None = there was none."""

    seq: str
    field: str
    before: str | None


class StoredJudgements:
    """Opens nothing. `atomic` False is for a cluster, where outbox and states lie in different slots: then
    alerts go first, states and cursor second, and the ids make a repetition harmless.
    """

    def __init__(self, client: Redis, outbox: StoredOutbox, *, atomic: bool = True) -> None:
        self._link = Link(client)
        self._outbox = outbox
        self._atomic = atomic

    async def load(self) -> dict[StateKey, RuleState]:
        """Every stored state; read once at start."""
        stored: dict[str, str] = await self._link.call("HGETALL", keys.STATES)
        return {state_key(field): _state(field, text) for field, text in stored.items()}

    async def save(self, verdicts: Verdicts) -> None:
        """States, undo records, outbox and cursor in one transaction."""
        appends: Sequence[Script] = append_calls(verdicts.deliveries)
        if not self._atomic:
            for call in appends:
                await self._link.run(call.name, call.keys, *call.arguments)
            appends = ()
        steps = await self._steps(verdicts)
        if appends or steps:
            await self._link.transaction([*appends, *steps])
        self._outbox.wake(verdicts.deliveries)

    async def cursor(self, market: str) -> BlockRef | None:
        """The last block of a market that was decided and saved."""
        text = await self._link.call("HGET", keys.CURSORS, market)
        return None if text is None else decode(BlockRef, text, f"{keys.CURSORS}[{market}]")

    async def roll_back(self, market: str, to: int) -> dict[StateKey, RuleState | None]:
        """Undo what was decided above block `to`, the cursor too; what the states are now (None = none)."""
        journal = keys.journal(market)
        records = await self._link.call("ZRANGEBYSCORE", journal, f"({to}", "+inf")
        before = {
            undo.field: undo.before for undo in (_Undo(*json.loads(text)) for text in reversed(records))
        }
        if not before:
            return {}
        steps: list[Command] = []
        for field, text in before.items():
            key, name = (keys.STATES, field) if field else (keys.CURSORS, market)
            steps.append(("HDEL", key, name) if text is None else ("HSET", key, name, text))
        await self._link.transaction([*steps, ("ZREMRANGEBYSCORE", journal, f"({to}", "+inf")])
        return {
            state_key(field): None if text is None else _state(field, text)
            for field, text in before.items()
            if field
        }

    async def _steps(self, verdicts: Verdicts) -> list[Command]:
        """The commands of a save. The values they overwrite are read beforehand: there is one writer."""
        market, as_of = verdicts.market, verdicts.as_of
        texts = {state_field(key): encode(state) for key, state in verdicts.states.items()}
        if as_of is None and not texts:
            return []
        cursor = await self._link.call("HGET", keys.CURSORS, market)
        olds: list[str | None] = await self._link.call("HMGET", keys.STATES, *texts) if texts else []
        undo = list(zip(texts, olds, strict=True))
        if as_of is not None:
            undo.append(("", cursor))
            block = as_of.number
        else:
            block = decode(BlockRef, cursor, f"{keys.CURSORS}[{market}]").number if cursor else 0
        last = int(await self._link.call("INCRBY", keys.JOURNAL_SEQ, len(undo)))
        journal = keys.journal(market)
        steps: list[Command] = [("HSET", keys.STATES, field, text) for field, text in texts.items()]
        for seq, (field, before) in enumerate(undo, last - len(undo)):
            record = json.dumps(_Undo(f"{seq:016d}", field, before), separators=(",", ":"))
            steps.append(("ZADD", journal, block, record))
        steps.append(("SADD", keys.JOURNALS, market))
        steps.append(("ZREMRANGEBYSCORE", journal, "-inf", block - KEPT_BLOCKS))
        if as_of is not None:
            steps.append(("HSET", keys.CURSORS, market, encode(as_of)))
        return steps


def _state(field: str, text: str) -> RuleState:
    return decode(RuleState, text, f"{keys.STATES}[{field}]")
