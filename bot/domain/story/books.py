"""The books of one family of coins over a life: what came at which cost, what went for how much.

Blocks are netted, so the order of events inside one changes nothing. Coins that appear without a trace are
taken as what they must be: supplied from elsewhere (at that block's price), earned in the market, or there
before (at no known cost). Used by `bot.domain.story.told`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Final

from bot.domain.story.events import WHOLE, Event, EventKind
from bot.domain.story.lots import Accounting, Pool, Taken
from bot.domain.units import BaseAmount

_INTO_MARKET: Final = frozenset({EventKind.SUPPLY, EventKind.RECEIVED})
_OUT_OF_MARKET: Final = frozenset({EventKind.WITHDRAW, EventKind.SENT, EventKind.LIQUIDATED})
_INTO_HAND: Final = frozenset({EventKind.FROM_EXCHANGE, EventKind.BORROW, EventKind.WITHDRAW})
_OUT_OF_HAND: Final = frozenset({EventKind.TO_EXCHANGE, EventKind.SUPPLY, EventKind.REPAY})


@dataclass(frozen=True, slots=True)
class Trade:
    """Coins that changed hands at known dollars. `unvalued` more did at dollars that nobody knows."""

    quantity: int = 0
    value: int = 0
    unvalued: int = 0
    count: int = 0

    @property
    def average(self) -> Fraction | None:
        """Dollars (`USD_UNIT`) a whole coin; None when nothing was valued."""
        return Fraction(self.value * WHOLE, self.quantity) if self.quantity else None

    def plus(self, quantity: int, value: int | None) -> "Trade":
        if value is None:
            return Trade(self.quantity, self.value, self.unvalued + quantity, self.count + 1)
        return Trade(self.quantity + quantity, self.value + value, self.unvalued, self.count + 1)


@dataclass(frozen=True, slots=True)
class Realised:
    """What came of the coins that went, by one accounting. Dollars as in every event."""

    accounting: Accounting
    sold: int = 0
    """Coins whose cost and proceeds are both known: these make the profit."""
    proceeds: int = 0
    cost: int = 0
    uncosted: int = 0
    """Coins that went at a known price, but whose cost is not known."""
    uncosted_proceeds: int = 0
    unvalued: int = 0
    """Coins that went for dollars that nobody knows."""
    left: int = 0
    left_cost: int = 0
    left_uncosted: int = 0
    """Coins that should still be there."""

    @property
    def profit(self) -> int:
        """Negative = a loss. Penalties and interest are not in it."""
        return self.proceeds - self.cost

    @property
    def known(self) -> bool:
        return self.sold > 0


@dataclass(frozen=True, slots=True)
class Account:
    """The books of one family. `bought` and `brought` are the entry, `sold` and `seized` the exit."""

    family: str
    bought: Trade
    """Withdrawn from exchanges."""
    brought: Trade
    """Supplied coins that came from elsewhere, at the price of the block in which they were supplied."""
    sold: Trade
    """Sent to exchanges."""
    seized: Trade
    """Taken by liquidators, at the price of the block."""
    earned: int
    """Withdrawn beyond what was ever supplied: interest, at no cost."""
    before: int
    """Coins that were there before, or came without a trace."""
    by: tuple[Realised, ...]
    """Average cost first, then FIFO."""
    cost_given: BaseAmount | None = None
    """Dollars a coin that a person said for what was there before."""

    @property
    def entry(self) -> Trade:
        """Everything that came in at a known price, borrowed coins left out."""
        one, two = self.bought, self.brought
        return Trade(
            one.quantity + two.quantity,
            one.value + two.value,
            one.unvalued + two.unvalued,
            one.count + two.count,
        )


def account(
    family: str, events: Sequence[Event], *, whole: bool, cost_given: BaseAmount | None = None
) -> Account:
    """`events` are this family's that can be measured, in order. `whole`: nothing came before them."""
    books = _Books(whole=whole, cost_given=cost_given)
    for _block, together in groupby(events, key=lambda one: (one.asset.chain_id, one.at, one.block)):
        books.block(list(together))
    return Account(
        family,
        books.bought,
        books.brought,
        books.sold,
        books.seized,
        books.earned,
        books.before,
        tuple(_closed(one, pool) for one, pool in zip(books.realised, books.pools, strict=True)),
        cost_given,
    )


def _closed(realised: Realised, pool: Pool) -> Realised:
    left = pool.left
    return Realised(
        realised.accounting,
        realised.sold,
        realised.proceeds,
        realised.cost,
        realised.uncosted,
        realised.uncosted_proceeds,
        realised.unvalued,
        left.costed,
        left.cost,
        left.uncosted,
    )


