"""A life in readable steps: like moves within a day, as long as the tide does not turn, are one.

Used by `bot.domain.story.told`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.domain.story.events import Event, EventKind
from bot.domain.units import Address, Asset

DAY_S: Final = 86_400
LINKS_AT_MOST: Final = 10

_BUILDS: Final = frozenset({EventKind.SUPPLY, EventKind.BORROW, EventKind.RECEIVED})
_UNWINDS: Final = frozenset({EventKind.WITHDRAW, EventKind.REPAY, EventKind.SENT})


@dataclass(frozen=True, slots=True)
class Link:
    """A transaction on its chain."""

    chain_id: int
    tx: str


@dataclass(frozen=True, slots=True)
class Step:
    """One or several like moves. `value` sums what is known; `unvalued` moves have no known dollars."""

    kind: EventKind
    asset: Asset
    since: int
    until: int
    count: int
    amount: int
    value: int
    unvalued: int
    links: tuple[Link, ...]
    """The first ones, at most `LINKS_AT_MOST`; `count` is of all moves."""
    accounts: tuple[Address, ...]
    market: str = ""
    exchange: str = ""
    debt: Asset | None = None
    repaid: int = 0
    penalty: int | None = None
    """Of liquidations; None where the block's prices are not known."""
    source: str = ""
    link: str = ""
    certainty: str = ""


def steps(events: Iterable[Event]) -> tuple[Step, ...]:
    """In the order in which they began. Borrowing and supplying in turns is one of each, until a withdrawal,
    a repayment or a liquidation turns the tide.
    """
    found: list[list[Event]] = []
    open_: dict[tuple[object, ...], list[Event]] = {}
    tide = ""
    for one in events:
        turned = _tide(one)
        if tide and turned not in ("", tide):
            open_.clear()
        tide = turned or tide
        key = _like(one)
        group = open_.get(key)
        if group is None or one.at - group[0].at >= DAY_S:
            open_[key] = group = []
            found.append(group)
        group.append(one)
    return tuple(_step(group) for group in found)


def _tide(one: Event) -> str:
    """Which way it goes; coins to and from exchanges go along with either."""
    if one.kind in _BUILDS:
        return "builds"
    if one.kind in _UNWINDS:
        return "unwinds"
    return "liquidated" if one.kind is EventKind.LIQUIDATED else ""


def _like(one: Event) -> tuple[object, ...]:
    return (one.kind, one.asset, one.market, one.exchange, one.debt, one.source, one.link, one.certainty)


def _step(group: list[Event]) -> Step:
    first = group[0]
    links = dict.fromkeys(Link(one.asset.chain_id, one.tx) for one in group if one.tx)
    penalties = [one.penalty for one in group]
    whole = [one for one in penalties if one is not None]
    return Step(
        first.kind,
        first.asset,
        first.at,
        group[-1].at,
        len(group),
        sum(one.amount for one in group),
        sum(one.value or 0 for one in group),
        sum(one.value is None for one in group),
        tuple(links)[:LINKS_AT_MOST],
        tuple(dict.fromkeys(one.account for one in group)),
        first.market,
        first.exchange,
        first.debt,
        sum(one.repaid for one in group),
        sum(whole) if len(whole) == len(penalties) else None,
        first.source,
        first.link,
        first.certainty,
    )
