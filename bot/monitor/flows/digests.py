"""What flowed in an hour or a day that is over, in and out, by exchange. Pure; used by `judging`."""

from dataclasses import dataclass

from bot.domain.flow_rules import SHOWN_AT_MOST, largest_first
from bot.domain.flows import AssetSum, Flow, FlowKind, FlowSeen, FlowSums
from bot.domain.tallies import Tallies
from bot.domain.units import Asset, BaseAmount, BlockRef, RawAmount
from bot.monitor.flows.chain import ChainMemory
from bot.monitor.flows.filters import Families, lets
from bot.subscriptions import FlowTarget

WAYS = (FlowKind.INFLOW, FlowKind.OUTFLOW)


@dataclass(frozen=True, slots=True)
class Spans:
    """Sums over spans of time for one filter: tallies know every flow, but not whose it is."""

    chain: ChainMemory
    families: Families

    def sums(self, target: FlowTarget, since: int, until: int) -> FlowSums:
        """In and out, whatever direction is asked for; where the filter names people, from single flows."""
        if target.senders or target.receivers:
            return self._of_people(target, since, until)
        keys = self.families.keys(self.chain.chain_id, target.assets)
        return self.chain.tallies.sums(since, until, assets=keys, exchanges=target.exchanges)

    def digest(self, target: FlowTarget, since: int, until: int, as_of: BlockRef) -> FlowSeen | None:
        """None when nothing flowed."""
        sums = self.sums(target, since, until)
        if not (sums.all.into_count or sums.all.out_count):
            return None
        rows = ((name, total.into_value, total.out_value) for name, total in sums.by_exchange.items())
        return FlowSeen(
            chain_id=self.chain.chain_id,
            as_of=as_of,
            kind=FlowKind.INFLOW,
            flows=self.largest(target, since, until),
            count=sums.all.into_count + sums.all.out_count,
            sums=self.by_asset(sums, FlowKind.INFLOW),
            value=sums.all.into_value,
            window_s=until - since,
            digest=tuple(sorted(rows, key=lambda row: (-row[1] - row[2], row[0]))),
        )

    def by_asset(self, sums: FlowSums, kind: FlowKind) -> tuple[AssetSum, ...]:
        """Largest first, of one direction."""
        found: list[AssetSum] = []
        for key, total in sums.by_asset.items():
            asset = self.families.asset(key) or self._seen(key)
            inward = kind is FlowKind.INFLOW
            count = total.into_count if inward else total.out_count
            if asset is not None and count:
                amount, value = (total.into, total.into_value) if inward else (total.out, total.out_value)
                found.append(AssetSum(asset, RawAmount(amount), BaseAmount(value), count))
        return largest_first(found)

    def largest(
        self, target: FlowTarget, since: int, until: int, kind: FlowKind = FlowKind.INFLOW
    ) -> tuple[Flow, ...]:
        """The single flows worth most, of those kept."""
        wanted = FlowTarget(
            target.assets, target.exchanges, target.chains, target.senders, target.receivers, (kind,)
        )
        found = [
            flow
            for flow in self.chain.kept.since(since)
            if flow.at < until and lets(wanted, flow, self.families.of(flow.asset))
        ]
        return tuple(sorted(found, key=lambda flow: -(flow.value or 0))[:SHOWN_AT_MOST])

    def _seen(self, key: str) -> Asset | None:
        """Of an asset that is not tracked any more, as its last flows had it."""
        contract = key.partition("/")[2]
        flows = self.chain.kept.since(0)
        return next((flow.asset for flow in flows if flow.asset.address == contract), None)

    def _of_people(self, target: FlowTarget, since: int, until: int) -> FlowSums:
        wanted = FlowTarget(
            target.assets, target.exchanges, target.chains, target.senders, target.receivers, WAYS
        )
        sums = Tallies(self.chain.chain_id)
        sums.add(
            flow
            for flow in self.chain.kept.since(since)
            if flow.at < until and lets(wanted, flow, self.families.of(flow.asset))
        )
        return sums.sums(since, until)
