"""Exact sums by time: the store under `bot.domain.tallies`, and how one bucket is written as a field."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from bot.domain.flows import Total
from bot.domain.units import BaseAmount, RawAmount

HOUR_S: Final = 3_600
DAY_S: Final = 24 * HOUR_S


@dataclass(frozen=True, slots=True)
class Grain:
    """Buckets of `size_s` seconds, kept for `kept_s`, longer than any window that reads them.

    `by_exchange` False: all exchanges in one.
    """

    mark: str
    size_s: int
    kept_s: int
    by_exchange: bool = True


GRAINS: Final = (
    Grain("m", 60, 2 * HOUR_S),
    Grain("q", HOUR_S // 4, DAY_S + 2 * HOUR_S),
    Grain("h", HOUR_S, 8 * DAY_S),
    Grain("n", HOUR_S, 31 * DAY_S, by_exchange=False),
)
HOURS: Final = GRAINS[2]
NORMAL: Final = GRAINS[3]


class Place(NamedTuple):
    asset: str
    """The contract."""
    direction: str
    exchange: str


class Sum(NamedTuple):
    amount: int
    value: int
    flows: int


NOTHING: Final = Sum(0, 0, 0)


class Buckets:
    """Empty ones are not kept."""

    def __init__(self) -> None:
        self._by_mark: dict[str, dict[int, dict[Place, Sum]]] = {grain.mark: {} for grain in GRAINS}

    def get(self, grain: Grain, start: int, place: Place) -> Sum:
        return self._by_mark[grain.mark].get(start, {}).get(place, NOTHING)

    def put(self, grain: Grain, start: int, place: Place, sums: Sum) -> str:
        """Its text; empty when nothing is left."""
        starts = self._by_mark[grain.mark]
        places = starts.setdefault(start, {})
        if sums == NOTHING:
            places.pop(place, None)
        else:
            places[place] = sums
        if not places:
            del starts[start]
        return "" if sums == NOTHING else text_of(sums)

    def read(self, name: str, text: str) -> None:
        """The inverse of `fields`."""
        mark, start, asset, direction, exchange = name.split("|", 4)
        places = self._by_mark[mark].setdefault(int(start), {})
        places[Place(asset, direction, exchange)] = Sum(*map(int, text.split(",")))

    def fields(self) -> Mapping[str, str]:
        """Everything, as the store has it."""
        return {
            field_of(mark, start, place): text_of(sums)
            for mark, starts in self._by_mark.items()
            for start, places in starts.items()
            for place, sums in places.items()
        }

    def drop_before(self, grain: Grain, first: int) -> Iterable[str]:
        """Names of what is gone."""
        starts = self._by_mark[grain.mark]
        gone = {start: starts.pop(start) for start in [start for start in starts if start < first]}
        return [field_of(grain.mark, start, place) for start, places in gone.items() for place in places]

    def within(self, grain: Grain, first: int, end: int) -> Iterator[tuple[int, Place, Sum]]:
        """Those that begin from `first` on and before `end`, oldest first."""
        starts = self._by_mark[grain.mark]
        for start in sorted(start for start in starts if first <= start < end):
            for place, sums in starts[start].items():
                yield start, place, sums


def floor(at: int, grain: Grain) -> int:
    return at - at % grain.size_s


def field_of(mark: str, start: int, place: Place) -> str:
    return f"{mark}|{start}|{place.asset}|{place.direction}|{place.exchange}"


def text_of(sums: Sum) -> str:
    return f"{sums.amount},{sums.value},{sums.flows}"


def plus(total: Total | None, direction: str, sums: Sum) -> Total:
    old = total or Total()
    into, out = (sums, NOTHING) if direction == "in" else (NOTHING, sums)
    return Total(
        RawAmount(old.into + into.amount),
        BaseAmount(old.into_value + into.value),
        old.into_count + into.flows,
        RawAmount(old.out + out.amount),
        BaseAmount(old.out_value + out.value),
        old.out_count + out.flows,
    )
