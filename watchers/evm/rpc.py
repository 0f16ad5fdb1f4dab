"""One chain's endpoints behind one door: raw JSON-RPC over one pooled HTTP client, failover included.

Everything under `watchers` asks through `RpcPool.request`; web3 is too slow for the hot path (docs/adr).
"""

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import aiohttp
import structlog

from watchers.evm.endpoints import Endpoint, Head, endpoint_of, head_of, result_of, results_of
from watchers.evm.faults import ANSWERS, Kind, NoEndpoint, RpcFault

log = structlog.get_logger(__name__)

TIMEOUT: Final = aiohttp.ClientTimeout(total=15, sock_connect=4)
ANSWER_MOST: Final = 64 * 2**20
"""Bytes of one answer; the logs of a few thousand busy blocks are a tenth of it."""
MOST_AT_ONCE: Final = 8
"""Requests in flight at one endpoint; more wait their turn. Public ones refuse bursts."""
LAG_SECONDS: Final = 6.0
"""An endpoint this far behind the best of the others is left. Two blocks are forgiven in any case."""
PROBE_SECONDS: Final = 60.0
"""How often the heads of endpoints that are not in use are compared with the one in use."""
LAGGING: Final = "lagging"
_COOL: Final = {
    Kind.UNKNOWN_BLOCK: 2.0,
    Kind.ARCHIVE: 2.0,
    Kind.UNSUPPORTED: 2.0,
    Kind.RATE: 10.0,
    Kind.AUTH: 300.0,
}
LACKING: Final = frozenset({Kind.UNSUPPORTED, Kind.AUTH})
"""How an endpoint says of a method that it has not got it, or not for us."""
_LACKS: Final = 3600.0
_LACKS_PERHAPS: Final = 300.0
"""Seconds until a missing method is asked for again: where it was said, and where it only looked so."""
_BROKE_MOST: Final = 3
_SERVER: Final = 500
_COOL_BROKEN: Final = 5.0
_COOL_MOST: Final = 300.0
_FORGIVEN_AFTER: Final = 300.0


