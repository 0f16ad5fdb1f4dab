"""Answers about what is imagined, looped, charted and grouped by owner. Facts, as in `answers`.

Made by the commands; `compare`, `loopwords`, `board` and `chart` make words of them, `facts` makes JSON.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from bot.domain.aave_v3 import position
from bot.domain.loop_model import Loop, Looped, LoopRefused
from bot.domain.observations import PriceSeen
from bot.domain.passage import Volatility
from bot.domain.positions import Origin, Position
from bot.domain.rules import Rule
from bot.domain.units import Address, Asset, BaseAmount
from bot.domain.whatif.changes import Change
from bot.domain.whatif.engine import Outcome, Refused
from bot.subscriptions import Watch


@dataclass(frozen=True, slots=True)
class Restless:
    """How much an asset's price moved of late: what chances are reckoned from. None is shown without it."""

    market: str
    asset: Address
    volatility: Volatility


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose position it is. A watch names itself; else a name (hostile text) or an address, or nobody."""

    watch: Watch | None = None
    name: str = ""
    address: Address | None = None


# ---- what if ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WhatIfShown:
    """One position before and after some changes, or why the market would refuse one of them."""

    whose: Whose
    before: Position
    done: Outcome | Refused
    said: tuple[str, ...] = ()
    """The changes as they were typed, one each: hostile text."""
    changes: tuple[Change, ...] = ()
    draft: str = ""
    """Under which it can be kept as a watch (Press "keep"); empty = no button."""
    restless: tuple[Restless, ...] = ()

    @property
    def refused(self) -> Refused | None:
        return self.done if isinstance(self.done, Refused) else None

    @property
    def after(self) -> Position | None:
        if isinstance(self.done, Refused):
            return None
        # A mirror's stored words are those of the wallet that it copies; its account is nobody's.
        return replace(of_outcome(self.done), account=self.before.account)


@dataclass(frozen=True, slots=True)
class WhatIfsShown:
    """The same changes to several positions: of one wallet, of an owner, of all that is watched here."""

    cases: tuple[WhatIfShown, ...]
    name: str = ""
    """The owner's name: hostile text."""
    unread: tuple[str, ...] = ()
    """Titles of markets that gave no answer."""


def of_outcome(outcome: Outcome) -> Position:
    """The position of an outcome, with the stored words behind it."""
    at = position(outcome.market, outcome.account)
    return replace(at, origin=Origin(outcome.market, outcome.account))


# ---- imagined watches ---------------------------------------------------------------------------------
# A new one (/simulate, /mirror, /clone, the button of a what-if) is a WatchAdded, as of a wallet.


@dataclass(frozen=True, slots=True)
class ImagineRefused:
    """What no account can be: nothing was added. `example` is a whole input that works."""

    refused: Refused
    said: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """An imagined position was changed. None where it could not be read just now."""

    watch: Watch
    before: Position | None = None
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class DraftGone:
    """The button of a what-if that is too old to be kept."""


# ---- loops --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LoopShown:
    """Where a loop ends, or how far the market lets it come. `said` as typed: hostile text."""

    looped: Looped | LoopRefused
    wanted: Loop
    said: str = ""
    draft: str = ""
    restless: tuple[Restless, ...] = ()

    @property
    def reached(self) -> Looped:
        return self.looped.reached if isinstance(self.looped, LoopRefused) else self.looped


# ---- board and owners ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One position of a watch; a watch without any, and a watched price, has one row without."""

    watch: Watch
    position: Position | None = None
    price: PriceSeen | None = None
    unread: tuple[str, ...] = ()
    """Titles of markets of this watch that gave no answer: on its first row only."""
    elsewhere: tuple[str, ...] = ()
    """Titles of protocol versions that are not watched yet where it has debt: on its first row only."""


def closest_first(rows: Sequence[BoardRow]) -> tuple[BoardRow, ...]:
    """The lowest health factor first, then what owes nothing, cannot be read or is only a price."""

    def rank(row: BoardRow) -> tuple[int, int, int]:
        at = row.position
        if at is not None and at.has_debt:
            return 0, at.health_factor, row.watch.number
        unknown = bool(row.unread or row.elsewhere)
        return (1 if unknown else 2 if at is not None else 3), 0, row.watch.number

    return tuple(sorted(rows, key=rank))


@dataclass(frozen=True, slots=True)
class BoardShown:
    """One page of all that a home watches, made by `closest_first` before it was cut; pages count from 1."""

    rows: tuple[BoardRow, ...]
    page: int = 1
    pages: int = 1
    watches: int = 0
    """On all pages."""


@dataclass(frozen=True, slots=True)
class OwnerTotal:
    """Sums of an owner's positions in markets of one currency, base units."""

    base_unit: int
    collateral: BaseAmount
    debt: BaseAmount
    positions: int


@dataclass(frozen=True, slots=True)
class OwnerShown:
    """Several wallets under one name (hostile text); rows in any order."""

    name: str
    rows: tuple[BoardRow, ...]
    wallets: int = 0

    @property
    def totals(self) -> tuple[OwnerTotal, ...]:
        """By currency, dollars (the usual unit) or whatever has most positions first."""
        found: dict[int, list[Position]] = {}
        for row in self.rows:
            if row.position is not None:
                found.setdefault(row.position.base_unit, []).append(row.position)
        return tuple(
            OwnerTotal(
                unit,
                BaseAmount(sum(one.totals.collateral_base for one in some)),
                BaseAmount(sum(one.totals.debt_base for one in some)),
                len(some),
            )
            for unit, some in sorted(found.items(), key=lambda one: -len(one[1]))
        )


@dataclass(frozen=True, slots=True)
class OwnersShown:
    """All owners of a home: (name, how many wallets)."""

    owners: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class OwnerSet:
    """Wallets were put under a name or taken from it. `left` with no `added` and no `joined`: it is gone."""

    name: str
    added: tuple[Watch, ...] = ()
    """New watches."""
    joined: tuple[Watch, ...] = ()
    """Watched before, now under this name."""
    left: tuple[Watch, ...] = ()
    """No longer under it; still watched."""


# ---- charts -------------------------------------------------------------------------------------------


class Moment(Protocol):
    """A point of a series, as `bot.ports.Point`: unix seconds; 0 = not known."""

    @property
    def at(self) -> int: ...
    @property
    def health(self) -> int: ...
    @property
    def price(self) -> int: ...


@dataclass(frozen=True, slots=True)
class ChartShown:
    """What /chart draws: the price of `asset` and, of a wallet, its health factor, since a moment.

    `points` oldest first; `position` None for a watched price. `rules` are those of the watch.
    """

    whose: Whose
    market: str
    asset: Asset
    base_unit: int
    points: tuple[Moment, ...]
    since: int
    position: Position | None = None
    rules: tuple[Rule, ...] = field(default=())


Imagined = (
    WhatIfShown | WhatIfsShown | ImagineRefused | Edited | DraftGone | LoopShown
    | BoardShown | OwnerShown | OwnersShown | OwnerSet | ChartShown
)  # fmt: skip
