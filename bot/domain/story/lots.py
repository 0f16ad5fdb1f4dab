"""What coins cost: lots that came in, and what is taken of them when coins go, by one of two accountings.

Used by `bot.domain.story.books`. Integers throughout: what does not divide (a hundred-millionth of a dollar)
stays with the coins that are left, so nothing is lost or counted twice.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum


class Accounting(StrEnum):
    """Which coins are the ones that go."""

    AVERAGE = "average"
    """All alike: each costs the average of what is there."""
    FIFO = "fifo"
    """Those that came first."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Coins that went. `costed` of them have a known cost, `uncosted` have none."""

    costed: int = 0
    cost: int = 0
    uncosted: int = 0


class Pool:
    """Coins held, by one accounting. Costs are dollars of all coins of a lot; None = not known."""

    def __init__(self, accounting: Accounting) -> None:
        self.accounting = accounting
        self._lots: deque[tuple[int, int | None]] = deque()
        self.quantity = 0

    def put(self, quantity: int, cost: int | None) -> None:
        """A lot of its own by FIFO; by average with all that are like it."""
        if quantity <= 0:
            return
        self.quantity += quantity
        if self.accounting is Accounting.AVERAGE:
            for number, (held, paid) in enumerate(self._lots):
                if (paid is None) == (cost is None):
                    together = None if paid is None or cost is None else paid + cost
                    self._lots[number] = (held + quantity, together)
                    return
        self._lots.append((quantity, cost))

    @property
    def left(self) -> Taken:
        """What is still there."""
        known = [(quantity, cost) for quantity, cost in self._lots if cost is not None]
        costed = sum(quantity for quantity, _cost in known)
        return Taken(costed, sum(cost for _quantity, cost in known), self.quantity - costed)

    def take(self, quantity: int) -> Taken:
        """Take coins out. What was never seen coming has no cost: it is not guessed."""
        wanted = min(quantity, self.quantity)
        beyond = quantity - wanted
        taken = self._average(wanted) if self.accounting is Accounting.AVERAGE else self._first(wanted)
        self.quantity -= wanted
        return Taken(taken.costed, taken.cost, taken.uncosted + beyond)

    def _average(self, wanted: int) -> Taken:
        """Of coins with a cost and of those without one in proportion."""
        if not wanted:
            return Taken()
        there = self.left
        costed = there.costed * wanted // self.quantity
        uncosted = wanted - costed
        if uncosted > there.uncosted:  # by the one coin that the division left over
            costed, uncosted = wanted - there.uncosted, there.uncosted
        cost = there.cost * costed // there.costed if there.costed else 0
        self._lots.clear()
        if there.costed > costed:
            self._lots.append((there.costed - costed, there.cost - cost))
        if there.uncosted > uncosted:
            self._lots.append((there.uncosted - uncosted, None))
        return Taken(costed, cost, uncosted)

    def _first(self, wanted: int) -> Taken:
        costed = spent = uncosted = 0
        while wanted:
            quantity, cost = self._lots.popleft()
            part = min(quantity, wanted)
            wanted -= part
            paid = None if cost is None else cost * part // quantity
            if cost is None or paid is None:
                uncosted += part
            else:
                costed, spent = costed + part, spent + paid
            if part < quantity:
                rest = None if cost is None or paid is None else cost - paid
                self._lots.appendleft((quantity - part, rest))
        return Taken(costed, spent, uncosted)