class _Books:
    """Kept while the events are read."""

    def __init__(self, *, whole: bool, cost_given: BaseAmount | None) -> None:
        self._whole = whole
        self._given = cost_given
        self._in_hand = 0
        self._supplied: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.pools = [Pool(one) for one in Accounting]
        self.realised = [Realised(one) for one in Accounting]
        self.bought = self.brought = self.sold = self.seized = Trade()
        self.earned = self.before = 0

    def block(self, events: Sequence[Event]) -> None:
        """All that comes is there before anything goes."""
        events = sorted(events, key=_alike)
        self._came(events)
        self._in_market(events)
        self._at_hand(events)
        for one in events:
            self._went(one)

    def _came(self, events: Iterable[Event]) -> None:
        for one in events:
            if one.kind is EventKind.FROM_EXCHANGE:
                self.bought = self.bought.plus(_of(one), one.value)
            if one.kind in (EventKind.FROM_EXCHANGE, EventKind.BORROW, EventKind.RECEIVED):
                self._put(_of(one), one.value)
            if one.kind is EventKind.RECEIVED:
                self.brought = self.brought.plus(_of(one), one.value)

    def _in_market(self, events: Iterable[Event]) -> None:
        """What left a market beyond what was brought to it."""
        priced: dict[tuple[str, str], Event] = {}
        for one in events:
            place: tuple[str, str] = (one.market, one.asset.address)
            if one.kind in _INTO_MARKET:
                self._supplied[place] += one.amount
            elif one.kind in _OUT_OF_MARKET or one.in_kind:
                self._supplied[place] -= one.amount
                priced[place] = one
        for place, one in priced.items():
            if one.amount and (beyond := -self._supplied[place]) > 0:
                self._supplied[place] = 0
                quantity = -(-beyond * _of(one) // one.amount)
                if self._whole:
                    self.earned += quantity
                    self._put(quantity, 0)
                else:
                    self._was_there(quantity)

    def _at_hand(self, events: Sequence[Event]) -> None:
        """What was spent beyond what was at hand came from somewhere: at this block's price if it was
        supplied or repaid, at no known cost if it went straight to an exchange.
        """
        out = [one for one in events if one.kind in _OUT_OF_HAND and not one.in_kind]
        self._in_hand += sum(_of(one) for one in events if one.kind in _INTO_HAND)
        self._in_hand -= sum(_of(one) for one in out)
        beyond, self._in_hand = max(-self._in_hand, 0), max(self._in_hand, 0)
        for one in out:
            if one.kind is EventKind.TO_EXCHANGE or not beyond:
                continue
            part = min(beyond, _of(one))
            beyond -= part
            cost = None if one.value is None or not part else one.value * part // _of(one)
            self.brought = self.brought.plus(part, cost) if one.kind is EventKind.SUPPLY else self.brought
            self._put(part, cost)
        if beyond:
            self._was_there(beyond)

    def _was_there(self, quantity: int) -> None:
        self.before += quantity
        self._put(quantity, None)

    def _put(self, quantity: int, cost: int | None) -> None:
        if cost is None and self._given is not None:
            cost = self._given * quantity // WHOLE
        for pool in self.pools:
            pool.put(quantity, cost)

    def _went(self, one: Event) -> None:
        quantity = _of(one)
        if one.kind is EventKind.TO_EXCHANGE:
            self.sold = self.sold.plus(quantity, one.value)
        elif one.kind is EventKind.LIQUIDATED:
            self.seized = self.seized.plus(quantity, one.value)
        elif one.kind is EventKind.SENT:
            for pool in self.pools:
                pool.take(quantity)  # their cost goes with them
            return
        elif one.kind is not EventKind.REPAY:
            return
        for number, pool in enumerate(self.pools):
            self.realised[number] = _with(self.realised[number], pool.take(quantity), quantity, one.value)


def _with(old: Realised, taken: Taken, quantity: int, value: int | None) -> Realised:
    sold = cost = uncosted = proceeds = rest = 0
    if value is not None and quantity:
        sold, cost, uncosted = taken.costed, taken.cost, taken.uncosted
        proceeds = value * sold // quantity
        rest = value - proceeds
    return Realised(
        old.accounting,
        old.sold + sold,
        old.proceeds + proceeds,
        old.cost + cost,
        old.uncosted + uncosted,
        old.uncosted_proceeds + rest,
        old.unvalued + (quantity if value is None else 0),
    )


def _of(one: Event) -> int:
    """The quantity of an event that can be measured."""
    return one.quantity or 0


def _alike(one: Event) -> tuple[str, str, str, str, int, int, str]:
    """An order inside a block that does not depend on the block's own."""
    return (one.kind, one.market, one.asset.address, one.account, one.amount, one.value or 0, one.tx)
