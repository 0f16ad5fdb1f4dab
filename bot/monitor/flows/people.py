"""Flow watches as of one version of the book, and whose wallets a home knows. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain.flows import FlowKind
from bot.domain.rules import DigestRule, SumRule, UnusualRule
from bot.domain.units import Address
from bot.monitor.watched import Watched
from bot.subscriptions import FlowTarget, WalletTarget, Watch

NOBODY: frozenset[Address] = frozenset()


@dataclass(frozen=True, slots=True)
class Wallets:
    """The wallets that one home watches."""

    names: Mapping[Address, str]
    """What the home calls them: label, ENS name or owner; hostile text, may be empty."""
    owners: Mapping[Address, str]
    """Of those that have one."""
    groups: Mapping[str, frozenset[Address]]
    """Owner -> all wallets."""

    def others(self, address: Address) -> frozenset[Address]:
        """The other wallets of its owner."""
        return self.groups.get(self.owners.get(address, ""), NOBODY) - {address}

    def incident(self, address: Address) -> str:
        """Under what tranches of an address are gathered: its owner, or itself."""
        owner = self.owners.get(address)
        return f"owner:{owner}" if owner else address


@dataclass(frozen=True, slots=True)
class FlowWatches:
    """`reach_s`: the longest span of single flows that any rule sums up, in seconds."""

    watched: Watched
    wallets: Mapping[str, Wallets]
    """By home."""
    everybody: frozenset[Address]
    """Every wallet that anybody watches."""
    reach_s: int
    filters: Mapping[str, FlowTarget]
    """By watch id, without the words that it was typed in: equal filters are the same to all."""

    @classmethod
    def of(cls, watched: Watched) -> "FlowWatches":
        wallets = {home: _wallets(watches) for home, watches in watched.by_home.items()}
        everybody = frozenset(address for one in wallets.values() for address in one.names)
        reach = (_reach(watch) for watch in watched.by_flow)
        filters = {
            watch.id: replace(watch.target, said="")
            for watch in watched.by_flow
            if isinstance(watch.target, FlowTarget)
        }
        return cls(watched, wallets, everybody, max(reach, default=0), filters)

    @property
    def homes(self) -> frozenset[str]:
        """Those that have a flow watch."""
        return frozenset(watch.home for watch in self.watched.by_flow)

    def wanted(self, chain_id: int) -> bool:
        """Whether anybody asked for flows of a chain."""
        return any(looks_at(watch, chain_id) for watch in self.watched.by_flow)


def looks_at(watch: Watch, chain_id: int) -> bool:
    target = watch.target
    return isinstance(target, FlowTarget) and (not target.chains or chain_id in target.chains)


def person_of(kind: FlowKind, sender: Address, receiver: Address) -> Address:
    """Who is behind a flow: of an outflow who gets it, for it leaves from a wallet of all customers."""
    return receiver if kind is FlowKind.OUTFLOW else sender


def _reach(watch: Watch) -> int:
    spans = [0]
    for rule in watch.rules:
        match rule:
            case SumRule(window_s=window_s):
                spans.append(window_s)
            case UnusualRule():
                spans.append(3600)
            case DigestRule(every_s=every_s):
                spans.append(2 * every_s)
    return max(spans)


def _wallets(watches: tuple[Watch, ...]) -> Wallets:
    names: dict[Address, str] = {}
    owners: dict[Address, str] = {}
    groups: dict[str, set[Address]] = defaultdict(set)
    for watch in watches:
        if isinstance(watch.target, WalletTarget):
            address = watch.target.address
            names.setdefault(address, watch.label or watch.target.name or watch.owner)
            if watch.owner:
                owners.setdefault(address, watch.owner)
                groups[watch.owner].add(address)
    return Wallets(names, owners, {owner: frozenset(found) for owner, found in groups.items()})
