# ruff: noqa: ARG002
"""What flowed, summed exactly in buckets of time: minutes, quarters, hours; and what a usual hour is."""

from collections.abc import Collection, Iterable, Mapping

from bot.domain.flows import Flow, FlowKind, FlowSums, Normal, Total


class Tallies:
    """Sums of one chain. Every change is answered with the fields that it changed, in absolute text."""

    def __init__(self, chain_id: int, fields: Mapping[str, str] | None = None) -> None:
        self.chain_id = chain_id
        self._texts = dict(fields or {})

    def begin(self, at: int, *, hole: bool = False) -> Mapping[str, str]:
        """Flows are known from `at` (unix seconds) on: set once, and again after a hole (`missed`)."""
        return {}

    def add(self, flows: Iterable[Flow]) -> Mapping[str, str]:
        """Changed fields; empty text = forget it."""
        return {}

    def remove(self, flows: Iterable[Flow]) -> Mapping[str, str]:
        """Of blocks that are no more: the exact inverse of `add`."""
        return {}

    def prune(self, now: int) -> Mapping[str, str]:
        """Forget buckets that no window needs; cheap when there are none."""
        return {}

    def sums(
        self, since: int, until: int, *, assets: Collection[str] = (), exchanges: Collection[str] = ()
    ) -> FlowSums:
        """`assets` as `chain_id/contract`; none = all. `largest` is left empty."""
        return FlowSums(since, until)

    def between(
        self, since: int, until: int, *, assets: Collection[str] = (), exchanges: Collection[str] = ()
    ) -> Total:
        """What came from other exchanges, as `into`."""
        return Total()

    def normal(
        self,
        assets: Collection[str],
        direction: FlowKind,
        hour_start: int,
        *,
        exchanges: Collection[str] = (),
    ) -> Normal | None:
        """The hour that begins at `hour_start` against the full hours before it; None below 48 known ones."""
        return None
