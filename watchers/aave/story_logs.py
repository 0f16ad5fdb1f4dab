"""A life's logs, read backwards from the tip by filters on who is named in their topics.

Used by `story`. It asks for everything at once and halves as nodes demand; where the requests run out, what
was read so far stands, and from which block on.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.domain.units import Address
from bot.errors import SourceError
from watchers.aave import abi
from watchers.evm.faults import Kind, NoEndpoint, RpcFault
from watchers.evm.logs import Log, RangeRefused, log_of
from watchers.evm.rpc import RpcPool
from watchers.evm.words import word
from watchers.flows.abi import TRANSFER

MOST_REQUESTS: Final = 300
"""Requests spent on the logs of one chain; what lies before is not known, and people are told."""
_USUAL: Final = 10_000
"""Blocks that most nodes bear in one question."""
_SERVED: Final = 4
"""Ranges served in a row after which one twice as wide is tried."""

_BY_SECOND: Final = (abi.SUPPLY, abi.WITHDRAW, abi.BORROW, abi.REPAY, abi.BALANCE_TRANSFER, TRANSFER)
_BY_FIRST: Final = (abi.BALANCE_TRANSFER, TRANSFER)


@dataclass(frozen=True, slots=True)
class Life:
    """Logs in order, and the first block that was read."""

    logs: tuple[Log, ...]
    since: int


class LifeReader:
    """Reads one chain."""

    def __init__(self, pool: RpcPool, *, most_requests: int = MOST_REQUESTS) -> None:
        self._pool = pool
        self._most = most_requests

    async def read(
        self, last: int, accounts: Collection[Address], contracts: Sequence[Address], pools: Sequence[Address]
    ) -> Life:
        """Logs up to block `last`: of `contracts` (the `pools` among them), naming one of `accounts`.

        Raises SourceError when not even the newest block's logs can be had.
        """
        wanted = _filters(accounts, contracts, pools)
        found: dict[tuple[int, int], Log] = {}
        span, served, spent, end = last + 1, 0, 0, last
        while end >= 0 and spent + len(wanted) <= self._most:
            first = max(0, end - span + 1)
            logs: list[Log] = []
            try:
                for one in wanted:
                    spent += 1
                    logs += await self._part(first, end, one)
            except SourceError as fault:
                narrower = _narrower(fault, end - first + 1)
                if not narrower and end == last:
                    raise
                if not narrower:
                    break
                span, served = narrower, 0
                continue
            found |= {(log.block, log.index): log for log in logs if first <= log.block <= end}
            served += 1
            if served == _SERVED:
                span, served = 2 * span, 0
            end = first - 1
        if end == last:
            raise RangeRefused(f"{self._pool.host} serves no logs in reasonable time")
        return Life(tuple(found[place] for place in sorted(found)), end + 1)

    async def _part(self, first: int, end: int, wanted: dict[str, Any]) -> list[Log]:
        """Of one filter; what is no log of the shape that was asked for is dropped."""
        asked = {"fromBlock": hex(first), "toBlock": hex(end), **wanted}
        answer = await self._pool.request("eth_getLogs", [asked])
        if not isinstance(answer, list):
            raise SourceError(f"{self._pool.host}: its logs are no list")
        read = [_log(raw) for raw in answer]
        known = {int(address, 16) for address in wanted["address"]}
        return [log for log in read if log is not None and log.address in known and log.topics]


def _log(raw: Any) -> Log | None:
    try:
        return None if raw.get("removed") else log_of(raw)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _narrower(fault: SourceError, blocks: int) -> int:
    """How many blocks to ask for instead; 0 = fewer would not help."""
    if isinstance(fault, RpcFault) and fault.kind is Kind.RANGE:
        return blocks // 2
    # A node that is asked for too much may also just not answer in time.
    return _USUAL if isinstance(fault, NoEndpoint) and blocks > _USUAL else 0


def _filters(
    accounts: Collection[Address], contracts: Sequence[Address], pools: Sequence[Address]
) -> list[dict[str, Any]]:
    """An account is the third topic of a liquidation, the second of other moves, either of a transfer."""
    named = [f"0x{word(account)}" for account in sorted(accounts)]
    return [
        {"address": list(contracts), "topics": [_topics(_BY_SECOND), None, named]},
        {"address": list(contracts), "topics": [_topics(_BY_FIRST), named]},
        {"address": list(pools), "topics": [_topics((abi.LIQUIDATION,)), None, None, named]},
    ]


def _topics(events: Collection[int]) -> list[str]:
    return [f"0x{word(event)}" for event in events]
