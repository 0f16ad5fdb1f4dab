"""Rule states, cursors and the journal that undoes them. Fits `bot.ports.Judgements`; the monitor writes.

Alerts enter the outbox in the transaction of the states they follow from: neither is ever there alone.
"""

import json
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from redis.asyncio import Redis

from bot.domain.rules import RuleState
from bot.domain.units import BlockRef
from bot.ports import Keep, Verdicts, as_before
from bot.store import keys
from bot.store.codec import decode, encode
from bot.store.envelopes import append_calls
from bot.store.flowsteps import change_steps, undo_steps
from bot.store.link import Command, Link, Script
from bot.store.outbox import StoredOutbox
from bot.store.reading import read_state, state_field, state_key
from bot.subscriptions import StateKey

KEPT_BLOCKS: Final = 256
"""Blocks that can be rolled back; the promise is 64. Older undo records are trimmed at each save."""


FLOWS: Final = "flows:"
"""How the market of a chain's flows begins; the chain's id follows."""


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
        return {state_key(field): read_state(field, text) for field, text in stored.items()}

    async def save(self, verdicts: Verdicts) -> None:
        """States, undo records, outbox and cursor in one transaction."""
        appends: Sequence[Script] = append_calls(await self._outbox.unsaid(verdicts.deliveries))
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

    async def roll_back(
        self, market: str, to: int, keep: Keep = as_before
    ) -> dict[StateKey, RuleState | None]:
        """Undo what was decided above block `to`, cursor and flows too; what the states are now, None = none.

        `keep(now, before)` makes the state that is left of both, either of which may be None.
        """
        journal = keys.journal(market)
        records = await self._link.call("ZRANGEBYSCORE", journal, f"({to}", "+inf")
        chain = market.removeprefix(FLOWS)
        flows = await undo_steps(self._link, int(chain), to) if chain != market else []
        before = {
            undo.field: undo.before for undo in (_Undo(*json.loads(text)) for text in reversed(records))
        }
        if not (before or flows):
            return {}
        steps: list[Command] = list(flows)
        if "" in before:
            cursor = before.pop("")
            steps.append(_put(keys.CURSORS, market, cursor))
        nows = await self._link.call("HMGET", keys.STATES, *before) if before else []
        left = {
            field: keep(_maybe(field, now), _maybe(field, old))
            for (field, old), now in zip(before.items(), nows, strict=True)
        }
        steps += [_put(keys.STATES, field, encode(state) if state else None) for field, state in left.items()]
        await self._link.transaction([*steps, ("ZREMRANGEBYSCORE", journal, f"({to}", "+inf")])
        return {state_key(field): state for field, state in left.items()}

    async def drop(self, gone: Collection[StateKey]) -> None:
        """Forget states of watches that are no more."""
        if gone:
            await self._link.call("HDEL", keys.STATES, *map(state_field, gone))

    async def _steps(self, verdicts: Verdicts) -> list[Command]:
        """The commands of a save. The values they overwrite are read beforehand: there is one writer."""
        market, as_of = verdicts.market, verdicts.as_of
        texts = {state_field(key): encode(state) for key, state in verdicts.states.items()}
        flows = await change_steps(self._link, verdicts.flows) if verdicts.flows else []
        if as_of is None and not texts:
            return flows
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
        return [*flows, *steps]


def _put(key: str, name: str, text: str | None) -> Command:
    return ("HDEL", key, name) if text is None else ("HSET", key, name, text)


def _maybe(field: str, text: str | None) -> RuleState | None:
    return None if text is None else read_state(field, text)
