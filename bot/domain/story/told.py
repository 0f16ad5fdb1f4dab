"""A position's life made of dated events: steps, sums, what coins cost and brought, interest, penalties.

`tell` is pure and exact. Called by /story; what can be said of it is in `bot.messages.story`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.story.books import Account, account
from bot.domain.story.events import Event, EventKind
from bot.domain.story.steps import Step, steps
from bot.domain.units import Address, Asset, BaseAmount, RawAmount


@dataclass(frozen=True, slots=True)
class Sum:
    """All moves of one kind in one asset, to the last raw unit."""

    kind: EventKind
    asset: Asset
    market: str
    amount: RawAmount
    value: int
    """Dollars of those whose dollars are known."""
    count: int
    unvalued: int


@dataclass(frozen=True, slots=True)
class DebtSum:
    """One asset's debt in one market over the life."""

    asset: Asset
    market: str
    borrowed: RawAmount
    repaid: RawAmount
    """By whoever paid, liquidators left out."""
    by_liquidators: RawAmount
    interest: RawAmount | None
    """Repaid beyond what was borrowed so far; None where borrowing from before is not known."""
    interest_value: int | None
    """At the price of the last repayment; None when that or the interest is not known."""
    borrowed_value: int | None = None
    """Dollars of all that was borrowed, each at its time; None when some are not known."""
    repaid_value: int | None = None
    """Dollars of all that was repaid, by liquidators too."""

    @property
    def result(self) -> int | None:
        """Of a debt that is paid off: what it brought less what it took, price and interest together."""
        if self.interest is None or self.repaid + self.by_liquidators < self.borrowed:
            return None
        if self.borrowed_value is None or self.repaid_value is None:
            return None
        return self.borrowed_value - self.repaid_value


@dataclass(frozen=True, slots=True)
class Story:
    """What became of some accounts. Gas is in none of it."""

    accounts: tuple[Address, ...]
    since: int
    until: int
    """Unix seconds of the first and the last event; 0 without any."""
    events: tuple[Event, ...]
    steps: tuple[Step, ...]
    sums: tuple[Sum, ...]
    books: tuple[Account, ...]
    """Of every family that is no money, the one with most dollars first."""
    debts: tuple[DebtSum, ...]
    liquidations: int
    penalties: int
    """Dollars of those liquidations whose prices are known."""
    penalties_unknown: int
    """How many others there were."""
    unmeasured: int
    """Events that are in no books: their coins cannot be measured in their family's."""
    whole: bool
    """True when nothing can have happened before the first event."""


def tell(
    events: Iterable[Event],
    accounts: Sequence[Address],
    *,
    whole: bool,
    money: Collection[str] = (),
    cost_given: BaseAmount | None = None,
) -> Story:
    """`money` are the families in which others are paid: no books are kept of them.

    `cost_given`: dollars a coin for what has no known cost otherwise.
    """
    known = _without_own(sorted(events, key=lambda one: one.order), frozenset(accounts))
    penalties = [one.penalty for one in known if one.kind is EventKind.LIQUIDATED]
    measured: dict[str, list[Event]] = {}
    for one in known:
        if one.family not in money and one.quantity is not None:
            measured.setdefault(one.family, []).append(one)
    books = [account(key, those, whole=whole, cost_given=cost_given) for key, those in measured.items()]
    return Story(
        tuple(accounts),
        known[0].at if known else 0,
        known[-1].at if known else 0,
        tuple(known),
        steps(known),
        _sums(known),
        tuple(sorted(books, key=lambda one: (-_dollars(one), one.family))),
        _debts(known, whole=whole),
        len(penalties),
        sum(one for one in penalties if one is not None),
        sum(one is None for one in penalties),
        sum(one.quantity is None and one.family not in money for one in known),
        whole,
    )


def _without_own(events: Sequence[Event], accounts: frozenset[Address]) -> list[Event]:
    """Without what an owner's wallets sent each other: that is no event of the owner's."""
    moved = (EventKind.SENT, EventKind.RECEIVED)
    return [one for one in events if not (one.kind in moved and one.other in accounts)]


def _dollars(one: Account) -> int:
    return int(one.entry.value + one.sold.value + one.seized.value)


def _sums(events: Sequence[Event]) -> tuple[Sum, ...]:
    groups: dict[tuple[EventKind, Asset, str], list[Event]] = {}
    for one in events:
        groups.setdefault((one.kind, one.asset, one.market), []).append(one)
    return tuple(
        Sum(
            kind,
            asset,
            market,
            RawAmount(sum(one.amount for one in those)),
            sum(one.value or 0 for one in those),
            len(those),
            sum(one.value is None for one in those),
        )
        for (kind, asset, market), those in groups.items()
    )


def _debts(events: Sequence[Event], *, whole: bool) -> tuple[DebtSum, ...]:
    paid: dict[tuple[str, Asset], list[Event]] = {}
    for one in events:
        if one.kind in (EventKind.BORROW, EventKind.REPAY):
            paid.setdefault((one.market, one.asset), []).append(one)
        elif one.kind is EventKind.LIQUIDATED and one.debt is not None:
            paid.setdefault((one.market, one.debt), []).append(one)
    return tuple(_debt(market, asset, those, whole=whole) for (market, asset), those in paid.items())


def _debt(market: str, asset: Asset, events: Sequence[Event], *, whole: bool) -> DebtSum:
    amounts: Mapping[EventKind, int] = {
        kind: sum(
            one.repaid if kind is EventKind.LIQUIDATED else one.amount for one in events if one.kind is kind
        )
        for kind in (EventKind.BORROW, EventKind.REPAY, EventKind.LIQUIDATED)
    }
    borrowed, repaid, taken = amounts.values()
    interest = max(0, repaid + taken - borrowed) if whole else None
    return DebtSum(
        asset,
        market,
        RawAmount(borrowed),
        RawAmount(repaid),
        RawAmount(taken),
        None if interest is None else RawAmount(interest),
        None if interest is None else _at_last_price(interest, events),
        _dollars_of(events, borrowed=True),
        _dollars_of(events, borrowed=False),
    )


def _dollars_of(events: Sequence[Event], *, borrowed: bool) -> int | None:
    """Of one side of a debt; None when a part of it is not known."""
    values = [
        one.repaid_value if one.kind is EventKind.LIQUIDATED else one.value
        for one in events
        if (one.kind is EventKind.BORROW) is borrowed
    ]
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _at_last_price(amount: int, events: Sequence[Event]) -> int | None:
    """Dollars of an amount of debt, by the last repayment whose dollars are known."""
    for one in reversed(events):
        seized = one.kind is EventKind.LIQUIDATED
        paid, value = (one.repaid, one.repaid_value) if seized else (one.amount, one.value)
        if one.kind is not EventKind.BORROW and value is not None and paid:
            return amount * value // paid
    return 0 if not amount else None
