"""Which flows a watch lets through. Asked by `bot.monitor.flows` for each flow of a block; pure."""

from collections.abc import Callable, Iterable, Mapping

from bot.domain.flows import Flow, FlowKind
from bot.domain.units import Address, Asset
from bot.ports import TrackedAsset
from bot.subscriptions import FlowTarget


class Families:
    """What people mean by a name: contracts of one family. Made anew only when the tracked assets change."""

    def __init__(self, tracked: Callable[[], tuple[TrackedAsset, ...]]) -> None:
        self._tracked = tracked
        self._last: tuple[TrackedAsset, ...] | None = None
        self._family: Mapping[tuple[int, Address], str] = {}
        self._assets: Mapping[str, Asset] = {}

    def refresh(self) -> bool:
        """Call once a block; whether anything changed."""
        now, before = self._tracked(), self._last
        self._last = now
        changed = now is not before and now != before
        if changed:
            self._family = {(one.asset.chain_id, one.asset.address): one.family for one in now}
            self._assets = {f"{one.asset.chain_id}/{one.asset.address}": one.asset for one in now}
        return changed

    def of(self, asset: Asset) -> str:
        """Empty for an asset that is not tracked (any more)."""
        return self._family.get((asset.chain_id, asset.address), "")

    def asset(self, key: str) -> Asset | None:
        """By `chain_id/contract`."""
        return self._assets.get(key)

    def keys(self, chain_id: int, wanted: Iterable[str]) -> tuple[str, ...]:
        """The contracts of a chain that a filter means, as `chain_id/contract`; () = it means all."""
        asked = frozenset(wanted)
        if not asked:
            return ()
        prefix = f"{chain_id}/"
        found = {key for key in asked if key.startswith(prefix)}
        for key, asset in self._assets.items():
            if key.startswith(prefix) and self.of(asset) in asked:
                found.add(key)
        return tuple(sorted(found)) or (f"{chain_id}/none",)


def lets(target: FlowTarget, flow: Flow, family: str) -> bool:
    """Whether a flow passes the filter. Of a flow between exchanges, either may be the one asked for."""
    if flow.kind not in target.directions:
        return False
    if target.chains and flow.chain_id not in target.chains:
        return False
    if target.assets and not _named(target, flow, family):
        return False
    if target.exchanges and not _at_exchange(target, flow):
        return False
    if target.senders and flow.sender not in target.senders:
        return False
    return not target.receivers or flow.receiver in target.receivers or flow.via in target.receivers


def _named(target: FlowTarget, flow: Flow, family: str) -> bool:
    return family in target.assets or f"{flow.chain_id}/{flow.asset.address}" in target.assets


def _at_exchange(target: FlowTarget, flow: Flow) -> bool:
    if flow.exchange in target.exchanges:
        return True
    return flow.kind is FlowKind.BETWEEN and flow.other in target.exchanges