class RpcPool:
    """Asks the first good endpoint in the given order; a bad one is left for the next at once.

    A left endpoint comes back after its cool-down, once its head was seen to keep up. `requests` counts
    every HTTP request ever sent.
    """

    def __init__(
        self,
        urls: Sequence[str],
        session: aiohttp.ClientSession,
        *,
        block_s: float = 12.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoints = [endpoint_of(url, at_once=MOST_AT_ONCE) for url in urls]
        self._session = session
        self._lag_blocks = max(2, math.ceil(LAG_SECONDS / block_s))
        self._stall_s = max(3 * block_s, LAG_SECONDS)
        self._monotonic = monotonic
        self._ids = 0
        self._answered: Endpoint | None = None
        self._advanced_at = self._probed_at = monotonic()
        self._tip = -1
        self._probing: asyncio.Task[None] | None = None
        self.epoch = 0
        """Grows whenever another endpoint than before answers: two questions in one epoch met one node."""

    @property
    def requests(self) -> int:
        return sum(endpoint.requests for endpoint in self._endpoints)

    @property
    def host(self) -> str:
        """Of the endpoint in use."""
        endpoint = self._answered or (self._endpoints[0] if self._endpoints else None)
        return endpoint.host if endpoint else ""

    @property
    def hashes(self) -> bool:
        """Whether every endpoint so far took block hashes in eth_call."""
        return all(endpoint.hashes for endpoint in self._endpoints)

    async def request(self, method: str, params: Sequence[Any], *, optional: bool = False) -> Any:
        """One question, its `result`.

        Raises RpcFault of a kind in `ANSWERS` or HASHES, or NoEndpoint when every endpoint failed. Of an
        `optional` method endpoints are remembered that lack it: they are passed over, and stay in use.
        """

        async def ask(endpoint: Endpoint) -> Any:
            return await self._ask(endpoint, method, params)

        return await (self._first_that_has(method, ask) if optional else self._first(ask))

    async def batch(self, calls: Sequence[tuple[str, Sequence[Any]]], *, optional: bool = False) -> list[Any]:
        """Several questions in one request, all of one node; raises as `request`, BATCH for too many.

        `watchers.evm.batches` finds out how many are not.
        """

        async def ask(endpoint: Endpoint) -> Any:
            return await self._ask_all(endpoint, calls)

        found: list[Any] = await (self._first_that_has(calls[0][0], ask) if optional else self._first(ask))
        return found

    async def _first(self, ask: Callable[[Endpoint], Awaitable[Any]]) -> Any:
        faults = []
        for endpoint in self._order():
            try:
                result = await ask(endpoint)
            except RpcFault as fault:
                if fault.kind in ANSWERS:
                    raise
                if fault.kind is Kind.HASHES and endpoint.hashes:
                    endpoint.hashes = False
                    log.warning("endpoint_refuses_hashes", endpoint=endpoint.host)
                    raise
                self._leave(endpoint, fault)
                faults.append(fault)
            else:
                self._good(endpoint)
                return result
        raise NoEndpoint(faults)

    async def _first_that_has(self, method: str, ask: Callable[[Endpoint], Awaitable[Any]]) -> Any:
        """Whoever answers is not thereby the endpoint in use: others may be better for all else."""
        faults = []
        for endpoint in self._order():
            if self._monotonic() < endpoint.lacks.get(method, 0.0):
                faults.append(RpcFault(Kind.UNSUPPORTED, endpoint.host))
                continue
            try:
                result = await ask(endpoint)
            except RpcFault as fault:
                if fault.kind in ANSWERS or fault.kind is Kind.HASHES:
                    raise
                faults.append(self._passed_over(endpoint, method, fault))
            else:
                if endpoint.lacks.pop(method, 0.0):
                    log.info("endpoint_has", endpoint=endpoint.host, method=method)
                endpoint.broke.pop(method, None)
                return result
        raise NoEndpoint(faults)

    async def latest(self) -> Head:
        """The newest head of the first endpoint that keeps up with the others, as far as these were heard.

        Those not in use are asked beside it, for the next poll: a dead one must not keep us waiting.
        """
        self._probe_if_due()
        best = max((e.head.number for e in self._endpoints if e.head), default=-1)
        faults = []
        for endpoint in self._order():
            try:
                head = await self._head(endpoint)
            except RpcFault as fault:
                self._leave(endpoint, fault)
                faults.append(fault)
                continue
            if head.number + self._lag_blocks <= best and len(self._endpoints) > 1:
                self._lagging(endpoint, best)
                continue
            self._good(endpoint)
            if head.number > self._tip:
                self._tip, self._advanced_at = head.number, self._monotonic()
            return head
        raise NoEndpoint(faults or [RpcFault(Kind.UNKNOWN_BLOCK, e.host) for e in self._endpoints])

    async def close(self) -> None:
        """Leave nothing running; before the HTTP client is closed."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)
            self._probing = None

    async def block(self, number: int) -> Head | None:
        """The header on the current chain; None if the node has none of that number."""
        found = await self.request("eth_getBlockByNumber", [hex(number), False])
        return None if found is None else head_of(found, self.host)

    # ---- one endpoint ----------------------------------------------------------------------------

    async def _head(self, endpoint: Endpoint) -> Head:
        found = await self._ask(endpoint, "eth_getBlockByNumber", ["latest", False])
        endpoint.head = head_of(found, endpoint.host)
        return endpoint.head

    async def _ask(self, endpoint: Endpoint, method: str, params: Sequence[Any]) -> Any:
        self._ids += 1
        body = {"jsonrpc": "2.0", "id": self._ids, "method": method, "params": params}
        return result_of(*await self._post(endpoint, body), endpoint.host)

    async def _ask_all(self, endpoint: Endpoint, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        body = [
            {"jsonrpc": "2.0", "id": index, "method": method, "params": params}
            for index, (method, params) in enumerate(calls)
        ]
        return results_of(*await self._post(endpoint, body), endpoint.host, len(calls))

    async def _post(self, endpoint: Endpoint, body: Any) -> tuple[bytes, int, str]:
        """What came back, its HTTP status, and how long we are asked to wait."""
        async with endpoint.turn:
            endpoint.requests += 1
            try:
                async with self._session.post(
                    endpoint.url,
                    data=json.dumps(body),
                    headers={"Content-Type": "application/json"} | endpoint.headers,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                ) as response:
                    return await _bounded(response), response.status, response.headers.get("Retry-After", "")
            except _TooLong:
                raise RpcFault(Kind.RANGE, endpoint.host) from None
            except (aiohttp.ClientError, OSError, TimeoutError):
                raise RpcFault(Kind.BROKEN, endpoint.host) from None

    def _order(self) -> list[Endpoint]:
        """Good ones as given, then, as a last resort, the left ones, soonest back first."""
        left = sorted((e for e in self._endpoints if e.why), key=lambda e: e.until)
        return [e for e in self._endpoints if not e.why] + left

    def _good(self, endpoint: Endpoint) -> None:
        if endpoint.why and endpoint.why != LAGGING:
            log.info("endpoint_back", endpoint=endpoint.host, was=endpoint.why)
            endpoint.why = ""
        if endpoint is not self._answered:
            self.epoch += 1
            if self._answered is not None:
                log.info("endpoint_in_use", endpoint=endpoint.host, before=self._answered.host)
            self._answered = endpoint

    # ---- leaving and coming back -----------------------------------------------------------------

    def _leave(self, endpoint: Endpoint, fault: RpcFault) -> None:
        now = self._monotonic()
        if now - endpoint.struck_at > _FORGIVEN_AFTER:
            endpoint.strikes = 0
        cool = _COOL.get(fault.kind, _COOL_BROKEN) * 2**endpoint.strikes
        if fault.kind not in {Kind.UNKNOWN_BLOCK, Kind.ARCHIVE, Kind.UNSUPPORTED}:
            endpoint.strikes = min(endpoint.strikes + 1, 6)
            endpoint.struck_at = now
        endpoint.until = now + min(max(cool, fault.retry_after), _COOL_MOST)
        if endpoint.why != fault.kind:
            tell = log.info if fault.kind is Kind.UNKNOWN_BLOCK else log.warning  # usual right after a head
            tell("endpoint_left", endpoint=endpoint.host, why=str(fault.kind), code=fault.code)
        endpoint.why, endpoint.head = str(fault.kind), None

    def _passed_over(self, endpoint: Endpoint, method: str, fault: RpcFault) -> RpcFault:
        """After a failure of an optional method: does the endpoint lack it, or is it the endpoint's trouble?

        The fault as it is to be told: one that does not answer this alone, time and again, lacks it.
        """
        lacks = fault.kind in LACKING or (fault.kind is Kind.BROKEN and fault.code and fault.code < _SERVER)
        if fault.kind is Kind.BROKEN and not lacks:
            endpoint.broke[method] = endpoint.broke.get(method, 0) + 1
            lacks = endpoint.broke[method] >= _BROKE_MOST
        if lacks:
            if method not in endpoint.lacks:
                log.info("endpoint_lacks", endpoint=endpoint.host, method=method, why=str(fault.kind))
            again = _LACKS if fault.kind in LACKING else _LACKS_PERHAPS
            endpoint.lacks[method] = self._monotonic() + again
            endpoint.broke.pop(method, None)
            return RpcFault(Kind.UNSUPPORTED, endpoint.host, code=fault.code)
        if fault.kind not in {Kind.ARCHIVE, Kind.UNKNOWN_BLOCK}:
            self._leave(endpoint, fault)
        return fault

    def _lagging(self, endpoint: Endpoint, best: int) -> None:
        behind = best - (endpoint.head.number if endpoint.head else 0)
        if not endpoint.why:
            log.warning("endpoint_left", endpoint=endpoint.host, why=LAGGING, blocks=behind)
        endpoint.why, endpoint.until = LAGGING, self._monotonic() + _COOL_BROKEN

    def _probe_if_due(self) -> None:
        """Ask for the heads of the endpoints not in use: after a cool-down, on a stall, and now and then."""
        if len(self._endpoints) < 2 or not self._probed():
            return  # nobody to compare with, and nobody else to ask; or still asking
        now = self._monotonic()
        using = self._order()[0]
        everyone = now - self._probed_at > PROBE_SECONDS or now - self._advanced_at > self._stall_s
        if everyone:
            self._probed_at = self._advanced_at = now
        due = [e for e in self._endpoints if e is not using and (everyone or e.why) and now >= e.until]
        if due:
            self._probing = asyncio.create_task(self._compare(due))

    def _probed(self) -> bool:
        """Whether no probes are under way; a bug in the last ones is told here."""
        if self._probing is None:
            return True
        if not self._probing.done():
            return False
        if bug := self._probing.exception():
            log.error("probe_bug", exc_info=bug)
        self._probing = None
        return True

    async def _compare(self, due: Sequence[Endpoint]) -> None:
        await asyncio.gather(*map(self._probe, due))
        best = max((e.head.number for e in due if e.head and not e.why), default=-1)
        for endpoint in due:
            if not endpoint.why and endpoint.head and endpoint.head.number + self._lag_blocks <= best:
                self._lagging(endpoint, best)

    async def _probe(self, endpoint: Endpoint) -> None:
        try:
            head = await self._head(endpoint)
        except RpcFault as fault:
            self._leave(endpoint, fault)
            return
        if endpoint.why and head.number + self._lag_blocks > self._tip:
            log.info("endpoint_back", endpoint=endpoint.host, was=endpoint.why)
            endpoint.why = ""


class _TooLong(Exception):
    """Less is to be asked for at once."""


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """The whole answer. One longer than ANSWER_MOST is broken off: a node's word is not a reason to run out
    of memory. Raises _TooLong.
    """
    parts, size = [], 0
    async for part in response.content.iter_chunked(2**16):
        size += len(part)
        if size > ANSWER_MOST:
            raise _TooLong
        parts.append(part)
    return b"".join(parts)
