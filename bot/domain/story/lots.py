"""What coins cost: lots that came in, and what is taken of them when coins go, by one of two accountings.

Used by `bot.domain.story.books`. Exact: quantities are integers, shares and costs fractions.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Accounting(StrEnum):
    """Which coins are the ones that go."""

    AVERAGE = "average"
    """All alike: each costs the average of what is there."""
    FIFO = "fifo"
    """Those that came first."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Coins that went. `costed` of them have a known cost, `uncosted` have none."""

    costed: Fraction = Fraction(0)
    cost: Fraction = Fraction(0)
    uncosted: Fraction = Fraction(0)


class Pool:
    """Coins held, by one accounting. Costs are dollars of all coins of a lot; None = not known."""

    def __init__(self, accounting: Accounting) -> None:
        self.accounting = accounting
        self._lots: deque[tuple[Fraction, Fraction | None]] = deque()

    def put(self, quantity: Fraction | int, cost: Fraction | int | None) -> None:
        """A lot of its own by FIFO; by average with all that are like it."""
        if quantity <= 0:
            return
        lot = (Fraction(quantity), None if cost is None else Fraction(cost))
        if self.accounting is Accounting.AVERAGE:
            for number, (held, paid) in enumerate(self._lots):
                if (paid is None) == (lot[1] is None):
                    together = None if paid is None or lot[1] is None else paid + lot[1]
                    self._lots[number] = (held + lot[0], together)
                    return
        self._lots.append(lot)

    @property
    def quantity(self) -> Fraction:
        return sum((quantity for quantity, _cost in self._lots), Fraction(0))

    @property
    def left(self) -> Taken:
        """What is still there."""
        known = [(quantity, cost) for quantity, cost in self._lots if cost is not None]
        costed = sum((quantity for quantity, _cost in known), Fraction(0))
        cost = sum((cost for _quantity, cost in known), Fraction(0))
        return Taken(costed, cost, self.quantity - costed)

    def take(self, quantity: Fraction | int) -> Taken:
        """Take coins out. What was never seen coming has no cost: it is not guessed."""
        wanted = min(Fraction(quantity), self.quantity)
        beyond = Fraction(quantity) - wanted
        taken = self._average(wanted) if self.accounting is Accounting.AVERAGE else self._first(wanted)
        return Taken(taken.costed, taken.cost, taken.uncosted + beyond)

    def _average(self, wanted: Fraction) -> Taken:
        there = self.left
        if not wanted:
            return Taken()
        share = wanted / self.quantity
        self._lots = deque(
            (quantity * (1 - share), None if cost is None else cost * (1 - share))
            for quantity, cost in self._lots
            if share < 1
        )
        return Taken(there.costed * share, there.cost * share, there.uncosted * share)

    def _first(self, wanted: Fraction) -> Taken:
        costed, spent, uncosted = Fraction(0), Fraction(0), Fraction(0)
        while wanted:
            quantity, cost = self._lots.popleft()
            part = min(quantity, wanted)
            share = part / quantity
            wanted -= part
            if cost is None:
                uncosted += part
            else:
                costed, spent = costed + part, spent + cost * share
            if part < quantity:
                rest = None if cost is None else cost * (1 - share)
                self._lots.appendleft((quantity - part, rest))
        return Taken(costed, spent, uncosted)
