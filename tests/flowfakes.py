"""Flows in memory, with sums that are truly theirs: for commands and the town."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.deposits import DepositAddress
from bot.domain.flows import Flow, FlowKind, FlowSums, Total
from bot.domain.units import Address, BaseAmount, RawAmount


@dataclass
class FakeFlows:
    """`bot.ports.FlowLog` over a list of flows; what it does not know begins at `known_since`."""

    kept: list[Flow] = field(default_factory=list)
    deposits: dict[tuple[int, Address], DepositAddress] = field(default_factory=dict)
    known_since: int = 0

    async def load(
        self, chain_id: int, *, since: int = 0
    ) -> tuple[dict[str, str], dict[Address, str], tuple[Flow, ...]]:
        return {}, {}, tuple(one for one in self.kept if one.chain_id == chain_id and one.at >= since)

    async def flows(
        self, *, since: int, senders: Collection[Address] = (), assets: Collection[str] = ()
    ) -> tuple[Flow, ...]:
        found = (one for one in self.kept if one.at >= since and (not senders or one.sender in senders))
        kept = (one for one in found if not assets or _key(one) in assets)
        return tuple(sorted(kept, key=lambda one: -one.at))

    async def sums(
        self, *, since: int, until: int, assets: Collection[str] = (), exchanges: Collection[str] = ()
    ) -> FlowSums:
        flows = [
            one
            for one in self.kept
            if since <= one.at < until
            and (not assets or _key(one) in assets)
            and (not exchanges or one.exchange in exchanges)
            and one.kind in {FlowKind.INFLOW, FlowKind.OUTFLOW}
        ]
        hours = range(since // 3600 * 3600, until, 3600)
        return FlowSums(
            since,
            until,
            {
                key: _total([one for one in flows if _key(one) == key])
                for key in dict.fromkeys(map(_key, flows))
            },
            {
                name: replace(
                    _total([one for one in flows if one.exchange == name]),
                    into=RawAmount(0),
                    out=RawAmount(0),
                )
                for name in dict.fromkeys(one.exchange for one in flows)
            },
            replace(_total(flows), into=RawAmount(0), out=RawAmount(0)),
            tuple(sorted(flows, key=lambda one: -(one.value or 0))[:10]),
            tuple(
                (hour, total.into_value, total.out_value)
                for hour in hours
                for total in [_total([one for one in flows if hour <= one.at < hour + 3600])]
            ),
            self.known_since,
        )

    async def trail(self, chain_id: int) -> tuple[str, ...]:
        return ()

    async def deposit(self, chain_id: int, address: Address) -> DepositAddress | None:
        return self.deposits.get((chain_id, address))


def _key(flow: Flow) -> str:
    return f"{flow.asset.chain_id}/{flow.asset.address}"


def _total(flows: Sequence[Flow]) -> Total:
    into = [one for one in flows if one.kind is FlowKind.INFLOW]
    out = [one for one in flows if one.kind is FlowKind.OUTFLOW]
    return Total(
        RawAmount(sum(one.amount for one in into)),
        BaseAmount(sum(one.value or 0 for one in into)),
        len(into),
        RawAmount(sum(one.amount for one in out)),
        BaseAmount(sum(one.value or 0 for one in out)),
        len(out),
    )
