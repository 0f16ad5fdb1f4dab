"""Who funded whom in the last 24 hours, and who took coins out of a market: the way back from a deposit.

Called by `bot.monitor`, which looks for loans along the way. Dollars decide, of whatever asset: who wraps,
unwraps or swaps on the way is found all the same.
"""

import json
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from bot.domain.deposits import UNDONE_AT_MOST
from bot.domain.observations import MoveKind
from bot.domain.passing import NOBODY, netted, wrapper_of
from bot.domain.transfers import USD_UNIT, LoanMove, TransfersSeen
from bot.domain.units import Address, Asset, BaseAmount, RawAmount

KEPT_S: Final = 24 * 3_600
FROM: Final = 100_000 * USD_UNIT
"""Dollars: less is no trail."""
# When full, the oldest go first: the trail is then shorter than a day. About 200 bytes each.
STEPS_AT_MOST: Final = 100_000
PATHS_AT_MOST: Final = 8
GIVERS_AT_MOST: Final = 16
"""Of one address: the largest are followed."""
_Kept = TypeVar("_Kept")
_TAKES: Final = frozenset({MoveKind.WITHDRAW, MoveKind.BORROW})


@dataclass(frozen=True, slots=True)
class _Step:
    """So many dollars from one to another."""

    giver: Address
    taker: Address
    value: int
    at: int


@dataclass(frozen=True, slots=True)
class _Noted:
    """What one block left."""

    block: int
    at: int
    steps: tuple[_Step, ...]
    moves: tuple[LoanMove, ...]


class Trail:
    """Blocks in rising order; `text` of each brings them back after a restart, by `restore`."""

    def __init__(self, never: Callable[[Address], bool] = lambda _: False) -> None:
        """`never`: labelled exchanges, pools, whatever is nobody's account; asked at every question."""
        self._never = never
        self._blocks: deque[_Noted] = deque()
        self._count = 0
        self._noted = False
        self._into: dict[Address, deque[_Step]] = {}
        self._moves: dict[Address, deque[tuple[int, LoanMove]]] = {}

    def note(self, seen: TransfersSeen, always: Collection[Address] = ()) -> None:
        """Remember a block; what accounts in `always` did in markets however little it was."""
        self.undo(seen.as_of.number - 1)
        at = seen.as_of.timestamp
        moves = tuple(
            move
            for move in seen.loans
            if move.account in always or (seen.value(move.asset, move.amount) or 0) >= FROM
        )
        steps = (*_linked(seen, moves), *_passed_on(seen))
        self._noted = bool(steps or moves)
        if self._noted:
            self._remember(_Noted(seen.as_of.number, at, steps, moves))
        while self._blocks and (self._count > STEPS_AT_MOST or self._is_past(self._blocks[0], seen)):
            self._forget(self._blocks.popleft(), oldest=True)

    def text(self) -> str:
        """What the newest block left, if it was the one noted last; empty = nothing."""
        return "" if not self._noted else _text(self._blocks[-1])

    @property
    def oldest(self) -> int:
        """Blocks before this one are forgotten; 0 = none are remembered."""
        return self._blocks[0].block if self._blocks else 0

    def restore(self, texts: Iterable[str]) -> None:
        """Into an empty trail, in the order of the blocks. ValueError or TypeError for other texts."""
        for text in texts:
            self._remember(_noted(text))

    def undo(self, to_block: int) -> None:
        """Forget blocks above."""
        while self._blocks and self._blocks[-1].block > to_block:
            self._forget(self._blocks.pop(), oldest=False)

    def behind(self, sender: Address, at: int, value: BaseAmount) -> tuple[tuple[Address, ...], ...]:
        """Paths (account ... sender) of one or two hops that end at `sender`, the most funded first.

        A hop counts when it carried at least half of `value` within the 24 hours before `at`, or when who
        funded took coins out of a market in them.
        """
        found: list[tuple[int, tuple[Address, ...]]] = []
        for giver, given, last in self._givers(sender, at):
            if self._counts(giver, given, at, value):
                found.append((given, (giver, sender)))
            for first, carried, _ in self._givers(giver, last):
                least = min(given, carried)
                if first != sender and self._counts(first, least, at, value):
                    found.append((least, (first, giver, sender)))
        found.sort(key=lambda one: (-one[0], len(one[1]), one[1]))
        return tuple(path for _, path in found[:PATHS_AT_MOST])

    def moves(self, account: Address, since: int) -> tuple[LoanMove, ...]:
        """What the account did in markets from `since` (unix seconds) on, oldest first, of 24 hours."""
        return tuple(move for at, move in self._moves.get(account, ()) if at >= since)

    def first_move(self, account: Address, since: int) -> int:
        """Unix seconds of the first of `moves`; 0 = there are none."""
        return next((at for at, _ in self._moves.get(account, ()) if at >= since), 0)

    def _givers(self, taker: Address, until: int) -> list[tuple[Address, int, int]]:
        """(who, dollars, when last) of the day until then, the largest first."""
        sums: dict[Address, tuple[int, int]] = {}
        for step in self._into.get(taker, ()):
            if until - KEPT_S <= step.at <= until:
                value, last = sums.get(step.giver, (0, 0))
                sums[step.giver] = (value + step.value, max(last, step.at))
        found = [(giver, *sums[giver]) for giver in sums if not self._never(giver)]
        return sorted(found, key=lambda one: (-one[1], one[0]))[:GIVERS_AT_MOST]

    def _counts(self, account: Address, given: int, at: int, value: int) -> bool:
        return given * 2 >= value or any(
            at - KEPT_S <= when <= at and move.kind in _TAKES for when, move in self._moves.get(account, ())
        )

    @staticmethod
    def _is_past(noted: _Noted, seen: TransfersSeen) -> bool:
        """Older than a day, and than what may be undone: so that the day is whole after that."""
        old = noted.at < seen.as_of.timestamp - KEPT_S
        return old and noted.block <= seen.as_of.number - UNDONE_AT_MOST

    def _remember(self, noted: _Noted) -> None:
        self._blocks.append(noted)
        self._count += len(noted.steps) + len(noted.moves)
        for step in noted.steps:
            self._into.setdefault(step.taker, deque()).append(step)
        for move in noted.moves:
            self._moves.setdefault(move.account, deque()).append((noted.at, move))

    def _forget(self, noted: _Noted, *, oldest: bool) -> None:
        self._count -= len(noted.steps) + len(noted.moves)
        for step in noted.steps:
            _drop(self._into, step.taker, oldest=oldest)
        for move in noted.moves:
            _drop(self._moves, move.account, oldest=oldest)


