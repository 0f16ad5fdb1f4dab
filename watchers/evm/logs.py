"""Event logs of a set of contracts: of one block by its hash, or of a range, halved as nodes demand.

Used by the watchers of markets and of flows; what the logs mean is theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.domain.units import Address
from bot.errors import SourceError
from watchers.evm.faults import Kind, RpcFault
from watchers.evm.rpc import RpcPool
from watchers.evm.words import log_words

MOST_REQUESTS: Final = 200
"""Requests spent on one gap; beyond, the gap is given up and people are told."""
_WIDEST: Final = 10_000
_SERVED: Final = 4
"""Whole ranges served in a row after which one twice as wide is tried: perhaps one endpoint refused, or one
busy time. Where nobody bears more, trying costs one request in so many."""


class RangeRefused(SourceError):
    """The logs of a range cannot be had from any endpoint in reasonable time."""


@dataclass(frozen=True, slots=True)
class Log:
    """One event, its topics and data as integers."""

    address: int
    topics: tuple[int, ...]
    words: tuple[int, ...]
    tx: str
    block: int
    index: int


def log_of(raw: Any) -> Log:
    """Out of a JSON-RPC log. Raises KeyError, TypeError or ValueError when it is none."""
    return Log(
        address=int(raw["address"], 16),
        topics=tuple(int(topic, 16) for topic in raw["topics"]),
        words=log_words(raw["data"]),
        tx=f"0x{int(raw['transactionHash'], 16):064x}",
        block=int(raw["blockNumber"], 16),
        index=int(raw["logIndex"], 16),
    )


def _listed(answer: Any, host: str) -> list[Any]:
    if not isinstance(answer, list):
        raise SourceError(f"{host}: its logs are no list")
    return [raw for raw in answer if not (isinstance(raw, dict) and raw.get("removed"))]


def _logs(answer: Sequence[Any], host: str) -> list[Log]:
    try:
        found = [log_of(raw) for raw in answer]
    except (KeyError, TypeError, ValueError):
        raise SourceError(f"{host}: a log lacks a field") from None
    return sorted(found, key=lambda log: (log.block, log.index))


class LogReader:
    """Remembers how wide a range the endpoints of this chain bear, and tries wider ones again in time."""

    def __init__(self, pool: RpcPool, *, most_requests: int = MOST_REQUESTS) -> None:
        self._pool = pool
        self._span = _WIDEST
        self._served = 0
        self._most_requests = most_requests

    async def at(self, block_hash: str, contracts: Sequence[Address]) -> list[Log]:
        """All logs of the contracts in one block; raises NoEndpoint when nobody has it."""
        return _logs(await self.raw_at(block_hash, contracts), self._pool.host)

    async def raw_at(
        self, block_hash: str, contracts: Sequence[Address], events: Sequence[str] = ()
    ) -> list[Any]:
        """As `at`, undecoded, as the node orders them; `events` are first topics, none = all."""
        wanted = _wanted(contracts, events) | {"blockHash": block_hash}
        return _listed(await self._pool.request("eth_getLogs", [wanted]), self._pool.host)

    async def between(
        self, first: int, last: int, contracts: Sequence[Address], events: Sequence[str] = ()
    ) -> list[Log]:
        """Logs of blocks `first` to `last`, both included, in order; `events` are first topics, none = all.

        Raises RangeRefused when it takes too many requests or a single block is refused.
        """
        return _logs(await self.raw_between(first, last, contracts, events), self._pool.host)

    async def raw_between(
        self, first: int, last: int, contracts: Sequence[Address], events: Sequence[str] = ()
    ) -> list[Any]:
        """As `between`, undecoded, as the node orders them."""
        found: list[Any] = []
        spent = 0
        while first <= last:
            end = min(last, first + self._span - 1)
            spent += 1
            if spent > self._most_requests:
                raise RangeRefused(f"{last - first + 1} blocks of logs are more than we ask for")
            wanted = _wanted(contracts, events) | {"fromBlock": hex(first), "toBlock": hex(end)}
            try:
                answer = await self._pool.request("eth_getLogs", [wanted])
            except RpcFault as fault:
                if fault.kind is not Kind.RANGE:
                    raise
                if end == first:
                    raise RangeRefused(f"{fault.host} serves no logs") from None
                self._span, self._served = (end - first + 1) // 2, 0
                continue
            found += _listed(answer, self._pool.host)
            self._bore(end - first + 1)
            first = end + 1
        return found

    def _bore(self, blocks: int) -> None:
        """A range was served; only whole ones say that more may be."""
        self._served += blocks == self._span
        if self._served == _SERVED:
            self._span, self._served = min(2 * self._span, _WIDEST), 0


def _wanted(contracts: Sequence[Address], events: Sequence[str]) -> dict[str, Any]:
    wanted: dict[str, Any] = {"address": list(contracts)}
    if events:
        wanted["topics"] = [list(events)]
    return wanted
