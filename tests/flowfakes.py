"""Flows in memory, with sums that are truly theirs: for commands and the town."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.deposits import DepositAddress
from bot.domain.flows import Flow, FlowKind, FlowSums, Total
from bot.domain.units import Address, BaseAmount, RawAmount
from bot.ports import LoansBefore

HOUR_S = 3_600


@dataclass
class FakeFlows:
    """`bot.ports.FlowLog` over a list of flows; what it does not know begins at `known_since`, None = it
    knows of no time at all. `tests/contract/test_flow_log.py` holds it to the stored one.
    """

    kept: list[Flow] = field(default_factory=list)
    deposits: dict[tuple[int, Address], DepositAddress] = field(default_factory=dict)
    known_since: int | None = 0
    tallies: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    records: dict[int, dict[Address, str]] = field(default_factory=lambda: defaultdict(dict))
    trails: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    before: dict[int, dict[int, tuple[LoansBefore, ...]]] = field(default_factory=lambda: defaultdict(dict))
    """Both by chain and block."""

    async def load(
        self, chain_id: int, *, since: int = 0
    ) -> tuple[dict[str, str], dict[Address, str], tuple[Flow, ...]]:
        flows = [one for one in self.kept if one.chain_id == chain_id and one.at >= since]
        flows.sort(key=lambda one: one.at)
        return dict(self.tallies[chain_id]), dict(self.records[chain_id]), tuple(flows)

    async def flows(
        self, *, since: int, senders: Collection[Address] = (), assets: Collection[str] = ()
    ) -> tuple[Flow, ...]:
        found = (one for one in self.kept if one.at >= since and (not senders or one.sender in senders))
        kept = (one for one in found if not assets or _key(one) in assets)
        return tuple(sorted(kept, key=lambda one: (-one.at, -one.block)))

    async def sums(
        self, *, since: int, until: int, assets: Collection[str] = (), exchanges: Collection[str] = ()
    ) -> FlowSums:
        first, end = since - since % 60, until + -until % 60  # whole minutes, outwards
        hours = range(first - first % HOUR_S, end, HOUR_S)
        near = [
            one
            for one in self.kept
            if (not assets or _key(one) in assets)
            and (not exchanges or one.exchange in exchanges)
            and one.kind in {FlowKind.INFLOW, FlowKind.OUTFLOW}
        ]
        flows = [one for one in near if first <= one.at < end]
        everything = _total(flows)
        return FlowSums(
            first,
            end,
            {
                key: _total([one for one in flows if _key(one) == key])
                for key in dict.fromkeys(map(_key, flows))
            },
            {
                name: _dollars(_total([one for one in flows if one.exchange == name]))
                for name in dict.fromkeys(one.exchange for one in flows)
            },
            everything if len(assets) == 1 else _dollars(everything),
            tuple(
                sorted(
                    (one for one in flows if since <= one.at < until),
                    key=lambda one: one.value or 0,
                    reverse=True,
                )[:10]
            ),
            tuple(
                (hour, total.into_value, total.out_value)
                for hour in hours
                for total in [_total([one for one in near if hour <= one.at < hour + HOUR_S])]
            ),
            until if self.known_since is None else self.known_since,
        )

    async def trail(self, chain_id: int) -> tuple[str, ...]:
        return tuple(text for _, text in sorted(self.trails[chain_id].items()))

    async def loans_before(self, chain_id: int) -> tuple[LoansBefore, ...]:
        by_block = sorted(self.before[chain_id].items())
        return tuple(one for _, some in by_block for one in sorted(some, key=lambda one: one.account))

    async def deposit(self, chain_id: int, address: Address) -> DepositAddress | None:
        return self.deposits.get((chain_id, address))


def _key(flow: Flow) -> str:
    return f"{flow.asset.chain_id}/{flow.asset.address}"


def _dollars(total: Total) -> Total:
    """Amounts of several assets do not add up."""
    return replace(total, into=RawAmount(0), out=RawAmount(0))


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
