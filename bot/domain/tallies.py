"""What flowed, summed exactly in buckets of time: minutes, quarters, hours; and what a usual hour is.

Fed by `bot.monitor`, asked by rules and queries. A field is one bucket of one asset, exchange and direction
(`h|1700000000|0x...|in|Binance` -> `amount,dollars,count`), so that the store keeps what changed and no more.
INFLOW and OUTFLOW are summed, and what came from other exchanges apart from both; INTERNAL is not.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from math import isqrt
from typing import Final

from bot.domain.buckets import (
    DAY_S,
    GRAINS,
    HOUR_S,
    HOURS,
    NORMAL,
    Buckets,
    Grain,
    Place,
    Sum,
    field_of,
    floor,
    plus,
)
from bot.domain.flows import Flow, FlowKind, FlowSums, Normal, Total
from bot.domain.units import BaseAmount

KNOWN_HOURS_AT_LEAST: Final = 48
"""Of the past, before an hour can be called unusual."""

_SUMMED: Final = {FlowKind.INFLOW: "in", FlowKind.OUTFLOW: "out", FlowKind.BETWEEN: "between"}
_KNOWN: Final = "known"
_NOW: Final = "now"


class Tallies:
    """Sums of one chain. Every change is answered with the fields that it changed, in absolute text."""

    def __init__(self, chain_id: int, fields: Mapping[str, str] | None = None) -> None:
        self.chain_id = chain_id
        self._marks = {_KNOWN: 0, _NOW: 0}
        self._buckets = Buckets()
        for name, text in (fields or {}).items():
            if name in self._marks:
                self._marks[name] = int(text)
            else:
                self._buckets.read(name, text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tallies) and self.fields() == other.fields()

    __hash__ = None  # type: ignore[assignment]  # it changes

    @property
    def known_since(self) -> int:
        """Unix seconds since when flows are known without a hole; 0 = not begun."""
        return self._marks[_KNOWN]

    def fields(self) -> Mapping[str, str]:
        """Everything, as the store has it."""
        fields = {name: str(at) for name, at in self._marks.items() if at}
        return {**fields, **self._buckets.fields()}

    def begin(self, at: int, *, hole: bool = False) -> Mapping[str, str]:
        """Flows are known from `at` (unix seconds) on: set once, and again after a hole (`missed`)."""
        if self.known_since and not hole:
            return {}
        self._marks[_KNOWN] = at
        return {_KNOWN: str(at)}

    def add(self, flows: Iterable[Flow]) -> Mapping[str, str]:
        """Changed fields; empty text = forget it. Buckets that are forgotten already stay so."""
        return self._change(flows, 1)

    def remove(self, flows: Iterable[Flow]) -> Mapping[str, str]:
        """Of blocks that are no more: the exact inverse of `add`."""
        return self._change(flows, -1)

    def prune(self, now: int) -> Mapping[str, str]:
        """Forget buckets that no window needs; at most once a minute, else there is nothing to do."""
        if now < self._marks[_NOW] + 60:
            return {}
        self._marks[_NOW] = now
        changed = {_NOW: str(now)}
        for grain in GRAINS:
            changed |= dict.fromkeys(self._buckets.drop_before(grain, self._kept_from(grain)), "")
        return changed

    def sums(
        self, since: int, until: int, *, assets: Collection[str] = (), exchanges: Collection[str] = ()
    ) -> FlowSums:
        """In, out and net of a window; `assets` as `chain_id/contract`; none = all. `largest` is left empty.

        Both ends are rounded outwards to whole buckets of the finest grain that reaches back to `since`: an
        hour's window to minutes, a day's to quarters, else to hours. `since` and `until` say so. The series
        is by whole hours, so its ends may hold more than the sums.
        """
        grain = self._finest(since)
        first, end = floor(since, grain), -floor(-until, grain)
        by_asset: dict[str, Total] = {}
        by_exchange: dict[str, Total] = {}
        everything = Total()
        for _, place, sums in self._within(grain, first, end, assets, exchanges):
            asset = self._asset(place)
            by_asset[asset] = plus(by_asset.get(asset), place.direction, sums)
            # amounts of several assets do not add up
            dollars = sums._replace(amount=0)
            by_exchange[place.exchange] = plus(by_exchange.get(place.exchange), place.direction, dollars)
            everything = plus(everything, place.direction, sums if len(assets) == 1 else dollars)
        return FlowSums(
            since=first,
            until=end,
            by_asset=by_asset,
            by_exchange=by_exchange,
            all=everything,
            series=self._series(first, end, assets, exchanges),
            known_since=max(self.known_since, self._kept_from(grain) if self._marks[_NOW] else 0),
        )

    def between(
        self, since: int, until: int, *, assets: Collection[str] = (), exchanges: Collection[str] = ()
    ) -> Total:
        """What exchanges got from other exchanges, as `into`; the window is that of `sums`."""
        grain = self._finest(since)
        total = Total()
        window = (floor(since, grain), -floor(-until, grain))
        for _, _, sums in self._within(grain, *window, assets, exchanges, directions=("between",)):
            total = plus(total, "in", sums if len(assets) == 1 else sums._replace(amount=0))
        return total

    def normal(
        self,
        assets: Collection[str],
        direction: FlowKind,
        hour_start: int,
        *,
        exchanges: Collection[str] = (),
    ) -> Normal | None:
        """The hour that begins at `hour_start` against the full hours before it; None below 48 known ones.

        Up to 30 days of them, up to 7 where exchanges are chosen. Hours in which nothing flowed count as 0.
        """
        grain, reach = (HOURS, 7 * DAY_S) if exchanges else (NORMAL, 30 * DAY_S)
        start = hour_start - hour_start % HOUR_S
        known = -floor(-self.known_since, HOURS) if self.known_since else start
        first = max(start - reach, known)
        hours = max(start - first, 0) // HOUR_S
        if hours < KNOWN_HOURS_AT_LEAST:
            return None
        dollars: dict[int, int] = {}
        directions = (_SUMMED.get(direction, ""),)
        found = self._within(grain, first, start + HOUR_S, assets, exchanges, directions=directions)
        for at, _, sums in found:
            dollars[at] = dollars.get(at, 0) + sums.value
        hour = dollars.pop(start, 0)
        total = sum(dollars.values())
        squares = sum(value * value for value in dollars.values())
        deviation = isqrt((hours * squares - total * total) // (hours * hours))
        return Normal(BaseAmount(hour), BaseAmount(total // hours), BaseAmount(deviation), hours)

    def _change(self, flows: Iterable[Flow], sign: int) -> Mapping[str, str]:
        changed: dict[str, str] = {}
        for flow in flows:
            direction = _SUMMED.get(flow.kind)
            if direction is None:
                continue
            for grain in GRAINS:
                start = floor(flow.at, grain)
                if start < self._kept_from(grain):
                    continue
                exchange = flow.exchange if grain.by_exchange else ""
                place = Place(flow.asset.address, direction, exchange)
                old = self._buckets.get(grain, start, place)
                new = Sum(
                    old.amount + sign * flow.amount, old.value + sign * (flow.value or 0), old.flows + sign
                )
                changed[field_of(grain.mark, start, place)] = self._buckets.put(grain, start, place, new)
        return changed

    def _kept_from(self, grain: Grain) -> int:
        return self._marks[_NOW] - grain.kept_s

    def _finest(self, since: int) -> Grain:
        """The hours where even they do not reach."""
        for grain in GRAINS[:2]:
            if floor(since, grain) >= self._kept_from(grain):
                return grain
        return HOURS

    def _within(
        self,
        grain: Grain,
        first: int,
        end: int,
        assets: Collection[str],
        exchanges: Collection[str],
        *,
        directions: Collection[str] = ("in", "out"),
    ) -> Iterator[tuple[int, Place, Sum]]:
        for start, place, sums in self._buckets.within(grain, first, end):
            if (
                place.direction in directions
                and (not assets or self._asset(place) in assets)
                and (not exchanges or place.exchange in exchanges)
            ):
                yield start, place, sums

    def _asset(self, place: Place) -> str:
        return f"{self.chain_id}/{place.asset}"

    def _series(
        self, first: int, end: int, assets: Collection[str], exchanges: Collection[str]
    ) -> tuple[tuple[int, BaseAmount, BaseAmount], ...]:
        hours = {start: Total() for start in range(floor(first, HOURS), end, HOUR_S)}
        found = self._within(HOURS, floor(first, HOURS), end, assets, exchanges)
        for start, place, sums in found:
            hours[start] = plus(hours[start], place.direction, sums)
        return tuple((start, total.into_value, total.out_value) for start, total in hours.items())
