"""What watched wallets sent to exchanges in a week, in memory: a position's card shows it."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from typing import Final

from bot.domain.flow_rules import grown
from bot.domain.flows import Deposits, Flow, FlowKind, FlowMemory
from bot.domain.units import Address, BlockRef
from bot.ports import FlowLog

WEEK_S: Final = 7 * 24 * 3600
MOST: Final = 2_000
"""Flows of one wallet; older ones are then left out, and the card says a later "since"."""


class DepositIndex:
    """Inflows by sender, for wallets that somebody watches."""

    def __init__(self, log: FlowLog) -> None:
        self._log = log
        self._flows: dict[Address, deque[Flow]] = {}

    async def follow(self, wallets: Collection[Address], now: int) -> None:
        """Look up those that are new, forget those that nobody watches any more. StoreError."""
        new = set(wallets) - self._flows.keys()
        found: dict[Address, list[Flow]] = defaultdict(list)
        if new:
            for flow in reversed(await self._log.flows(since=now - WEEK_S, senders=sorted(new))):
                if flow.kind is FlowKind.INFLOW:
                    found[flow.sender].append(flow)
        kept = {one: flows for one, flows in self._flows.items() if one in wallets}
        self._flows = {**kept, **{one: deque(found[one], MOST) for one in new}}

    def add(self, flows: Iterable[Flow]) -> None:
        for flow in flows:
            if flow.kind is FlowKind.INFLOW and (known := self._flows.get(flow.sender)) is not None:
                while known and known[0].at < flow.at - WEEK_S:
                    known.popleft()
                known.append(flow)

    def undo(self, chain_id: int, to: int) -> None:
        """Forget a chain's blocks above `to`."""
        for known in self._flows.values():
            if any(flow.chain_id == chain_id and flow.block > to for flow in known):
                left = [flow for flow in known if flow.chain_id != chain_id or flow.block <= to]
                known.clear()
                known.extend(left)

    def of(self, wallets: Iterable[Address], now: int) -> Deposits | None:
        """Of some wallets together; None when they sent nothing."""
        since = now - WEEK_S
        flows = [flow for one in wallets for flow in self._flows.get(one, ()) if flow.at >= since]
        if not flows:
            return None
        by_exchange: dict[str, int] = defaultdict(int)
        for flow in flows:
            by_exchange[flow.exchange] += flow.value or 0
        sums = grown(FlowMemory(), flows, BlockRef(0, "", now)).sums
        return Deposits(since, sums, tuple(sorted(by_exchange, key=lambda one: (-by_exchange[one], one))))