def _drop(kept: dict[Address, deque[_Kept]], address: Address, *, oldest: bool) -> None:
    line = kept[address]
    if oldest:
        line.popleft()
    else:
        line.pop()
    if not line:
        del kept[address]


def _linked(seen: TransfersSeen, moves: tuple[LoanMove, ...]) -> list[_Step]:
    """Taken out of a market straight to somebody else."""
    return [
        _Step(move.account, move.other, seen.value(move.asset, move.amount) or 0, seen.as_of.timestamp)
        for move in moves
        if move.kind in _TAKES and move.other != move.account
    ]


def _passed_on(seen: TransfersSeen) -> list[_Step]:
    large = {one.tx for one in seen.transfers if (seen.value(one.asset, one.amount) or 0) >= FROM}
    if not large:
        return []
    nobody = {NOBODY, *seen.prices, *(one.asset.address for one in seen.transfers)}
    borrowers = frozenset(move.account for move in seen.loans if move.kind is MoveKind.BORROW)
    passed = netted(
        [one for one in seen.transfers if one.tx in large],
        ours=lambda _: False,
        wrapper=wrapper_of(seen),
        stops=borrowers,
    )
    steps = (
        _Step(
            one.sender,
            one.transfer.receiver,
            seen.value(one.transfer.asset, one.transfer.amount) or 0,
            seen.as_of.timestamp,
        )
        for one in passed
        if one.sender not in nobody and one.transfer.receiver not in nobody
    )
    return [step for step in steps if step.value >= FROM]


def _text(noted: _Noted) -> str:
    steps = [[step.giver, step.taker, step.value] for step in noted.steps]
    moves = [
        [one.market, one.kind, one.account, one.other, _asset(one.asset), one.amount, one.tx, one.index]
        for one in noted.moves
    ]
    return json.dumps([noted.block, noted.at, steps, moves], separators=(",", ":"))


def _asset(asset: Asset) -> list[int | str]:
    return [asset.chain_id, asset.address, asset.symbol, asset.decimals]


def _noted(text: str) -> _Noted:
    block, at, steps, moves = json.loads(text)
    return _Noted(
        block,
        at,
        tuple(_Step(giver, taker, value, at) for giver, taker, value in steps),
        tuple(
            LoanMove(market, MoveKind(kind), account, other, Asset(*asset), RawAmount(amount), tx, index)
            for market, kind, account, other, asset, amount, tx, index in moves
        ),
    )
