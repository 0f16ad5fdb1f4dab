"""Many questions in few requests: JSON-RPC batches, as many questions in each as the endpoints bear.

Used for what has no Multicall: headers, traces, receipts, code. The size is found out and remembered.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import structlog

from watchers.evm.faults import Kind, NoEndpoint, RpcFault
from watchers.evm.rpc import RpcPool

log = structlog.get_logger(__name__)

MOST_CALLS: Final = 100
"""Questions in one request where nobody refuses."""
_SERVED: Final = 8
_SERVED_MOST: Final = 512
"""Whole batches served in a row after which one twice as large is tried: the longer, the oftener in vain."""
_AT_ONCE: Final = 2
"""Batches in flight: each is as dear to a node as the questions in it."""

Question = tuple[str, Sequence[Any]]


class Batches:
    """One chain's batches of one weight. `most` bounds them by the size of what comes back."""

    def __init__(self, pool: RpcPool, *, most: int = MOST_CALLS, optional: bool = False) -> None:
        self._pool = pool
        self._most = self._size = most
        self._optional = optional
        self._served = 0
        self._patience = _SERVED
        self._tried = False

    async def ask(self, questions: Sequence[Question]) -> list[Any]:
        """Their results in order. Raises as `RpcPool.request`; NoEndpoint with RATE asks for patience."""
        found: list[Any] = []
        while len(found) < len(questions):
            rest = questions[len(found) :]
            size = self._size
            parts = [rest[at : at + size] for at in range(0, min(len(rest), _AT_ONCE * size), size)]
            answers = await asyncio.gather(*map(self._one, parts), return_exceptions=True)
            for part, answer in zip(parts, answers, strict=True):
                if isinstance(answer, BaseException):
                    self._refused(part, answer)
                    break
                found += answer
                self._bore(len(part))
        return found

    async def _one(self, part: Sequence[Question]) -> list[Any]:
        if len(part) == 1:
            method, params = part[0]
            return [await self._pool.request(method, params, optional=self._optional)]
        return await self._pool.batch(part, optional=self._optional)

    def _refused(self, part: Sequence[Question], error: BaseException) -> None:
        """Smaller ones from now on; raises what no smaller one would cure."""
        rated = isinstance(error, NoEndpoint) and Kind.RATE in error.kinds
        large = isinstance(error, RpcFault) and error.kind in {Kind.BATCH, Kind.RANGE}
        if len(part) > 1 and (rated or large) and self._size >= len(part):
            if self._tried:
                self._patience = min(2 * self._patience, _SERVED_MOST)
            else:
                log.info("batch_halved", endpoint=self._pool.host, size=len(part) // 2)
            self._size, self._served, self._tried = max(len(part) // 2, 1), 0, False
        if rated or not large or len(part) == 1:
            raise error

    def _bore(self, count: int) -> None:
        if count < self._size:
            return
        self._served, self._tried = self._served + 1, False
        if self._served >= self._patience and self._size < self._most:
            self._size, self._served, self._tried = min(2 * self._size, self._most), 0, True
