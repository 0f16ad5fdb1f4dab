"""A chain's flows of the last hours or days in memory, and rolling sums over them."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.domain.flows import Flow


class Kept:
    """Oldest first. `begin` counts what was dropped, so that a place in it stays the same place."""

    def __init__(self, flows: Iterable[Flow] = ()) -> None:
        self._flows = list(flows)
        self.begin = 0

    @property
    def end(self) -> int:
        return self.begin + len(self._flows)

    def __getitem__(self, place: int) -> Flow:
        return self._flows[place - self.begin]

    def add(self, flows: Sequence[Flow]) -> None:
        self._flows.extend(flows)

    def drop_before(self, at: int) -> None:
        """Forget what is older than `at` (unix seconds), many at once: lists are costly to shorten."""
        gone = self.place(at) - self.begin
        if gone > 2_000 or gone == len(self._flows):
            del self._flows[:gone]
            self.begin += gone

    def undo(self, to: int) -> None:
        """Forget blocks above `to`."""
        while self._flows and self._flows[-1].block > to:
            self._flows.pop()

    def place(self, at: int) -> int:
        """Of the first flow at or after `at`."""
        low, high = 0, len(self._flows)
        while low < high:
            middle = (low + high) // 2
            if self._flows[middle].at < at:
                low = middle + 1
            else:
                high = middle
        return self.begin + low

    def since(self, at: int) -> Iterator[Flow]:
        """Oldest first."""
        return (self[place] for place in range(self.place(at), self.end))


class Window:
    """Dollars that passed a filter within `span_s` seconds, by whom they are counted for."""

    def __init__(self, span_s: int, count_for: Callable[[Flow], str | None]) -> None:
        """`count_for`: under what a flow is summed, None = not at all."""
        self.span_s = span_s
        self._count_for = count_for
        self._first = -1
        self._next = -1
        self._sums: dict[str, int] = {}
        self._places: dict[str, deque[int]] = {}

    def turn(self, kept: Kept, at: int) -> None:
        """Bring it to `at`: what became too old goes, what was added since is counted."""
        if self._first < kept.begin:
            self._sums.clear()
            self._places.clear()
            self._first = self._next = kept.place(at - self.span_s + 1)
        while self._next < kept.end:
            self._enter(kept[self._next], self._next)
            self._next += 1
        while self._first < self._next and kept[self._first].at <= at - self.span_s:
            self._leave(kept[self._first], self._first)
            self._first += 1

    def sum(self, whom: str) -> int:
        return self._sums.get(whom, 0)

    def flows(self, kept: Kept, whom: str) -> list[Flow]:
        """Those that make a sum up, oldest first."""
        return [kept[place] for place in self._places.get(whom, ())]

    def _enter(self, flow: Flow, place: int) -> None:
        whom = self._count_for(flow)
        if whom is not None:
            self._sums[whom] = self._sums.get(whom, 0) + (flow.value or 0)
            self._places.setdefault(whom, deque()).append(place)

    def _leave(self, flow: Flow, place: int) -> None:
        whom = self._count_for(flow)
        places = self._places.get(whom, ()) if whom is not None else ()
        if whom is None or not places or places[0] != place:
            return
        self._sums[whom] -= flow.value or 0
        self._places[whom].popleft()
        if not self._places[whom]:
            del self._places[whom], self._sums[whom]
