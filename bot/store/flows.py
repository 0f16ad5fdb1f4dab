"""What is remembered of flows: sums in buckets, what addresses are to us, and a week of single flows. Fits
`bot.ports.FlowLog`.

The monitor writes it with its states (`bot.store.flowsteps`, in the transactions of `bot.store.judgements`).
"""

import heapq
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import replace
from functools import reduce
from typing import Final

from redis.asyncio import Redis

from bot.domain.deposits import DepositAddress, Learner
from bot.domain.flows import Flow, FlowKind, FlowSums, Total
from bot.domain.tallies import Tallies
from bot.domain.units import Address, BaseAmount, RawAmount
from bot.ports import LoansBefore
from bot.store import keys
from bot.store.codec import decode
from bot.store.flowtext import VALUE, plain_flow, read_flow
from bot.store.link import Link
from bot.store.reading import scan

PAGE: Final = 2_000
"""Flows in one answer: the loop is held up for some milliseconds a page."""
LARGEST: Final = 10


class StoredFlows:
    """Opens nothing."""

    def __init__(self, client: Redis) -> None:
        self._link = Link(client)

    async def load(
        self, chain_id: int, *, since: int = 0
    ) -> tuple[dict[str, str], dict[Address, str], tuple[Flow, ...]]:
        """Tallies, the learner's records, flows from `since` on, oldest first; in steps, not all at once."""
        tallies = await scan(self._link, "HSCAN", keys.flow_tallies(chain_id))
        accounts = await scan(self._link, "HSCAN", keys.flow_accounts(chain_id))
        flows = [self._read(chain_id, text) async for text in self._texts(chain_id, since)]
        return tallies, {Address(one): text for one, text in accounts.items()}, tuple(flows)

    async def flows(
        self, *, since: int, senders: Collection[Address] = (), assets: Collection[str] = ()
    ) -> tuple[Flow, ...]:
        """Newest first; `assets` as `chain_id/contract`. Every kept flow since then is looked at."""
        begins = tuple(f'["{sender}"' for sender in senders)
        found: list[Flow] = []
        for chain_id in await self._chains(assets):
            wanted = _contracts(chain_id, assets)
            async for text in self._texts(chain_id, since):
                if begins and not text.startswith(begins):
                    continue
                flow = self._read(chain_id, text)
                if not wanted or flow.asset.address in wanted:
                    found.append(flow)
        return tuple(sorted(found, key=lambda flow: (flow.at, flow.block), reverse=True))

    async def sums(
        self, *, since: int, until: int, assets: Collection[str] = (), exchanges: Collection[str] = ()
    ) -> FlowSums:
        """Of all chains, or of those of `assets`."""
        found = []
        for chain_id in await self._chains(assets):
            fields = await scan(self._link, "HSCAN", keys.flow_tallies(chain_id))
            found.append(Tallies(chain_id, fields).sums(since, until, assets=assets, exchanges=exchanges))
        whole = reduce(_joined, found) if found else FlowSums(since, until, known_since=until)
        return replace(whole, largest=await self._largest(since, until, assets, exchanges))

    async def trail(self, chain_id: int) -> tuple[str, ...]:
        """In the order of the blocks."""
        return tuple(await self._link.call("ZRANGE", keys.flow_trail(chain_id), 0, -1))

    async def loans_before(self, chain_id: int) -> tuple[LoansBefore, ...]:
        """In the order of the blocks; their texts begin with the address."""
        key = keys.flow_before(chain_id)
        return tuple(decode(LoansBefore, text, key) for text in await self._link.call("ZRANGE", key, 0, -1))

    async def deposit(self, chain_id: int, address: Address) -> DepositAddress | None:
        """What was learned of an address; None when nothing was, or it is not taken for one any more."""
        text = await self._link.call("HGET", keys.flow_accounts(chain_id), address)
        return None if text is None else Learner(chain_id, {address: text}).learned(address)

    # ---- inside ---------------------------------------------------------------------------------

    async def _chains(self, assets: Collection[str]) -> list[int]:
        known = sorted(int(one) for one in await self._link.call("SMEMBERS", keys.FLOW_CHAINS))
        named = {one.partition("/")[0] for one in assets}
        return [one for one in known if not named or str(one) in named]

    async def _texts(self, chain_id: int, since: int) -> AsyncIterator[str]:
        """Oldest first. Read page by page, by place: what is added or goes meanwhile may be seen or not."""
        log = keys.flow_log(chain_id)
        first = int(await self._link.call("ZCOUNT", log, "-inf", f"({since}"))
        while True:
            page = await self._link.call("ZRANGE", log, first, first + PAGE - 1)
            for text in page:
                yield text
            if len(page) < PAGE:
                return
            first += PAGE

    async def _largest(
        self, since: int, until: int, assets: Collection[str], exchanges: Collection[str]
    ) -> tuple[Flow, ...]:
        best: list[tuple[int, int, str]] = []
        for chain_id in await self._chains(assets):
            wanted = _contracts(chain_id, assets)
            async for text in self._texts(chain_id, since):
                value = plain_flow(text, keys.flow_log(chain_id))[VALUE] or 0
                if len(best) == LARGEST and value <= best[0][0]:
                    continue
                flow = self._read(chain_id, text)
                if (
                    flow.at < until
                    and flow.kind in (FlowKind.INFLOW, FlowKind.OUTFLOW)
                    and (not wanted or flow.asset.address in wanted)
                    and (not exchanges or flow.exchange in exchanges)
                ):
                    put = heapq.heappush if len(best) < LARGEST else heapq.heappushpop
                    put(best, (value, chain_id, text))
        return tuple(self._read(chain_id, text) for _, chain_id, text in sorted(best, reverse=True))

    def _read(self, chain_id: int, text: str) -> Flow:
        return read_flow(chain_id, text, keys.flow_log(chain_id))


def _contracts(chain_id: int, assets: Iterable[str]) -> frozenset[str]:
    """The contracts of one chain, of `chain_id/contract`."""
    parts = (one.partition("/") for one in assets)
    return frozenset(contract for chain, _, contract in parts if chain == str(chain_id))


def _joined(one: FlowSums, other: FlowSums) -> FlowSums:
    """Of two chains; known since when both are."""
    series: dict[int, tuple[int, int]] = {}
    for at, into, out in (*one.series, *other.series):
        before = series.get(at, (0, 0))
        series[at] = (before[0] + into, before[1] + out)
    exchanges = dict(one.by_exchange)
    for name, total in other.by_exchange.items():
        exchanges[name] = _added(exchanges[name], total) if name in exchanges else total
    return FlowSums(
        one.since,
        one.until,
        {**one.by_asset, **other.by_asset},
        exchanges,
        _added(one.all, other.all),
        series=tuple((at, BaseAmount(i), BaseAmount(o)) for at, (i, o) in sorted(series.items())),
        known_since=max(one.known_since, other.known_since),
    )


def _added(one: Total, other: Total) -> Total:
    """Raw amounts of several assets are no sum."""
    return Total(
        RawAmount(0),
        BaseAmount(one.into_value + other.into_value),
        one.into_count + other.into_count,
        RawAmount(0),
        BaseAmount(one.out_value + other.out_value),
        one.out_count + other.out_count,
    )
